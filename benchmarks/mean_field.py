"""propcheck's mean field beside the package dks (deep kernel shaping), both against mpmath, in one run.

    python benchmarks/mean_field.py                  # every function that dks knows, the diagram, the catalogue's edges
    python benchmarks/mean_field.py --only dks       # one of the three: dks, diagram, edges
    python benchmarks/mean_field.py --correlation    # also C(1/2), for which dks takes seconds a function

Asked for each function at q = 1: Q = E[g^2], C'(1) and chi_1 = E[g'^2], on one core with one thread. The best of
several repetitions counts; propcheck is timed after its nodes are laid, and that time stands beside it.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import os

os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import argparse
import importlib
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
from tabulate import tabulate

import propcheck
from propcheck.activation import Activation
from propcheck.meanfield import CorrelationMap, diagram, edge, maps
from propcheck.spec import names

# dks's name, a target of propcheck, the same for mpmath: a function and its slope, right and left of 0.
Pair = Callable[[Any], tuple[Any, Any]]
m = mpmath


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + m.exp(-x))


FUNCTIONS: dict[str, tuple[str, Pair]] = {
    "relu": ("relu(x)", lambda x: (x, 1) if x > 0 else (m.mpf(0), 0)),
    "leaky_relu": ("x if x > 0 else x/100", lambda x: (x, 1) if x > 0 else (x / 100, m.mpf(1) / 100)),
    "elu": ("x if x > 0 else exp(x) - 1", lambda x: (x, 1) if x > 0 else (m.expm1(x), m.exp(x))),
    "selu": ("selu", lambda x: _selu(x)),
    "softsign": ("x/(1 + abs(x))", lambda x: (x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2)),
    "tanh": ("tanh(x)", lambda x: (m.tanh(x), m.sech(x) ** 2)),
    "sigmoid": ("sigmoid(x)", lambda x: (_sigmoid(x), _sigmoid(x) * _sigmoid(-x))),
    "softplus": ("softplus(x)", lambda x: (m.log1p(m.exp(x)), _sigmoid(x))),
    "swish": ("silu", lambda x: (x * _sigmoid(x), _sigmoid(x) * (1 + x * _sigmoid(-x)))),
    "gelu_exact": ("gelu", lambda x: (x * m.ncdf(x), m.ncdf(x) + x * m.npdf(x))),
    "gelu": ("gelu_tanh", lambda x: _gelu_tanh(x)),
    "erf": ("erf(x)", lambda x: (m.erf(x), 2 / m.sqrt(m.pi) * m.exp(-x * x))),
    "atan": ("atan(x)", lambda x: (m.atan(x), 1 / (1 + x * x))),
    "asinh": ("asinh(x)", lambda x: (m.asinh(x), 1 / m.sqrt(1 + x * x))),
    "square": ("x**2", lambda x: (x * x, 2 * x)),
    "bentid": (
        "x + (sqrt(x**2 + 1) - 1)/2",
        lambda x: (x + (m.sqrt(x * x + 1) - 1) / 2, 1 + x / (2 * m.sqrt(x * x + 1))),
    ),
}
KINKED = {"relu", "leaky_relu", "elu", "selu", "softsign"}
Row = tuple[float, float, float]  # Q, C'(1), chi_1


def _selu(x: Any) -> tuple[Any, Any]:
    alpha, scale = m.mpf("1.6732632423543772848170429916717"), m.mpf("1.0507009873554804934193349852946")
    return (scale * x, scale) if x > 0 else (scale * alpha * m.expm1(x), scale * alpha * m.exp(x))


def _gelu_tanh(x: Any) -> tuple[Any, Any]:
    scale, cubic = m.sqrt(2 / m.pi), m.mpf("0.044715")
    t = m.tanh(scale * (x + cubic * x**3))
    return x * (1 + t) / 2, (1 + t) / 2 + x / 2 * (1 - t * t) * scale * (1 + 3 * cubic * x * x)


def exact(pair: Pair) -> Row:
    """The three numbers by mpmath at 30 digits, split at 0."""
    with m.workdps(30):
        marks = [m.mpf(k) for k in range(-16, 17, 2)]
        second, slope = (m.quad(lambda x, k=k: pair(x)[k] ** 2 * m.npdf(x), marks) for k in (0, 1))
        return float(second), float(slope / second), float(slope)


def best(function: Callable[[], Any], repetitions: int) -> tuple[float, float, Any]:
    """The best and the median time in seconds, and the result."""
    result = function()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), statistics.median(times), result


def error(found: Row, right: Row) -> float:
    """The largest relative error."""
    return max(abs(value / true - 1) for value, true in zip(found, right, strict=True))


def by_dks(name: str) -> Callable[[], Row]:
    transform = importlib.import_module("dks.base.activation_transform")
    activation = importlib.import_module("dks.base.activation_getter").get_activation_function(name)
    if activation is None:
        raise KeyError(name)

    def run() -> Row:
        second = transform._calc_c_map(activation, c=1.0, q_output=1.0)
        slope = transform._calc_c_slope(activation, c=1.0, q_output=second)
        return float(second), float(slope), float(slope * second)

    return run


def by_propcheck(made: Activation) -> Callable[[], Row]:
    step = maps(made).step

    def run() -> Row:
        length, slope, chi = step(1.0, 1.0, 0.0)
        return length, slope, chi

    return run


def beside_dks(correlation: bool) -> Iterator[str]:
    try:
        importlib.import_module("dks.base.activation_transform")
    except ImportError:
        yield "dks is not installed: pip install dks. Its columns are empty."
    rows = []
    ratios, gains = [], []
    for name, (target, pair) in FUNCTIONS.items():
        start = time.perf_counter()
        made = propcheck.load(target)
        ours = by_propcheck(made)
        laid = time.perf_counter() - start
        right = exact(pair)
        fast, usual, found = best(ours, 2000)
        row = [name, "kink" if name in KINKED else "", f"{fast * 1e6:.1f}", f"{usual * 1e6:.1f}", f"{laid * 1e3:.0f}"]
        row.append(f"{error(found, right):.1e}")
        try:
            theirs = by_dks(name)
            slow, usual, found_theirs = best(theirs, 5)
            row += [f"{slow * 1e3:.2f}", f"{error(found_theirs, right):.1e}", f"{slow / fast:.0f}"]
            ratios.append(slow / fast)
            if name in KINKED:
                gains.append(error(found_theirs, right) / max(error(found, right), 2.0**-53))
        except (ImportError, KeyError, ValueError, NotImplementedError) as reason:
            row += ["-", f"{type(reason).__name__}", ""]
        rows.append(row)
    headers = ("function", "", "us", "median us", "laid in ms", "error", "dks ms", "dks error", "ratio")
    yield tabulate(rows, headers, "simple", disable_numparse=True)
    if ratios:
        mean = math.exp(statistics.mean(map(math.log, ratios)))
        yield f"time: dks over propcheck, least {min(ratios):.0f}, geometric mean {mean:.0f}"
        yield f"error at kinks: dks over propcheck, least {min(gains):.2g}, greatest {max(gains):.2g}"
    if correlation and ratios:
        yield from correlations()


def correlations() -> Iterator[str]:
    """C(1/2) of the functions with kinks."""
    transform = importlib.import_module("dks.base.activation_transform")
    getter = importlib.import_module("dks.base.activation_getter")
    rows = []
    for name in ("relu", "leaky_relu"):
        made = propcheck.load(FUNCTIONS[name][0])
        here = CorrelationMap(maps(made), 1.0, 1.0, 0.0)
        a = 0.0 if name == "relu" else 0.01
        right = float(transform._leaky_relu_cmap(0.5, a))
        fast, _, found = best(lambda here=here: here(0.5), 20)
        activation = getter.get_activation_function(name)
        slow, _, theirs = best(lambda activation=activation: transform._calc_c_map(activation, c=0.5), 1)
        rows.append(
            [name, f"{fast * 1e3:.2f}", f"{abs(found - right):.1e}", f"{slow * 1e3:.0f}", f"{abs(theirs - right):.1e}"]
        )
    yield tabulate(rows, ("C(1/2)", "ms", "error", "dks ms", "dks error"), "simple", disable_numparse=True)


def one_diagram() -> Iterator[str]:
    for name in ("tanh", "gelu", "relu"):
        made = propcheck.load(name)
        start = time.perf_counter()
        edge(made)
        first = time.perf_counter() - start
        fast, usual, _ = best(lambda made=made: diagram(made), 3)
        whole = first + fast
        yield f"diagram of {name}, 200 x 200: {fast:.2f} s (median {usual:.2f}), {whole:.2f} from the formula on"


def all_edges() -> Iterator[str]:
    start = time.perf_counter()
    times = []
    for name in names():
        begin = time.perf_counter()
        try:
            edge(propcheck.load(name))
        except propcheck.InputError as reason:
            yield f"{name}: {reason}"
        times.append((time.perf_counter() - begin, name))
    total = time.perf_counter() - start
    slowest = ", ".join(f"{name} {seconds:.2f}" for seconds, name in sorted(times, reverse=True)[:4])
    yield f"edge of chaos and marginal points of {len(times)} functions: {total:.1f} s; slowest {slowest}"


PARTS: dict[str, Callable[[], Iterator[str]]] = {"diagram": one_diagram, "edges": all_edges}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("dks", *PARTS))
    parser.add_argument("--correlation", action="store_true")
    chosen = parser.parse_args()
    if chosen.only in (None, "dks"):
        print("\n".join(beside_dks(chosen.correlation)), flush=True)
    for name, part in PARTS.items():
        if chosen.only in (None, name):
            print("\n".join(part()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
