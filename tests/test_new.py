"""A drafted spec: it reads back as it was meant, its claims hold, and nothing is overwritten."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcheck import spec
from propcheck.spec import Claim, Parameter, Spec, drafting, writing
from propcheck.verdict import InputError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# ---------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("name", spec.names())
def test_a_spec_of_the_catalogue_is_written_and_read_back_the_same(name):
    item = spec.find(name)
    assert spec.read(writing.write(item)) == item


readable = st.text(st.characters(exclude_categories=["C"]), max_size=60).map(lambda text: " ".join(text.split()))


@given(readable, readable, readable)
def test_texts_are_escaped(title, source, quote):
    claims = (Claim("parity", "odd", quote, quote), Claim("parity", "even"), Claim("affine", False))
    written = writing.write(Spec("d", "x", title or "d", source=source, note=quote, claims=claims))
    assert spec.read(written) == Spec("d", "x", title or "d", source=source, note=quote, claims=claims)


WHOSE = [
    ("", ""),
    ("paper", "paper"),
    ("paper", ""),
    ("paper", "misra"),
]


@pytest.mark.parametrize("speakers", WHOSE, ids=str)
def test_whose_the_claims_are_is_written_once_where_all_are_of_one(speakers):
    claims = tuple(Claim("parity", "odd", said_by=name) for name in speakers)
    item = Spec("d", "x", claims=claims)
    written = writing.write(item)
    assert spec.read(written) == item
    assert written.count("said_by") == (any(speakers) and (1 if len(set(speakers)) == 1 else sum(map(bool, speakers))))


DEFAULTS = ["0.25", "-3", "1/3", "sqrt(2)", "1e-3", "007", "1_0", "+1"]


@pytest.mark.parametrize("default", DEFAULTS)
def test_a_default_stays_exact(default):
    item = Spec("d", "a*x", parameters=(Parameter("a", "constant", default),))
    try:
        spec.constant(default)
    except InputError:
        with pytest.raises(InputError):
            spec.read(writing.write(item))
    else:
        assert spec.read(writing.write(item)) == item


# ---------------------------------------------------------------------------------------------- drafting

DESIGNS = {
    "smooth": ["x*tanh(log(1+exp(x)))"],
    "bounded": ["atan(x)"],
    "kinked": ["x if x >= 0 else a*(exp(x) - 1)", "--param", "a=1"],
    "with parameters": ["max(x, a*x) + b*tanh(x)", "--param", "a=1/4", "--param", "b=0.5"],
    "begins with a minus": ["-x*exp(-x**2)"],
    "hard": ["min(max(x, 0), 6)"],
    "with a jump": ["1 if x > 0 else -1"],
    "with a pole": ["1/x"],
    "endless": ["x + sin(x)**2"],
    "constant": ["3"],
    "not exact": ["x*sigmoid(1.702*x)"],
}


@pytest.mark.parametrize("arguments", DESIGNS.values(), ids=DESIGNS)
def test_a_new_spec_agrees_with_its_check_in_every_claim(tmp_path, propcheck, arguments):
    status, out, err = propcheck("new", "mine", *arguments, "-o", "designs", "--title", 'My "own" \\ thing')
    assert (status, out) == (0, "")
    item = spec.load(tmp_path / "designs" / "mine.toml")
    assert (item.name, item.title, item.expression) == ("mine", 'My "own" \\ thing', arguments[0])
    assert all((p.role, p.range) == ("constant", None) and p.default for p in item.parameters)
    assert f"{len(item.claims)} claims" in err
    assert len(item.claims) >= 8
    _, out, _ = propcheck("check", "designs/mine.toml", "--json")
    (design,) = json.loads(out)["designs"]
    claimed = [check for check in design["checks"] if check["kind"] == "claim"]
    assert [check["key"] for check in claimed] == [claim.key for claim in item.claims]
    assert {check["outcome"] for check in claimed} == {"passed"}


def test_claimed_is_what_is_exact():
    """The least value of this function has no closed form, so only the upper end of its range is claimed."""
    from propcheck.inquiries.analysis import analyze

    item = drafting.outline("mine", "x*sigmoid(x)", "", "", {})
    claims = {claim.key: claim.value for claim in drafting.candidates(item, analyze(item).to_json())}
    assert "range" not in claims and "range.inf" not in claims
    assert claims["range.sup"] == "inf"
    assert claims["monotonicity"] == "none"
    item = drafting.outline("mine", "atan(x)", "", "", {})
    claims = {claim.key: claim.value for claim in drafting.candidates(item, analyze(item).to_json())}
    assert claims["range"] == "(-pi/2, pi/2)"


def test_what_is_open_is_claimed_of_no_spec(tmp_path, propcheck):
    status, _, err = propcheck("new", "mine", "x*tanh(x)", "--time-limit", "0.000001")
    assert status == 0
    assert spec.load(tmp_path / "mine.toml").claims == ()
    assert "0 claims" in err


def test_what_is_there_is_kept_unless_forced(tmp_path, propcheck):
    file = tmp_path / "mine.toml"
    file.write_text("kept")
    status, _, err = propcheck("new", "mine", "tanh(x)")
    assert (status, file.read_text()) == (2, "kept")
    assert "mine.toml is already there; give another name, or --force" in err
    assert propcheck("new", "mine", "tanh(x)", "--force")[0] == 0
    assert spec.load(file).expression == "tanh(x)"


REFUSED = {
    "a name of the catalogue": (
        ["gelu", "tanh(x)"],
        "gelu is a name of the catalogue; choose another, such as my_gelu",
    ),
    "an alias of the catalogue": (["relu_6", "tanh(x)"], "relu_6 is a name of the catalogue, for relu6;"),
    "a name of the language": (["atan", "tanh(x)"], "choose another, such as my_atan"),
    "a word of the language": (["if", "tanh(x)"], "if is a name of the expression language"),
    "the variable": (["x", "tanh(x)"], "x is a name of the expression language"),
    "a name in capitals": (["Mine", "tanh(x)"], "lower-case letters, digits and underscores"),
    "a path": (["../mine", "tanh(x)"], "lower-case letters, digits and underscores"),
    "a broken formula": (["mine", "x +* 2"], "column 4"),
    "code": (["mine", "__import__('os')"], "__import__"),
    "a parameter without a value": (["mine", "a*x"], "--param a=VALUE"),
    "a parameter that is none": (["mine", "x", "--param", "a=1"], "has no parameter 'a'"),
    "nowhere defined": (["mine", "log(-1 - x**2)"], "not a real number at any x"),
    "a title with an escape": (["mine", "x", "--title", "a\x1b[2J"], "control character"),
    "a file for a folder": (["mine", "x", "-o", "file"], "is not a folder; name another with -o"),
    "no expression": (["mine"], "Missing argument 'EXPR'"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_no_spec_is_refused_and_nothing_written(tmp_path, propcheck, arguments, message):
    (tmp_path / "file").write_text("")
    status, out, err = propcheck("new", *arguments)
    assert (status, out) == (2, "")
    assert message in err and err.startswith("propcheck: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
