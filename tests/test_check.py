"""`propcheck check` from outside: a made-up project, its pull request, and what is told of wrong input."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from propcheck import spec

GOOD = """name = "swishy"
title = "Swishy"
expression = "x*sigmoid(b*x)"

[parameters.b]
role = "constant"
default = 1.5

[claims]
derivative = "sigmoid(b*x) + b*x*sigmoid(b*x)*(1 - sigmoid(b*x))"
"smoothness.class" = "C^inf"
dead_units = "holds"
"""
KNOWN = 'name = "halfdead"\nexpression = "relu(x)"\n'
BROKEN = """name = "tanhlike"
expression = "softsign(x)"
[claims]
parity = "odd"
derivative = "1 - softsign(x)**2"
"""
PYPROJECT = """[tool.propcheck]
targets = ["designs/"]
require = {dead_units = "partly"}
[tool.propcheck.expect_fail]
halfdead.dead_units = "dead on the left, as its name says: 50%"
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with two designs, one of which is known to fail."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "designs").mkdir()
    (tmp_path / "designs" / "swishy.toml").write_text(GOOD)
    (tmp_path / "designs" / "halfdead.toml").write_text(KNOWN)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    return tmp_path


def test_a_project_passes_its_gate_and_its_known_failure_is_told(project, propcheck):
    status, out, err = propcheck("check")
    assert (status, err) == (0, "")
    assert out == (
        "designs/halfdead.toml: halfdead: 4 of 5 checks passed\n"
        "  expected    dead_units: required partly (pyproject.toml), found fails (computed): "
        "50 % of the signals meet no slope; the slope is 0 on (-inf, 0]; "
        "foretells training steps: +0.49 [+0.24, +0.69]; "
        "expected to fail: dead on the left, as its name says: 50%\n"
        "designs/swishy.toml: swishy: 8 of 8 checks passed\n"
        "\n"
        "2 designs by profile hidden, 13 checks: 1 failed as expected; 12 passed\n"
    )


def test_a_pull_request_is_annotated(project, propcheck):
    """One design is new and wrong, one got worse, one fails as expected."""
    (project / "designs" / "swishy.toml").write_text(GOOD.replace('"x*sigmoid(b*x)"', '"x*sigmoid(b*x) - 1/5"'))
    assert propcheck("report", "designs/", "-o", "before", "--format", "json", "--no-probes")[0] == 0
    (project / "designs" / "tanhlike.toml").write_text(BROKEN)
    (project / "designs" / "swishy.toml").write_text(GOOD.replace("1.5", "3"))
    status, out, err = propcheck(
        "check", "designs/", "--baseline", "before/record.json", "--format", "github", "--require", "cost=any"
    )
    assert (status, err) == (1, "")
    annotations = [line.split("::")[1:] for line in out.splitlines()[:-1]]
    assert [head for head, _ in annotations] == [
        "notice file=designs/halfdead.toml,line=2,title=halfdead%3A dead_units failed as expected",
        "error file=designs/swishy.toml,line=3,title=swishy%3A zero_mean failed",
        annotations[2][0],
        "error file=designs/tanhlike.toml,line=5,title=tanhlike%3A derivative failed",
    ]
    assert annotations[0][1].endswith("as its name says: 50%25")
    assert annotations[1][1].startswith("was partly, found fails (computed): abs mean / standard deviation = 0.621")
    assert annotations[2][0].startswith("notice file=designs/swishy.toml,line=1,title=swishy%3A ")
    expression, _, rest = annotations[2][1].partition("%0A")
    assert expression == "expression: was x/(1 + exp(-b*x)) - 1/5, is x/(1 + exp(-b*x))"
    assert rest.startswith("parameters: was b = 3/2, is b = 3%0Agradient_flow: was partly, is holds (better)%0A")
    assert annotations[3][1].startswith("claimed 1 - softsign(x)**2, found ")
    assert "x =" in annotations[3][1]
    assert out.splitlines()[-1].startswith("3 designs by profile hidden, ")


def test_nothing_changed_is_nothing_told(project, propcheck):
    status, out, _ = propcheck("analyze", "designs/", "--json")
    (project / "before.json").write_text(out)
    status, out, _ = propcheck("check", "--baseline", "before.json", "--json")
    assert status == 0
    assert [design["changes"] for design in json.loads(out)["designs"]] == [[], []]


def test_what_is_new_or_gone_since_the_baseline_is_told(project, propcheck):
    (project / "before.json").write_text(propcheck("analyze", "designs/swishy.toml", "x*erf(x)", "--json")[1])
    _, out, _ = propcheck("check", "--baseline", "before.json")
    assert "  new         not in the baseline\n" in out
    assert "not here: x*erf(x) is in the baseline and was not given\n" in out


def test_the_same_input_gives_the_same_bytes(project, propcheck):
    for format_ in ("text", "json", "github"):
        assert propcheck("check", "--format", format_) == propcheck("check", "--format", format_)
    assert propcheck("check", "--json") == propcheck("check", "--format", "json")


def test_junit_has_a_suite_for_each_design(project, propcheck):
    (project / "designs" / "tanhlike.toml").write_text(BROKEN)
    status, out, _ = propcheck("check", "--format", "junit")
    suites = ET.fromstring(out).findall("testsuite")
    assert status == 1
    assert [(suite.get("name"), suite.get("package"), suite.get("failures")) for suite in suites] == [
        ("halfdead", "designs/halfdead.toml", "0"),
        ("swishy", "designs/swishy.toml", "0"),
        ("tanhlike", "designs/tanhlike.toml", "1"),
    ]


def test_a_design_may_be_a_name_an_expression_or_a_file(project, propcheck):
    status, out, _ = propcheck("check", "gelu", "-x*tanh(a*x)", "./designs/swishy.toml", "--param", "a=2", "--json")
    assert status == 0
    assert [(item["name"], item["file"]) for item in json.loads(out)["designs"]] == [
        ("gelu", None),
        ("-x*tanh(a*x)", None),
        ("swishy", "designs/swishy.toml"),
    ]


STATUSES = [  # arguments, the status
    (["tanh(x)"], 0),
    (["tanh"], 0),  # of which the paper says what does not hold
    (["tanh", "--claims", "paper"], 1),
    (["tanh", "--claims", "none"], 0),
    (["x**2"], 1),
    (["x**2", "--require", "lipschitz_continuous=any"], 0),
    (["x**2", "--profile", "homomorphic", "--strict"], 0),
    (["sigmoid(x)"], 1),
    (["sigmoid(x)", "--profile", "gate", "--strict"], 0),
    (["max(x, 0)", "--profile", "low_precision", "--strict"], 0),
    (["x", "--profile", "output", "--strict"], 0),
    (["gelu", "--require", "zero_mean=holds"], 1),
    (["gelu", "--require", "slope_at_most=1.13"], 0),
    (["gelu", "--require", "slope_at_most=1.12"], 1),
    (["exp(x)", "--expect-fail", "lipschitz_continuous=it is normalised"], 0),
    (["gelu", "--expect-fail", "lipschitz_continuous=it is normalised"], 0),
    (["gelu", "--expect-fail", "lipschitz_continuous=it is normalised", "--strict"], 1),
    (["gelu", "--time-limit", "0.000001"], 0),
    (["gelu", "--time-limit", "0.000001", "--strict"], 3),
]


@pytest.mark.parametrize(
    ("arguments", "expected"), STATUSES, ids=lambda case: " ".join(case) if isinstance(case, list) else None
)
def test_the_exit_status(tmp_path, monkeypatch, propcheck, arguments, expected):
    monkeypatch.chdir(tmp_path)
    status, out, _ = propcheck("check", *arguments)
    assert status == expected, out


def test_an_expectation_of_nothing_is_told(project, propcheck):
    status, out, _ = propcheck("check", "--expect-fail", "sparsity=dense", "--expect-fail", "other.cost=elsewhere")
    assert status == 0
    assert "not asked: sparsity is expected to fail, and nothing asks for it\n" in out
    assert "other.cost" not in out


WRONG = {
    "no target": (["check"], "there is no target: name one, such as designs/"),
    "an unknown name": (["check", "geluu"], "did you mean gelu"),
    "no verdict": (["check", "x", "--require", "zero_mean"], "takes KEY=VALUE, such as zero_mean=partly"),
    "an unknown key": (["check", "x", "--require", "zeromean=partly"], "did you mean zero_mean"),
    "an unknown verdict": (["check", "x", "--require", "zero_mean=hold"], "did you mean holds"),
    "no reason": (["check", "x", "--expect-fail", "cost="], "--expect-fail takes KEY=VALUE"),
    "an unknown profile": (["check", "x", "--profile", "hiden"], "did you mean hidden.*there are hidden, gate"),
    "no name of a source": (["check", "x", "--claims", "The paper"], "nor the name of a source, such as paper"),
    "an unknown format": (["check", "x", "--format", "xml"], "'xml' is not one of"),
    "no baseline": (["check", "x", "--baseline", "record.json"], "there is no baseline record.json"),
    "a baseline that is none": (["check", "x", "--baseline", "wrong.json"], "names no schema that is known"),
    "a baseline that is no JSON": (["check", "x", "--baseline", "wrong.toml"], "is not JSON"),
    "a wrong spec": (["check", "wrong.toml"], "expresion: is no key of a spec .did you mean expression"),
    "no time": (["check", "x", "--time-limit", "0"], "above 0"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_told_in_a_sentence_and_ends_with_status_2(
    tmp_path, monkeypatch, propcheck, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.json").write_text("{}")
    (tmp_path / "wrong.toml").write_text('name = "wrong"\nexpresion = "x"\n')
    status, out, err = propcheck(*arguments)
    assert (status, out) == (2, "")
    assert re.search(message, err)
    assert err.startswith("propcheck: ") and "Traceback" not in err


def test_a_wrong_pyproject_is_told_wherever_one_stands(project, propcheck, monkeypatch):
    (project / "pyproject.toml").write_text("[tool.propcheck]\nrequires = 1\n")
    monkeypatch.chdir(project / "designs")
    status, out, err = propcheck("check", "x")
    assert (status, out) == (2, "")
    assert err.startswith(
        "propcheck: ../pyproject.toml: [tool.propcheck] has no key 'requires' (did you mean require?)"
    )


def test_every_claim_of_a_spec_is_checked_but_prose(project, propcheck):
    """The gate asks of a catalogue's function what its spec claims, and the requirements beside."""
    for name in ("elu", "softsign"):
        _, out, _ = propcheck("check", name, "--json")
        (design,) = json.loads(out)["designs"]
        claimed = [check["key"] for check in design["checks"] if check["kind"] == "claim"]
        assert claimed == [claim.key for claim in spec.find(name).claims if claim.key != "prose"]


def test_a_failure_is_told_with_the_reason_for_which_the_profile_asks(tmp_path, monkeypatch, propcheck):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.propcheck]\nprofile = "gate"\n')
    assert propcheck("check", "tanh(x)") == (
        1,
        "tanh(x): 3 of 4 checks passed\n"
        "  FAILED      range.inf: required 0 (profile gate), found -1 (proved)\n"
        "              asked since a gate closes, and lets nothing through (Hochreiter and Schmidhuber 1997)\n"
        "\n"
        "1 design by profile gate, 4 checks: 1 failed; 3 passed\n",
        "",
    )
    assert propcheck("check", "tanh(x)", "--profile", "hidden")[0] == 0


def test_what_a_source_got_wrong_is_told_and_fails_where_one_asks(tmp_path, monkeypatch, propcheck):
    monkeypatch.chdir(tmp_path)
    status, out, _ = propcheck("check", "relu", "--require", "gradient_flow=any")
    told = "  told        slope: claimed 1 at x = 0 (paper), found no slope (proved): 0 on the left, 1 on the right\n"
    assert status == 0 and told in out
    status, out, _ = propcheck("check", "relu", "--claims", "papers")
    assert status == 0 and "not asked: no claim here is said by papers (did you mean paper?)\n" in out
    status, out, _ = propcheck("check", "relu", "--claims", "paper", "--json")
    data = json.loads(out)
    assert (status, data["claims"], data["profile"]) == (1, "paper", "hidden")
    assert {check["by"] for check in data["designs"][0]["checks"]} == {"paper", "profile hidden"}
