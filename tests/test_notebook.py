"""What a notebook shows: each value in each form, other people's words as words, and the example from top to bottom."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

import propcheck
from propcheck.curves.graph import graph
from propcheck.inquiries.comparison import Comparison
from propcheck.inquiries.identification import Identification
from propcheck.probes.experiment import Probe
from propcheck.probes.measurement import Found, Measurement
from propcheck.probes.setting import Setting
from propcheck.report import notebook
from propcheck.report.formats import Cell, Table
from propcheck.report.notebook import sheets, text
from propcheck.spec import Spec
from propcheck.verdict import Fact, Number, Shown, Standing, Verdict, Verdicts

DOCS = Path(__file__).parent.parent / "docs"
FORMS = ("html", "latex", "markdown")
HOSTILE = {
    "markup": "<script>alert(1)</script> & </div> <!-- -->",
    "mathematics": r"$\evil$ $$ \(\evil\) \[x\] \begin{equation} \end{array}",
    "LaTeX": r"\input{/etc/passwd} {}%&#_^~ -- ''",
    "Markdown": "a|b [here](javascript:alert(1)) *a* _b_ `c` \\| ![x](y)",
    "a mark that turns the line": "a\u202eb\x07\nc",
}


def shown(item, form):
    return Shown.drawn(item.shown_as, item.shown(), form)


@cache
def analysis():
    return propcheck.analyze("relu")


def probe(title="ReLU"):
    verdict = Verdict(3, "dead_units", "partly", Standing.MEASURED, (f"of {title}",))
    far = Measurement("dead share", 0.5, 0.1, 4, 0.1, 8.0)
    about = {"name": title, "title": title, "expression": "max(0, x)", "parameters": {}}
    start = {"scheme": "he", "sigma_w2": 2.0, "sigma_b2": 0.0}
    return Probe(about, Setting(), (0, 1), "digits", start, {"dead_units": Found(verdict, (far,))}, far, note=title)


_FAMILY = {"name": "leaky_relu", "expression": "x", "held": {}}


def values(title):
    """A value of every kind, with this title or these words wherever somebody's words can stand."""
    about = {**analysis().description, "title": title, "source": title, "note": title}
    whole = replace(analysis(), description=about)
    return {
        "activation": replace(propcheck.load("max(0, x)"), title=title),
        "analysis": whole,
        "approximation": replace(
            propcheck.approximate("relu", on="-1:1", degree=2), about={"name": title, "title": title}
        ),
        "comparison": Comparison((whole, whole), propcheck.compare(["relu", "elu"]).equalities),
        "difference": replace(propcheck.difference("relu", "elu"), a={"name": title, "title": title}),
        "fact": Fact("range", Standing.OPEN, {"inf": Number.missing(title)}, title),
        "facts": analysis().facts,
        "family": replace(propcheck.family("leaky_relu", only=["lipschitz"]), description={**_FAMILY, "title": title}),
        "handover": replace(propcheck.handover("relu"), about={"name": title, "title": title}),
        "identification": Identification(title, title, (), trouble=title),
        "gated": replace(propcheck.gated_unit(Spec("unit", "x*y", inputs=("x", "y"))), title=title),
        "gain": replace(propcheck.gain("relu"), title=title, note=title),
        "number": Number(1.5, 1.0, 2.0, None, Standing.ENCLOSED, title),
        "phase": replace(propcheck.phase("relu", sigma_w2=2.0, sigma_b2=0.1), title=title, note=title),
        "probe": probe(title),
        "solution": replace(propcheck.solve("relu", recipe="unit_gain"), sentence=title),
        "table": Table("t", title, ("function", title), ((Cell(title), Cell("+", "symbol")),)),
        "verdict": Verdict(3, "dead_units", "fails", Standing.PROVED, (title,)),
        "verdicts": Verdicts([Verdict(3, "dead_units", "fails", Standing.PROVED, (title, title))]),
        "verification": replace(propcheck.verify("elu"), description=about),
    }


def test_every_kind_of_value_is_drawn_and_tested():
    made = values("a title")
    kinds = {kind.shown_as for kind in Shown.__subclasses__()}
    assert kinds == set(made) and all(item.shown_as == kind for kind, item in made.items())
    assert set(sheets.KINDS) - kinds == {
        "accuracy",
        "along",
        "conformance",
        "equations",
        "phases along",
    }  # what commands print, and no value in Python is
    forms = {"html": "_repr_html_", "latex": "_repr_latex_", "markdown": "_repr_markdown_"}
    assert all(getattr(made["fact"], name)() == shown(made["fact"], form) for form, name in forms.items())


class Reader(HTMLParser):
    """Elements that are open, their names, and the words; style left out."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names, self.words = [], set(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.names.add(tag)
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += "" if self.open and self.open[-1] == "style" else data


ELEMENTS = set(
    "div style table thead tbody tr th td span p pre code abbr math mrow mi mo mn mfrac msup msqrt mtable mtr mtd"
    " mtext".split()
)
PICTURES = {"figure", "figcaption", "svg", "g", "path", "text", "title", "desc", "circle"}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=list(HOSTILE))
def test_other_peoples_words_are_words_in_html(title):
    for kind, item in values(title).items():
        read = Reader(shown(item, "html"))
        assert read.open == [] and read.names <= ELEMENTS, kind
        if kind not in ("facts", "identification"):
            told = re.sub(r"[\x00-\x1f\u202e]", "", title.replace("\n", " "))
            assert told in read.words, kind
        for found in re.findall(r"[$\\].", re.sub(r"<style>.*?</style>|<code>.*?</code>", "", shown(item, "html"))):
            assert found[1] == "<", (kind, found)  # each is alone in its element, so no mathematics begins there


def test_the_card_of_an_analysis_has_its_curves():
    found = propcheck.analyze("max(0, x)", only=["smoothness", "range"])
    page = found._repr_html_()
    read = Reader(page)
    assert read.open == [] and read.names <= ELEMENTS | PICTURES and page.count("<svg") >= 3
    assert "<svg" not in shown(found, "html")  # the record alone has none
    record = found.to_json() | {"graph": graph(propcheck.load("relu"))}
    record["graph"]["activation"]["title"] = "$x$ <b>\\(y\\)"
    drawn = notebook.draw("analysis", record, "html")
    assert "<b>" not in drawn and "$x$" not in drawn.split("</style>")[1] and "\\(" not in drawn.split("</style>")[1]


@pytest.mark.parametrize("title", HOSTILE.values(), ids=list(HOSTILE))
def test_other_peoples_words_are_words_in_latex(title):
    for kind, item in values(title).items():
        text = shown(item, "latex")
        assert text.count("$$") % 2 == 0 and not re.search(r"(?<![\\$])\$(?!\$)", text), kind
        assert "<script" not in text and "\u202e" not in text
        for words in re.findall(r"\\text\{(.*?)\}", text):
            assert not re.search(r"[\\{}$%&#_^~<>|]", words), (kind, words)  # what no setter needs to have escaped
        assert not re.search(r"\\(evil|input|script|begin\{equation)", text), kind
        assert text.count(r"\begin{array}") == text.count(r"\end{array}"), kind


@pytest.mark.parametrize("title", HOSTILE.values(), ids=list(HOSTILE))
def test_other_peoples_words_are_words_in_markdown(title):
    for kind, item in values(title).items():
        text = re.sub(r"\$\$.*?\$\$", "", shown(item, "markdown"), flags=re.DOTALL)
        text = text.replace("<span>&#36;</span>", "").replace("<span>&#92;</span>", "")
        outside = re.sub(r"`[^`\n]*`", "", text)
        assert "<" not in outside and "\u202e" not in text, kind
        assert not re.search(r"(?<!\\)(\$|\]\()|(?<= )\*[ab]|[^\\]_b", outside), kind
        rows = [line for line in outside.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= len(re.findall(r"\|\n\|-", outside)), kind


@pytest.mark.parametrize("title", HOSTILE.values(), ids=list(HOSTILE))
def test_other_peoples_words_are_words_in_a_terminal(title):
    for kind, item in values(title).items():
        text = shown(item, "text")
        code = "".join((item.code if kind == "phase" else item.lines).values()) if kind in ("phase", "gain") else ""
        assert all(line.isprintable() and line == line.rstrip() for line in text.split("\n")), kind
        assert all(cell_len(line) <= 80 or line in code for line in text.splitlines()), kind
        told = re.sub(r"[\x07\u202e]", "\N{REPLACEMENT CHARACTER}", title)
        if kind not in ("facts", "comparison"):  # a comparison has them side by side
            assert re.sub(r"\s", "", told) in re.sub(r"\s", "", text), kind


ROW = ("first", "a word", "and a word of ordinary length " * 4)
LAYOUTS = {
    "what fits is a table": ((*ROW[:2], "short"), "a      b       c\n------ ------- -----\nfirst  a word  short\n"),
    "a long cell is folded": (ROW, "a      b       c\n------ ------- --------"),
    "many long cells are lines": ((ROW[2],) * 4 + ROW[1:], " ".join(ROW[2].split()[:14])),
    "a long word is cut": (("x" * 200, "y"), "a" + " " * 78 + "b\n" + "-" * 78 + " -\n" + "x" * 77 + "  y\n"),
    "a mark stands before the name": (
        ("*", "n" * 30, *["word " * 30] * 5),
        "* " + "n" * 30 + "\n  c  word",
    ),
    "a number that is a heading has its name": ((Cell("1.5", "value"), *["word " * 30] * 7), "a = 1.5\n  b  word"),
}


@pytest.mark.parametrize(("row", "said"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_table_is_folded_or_becomes_lines(row, said):
    columns = ("", *"bcdefgh") if row[0] == "*" else tuple("abcdefgh")
    cells = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    text = shown(Table("t", "", columns[: len(cells)], (cells,)), "text")
    assert text.startswith(said) and all(len(line) <= 80 for line in text.splitlines())
    missing = [cell.text for cell in cells if "".join(cell.text.split()) not in "".join(text.split())]
    assert not missing or "---" in text  # the words of folded columns stand side by side


def test_a_terminal_has_its_width_and_colours():
    paper = io.StringIO()
    console = Console(file=paper, width=100, color_system="standard", force_terminal=True, legacy_windows=False)
    text.show(sheets.KINDS["analysis"](analysis().to_json()), console)
    assert "\x1b[31m-" in paper.getvalue() and "\x1b[32mproved" in paper.getvalue()
    plain = re.sub(r"\x1b\[[\d;]*m", "", paper.getvalue())
    assert 80 < max(map(len, plain.splitlines())) <= 100
    said, told = (set(re.sub(r"-{2,}", "", page).split()) for page in (plain, shown(analysis(), "text")))
    assert said ^ told <= {"criterion", "verdict", "standing", "reasons"}  # a table, or a block for each row


def test_an_activation_shows_its_formula_by_cases():
    (formula, slope) = shown(propcheck.load("max(0, x)"), "latex").split("\n\n")
    assert formula.startswith("$$\ng(x) = \\max(0, x) = \\begin{cases} x") and formula.endswith("$$")
    assert slope.startswith("$$\ng^{\\prime}(x) = \\begin{cases} 1")
    leaky = shown(propcheck.load("leaky_relu"), "latex")
    assert leaky.count(r"\begin{cases}") == 2 and "a x" in leaky
    assert "cases" not in shown(propcheck.load("gelu"), "latex")


def test_facts_are_a_table_in_each_form():
    facts = analysis().facts
    assert "<td>range</td><td>[0, inf)</td>" in shown(facts, "html")
    assert r"\text{range} & \text{[}{0}\text{, }{\infty}\text{)} & \text{proved} \\" in shown(facts, "latex")
    assert re.search(r"\| range +\| \[0, inf\) +\| proved +\|", shown(facts, "markdown"))


def test_a_verdict_has_its_sign_its_reasons_and_what_its_standing_means():
    text = shown(analysis()["dead_units"], "html")
    assert (
        '<span class="badge fails" title="fails">-</span>' in text
        and "deterministic numerics with an error estimate" in text
    )
    assert analysis()["dead_units"].reasons[0] in Reader(text).words


def test_a_surprising_measurement_is_named():
    for form in FORMS:
        assert "surprising" in shown(probe(), form), form


def test_the_colours_are_those_of_the_page():
    from propcheck.report.page import TEMPLATES

    text = shown(analysis(), "html")
    for name in ("light", "dark"):
        assert " ".join((TEMPLATES / f"{name}.css").read_text(encoding="utf-8").split()) in text
    style = re.search("<style>(.*?)</style>", text).group(1)
    assert style.count("{") == style.count("}") and "<" not in style


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_latex_sets_all_of_it(tmp_path):
    titles = [title for title in HOSTILE.values() if title.isascii()]
    body = "\n\n".join(shown(item, "latex") for title in titles for item in values(title).values())
    document = f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stdout[-2000:]


# ---------------------------------------------------------------------------------------------- the example

LEFT_OUT = "measured"  # the tag of cells that show what differs from run to run


def example():
    """The module that runs the example."""
    found = importlib.util.spec_from_file_location("run_example", DOCS / "run_example.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def differing(stored, made, forms):
    """The cells whose outputs are not the stored ones in these forms, those that measure left out."""
    for old, new in zip(stored["cells"], made["cells"], strict=True):
        assert old["source"] == new["source"]
        if old["cell_type"] != "code" or LEFT_OUT in old["metadata"].get("tags", ()):
            continue
        told = [[_said(output, forms) for output in cell["outputs"]] for cell in (old, new)]
        if told[0] != told[1]:
            yield old["id"]


def _said(output, forms):
    data = output.get("data", {})
    return ["".join(output.get("text", ()))] + ["".join(data.get(form, ())) for form in forms]


def test_the_example_shows_what_its_code_makes():
    run = example()
    stored = run.read()
    made = run.executed(stored)
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert [*differing(stored, made, (*run.FORMS, "text/plain"))] == [], "python docs/run_example.py renews it"
    assert (DOCS / "example.ipynb").read_text(encoding="utf-8") == run.written(stored)
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    drawn = [output["data"] for output in outputs if "text/html" in output.get("data", {})]
    assert len(drawn) > 8 and all(set(run.FORMS) < set(data) for data in drawn)
    for data in drawn:
        Reader("".join(data["text/html"]))
    assert len(json.dumps(stored)) < 250_000


def test_the_example_runs_in_a_kernel():
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    run = example()
    notebook = nbformat.read(DOCS / "example.ipynb", 4)
    nbformat.validate(notebook)
    made = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    told = json.loads(nbformat.writes(made))
    assert [*differing(run.read(), told, run.FORMS)] == []
