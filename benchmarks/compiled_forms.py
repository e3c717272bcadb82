"""propcheck's compiled forms beside other ways to compute an activation and its slope, all timed in one run.

    python benchmarks/compiled_forms.py                                  # 14 functions, every peer that is installed
    python benchmarks/compiled_forms.py --functions gelu,mish --quick    # two of them, a few repetitions

Value and slope together, float32, 10**6 elements, on one core with one thread. Each repetition runs all peers in turn,
so that a slow moment of the machine meets them all; the best time counts, and the spread stands beside it. A peer
writes into given arrays where it can. Its results are checked against exact values before it is timed.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import os

os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
os.environ |= {"NUMEXPR_NUM_THREADS": "1", "NUMEXPR_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if hasattr(os, "sched_setaffinity"):  # whatever a library thinks of the variables
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import argparse
import platform
import statistics
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import sympy as sp
from tabulate import tabulate

import propcheck
from propcheck.analysis import facts
from propcheck.language import X
from propcheck.numeric import compile
from propcheck.numeric.formats import FORMATS
from propcheck.numeric.truth import Reference

SEED = 17
CHECKED = 500  # inputs at which a peer's results are checked
TOLERANCE = 1e-4  # relative and absolute: a peer that is off by more computes something else
PACKAGES = ("numpy", "scipy", "sympy", "numba", "torch", "jax", "numexpr")
OURS, FAST = "propcheck numpy", "propcheck fast"

Arrays = tuple[Any, Any]
Notes = defaultdict[str, list[str]]  # what is to be told, with the functions that it is told of


@dataclass(frozen=True)
class Function:
    """An activation as the users of each library write it; `formula` is that of the textbooks, for SymPy."""

    formula: sp.Expr
    torch: Callable[[Any, Any], Any]  # of the module torch and a tensor
    jax: Callable[[Any, Any], Any]  # of the module jax and an array


def by_parts(positive: sp.Expr, negative: sp.Expr) -> sp.Expr:
    return sp.Piecewise((positive, X >= 0), (negative, True))


FUNCTIONS: dict[str, Function] = {
    "sigmoid": Function(1 / (1 + sp.exp(-X)), lambda t, x: t.sigmoid(x), lambda j, x: j.nn.sigmoid(x)),
    "tanh": Function(sp.tanh(X), lambda t, x: t.tanh(x), lambda j, x: j.numpy.tanh(x)),
    "relu": Function(sp.Max(X, 0), lambda t, x: t.relu(x), lambda j, x: j.nn.relu(x)),
    "relu6": Function(sp.Min(sp.Max(X, 0), 6), lambda t, x: t.nn.functional.relu6(x), lambda j, x: j.nn.relu6(x)),
    "elu": Function(by_parts(X, sp.exp(X) - 1), lambda t, x: t.nn.functional.elu(x), lambda j, x: j.nn.elu(x)),
    "trelu": Function(
        by_parts(X, sp.tanh(X)),
        lambda t, x: t.where(x >= 0, x, t.tanh(x)),
        lambda j, x: j.numpy.where(x >= 0, x, j.numpy.tanh(x)),
    ),
    "swish": Function(X / (1 + sp.exp(-X)), lambda t, x: t.nn.functional.silu(x), lambda j, x: j.nn.silu(x)),
    "xwish": Function(
        X * (sp.atan(X) + sp.pi / 2) / sp.pi,
        lambda t, x: x * (t.atan(x) / t.pi + 0.5),
        lambda j, x: x * (j.numpy.arctan(x) / j.numpy.pi + 0.5),
    ),
    "softplus": Function(
        sp.log(1 + sp.exp(X)), lambda t, x: t.nn.functional.softplus(x), lambda j, x: j.nn.softplus(x)
    ),
    "softsign": Function(X / (1 + sp.Abs(X)), lambda t, x: t.nn.functional.softsign(x), lambda j, x: j.nn.soft_sign(x)),
    "relu_softplus": Function(
        by_parts(X, sp.log(1 + sp.exp(X)) - sp.log(2)),
        lambda t, x: t.where(x >= 0, x, t.nn.functional.softplus(x) - 0.6931471805599453),
        lambda j, x: j.numpy.where(x >= 0, x, j.nn.softplus(x) - 0.6931471805599453),
    ),
    "relu_softsign": Function(
        by_parts(X, X / (1 - X)),
        lambda t, x: t.where(x >= 0, x, t.nn.functional.softsign(x)),
        lambda j, x: j.numpy.where(x >= 0, x, j.nn.soft_sign(x)),
    ),
    "gelu": Function(
        X * (1 + sp.erf(X / sp.sqrt(2))) / 2,
        lambda t, x: t.nn.functional.gelu(x),
        lambda j, x: j.nn.gelu(x, approximate=False),
    ),
    "mish": Function(
        X * sp.tanh(sp.log(1 + sp.exp(X))), lambda t, x: t.nn.functional.mish(x), lambda j, x: j.nn.mish(x)
    ),
}


# --------------------------------------------------------------------------------------- peers


@dataclass(frozen=True)
class Scene:
    """One function with the input and the arrays for the results that all peers share."""

    name: str
    function: Function
    x: np.ndarray
    out: Arrays


def memory_copy(scene: Scene) -> Callable[[], Any]:
    return lambda: np.copyto(scene.out[0], scene.x)


def one_in_two_out(scene: Scene) -> Callable[[], Any]:
    import numba

    @numba.njit
    def kernel(x: Any, first: Any, second: Any) -> None:
        for k in range(x.size):
            first[k] = x[k] + x[k]
            second[k] = x[k] * x[k]

    return lambda: kernel(scene.x, *scene.out)


def lambdified(scene: Scene, **options: Any) -> Callable[[], Any]:
    import scipy  # noqa: F401 - without it lambdify falls back to NumPy alone

    formula = scene.function.formula
    pair = sp.lambdify(X, (formula, sp.diff(formula, X)), modules=["scipy", "numpy"], **options)
    return lambda: pair(scene.x)


def lambdified_cse(scene: Scene) -> Callable[[], Any]:
    return lambdified(scene, cse=True)


def numexpr(scene: Scene) -> Callable[[], Any]:
    import numexpr as ne

    ne.set_num_threads(1)
    formula = scene.function.formula
    if formula.has(sp.Abs, sp.Max, sp.Min):  # their derivatives are printed as what numexpr does not read
        formula = formula.rewrite(sp.Piecewise)
    value, slope = (sp.lambdify(X, part, modules="numexpr") for part in (formula, sp.diff(formula, X)))
    return lambda: (value(scene.x), slope(scene.x))


def torch_eager(scene: Scene) -> Callable[[], Any]:
    import torch

    return torch_pair(scene, lambda x: scene.function.torch(torch, x))


def torch_compiled(scene: Scene) -> Callable[[], Any]:
    import torch

    torch.compiler.reset()  # or the ninth function meets the limit of recompilations
    return torch_pair(scene, torch.compile(lambda x: scene.function.torch(torch, x)))


def torch_pair(scene: Scene, function: Callable[[Any], Any]) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    x = torch.from_numpy(scene.x).requires_grad_()
    ones = torch.ones_like(x)

    def call() -> Arrays:
        y = function(x)
        (slope,) = torch.autograd.grad(y, x, ones)
        return y.detach(), slope

    return call


def jax_jit(scene: Scene) -> Callable[[], Any]:
    import jax

    x = jax.numpy.asarray(scene.x)
    ones = jax.numpy.ones_like(x)
    pair = jax.jit(lambda x: jax.jvp(lambda u: scene.function.jax(jax, u), (x,), (ones,)))
    return lambda: jax.block_until_ready(pair(x))


def ours(scene: Scene) -> Callable[[], Any]:
    compiled = compile(propcheck.load(scene.name), dtype="float32", order=(0, 1), fast=False)
    return lambda: compiled(scene.x, out=scene.out)


def fast(scene: Scene) -> Callable[[], Any]:
    import numba  # noqa: F401 - what makes it fast, and without which there is nothing to time

    compiled = compile(propcheck.load(scene.name), dtype="float32", order=(0, 1), fast=True)
    return lambda: compiled(scene.x, out=scene.out)


YARDSTICKS: dict[str, Callable[[Scene], Callable[[], Any]]] = {
    "memory copy": memory_copy,
    "one in, two out": one_in_two_out,
}
PEERS: dict[str, Callable[[Scene], Callable[[], Any]]] = {
    "lambdify": lambdified,
    "lambdify cse": lambdified_cse,
    "numexpr": numexpr,
    "torch eager": torch_eager,
    "torch compiled": torch_compiled,
    "jax jit": jax_jit,
    OURS: ours,
    FAST: fast,
}


# --------------------------------------------------------------------------------------- checking and timing


def exact_pair(name: str, x: np.ndarray) -> Arrays:
    """Value and slope from ball arithmetic, not from a compiled form."""
    activation, found = propcheck.load(name), []
    for order in (0, 1):
        reference = Reference(activation, order, FORMATS["float64"])
        found.append(np.array([float(reference.truth(point).answers[0].value) for point in x.tolist()]))
    return found[0], found[1]


def deviation(result: Any, exact: Arrays, chosen: slice) -> str:
    """What is wrong with a peer's results at the chosen inputs; empty where nothing is."""
    for what, found, known in zip(("value", "slope"), result, exact, strict=True):
        found = np.asarray(found, float)
        found = found[chosen] if found.ndim else np.full_like(known, found)
        if lost := int(np.count_nonzero(~np.isfinite(found))):
            return f"its {what} is no finite number at {lost} of {known.size} inputs"
        if not np.allclose(found, known, TOLERANCE, TOLERANCE):
            return f"its {what} is off by {np.max(abs(found - known)):.2g}"
    return ""


def kept_type(result: Any) -> str:
    """Which type came out; empty where it is that of the input."""
    names = sorted({str(getattr(part, "dtype", type(part).__name__)).removeprefix("torch.") for part in result})
    return "" if names == ["float32"] else f"returns {' and '.join(names)}"


@dataclass
class Timed:
    """The seconds of one peer on one function, repetition by repetition."""

    call: Callable[[], Any]
    seconds: list[float] = field(default_factory=list)

    def best(self, size: int) -> float:
        """Nanoseconds per element."""
        return min(self.seconds) / size * 1e9

    @property
    def spread(self) -> float:
        """How far the median lies above the best, as a share of it."""
        return statistics.median(self.seconds) / min(self.seconds) - 1


def prepared(scene: Scene, peers: Mapping[str, Callable[[Scene], Callable[[], Any]]], notes: Notes) -> dict[str, Timed]:
    """The peers that compute this function, each called once; notes on the others and on what they return."""
    chosen = slice(None, None, max(1, scene.x.size // CHECKED))
    exact, ready = exact_pair(scene.name, scene.x[chosen]), {}
    for name, make in peers.items():
        try:
            call = make(scene)
            result = call()
        except ImportError as error:
            notes[f"{name}: not installed ({error.name})"].append(scene.name)
            continue
        except Exception as error:  # whatever a library raises is why it has no time here
            reason = (str(error).strip().splitlines() or [""])[0]
            notes[f"{name}: none, {type(error).__name__}: {reason[:100]}"].append(scene.name)
            continue
        ready[name] = Timed(call)
        if name not in YARDSTICKS:
            result = scene.out if result is None else result
            for note in filter(None, (deviation(result, exact, chosen), kept_type(result))):
                notes[f"{name}: {note}"].append(scene.name)
    return ready


def run(name: str, size: int, repetitions: int, notes: Notes) -> dict[str, Timed]:
    """One function: all peers, in turn, again and again."""
    x = (np.random.default_rng(SEED).standard_normal(size) * 3).astype(np.float32)
    scene = Scene(name, FUNCTIONS[name], x, (np.empty_like(x), np.empty_like(x)))
    ready = prepared(scene, YARDSTICKS | PEERS, notes)
    for _ in range(repetitions):
        for timed in ready.values():
            timed.call()  # none pays for what another has evicted from the caches
            began = time.perf_counter()
            timed.call()
            timed.seconds.append(time.perf_counter() - began)
    return ready


def compilations(names: Sequence[str]) -> Iterator[str]:
    """The times from the analysed function to its first results, after one that loads what is loaded once."""
    for label, make in ((OURS, ours), (FAST, fast)):
        x = np.linspace(-3, 3, 64, dtype=np.float32)
        out = (np.empty_like(x), np.empty_like(x))
        times = []
        try:
            compile(propcheck.load("sine"), dtype="float32", order=(0, 1), fast=make is fast)(x, out=out)
            for name in names:
                facts(propcheck.load(name))
                began = time.perf_counter()
                make(Scene(name, FUNCTIONS[name], x, out))()
                times.append((time.perf_counter() - began) * 1e3)
        except ImportError as error:
            yield f"{label}: not installed ({error.name})"
        else:
            yield f"{label}: {statistics.median(times):.1f} ms median, {max(times):.1f} ms at most"


# --------------------------------------------------------------------------------------- tables


def mean(values: Sequence[float]) -> float:
    return statistics.geometric_mean(values) if values else float("nan")


def ratio(found: Mapping[str, Mapping[str, Timed]], peer: str, own: str, size: int) -> str:
    """How many times the time of `own` a peer takes, over the functions that both compute."""
    both = [timed for timed in found.values() if peer in timed and own in timed]
    return f"{mean([timed[peer].best(size) / timed[own].best(size) for timed in both]):.2f}" if both else "-"


def table(found: Mapping[str, Mapping[str, Timed]], size: int) -> list[list[str]]:
    columns = [*YARDSTICKS, *PEERS]
    rows = []
    for name, timed in found.items():
        cells = (timed.get(column) for column in columns)
        rows.append([name, *(f"{t.best(size):.2f} +{t.spread:.0%}" if t else "-" for t in cells)])
    means = ([timed[column].best(size) for timed in found.values() if column in timed] for column in columns)
    rows.append(["geometric mean", *(f"{mean(times):.2f}" if times else "-" for times in means)])
    for own in (OURS, FAST):
        rows.append([f"times {own}", *(ratio(found, column, own, size) for column in columns)])
    return rows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="value and slope per element, propcheck beside other libraries")
    parser.add_argument("--functions", help=f"some of: {', '.join(FUNCTIONS)}")
    parser.add_argument("--size", type=int, default=10**6, help="elements of the array (1000000)")
    parser.add_argument("--repetitions", type=int, default=25, help="how often each peer is timed (25)")
    parser.add_argument("--quick", action="store_true", help="five repetitions")
    given = parser.parse_args()
    given.functions = [name.strip() for name in given.functions.split(",")] if given.functions else list(FUNCTIONS)
    if unknown := set(given.functions) - set(FUNCTIONS):
        parser.error(f"no function {', '.join(sorted(unknown))}; there are: {', '.join(FUNCTIONS)}")
    if given.quick:
        given.repetitions = 5
    return given


def installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def main() -> None:
    given = options()
    warnings.filterwarnings("ignore")  # those of the peers, some at every call
    notes: Notes = defaultdict(list)
    compiled = list(compilations(given.functions))  # first, since a form that was compiled once is kept
    found = {}
    for place, name in enumerate(given.functions, 1):
        found[name] = run(name, given.size, given.repetitions, notes)
        print(f"  {place}/{len(given.functions)} {name}", file=sys.stderr)
    print(
        f"Nanoseconds per element for value and slope, float32, {given.size} elements, one thread, the best of"
        f" {given.repetitions} and how far the median lies above it. {platform.machine()}, Python"
        f" {platform.python_version()}, {', '.join(map(installed, PACKAGES))}.\n"
    )
    headers = ["function", *YARDSTICKS, *PEERS]
    print(tabulate(table(found, given.size), headers, "github", disable_numparse=True))
    print("\nTime to compile value and slope together after the analysis, with the first call:\n")
    print("\n".join(f"- {line}" for line in compiled))
    if notes:
        print("\nNotes:\n")
        print("\n".join(f"- {note} ({', '.join(names)})" for note, names in sorted(notes.items())))


if __name__ == "__main__":
    main()
