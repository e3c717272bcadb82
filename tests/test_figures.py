"""Figures: the same bytes for the same record, other people's words as words, jumps that stay jumps."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from propcheck import cli, target
from propcheck.curves.error import error
from propcheck.curves.graph import graph
from propcheck.curves.phase import phase
from propcheck.curves.propagation import propagation
from propcheck.report import figures, points, profiles
from propcheck.report.figures import canvas
from propcheck.report.figures import graph as graph_page
from propcheck.report.placing import shared
from propcheck.verdict import InputError

ROOT = Path(__file__).parent.parent
EVIL = ("<script>alert(1)</script>", r"$\evil$", "_hidden", "&amp; --> ]]>", "a\x1b[31m\u202eb", "漢字")


def record(*titles):
    """A record of functions that have a verdict of each kind."""
    keys = "differentiability gradient_flow dead_units zero_mean cost sparsity convergence noise_robustness".split()
    words = ("holds", "partly", "fails", "open")
    verdicts = [
        {"number": k + 1, "key": key, "verdict": words[k % 4], "claim": "contradicts" if k == 2 else None}
        | {"measure": {"name": key, "value": 0.25 * k}}
        for k, key in enumerate(keys)
    ]
    return {
        "schema": "propcheck.record/1",
        "criteria": [{"number": k + 1, "key": key} for k, key in enumerate(keys)],
        "activations": [{"activation": {"name": "f", "title": title}, "criteria": verdicts} for title in titles],
    }


def probe(title="ReLU", depth=6):
    """What a probe prints, by hand."""
    square = {"name": profiles.OUTPUTS, "mean": [0.5] * depth, "spread": [0.1] * depth, "predicted": [0.5] * depth}
    gradient = {"name": profiles.GRADIENT, "mean": [-0.1 * k for k in range(depth)][::-1], "spread": [0.02] * depth}
    deviation = {"name": profiles.DEVIATION, "mean": [0.6] * depth, "spread": [0.1] * depth}
    growth = {"name": profiles.GROWTH, "mean": 0.63, "spread": 0.1, "predicted": 0.63}
    flow = {"measurements": [growth], "profiles": [square, deviation, gradient]}
    steps = {"measurements": [{"name": "steps, in ReLU's", "mean": 1.2, "spread": 0.1}]}
    times = {"measurements": [{"name": points.TIME, "mean": 2.0, "spread": None}]}
    return {
        "schema": "propcheck.probe/1",
        "activation": {"name": "relu", "title": title},
        "setting": {"width": 64, "init": "he"},
        "seeds": [0, 1],
        "note": "",
        "criteria": {"gradient_flow": flow, "convergence": steps},
        "timed": {"criteria": {"cost": times | {"verdict": {"verdict": "partly"}}}},
    }


def apart(made):
    """The record with the points of its functions apart."""
    for k, entry in enumerate(made["activations"]):
        entry["criteria"] = [dict(verdict) for verdict in entry["criteria"]]
        for verdict in entry["criteria"]:
            x, y = 5 + math.sin(7 * k) * 0.3, 0.1 * (k % 4)
            verdict["measure"] = {"value": x if verdict["key"] == "cost" else y}
    return made


def titled(title):
    """A graph whose title is somebody's."""
    made = graph(target.activation("relu"))
    return made | {"activation": made["activation"] | {"title": title}}


RELU, TANH = target.activation("relu"), target.activation("tanh")
DATA = {
    "function": lambda: [graph(RELU), graph(TANH, (-3.0, 3.0))],
    "criteria": lambda: record("ReLU", "tanh"),
    "layers": lambda: [probe()],
    "phase": lambda: [phase(TANH, size=12)],
    "maps": lambda: [propagation(RELU)],
    "error": lambda: [error(TANH, 0, "float16")],
    "cost": lambda: record("ReLU", "tanh"),
    "measured cost": lambda: [probe()],
}


# --- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DATA)
def test_the_same_data_give_the_same_bytes_whatever_the_users_settings(kind):
    data = DATA[kind]()
    first = figures.render(kind, data, "svg")
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "svg.hashsalt": None, "axes.grid": False}):
        assert figures.render(kind, json.loads(json.dumps(data)), "svg") == first
    ET.fromstring(first)


@pytest.mark.parametrize("form", figures.FORMATS)
def test_no_clock_and_no_version_gets_into_a_file(form, monkeypatch):
    data = DATA["function"]()
    first = figures.render("function", data, form)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e6)
    time.sleep(1.1 if form == "pdf" else 0)  # the dates in a font are in seconds
    assert figures.render("function", data, form) == first
    assert b"atplotlib v" not in first and matplotlib.__version__.encode() not in first
    assert first[:4] == {"svg": b"<?xm", "pdf": b"%PDF", "png": b"\x89PNG"}[form]


def test_another_process_draws_the_same(tmp_path):
    program = (
        "import json, sys; from propcheck.report import figures\n"
        "sys.stdout.buffer.write(figures.render('function', json.load(sys.stdin), 'svg'))"
    )
    data = DATA["function"]()
    run = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(data).encode(), capture_output=True, cwd=ROOT
    )
    assert run.stdout == figures.render("function", data, "svg"), run.stderr


def test_an_unknown_format_is_refused():
    with pytest.raises(InputError, match="no format 'gif' of figures; there are svg, pdf, png"):
        figures.render("function", [], "gif")


# --- words -----------------------------------------------------------------------------------------------------------

WORDS = {
    "plain": ("ReLU", "ReLU"),
    "a tag": ("<script>", "<script>"),
    "mathematics": (r"$\evil$", r"\$\evil\$"),
    "control characters": ("a\x1b\u202eb", "aU+001BU+202Eb"),
    "letters that the font lacks": ("漢", "U+6F22"),
    "lines": ("a\n b", "a b"),
    "a long title": ("x" * 100, "x" * 59 + "…"),
}


@pytest.mark.parametrize(("text", "shown"), WORDS.values(), ids=WORDS)
def test_words_of_strangers_are_words(text, shown):
    assert canvas.words(text) == shown


@pytest.mark.parametrize("kind", ["function", "several", "criteria", "layers", "cost"])
def test_titles_of_strangers_are_drawn_as_text(kind):
    titles = EVIL[1:2] if kind == "function" else EVIL
    data = {
        "function": lambda: [titled(title) for title in titles],
        "several": lambda: [titled(title) for title in titles],
        "criteria": lambda: record(*titles),
        "layers": lambda: [probe(title) for title in titles],
        "cost": lambda: apart(record(*titles)),
    }[kind]()
    svg = figures.render("function" if kind == "several" else kind, data, "svg").decode()
    root = ET.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "defs", "style", "path", "use", "clipPath", "rect", "metadata", "RDF", "Work", "type",
                    "format", "image", "title", "pattern"}  # fmt: skip
    assert not re.search(r'href="(?!#|data:image/png)', svg) and "\x1b" not in svg
    for title in titles:
        shown = canvas.words(title, 30).replace(r"\$", "$")
        shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert re.sub("-(?=-)", "- ", shown) in svg  # in the comment beside the letters' outlines


# --- what is drawn ---------------------------------------------------------------------------------------------------


def drawn(item, order):
    with canvas.settled():
        figure = graph_page.draw([graph(target.activation(item))])
    axes = figure.axes[order]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    lines = [np.column_stack(line.get_data()) for line in axes.lines if line.get_marker() == "None"][2:]
    return lines, dots


def is_filled(dot):
    return dot.get_markerfacecolor() != "white"


DOTS = {
    "a corner is filled": ("relu(x)", 0, [(0, 0, True)]),
    "a jump of the slope is open on both sides": ("relu(x)", 1, [(0, 0, False), (0, 1, False)]),
    "a step": ("heaviside(x)", 0, [(0, 0, False), (0, 1, False), (0, 0.5, True)]),
    "a step that belongs to the right": ("1 if x >= 0 else -1", 0, [(0, -1, False), (0, 1, True)]),
    "a pole has no dot": ("1/x", 0, []),
}


@pytest.mark.parametrize(("item", "order", "expected"), DOTS.values(), ids=DOTS)
def test_dots_are_open_where_the_curve_does_not_go(item, order, expected):
    _, dots = drawn(item, order)
    assert [(d.get_xdata()[0], d.get_ydata()[0], is_filled(d)) for d in dots] == expected


@pytest.mark.parametrize("item", ["sign(x)", "1/x", "heaviside(x)"])
def test_jumps_are_not_joined(item):
    lines, _ = drawn(item, 0)
    assert sum(len(line) > 1 for line in lines) == 2
    assert not any(line[0, 0] < 0 < line[-1, 0] for line in lines if len(line))


def test_criteria_can_be_read_without_colour():
    with canvas.settled():
        figure = figures.import_module("propcheck.report.figures.criteria").draw(record("a", "b"))
    signs = [text.get_text() for text in figure.axes[0].texts]
    assert [signs.count(sign) for sign in "+~−?!"] == [4, 4, 4, 4, 2]


@pytest.mark.parametrize("count", [0, 401])
def test_a_figure_of_no_or_too_many_functions_is_refused(count):
    with pytest.raises(InputError, match="1 to"):
        figures.render("criteria", record(*["f"] * count), "svg")


def test_names_of_points_do_not_cover_each_other():
    made = apart(record(*(f"function {k}" for k in range(12))))
    page, naming = (figures.import_module(f"propcheck.report.figures.{name}") for name in ("cost", "naming"))
    with canvas.settled():
        figure = page.draw(made)
        boxes = [naming._text_box(note, figure.canvas.get_renderer()) for note in figure.axes[0].texts]
    assert len(boxes) == 12
    assert not any(shared(one, other) > 1 for k, one in enumerate(boxes) for other in boxes[:k])


def test_a_probe_without_layers_is_told():
    empty = probe() | {"criteria": {"gradient_flow": {"measurements": [], "profiles": []}}, "note": "timed out"}
    with pytest.raises(InputError, match="no layers to draw of relu: timed out"):
        figures.render("layers", [empty], "svg")


def test_figures_6_and_11_and_the_index():
    from propcheck.curves import paper

    data = paper.figures()
    data = {**data, "figures": [figure for figure in data["figures"] if figure["number"] in (3, 6, 11)]}
    files = figures.of_paper(data)
    assert sorted(files) == ["README.md", "figure-03.svg", "figure-06.svg", "figure-11.svg", "phase.json", "phase.svg"]
    again = json.loads(files["phase.json"])
    assert len(again) == 17 and figures.render("phase", again, "svg") == files["phase.svg"]
    for name, content in files.items():
        if name.endswith(".svg"):
            ET.fromstring(content)
            assert f"]({name})" in files["README.md"].decode()


def test_matplotlib_is_loaded_only_for_figures():
    program = "import sys, propcheck.report.tables, propcheck.report.figures, propcheck.cli.plot\n"
    program += "assert 'matplotlib' not in sys.modules and 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_without_matplotlib_a_sentence_says_what_to_install_before_anything_is_computed(tmp_path):
    program = "import sys; sys.modules['matplotlib'] = None\nfrom propcheck.cli import main; main()"
    for arguments in (["plot", "function", "gelu", "-o", "g.svg"], ["plot", "paper", "-o", "figures"]):
        command = [sys.executable, "-c", program, *arguments]
        run = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.count("\n") == 1 and "pip install 'propcheck[plot]'" in run.stderr, run.stderr
    assert not list(tmp_path.iterdir())


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def plot(propcheck, monkeypatch, tmp_path):
    monkeypatch.setitem(cli.COMMANDS, "plot", "plot")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "half.json").write_text('{"schema": "propcheck.maps/1"}')
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "record.json").write_text(json.dumps(record("a", "b")))
    return lambda *arguments: propcheck("plot", *arguments)


def test_what_is_stored_draws_the_same_as_what_is_computed(plot, tmp_path):
    assert plot("function", "-x*exp(x)", "--range", "-4", "1", "-o", "one.svg")[0] == 0
    assert plot("function", "-x*exp(x)", "--range", "-4", "1", "-o", "data.json")[0] == 0
    assert plot("function", "data.json", "-o", "two.svg") == (0, "", "")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_record_is_drawn(plot, tmp_path):
    assert plot("criteria", "record.json", "record.json", "-o", "four.PNG")[0] == 0
    assert (tmp_path / "four.PNG").read_bytes()[:4] == b"\x89PNG"


WRONG = {
    "an unknown kind": (["functions", "gelu", "-o", "a.svg"], "'functions' is not one of 'function', 'criteria'"),
    "no target": (["function", "-o", "a.svg"], "nothing to draw; name a target, as in .*gelu.svg"),
    "no ending": (["function", "gelu", "-o", "a"], "the ending of a names no format.*a.svg, .pdf, .png or .json"),
    "another ending": (["function", "gelu", "-o", "a.gif"], "call it a.svg"),
    "an unknown name": (["function", "geluu", "-o", "a.svg"], "no activation 'geluu' .did you mean gelu"),
    "an option of another kind": (
        ["function", "gelu", "--sigma-w2", "1", "-o", "a.svg"],
        "means nothing.*goes with maps",
    ),
    "options for what is settled": (
        ["criteria", "record.json", "--time-limit", "1", "-o", "a.svg"],
        "takes no options",
    ),
    "a missing file": (["maps", "none.json", "-o", "a.svg"], "none.json cannot be read: No such file"),
    "no JSON": (["maps", "broken.json", "-o", "a.svg"], "broken.json is not JSON"),
    "no object": (["maps", "list.json", "-o", "a.svg"], "no known schema, and maps is drawn from propcheck.maps/1"),
    "another schema": (["maps", "record.json", "-o", "a.svg"], "holds propcheck.record/1, and maps is drawn from"),
    "an object that is not whole": (["maps", "half.json", "-o", "a.svg"], "half.json lacks what the figure needs"),
    "computed and stored": (["criteria", "record.json", "relu", "-o", "a.svg"], "relu is still to be computed"),
    "no folder": (["function", "relu", "-o", "none/a.svg"], "none/a.svg cannot be written: No such file"),
    "a target of the paper": (["paper", "relu", "-o", "figures"], "take no target but what a probe printed"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_told_what_would_work(plot, tmp_path, arguments, said):
    status, out, err = plot(*arguments)
    assert (status, out) == (2, "")
    assert re.search(said, err) and len(err.splitlines()) == 1
    assert not (tmp_path / "a.svg").exists()
