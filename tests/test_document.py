"""The report as one LaTeX document, and the symbols that tell the verdicts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_report import HOSTILE, leaky, recorded

from propcheck.report import document, guide, phrases, tables

PAPER = json.loads((Path(__file__).parent.parent / "reports/paper/record.json").read_text(encoding="utf-8"))
needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")


def drawn(record, symbols=phrases.SIGNS, columns=()):
    return document.document(record, tables.all_tables(record, "latex", columns, symbols=symbols), symbols)


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


@needs_latex
def test_the_document_on_the_paper_compiles_and_fits_the_page(tmp_path):
    log = compiled(tmp_path, drawn(PAPER))
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
