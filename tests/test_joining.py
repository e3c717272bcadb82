"""Criteria that others bring along, and thresholds that are the user's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

import propcheck
from propcheck import criteria, spec
from propcheck.criteria import joining, truths
from propcheck.criteria.reading import at_least, measure, number, ruling, told
from propcheck.verdict import Facts, InputError, Verdict

RULES = {"holds": "sup g <= {most}", "partly": "a finite sup", "fails": "sup g is infinite"}


class Bounded:
    """Is the output bounded above?"""

    KEY, TITLE, RULE, THRESHOLDS = "bounded_above_by", "outputs bounded above", RULES, {"most": 1}

    def judge(self, facts, thresholds):
        sup = number(facts, "range", "sup")
        verdict = ruling(self.KEY, measure("sup g", sup.value))
        if at_least(sup, thresholds["most"]) is None:
            return verdict("open", "not decided")
        word = "fails" if sup.value == float("inf") else "partly" if sup.value > thresholds["most"] else "holds"
        return verdict(word, f"sup g = {told(sup)}", premises=[sup])


class Failing(Bounded):
    KEY = "failing"

    def judge(self, facts, thresholds):
        raise ValueError("no facts like these")


class Odd(Bounded):
    KEY = "odd_word"

    def judge(self, facts, thresholds):
        return Verdict(1, "gradient_flow", "surely", propcheck.Standing.PROVED)


class Under(Bounded):
    """The same asked by a truth."""

    KEY = "bounded_by_truth"

    def judge(self, facts, thresholds):
        return ~truths.exceeds(number(facts, "range", "sup"), thresholds["most"])


@pytest.fixture(autouse=True)
def apart(monkeypatch):
    """What a test declares is gone after it."""
    monkeypatch.setattr(joining, "_declared", {})


@pytest.mark.parametrize("limit", [None, 20], ids=["here", "in a child"])
@pytest.mark.parametrize(("name", "word"), [("tanh", "holds"), ("relu6", "partly"), ("relu", "fails")])
def test_a_strangers_criterion_stands_beside_the_eight(name, word, limit):
    target = {"relu6": "min(max(x, 0), 6)"}.get(name, name)
    analysis = propcheck.analyze(target, criteria=[Bounded], time_limit=limit, without=["edge_of_chaos"])
    assert [verdict.number for verdict in analysis.criteria] == list(range(1, 10))
    assert analysis["bounded_above_by"].verdict == word
    assert analysis["bounded_above_by"].standing == analysis["range"]["sup"].standing
    assert "bounded_above_by" in repr(analysis) and analysis.to_json()["criteria"][8]["key"] == "bounded_above_by"
    assert len(propcheck.analyze("x", without=["edge_of_chaos"]).criteria) == 8


@pytest.mark.parametrize(
    ("name", "word", "standing", "reason"),
    [
        ("tanh", "holds", "proved", "sup g <= 1"),
        ("relu", "fails", "proved", "sup g is infinite"),
    ],
)
def test_a_judge_may_answer_with_a_truth(name, word, standing, reason):
    (verdict,) = propcheck.analyze(name, criteria=[Under], only=["bounded_by_truth"]).criteria[8:]
    assert (verdict.verdict, verdict.standing, verdict.reasons) == (word, standing, (reason,))


def test_a_truth_that_is_undecided_leaves_the_verdict_open():
    (item,) = joining.chosen([Under])[8:]
    verdict = item.judge(Facts({}))
    assert (verdict.verdict, verdict.standing, verdict.reasons) == ("open", "open", ("not decided",))


def test_one_that_is_declared_is_asked_of_every_function_and_can_be_claimed():
    assert propcheck.criterion(Bounded) is Bounded
    assert propcheck.analyze("tanh", without=["edge_of_chaos"])["bounded_above_by"].verdict == "holds"
    claimed = spec.read('name = "mine"\ntitle = "Mine"\nexpression = "tanh(x)"\n[claims]\nbounded_above_by = "fails"')
    analysis = propcheck.analyze(claimed, without=["edge_of_chaos"])
    assert analysis.claims[0].outcome == "contradicts" and analysis["bounded_above_by"].claim == "contradicts"


def test_what_is_said_again_takes_the_place_of_what_was_said():
    propcheck.criterion(Bounded)
    propcheck.criterion(type("Bounded", (Bounded,), {"__module__": __name__, "KEY": "renamed"}))
    assert joining.keys()[8:] == ("renamed",)
    assert [item.key for item in joining.chosen([Bounded(), Failing])][8:] == ["renamed", "bounded_above_by", "failing"]


@pytest.mark.parametrize(
    ("page", "reason"),
    [(Failing, "its judge failed: ValueError: no facts like these"), (Odd, "verdict 'surely', which is none of")],
    ids=lambda case: getattr(case, "KEY", ""),
)
def test_a_judge_that_fails_harms_nobody_else(page, reason):
    analysis = propcheck.analyze("tanh", criteria=[page, Bounded], without=["edge_of_chaos"])
    assert analysis.criteria[8].verdict == "open" and reason in analysis.criteria[8].reasons[0]
    assert analysis.criteria[8].number == 9 and analysis["bounded_above_by"].verdict == "holds"


WHOLE = {"KEY": "mine", "TITLE": "mine", "RULE": RULES, "THRESHOLDS": {}, "judge": lambda facts, thresholds: None}
BAD = [
    ({"RULE": None, "judge": None}, "lacks RULE, judge"),
    ({"KEY": "Mine"}, "KEY is a name in small letters"),
    ({"KEY": "dead_units"}, "is that of criterion 3"),
    ({"KEY": "range"}, "is that of a fact or a claim"),
    ({"KEY": "slope"}, "is that of a fact or a claim"),
    ({"TITLE": " "}, "TITLE is a text"),
    ({"RULE": {"holds": "x"}}, "RULE has a text for each of holds, partly, fails"),
    ({"THRESHOLDS": {"at most": 1}}, "THRESHOLDS has a number under each name"),
    ({"THRESHOLDS": {"most": "much"}}, "must be a finite number"),
    ({"THRESHOLDS": {"most": float("nan")}}, "must be a finite number"),
    ({"THRESHOLDS": {"most": True}}, "must be a finite number"),
    ({"judge": lambda facts: None}, "judge takes two things"),
]


@pytest.mark.parametrize(
    ("changes", "sentence"), BAD, ids=[f"{sentence[:30]}-{n}" for n, (_, sentence) in enumerate(BAD)]
)
def test_what_is_missing_is_said_when_a_criterion_joins(changes, sentence):
    missing = sentence.startswith("lacks")
    names = {key: value for key, value in (WHOLE | changes).items() if not missing or value is not None}
    page = SimpleNamespace(**names)
    for join in (propcheck.criterion, lambda page: joining.chosen([page])):
        with pytest.raises(InputError, match=sentence):
            join(page)
    assert joining.keys() == spec.CRITERIA
    assert joining.chosen([SimpleNamespace(**WHOLE)])[8].key == "mine"


# ---------------------------------------------------------------------------------------------- thresholds


def test_a_threshold_moves_the_verdict_and_every_output_says_so():
    usual = propcheck.analyze("gelu")
    strict = propcheck.analyze("gelu", thresholds={"convergence": {"holds": 1.5}})
    assert (usual["convergence"].verdict, strict["convergence"].verdict) == ("holds", "partly")
    assert strict["convergence"].reasons[-1] == "judged by other thresholds: holds from 1.5, not 0.3"
    assert all("other thresholds" not in reason for one in usual.criteria for reason in one.reasons)
    same = [one for one in strict.criteria if one.key != "convergence"]
    assert same == [one for one in usual.criteria if one.key != "convergence"]


@pytest.mark.parametrize("holds", ["1/10", "1/3", "2/5", "3/5", "7/10", "9/10"])
@pytest.mark.parametrize("partly", ["1/5", "1/2", "4/5"])
@pytest.mark.parametrize("key", ["zero_mean", "convergence"])
def test_a_verdict_is_the_word_of_the_first_threshold_that_is_met(key, holds, partly):
    """However the thresholds lie, against the measure of functions that nobody chose for them."""
    item = {one.key: one for one in joining.chosen(thresholds={key: {"holds": holds, "partly": partly}})}[key]
    for a in ("0.1", "0.3", "0.45", "0.7"):
        facts = propcheck.analyze("x + a*x**2*exp(-x**2/7) - a/3", a=a).facts
        found = item.judge(facts)
        value = found.measure["value"]
        sign = 1 if key == "zero_mean" else -1  # one wants little, the other much
        met = (w for w, bound in (("holds", holds), ("partly", partly)) if sign * value <= sign * Fraction(bound))
        word = next(met, "fails")
        assert found.verdict == word, (a, value)


@pytest.mark.parametrize(
    ("thresholds", "sentence"),
    [
        ({"convergance": {"holds": 1}}, "no criterion 'convergance' .did you mean convergence"),
        ({"convergence": {"hold": 1}}, "convergence has no threshold 'hold' .did you mean holds"),
        ({"differentiability": {"hold": 1}}, "differentiability has no threshold 'hold'; it has nonlinear"),
        ({"convergence": 0.5}, "convergence takes its thresholds by name"),
        ({"convergence": {"holds": float("inf")}}, "convergence.holds must be a finite number"),
        ([1], "stand by criterion and name"),
    ],
    ids=str,
)
def test_a_threshold_that_is_none_is_an_error_with_the_nearest_right_one(thresholds, sentence):
    with pytest.raises(InputError, match=sentence):
        propcheck.analyze("x", thresholds=thresholds)


def test_rules_are_told_with_the_thresholds_that_are_asked():
    items = {item.key: item for item in joining.chosen([Bounded], {"bounded_above_by": {"most": "2.5"}})}
    mine = items["bounded_above_by"]
    assert mine.rule["holds"] == "sup g <= 2.5" and mine.changed == "most 2.5, not 1"
    assert [item.changed for item in items.values() if item.own] == [""] * len(criteria.PAGES)


# ---------------------------------------------------------------------------------------------- an installed package

SCRATCH = """
from propcheck.criteria.reading import equals, number, ruling

KEY, TITLE, THRESHOLDS = "through_zero", "g is 0 at 0 on the right", {}
RULE = {"holds": "it is", "partly": "never", "fails": "it is not"}

def judge(facts, thresholds):
    mean = number(facts, "gaussian", "mean")
    truth = equals(mean, 0)
    word = "open" if truth is None else "holds" if truth else "fails"
    return ruling(KEY, None)(word, f"mean {mean}", premises=[mean])
"""


@pytest.fixture
def installed(tmp_path):
    """A package with one criterion, as pip leaves it, and how commands are run beside it."""
    about = tmp_path / "site" / "scratch_criteria-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: scratch-criteria\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text("[propcheck.criteria]\nzero = scratch_criteria\n")
    module = about.parent / "scratch_criteria.py"
    module.write_text(SCRATCH)

    def run(*arguments):
        paths = [str(about.parent), str(Path(propcheck.__file__).parent.parent)]
        done = subprocess.run(
            [sys.executable, *(["-c"] if arguments[0].startswith("import") else ["-m", "propcheck"]), *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr

    run.module, run.folder = module, tmp_path
    return run


def test_an_installed_criterion_stands_in_every_command(installed):
    status, out, err = installed("analyze", "tanh", "--json", "--without", "edge_of_chaos")
    assert status == 0, err
    verdict = json.loads(out)["criteria"][8]
    assert (verdict["number"], verdict["key"], verdict["verdict"]) == (9, "through_zero", "holds")
    status, out, _ = installed(
        "check", "tanh", "relu", "--require", "through_zero=holds", "--require", "gradient_flow=any"
    )
    assert status == 1 and "through_zero: required holds (--require), found fails" in out
    status, _, err = installed("report", "tanh", "relu", "-o", "made", "--no-probes")
    assert status == 0, err
    made = installed.folder / "made"
    assert [one["key"] for one in json.loads((made / "record.json").read_text())["criteria"]][8:] == ["through_zero"]
    for name in ("criteria.md", "criteria.tex", "criteria.csv", "legend.md", "report.html", "report.tex", "README.md"):
        assert "through" in (made / name).read_text(), name
    assert installed("check", "tanh", "--require", "through_zer=holds")[2].count("did you mean through_zero") == 1


def test_code_of_an_installed_criterion_is_imported_only_where_criteria_are_asked(installed):
    installed.module.write_text("raise ValueError('imported')")
    assert installed("list")[0] == 0 and installed("--help")[0] == 0
    assert installed("import propcheck; propcheck.load('gelu'); propcheck.verify")[0] == 0
    status, out, err = installed("analyze", "relu")
    assert (status, out) == (2, "")
    assert "zero = scratch_criteria of scratch-criteria 0.1 cannot be imported: ValueError: imported" in err
    installed.module.write_text(SCRATCH.replace("RULE =", "RULES ="))
    assert "this one lacks RULE" in installed("analyze", "relu")[2]


def test_an_installed_criterion_goes_to_a_child_that_does_not_fork(installed):
    program = (
        "import threading, time; threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n"
        "import propcheck\n"
        "print(propcheck.analyze('tanh', time_limit=20, only=['through_zero'])['through_zero'].verdict)"
    )
    status, out, err = installed(program)
    assert (status, out) == (0, "holds\n"), err


def test_the_thresholds_of_a_project_are_those_of_every_command(installed, monkeypatch):
    monkeypatch.delenv("COLUMNS")  # a line an item
    (installed.folder / "pyproject.toml").write_text(
        "[tool.propcheck.thresholds]\nconvergence = {holds = 1.5}\nsparsity.holds = 0.6\n"
    )
    said = "judged by other thresholds: holds from 1.5, not 0.3"
    for command in (("analyze", "relu"), ("check", "relu"), ("compare", "relu", "abs(x)")):
        command = (*command, "--require", "convergence=holds") if command[0] == "check" else command
        assert said in installed(*command)[1], command
    assert "holds from 2, not 0.3" in installed("analyze", "relu", "--threshold", "convergence.holds=2")[1]
    status, _, err = installed("report", "relu", "-o", "made", "--no-probes", "--threshold", "zero_mean.partly=1/3")
    assert status == 0, err
    made = {path.name: path.read_text() for path in (installed.folder / "made").iterdir() if path.is_file()}
    for name in ("criteria.md", "criteria.tex", "criteria.csv", "legend.md", "report.html", "report.tex", "README.md"):
        assert "1.5, not 0.3" in made[name], name
    assert "--threshold zero_mean.partly=1/3 --threshold sparsity.holds=3/5" in json.loads(made["run.json"])["command"]
    (installed.folder / "pyproject.toml").write_text("[tool.propcheck.thresholds]\nzero_meen.holds = 1\n")
    status, _, err = installed("analyze", "relu")
    assert (
        status == 2 and "pyproject.toml: thresholds: there is no criterion 'zero_meen' (did you mean zero_mean" in err
    )
    assert installed("analyze", "relu", "--threshold", "sparsity=2")[0] == 2
