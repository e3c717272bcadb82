"""Spec files right and wrong, the values of parameters, and the exact texts in them."""

from __future__ import annotations

import os
import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, oo, pi, sqrt

from propcheck import spec
from propcheck.facts.claimable import WORDS
from propcheck.spec import Parameter, data, reading
from propcheck.verdict import InputError

WHOLE = """
name = "mine"
title = "Mine"
expression = "x if x >= 0 else a*(exp(x) - b)"
source = "a note"
aliases = ["my_own"]
note = \"\"\"two
lines\"\"\"
paper = 3

[parameters.a]
role = "trained"
default = 0.25
range = "0 < a < 1"

[parameters.b]
role = "random"
distribution = "uniform(1/8, a)"

[claims]
parity = "none"
affine = false
range.sup = "oo"
"range.inf" = {is = "-a", source = "p. 1", quote = "bounded below"}
saturation = {left = "soft", right = "none"}
slope = {is = 1, at = {x = 2, a = "1/2"}}
equals = {is = "x", on = "[0, inf)"}
dead_units = [{is = "+", source = "p. 2"}, "fails"]
derivative_range = "(0, 1]"
"""


def test_a_file_becomes_a_spec(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(WHOLE, "utf-8")
    item = spec.load(file)
    assert (item.name, item.title, item.source, item.aliases, item.note, item.paper) == (
        "mine",
        "Mine",
        "a note",
        ("my_own",),
        "two lines",
        3,
    )
    assert item.parameters == (
        Parameter("a", "trained", "0.25", "0 < a < 1"),
        Parameter("b", "random", distribution="uniform(1/8, a)"),
    )
    claims = [(claim.key, claim.value, claim.source, dict(claim.at), claim.on) for claim in item.claims]
    assert claims == [
        ("parity", "none", "", {}, ()),
        ("affine", False, "", {}, ()),
        ("range.sup", "oo", "", {}, ()),
        ("range.inf", "-a", "p. 1", {}, ()),
        ("saturation.left", "soft", "", {}, ()),
        ("saturation.right", "none", "", {}, ()),
        ("slope", "1", "", {"x": "2", "a": "1/2"}, ()),
        ("equals", "x", "", {}, ("[0, inf)",)),
        ("dead_units", "+", "p. 2", {}, ()),
        ("dead_units", "fails", "", {}, ()),
        ("derivative_range", "(0, 1]", "", {}, ()),
    ]


def test_a_spec_is_frozen_and_travels_between_processes():
    item = spec.read(WHOLE)
    assert pickle.loads(pickle.dumps(item)) == item
    with pytest.raises(FrozenInstanceError):
        item.name = "other"  # pyright: ignore[reportAttributeAccessIssue]


MINIMAL = 'name = "mine"\nexpression = "a*x"\n[parameters.a]\nrole = "constant"\n'
UNITS = 'name = "mine"\n[units]\nk = 2\nweights = [1, "1/2"]\nbiases = [0, 0.1]\n'

# (what is wrong, a wrong text, what the message says, the nearest right text)
FILES = [
    ("unknown key", 'title_ = "T"\n' + MINIMAL, "title_: is no key of a spec (did you mean title?)", 'title = "T"\n'),
    ("unknown table", MINIMAL + "[claim]\n", "claim: is no key of a spec (did you mean claims?)", None),
    ("no name", 'expression = "x"', "name: is missing", 'name = "f"\nexpression = "x"'),
    ("upper-case name", 'name = "Mine"\nexpression = "x"', "must be a name of lower-case", None),
    ("long name", f'name = "{"n" * 41}"\nexpression = "x"', "at most 40", f'name = "{"n" * 40}"\nexpression = "x"'),
    ("name is a number", 'name = 3\nexpression = "x"', "not the number 3", None),
    ("no formula", 'name = "f"', "expression: is missing", 'name = "f"\nexpression = "x"'),
    ("two formulas", 'expression = "x"\n' + UNITS, "an expression or units, not both", UNITS),
    ("formula is a number", 'name = "f"\nexpression = 1.5', "must be a text in quotes, not the number 1.5", None),
    ("broken formula", 'name = "f"\nexpression = "x +"', "expression: ", None),
    ("unknown parameter", 'name = "f"\nexpression = "x + b"', "expression: ", None),
    ("call into Python", "name = 'f'\nexpression = '''__import__(\"os\")'''", "expression: ", None),
    ("unused parameter", MINIMAL.replace("a*x", "x"), "parameters.a: does not occur", MINIMAL),
    ("title too long", f'title = "{"t" * 81}"\n' + MINIMAL, "81 characters", f'title = "{"t" * 80}"\n' + MINIMAL),
    ("escape in title", 'title = "a\\u001b[2J"\n' + MINIMAL, "control character U+001B", None),
    ("reversal in title", 'title = "a\\u202eb"\n' + MINIMAL, "control character U+202E", None),
    ("line end in title", 'title = "a\\nb"\n' + MINIMAL, "control character U+000A", 'title = "a b"\n' + MINIMAL),
    ("title is a number", "title = 1.5\n" + MINIMAL, "must be a text in quotes, not the number 1.5", None),
    (
        "alias not a list",
        'aliases = "f"\n' + MINIMAL,
        "aliases: must be a list of names",
        'aliases = ["f"]\n' + MINIMAL,
    ),
    ("alias twice", 'aliases = ["f", "f"]\n' + MINIMAL, "aliases[1]: f stands there twice", None),
    ("alias is the name", 'aliases = ["mine"]\n' + MINIMAL, "aliases[0]: repeats the name", None),
    ("alias no name", 'aliases = ["f-g"]\n' + MINIMAL, "aliases[0]: must be a name", 'aliases = ["f_g"]\n' + MINIMAL),
    ("paper is true", "paper = true\n" + MINIMAL, "must be the place in the paper", "paper = 1\n" + MINIMAL),
    ("parameters not a table", 'name = "f"\nexpression = "x"\nparameters = 3', "must be a table, [parameters]", None),
    (
        "parameter not a table",
        'name = "f"\nexpression = "a*x"\nparameters.a = 3',
        "[parameters.a], not the number",
        None,
    ),
    ("parameter is x", MINIMAL.replace(".a]", ".x]"), "x is a name of the expression language", MINIMAL),
    ("parameter is pi", MINIMAL.replace(".a]", ".pi]"), "pi is a name of the expression language", MINIMAL),
    ("parameter is exp", MINIMAL.replace(".a]", ".exp]"), "exp is a name of the expression language", MINIMAL),
    ("parameter no name", MINIMAL.replace(".a]", '."a b"]'), "parameters.'a b': is no name", MINIMAL),
    ("no role", 'name = "f"\nexpression = "a*x"\n[parameters.a]\ndefault = 1', "parameters.a.role: is missing", None),
    ("role misspelt", MINIMAL.replace("constant", "trainable"), "did you mean trained?", MINIMAL),
    ("default no number", MINIMAL + "default = true", 'number such as 0.25, or an exact text such as "1/3"', None),
    ("default has x", MINIMAL + 'default = "x"', "parameters.a.default: 'x' depends on x", MINIMAL + 'default = "1/3"'),
    ("default not real", MINIMAL + 'default = "sqrt(-1)"', "parameters.a.default: ", MINIMAL + 'default = "sqrt(2)"'),
    (
        "default infinite",
        MINIMAL + "default = inf",
        "parameters.a.default: must be a finite number, not inf",
        MINIMAL + "default = 1e6",
    ),
    ("default nan", MINIMAL + "default = nan", "must be a finite number, not nan", None),
    ("default a date", MINIMAL + "default = 2020-01-01", "not a date or time", None),
    (
        "default outside the range",
        MINIMAL + 'default = -1\nrange = "a >= 0"',
        "parameters.a.default: -1 lies outside the range a >= 0",
        MINIMAL + 'default = 0\nrange = "a >= 0"',
    ),
    (
        "default on an open end",
        MINIMAL + 'default = 1\nrange = "0 < a < 1"',
        "1 lies outside the range 0 < a < 1",
        MINIMAL + 'default = 0.999\nrange = "0 < a < 1"',
    ),
    ("range of another", MINIMAL + 'range = "b > 0"', "parameters.a.range: ", MINIMAL + 'range = "a > 0"'),
    ("range of x", MINIMAL + 'range = "x > 0"', "parameters.a.range: ", MINIMAL + 'range = "a > 0"'),
    ("range no comparison", MINIMAL + 'range = "a"', "parameters.a.range: ", MINIMAL + 'range = "a != 0"'),
    ("range of a square", MINIMAL + 'range = "a**2 > 1"', "compare a with numbers", MINIMAL + 'range = "a > 1"'),
    (
        "random without distribution",
        MINIMAL.replace("constant", "random"),
        "parameters.a.distribution: is missing; a random parameter needs one",
        MINIMAL.replace("constant", "random") + 'distribution = "normal(0, sigmoid(x))"',
    ),
    (
        "constant with distribution",
        MINIMAL + 'distribution = "uniform(0, 1)"',
        'goes with role = "random"',
        MINIMAL.replace("constant", "random") + 'distribution = "uniform(0, 1)"',
    ),
    (
        "random with default",
        MINIMAL.replace("constant", "random") + 'distribution = "uniform(0, 1)"\ndefault = 0.5',
        "takes its values from its distribution",
        None,
    ),
    (
        "unknown distribution",
        MINIMAL.replace("constant", "random") + 'distribution = "cauchy(0, 1)"',
        "write uniform(lower, upper) or normal(mean, variance)",
        None,
    ),
    (
        "three arguments",
        MINIMAL.replace("constant", "random") + 'distribution = "uniform(0, 1, 2)"',
        "no distribution",
        None,
    ),
    ("empty uniform", MINIMAL.replace("constant", "random") + 'distribution = "uniform(1, 1)"', "is empty", None),
    ("negative variance", MINIMAL.replace("constant", "random") + 'distribution = "normal(0, -1)"', "negative", None),
    (
        "distribution outside the range",
        MINIMAL.replace("constant", "random") + 'distribution = "uniform(0, 2)"\nrange = "a <= 1"',
        "reaches outside the range a <= 1",
        MINIMAL.replace("constant", "random") + 'distribution = "uniform(0, 1)"\nrange = "a <= 1"',
    ),
    ("units not a table", 'name = "f"\nunits = 2', "must be a table, [units]", UNITS),
    ("no k", UNITS.replace("k = 2\n", ""), "units.k: is missing", UNITS),
    ("k is 0", UNITS.replace("k = 2", "k = 0"), "from 1 to 64", UNITS),
    ("k is too large", UNITS.replace("k = 2", "k = 65"), "from 1 to 64", UNITS),
    ("k differs", UNITS.replace("k = 2", "k = 3"), "units.weights: has 2 numbers for k = 3", UNITS),
    ("weights missing", UNITS.replace("weights", "weight"), "did you mean weights?", UNITS),
    ("weight no number", UNITS.replace("[1,", "[true,"), "units.weights[0]: must be a number", UNITS),
    ("weight not exact", UNITS.replace("1/2", "1/"), "units.weights[1]: ", UNITS),
    ("preset without units", MINIMAL + "[presets.p]\nk = 1\nweights = [1]\nbiases = [0]", "go with [units]", None),
    (
        "preset wrong",
        UNITS + "[presets.p]\nk = 1\nweights = [1]\n",
        "presets.p.biases: is missing",
        UNITS + '[presets.p]\ntitle = "P"\nk = 1\nweights = [1]\nbiases = [0]',
    ),
    ("preset no name", UNITS + "[presets.P]\nk = 1\nweights = [1]\nbiases = [0]", "presets.P: must be a name", None),
]

# (a claim that cannot be read, what the message says, the nearest right claim)
CLAIM_LINES = [
    ('paritty = "odd"', "claims.paritty: is nothing that can be claimed (did you mean parity", 'parity = "odd"'),
    ('parity = "oddd"', "claims.parity: 'oddd' is none of odd, even, none (did you mean odd?)", 'parity = "even"'),
    ("parity = 1", "must be a parity in quotes, not the number 1", 'parity = "none"'),
    ('affine = "yes"', "claims.affine: must be true or false, not the text 'yes'", "affine = true"),
    ('zero_mean = "yes"', "none of holds, partly, fails, +, -", 'zero_mean = "+"'),
    ('smoothness.class = "C1"', "none of C^inf, C^0, C^1", 'smoothness.class = "C^1"'),
    ('range = "0, 1"', "claims.range: '0, 1' is not an interval", 'range = "(0, 1)"'),
    ('range = "(0, 1, 2)"', "is not an interval", 'range = "[max(0, 1), 2)"'),
    ('range = "(1, 0)"', "is empty; the lower end comes first", 'range = "(0, 1)"'),
    ('range = "(0, 0)"', "is empty", 'range = "[0, 0]"'),
    ('range = "[0, inf]"', "an infinite end is never attained", 'range = "[0, inf)"'),
    ('range = "("', "is not an interval", 'range = "(-oo, oo)"'),
    ('lipschitz = "big"', "claims.lipschitz: ", 'lipschitz = "oo"'),
    ("lipschitz = true", "must be a number in quotes, not true", "lipschitz = 1.5"),
    ('derivative = "1 +"', "claims.derivative: ", 'derivative = "a"'),
    ("derivative = 1", "must be a formula of the slope in quotes, not the number 1", 'derivative = "1"'),
    ("gaussian = 1", "claims.gaussian: is nothing that can be claimed", "gaussian.mean = 1"),
    ('parity = {value = "odd"}', "claims.parity.value: is no key", 'parity = {is = "odd"}'),
    ("parity = {}", "claims.parity: has no answer", 'parity = {is = "odd", source = "s"}'),
    ("parity = [{}]", "claims.parity[0]: has no answer", 'parity = [{is = "odd"}, "even"]'),
    ('parity = {is = "odd", source = 1}', "claims.parity.source: must be a text", None),
    ("said_by = 1", "claims.said_by: must be a name", 'said_by = "paper"\nparity = "odd"'),
    (
        'said_by = "all"',
        "claims.said_by: all is a word of the gate; name the source",
        'said_by = "alloys_2021"\nparity = "odd"',
    ),
    ('parity = {is = "odd", said_by = "The paper"}', "claims.parity.said_by: must be a name", None),
    ('slope = "1"', "claims.slope.at: is missing; slope is meant at one x", 'slope = {is = "1", at = {x = 0}}'),
    ('slope = {is = "1", at = {y = 0}}', "claims.slope.at.y: is neither x nor a parameter", None),
    ('slope = {is = "1", at = {x = "oo"}}', "claims.slope.at.x: ", 'slope = {is = "1", at = {x = "1/2"}}'),
    ('slope = {is = "1", at = 0}', "must be a table such as {x = 0}", 'slope = {is = "1", at = {x = "sqrt(2)"}}'),
    ('parity = {is = "odd", at = {x = 0}}', "parity is meant at every x", 'parity = {is = "odd", at = {a = 0}}'),
    ('parity = {is = "odd", on = "(0, 1)"}', "parity is not meant on one", 'range = {is = "(0, 1)", on = "(0, 1)"}'),
    ('equals = {is = "x", on = "(0, 1"}', "is not an interval", 'equals = {is = "x", on = ["(0, 1)", "(2, oo)"]}'),
    ("equals = {is = 'x', on = 3}", "must be an interval such as", 'equals = {is = "a*x", on = "(0, a + 1)"}'),
    ('slope_above = "tanhh"', "the catalogue has no activation 'tanhh' (did you mean tanh", 'slope_above = "tanh"'),
    ('slope_above = "x +"', "claims.slope_above: ", 'slope_above = "x + 1"'),
    ('prose = "a\\u0007"', "control character U+0007", 'prose = "said in words"'),
]


@pytest.mark.parametrize(("text", "sentence"), [(case[1], case[2]) for case in FILES], ids=[case[0] for case in FILES])
def test_a_wrong_file_is_told_what_is_wrong_and_where(text, sentence):
    with pytest.raises(InputError) as caught:
        spec.read(text, "mine.toml")
    message = str(caught.value)
    assert sentence in message
    assert message.startswith("mine.toml has ")
    assert not any(character < " " and character != "\n" for character in message)


RIGHT = {case[3]: case[0] for case in FILES if case[3] and case[3] != 'title = "T"\n'}


@pytest.mark.parametrize("text", RIGHT, ids=list(RIGHT.values()))
def test_its_nearest_right_file_is_read(text):
    assert spec.read(text).name in ("mine", "f", "n" * 40)


@pytest.mark.parametrize(("line", "sentence", "right"), CLAIM_LINES, ids=[case[0] for case in CLAIM_LINES])
def test_a_wrong_claim_is_told_what_is_wrong_and_its_nearest_right_one_is_read(line, sentence, right):
    with pytest.raises(InputError) as caught:
        spec.read(f"{MINIMAL}[claims]\n{line}\n", "mine.toml")
    assert sentence in str(caught.value)
    if right is not None:
        assert spec.read(f"{MINIMAL}[claims]\n{right}\n").claims


@pytest.mark.parametrize("key", spec.CLAIMS)
def test_every_key_of_a_claim_can_be_claimed(key):
    answers = {
        "verdict": '"holds"',
        "formula": '"a*x"',
        "formula of the slope": '"a*y"',
        "number": '"1/2"',
        "count": "2",
        "function": '"tanh"',
        "sign": '"both"',
        "yes or no": "true",
        "text": '"said"',
        "smoothness": '"C^2"',
        "interval": '"[a, inf)"',
        "points": '"-1, a"',
        **{kind: f'"{words[0]}"' for kind, words in WORDS.items()},
    }
    at = ", at = {x = 1}" if key in ("value", "slope", "slope.left", "slope.right") else ""
    (claim,) = spec.read(f'{MINIMAL}[claims]\n"{key}" = {{is = {answers[spec.CLAIMS[key]]}{at}}}').claims
    assert (claim.key, claim.kind) == (key, spec.CLAIMS[key])


def test_all_errors_of_a_file_are_told_at_once():
    text = """
    nam = "mine"
    title = 3
    expression = "x + * a"
    [parameters.a]
    role = "constnt"
    default = -1
    range = "a > 0"
    [parameters.b]
    role = "random"
    [units]
    k = 2
    weights = [1]
    biases = [0, "two"]
    [claims]
    parity = "odd!"
    dead = "+"
    derivative = "exp(x"
    """
    with pytest.raises(InputError) as caught:
        spec.read(text, "mine.toml")
    message = str(caught.value)
    places = (
        "name: is missing",
        "nam: is no key",
        "title: must be a text",
        "expression: ",
        "parameters.a.role: 'constnt' is none of",
        "parameters.b.distribution: is missing",
        "units.weights: has 1 numbers",
        "units.biases[1]: ",
        "units: a spec has an expression or units",
        "claims.parity: 'odd!'",
        "claims.dead: is nothing",
        "claims.derivative: ",
    )
    for place in places:
        assert f"\n  {place}" in message, place
    assert message.startswith(f"mine.toml has {len(places)} errors:\n")


def test_an_error_of_the_expression_keeps_its_caret():
    with pytest.raises(InputError) as caught:
        spec.read('name = "f"\nexpression = "x + tanhh(x)"')
    lines = str(caught.value).split("\n")
    place = next(number for number, line in enumerate(lines) if line.strip() == "^" or set(line.strip()) == {"^"})
    assert lines[place - 1][lines[place].index("^") :].startswith("tanhh")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'name = "f"\nexpression = "x"\xff', "is not UTF-8: byte 27 is 0xff"),
        ('name = "f"'.encode("utf-16"), "is not UTF-8"),
        (b'name = "f\nexpression = "x"', "is not TOML: "),
        (b'name = "f"\nname = "g"', "is not TOML: "),
        (b"", "name: is missing"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"paper = " + b"9" * 5000, "a number that is too long"),
        (b"#" * (data.MAX_FILE_BYTES + 1), "a spec at most 65536"),
    ],
    ids=["stray byte", "UTF-16", "open quote", "key twice", "empty", "brackets", "digits", "size"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, sentence):
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        spec.load(file)
    assert sentence in str(caught.value) and str(file) in str(caught.value)


def test_broken_toml_is_told_with_its_line():
    with pytest.raises(InputError, match=r"mine\.toml is not TOML: .*line 2"):
        spec.read('name = "f"\nexpression = \n', "mine.toml")


def test_a_byte_order_mark_does_no_harm(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert spec.load(file).name == "mine"


def test_what_is_no_file_says_so(tmp_path):
    (tmp_path / "mine.toml").write_text(MINIMAL)
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    for path, sentence in [
        (tmp_path, "is a folder; a spec is one TOML file"),
        (tmp_path / "mine.tml", "there is no file"),
        (tmp_path / "min.toml", "did you mean mine.toml"),
        (tmp_path / "no" / "mine.toml", "there is no file"),
        (tmp_path / "pipe.toml", "is not a regular file"),
        (tmp_path / "loop.toml", ""),
        (tmp_path / ("n" * 300), "cannot be read"),
        (tmp_path / "a\x00b", "there is no file"),
    ]:
        with pytest.raises(InputError) as caught:
            spec.load(path)
        assert sentence in str(caught.value)


# ---- parameters


@pytest.mark.parametrize(
    ("range_", "signs", "inside", "outside"),
    [
        ("a >= 0", {"nonnegative": True, "positive": None}, ["0", "1/3", "pi"], ["-1/1000"]),
        ("a > 0", {"positive": True}, ["1e-30"], ["0", "-1"]),
        ("0 < a < 1", {"positive": True}, ["1/2", "sqrt(2)/2"], ["0", "1", "sqrt(2)"]),
        ("1 <= a", {"positive": True}, ["1"], ["0.999"]),
        ("-1 < a < 1", {"positive": None, "negative": None, "zero": None}, ["0"], ["-1"]),
        ("a < 0", {"negative": True}, ["-pi"], ["0"]),
        ("a <= 0", {"nonpositive": True, "negative": None}, ["0"], ["1"]),
        ("a != 0", {"nonzero": True}, ["-1", "1"], ["0"]),
        ("a >= 0 and a != 1", {"nonnegative": True}, ["0"], ["1"]),
        (None, {"positive": None, "real": True}, ["-1", "0"], []),
    ],
)
def test_a_range_decides_signs_and_admits_values(range_, signs, inside, outside):
    parameter = Parameter("a", "constant", None, range_)
    symbol = parameter.symbol()
    assert {name: getattr(symbol, f"is_{name}") for name in signs} == signs
    assert all(parameter.admits(spec.constant(value)) for value in inside)
    assert not any(parameter.admits(spec.constant(value)) for value in outside)


def test_values_are_exact():
    item = spec.read(MINIMAL + "default = 0.1")
    assert spec.bind(item) == {"a": Rational(1, 10)}
    for written, exact in [
        ("0.25", Rational(1, 4)),
        (" 1/3 ", Rational(1, 3)),
        ("1e-3", Rational(1, 1000)),
        (0.1, Rational(1, 10)),
        (1e-7, Rational(1, 10**7)),
        (2, 2),
        (-2, -2),
        (Fraction(1, 3), Rational(1, 3)),
        (Rational(1, 3), Rational(1, 3)),
        ("sqrt(2)", sqrt(2)),
        (sympy.sqrt(2), sqrt(2)),
        ("pi", pi),
    ]:
        assert spec.bind(item, {"a": written}) == {"a": exact}


def test_numbers_of_numpy_are_taken_as_numbers():
    numpy = pytest.importorskip("numpy")
    item = spec.read(MINIMAL + "default = 0.1")
    assert spec.bind(item, {"a": numpy.float64(0.25)}) == {"a": Rational(1, 4)}
    assert spec.bind(item, {"a": numpy.float32(0.25)}) == {"a": Rational(1, 4)}
    assert spec.bind(item, {"a": numpy.int64(3)}) == {"a": 3}


def test_a_long_decimal_keeps_all_its_digits():
    item = spec.read(MINIMAL + "default = 1.6732632423543772848170429916717")
    assert spec.bind(item)["a"] == Rational("1.6732632423543772848170429916717")


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        ("elu", {"a": "-1"}, "parameter a = -1 lies outside its range a >= 0"),
        ("elu", {"alpha": 1}, "elu has no parameter 'alpha'"),
        ("swish", {"betta": 1}, "did you mean beta?"),
        ("relu", {"a": 1}, "relu has no parameter 'a'; it has no parameters"),
        ("rrelu", {"a": 0.2}, "parameter a of rrelu is random, uniform(1/8, 1/3), and takes no value"),
        ("elu", {"a": "one"}, "parameter a of elu: "),
        ("elu", {"a": "x"}, "parameter a of elu: 'x' depends on x"),
        ("elu", {"a": ""}, "parameter a of elu: "),
        ("elu", {"a": "sqrt(-1)"}, "parameter a of elu: "),
        ("elu", {"a": float("nan")}, "parameter a of elu: "),
        ("elu", {"a": float("inf")}, "parameter a of elu: "),
        ("elu", {"a": True}, "True is no number"),
        ("elu", {"a": None}, "a NoneType is no number"),
        ("elu", {"a": 1j}, "a complex is no number"),
    ],
)
def test_a_wrong_value_is_told(name, overrides, sentence):
    with pytest.raises(InputError) as caught:
        spec.bind(spec.find(name), overrides)
    assert sentence in str(caught.value)


def test_a_parameter_without_default_needs_a_value():
    item = spec.read(MINIMAL)
    with pytest.raises(InputError, match="parameter a of mine has no default; give it: a=VALUE"):
        spec.bind(item)
    assert spec.bind(item, {"a": 3}) == {"a": 3}


def test_a_random_parameter_has_a_law():
    noise = spec.find("noisy_relu").parameters[0].law()
    x = sympy.Symbol("x", real=True)
    assert noise.kind == "normal" and noise.arguments[0] == 0
    assert sympy.simplify(noise.arguments[1] - 1 / (1 + sympy.exp(-x))) == 0
    slope = spec.find("rrelu").parameters[0].law()
    assert (slope.kind, slope.arguments) == ("uniform", (Rational(1, 8), Rational(1, 3)))
    assert spec.bind(spec.find("rrelu")) == {}


# ---- expressions


def test_an_expression_is_a_spec_whose_parameters_have_values():
    item = spec.from_text("a*x  +\n beta", {"beta": "1/3", "a": 0.5})
    assert item.name == item.formula == "a*x + beta"
    assert spec.bind(item) == {"a": Rational(1, 2), "beta": Rational(1, 3)}


@pytest.mark.parametrize(
    ("expression", "params", "sentence"),
    [
        ("a*x", {}, "needs a value: a=VALUE"),
        ("x", {"a": 1}, "'x' has no parameter 'a'; it has no parameters"),
        ("a*x", {"a": 1, "b": 2}, "its parameters are a"),
        ("a*x", {"a": "x"}, "depends on x"),
    ],
)
def test_an_expression_says_which_values_it_lacks(expression, params, sentence):
    with pytest.raises(InputError) as caught:
        spec.from_text(expression, params)
    assert sentence in str(caught.value)


# ---- units


@pytest.mark.parametrize(
    ("weights", "biases", "formula"),
    [
        (["1", "-1"], ["0", "0"], "max(x, -x)"),
        (["0", "1"], ["0", "0"], "max(0, x)"),
        (["2"], ["-3"], "2*x - 3"),
        (["1/2", "0.1"], ["1", "-1/2"], "max((1/2)*x + 1, 0.1*x - 1/2)"),
        (["-2.5", "sqrt(2)"], ["pi", "-pi"], "max(-2.5*x + pi, (sqrt(2))*x + -pi)"),
    ],
)
def test_units_are_written_as_their_largest(weights, biases, formula):
    assert spec.Units(len(weights), tuple(weights), tuple(biases)).formula == formula


@given(
    st.lists(
        st.tuples(*[st.one_of(st.integers(-9, 9).map(str), st.fractions(-9, 9, max_denominator=9).map(str))] * 2),
        min_size=1,
        max_size=5,
    ),
    st.fractions(-3, 3, max_denominator=7),
)
@settings(deadline=None)
def test_the_formula_of_units_has_the_value_of_the_largest(pairs, point):
    from propcheck.language import X, parse

    weights, biases = zip(*pairs, strict=True)
    formula = parse(spec.Units(len(pairs), weights, biases).formula)
    expected = max(Fraction(weight) * point + Fraction(bias) for weight, bias in pairs)
    assert formula.subs(X, Rational(point)) == Rational(expected)


# ---- exact texts


@pytest.mark.parametrize(
    ("text", "ends", "closed"),
    [
        ("(0, 1/4)", (0, Rational(1, 4)), (False, False)),
        ("[0,6]", (0, 6), (True, True)),
        (" (-inf, +inf) ", (-oo, oo), (False, False)),
        ("[-oo, 0]".replace("[", "("), (-oo, 0), (False, True)),
        ("[max(1, 2), 3)", (2, 3), (True, False)),
        ("(-pi, sqrt(2)]", (-pi, sqrt(2)), (False, True)),
    ],
)
def test_an_interval_is_read(text, ends, closed):
    found = spec.interval(text)
    assert (found.lower, found.upper) == ends
    assert (found.lower_closed, found.upper_closed) == closed


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_an_interval_or_an_input_error(text):
    try:
        spec.interval(text)
    except InputError:
        pass


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "title", "expression", "aliases", "parameters", "units", "presets", "claims", "paper"]
        ),
        JUNK | st.dictionaries(st.sampled_from(["a", "k", "is", "parity", "weights", "slope"]), JUNK, max_size=3),
        max_size=5,
    )
)
def test_any_data_is_a_spec_or_a_list_of_faults(data):
    reader = reading._Reader()
    try:
        reader.spec(data)
    except InputError:
        pass
    assert all(isinstance(part, str) for fault in reader.faults for part in fault)


def test_a_claim_is_of_whom_its_table_says_unless_it_says_otherwise():
    claims = 'said_by = "paper"\nparity = "odd"\naffine = [{is = true, said_by = "misra"}, {is = false}]\n'
    item = spec.read(f'name = "d"\nexpression = "x"\n[claims]\n{claims}')
    assert [(claim.key, claim.said_by) for claim in item.claims] == [
        ("parity", "paper"),
        ("affine", "misra"),
        ("affine", "paper"),
    ]


# --- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, ends",
    [
        ("-8:8", (-8, 8)),
        (" 0.1 : pi/2 ", (sympy.Rational(1, 10), sympy.pi / 2)),
        ("-inf:3", (-sympy.oo, 3)),
        ("-oo:inf", (-sympy.oo, sympy.oo)),
        ((-8, 0.5), (-8, sympy.Rational(1, 2))),
        (["sqrt(2)", float("inf")], (sympy.sqrt(2), sympy.oo)),
    ],
)
def test_two_ends_spell_an_interval(text: Any, ends: tuple[Any, Any]) -> None:
    assert spec.span(text) == ends


@pytest.mark.parametrize(
    "text, said",
    [
        ("8:-8", "reversed"),
        ("1/3:0.3333", "reversed"),
        ("3:3", "empty"),
        ("2:sqrt(4)", "empty"),
        ("exp(1):e", "empty"),
        ("inf:inf", "empty"),
        ("3", "two ends"),
        (":", "two ends"),
        ("1:2:3", "two ends"),
        ("a:3", "unknown name 'a'"),
        ("x:3", "depends on x"),
        ("nan:3", "unknown name 'nan'"),
        ("1e9999999:3", "too long"),
        ("0:" + "9" * 50_000, "the limit is"),
        ("(" * 500 + "1:2", "brackets"),
        ((1, 2, 3), "two ends"),
        ((1, float("nan")), "unknown name 'nan'"),
        (5, "a int is no interval"),
    ],
    ids=lambda item: str(item)[:20],
)
def test_what_is_no_interval_is_refused_in_a_sentence(text: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        spec.span(text)
