"""Parameters solved for: published constants, existence and uniqueness, and what is refused."""

from __future__ import annotations

import mpmath
import pytest
from mpmath import mp, mpf, quad
from mpmath import tanh as mp_tanh

import propcheck
from propcheck.solving.inquiry import Solution, solve
from propcheck.verdict import InputError

# Klambauer et al. 2017, arXiv 1706.02515, to 20 digits.
ALPHA, SCALE = "1.6732632423543772848", "1.0507009873554804934"


def test_the_constants_of_selu_are_the_only_ones_in_their_box():
    found = solve("selu", recipe="self_normalizing")
    assert found.status == "solved" and not found.left
    (one,) = found.solutions
    assert one["unique"] and one["digits"] == {"alpha": ALPHA, "scale": SCALE}
    for name, value in one["values"].items():
        assert value.lower <= float(one["digits"][name]) <= value.upper and value.upper - value.lower < 1e-12


SOLVED = [  # target, conditions, options, the values to 12 digits
    ("elu", ["mean = 0", "second_moment = 1"], {"unknown": "a,scale", "within": {"a": "0:5"}},
     [{"a": 1.6732632423543773, "output_scale": 1.0507009873554805}]),
    ("elu", ["mean = 0"], {}, [{"a": 1.6732632423543773}]),
    ("relu", [], {"recipe": "unit_gain"}, [{"output_scale": 2**0.5}]),
    ("gelu", [], {"recipe": "zero_mean"}, [{"output_shift": -0.28209479177387814}]),
    ("leaky_relu", ["second_moment = 0.6"], {}, [{"a": 0.2**0.5}]),
    ("gelu", ["mean = 0", "variance = 1"], {"unknown": ["scale", "shift"]},
     [{"output_scale": 1.7009262433633332, "output_shift": -0.4798224344443043}]),
    ("x**2 + k*x", ["second_moment = 4"], {"within": {"k": "-3:3"}}, [{"k": -1.0}, {"k": 1.0}]),
    # Next to b = 0 no line bounds the slope by b, at any b.
    ("x*sigmoid(b*x)", ["mean = 1/5"], {"within": {"b": "0:5"}}, [{"b": 0.95496413908304988}]),
]  # fmt: skip


@pytest.mark.parametrize(("item", "conditions", "options", "values"), SOLVED, ids=lambda value: str(value)[:30])
def test_all_solutions_are_found_and_proved(item, conditions, options, values):
    found = solve(item, conditions, **options)
    assert found.status == "solved"
    told = sorted(({name: n.value for name, n in one["values"].items()} for one in found.solutions), key=str)
    assert [pytest.approx(one, rel=1e-12) for one in sorted(values, key=str)] == told
    for one in found.solutions:
        assert all(number.upper - number.lower < 1e-12 for number in one["values"].values())


AT_ENDS = [  # target, conditions, options, status, the values
    ("x + k", ["mean = 1"], {"within": {"k": "0:1"}}, "solved", [{"k": 1}]),
    ("x + k", ["mean = 1 + 1/10**10"], {"within": {"k": "0:1"}}, "none", []),
    ("x + k", ["mean = 1 - 1/10**10"], {"within": {"k": "0:1"}}, "solved", [{"k": 1 - 1e-10}]),
    ("x + k", ["mean = sqrt(2)"], {"within": {"k": "0:sqrt(2)"}}, "solved", [{"k": 2**0.5}]),
    ("x + k", ["mean = 1", "second_moment = 2"], {"within": {"k": "0:3"}}, "solved", [{"k": 1}]),
    ("x + k", ["mean = 1", "second_moment = 3"], {"within": {"k": "0:3"}}, "none", []),
    ("leaky_relu", ["second_moment = 1"], {}, "none", []),  # a = 1 is not in 0 < a < 1
    ("leaky_relu", ["second_moment = 1/2"], {}, "none", []),
    ("leaky_relu", ["second_moment = 1"], {"within": {"a": "1/2:1"}}, "none", []),
    ("elu", ["mean = sqrt(1/(2*pi))"], {"within": {"a": "0:5"}}, "solved", [{"a": 0}]),
    ("x if x >= 0 else k*x", ["second_moment = 1/2"], {"within": {"k": "-2:2"}}, "solved", [{"k": 0}]),  # touched
    ("x**3 - k*x", ["second_moment = 6"], {"within": {"k": "-5:5"}}, "solved", [{"k": 3}]),  # touched
    ("relu", ["Q(1) = 1"], {"unknown": "scale", "within": {"scale": "0:1"}}, "none", []),
    ("relu", ["Q(1) = 1/2"], {"unknown": "scale", "within": {"scale": "0:1"}}, "solved", [{"output_scale": 1}]),
    ("relu", ["mean = 5"], {"unknown": "shift", "within": {"shift": "0:1"}}, "none", []),
    ("relu", ["second_moment = -1"], {"unknown": "scale"}, "none", []),
    ("tanh", ["Q'(1) = 1/5"], {"unknown": "shift"}, "partly", []),  # E[z g'] = 0, by which the shift is divided
    ("k*x", ["C'(1) = 2"], {"within": {"k": "-2:2"}}, "none", []),  # 0/0 at k = 0
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "conditions", "options", "status", "values"), AT_ENDS, ids=[" ".join(map(str, one[:3])) for one in AT_ENDS]
)
def test_solutions_lie_in_the_ranges_whose_ends_are_told_exactly(item, conditions, options, status, values):
    found = solve(item, conditions, **options)
    assert found.status == status
    told = [{name: n.value for name, n in one["values"].items()} for one in found.solutions]
    assert [pytest.approx(one, rel=1e-14, abs=1e-14) for one in values] == told
    assert bool(found.left) is (status == "partly")


def test_a_solution_is_a_spec_whose_facts_are_what_was_asked():
    found = solve("elu", ["mean = 0", "second_moment = 1"], unknown="a,scale", within={"a": "0:5"})
    moments = propcheck.analyze(found.spec(), only=["gaussian"]).facts.gaussian
    assert abs(moments.mean.value) < 1e-15 and moments.second_moment.value == pytest.approx(1, abs=1e-15)
    assert "output_scale" in found.code("numpy")
    again = Solution.from_json(found.to_json())
    assert again.to_json() == found.to_json() and again["a"].value == found["a"].value


OF_FACTS = [  # target, conditions, options, status, the ends of the parts where they hold
    ("elu", ["smoothness >= C^1"], {}, "solved", [(1, 1)]),
    ("elu", ["lipschitz <= 1.5", "not affine"], {}, "partly", [(0, 1.5)]),
    ("leaky_relu", ["monotonicity == increasing"], {}, "solved", [(0, 1)]),
    ("leaky_relu", ["zero_mean == holds"], {}, "partly", [(0.7766870563811, 1)]),
    ("leaky_relu", ["lipschitz < 1"], {}, "none", []),
    ("x if x >= 0 else k*x", ["range.inf >= 0"], {"within": {"k": "-2:2"}}, "solved", [(-2, 0)]),
]


@pytest.mark.parametrize(
    ("item", "conditions", "options", "status", "ends"), OF_FACTS, ids=lambda value: str(value)[:30]
)
def test_conditions_on_facts_are_solved_for_parts_of_the_range(item, conditions, options, status, ends):
    found = solve(item, conditions, **options)
    assert found.status == status
    told = [next(iter(part["region"].values())) for part in found.regions]
    assert [pytest.approx(one, abs=2e-9) for one in ends] == [tuple(one) for one in told]
    for box in found.left:
        ((low, high),) = box.values()
        assert high - low < 1e-8
    assert Solution.from_json(found.to_json()).regions == found.to_json()["regions"]


def test_solutions_at_which_a_condition_on_facts_fails_are_none():
    assert solve("elu", ["mean = 0", "lipschitz > 1"])["a"].value == pytest.approx(float(ALPHA))
    assert solve("elu", ["mean = 0", "lipschitz < 1"]).status == "none"


@pytest.mark.parametrize(
    ("item", "conditions", "options", "said"),
    [
        ("gelu", ["lipschitz < 1"], {"unknown": "c"}, "output_scale is none"),
        ("elu", ["cost.value.mul < 2"], {}, "asked at single values"),
        ("elu", ["lipschitzz < 2"], {}, "no fact and no criterion"),
        ("elu", ["lipschitz"], {}, "is a number and no condition"),
    ],
)
def test_a_condition_on_facts_that_cannot_be_asked_has_its_sentence(item, conditions, options, said):
    with pytest.raises(InputError, match=said):
        solve(item, conditions, **options)


def test_none_is_proved():
    found = solve("leaky_relu", ["mean = -1/5"])
    assert found.status == "none" and "proved" in found.sentence
    assert solve("elu", ["mean = 1/2"], within={"a": "0:5"}).status == "none"


def test_a_shaped_tanh_fulfils_its_conditions():
    found = solve("tanh", recipe="dks", slope="1.2", within={"s": "1/2:1", "t": "1/2:1"}, time_limit=10)
    (one,) = found.solutions
    values = {name: mpf(text) for name, text in one["digits"].items()}
    with mp.workdps(30):
        s, t, c, d = (values[name] for name in ("input_scale", "input_shift", "output_scale", "output_shift"))

        def expected(h):
            return quad(lambda x: h(x) * mp.npdf(x), [-12, -3, 0, 3, 12])

        g = lambda x: c * mp_tanh(s * x + t) + d  # noqa: E731
        slope = lambda x: c * s * (1 - mp_tanh(s * x + t) ** 2)  # noqa: E731
        sought = [expected(g), expected(lambda x: g(x) ** 2) - 1, expected(lambda x: x * g(x) * slope(x)) - 1,
                  expected(lambda x: slope(x) ** 2) - mpf("1.2")]  # fmt: skip
    assert max(map(abs, sought)) < 1e-11


def test_the_leak_takes_a_correlation_where_it_is_asked():
    found = solve("leaky_relu", recipe="tat", depth=50, target="0.9")
    a = mpf(found.solutions[0]["digits"]["a"])
    with mp.workdps(30):
        c = mpf(0)
        for _ in range(50):
            c += (1 - a) ** 2 * (mp.sqrt(1 - c * c) - c * mp.acos(c)) / (mp.pi * (1 + a * a))
        assert abs(c - mpf("0.9")) < mpf("1e-17")
    assert found["output_scale"].value == pytest.approx((2 / (1 + float(a) ** 2)) ** 0.5, rel=1e-15)


REFUSED = [
    ("selu", [], {}, "no condition"),
    ("selu", ["mean"], {}, "no condition; write"),
    ("selu", ["men = 0"], {}, "did you mean mean"),
    ("selu", ["mean = x"], {}, "depends on x"),
    ("selu", ["1 = 1"], {}, "says nothing"),
    ("selu", ["Q(2) = 1"], {}, "no map that is known"),
    ("selu", ["mean = 0", "mean = 1"], {}, "contradict"),
    ("selu", ["mean = 0", "mean = 0"], {}, "twice"),
    ("selu", ["mean = 0"], {}, "do not settle"),
    ("selu", ["mean = 0", "variance = 1"], {"unknown": "alpha,beta"}, "no unknown"),
    ("elu", ["mean = 0"], {"within": {"a": "-1:3"}}, "leaves the range"),
    ("elu", ["mean = 0"], {"within": {"a": "3:1"}}, "reversed"),
    ("elu", ["mean = 0"], {"within": {"b": "0:1"}}, "not among the unknowns"),
    ("relu", ["mean = 0"], {}, "has no parameters"),
    ("gelu", ["mean = 0"], {"unknown": "scale"}, "output scale"),
    ("leaky_relu", [], {"recipe": "critical"}, "does not depend on the unknowns"),
    ("gelu", [], {"recipe": "tat"}, "leaky"),
    ("gelu", [], {"recipe": "dsk"}, "did you mean dks"),
    ("gelu", ["mean = 0"], {"recipe": "dks"}, "one or the others"),
]


@pytest.mark.parametrize(("item", "conditions", "options", "said"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_cannot_be_solved_has_its_sentence(item, conditions, options, said):
    with pytest.raises(InputError, match=said):
        solve(item, conditions, **options)


def test_a_family_of_two_parameters_is_solved_for_one():
    found = solve("x*tanh(b*exp(a*x))", ["mean = 1/4"], unknown=["a"], within={"a": "7/8:15/16"}, b="1")
    ((one),) = found.solutions
    a = mpmath.mpf(one["digits"]["a"])
    mean = mpmath.quad(lambda z: z * mpmath.tanh(mpmath.exp(a * z)) * mpmath.npdf(z), [-12, -6, -3, 0, 3, 6, 12])
    assert found.status == "solved" and abs(mean - 0.25) < 1e-12
