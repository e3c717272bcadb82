"""Over a gap in the domain a function rises, falls or comes back to one value, and its trend is told accordingly."""

from __future__ import annotations

import pytest

from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.spec import from_text

TRENDS = [
    ("sign(x)*sqrt(x**2 - 1)", "non-decreasing"),  # 0 at -1 and again at 1
    ("sign(x - 1)*sqrt(x**2 - 3*x + 2)", "non-decreasing"),
    ("sign(x)*(sqrt(x**2 - 1) + 1)", "increasing"),
    ("sign(x)*(sqrt(x**2 - 1) - 1)", "none"),
    ("x if x**2 > 1 else log(-1 - x**2)", "increasing"),
    ("x - 2*sign(x) if x**2 > 1 else log(-1 - x**2)", "none"),
    ("x - sign(x) if x**2 > 1 else log(-1 - x**2)", "increasing"),  # to 0 on both sides, which is not taken
    ("x - sign(x) if x >= 1 or x < -1 else log(-1 - x**2)", "increasing"),  # taken once
    ("x - sign(x) if x >= 1 or x <= -1 else log(-1 - x**2)", "non-decreasing"),
    ("x - sign(x) + (1/2 if x == -1 else 0) if x >= 1 or x <= -1 else log(-1 - x**2)", "none"),
    ("sign(x) if x**2 > 1 else log(-1 - x**2)", "non-decreasing"),
    ("3 if x**2 > 1 else log(-1 - x**2)", "constant"),
    ("sign(x)*log(abs(x) - 1)", "none"),
    ("-1/x", "none"),
    ("-1/x if x < 0 else (x if x > 0 else log(x))", "none"),
    ("log(-x) if x < 0 else log(x)", "none"),
    # points that stand alone in a gap, or beyond every piece
    ("x if x**2 > 1 else (5 if x == 0 else log(-1 - x**2))", "none"),
    ("x if x**2 > 1 else (1/2 if x == 0 else log(-1 - x**2))", "increasing"),
    ("x if x**2 > 1 else (1 if x == 0 else log(-1 - x**2))", "increasing"),
    ("x if x**2 >= 1 else (1 if x == 0 else log(-1 - x**2))", "non-decreasing"),
    ("sqrt(x**3 - x**2)", "non-decreasing"),
    ("sqrt(x - 1) if x > 0 else (7 if x == -2 else log(-1 - x**2))", "none"),
    ("sqrt(x - 1) if x > 0 else (-7 if x == -2 else log(-1 - x**2))", "increasing"),
    ("x if x < 0 else (1 if x == 3 else (1 if x == 4 else log(-1 - x**2)))", "non-decreasing"),
    ("x if x < 0 else (1 if x == 3 else (2 if x == 4 else log(-1 - x**2)))", "increasing"),
    ("x if x < 0 else (2 if x == 3 else (1 if x == 4 else log(-1 - x**2)))", "none"),
]
TURNED = {"increasing": "decreasing", "non-decreasing": "non-increasing"}


def trend(text: str) -> str:
    return facts(from_spec(from_text(text)))["monotonicity"]["value"]


@pytest.mark.parametrize(("text", "word"), TRENDS, ids=[text for text, _ in TRENDS])
def test_the_trend_over_a_gap(text, word):
    assert trend(text) == word
    assert trend(f"-({text})") == TURNED.get(word, word)
    assert trend(text.replace("x", "(-x)")) == TURNED.get(word, word)
