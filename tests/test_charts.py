"""The charts of the page: whole, small, in the place of the numbers that they show, other people's words as text."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as tree
from pathlib import Path

import mpmath
import pytest

from propcheck import spec, target
from propcheck.curves.collected import collected
from propcheck.curves.graph import graph
from propcheck.report import curves, points, profiles
from propcheck.report.page.charts import cost, frame, layers
from propcheck.report.page.charts import graph as graph_chart
from propcheck.report.placing import shared
from propcheck.verdict import InputError

REPORT = Path(__file__).parent.parent / "reports" / "paper"
MEASURED = json.loads((REPORT / "measured.json").read_text(encoding="utf-8"))
RECORD = json.loads((REPORT / "record.json").read_text(encoding="utf-8"))
EVIL = "<script>alert(1)</script> & \" onload='x'"


def drawn(name, **about):
    made = curves.record([graph(target.activation(name, {}), orders=(0, 1, 2))])["graphs"][0]
    made["activation"] |= about
    return made, graph_chart.draw(made, "c-0")[1]


def read(markup):
    """The pictures in a markup, each whole and with a title and a description that it points at."""
    root = tree.fromstring(f"<div>{markup}</div>")
    pictures = [node for node in root.iter("svg") if node.get("role") == "img"]
    assert pictures
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) == 2 * len(pictures)
    for picture in pictures:
        title, desc = picture[0], picture[1]
        assert (title.tag, desc.tag) == ("title", "desc") and title.text and desc.text
        assert picture.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    return pictures


def shapes(picture, kind):
    return [node for node in picture.iter() if node.get("class") == kind]


def axes(made, order):
    (curve,) = [one for one in made["curves"] if one["order"] == order]
    return graph_chart._axes(made, curve)


CURVES = {  # runs that are joined, filled dots and open ones: of the function, of the slope
    "relu": ((2, 1, 0), (2, 0, 2)),
    "step": ((2, 1, 1), (2, 0, 1)),
    "sigmoid": ((1, 0, 0), (1, 0, 0)),
    "elu": ((2, 0, 0), (2, 1, 0)),
    "rrelu": ((2, 1, 0), (2, 0, 2)),
}


@pytest.mark.parametrize("name", CURVES)
def test_jumps_are_not_joined_and_dots_say_what_belongs_to_the_curve(name):
    _, markup = drawn(name)
    for picture, (runs, filled, hollow) in zip(read(markup)[:2], CURVES[name], strict=True):
        assert sum(node.get("d").count("M") for node in shapes(picture, "line")) == runs
        assert (len(shapes(picture, "dot")), len(shapes(picture, "dot hollow"))) == (filled, hollow)


@pytest.mark.parametrize(("name", "function"), [("tanh", mpmath.tanh), ("erf", mpmath.erf), ("arctan", mpmath.atan)])
def test_the_line_lies_on_the_function_to_a_pixel(name, function):
    made, markup = drawn(name)
    for order, picture in enumerate(read(markup)):
        on = axes(made, order)
        (path,) = shapes(picture, "line")
        found = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d"))
        assert len(found) > 20
        for across, down in found:
            x = on.x.low + float(across) / on.wide * (on.x.high - on.x.low)
            y = float(mpmath.diff(function, x, order))
            slope = abs(float(mpmath.diff(function, x, order + 1)))
            pixels = (on.high / (on.y.high - on.y.low)) * slope * (on.x.high - on.x.low) / on.wide
            assert abs(on.down(y) - float(down)) < 0.2 + 0.1 * pixels, (x, y)


def test_a_curve_is_told_to_who_does_not_see_it():
    _, markup = drawn("step")
    descriptions = [picture[1].text for picture in read(markup)]
    assert "from −3 to 3" in descriptions[0] and "It jumps at x = 0." in descriptions[0]
    assert "It has corners at x = 0." in read(drawn("relu")[1])[0][1].text


def test_titles_of_strangers_are_text_in_charts():
    _, markup = drawn("relu", title=EVIL)
    assert "<script" not in markup and read(markup)[0][0].text == f"g(x) of {EVIL}"
    dots = [points.Dot(EVIL, float(k), 1.0, 0.1, 0.1, "holds") for k in range(3)]
    made = cost.draw(dots, cost.BY_FORMULA, "c")
    assert made is not None and "<script" not in made[1] and read(made[1])


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        (frame.Axis(0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (frame.Axis(-3.2, 3.2), ["−2", "0", "2"]),
        (frame.Axis(999.9, 1000.1), ["999.9", "999.95", "1000", "1000.05", "1000.1"]),
        (frame.Axis(0, 2, decades=True), ["1", "10", "10²"]),
        (frame.Axis(-31, 0.5, decades=True), ["10⁻³⁰", "10⁻²⁰", "10⁻¹⁰", "1"]),
        (frame.Axis(0, 1, decades=True), ["1", "2", "5", "10"]),
    ],
    ids=str,
)
def test_ticks_are_round(axis, said):
    assert [text for _, text in axis.ticks(5)] == said


def test_the_layers_show_mean_band_and_theory():
    (relu,) = [probe for probe in MEASURED["probes"] if probe["activation"]["name"] == "relu"]
    caption, markup = layers.draw(relu, "c") or ("", "")
    pictures = read(markup)
    assert "theory" in caption and len(pictures) == 3
    for picture in pictures:
        assert len(shapes(picture, "line")) == len(shapes(picture, "band")) == 1
    assert len(shapes(pictures[0], "theory")) == len(shapes(pictures[2], "theory")) == 1
    assert len(markup) < 20_000


def probe(mean, theory=None, depth=3):
    """A probe of three quantities, by hand."""
    square = {"name": profiles.OUTPUTS, "mean": mean, "spread": [0.1] * depth} | ({"theory": theory} if theory else {})
    other = {"name": profiles.DEVIATION, "mean": [1.0] * depth}
    gradient = {"name": profiles.GRADIENT, "mean": [-300.0, None, 0.0], "spread": [0.1] * depth}
    return {"criteria": {"gradient_flow": {"measurements": [], "profiles": [square, other, gradient]}}}


@pytest.mark.parametrize(
    "mean", [[0.0, 0.0, 0.0], [1.0, None, 2.0], ["inf", 1.0, 1e300], [1e-300, 1.0, 1e300]], ids=str
)
def test_what_has_no_place_on_an_axis_leaves_a_gap(mean):
    _, markup = layers.draw(probe(mean), "c") or ("", "")
    assert read(markup) and not re.search(r"nan|inf|e[+-]\d", "".join(re.findall(r' d="([^"]*)"', markup)))


@pytest.mark.parametrize("lacking", [profiles.OUTPUTS, profiles.DEVIATION, profiles.GRADIENT])
def test_a_quantity_of_which_no_layer_has_a_number_is_an_empty_picture(lacking):
    found = probe([1.0, 1.0, 1.5])
    items = found["criteria"]["gradient_flow"]["profiles"]
    for item in items:
        if item["name"] == lacking:
            del item["mean"]
    drawn = [shapes(picture, "line") for picture in read((layers.draw(found, "c") or ("", ""))[1])]
    assert sorted(map(len, drawn)) == [0, 1, 1]
    for item in items:
        item.pop("mean", None)
    assert profiles.runs(found) == ()


def test_theory_has_no_line_where_it_predicts_a_gradient_of_0():
    found = probe([1.0, 1.0, 1.5])
    found["criteria"]["gradient_flow"]["profiles"][2]["theory"] = {"line": ["-inf", "-inf", 0.0]}
    first, second, last = profiles.runs(found)[2].theory
    assert math.isnan(first) and math.isnan(second) and last == 1.0


def test_theorys_band_is_drawn_where_the_probe_has_one():
    theory = {"line": [1.0, 1.0, 1.0], "lower": [0.9, 0.8, 0.7], "upper": [1.1, 1.2, 1.3]}
    caption, markup = layers.draw(probe([1.0, 1.0, 1.5], theory), "c") or ("", "")
    assert "infinite width" in caption and len(shapes(read(markup)[0], "bound")) == 2
    assert layers.draw({"criteria": {}}, "c") is None


def boxes(markup):
    """Where the names of a scatter lie."""
    for node in tree.fromstring(markup).iter("text"):
        if node.get("class") == "name":
            half, y = cost.LETTER * len(node.text) / 2, float(node.get("y"))
            yield float(node.get("x")) - half, y - 0.8 * cost.LINE, float(node.get("x")) + half, y + 0.2 * cost.LINE


@pytest.mark.parametrize("count", [1, 17, 200])
def test_names_do_not_cover_each_other(count):
    dots = [points.Dot(f"name {k}", 5 + 3 * math.sin(7 * k), math.cos(3 * k), 0, 0, "partly") for k in range(count)]
    made = cost.draw(dots, cost.BY_FORMULA, "c")
    assert made is not None
    found = list(boxes(made[1]))
    assert len(found) == count if count < 20 else len(found) < count
    for place, one in enumerate(found):
        assert all(shared(one, other) < 1e-6 for other in found[:place])
    assert made[1].count('<path class="point') == count


def test_functions_at_one_point_share_a_name_and_none_gives_no_picture():
    dots = [points.Dot(name, 1.0, 1.0, 0, 0, "holds") for name in "abc"]
    made = cost.draw(dots, cost.BY_EXPERIMENT, "c")
    assert made is not None and [n.text for n in tree.fromstring(made[1]).iter("text") if n.get("class") == "name"] == [
        "a, b",
        "c",
    ]
    assert cost.draw([], cost.BY_FORMULA, "c") is None


def test_behind_a_curve_stand_relu_and_what_it_tends_to_and_its_extremes_have_rings():
    made, _ = drawn("elu")
    asymptotes = {"left": {"slope": {"value": 0}, "intercept": {"value": -1}}, "right": None}
    slopes = {"argmax": {"value": 0.0}, "sup": {"value": 1.0}, "argmin": None, "inf": {"value": 0.0}}
    caption, markup = graph_chart.draw(made, "c", {"asymptotes": asymptotes, "derivative_range": slopes})
    value, slope, bend = read(markup)
    assert len(shapes(value, "asymptote")) == 1 and not shapes(slope, "asymptote")  # of its limit nothing is said
    limits = {"left": {"value": None, "slope": {"value": 0.0}}, "right": None}
    told = read(graph_chart.draw(made, "c", {"limits": limits})[1])
    assert [len(shapes(picture, "asymptote")) for picture in told] == [0, 1, 0]
    assert len(shapes(value, "relu")) == len(shapes(slope, "relu")) == 1 and not shapes(bend, "relu")
    heights = {float(y) for y in re.findall(r"[ML][-.0-9]+ ([-.0-9]+)", shapes(value, "asymptote")[0].get("d"))}
    low, high = (float(end) for end in made["curves"][0]["view"])
    room = 0.07 * (high - low)
    level = (high + room + 1) / (high - low + 2 * room) * (frame.HEIGHT - frame.TOP - frame.BOTTOM)
    assert len(heights) == 1 and heights.pop() == pytest.approx(level, abs=0.2)
    assert [len(shapes(picture, "extreme")) for picture in (value, slope, bend)] == [0, 1, 0]
    assert caption.endswith("grey: ReLU, dashed: asymptotes, rings: extremes")
    assert "dashed" not in drawn("elu")[1] and "dashed" not in graph_chart.draw(made, "c")[0]


def test_of_probes_leaves_out_what_was_not_finished():
    assert len(list(points.of_probes(MEASURED["probes"]))) == 17
    assert list(points.of_probes([{"criteria": {}}, {"timed": {}, "criteria": {"convergence": {}}}])) == []
    assert len(list(points.of_formulas(RECORD))) == 17


# ---------------------------------------------------------------------------------------------- the record of curves


def test_curves_that_cannot_be_drawn_say_why_and_leave_the_others():
    specs = [spec.find("relu"), target.read("sqrt(-1 - x**2)"), spec.find("tanh")]
    found = list(collected(specs, 30.0))
    assert ["note" in one for one in found] == [False, True, False] and found[1]["note"]
    (stopped,) = collected([spec.find("gelu")], 1e-6)
    assert stopped["note"]


def test_the_curves_of_a_report_belong_to_its_functions():
    entries = [{"activation": {"name": name}} for name in ("relu", "tanh")]
    made = curves.record([{"activation": {"name": name}, "note": "none"} for name in ("relu", "tanh")])
    assert curves.of(None, entries) == [None, None] and curves.of(made, entries) == made["graphs"]
    with pytest.raises(InputError, match="of other functions"):
        curves.of(made, entries[:1])


def test_curves_have_no_digit_in_which_processors_differ():
    made = curves.record([graph(target.activation("gelu", {}))])
    text = json.dumps(made)
    numbers = re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)
    assert len(numbers) > 100
    assert max(len(re.sub(r"e.*|[-.]", "", number).lstrip("0").rstrip("0")) for number in numbers) <= curves.DIGITS
