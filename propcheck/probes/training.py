"""Real training by the paper's equations (26) to (34); one function, one seed, every learning rate of the grid.

A small network learns ten classes by plain steps down the gradient of the mean cross-entropy with an L2 term. All
functions with the same seed meet the same draws of the weights, the same samples in the same order, the same noise.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from propcheck.network.initialisation import DISTURBANCE, NOISE, ORDER, Initialisation, initialise, stream
from propcheck.network.perceptron import CROSS_ENTROPY, Network, Pass, update
from propcheck.numeric.units import Units, units
from propcheck.target import activation

HIDDEN = (64, 64, 64)
SAMPLES = 64  # of a step
STEPS, CHECKED = 120, 5  # steps of a run, and after how many the loss is looked at
RATES = tuple(2.0**k for k in range(-4, 3))
DECAY = 1e-4
TARGET_LOSS = 0.3
WATCHED = 512  # training samples that the loss and the dead units are told on
NOISE_LEVELS = (0.5, 1.0)  # on the inputs of held-out samples, whose mean square is 1
DYING_HIDDEN, DYING_RATE, DYING_STEPS = (64,), 1.0, 60
CLASSES = 10
_LOST = 1e30  # the loss of a run whose numbers overflow


@dataclass(frozen=True, eq=False)
class Task:
    """Samples in columns, of mean 0 and mean square 1, and the classes as distributions; some are held out."""

    name: str
    x: np.ndarray
    y: np.ndarray
    held_x: np.ndarray
    held_y: np.ndarray


@dataclass(frozen=True)
class Run:
    """One run at one learning rate.

    `steps` to the target loss, between two checks by interpolation of its logarithm, NaN where it was not met; the
    `loss` at the end; the `accuracy` on held-out samples, and with noise on them, by level; the `seconds` of a step.
    """

    rate: float
    steps: float
    loss: float
    accuracy: float
    noisy: tuple[float, ...]
    seconds: float


@dataclass(frozen=True)
class Dying:
    """Shares of the hidden units whose slope is 0 on all watched samples: at first and at the end.

    `revived` is the share that was dead half way and lives at the end. `steps` is how far the run went before its
    numbers overflowed.
    """

    before: float
    after: float
    revived: float
    steps: int


def learn(units: Units, initialisation: Initialisation, name: str, seed: int) -> tuple[Run, ...]:
    """A run at each rate of the grid."""
    return tuple(_run(units, initialisation, task(name), seed, rate) for rate in RATES)


def die(units: Units, initialisation: Initialisation, name: str, seed: int) -> Dying:
    """Which units die under a large learning rate."""
    given = task(name)
    network = _network(units, initialisation, given, DYING_HIDDEN, seed)
    watched = np.ascontiguousarray(given.x[:, :WATCHED])
    passing, watch = Pass(network, SAMPLES), Pass(network, watched.shape[1])
    generator = stream(seed, NOISE)
    done = 0
    with np.errstate(all="ignore"):
        dead = [_dead(watch, watched)]
        for half in (DYING_STEPS // 2, DYING_STEPS):
            for batch in _batches(given, seed)[done:half]:
                if not _step(passing, given.x[:, batch], given.y[:, batch], DYING_RATE, generator):
                    break
                done += 1
            if done == half:
                dead.append(_dead(watch, watched))
    before, middle, after = (*dead, dead[-1], dead[-1])[:3]
    revived = float(np.mean(middle & ~after))
    return Dying(float(before.mean()), float(after.mean()), revived, done)


# --- the tasks -------------------------------------------------------------------------------------------------------


def available() -> str:
    """The task that is at hand: scikit-learn's handwritten digits, else the generated one."""
    from importlib.util import find_spec

    return "digits" if find_spec("sklearn") is not None else "prototypes"


@lru_cache(maxsize=4)
def task(name: str) -> Task:
    """The task of this name, in single precision."""
    x, labels = _digits() if name == "digits" else _prototypes()
    order = stream(0, ORDER, len(labels)).permutation(len(labels))
    x, labels = x[:, order], labels[order]
    x = x - x.mean()
    x = (x / np.sqrt(np.mean(x * x))).astype(np.float32)
    y = np.eye(CLASSES, dtype=np.float32)[labels].T
    held = len(labels) * 7 // 10
    parts = (x[:, :held], y[:, :held], x[:, held:], y[:, held:])
    return Task(name, *map(np.ascontiguousarray, parts))


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # pyright: ignore[reportMissingImports]

    found = load_digits()
    return np.asarray(found.data, float).T, np.asarray(found.target)


def _prototypes() -> tuple[np.ndarray, np.ndarray]:
    """Three clusters a class in 64 dimensions, their centres at random around a common one, as pictures have it."""
    generator = stream(0, ORDER)
    centres = generator.standard_normal((CLASSES * 3, 64)) + 1.2 * generator.standard_normal(64)
    labels = np.tile(np.arange(CLASSES), 180)
    chosen = labels + CLASSES * generator.integers(0, 3, labels.size)
    return (centres[chosen] + 0.8 * generator.standard_normal((labels.size, 64))).T, labels


# --- one run ---------------------------------------------------------------------------------------------------------


def _network(own: Units, initialisation: Initialisation, given: Task, hidden: tuple[int, ...], seed: int) -> Network:
    """Hidden layers of these units and a linear output, whose weights have LeCun's variance."""
    layers = [own] * len(hidden) + [_linear()]
    schemes = initialisation.layers(len(hidden)) + [Initialisation("lecun", 1.0)]
    return initialise(layers, [given.x.shape[0], *hidden, CLASSES], schemes, seed, given.x.dtype)


@lru_cache(maxsize=1)
def _linear() -> Units:
    return units(activation("linear"), fast=False)


def _batches(given: Task, seed: int) -> np.ndarray:
    count = given.x.shape[1]
    return batches(stream(seed, ORDER, count), count, STEPS, SAMPLES)


def batches(generator: np.random.Generator, count: int, steps: int, samples: int) -> np.ndarray:
    """Which of `count` samples each step takes, (steps, samples): one pass over all of them after another."""
    whole = count // samples * samples
    passes = -(-steps * samples // whole)
    rows = [generator.permutation(count)[:whole].reshape(-1, samples) for _ in range(passes)]
    return np.concatenate(rows)[:steps]


def best_rate(steps: np.ndarray, losses: np.ndarray, most: int) -> int:
    """The place in the grid of the learning rate that serves a function best; the arrays are (seeds, rates).

    First where most seeds reach the target, then where they do soonest, one that does not counted as `most` steps, then
    where the loss at the end is least.
    """
    reached = np.isfinite(steps).sum(axis=0)
    counted = np.where(np.isfinite(steps), steps, most).mean(axis=0)
    loss = np.minimum(np.nan_to_num(losses, nan=_LOST, posinf=_LOST), _LOST).mean(axis=0)
    return min(range(len(reached)), key=lambda k: (-reached[k], counted[k], loss[k]))


def _step(passing: Pass, x: np.ndarray, y: np.ndarray, rate: float, generator: np.random.Generator) -> bool:
    """One update by (33) and (34); False, and none made, where the outputs are no numbers."""
    output = passing.forward(x, generator)
    if not np.isfinite(output).all():
        return False
    for gradient in passing.backward(CROSS_ENTROPY.slope(output, y)):
        update(passing.network.layers[gradient.layer], gradient, rate, DECAY)
    return True


def _run(own: Units, initialisation: Initialisation, given: Task, seed: int, rate: float) -> Run:
    network = _network(own, initialisation, given, HIDDEN, seed)
    passing, watch = Pass(network, SAMPLES), Pass(network, WATCHED)
    watched_x, watched_y = np.ascontiguousarray(given.x[:, :WATCHED]), given.y[:, :WATCHED]
    generator = stream(seed, NOISE)
    reached, spent, done = np.nan, 0.0, 0
    with np.errstate(all="ignore"):
        loss = last = CROSS_ENTROPY.value(watch.forward(watched_x), watched_y)
        for done, batch in enumerate(_batches(given, seed), 1):
            started = time.perf_counter()
            running = _step(passing, given.x[:, batch], given.y[:, batch], rate, generator)
            spent += time.perf_counter() - started
            if done % CHECKED == 0 or not running:
                loss = CROSS_ENTROPY.value(watch.forward(watched_x), watched_y)
                if not (running and np.isfinite(loss)):
                    return Run(rate, reached, np.inf, np.nan, (np.nan,) * len(NOISE_LEVELS), spent / done)
                if loss <= TARGET_LOSS and np.isnan(reached):
                    reached = done - CHECKED * np.log(TARGET_LOSS / loss) / np.log(last / loss)
                last = loss
        accuracy, *noisy = _accuracies(network, given, seed)
    return Run(rate, reached, loss, accuracy, tuple(noisy), spent / max(done, 1))


def _accuracies(network: Network, given: Task, seed: int) -> list[float]:
    """On held-out samples: as they are, and with noise of each level."""
    x, wanted = given.held_x, given.held_y.argmax(axis=0)
    noise = stream(seed, DISTURBANCE, *x.shape).standard_normal(x.shape, dtype=x.dtype)
    passing = Pass(network, x.shape[1])
    levels = [x, *(x + x.dtype.type(level) * noise for level in NOISE_LEVELS)]
    return [float((passing.forward(level).argmax(axis=0) == wanted).mean()) for level in levels]


def _dead(watch: Pass, x: np.ndarray) -> np.ndarray:
    """Which hidden units have slope 0 on all of these samples, in the form that has no noise."""
    output = watch.forward(x)
    hidden = [g for g in (g.slopes.any(axis=(0, 2)) for g in watch.backward(np.ones_like(output)))][1:]
    return ~np.concatenate(hidden[::-1])
