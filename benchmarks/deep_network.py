"""The deep network beside the bound, its matrix products alone, and torch autograd doing the same, timed in one run.

    python benchmarks/deep_network.py                                  # depth 50, width 512, batch 256, on one thread
    python benchmarks/deep_network.py --functions relu,gelu --quick    # two functions, a few repetitions
    OMP_NUM_THREADS=2 python benchmarks/deep_network.py                # on two threads

One pass is forward and back in single precision, with the statistics of every layer: of the outputs the mean, the mean
square, the shares of zeros and of negative ones, of the gradients the norms. Each repetition runs all sides in turn,
and the median of the ratios counts, so that a slow moment of the machine meets them all. On one thread it is processor
time that is told, on several the time of the clock. Then: the time with the weights drawn anew, the memory beside that
of the pre-activations and the weights, and how time grows with the size.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
os.environ |= {name: os.environ["OMP_NUM_THREADS"] for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from tabulate import tabulate

import propcheck
from propcheck import spec
from propcheck.network import Network, Pass, Units, initialise, read, units
from propcheck.network.initialisation import Initialisation, stream
from propcheck.numeric.draws import normal
from propcheck.probes.deep import Statistics, backward
from propcheck.probes.signals import Layers

REPETITIONS, QUICK = 9, 3
clock = time.process_time if os.environ["OMP_NUM_THREADS"] == "1" else time.perf_counter
FACTORS = (0.5, 1.0, 2.0)

Side = Callable[[], Any]


@dataclass(frozen=True)
class Size:
    depth: int
    width: int
    batch: int


def arrays(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The inputs, and the gradient by the outputs."""
    generator = np.random.default_rng(0)
    x, da = (generator.standard_normal((size.width, size.batch), dtype=np.float32) for _ in range(2))
    return x, da


# --------------------------------------------------------------------------------------- the sides


def products(network: Network, size: Size) -> Side:
    """The matrix products of a pass forward and back, with nothing between them."""
    x, _ = arrays(size)
    a = [np.empty((layer.width, size.batch), np.float32) for layer in network.layers]
    z = [np.empty((layer.weights.shape[0], size.batch), np.float32) for layer in network.layers]
    dw = np.empty_like(max((layer.weights for layer in network.layers), key=lambda w: w.size))
    for array in (*a, *z):
        array[...] = x[: array.shape[0]] if array.shape[0] <= x.shape[0] else 0.1

    def run() -> None:
        before = x
        for layer, out, after in zip(network.layers, z, a, strict=True):
            np.matmul(layer.weights, before, out=out)
            before = after
        for j in reversed(range(len(network.layers))):
            layer = network.layers[j]
            np.matmul(z[j], (a[j - 1] if j else x).T, out=dw[: layer.weights.shape[0]])
            if j:
                np.matmul(layer.weights.T, z[j], out=a[j - 1])

    return run


def ours(network: Network, scheme: Initialisation, size: Size) -> tuple[Side, Pass]:
    """A pass with the statistics of every layer."""
    x, da = arrays(size)
    passing = Pass(network, size.batch)
    weights = np.array([own.sigma_w2 for own in scheme.layers(size.depth)])

    def run() -> None:
        with np.errstate(all="ignore"):
            passing.forward(x, stream(0, 0), Statistics(weights, 0.0, x, passing.sums).see)
            backward(passing, da, False, Layers(network.layers[0].units.inputs))

    return run, passing


def torch_autograd(own: Units, network: Network, size: Size) -> Side | None:
    """The same in torch, as users write it; None where torch has no such function."""
    try:
        import torch
    except ImportError:
        return None
    function = _torch_function(torch, own)
    if function is None:
        return None
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, da = (torch.from_numpy(np.ascontiguousarray(array.T)) for array in arrays(size))
    weights = [torch.from_numpy(layer.weights.copy()).requires_grad_() for layer in network.layers]
    biases = [torch.zeros(size.width, requires_grad=True) for _ in network.layers]

    def run() -> None:
        a, kept, notes = x, [], []
        for w, b in zip(weights, biases, strict=True):
            w.grad = b.grad = None
            z = torch.nn.functional.linear(a, w, b)
            z.retain_grad()
            kept.append(z)
            a = function(z)
            with torch.no_grad():
                notes.append((a.mean(), (a * a).mean(), (a == 0).sum(), (a < 0).sum()))
        a.backward(da)
        notes.append([(z.grad.norm(), w.grad.norm()) for z, w in zip(kept, weights, strict=True)])

    return run


def _torch_function(torch: Any, own: Units) -> Callable[[Any], Any] | None:
    f = torch.nn.functional
    return {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda z: f.leaky_relu(z, 0.01),
        "prelu": lambda z: f.leaky_relu(z, 0.25),
        "rrelu": lambda z: f.rrelu(z, training=True),
        "relu6": f.relu6,
        "swish": f.silu,
        "xwish": lambda z: z * (torch.atan(z) / torch.pi + 0.5),
        "elu": f.elu,
        "trelu": lambda z: torch.where(z >= 0, z, torch.tanh(z)),
        "softplus": f.softplus,
        "softsign": f.softsign,
        "relu_softplus": lambda z: torch.where(z >= 0, z, f.softplus(z) - 0.6931471805599453),
        "relu_softsign": lambda z: torch.where(z >= 0, z, f.softsign(z)),
        "gelu": f.gelu,
        "mish": f.mish,
    }.get(own.activation.name)


# --------------------------------------------------------------------------------------- timing


def timed(sides: Sequence[Side | None], repetitions: int) -> list[list[float]]:
    """The seconds of each side in each repetition, in turn, after one to warm up."""
    out: list[list[float]] = [[] for _ in sides]
    for repetition in range(repetitions + 1):
        for place, side in enumerate(sides):
            if side is not None:
                started = clock()
                side()
                if repetition:
                    out[place].append(clock() - started)
    return out


def ratio(above: Sequence[float], under: Sequence[float]) -> float | None:
    """The median of the ratios of repetitions that were run side by side."""
    return statistics.median(a / b for a, b in zip(above, under, strict=True)) if above and under else None


def told(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def compared(names: Sequence[str], size: Size, repetitions: int) -> None:
    rows, means = [], [[] for _ in range(5)]
    for name in names:
        slow, quick = (units(propcheck.load(name), fast) for fast in (False, True))
        scheme = read("preserving", slow)
        networks = [
            initialise([own] * size.depth, [size.width] * (size.depth + 1), scheme.layers(size.depth), 0, np.float32)
            for own in (slow, quick)
        ]
        by_numpy, _ = ours(networks[0], scheme, size)
        by_numba, passing = ours(networks[1], scheme, size)
        drawn = anew(networks[1], scheme, by_numba)
        sides = (products(networks[0], size), by_numpy, by_numba, torch_autograd(slow, networks[0], size), drawn)
        bound, one, two, torchs, redrawn = timed(sides, repetitions)
        held = sum(layer.weights.nbytes for layer in networks[0].layers)
        z = sum(layer.weights.shape[0] * size.batch * 4 for layer in networks[0].layers)
        found = [ratio(one, bound), ratio(two, bound), ratio(torchs, bound), ratio(two, torchs), ratio(redrawn, bound)]
        for mean, value in zip(means, found, strict=True):
            mean.append(value)
        memory = told((passing.nbytes + held) / (z + held))
        rows.append((name, f"{statistics.median(bound):.3f}", *map(told, found), memory))
    rows.append(("geometric mean", "", *(told(_mean(values)) for values in means), ""))
    headers = ("function", "products, s", "numpy", "fast", "torch autograd", "fast / torch", "fast, drawn anew")
    print(f"depth {size.depth}, width {size.width}, batch {size.batch}, float32, {repetitions} repetitions; times over")
    print("that of the products, fast over torch, and memory over that of z and the weights\n")
    print(tabulate(rows, (*headers, "memory"), tablefmt="github", disable_numparse=True))


def anew(network: Network, scheme: Initialisation, run: Side) -> Side:
    """The pass with all weights drawn before it."""
    schemes = scheme.layers(len(network.layers))

    def drawn() -> None:
        for j, (layer, own) in enumerate(zip(network.layers, schemes, strict=True)):
            key = np.random.SeedSequence(1, spawn_key=(j,)).generate_state(2)
            normal(layer.weights, key, np.sqrt(own.sigma_w2 / layer.weights.shape[1]))
        run()

    return drawn


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.geometric_mean(known) if known else None


def growth(size: Size, repetitions: int) -> None:
    """Time with one of depth, width and batch changed."""
    own = units(propcheck.load("tanh"), True)
    scheme = read("preserving", own)
    rows = []
    for what in ("depth", "width", "batch"):
        for factor in FACTORS:
            values = {name: getattr(size, name) for name in ("depth", "width", "batch")}
            values[what] = int(values[what] * factor)
            changed = Size(**values)
            widths = [changed.width] * (changed.depth + 1)
            network = initialise([own] * changed.depth, widths, scheme, 0, np.float32)
            bound, mine = timed((products(network, changed), ours(network, scheme, changed)[0]), repetitions)
            rows.append((what, values[what], f"{min(mine):.3f}", f"{min(bound):.3f}", told(ratio(mine, bound))))
    print("\ntanh, one size changed at a time\n")
    print(
        tabulate(rows, ("changed", "to", "fast, s", "products, s", "ratio"), tablefmt="github", disable_numparse=True)
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--functions", default="", help="names, separated by commas; the paper's 17, GELU and Mish")
    options.add_argument("--depth", type=int, default=50)
    options.add_argument("--width", type=int, default=512)
    options.add_argument("--batch", type=int, default=256)
    options.add_argument("--quick", action="store_true", help="three repetitions, no table of growth")
    chosen = options.parse_args()
    paper = [entry.name for entry in spec.index() if entry.paper is not None] + ["gelu", "mish"]
    names = [name for name in chosen.functions.split(",") if name] or paper
    size = Size(chosen.depth, chosen.width, chosen.batch)
    repetitions = QUICK if chosen.quick else REPETITIONS
    compared(names, size, repetitions)
    if not chosen.quick:
        growth(size, repetitions)
    print(
        f"\nPython {platform.python_version()}, {platform.machine()}, threads: {os.environ['OMP_NUM_THREADS']}", end=""
    )
    for package in ("numpy", "scipy", "torch"):
        try:
            print(f", {package} {version(package)}", end="")
        except PackageNotFoundError:
            continue
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
