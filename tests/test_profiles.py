"""Well-known functions by profile: which pass, and for which reason the others fail, beside what plain numbers say."""

import importlib.util
import math
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from propcheck import gate, spec
from propcheck.gate import profiles
from propcheck.verdict import InputError

DOCS = Path(__file__).parent.parent / "docs"

LINE, JUMP, STEEP, NO_START, CONSTANT = (
    "nonlinearity_at_least", "lipschitz_continuous", "lipschitz_continuous", "criticality.exists",
    "constant_share_at_most",
)  # fmt: skip
SHUT, OPENED, TURNS = "range.inf", "range.sup", "monotonicity"
KINK, STUCK = "differentiable", "slope_above"
TWICE, SERIES, DIVIDES = "slope_at_most", "cost.value.transcendental", "cost.value.div"
NO_POLYNOMIAL = "degree_at_most"

ORDER = ("hidden", "gate", "output", "low_precision", "homomorphic")
TABLE = {  # for each profile, in their order, what fails it; nothing where the function passes
    "relu": ([], [OPENED], [KINK, STUCK], [], [NO_POLYNOMIAL]),
    "leaky_relu": ([], [SHUT, OPENED], [KINK], [], [NO_POLYNOMIAL]),
    "relu6": ([], [OPENED], [KINK, STUCK], [], [NO_POLYNOMIAL]),
    "elu": ([], [SHUT, OPENED], [], [SERIES], [NO_POLYNOMIAL]),
    "selu": ([], [SHUT, OPENED], [KINK], [SERIES], [NO_POLYNOMIAL]),
    "gelu": ([], [SHUT, OPENED, TURNS], [STUCK], [SERIES], [NO_POLYNOMIAL]),
    "silu": ([], [SHUT, OPENED, TURNS], [STUCK], [SERIES, DIVIDES], [NO_POLYNOMIAL]),
    "mish": ([], [SHUT, OPENED, TURNS], [STUCK], [SERIES], [NO_POLYNOMIAL]),
    "hard_swish": ([], [SHUT, OPENED, TURNS], [KINK, STUCK], [], [NO_POLYNOMIAL]),
    "softplus": ([NO_START, CONSTANT], [OPENED], [], [SERIES], [NO_POLYNOMIAL]),
    "tanh": ([], [SHUT], [], [SERIES, DIVIDES], [NO_POLYNOMIAL]),
    "hard_tanh": ([], [SHUT], [KINK, STUCK], [], [NO_POLYNOMIAL]),
    "softsign": ([], [SHUT], [], [DIVIDES], [NO_POLYNOMIAL]),
    "sigmoid": ([CONSTANT], [], [], [SERIES, DIVIDES], [NO_POLYNOMIAL]),
    "hard_sigmoid": ([CONSTANT], [], [KINK, STUCK], [], [NO_POLYNOMIAL]),
    "sine": ([], [SHUT, TURNS], [STUCK], [SERIES], [NO_POLYNOMIAL]),
    "linear": ([LINE], [SHUT, OPENED], [], [], [LINE]),
    "square": ([STEEP], [OPENED, TURNS, STEEP], [STUCK], [STEEP, TWICE], []),
    "cube": ([STEEP], [SHUT, OPENED, STEEP], [STUCK], [STEEP, TWICE], []),
    "exponential": ([STEEP], [OPENED, STEEP], [], [STEEP, TWICE, SERIES], [NO_POLYNOMIAL]),
    "step": ([JUMP, NO_START], [JUMP], [KINK, STUCK], [JUMP], [NO_POLYNOMIAL]),
    "sign": ([JUMP, NO_START], [SHUT, JUMP], [KINK, STUCK], [JUMP], [NO_POLYNOMIAL]),
    "1 + 0*x": ([LINE, NO_START, CONSTANT], [SHUT], [STUCK], [], [LINE]),
}


def required(profile: str) -> tuple[gate.Requirement, ...]:
    return gate.of_profile(profiles.named(profile, "here"))


@cache
def page() -> Any:
    """The program that makes the page, which is no part of the package."""
    found = importlib.util.spec_from_file_location("run_profiles", DOCS / "run_profiles.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def checked(name: str) -> dict[str, tuple[gate.Check, ...]]:
    return page().checked(name)


CELLS = [(name, profile) for name in TABLE for profile in ORDER]


@pytest.mark.parametrize(("name", "profile"), CELLS, ids=[f"{name}-{profile}" for name, profile in CELLS])
def test_a_function_passes_a_profile_or_fails_for_a_reason_that_is_known(name, profile):
    checks = checked(name)[profile]
    assert "undecided" not in {check.outcome for check in checks}
    assert [check.key for check in checks if check.outcome == "failed"] == TABLE[name][ORDER.index(profile)]
    assert all(check.standing in ("proved", "enclosed") for check in checks)


def test_the_page_of_the_table_is_what_is_found():
    assert page().FUNCTIONS == tuple(TABLE)
    assert (DOCS / "profiles.md").read_text(encoding="utf-8") == page().page(), "python docs/run_profiles.py renews it"


# ---------------------------------------------------------------------------------------------- by plain numbers

PLAIN = {
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: max(x, x / 100),
    "relu6": lambda x: min(max(x, 0), 6),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * mpmath.expm1(x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "tanh": mpmath.tanh,
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "sine": mpmath.sin,
    "linear": lambda x: x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "exponential": mpmath.exp,
    "step": lambda x: (mpmath.sign(x) + 1) / 2,
    "sign": mpmath.sign,
    "1 + 0*x": lambda x: mpmath.mpf(1),
}
NEAR = [k / 8 for k in range(-80, 81)]  # every kink of the table is among these
FAR = [side * 2.0**k for k in range(4, 9) for side in (1, -1)]


def by_numbers(g) -> set[str]:
    """What fails by values at many points, in 40 digits: all but the start and the operations."""
    with mpmath.workdps(40):
        h = mpmath.mpf(10) ** -15
        xs = sorted([*NEAR, *FAR])
        values = [g(mpmath.mpf(x)) for x in xs]
        left = [(g(x) - g(x - h)) / h for x in map(mpmath.mpf, xs)]
        right = [(g(x + h) - g(x)) / h for x in map(mpmath.mpf, xs)]
        slopes = [*left, *right]
        failed = set()
        if max(map(abs, slopes)) > 8:
            failed |= {STEEP}
        jumps = max(map(abs, slopes)) > 1e12 and max(map(abs, values)) < 2
        if max(map(abs, slopes)) > 2 and not jumps:
            failed |= {TWICE}
        if min(values) < -1e-9 or min(values) > 1e-2:
            failed |= {SHUT}
        if not 0.99 < max(values) <= 1:
            failed |= {OPENED}
        if any(later < earlier for earlier, later in zip(values, values[1:], strict=False)):
            failed |= {TURNS}
        if any(abs(one - two) > 1e-9 for one, two in zip(left, right, strict=True) if abs(one) < 1e6) or jumps:
            failed |= {KINK}
        if min(s for x, s in zip([*xs, *xs], slopes, strict=True) if abs(x) <= 10) < 1e-12:
            failed |= {STUCK}
        nodes = [mpmath.mpf(k) * 3 / 2 - 6 for k in range(9)]
        fifth = [sum((-1) ** j * math.comb(5, j) * g(nodes[i + j]) for j in range(6)) for i in range(4)]
        if max(map(abs, fifth)) > 1e-20:
            failed |= {NO_POLYNOMIAL}
        first, second, along = (
            mpmath.quad(lambda x, w=w: w(x) * mpmath.npdf(x), [-12, -6, -3, -1, 0, 1, 3, 6, 12])
            for w in (g, lambda x: g(x) ** 2, lambda x: x * g(x))
        )
        variance = second - first**2
        if variance < 1e-15 or 1 - along**2 / variance < 2.0**-46:
            failed |= {LINE}
        if first**2 / second > mpmath.mpf(2) / 3:
            failed |= {CONSTANT}
    return failed


def test_every_function_of_the_table_is_written_a_second_time():
    assert list(PLAIN) == list(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_table_is_what_plain_numbers_say(name):
    needs = {need.key for profile in profiles.PROFILES for need in profile.needs}
    decided = needs - {NO_START, SERIES, DIVIDES}
    said = {key for failed in TABLE[name] for key in failed} & decided
    assert by_numbers(PLAIN[name]) == said


STARTS = {"softplus": False, "sigmoid": True, "tanh": True, "silu": True}


@pytest.mark.parametrize(("name", "found"), STARTS.items())
def test_a_start_is_found_where_quadrature_finds_one(name, found):
    """A start keeps the size of gradients where q E[g'^2] >= E[g^2] at some length q, by 201 nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(201)
    g = np.vectorize(lambda x: float(PLAIN[name](x)))
    ratios = []
    for q in np.logspace(-4, 3, 29):
        x = math.sqrt(q) * nodes
        slopes = (g(x + 1e-5) - g(x - 1e-5)) / 2e-5
        ratios.append(q * (weights @ slopes**2) / (weights @ g(x) ** 2))
    assert (max(ratios) >= 1) == found
    assert (NO_START not in TABLE[name][0]) == found


# ---------------------------------------------------------------------------------------------- the rows


def test_every_profile_asks_what_can_be_asked_and_says_why():
    assert profiles.USUAL in profiles.BY_NAME and tuple(profiles.BY_NAME) == ORDER
    for profile in profiles.PROFILES:
        assert len({need.key for need in profile.needs}) == len(profile.needs) <= 4
        for item in required(profile.name):
            assert item.key in gate.keys() and not item.on_criterion
            assert item.origin == f"profile {profile.name}" and item.why and not item.why.endswith(".")


def test_every_requirement_of_a_profile_fails_some_function_of_the_table():
    for place, profile in enumerate(profiles.PROFILES):
        failed = {key for row in TABLE.values() for key in row[place]}
        assert failed == {need.key for need in profile.needs}, profile.name


def test_the_help_names_every_profile(propcheck):
    told = propcheck("check", "--help")[1]
    assert all(f"\n    {profile.name} " in told for profile in profiles.PROFILES)


def test_an_unknown_profile_is_told_with_its_nearest():
    with pytest.raises(InputError, match="no profile 'gates' .did you mean gate.*there are hidden, gate"):
        profiles.named("gates", "--profile")


ABSURD = [  # what must not pass for a unit inside a network, however small or far its fault
    ("x + 1e-12*abs(x)", LINE),
    ("relu(x) - 1000", CONSTANT),
    ("x**2 if abs(x) < 1e6 else 1e12 + x**2 - 1e12", STEEP),
]


@pytest.mark.parametrize(("formula", "key"), ABSURD)
def test_what_hides_its_fault_fails_too(formula, key):
    assert key in [check.key for check in checked(formula)["hidden"] if check.outcome == "failed"]


SAME = [("tanh(x)", "tanh(x) + 1e-9*x"), ("relu(x)", "min(relu(x), 1e6)")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_no_network_notices_changes_nothing_inside_a_network(one, other):
    for formula in (one, other):
        outcomes = {check.key: check.outcome for check in checked(formula)["hidden"]}
        assert "failed" not in outcomes.values() and outcomes.pop(NO_START) in ("passed", "undecided")
        assert set(outcomes.values()) == {"passed"}


def test_the_table_has_the_functions_of_the_catalogue():
    assert {name for name in TABLE if name not in spec.names()} == {"1 + 0*x"}
