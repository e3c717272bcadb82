"""Along a parameter: what is filled holds at every value there, by the engine at single values; and how it is drawn."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as tree

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import propcheck
from propcheck import target
from propcheck.families import track as tracking
from propcheck.processes import worker
from propcheck.report.page.charts import track as charts
from propcheck.verdict import InputError

SOME = {  # what runs along which parameter, over what
    "leaky_relu": ("a", ""),
    "elu": ("a", "0:3"),
    "x + a*tanh(x)": ("a", "-1:1"),
}


def spec_of(text):
    return target.read(text, {SOME[text][0]: "1"} if "x" in text and "(" in text or " " in text else {})


@pytest.fixture(scope="module", params=SOME)
def made(request):
    text = request.param
    name, over = SOME[text]
    of = tracking.track(spec_of(text), name, over)
    job = worker.Job(lambda: of, tracking.questions(math.inf, 5, 4))
    return of, tracking.record(of.about(), worker.one(job, None))


def test_bands_hold_the_numbers_of_the_engine(made):
    of, record = made
    assert record["bands"]["mean"]
    for name, cells in record["bands"].items():
        key, field = tracking.NUMBERS[name]
        for start, stop, low, high in cells[::2]:
            value = sp.Rational(start) + (sp.Rational(stop) - sp.Rational(start)) * sp.Rational(3, 7)
            one = tracking._number(of.subject.find(key, {of.name: tracking.Place(value, value)}), field)
            assert one.upper >= low and one.lower <= high, (name, value)


def test_a_part_of_a_verdict_says_what_samples_say(made):
    of, record = made
    compared = 0
    for sample in record["samples"]:
        for key, parts in record["verdicts"].items():
            if key == "cost":  # counted with the parameter as a symbol
                continue
            here = [one["verdict"] for one in parts if one["from"] < sample["at"] < one["to"]]
            found = sample["verdicts"][key]
            compared += here not in ([], ["open"])
            assert not here or here == ["open"] or "open" in (found, *here) or here == [found], (key, sample["at"])
    assert compared or of.subject.spec.name != "leaky_relu"  # whose verdicts are known in closed form
    ends = [(parts[0]["from"], parts[-1]["to"]) for parts in record["verdicts"].values()]
    assert set(ends) == {(record["from"], record["to"])}


def test_the_charts_are_whole_and_told(made):
    _, record = made
    caption, markup = charts.draw(json.loads(json.dumps(record)), "t")
    root = tree.fromstring(str(markup))
    pictures = [node for node in root.iter("svg") if node.get("role") == "img"]
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) == 2 * len(pictures) and len(pictures) > 3
    assert all(picture[0].text and picture[1].text for picture in pictures)
    assert "zero mean: " in pictures[0][1].text and "at every value" in caption
    assert "nan" not in str(markup) and "inf" not in str(markup).replace("infinit", "")
    strip = tree.fromstring(str(charts.strip(record, "zero_mean")))
    assert strip.get("aria-hidden") == "true" and {node.tag for node in strip} == {"rect"}


def test_a_number_of_one_value_alone_is_a_dot_without_a_line():
    of = tracking.track(target.read("swish", {}), "beta", "0:2")
    record = tracking.record(of.about(), worker.one(worker.Job(lambda: of, tracking.questions(math.inf, 3, 4)), None))
    assert not charts._still(record, "lipschitz")  # 1/2 at beta = 0, and 1.0998 elsewhere
    assert charts._fits(0.0, 0.5, record["bands"]["lipschitz"]) is False
    assert charts._fits(1.0, 1.0998393, record["bands"]["lipschitz"]) is True


def test_what_does_not_change_is_told_and_not_drawn():
    of = tracking.track(target.read("leaky_relu", {}), "a")
    record = tracking.record(of.about(), worker.one(worker.Job(lambda: of, tracking.questions(math.inf, 3, 4)), None))
    caption, markup = charts.draw(record, "t")
    assert "The Lipschitz constant is 1 everywhere" in caption and "Lipschitz constant</text>" not in markup


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_bound_with_fewer_digits_lies_outside(value):
    low, high = tracking._outward(value, -1), tracking._outward(value, 1)
    assert low <= value <= high and high - low <= 1e-5 * abs(value) + 1e-300


REFUSED = [
    ("elu", "b", "", "has no parameter 'b'"),
    ("elu", "a", "-1:1", "leaves the range"),
    ("elu", "a", "3:1", "reversed"),
    ("elu", "a", "0:inf", "from one number to another"),
    ("elu", "a", "2:2", "2:2"),
]


@pytest.mark.parametrize(("text", "name", "over", "said"), REFUSED, ids=[f"{one[1]}={one[2]}" for one in REFUSED])
def test_a_stretch_that_is_none_is_a_sentence(text, name, over, said):
    with pytest.raises(InputError, match=said):
        tracking.track(target.read(text, {}), name, over)


def test_a_report_has_the_tracks_where_they_are_asked_for(tmp_path):
    made = propcheck.report(["leaky_relu", "relu"], tmp_path / "r", formats=["html"], probes=False, along=True)
    graphs = json.loads((made.folder / "curves.json").read_text())["graphs"]
    assert [[one["parameter"] for one in graph.get("tracks", ())] for graph in graphs] == [["a"], []]
    page = (made.folder / "report.html").read_text()
    assert page.count(">Verdicts along a</title>") == 1 and "leaky-relu-along-a-mean-t" in page
