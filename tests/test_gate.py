"""What is asked of a design, what came of it, and how that is said in each format."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from propcheck import gate
from propcheck.gate import Check, Expectation, Result, baseline, formats, place, project
from propcheck.inquiries.analysis import analyze
from propcheck.report.changes import Change
from propcheck.spec import CRITERIA, Claim, from_text, read
from propcheck.verdict import InputError


def design(expression, *claims, asked=()):
    """The analysis of an expression at the gate, as JSON."""
    return analyze(gate.with_requirements(replace(from_text(expression), claims=claims), asked)).to_json()


def outcomes(checks):
    return {(check.kind, check.key): check.outcome for check in checks}


# ---------------------------------------------------------------------------------------------- requirements


def test_the_command_line_goes_before_the_project_and_that_before_the_profile():
    profile = gate.of_profile(gate.profiles.GATE)
    ours = [gate.requirement("zero_mean", "holds", "p"), gate.requirement("range.inf", "-1", "p")]
    theirs = [gate.requirement("zero_mean", "partly", "o"), gate.requirement("monotonicity", "any", "o")]
    asked = {item.key: (item.wanted, item.origin, bool(item.why)) for item in gate.requirements(profile, ours, theirs)}
    assert asked == {
        "range.inf": ("-1", "p", False),
        "range.sup": ("1", "profile gate", True),
        "lipschitz_continuous": (True, "profile gate", True),
        "zero_mean": ("partly", "o", False),
    }


MET = [  # expression, key, wanted, whether it is so; None where it is not decided
    ("x", "zero_mean", "holds", True),
    ("x", "differentiability", "partly", False),
    ("max(x, x/10)", "differentiability", "partly", True),
    ("max(x, x/10)", "differentiability", "holds", False),
    ("tanh(x)", "monotonicity", "increasing", True),
    ("tanh(x)", "monotonicity", "non-decreasing", True),
    ("relu(x)", "monotonicity", "increasing", False),
    ("tanh(x)", "smoothness.class", "C^inf", True),
    ("tanh(x)", "smoothness.class", "C^1", True),
    ("relu(x)", "smoothness.class", "C^1", False),
    ("relu(x)", "smoothness.class", "C^0", True),
    ("relu(x)", "smoothness.class", "discontinuous", False),
    ("tanh(x)", "saturation.left", "soft", True),
    ("tanh(x)", "saturation.left", "hard", False),
    ("tanh(x)", "range", "(-1, 1)", True),
    ("tanh(x)", "range", "[-1, 1]", False),
    ("tanh(x)", "lipschitz", "1", True),
    ("2*tanh(x)", "slope_at_most", "1.5", False),
    ("tanh(x)", "slope_at_most", "1.5", True),
    ("tanh(x)", "bounded_above", "yes", True),
    ("x**2", "degree_at_most", "2", True),
    ("max(x, 0)", "cost.value.mul", "0", True),
    ("2*max(x, 0)", "cost.value.mul", "0", False),
    ("tanh(x)", "derivative", "1 - tanh(x)**2", True),
    ("tanh(x)", "derivative", "1 - tanh(x)", False),
]


@pytest.mark.parametrize(("expression", "key", "wanted", "met"), MET, ids=lambda case: str(case))
def test_a_requirement_is_met_or_not(expression, key, wanted, met):
    asked = [gate.requirement(key, wanted, "--require")]
    (check,) = gate.judge(design(expression, asked=asked), asked)
    assert (check.kind, check.key) == ("requirement", key)
    assert check.outcome == {True: "passed", False: "failed"}[met], check
    assert check.standing != "open"


WRONG = [  # key, value, what is said
    ("zero_men", "partly", "did you mean zero_mean"),
    ("prose", "it is smooth", "'prose' is nothing that can be required"),
    ("zero_mean", "fails", "write any to require nothing"),
    ("zero_mean", "part", "none of partly, holds, any .did you mean partly"),
    ("zero_mean", True, "zero_mean = True is none of"),
    ("parity", "od", "parity: 'od' is none of odd, even, none .did you mean odd"),
    ("degree_at_most", "two", "must be a whole number from 0"),
    ("degree_at_most", "-1", "must be a whole number from 0"),
    ("affine", "perhaps", "true or false"),
    ("lipschitz", "one", "unknown name 'one'"),
    ("lipschitz", "x", "depends on x"),
    ("range", "0..1", "is not an interval"),
    ("slope", "1", "is meant at one x; claim it in a spec"),
    ("derivative", "__import__('os')", "__import__"),
    ("smoothness.class", "smooth", "none of C.inf"),
    ('parity" = "odd', "odd", "nothing that can be required"),
]


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_a_requirement_that_is_none_is_told_in_a_sentence(key, value, message):
    with pytest.raises(InputError, match=message):
        gate.requirement(key, value, "--require")


def test_claims_of_the_spec_are_checked_and_prose_is_not():
    claims = [
        Claim("parity", "odd"),
        Claim("parity", "even"),
        Claim("slope", "1", at={"x": "0"}),
        Claim("prose", "a classic"),
        Claim("equals", "0", on=("[0, 1]",)),
    ]
    asked = [gate.requirement("parity", "odd", "o"), gate.requirement("zero_mean", "holds", "o")]
    checks = gate.judge(design("tanh(x)", *claims, asked=asked), asked)
    assert [(check.kind, check.key, check.wanted, check.outcome) for check in checks] == [
        ("requirement", "parity", "odd", "passed"),
        ("requirement", "zero_mean", "holds", "passed"),
        ("claim", "parity", "odd", "passed"),
        ("claim", "parity", "even", "failed"),
        ("claim", "slope", "1 at x = 0", "passed"),
        ("claim", "equals", "0 on [0, 1]", "failed"),
    ]


def test_what_is_open_is_undecided():
    found = design("tanh(x)")
    found["criteria"][3] |= {"verdict": "open", "standing": "open", "reasons": ["time is up"]}
    asked = [gate.requirement("zero_mean", "partly", "o")]
    (check,) = gate.judge(found, asked)
    assert check.outcome == "undecided"
    assert str(check) == "required partly (o), undecided: time is up"
    result = Result("d", "d", "x", None, (check,))
    assert (gate.status([result], False), gate.status([result], True)) == (0, 3)


WHOSE = [  # whose claims are asked for, and what comes of a wrong one of one's own, of the paper and of another
    ("own", "failed", "told", "told"),
    ("paper", "failed", "failed", "told"),
    ("all", "failed", "failed", "failed"),
    ("none", "told", "told", "told"),
]


@pytest.mark.parametrize(("word", "mine", "papers", "others"), WHOSE, ids=[row[0] for row in WHOSE])
def test_a_wrong_claim_fails_where_its_source_is_asked_for_and_else_is_told(word, mine, papers, others):
    claims = [
        Claim("parity", "even"),
        Claim("affine", True, said_by="paper"),
        Claim("range", "(0, 1)", said_by="misra"),
    ]
    found = design("tanh(x)", *claims, Claim("monotonicity", "increasing", said_by="paper"))
    checks = gate.judge(found, (), gate.whose(word, "--claims"))
    assert [(check.by, check.outcome) for check in checks] == [
        ("", mine),
        ("paper", papers),
        ("misra", others),
        ("paper", "passed"),
    ]
    assert str(checks[1]) == "claimed true (paper), found no (proved)"


def test_a_claim_of_others_that_is_open_decides_nothing():
    found = design("x", Claim("slope_outlasts", "log(x)", said_by="paper"))
    (check,) = gate.judge(found, ())
    assert (check.outcome, check.said.partition(":")[0]) == ("told", "claimed log(x) (paper), undecided")
    results = [Result("d", "d", "x", None, (check,))]
    assert (gate.status(results, False), gate.status(results, True)) == (0, 0)
    expected = [gate.expectation("slope_outlasts", "r", "o")]
    assert gate.expect("d", [check], expected) == (check,)
    assert list(gate.unused(results, expected)) == expected


@pytest.mark.parametrize("word", ["The paper", "", "own claims"])
def test_whose_claims_are_asked_for_is_a_word_or_a_name(word):
    with pytest.raises(InputError, match="none of own, all, none, nor the name of a source"):
        gate.whose(word, "--claims")


# ---------------------------------------------------------------------------------------------- expected failures


def asked_of(**keys):
    return tuple(
        Check("requirement", key, "partly", "fails", "proved", {"+": "passed", "-": "failed", "?": "undecided"}[word])
        for key, words in keys.items()
        for word in words
    )


EXPECTED = [  # what came of the checks on a key, and what becomes of each
    ("-", ["expected_failure"]),
    ("+", ["unexpected_pass"]),
    ("?", ["undecided"]),
    ("-+", ["expected_failure", "passed"]),
    ("?+", ["undecided", "passed"]),
    ("++", ["unexpected_pass", "unexpected_pass"]),
]


@pytest.mark.parametrize(("words", "become"), EXPECTED)
def test_an_expectation_speaks_of_all_checks_on_its_key(words, become):
    expected = [gate.expectation("cost", "why not", "o")]
    checks = gate.expect("d", asked_of(cost=words, sparsity="-"), expected)
    assert [check.outcome for check in checks] == [*become, "failed"]
    assert all(check.expected == "why not" for check in checks if "expected" in check.outcome)


def test_an_expectation_may_be_of_one_design_and_then_goes_before_one_of_all():
    expected = gate.expectations(
        [gate.expectation("cost", "all", "p"), gate.expectation("a.cost", "old", "p")],
        [gate.expectation("a.cost", "a's own", "o"), gate.expectation("c.sparsity", "never used", "o")],
    )
    assert gate.expect("a", asked_of(cost="-"), expected)[0].expected == "a's own"
    assert gate.expect("b", asked_of(cost="-"), expected)[0].expected == "all"
    results = [Result(name, name, "x", None, asked_of(cost="-")) for name in "ab"]
    assert list(gate.unused(results, expected)) == []  # c is not at the gate
    results.append(Result("c", "c", "x", None, asked_of(cost="-")))
    assert [str(item) for item in gate.unused(results, expected)] == ["c.sparsity"]


def test_a_verdict_that_is_as_before_is_no_unexpected_pass():
    before = Check("baseline", "cost", "fails", "fails", "proved", "passed")
    (check,) = gate.expect("d", [before], [gate.expectation("cost", "r", "o")])
    assert check.outcome == "passed"
    (worse,) = gate.expect("d", [replace(before, outcome="failed")], [gate.expectation("cost", "r", "o")])
    assert worse.outcome == "expected_failure"


NAMES = [
    ("cost", None, "cost"),
    ("d.cost", "d", "cost"),
    ("d.range.inf", "d", "range.inf"),
    ("slope.left", None, "slope.left"),
    ("maxout:absolute.dead_units", "maxout:absolute", "dead_units"),
    ("0.5*x.cost", "0.5*x", "cost"),
]


@pytest.mark.parametrize(("text", "name", "key"), NAMES)
def test_an_expectation_names_a_key_or_a_design_and_a_key(text, name, key):
    assert gate.expectation(text, " a\n reason ", "o") == Expectation(key, name, "a reason", "o")


@pytest.mark.parametrize(
    ("text", "reason", "message"),
    [("dead_unit", "r", "did you mean dead_units"), ("d.dead_unit", "r", "dead_units"), ("cost", " ", "no reason")],
)
def test_an_expectation_that_is_none_is_told_in_a_sentence(text, reason, message):
    with pytest.raises(InputError, match=message):
        gate.expectation(text, reason, "--expect-fail")


STATUS = [  # outcomes, the status, and under --strict
    ("", 0, 0),
    ("+", 0, 0),
    ("-", 1, 1),
    ("?", 0, 3),
    ("?-", 1, 1),
]


@pytest.mark.parametrize(("words", "plainly", "strictly"), STATUS)
def test_the_exit_status(words, plainly, strictly):
    results = [Result("d", "d", "x", None, asked_of(cost=words))]
    assert (gate.status(results, False), gate.status(results, True)) == (plainly, strictly)


def test_an_unexpected_pass_fails_only_where_one_is_strict():
    checks = gate.expect("d", asked_of(cost="+", zero_mean="?"), [gate.expectation("cost", "r", "o")])
    results = [Result("d", "d", "x", None, checks)]
    assert (gate.status(results, False), gate.status(results, True)) == (0, 1)


# ---------------------------------------------------------------------------------------------- the project


def settings(folder, text):
    (folder / "pyproject.toml").write_text(text)
    return project.find(folder)


def test_a_project_is_found_above_the_current_folder(tmp_path, monkeypatch):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    (tmp_path / "designs").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        "[tool.propcheck]\n"
        'profile = "gate"\nclaims = "paper"\n'
        'targets = ["designs", "relu", "x*tanh(x)"]\n'
        "[tool.propcheck.require]\n"
        'zero_mean = "partly"\nslope_at_most = 1.10\naffine = false\n"range.inf" = 0\nsmoothness.class = "C^1"\n'
        "[tool.propcheck.expect_fail]\n"
        'cost = "one"\n'
        'mine.range.sup = "two"\n'
    )
    monkeypatch.chdir(inner)
    found = project.find(inner)
    assert found is not None
    assert found.file == str(Path("../../pyproject.toml"))
    assert (found.profile, found.claims) == ("gate", "paper")
    assert {item.key: item.wanted for item in found.require} == {
        "zero_mean": "partly",
        "slope_at_most": "1.10",
        "affine": False,
        "range.inf": "0",
        "smoothness.class": "C^1",
    }
    assert [(str(item), item.reason) for item in found.expect_fail] == [("cost", "one"), ("mine.range.sup", "two")]
    assert found.targets == (str(Path("../../designs")), "relu", "x*tanh(x)")


def test_a_pyproject_without_settings_is_none(tmp_path):
    assert settings(tmp_path, '[project]\nname = "p"\n[tool]\nx = 1\n') is None


FAULTS = [
    ("[tool.propcheck]\nrequires = {}", "no key 'requires' .did you mean require"),
    ("[tool.propcheck]\nrequire = 1", "require must be a table"),
    ("[tool.propcheck]\nprofile = 1", 'profile must be a word in quotes, such as "hidden"'),
    ("[tool.propcheck]\nprofile = 'hiden'", "no profile 'hiden' .did you mean hidden"),
    ("[tool.propcheck]\nclaims = 'The paper'", "claims: 'The paper' is none of own, all, none"),
    ("[tool.propcheck]\nrequire = {zero_men = 'partly'}", "did you mean zero_mean"),
    ("[tool.propcheck]\nrequire = {zero_mean = []}", 'a value such as "partly"'),
    ("[tool.propcheck]\nexpect_fail = {cost = true}", "must be the reason"),
    ("[tool.propcheck]\nexpect_fail = {costs = 'r'}", "did you mean cost"),
    ("[tool.propcheck]\nexpect_fail = {cost = ''}", "has no reason"),
    ("[tool.propcheck]\ntargets = 'designs'", "targets must be a list"),
    ("[tool.propcheck]\ntargets = ['act.py:f']", "targets may not name code, such as act.py:f"),
    ("[tool]\npropcheck = 1", "must be a table"),
    ("[tool.propcheck", "pyproject.toml is not TOML"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_what_is_wrong_with_a_project_is_told_in_a_sentence(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        settings(tmp_path, text)
    assert "pyproject.toml" in str(error.value)


def test_a_pyproject_that_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(InputError, match="not UTF-8"):
        project.find(tmp_path)


# ---------------------------------------------------------------------------------------------- the baseline


@pytest.fixture(scope="module")
def softly():
    return [design("x if x > 0 else tanh(x)/4"), design("x - 1/5 if x > 0 else x/400 - 1/5")]


def test_a_design_is_compared_with_what_it_was(softly):
    was, now = softly
    found = {check.key: (check.wanted, check.found, check.outcome) for check in baseline.checks(was, now)}
    assert list(found) == list(CRITERIA)
    assert found["noise_robustness"] == ("holds", "partly", "failed")
    assert found["cost"] == ("partly", "holds", "passed")
    changes = {change.key: (change.was, change.now, change.trend) for change in baseline.changes(was, now)}
    assert changes["noise_robustness"] == ("holds", "partly", "worse")
    assert changes["cost"] == ("partly", "holds", "better")
    assert changes["range.inf"] == ("-1/4", "-inf", "neither")
    assert changes["saturation.left"] == ("soft", "none", "neither")
    assert changes["smoothness.kinks[1].left"][:2] == ("1/4", "1/400")
    assert "monotonicity" not in changes and "expression" in changes


def test_nothing_changed_where_nothing_did(softly):
    was, now = softly[0], design("x if x > 0 else tanh(x)/4")
    assert list(baseline.changes(was, now)) == []
    assert {check.outcome for check in baseline.checks(was, now)} == {"passed"}


def entry(verdict="holds", **facts):
    criteria = [{"key": "cost", "verdict": verdict, "standing": "proved", "reasons": []}]
    about = {"name": "d", "expression": "x", "parameters": {}}
    return {"schema": "propcheck.analysis/1", "activation": about, "criteria": criteria, "facts": facts}


def number(value, lower=None, upper=None, exact=None, standing="enclosed"):
    ends = {"lower": value if lower is None else lower, "upper": value if upper is None else upper}
    return {"value": value, "exact": exact, "standing": standing} | ends


CHANGES = [  # a fact before and after, and the change
    (number(0.5, 0.4, 0.6), number(0.55, 0.45, 0.65), None),
    (number(0.5, 0.4, 0.45), number(0.55, 0.5, 0.65), ("0.5", "0.55", "neither")),
    (number(0.5, exact="1/2"), number(0.5, exact="1/2 ", standing="proved"), None),
    (number(1.0, exact="1"), number(1.0, exact="1000000000000000000001/1000000000000000000000"), "a change"),
    (number("inf", exact="oo"), number("inf"), None),
    (number(1.0), number("inf", exact="oo"), ("1", "inf", "neither")),
    (number(None, standing="open"), number(1.0), ("?", "1", "neither")),
    (number(None, standing="proved"), number(None, standing="proved"), None),
    ({"value": "odd", "standing": "proved"}, {"value": "odd", "standing": "enclosed", "note": "n"}, None),
    ({"value": "odd", "standing": "proved"}, {"standing": "open"}, ("odd", "?", "neither")),
    ({"list": [number(1.0)], "standing": "proved"}, {"list": [number(1.0, 0.9, 1.1)], "standing": "proved"}, None),
    ({"list": [number(1.0)], "standing": "proved"}, {"list": [], "standing": "proved"}, ("[1]", "[]", "neither")),
]


@pytest.mark.parametrize(("was", "now", "change"), CHANGES)
def test_a_fact_changed_where_no_one_value_fits_both(was, now, change):
    found = [(item.was, item.now, item.trend) for item in baseline.changes(entry(fact=was), entry(fact=now))]
    assert len(found) == (change is not None)
    assert change in (None, "a change") or found == [change]


TRENDS = [
    ("smoothness", {"class": "C^1"}, {"class": "C^0"}, "worse"),
    ("smoothness", {"class": "C^1"}, {"class": "C^inf"}, "better"),
    ("smoothness", {"class": "discontinuous"}, {"class": "C^0"}, "better"),
    ("dead_region", {"mass": number(0.0)}, {"mass": number(0.5)}, "worse"),
    ("dead_region", {"mass": number(0.5)}, {"mass": number(0.25)}, "better"),
]


@pytest.mark.parametrize(("key", "was", "now", "trend"), TRENDS)
def test_some_facts_have_a_better_and_a_worse(key, was, now, trend):
    (change,) = baseline.changes(entry(**{key: was}), entry(**{key: now}))
    assert change.trend == trend


VERDICTS = [
    ("holds", "partly", "failed"),
    ("partly", "holds", "passed"),
    ("holds", "open", "undecided"),
    ("open", "fails", None),
]


@pytest.mark.parametrize(("was", "now", "outcome"), VERDICTS)
def test_a_verdict_must_not_get_worse(was, now, outcome):
    found = [check.outcome for check in baseline.checks(entry(was), entry(now))]
    assert found == ([] if outcome is None else [outcome])


def test_a_baseline_is_a_record_or_one_or_several_analyses(tmp_path):
    file = tmp_path / "b.json"
    for data in (entry(), [entry()], {"schema": "propcheck.record/1", "activations": [entry()]}):
        file.write_text(json.dumps(data))
        assert list(baseline.load(str(file))) == ["d"]


DAMAGED = [
    ("", "is not JSON"),
    ("[" * 100_000, "is not JSON"),
    ("1", "names no schema"),
    ("[1]", "names no schema"),
    ('{"schema": "propcheck.record/2", "activations": []}', "'propcheck.record/2' .did you mean propcheck.record/1"),
    ('{"schema": "propcheck.record/1"}', "damaged"),
    ('{"schema": "propcheck.record/1", "activations": [{}]}', "damaged"),
    (json.dumps(entry("great")), "damaged"),
    (json.dumps(entry(fact=number("much"))), "damaged"),
    (json.dumps(entry() | {"facts": []}), "damaged"),
]


@pytest.mark.parametrize(("text", "message"), DAMAGED)
def test_a_file_that_is_no_record_is_told_in_a_sentence(tmp_path, text, message):
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        baseline.load(str(file))
    assert len(str(error.value)) < 600


def test_a_baseline_that_is_missing_is_told_with_its_neighbours(tmp_path):
    (tmp_path / "record.json").write_text("{}")
    with pytest.raises(InputError, match=r"there is no baseline .*recrod.json .did you mean record.json"):
        baseline.load(str(tmp_path / "recrod.json"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        baseline.load(str(tmp_path))


# ---------------------------------------------------------------------------------------------- places in a file

SPEC = '''name = "d"   # claims.parity = 1
note = """
[claims]
parity = "odd"
"""
expression = "max(x, 0)"
aliases = [
    "e",  # ]
    "f",
]

[parameters.a]
role = "constant"

[ claims ]
"range.inf" = "0"
range.sup = {is = "inf", quote = "[x] = {"}
dead_units = [
    {is = "+"},
    "fails",
]
saturation = {left = "hard"}
'parity' = "none"

[[claims.cost]]
is = "holds"
'''
PLACES = [
    ("name", 1),
    ("note", 2),
    ("expression", 6),
    ("aliases[1]", 7),
    ("parameters.a", 12),
    ("parameters.a.role", 13),
    ("parameters.a.default", 12),
    ("claims.range.inf", 16),
    ("claims.range.sup", 17),
    ("claims.dead_units", 18),
    ("claims.dead_units[1].is", 18),
    ("claims.saturation.left", 22),
    ("claims.parity", 23),
    ("claims.cost", 25),
    ("claims.zero_mean", 1),
    ("units", 1),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_is_found_in_its_file(path, line, newline):
    assert place.line_of(SPEC.replace("\n", newline), path) == line


def test_the_first_key_that_is_there_counts():
    assert read(SPEC.replace("max(x, 0)", "max(x, a*x)").replace('"constant"', '"constant"\ndefault = 0')).claims
    assert place.line_of(SPEC, "claims.zero_mean", "expression") == 6


@pytest.mark.parametrize(
    "text", ["", "[", "=", '"""', "a = [\n" * 20_000, "'" * 60_000, '"\\' * 30_000, '"""' + '\\"""' * 15_000]
)
def test_a_text_that_is_no_toml_has_places_too(text):
    assert place.line_of(text, "claims.parity") == 1


# ---------------------------------------------------------------------------------------------- formats

STRANGE = 'x,y:z%0A\r\n<b a="1">&\x00\x1b[31m\ud800'


WHY = f"it learns {STRANGE}"


def outcome(*words, strict=False):
    checks = (
        Check("requirement", "cost", "partly", "fails", "proved", "failed", f"reason {STRANGE}", "", 7),
        Check("claim", "parity", "odd", "odd", "proved", "passed"),
        Check("claim", "parity", "odd", "odd", "proved", "unexpected_pass", "", f"because {STRANGE}"),
        Check("claim", "range", "(0, 1)", "?", "open", "undecided"),
        Check("baseline", "cost", "partly", "fails", "proved", "expected_failure", "", "known"),
        Check("claim", "parity", "even", "odd", "proved", "told", by="paper"),
        Check("requirement", "lipschitz_continuous", "true", "no", "proved", "failed", by="profile gate", why=WHY),
    )
    changes = (Change("cost", "partly", "fails", "worse"), Change("range.inf", "0", STRANGE, "neither"))
    one = Result("d", "D", "x", f"designs/{STRANGE}.toml", checks, changes, 0.25)
    two = Result("0.5*x", "0.5*x", "x/2", None, checks[1:2])
    unused = (Expectation("cost", None, "r", "o"),)
    asked = gate.of_profile(gate.profiles.GATE)
    return formats.Outcome(asked, (one, two), strict, "b.json", ("gone",), unused, "gate", "misra")


def test_text_tells_what_did_not_simply_pass_first_and_line_by_line():
    told = formats.text(outcome())
    lines = told.split("\n")
    assert "\x1b" not in told and "\r" not in told
    assert lines[0].endswith(".toml: d: 1 of 7 checks passed")
    words = "FAILED FAILED asked UNEXPECTED undecided expected told changed changed"
    assert [line.split()[0] for line in lines[1:10]] == words.split()
    assert lines[2].startswith("  FAILED      lipschitz_continuous: required true (profile gate), found no (proved)")
    assert lines[3].startswith("              asked since it learns x,y:z%0A")
    assert "not asked: no claim here is said by misra" in lines
    assert "0.5*x: 1 of 1 check passed" in lines
    assert lines[-2].startswith(
        "2 designs by profile gate, 8 checks: 2 failed; 1 passed, though expected to fail; 1 undecided; 1 failed"
    )


def test_json_holds_all_of_it():
    data = json.loads(formats.as_json(outcome()))
    assert (data["schema"], data["status"], data["baseline"]) == ("propcheck.check/1", 1, "b.json")
    assert (data["profile"], data["claims"]) == ("gate", "misra")
    assert [list(item) for item in data["requirements"]] == [["key", "wanted", "origin", "why"]] * 4
    assert data["counts"] == {
        "failed": 2,
        "told": 1,
        "unexpected_pass": 1,
        "undecided": 1,
        "expected_failure": 1,
        "passed": 2,
    }
    first, second = data["designs"]
    assert list(first["checks"][0]) == "kind key wanted found standing outcome reason expected line by why".split()
    assert first["changes"][0] == {"key": "cost", "was": "partly", "now": "fails", "trend": "worse"}
    assert (second["file"], second["changes"]) == (None, None)


def commands(text):
    """Workflow commands as GitHub's runner takes them apart."""
    found = []
    for line in text.split("\n"):
        if not line.startswith("::"):
            continue
        head, _, message = line[2:].partition("::")
        name, _, rest = head.partition(" ")
        properties = dict(item.split("=", 1) for item in rest.split(","))
        plain = {}
        for key, value in properties.items():
            for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
                value = value.replace(code, character)
            plain[key] = value
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            message = message.replace(code, character)
        found.append((name, plain, message))
    return found


@pytest.mark.parametrize("strict", [False, True])
def test_github_takes_the_annotations_apart_as_they_were_meant(strict):
    told = formats.github(outcome(strict=strict))
    found = commands(told)
    names = ["error", "error"] if strict else ["warning", "warning"]
    names = ["error", "error", *names, "notice", "notice", "notice"]
    assert [name for name, _, _ in found] == [*names, "notice", "warning", "warning"]
    _, properties, message = found[0]
    shown = "".join(c if c.isprintable() or c in "\r\n" else "\ufffd" for c in STRANGE)
    assert properties == {"file": f"designs/{shown}.toml", "line": "7", "title": "d: cost failed"}
    assert message == f"required partly, found fails (proved): reason {shown}"
    assert found[1][2] == f"required true (profile gate), found no (proved); asked since it learns {shown}"
    assert found[6][1]["title"] == "d: 2 changes since the baseline"
    assert "cost: was partly, is fails (worse)\nrange.inf" in found[6][2]
    assert all(line.startswith("::") for line in told.split("\n")[:-2])


def test_an_annotation_without_a_file_has_none():
    alone = Result("x", "x", "x", None, asked_of(cost="-"))
    told = formats.github(formats.Outcome((), (alone,)))
    assert told.split("\n")[0] == "::error title=x%3A cost failed::required partly, found fails (proved)"


# What the schema of Ant's JUnit task and junit-10 of Jenkins' xUnit plugin both allow: children, and attributes with
# their types, all required.
JUNIT = {
    "testsuites": (["testsuite"], {}),
    "testsuite": (
        ["properties", "testcase", "system-out", "system-err"],
        dict(name=str, package=str, id=int, timestamp=str, hostname=str, tests=int, failures=int, errors=int,
             skipped=int, time=float),
    ),
    "properties": ([], {}),
    "testcase": (["skipped", "error", "failure"], dict(name=str, classname=str, time=float)),
    "failure": ([], dict(message=str, type=str)),
    "error": ([], dict(message=str, type=str)),
    "skipped": ([], dict(message=str, type=str)),
    "system-out": ([], {}),
    "system-err": ([], {}),
}  # fmt: skip


def check_junit(element):
    """Holds an element to the schemas, and its suites' counts to their cases."""
    children, attributes = JUNIT[element.tag]
    assert set(element.attrib) == set(attributes), element.tag
    for name, kind in attributes.items():
        kind(element.get(name))
    order = [children.index(child.tag) for child in element]
    assert order == sorted(order)
    if element.tag == "testcase":
        assert len(element) <= 1
    if element.tag == "testsuite":
        assert [child.tag for child in element if child.tag != "testcase"] == ["properties", "system-out", "system-err"]
        assert int(element.get("tests")) == len(element.findall("testcase"))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(count)) == len(element.findall(f"testcase/{tag}"))
        names = [case.get("name") for case in element.findall("testcase")]
        assert len(set(names)) == len(names)
    for child in element:
        check_junit(child)


@pytest.mark.parametrize(("strict", "counts"), [(False, (2, 0, 2)), (True, (3, 1, 1))])
def test_junit_is_within_both_schemas(strict, counts):
    root = ET.fromstring(formats.junit(outcome(strict=strict)).encode())
    check_junit(root)
    suite = root[0]
    assert tuple(int(suite.get(name, "")) for name in ("failures", "errors", "skipped")) == counts
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == 'required partly, found fails (proved): reason x,y:z%0A\r\n<b a="1">&[31m'
    assert [case.get("name") for case in suite.findall("testcase")] == [
        "requirement cost",
        "claim parity",
        "claim parity 2",
        "claim range",
        "baseline cost",
        "claim parity 3",
        "requirement lipschitz_continuous",
    ]
    told = suite.findtext("system-out") or ""
    assert told.startswith("profile gate\nparity: claimed even (paper), found odd (proved)\ncost: was partly")
    assert "asked since it learns" in (suite.findall("testcase/failure")[-1].get("message") or "")


def test_where_nothing_is_asked_that_is_said():
    empty = formats.Outcome((), (Result("x", "x", "x", None, ()),))
    assert "1 design by profile hidden, 0 checks: nothing was asked" in formats.text(empty)
    assert empty.status == 0
