"""No fact of a function with endless pieces that comes back is contradicted by samples, over formulas at random."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recurring import Function, refuted

from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.analysis.parts import parts_of
from propcheck.calculus import Undecided
from propcheck.spec import from_text
from propcheck.verdict import plain

Formula = tuple[str, Function]
RATES = ("1", "2", "3", "3/2", "pi", "1/2")
SHIFTS = ("0", "1", "pi/3", "-1/2")
LEVELS = ("1/2", "1/3", "-1/4", "0", "2")


def value(text: str) -> float:
    """A rational number, or a multiple of pi."""
    above, _, under = text.partition("/")
    sign = -1.0 if above.startswith("-") else 1.0
    above = above.removeprefix("-")
    return sign * (np.pi if above == "pi" else float(above)) / float(under or 1)


@st.composite
def waves(draw: st.DrawFn) -> Formula:
    """sin(a x + b) and the like; the texts and what computes them are put together side by side."""
    rate, shift = draw(st.sampled_from(RATES)), draw(st.sampled_from(SHIFTS))
    a, b = value(rate), value(shift)
    name, function = draw(st.sampled_from([("sin", np.sin), ("cos", np.cos)]))
    return f"{name}({rate}*x + {shift})", lambda x: function(a * x + b)


Unary = Callable[[str, Function], Formula]
BENDS: list[Unary] = [
    lambda text, g: (f"abs({text})", lambda x: np.abs(g(x))),
    lambda text, g: (f"relu({text})", lambda x: np.maximum(g(x), 0)),
    lambda text, g: (f"sign({text})", lambda x: np.sign(g(x))),
    lambda text, g: (f"heaviside({text})", lambda x: np.heaviside(g(x), 0.5)),
    lambda text, g: (f"asin({text})", lambda x: np.arcsin(np.clip(g(x), -1, 1))),
    lambda text, g: (f"acos({text})", lambda x: np.arccos(np.clip(g(x), -1, 1))),
    lambda text, g: (f"max({text}, 1/3)", lambda x: np.maximum(g(x), 1 / 3)),
    lambda text, g: (f"min({text}, -1/4)", lambda x: np.minimum(g(x), -0.25)),
    lambda text, g: (f"(1 if {text} > 1/2 else {text})", lambda x: np.where(g(x) > 0.5, 1.0, g(x))),
]
OUTER: list[Unary] = [
    lambda text, g: (f"tanh({text})", lambda x: np.tanh(g(x))),
    lambda text, g: (f"exp({text})", lambda x: np.exp(g(x))),
    lambda text, g: (f"({text})**2", lambda x: g(x) ** 2),
    lambda text, g: (f"abs({text} - 1/2)", lambda x: np.abs(g(x) - 0.5)),
    lambda text, g: (text, g),
    lambda text, g: (text, g),
]


@st.composite
def recurring(draw: st.DrawFn) -> Formula:
    """A bend of a wave, put into a function, perhaps with another wave or a line beside it."""
    text, g = draw(st.sampled_from(OUTER))(*draw(st.sampled_from(BENDS))(*draw(waves())))
    kind = draw(st.sampled_from(("alone", "alone", "sum", "product", "line", "least")))
    if kind in ("sum", "product", "least"):
        other, h = draw(waves())
        return {
            "sum": (f"{text} + {other}/2", lambda x: g(x) + h(x) / 2),
            "product": (f"({text})*({other})", lambda x: g(x) * h(x)),
            "least": (f"min({text}, {other})", lambda x: np.minimum(g(x), h(x))),
        }[kind]
    if kind == "line":
        slope = draw(st.sampled_from(LEVELS))
        return f"{slope}*x + {text}", lambda x: value(slope) * x + g(x)
    return text, g


COURSES: list[Formula] = [
    ("tanh(x)", np.tanh),
    ("x*sigmoid(x)", lambda x: x / (1 + np.exp(-x))),
    ("softplus(x)", lambda x: np.logaddexp(0, x)),
    ("exp(-x**2)", lambda x: np.exp(-(x**2))),
    ("relu(x)", lambda x: np.maximum(x, 0)),
    ("x**3/20", lambda x: x**3 / 20),
    ("tanh(x) - 2*x", lambda x: np.tanh(x) - 2 * x),
    ("sqrt(1 + x**2)", lambda x: np.sqrt(1 + x**2)),
    ("max(-1, min(1, x))", lambda x: np.clip(x, -1, 1)),
    ("heaviside(x)", lambda x: np.heaviside(x, 0.5)),
    ("exp(x/2)", lambda x: np.exp(x / 2)),
]


@st.composite
def drifting(draw: st.DrawFn) -> Formula:
    """What comes back, times a number, beside what has finitely many pieces and no period."""
    text, g = draw(st.sampled_from(BENDS))(*draw(waves()))
    course, w = draw(st.sampled_from(COURSES))
    level = draw(st.sampled_from(("1/10", "1", "-1/3", "2")))
    return f"{course} + {level}*{text}", lambda x: w(x) + value(level) * g(x)


def contradicted(text: str, g: Function) -> list[str]:
    """What samples say against the facts of a formula; nothing where it has no period that is shown."""
    made = from_spec(from_text(text))
    if not made.trouble:
        return []
    try:
        length = parts_of(made).length if made.wave is None else made.wave.length
    except Undecided:
        return []
    found = json.loads(json.dumps(plain(dict(facts(made)))))
    return refuted(lambda x: np.broadcast_to(g(x), x.shape).astype(float), found, float(length))


@settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(recurring())
def test_samples_contradict_no_fact(formula: Formula) -> None:
    text, g = formula
    assert contradicted(text, g) == [], text


@settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(drifting())
def test_samples_contradict_no_fact_of_what_drifts(formula: Formula) -> None:
    text, g = formula
    assert contradicted(text, g) == [], text
