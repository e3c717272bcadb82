"""Claims for the tests of certificates: false ones that no checker may confirm, each beside one that it should.

A row is a formula, the property, its fields with the evidence, and cuts other than the usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from propcheck.certificates import check_certificate

CUTS = ("-8", "0", "8")
ISOLATED = "1 if x > 0 else (7 if x >= 0 else 1)"
JUMP = "x + 1 if x >= 0 else x"
RELU = "max(0, x)"
SOFT = "log(1 + exp(x))"
HAT = "max(0, 1 - abs(x))"
ROOT = "sqrt(x**2)"


def written(formula: str, kind: str, fields: Mapping[str, Any], cuts: tuple[str, ...] = CUTS) -> dict[str, Any]:
    """The certificate of one claim; evidence may stand beside it."""
    return {
        "schema": "propcheck.certificate/1",
        "function": formula,
        "parameters": {},
        "cuts": list(cuts),
        "facts": [{"claim": {"property": kind, **fields}, "evidence": {}}],
    }


def confirms(certificate: Mapping[str, Any], checker: Any = check_certificate) -> bool:
    try:
        checker.check(certificate)
    except checker.Refused:
        return False
    return True


def low(inf: Any, at: Any, attained: bool | None = None, order: int = 0) -> dict[str, Any]:
    made = {"order": order, "inf": inf, "inf_at": at}
    return made if attained is None else made | {"inf_attained": attained}


def high(sup: Any, at: Any, attained: bool | None = None, order: int = 0) -> dict[str, Any]:
    made = {"order": order, "sup": sup, "sup_at": at}
    return made if attained is None else made | {"sup_attained": attained}


def breaks(*rows: tuple[str, int, Any, Any]) -> list[dict[str, Any]]:
    return [{"at": at, "order": n, "left": left, "right": right} for at, n, left, right in rows]


# ruff: noqa: E501  a table is read along its rows
Row = tuple[Any, ...]
WORD = "value"

FALSE: list[Row] = [
    # range
    ("x**2", "range", low("-1", "0")),
    ("x**2", "range", low("1/1000", "1/1000")),
    ("x**2", "range", low("0", "0", False)),
    ("x**2", "range", high("64", "8")),
    ("x**2", "range", high("inf", "left", True)),
    ("x**2", "range", low("0", "1")),
    ("-x**2", "range", high("0", "1/10")),
    ("-x**2", "range", low("-64", "8")),
    (ISOLATED, "range", high("1", "1")),
    (ISOLATED, "range", low("1", "1", False)),
    ("1 if x > 0 else (-7 if x >= 0 else 1)", "range", low("1", "1")),
    ("exp(x)", "range", low("0", "left", True)),
    ("exp(x)", "range", low("1/1000", "left")),
    ("exp(x)", "range", high("inf", "left")),
    ("exp(-x**2)", "range", high("1", "0", False)),
    ("exp(-x**2)", "range", high(["0.99", "0.999"], "0")),
    ("exp(-x**2)", "range", high("99/100", "1/10")),
    ("exp(-x**2)", "range", low("0", "left", True)),
    ("tanh(x)", "range", high("1", "right", True)),
    ("tanh(x)", "range", high("999/1000", "4")),
    ("tanh(x)", "range", low("-1", "right")),
    ("tanh(x)", "range", low("-999999/1000000", "-8")),
    ("x/(1 + exp(-x))", "range", low(["-0.278464", "-0.27846"], "-1.2784645427610738")),
    ("x/(1 + exp(-x))", "range", low(["-0.2784647", "-0.2784646"], "-1.2784645427610738")),
    ("x/(1 + exp(-x))", "range", low(["-0.27847", "-0.27846"], "-1.2784645427610738", False)),
    ("x/(1 + exp(-x))", "range", high(["1.0998", "1.09983"], "2.3993572805154", None, 1)),
    ("x/(1 + exp(-x))", "range", low("0", "left")),
    ("atan(x)", "range", high("3/2", "14")),
    ("atan(x)", "range", high("pi/2", "right", True)),
    ("erf(x)", "range", high("2/sqrt(pi)", "0", False, 1)),
    ("erf(x)", "range", high("1", "0", None, 1)),
    (RELU, "range", high("2", "1", None, 1)),
    (RELU, "range", high("1", "1", False, 1)),
    ("x**3 - x", "range", low("-2*sqrt(3)/9", "sqrt(3)/3")),
    ("2*x/(1 + x**2)", "range", high("1/2", "1/2")),
    ("2*x/(1 + x**2)", "range", high("1", "1", False), ("-8", "1", "8")),
    ("sin(x)", "range", high("1/2", "1/2")),
    ("sin(x)", "range", high("1", "0")),
    ("sin(x)/x if x > 10 else 0", "range", low("0", "0"), ("-8", "0", "10", "20")),
    ("x*exp(-x) if x > 20 else 0", "range", high("0", "0", True), ("-8", "0", "20", "30")),
    ("100*x*exp(-x**2)", "range", high("1", "1")),
    ("x - 2*sigmoid(x) if x > 0 else 0", "range", low("0", "0")),
    ("1/8 - exp(-x) - 1/x if x > 4 else 0", "range", low("0", "0"), ("-8", "0", "4", "8")),
    ("max(0, min(x, 2) - 1)", "range", high("1/2", "3/2"), ("-4", "1", "2", "4")),
    ("1 if x > 8 else 0", "range", high("0", "0"), ("-8", "0", "8")),
    ("1 if x < -8 else 0", "range", high("0", "0"), ("-8", "0", "8")),
    ("(x - 1)**2*(x + 1)**2", "range", low("1/100", "1")),
    ("exp(x) - x", "range", low(["1.0000001", "1.01"], "0")),
    ("exp(x) - x", "range", low("9/10", "0")),
    ("exp(x) - x", "range", low(["1", "1.01"], "1/2", True)),
    ("x**4 - x**2", "range", low("-1/5", "1/2")),
    ("cos(x)", "range", high("9/10", "1/2", None, 1)),
    ("x + exp(-(x - 3)**2)", "range", high("1", "left", None, 1)),
    ("1/(1 + x**2)", "range", low("0", "left", True)),
    ("1/(1 + x**2)", "range", low("0", "left", False, 1)),
    ("x**2/(1 + x**2)", "range", high("1", "right", True)),
    ("exp(-1/(1 + x**2))", "range", high("1", "0")),
    (SOFT, "range", low("0", "left", True)),
    (SOFT, "range", low("log(2)", "0")),
    ("x*tanh(x)", "range", low("0", "0", False)),
    ("x**2 - x", "range", low("-1/4", "1/2", False)),
    ("x if x < 1 else 0", "range", high("1", "1", True), ("-8", "1", "8")),
    ("-x if x > 0 else (1 if x >= 0 else x)", "range", high("0", "0", True)),
    ("x - 20 if x > 8 else 0", "range", low("0", "0")),
    ("max(0, x - 8)", "range", high("0", "0")),
    ("max(0, -x - 8)", "range", high("0", "0")),
    ("1 if x**2 > 0 else 7", "range", high("1", "1"), ("-8", "8")),
    ("x**2/(1 + x**4)", "range", low("0", "right", False)),
    ("1/(1 + x**2)", "range", low(["0", "0.001"], "100", True)),
    ("exp(-exp(x))", "range", low("0", "right", True)),
    ("exp(-exp(x))", "range", high("1", "left", True)),
    ("1 - 2*erf(x)", "range", low("-1/2", "right")),
    ("x*exp(-x**2)", "range", low("0", "left")),
    ("1/(1 - 3*exp(x**2))", "range", low("0", "left")),
    ("1 - 1/erf(1 + x**2)", "range", low("0", "left")),
    # one number, infinite or not
    (RELU, "lipschitz", {"value": "2", "at": "1"}),
    (RELU, "lipschitz", {"value": "1/2", "at": "1"}),
    (RELU, "lipschitz", {"value": "inf", "at": "0"}),
    (JUMP, "lipschitz", {"value": "1", "at": "1"}),
    (ISOLATED, "lipschitz", {"value": "0", "at": "1"}),
    ("x**2", "lipschitz", {"value": "16", "at": "8"}),
    ("tanh(x)", "lipschitz", {"value": "inf", "at": "right"}),
    ("tanh(x)", "lipschitz", {"value": "inf", "at": "0"}),
    ("x*tanh(x)", "lipschitz", {"value": "1", "at": "right"}),
    ("sin(3*x)", "lipschitz", {"value": "1", "at": "1/2"}),
    ("-2*x if x < 0 else x", "lipschitz", {"value": "1", "at": "1"}),
    # words
    ("x**3", "monotonicity", {WORD: "decreasing"}),
    ("x**3", "monotonicity", {WORD: "none", "up": ["0", "1"], "down": ["1", "2"]}),
    ("x**3", "monotonicity", {WORD: "none", "up": ["0", "1"], "down": ["2", "1"]}),
    ("x**3", "monotonicity", {WORD: "constant"}),
    (RELU, "monotonicity", {WORD: "increasing"}),
    (RELU, "monotonicity", {WORD: "non-increasing"}),
    ("x - 1 if x >= 0 else x", "monotonicity", {WORD: "increasing"}),
    ("x if x < 0 else (x + 1 if x > 0 else 2)", "monotonicity", {WORD: "increasing"}),
    (ISOLATED, "monotonicity", {WORD: "constant"}),
    (ISOLATED, "monotonicity", {WORD: "non-decreasing"}),
    ("x/(1 + exp(-x))", "monotonicity", {WORD: "increasing"}),
    ("x + 2*sin(x)", "monotonicity", {WORD: "increasing"}),
    ("x - 5*exp(-x**2)*x", "monotonicity", {WORD: "increasing"}),
    ("min(x, 8)", "monotonicity", {WORD: "increasing"}, ("-8", "0", "8")),
    ("max(x, -8)", "monotonicity", {WORD: "increasing"}, ("-8", "0", "8")),
    ("x**2 if x > 0 else 0", "monotonicity", {WORD: "increasing"}),
    ("1 if x > 0 else 0", "monotonicity", {WORD: "constant"}),
    ("x**3", "parity", {WORD: "even"}),
    ("x**2", "parity", {WORD: "odd"}),
    ("x**2 + x", "parity", {WORD: "even"}),
    ("x**2", "parity", {WORD: "none", "at": ["1", "2"]}),
    ("x**3", "parity", {WORD: "none", "at": ["1"]}),
    ("1 if x >= 0 else -1", "parity", {WORD: "odd"}),
    ("x if x != 0 else 1", "parity", {WORD: "odd"}),
    (ROOT, "parity", {WORD: "odd"}),
    ("x*abs(x)", "parity", {WORD: "even"}),
    ("exp(x) - exp(-x) + 1/1000000", "parity", {WORD: "odd"}),
    ("sin(x)**2", "parity", {WORD: "odd"}),
    ("cos(x)", "parity", {WORD: "odd"}),
    ("erf(x)", "parity", {WORD: "even"}),
    ("x**2", "affine", {WORD: True, "formula": "x"}),
    ("abs(x)", "affine", {WORD: True, "formula": "x if x >= 0 else -x"}),
    (RELU, "affine", {WORD: True, "formula": RELU}),
    ("x + x**2", "affine", {WORD: True, "formula": "x + x**2"}),
    ("x", "affine", {WORD: False, "at": ["0", "1", "2"]}),
    ("2*x + 1 if x != 0 else 2", "affine", {WORD: True, "formula": "2*x + 1"}),
    ("abs(x)", "affine", {WORD: False, "at": ["1", "2", "3"]}),
    ("x**3", "convexity", {WORD: "convex"}),
    ("x**2", "convexity", {WORD: "concave"}),
    ("-abs(x)", "convexity", {WORD: "convex"}),
    ("abs(x)", "convexity", {WORD: "concave"}),
    ("x**2 if x != 0 else 1", "convexity", {WORD: "convex"}),
    ("x**2 if x >= 0 else x**2 + 1", "convexity", {WORD: "convex"}),
    (SOFT, "convexity", {WORD: "none", "up": ["0", "1"], "down": ["1", "2"]}),
    ("x**4 - x**2/100", "convexity", {WORD: "convex"}),
    # limits
    ("tanh(x)", "limits", {"order": 0, "left": "1"}),
    ("tanh(x)", "limits", {"order": 0, "right": "-1"}),
    ("tanh(x)", "limits", {"order": 0, "right": ["0.9", "0.999999999"]}),
    ("tanh(x)", "limits", {"order": 0, "right": "inf"}),
    ("tanh(x)", "limits", {"order": 1, "right": "1"}),
    ("x", "limits", {"order": 0, "right": "-inf"}),
    ("x", "limits", {"order": 0, "left": "inf"}),
    ("atan(x)", "limits", {"order": 0, "right": "11/7"}),
    ("atan(x)", "limits", {"order": 0, "left": "pi/2"}),
    ("sin(x)", "limits", {"order": 0, "left": "0"}),
    ("x*(pi/2 - atan(x))", "limits", {"order": 0, "right": "0"}),
    ("x*(pi/2 - atan(x))", "limits", {"order": 0, "right": "inf"}),
    ("sqrt(x**2 + x + 7) - x if x > 0 else 0", "limits", {"order": 0, "right": "0"}),
    ("x*exp(-x)", "limits", {"order": 0, "left": "0"}),
    ("sin(x)", "limits", {"order": 0, "right": ["-2", "2"]}),
    ("log(1 + x**2)/x if x > 1 else 0", "limits", {"order": 0, "right": "1"}, ("-8", "0", "1", "8")),
    ("exp(-exp(x))", "limits", {"order": 0, "left": "0"}),
    ("erf(x)*x", "limits", {"order": 1, "right": "0"}),
    # where it breaks
    (RELU, "smoothness", {"class": "C^inf", "breaks": []}),
    (RELU, "smoothness", {"class": "C^1", "breaks": breaks(("0", 2, "0", "0"))}),
    (RELU, "smoothness", {"class": "discontinuous", "breaks": breaks(("0", 0, "0", "0"))}),
    (RELU, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "1", "0"))}),
    (RELU, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "0", "2"))}),
    (RELU, "smoothness", {"class": "C^1", "breaks": breaks(("0", 1, "0", "1"))}),
    (RELU, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "0", "1"), ("0", 1, "0", "1"))}),
    (ISOLATED, "smoothness", {"class": "C^inf", "breaks": []}),
    (JUMP, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "1", "1"))}),
    ("max(0, x)**2", "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "0", "2"))}),
    ("max(0, x)**3", "smoothness", {"class": "C^1", "breaks": breaks(("0", 2, "0", "6"))}),
    ("max(0, x)**3", "smoothness", {"class": "C^inf", "breaks": []}),
    (HAT, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "1", "-1"))}, ("-8", "-1", "0", "1", "8")),
    ("abs(x)", "smoothness", {"class": "C^inf", "breaks": []}),
    (ROOT, "smoothness", {"class": "C^inf", "breaks": []}),
    ("x if x < 0 else x**2 + 1", "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "1", "0"))}),
    ("sqrt(x**6)", "smoothness", {"class": "C^inf", "breaks": []}, ("-8", "8")),
    ("sqrt(x**4)*x", "smoothness", {"class": "C^1", "breaks": breaks(("0", 3, "6", "6"))}),
    ("x if x >= 0 else x + 1/10**30", "smoothness", {"class": "C^inf", "breaks": []}),
    ("tanh(x)", "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "1", "1"))}),
    # where it is zero
    (RELU, "dead_region", {"intervals": []}),
    (RELU, "dead_region", {"intervals": [["-inf", "-1"]]}),
    (RELU, "dead_region", {"intervals": [["-8", "0"]]}),
    (RELU, "dead_region", {"intervals": [["-inf", "inf"]]}),
    ("x**2", "dead_region", {"intervals": [["0", "0"]]}),
    ("tanh(x)", "dead_region", {"intervals": [["8", "inf"]]}),
    ("min(max(x, -1), 1)", "dead_region", {"intervals": [["1", "inf"]]}, ("-8", "-1", "1", "8")),
    ("1 if x >= 0 else -1", "zero_region", {"intervals": [["-inf", "inf"]]}),
    (RELU, "zero_region", {"intervals": []}),
    (HAT, "zero_region", {"intervals": [["-inf", "-1"]]}, ("-8", "-1", "0", "1", "8")),
    ("sin(x)*sin(x) - cos(x)*cos(x) - 1", "zero_region", {"intervals": [["-inf", "inf"]]}),
    # identities
    ("x**2", "derivative", {"formula": "2*x + 1/10**20"}),
    ("x**2", "derivative", {"formula": "2*x if x != 0 else 5"}),
    ("x**2", "derivative", {"formula": "x"}),
    ("tanh(x)", "derivative", {"formula": "1 - tanh(x)"}),
    ("1/(1 + exp(-x))", "derivative", {"formula": "exp(-x)/(1 + exp(-x))"}),
    (RELU, "derivative", {"formula": "1"}),
    (SOFT, "derivative", {"formula": "1/(1 + exp(x))"}),
    ("sin(x)", "derivative", {"formula": "sqrt(1 - sin(x)**2)"}),
    ("x", "equal", {"formula": ROOT}),
    ("x", "equal", {"formula": "x**2/x"}),
    ("x", "equal", {"formula": "x**2/x"}, ("-8", "8")),
    ("1", "equal", {"formula": "x/x"}, ("-8", "8")),
    ("sin(x)*sin(x)", "equal", {"formula": "1 + cos(x)*cos(x)"}),
    ("1", "equal", {"formula": "x/x"}),
    ("(x - x)/(x - x)", "equal", {"formula": "1"}),
    ("0", "equal", {"formula": "0*log(x)"}),
    ("x", "equal", {"formula": "exp(log(x))"}),
    ("x", "equal", {"formula": "sqrt(x)**2"}),
    ("x", "equal", {"formula": "x if x != 0 else 1"}),
    ("sin(x)**2", "equal", {"formula": "1 + cos(x)**2"}),
    ("exp(x)*exp(x)", "equal", {"formula": "exp(x**2)"}),
    ("sinh(x)", "equal", {"formula": "cosh(x)"}),
    (RELU, "equal", {"formula": "min(0, x)"}),
    (RELU, "equal", {"formula": "x/(1 + exp(-1000*x))"}),
    ("sin(x + pi)", "equal", {"formula": "sin(x)"}),
    ("sin(2*x)", "equal", {"formula": "sin(x)*cos(x)"}),
    ("atan(x)", "equal", {"formula": "atan(x) + 1/10**40"}),
    ("atan(x) if x < 4 else atan(x) + 1", "equal", {"formula": "atan(x)"}, ("-8", "4", "8")),
    ("asinh(x) + 1", "parity", {WORD: "odd"}),
    ("abs(x) + asinh(x)", "derivative", {"formula": "sign(x) + 1/sqrt(1 + x**2) + 1/10**40"}),
    # moments of a normal input
    ("exp(x)", "gaussian", {"mean": ["1.645", "1.6475"]}, ("-4", "0", "4")),
    ("1", "gaussian", {"mean": ["0.49", "0.51"]}, ("-12", "0", "12")),
    ("tanh(x)", "gaussian", {"second_moment": ["0.394", "0.3942"]}, ("-12", "12")),
    ("tanh(x)", "gaussian", {"second_moment": ["-220719364", "-220719363"]}, ("-12", "12")),
    ("max(0, x)", "gaussian", {"mean": ["0.3", "0.398"]}, ("-12", "0", "12")),
    ("max(0, x)", "gaussian", {"mean": "1/sqrt(2*pi)"}, ("-12", "0", "12")),
    ("max(0, x)", "gaussian", {"derivative_mean": ["0.51", "0.52"]}, ("-12", "0", "12")),
    ("max(0, x)", "gaussian", {}, ("-12", "0", "12")),
    ("exp(x**2)", "gaussian", {"mean": ["1", "1000"]}, ("-12", "0", "12")),
    ("x", "gaussian", {"second_moment": ["0.9", "0.99"]}, ("-4", "0", "4")),
    # waves
    ("exp(-x)", "range", low("-inf", ["8", "1"])),
    ("x + sin(x)", "range", low("-inf", ["8", "2*pi"])),
    ("x*cos(x)", "range", low("-inf", ["8*pi", "2*pi"])),
    ("x*cos(x)", "range", low("0", ["8*pi", "2*pi"])),
    ("cos(x)", "range", low("-inf", ["8", "2*pi"])),
    ("sin(x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi", "2*pi"]]}),
    ("sin(x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi", "2*pi"]]}),
    ("sin(x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"]]}),
    ("sin(x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "pi"], ["8*pi + pi/2", "pi"]]}),
    ("sin(x**2)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi/2", "2*pi"]]}),
    ("sin(x)*exp(-x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi/2", "2*pi"]]}),
    ("x*(1 + cos(x))", "range", low("-inf", ["9*pi", "2*pi"])),
    (
        "sin(x) if x > 7 else 0",
        "limits",
        {"order": 0, "left": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi/2", "2*pi"]]},
        ("-8", "7", "8"),
    ),
    ("exp(-x)", "limits", {"order": 0, "right": "none", "along": [["8", "1"], ["9", "1"]]}),
    ("exp(-200) if x >= 0 else 0", "lipschitz", {"value": "0", "at": "1"}),
    # what cannot be read, or means nothing
    ("x.real", "parity", {WORD: "odd"}),
    ("__import__('os').getpid()*0 + x", "parity", {WORD: "odd"}),
    ("x**x", "limits", {"order": 0, "right": "inf"}),
    ("x", "parity", {WORD: "odd", "trust": "me"}),
    ("x", "parity", {WORD: "Odd"}),
    ("x", "limits", {"order": True, "right": "1"}),
    ("x", "limits", {"order": 0}),
    ("x", "range", {"order": 0}),
    ("y", "parity", {WORD: "odd"}),
    ("log(x)", "range", low("0", "1")),
    ("x**(10**9)", "parity", {WORD: "even"}),
    ("x", "parity", {WORD: "odd"}, ("-2", "0", "8")),
    ("x", "parity", {WORD: "odd"}, ("8", "0", "-8")),
    ("x", "parity", {WORD: "odd"}, ("-8", "sqrt(99)", "8")),
]

TRUE: list[Row] = [
    ("x**2", "range", low("0", "0", True)),
    ("x**2", "range", high("inf", "left", False)),
    (ISOLATED, "range", high("7", "0", True)),
    ("exp(x)", "range", low("0", "left", False)),
    ("exp(-x**2)", "range", high("1", "0", True)),
    ("tanh(x)", "range", high("1", "right", False)),
    ("x/(1 + exp(-x))", "range", low(["-0.27846454276108", "-0.27846454276107"], "-1.2784645427610738", True)),
    ("x/(1 + exp(-x))", "range", high(["1.0998393201", "1.0998393202"], "2.39935728051547", True, 1)),
    ("atan(x)", "range", high("pi/2", "right", False)),
    ("x*(pi/2 + atan(x))", "range", low("-1", "left", False)),
    ("erf(x)", "range", high("2/sqrt(pi)", "0", True, 1)),
    ("2*x/(1 + x**2)", "range", high("1", "1", True), ("-8", "1", "8")),
    ("sin(x)", "range", high("1", "pi/2", True)),
    ("1 - exp(-exp(x))", "range", high("1", "right", False)),
    ("1 - exp(-exp(x))", "range", low("0", "right", False, 1)),
    ("exp(-exp(-x))", "range", low("0", "left", False)),
    ("1 + erf(7*x)", "range", low("0", "left", False)),
    (RELU, "lipschitz", {"value": "1", "at": "1"}),
    (JUMP, "lipschitz", {"value": "inf", "at": "0"}),
    ("x**2", "lipschitz", {"value": "inf", "at": "right"}),
    ("x**3", "monotonicity", {WORD: "increasing"}),
    (RELU, "monotonicity", {WORD: "non-decreasing"}),
    (JUMP, "monotonicity", {WORD: "increasing"}),
    ("x/(1 + exp(-x))", "monotonicity", {WORD: "none", "up": ["0", "1"], "down": ["-3", "-2"]}),
    ("x*abs(x)", "parity", {WORD: "odd"}),
    ("log(cosh(x))", "parity", {WORD: "even"}),
    ("asinh(x)", "parity", {WORD: "odd"}),
    ("atan(x + sqrt(x**2 + 1))", "equal", {"formula": "atan(x)/2 + pi/4"}),
    ("x/(1 + exp(-x))", "parity", {WORD: "none", "at": ["1"]}),
    ("max(0, x) + min(0, x)", "affine", {WORD: True, "formula": "x"}),
    ("abs(x)", "affine", {WORD: False, "at": ["-1", "0", "1"]}),
    (SOFT, "convexity", {WORD: "convex"}),
    ("-abs(x)", "convexity", {WORD: "concave"}),
    ("x**3", "convexity", {WORD: "none", "up": ["0", "1"], "down": ["-1", "0"]}),
    ("x*(pi/2 - atan(x))", "limits", {"order": 0, "right": "1"}),
    ("sqrt(x**2 + x + 7) - x if x > 0 else 0", "limits", {"order": 0, "right": "1/2"}),
    ("exp(-exp(x))", "limits", {"order": 0, "left": "1", "right": "0"}),
    (RELU, "smoothness", {"class": "C^0", "breaks": breaks(("0", 1, "0", "1"))}),
    ("max(0, x)**3", "smoothness", {"class": "C^2", "breaks": breaks(("0", 3, "0", "6"))}),
    (ISOLATED, "smoothness", {"class": "discontinuous", "breaks": breaks(("0", 0, "1", "1"))}),
    (RELU, "dead_region", {"intervals": [["-inf", "0"]]}),
    (HAT, "zero_region", {"intervals": [["-inf", "-1"], ["1", "inf"]]}, ("-8", "-1", "0", "1", "8")),
    ("tanh(x)", "derivative", {"formula": "1 - tanh(x)**2"}),
    ("abs(x)", "derivative", {"formula": "sign(x)"}),
    (SOFT, "derivative", {"formula": "sigmoid(x)"}),
    ("log(1/(1 + exp(-x)))", "limits", {"order": 1, "left": "1", "right": "0"}),
    ("x/(1 + exp(-x))", "equal", {"formula": "x*(1 + tanh(x/2))/2"}),
    ("x*tanh(log(1 + exp(x)))", "equal", {"formula": "x*(exp(2*x) + 2*exp(x))/(exp(2*x) + 2*exp(x) + 2)"}),
    ("gelu(x)", "equal", {"formula": "x - x*erfc(x/sqrt(2))/2"}),
    ("sin(2*x)/2", "equal", {"formula": "sin(x)*cos(x)"}),
    ("cos(3*x)", "equal", {"formula": "4*cos(x)**3 - 3*cos(x)"}),
    ("sin(x + pi/2)", "equal", {"formula": "cos(x)"}),
    ("sin(x - 9*pi)", "equal", {"formula": "-sin(x)"}),
    ("sin(x + 1)", "equal", {"formula": "sin(1)*cos(x) + cos(1)*sin(x)"}),
    ("exp(x)", "gaussian", {"mean": ["1.6487", "1.6488"], "second_moment": ["7.389", "7.38906"]}, ("-12", "0", "12")),
    (
        "max(0, x)",
        "gaussian",
        {"mean": ["0.39894228", "0.398942281"], "derivative_second_moment": ["0.49999999", "0.50000001"]},
        ("-16", "0", "16"),
    ),
    ("erf(sqrt(2*pi)*(x - 1))", "gaussian", {"mean": ["-0.664171", "-0.66417"]}, ("-8", "8")),
    ("abs(x - sqrt(2))", "gaussian", {"mean": ["1.485", "1.4853"]}, ("-16", "sqrt(2)", "16")),
    ("x*cos(x)", "range", low("-inf", ["9*pi", "2*pi"], False)),
    ("x*cos(x)", "range", high("inf", ["8*pi", "2*pi"], False)),
    ("sin(x)", "limits", {"order": 0, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi/2", "2*pi"]]}),
    (
        "(x + sin(x))*sigmoid(x)",
        "limits",
        {"order": 1, "right": "none", "along": [["8*pi", "2*pi"], ["8*pi + pi/2", "2*pi"]]},
    ),
    (
        "x*cos(x)",
        "limits",
        {"order": 1, "left": "none", "along": [["-8*pi + pi/2", "-2*pi"], ["-8*pi - pi/2", "-2*pi"]]},
    ),
    (
        "max(x, x**2 - 1)",
        "smoothness",
        {
            "class": "C^0",
            "breaks": breaks(("(1 - sqrt(5))/2", 1, "1 - sqrt(5)", "1"), ("(1 + sqrt(5))/2", 1, "1", "1 + sqrt(5)")),
        },
        ("-8", "(1 - sqrt(5))/2", "(1 + sqrt(5))/2", "8"),
    ),
    ("max(0, x**2 - 2)", "dead_region", {"intervals": [["-sqrt(2)", "sqrt(2)"]]}, ("-8", "-sqrt(2)", "sqrt(2)", "8")),
    ("x**3 - x", "range", {"order": 1, "inf": "-1", "inf_at": "0", "inf_attained": True}),
    (
        "x**4 - x**2",
        "range",
        {"order": 2, "inf": "-2", "inf_at": "0", "inf_attained": True, "sup": "inf", "sup_at": "right"},
    ),
]


# ---------------------------------------------------------------------------------------------- mutants

Mutant = tuple[
    str, dict[str, Any], bool
]  # what was changed, the certificate of one claim, and whether it is surely false
OTHER_WORDS = {
    "increasing": ("decreasing", "constant", "non-increasing"),
    "decreasing": ("increasing", "constant", "non-decreasing"),
    "non-decreasing": ("increasing", "decreasing", "constant"),
    "non-increasing": ("decreasing", "increasing", "constant"),
    "constant": ("increasing", "decreasing"),
    "odd": ("even",),
    "even": ("odd",),
    "none": ("odd", "even", "increasing", "non-decreasing", "decreasing", "constant"),
}
SWAPS = (
    *(("+", "-"), ("-", "+"), ("*", "+"), ("/", "*"), (">=", ">"), (">=", "<="), ("max", "min"), ("min", "max")),
    *(("tanh", "erf"), ("exp", "cosh"), ("exp(-", "exp("), ("sigmoid", "tanh"), ("log", "sqrt"), ("abs", "exp")),
)


def mutants(certificate: Mapping[str, Any]) -> Iterator[Mutant]:
    """Certificates of one claim each, in which one thing is another: the claim, the function, the cuts."""
    for fact in certificate["facts"]:
        claim = fact["claim"]
        for told, changed in _claims(claim):
            yield f"{told} of {claim}", _with(certificate, fact, changed), True
        if claim["property"] == "gaussian":
            continue
        cuts = fact["evidence"].get("cuts", certificate["cuts"])
        for told, moved in _cuts(cuts):
            evidence = {**fact["evidence"], "cuts": moved}
            yield f"{told} of {claim}", {**certificate, "facts": [{"claim": claim, "evidence": evidence}]}, False
        for told, formula in _formulas(certificate["function"]):
            yield f"{told} under {claim}", {**certificate, "function": formula, "facts": [fact]}, False


def _with(certificate: Mapping[str, Any], fact: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    return {**certificate, "facts": [{"claim": changed, "evidence": fact["evidence"]}]}


def _claims(claim: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Claims that are false where this is true."""
    for key in check_certificate.MOMENTS if claim["property"] == "gaussian" else ():
        for said in [*_numbers(claim[key])][:2]:  # an integral takes time
            yield f"{key} {said}", {"property": "gaussian", key: said}
    for key in ("inf", "sup", "value" if claim["property"] == "lipschitz" else "", "left", "right"):
        if key in claim:
            for said in _numbers(claim[key]):
                yield f"{key} {said}", {**claim, key: said}
    for key in ("inf_attained", "sup_attained"):
        if key in claim:
            yield key, {**claim, key: not claim[key]}
    word = claim.get("value")
    if claim["property"] in ("parity", "monotonicity"):
        words = ("odd", "even") if claim["property"] == "parity" else [*OTHER_WORDS][:5]
        yield from ((other, {**claim, "value": other}) for other in OTHER_WORDS[str(word)] if other in words)
    if claim["property"] == "affine":
        yield "affine", {**claim, "value": not word, "formula": "x"}
    if claim["property"].endswith("region"):
        intervals = claim["intervals"]
        yield "an interval more", {**claim, "intervals": [*intervals, ["1/3", "1/2"]]}
        yield "all", {**claim, "intervals": [] if intervals else [["-inf", "inf"]]}
    if claim["property"] == "smoothness":
        rows, name = claim["breaks"], claim["class"]
        yield "no break", {**claim, "breaks": [], "class": "C^inf" if rows else "C^0"}
        yield "class", {**claim, "class": "discontinuous" if name != "discontinuous" else "C^0"}
        for k, row in enumerate(rows):
            rest = [*rows[:k], *rows[k + 1 :]]
            yield "a break less", {**claim, "breaks": rest}
            for step in (1, -1):
                yield "another order", {**claim, "breaks": [*rest, {**row, "order": row["order"] + step}]}
            yield "another place", {**claim, "breaks": [*rest, {**row, "at": str(Fraction(row["at"]) + 1)}]}
            for side in ("left", "right"):
                for said in _numbers(row[side]):
                    yield f"{side} {said}", {**claim, "breaks": [*rest, {**row, side: said}]}


def _numbers(said: Any) -> Iterator[Any]:
    """Other numbers than one that is claimed."""
    if said in ("inf", "-inf"):
        yield from ("-inf" if said == "inf" else "inf", "1000000", "0", ["-1000000", "1000000"])
    elif isinstance(said, list):
        lo, hi = map(Fraction, said)
        step = hi - lo
        for shift in (step, -step, 100 * step, -(10**6) * step):
            yield [_decimal(lo + shift), _decimal(hi + shift)]
        yield said[0]
    else:
        yield from (f"({said}) + 1/10**{n}" for n in (1, 6, 12))
        yield from (f"({said}) - 1/10**{n}" for n in (2, 9))
        yield "inf"


def _decimal(x: Fraction) -> str:
    return f"{x.numerator}/{x.denominator}"


def _cuts(cuts: list[str]) -> Iterator[tuple[str, list[str]]]:
    for k in range(len(cuts)):
        yield "a cut less", [*cuts[:k], *cuts[k + 1 :]]
        yield "a cut elsewhere", [*cuts[:k], str(Fraction(cuts[k]) + Fraction(1, 8)), *cuts[k + 1 :]]


def _formulas(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"(?<![\w.])\d+(\.\d+)?", text):
        for other in (f"({found[0]} + 1/1000)", f"({found[0]}*2)"):
            yield f"{found[0]} is {other}", text[: found.start()] + other + text[found.end() :]
    for old, new in SWAPS:
        if old in text:
            yield f"{old} is {new}", text.replace(old, new, 1)
