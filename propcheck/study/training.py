"""Training all networks of a stack at once: each at its own learning rate, each seed with its own order of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from propcheck.network.initialisation import DISTURBANCE, ORDER, stream
from propcheck.network.perceptron import log_probabilities, probabilities
from propcheck.probes.training import Task, batches
from propcheck.study.layers import Layer, backward, forward

EARLY = 0.2  # the share of the steps after which one looks whether the end is foretold
NOISE_LEVELS = (0.5, 1.0)  # on held-out inputs, whose mean square is 1
GIVEN_UP = 1e6  # loss or output from which a network is given up: it does not come back, and waves take long far out


@dataclass(frozen=True)
class Plan:
    """How a network is trained: steps, samples of a step, the grid of rates, and the loss that is the target.

    `checked` steps apart the loss of `watched` training samples is looked at.
    """

    steps: int
    samples: int
    rates: tuple[float, ...]
    target: float
    checked: int = 5
    watched: int = 256


@dataclass(frozen=True)
class Trained:
    """What came of a stack, arrays (rates, seeds): steps to the target (infinite where it was not met), the loss after
    EARLY of the steps and at the end, accuracy on the watched and on held-out samples, and with noise by level."""

    steps: np.ndarray
    early: np.ndarray
    loss: np.ndarray
    learned: np.ndarray
    accuracy: np.ndarray
    noisy: tuple[np.ndarray, ...]

    def to_json(self) -> dict[str, Any]:
        def plain(array: np.ndarray) -> list[list[float | None]]:
            return [[round(float(v), 5) if np.isfinite(v) else None for v in row] for row in array]

        single = {name: plain(getattr(self, name)) for name in ("steps", "early", "loss", "learned", "accuracy")}
        return single | {"noisy": [plain(array) for array in self.noisy]}


def train(layers: Sequence[Layer], plan: Plan, seeds: Sequence[int], given: Task) -> Trained:
    """Plain steps down the gradient of the mean cross-entropy, by the plan."""
    shape = len(plan.rates), len(seeds)
    rates = np.repeat(np.array(plan.rates, np.float32), len(seeds))[:, None, None]
    watched_x, watched_y = given.x[:, : plan.watched], given.y[:, : plan.watched]
    orders = [_batches(given, plan, seed) for seed in seeds]
    steps = np.full(shape, np.inf).ravel()
    early = np.full(steps.size, np.nan)
    lost = np.zeros(steps.size, bool)
    with np.errstate(all="ignore"):
        last = loss = _losses(layers, watched_x, watched_y)
        for done in range(1, plan.steps + 1):
            rows = np.stack([order[done - 1] for order in orders])
            x = np.concatenate([given.x[:, rows].transpose(1, 0, 2)] * shape[0])
            y = np.concatenate([given.y[:, rows].transpose(1, 0, 2)] * shape[0])
            lost |= _step(layers, x, y, rates)
            if done % plan.checked == 0:
                loss = _losses(layers, watched_x, watched_y)
                met = (loss <= plan.target) & np.isinf(steps)
                share = np.log(plan.target / loss) / np.log(last / loss)
                steps[met] = done - plan.checked * np.where(np.isfinite(share), np.clip(share, 0, 1), 0)[met]
                last = loss
                lost |= ~(loss < GIVEN_UP)
            if lost.any():
                for layer in layers:
                    for weights in layer.weights:
                        weights[lost] = 0
            if done == round(EARLY * plan.steps):
                early = np.where(lost, np.inf, loss)
        learned = _accuracies(layers, watched_x, watched_y, len(steps))
        clean = _accuracies(layers, given.held_x, given.held_y, len(steps))
        noise = stream(0, DISTURBANCE, *given.held_x.shape).standard_normal(given.held_x.shape, np.float32)
        noisy = [
            _accuracies(layers, given.held_x + np.float32(level) * noise, given.held_y, len(steps))
            for level in NOISE_LEVELS
        ]
    lost |= ~np.isfinite(loss)
    steps[lost] = loss[lost] = np.inf
    for values in (learned, clean, *noisy):
        values[lost] = np.nan
    single = (values.reshape(shape) for values in (steps, early, loss, learned, clean))
    steps, early, loss, learned, clean = single
    return Trained(steps, early, loss, learned, clean, tuple(values.reshape(shape) for values in noisy))


def _batches(given: Task, plan: Plan, seed: int) -> np.ndarray:
    count = given.x.shape[1]
    whole = count // plan.samples * plan.samples
    return batches(stream(seed, ORDER, whole), count, plan.steps, plan.samples)


def _step(layers: Sequence[Layer], x: np.ndarray, y: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """One step; which networks are to be given up for what they put out."""
    output = forward(layers, x)
    backward(layers, (probabilities(output, axis=1) - y) / np.float32(y.shape[2]))
    for layer in layers:
        for weights, gradient in zip(layer.weights, layer.gradients, strict=True):
            weights -= rates * gradient
    return ~(np.abs(output).max(axis=(1, 2)) < GIVEN_UP)


def _wide(layers: Sequence[Layer], x: np.ndarray) -> np.ndarray:
    """The outputs of every network on the same samples."""
    count = next(layer.weights[0].shape[0] for layer in layers if layer.weights)
    return forward(layers, np.broadcast_to(x, (count, *x.shape)))


def _losses(layers: Sequence[Layer], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -(y * log_probabilities(_wide(layers, x), axis=1)).sum(axis=1).mean(axis=1).astype(float)


def _accuracies(layers: Sequence[Layer], x: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """The share of samples whose class is found; NaN of a network whose outputs are no numbers."""
    wanted = y.argmax(axis=0)
    output = _wide(layers, x)
    right = (output.argmax(axis=1) == wanted).mean(axis=1)
    return np.where(np.isfinite(output).all(axis=(1, 2)), right, np.nan)
