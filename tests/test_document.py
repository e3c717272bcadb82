"""The report as one LaTeX document, and the symbols that tell the verdicts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_report import HOSTILE, leaky, recorded

import propcheck as propcheck_package
from propcheck.report import document, formats, guide, phrases, tables
from propcheck.verdict import InputError

PAPER = json.loads((Path(__file__).parent.parent / "reports/paper/record.json").read_text(encoding="utf-8"))
needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")


GRAPHS = json.loads((Path(__file__).parent.parent / "reports/paper/curves.json").read_text(encoding="utf-8"))


def drawn(record, symbols=phrases.SIGNS, columns=(), width="page", graphs=None):
    made = tables.all_tables(record, "latex", columns, symbols=symbols)
    return document.document(record, made, symbols, width, graphs)


def compiled(folder, text):
    """The log of LaTeX over a document, twice as a table's widths want it."""
    (folder / document.NAME).write_text(text, encoding="utf-8")
    for _ in range(2):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", document.NAME]
        run = subprocess.run(command, cwd=folder, capture_output=True, timeout=100)
        assert run.returncode == 0, run.stdout[-2000:].decode(errors="replace")
    return (folder / "report.log").read_text(encoding="utf-8", errors="replace")


def test_the_document_is_whole_and_has_every_table_the_legend_and_what_is_contradicted():
    text = drawn(PAPER)
    assert text.startswith("\\documentclass{article}\n") and text.endswith("\\end{document}\n") and text.isascii()
    titles = re.findall(r"\\subsection\*\{(.*?)\}", text)
    assert [title for title in titles if title != "Initialisation"] == [
        "The eight criteria", "Properties", "What the criteria ask", "How surely it is known", "Contradicted",
        "Equations taken together", "Where verdicts are not what is claimed", "Claims",
        "The paper's equations", *document.MEASURED.values(),
    ]  # fmt: skip
    assert text.count(r"\item {}") == len(guide.contradicted(PAPER)) + len(guide.together(PAPER)) > 10
    for page in PAPER["criteria"]:
        assert page["key"].replace("_", " ") in text
        assert all(f"{value:g}" in text for value in page["thresholds"].values())
    packages = set(",".join(re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", text)).split(","))
    for name, table in tables.draw(PAPER, ["latex"], symbols="marks").items():
        needed = re.search(r"needs \\usepackage\{(.*?)\}", table).group(1)
        assert set(needed.split(",")) <= packages, name


def test_a_document_on_no_function_is_drawn():
    text = drawn({**recorded(), "activations": [], "together": []})
    assert text.count("none") >= 3 and "Contradicted" not in text


@pytest.mark.parametrize(
    ("symbols", "row", "latex"),
    [
        ("signs", ["~", "+", "+ (-)!", "?", "+", "-", "+", "~"], r"$\sim$ & $+$ & $+$ ($-$)! & ? & $+$ & $-$ & $+$"),
        (
            "marks",
            ["~", "✓", "✓ (-)!", "?", "✓", "✗", "✓", "~"],
            r"$\sim$ & $\checkmark$ & $\checkmark$ ($-$)! & ? & $\checkmark$ & $\times$ & $\checkmark$ & $\sim$",
        ),
        ("words", ["partly", "holds", "holds (-)!", "open", "holds", "fails", "holds", "partly"], "partly & holds"),
    ],
)  # fmt: skip
def test_the_symbols_can_be_chosen(symbols, row, latex):
    files = tables.draw(recorded(), symbols=symbols)
    (line,) = files["criteria.md"].splitlines()[4:]
    assert [cell.strip() for cell in line.split("|")[2:-1]] == row
    assert latex in re.sub(r" +", " ", files["criteria.tex"])
    assert files["criteria.csv"] == tables.draw(recorded())["criteria.csv"]
    told = guide.guide(recorded(), ["md"], symbols=symbols)
    assert ("`✓` holds" in told) == (symbols == "marks") and ("`+` holds" in told) == (symbols == "signs")


def test_the_command_writes_the_document_with_the_columns_and_symbols_that_were_chosen(propcheck, tmp_path):
    place = tmp_path / "out"
    options = ("--format", "latex", "--symbols", "marks", "--columns", "range,dead_units", "--digits", "4")
    status, _, _ = propcheck("report", "relu", "gelu", "-o", str(place), "--no-probes", *options)
    assert status == 0 and "report.tex" in (place / "README.md").read_text(encoding="utf-8")
    text = (place / "report.tex").read_text(encoding="utf-8")
    assert r"$\checkmark$" in text and "formula" not in text and "[$-$0.17, " in text
    status, _, said = propcheck("report", "relu", "-o", str(place), "--symbols", "ticks")
    assert status == 2 and "signs" in said


@pytest.mark.parametrize("width", formats.WIDTHS)
def test_every_table_has_a_caption_and_a_label_of_its_own(width):
    text = drawn(PAPER, width=width, graphs=GRAPHS)
    counts = {name: len(re.findall(rf"\\begin\{{{name}", text)) for name in ("tabular", "longtable", "figure")}
    labels, captions = (re.findall(rf"\\{name}\{{", text) for name in ("label", r"caption(?:of\{table\})?"))
    assert len(labels) == len(captions) == sum(counts.values()) > 20 and counts["figure"] == 2
    assert len(labels) == len(set(re.findall(r"\\label\{.*?\}", text)))
    assert (counts["longtable"] > 0) is (width == "page") and (r"\resizebox" in text) is (width == "column")
    assert text.count(r"\begin{tikzpicture}") == len(PAPER["activations"])


def test_what_is_claimed_is_left_out_when_asked(propcheck, tmp_path):
    place, kept = tmp_path / "out", tmp_path / "kept"
    kept.mkdir()
    entries = [one for one in PAPER["activations"] if one["activation"]["name"] in ("relu", "tanh")]
    few = {**PAPER, "activations": entries}
    (kept / "record.json").write_text(json.dumps(few), encoding="utf-8")
    shutil.copy(Path(__file__).parent.parent / "reports/paper/run.json", kept)
    options = ("--from", str(kept), "-o", str(place), "--format", "latex")
    claimed = propcheck("report", *options)[0], (place / "report.tex").read_text(encoding="utf-8")
    assert claimed[0] == 0 and "Contradicted" in claimed[1] and "section 1" in claimed[1]
    assert propcheck("report", *options, "--no-claims", "--latex-width", "column")[0] == 0
    text = (place / "report.tex").read_text(encoding="utf-8")
    assert "Contradicted" not in text and "section 1" not in text and "$-$ ($-$)" not in text
    assert "[twocolumn]" in text and json.loads((place / "record.json").read_text("utf-8")) == few
    status, _, said = propcheck("report", "relu", "-o", str(place), "--width", "column")
    assert status == 2 and "--latex-width column" in said


def test_a_caption_and_a_label_are_the_users_and_no_command():
    table = propcheck_package.analyze_many(["relu"], only=["lipschitz"], workers=1)
    text = table.to_latex(width="column", caption="50 % of \\input{x}", label="tab:mine")
    assert r"\caption{50 \% of \textbackslash{}input\{x\}}\label{tab:mine}" in text and r"\resizebox" in text
    for wrong in ({"width": "wide"}, {"label": "a}b"}):
        with pytest.raises(InputError):
            table.to_latex(**wrong)


@needs_latex
@pytest.mark.parametrize("width", formats.WIDTHS)
def test_the_document_on_the_paper_compiles_and_fits_the_page(tmp_path, width):
    log = compiled(tmp_path, drawn(PAPER, width=width, graphs=GRAPHS))
    assert "Overfull" not in log and "undefined" not in log


@needs_latex
def test_hostile_words_compile(tmp_path):
    entries = [leaky(f"f{place}", title, source=title, note=title) for place, title in enumerate(HOSTILE.values())]
    record = recorded(*entries)
    for entry, words in zip(record["activations"], HOSTILE.values(), strict=True):
        for claim in entry["claims"]:
            claim.update(claimed=words, source=words, quote=words, found=words)
    log = compiled(tmp_path, drawn(record, "words"))
    assert "Output written" in log
