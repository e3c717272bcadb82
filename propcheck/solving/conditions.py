"""Conditions: equations between moments of a function, read from text.

    mean = 0                second_moment = 1           variance = 1
    derivative_mean = 1     derivative_second_moment    elasticity = 1
    Q(1) = 1                the length map q -> E[g(sqrt(q) z)^2] at 1, of a layer with weights of variance 1/fan-in
    Q'(1) = 1               its slope
    C(0) = 0                the correlation map at 0: E[g(z)]^2/E[g(z)^2]
    C'(1) = 1.2             its slope at 1: E[g'(z)^2]/E[g(z)^2]

(Martens et al. 2021, arXiv 2110.01765, section 5; Poole et al. 2016, arXiv 1606.05340.) A side may be any expression of
the language in these: `variance + mean**2 = 1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from propcheck.language import parse
from propcheck.verdict import InputError
from propcheck.wording import nearest

# The moments that everything is made of: E[g], E[g^2], E[g'], E[g'^2], E[z g g'], E[z g'].
BASE = {name: sp.Symbol(name, real=True) for name in ("m", "q", "dm", "d2", "pull", "xd")}
C, D = sp.Symbol("outer_scale", positive=True), sp.Symbol("outer_shift", real=True)
_M, _Q, _DM, _D2, _PULL, _XD = BASE.values()
# The moments of c g + d.
_MEAN, _SECOND = C * _M + D, C**2 * _Q + 2 * C * D * _M + D**2
_TOLD: dict[str, sp.Expr] = {
    "mean": _MEAN,
    "second_moment": _SECOND,
    "variance": C**2 * (_Q - _M**2),
    "derivative_mean": C * _DM,
    "derivative_second_moment": C**2 * _D2,
    "elasticity": (C**2 * _PULL + C * D * _XD) / _SECOND,
}
_MAPS = {  # in place of what is written with brackets
    "Q(1)": ("q_at_1", _SECOND),
    "Q'(1)": ("q_slope_at_1", C**2 * _PULL + C * D * _XD),
    "C(0)": ("c_at_0", _MEAN**2 / _SECOND),
    "C'(1)": ("c_slope_at_1", C**2 * _D2 / _SECOND),
}
KNOWN = (*_TOLD, *_MAPS)


@dataclass(frozen=True)
class Condition:
    """left = right, as `gap` = 0 in the base moments and the outer scale and shift."""

    text: str
    gap: sp.Expr


def is_equation(text: str) -> bool:
    """Is it an equation of moments and maps? All else is a condition on facts, as a sweep has them."""
    if re.search(r"(?<![<>=!])=(?!=)", text):
        return True
    return text.strip() in KNOWN or not re.search(r"[<>]|==|!=|^\s*(not\s+)?[a-z_.]+\s*$", text)


def read(texts: Iterable[str]) -> tuple[Condition, ...]:
    """The conditions that texts spell; each fault has its sentence."""
    made = tuple(_read(text) for text in texts)
    if not made:
        raise InputError(f"no condition is given; write one such as 'mean = 0', of {', '.join(KNOWN)}")
    for place, one in enumerate(made):
        for other in made[:place]:
            difference = sp.simplify(one.gap - other.gap)
            if difference == 0:
                raise InputError(f"the condition {one.text!r} is given twice")
            if difference.is_number:
                raise InputError(f"{other.text!r} and {one.text!r} contradict each other")
    return made


def _read(text: str) -> Condition:
    shown = " ".join(str(text).split())
    parts = re.split(r"(?<![<>=!])=(?!=)", shown)
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise InputError(f"{shown!r} is no condition; write one such as 'mean = 0' or \"C'(1) = 1.2\"")
    sides = [_side(part.strip(), shown) for part in parts]
    gap = sides[0] - sides[1]
    if not gap.free_symbols & set(BASE.values()):
        raise InputError(f"{shown!r} says nothing of the function; write one such as 'mean = 0'")
    return Condition(shown, gap)


def _side(text: str, shown: str) -> sp.Expr:
    plain = text.replace(" ", "")
    values = {name: expr for name, expr in _TOLD.items()}
    for written, (name, expr) in _MAPS.items():
        if written in plain:
            plain, values[name] = plain.replace(written, name), expr
    if match := re.search(r"[QC]'*\([^)]*\)", plain):
        raise InputError(f"{match[0]} in {shown!r} is no map that is known; there are {', '.join(_MAPS)}")
    symbols: Mapping[str, sp.Symbol] = {name: sp.Symbol(name, real=True) for name in values}
    if re.search(r"\bx\b", plain):
        raise InputError(f"{shown!r} depends on x; a condition is about the whole function")
    for word in set(re.findall(r"[A-Za-z_]\w*", plain)) - set(values):
        if word not in ("sqrt", "exp", "log", "pi", "e", "abs"):
            raise InputError(f"{word} in {shown!r} is nothing that can be asked{nearest(word, KNOWN)}; there are "
                             f"{', '.join(KNOWN)}")  # fmt: skip
    made = parse(plain, symbols)
    return made.xreplace({symbols[name]: expr for name, expr in values.items()})
