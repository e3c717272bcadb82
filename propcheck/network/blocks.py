"""Residual blocks, run forward and back: a branch of two matrices beside a skip, a norm before it, after it, or none.

    residual    h' = h + W2 g(W1 h)
    pre_norm    h' = h + W2 g(W1 norm(h))
    post_norm   h' = norm(h + W2 g(W1 h))

norm(h) = h/rms(h), sample by sample. There are no biases. For the way back a block keeps what went into W1, the slopes
of its units, and the root mean square that its norm divided by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from propcheck.activation import from_expression
from propcheck.language import X
from propcheck.network.initialisation import Initialisation, initialise
from propcheck.numeric.units import Plain, Units, draw

KINDS = ("residual", "pre_norm", "post_norm")


@dataclass(frozen=True, eq=False)
class Block:
    """W1 (inputs * units, width), what its units do, and W2 (width, units)."""

    up: np.ndarray
    units: Units
    down: np.ndarray


def stream(
    units: Units, depth: int, width: int, variances: tuple[float, float], seed: int, dtype: str, fast: bool = False
) -> tuple[Block, ...]:
    """So many blocks, all of one width, W1 and W2 with weights of these variances over their fan-in."""
    schemes = [Initialisation("given", variance) for variance in variances] * depth
    between = Plain(from_expression(X, "identity"))
    made = initialise([units, between] * depth, [width] * (2 * depth + 1), schemes, seed, dtype, fast)
    pairs = zip(made.layers[::2], made.layers[1::2], strict=True)
    return tuple(Block(up.weights, units, down.weights) for up, down in pairs)


class Kept(NamedTuple):
    """What a block keeps: what went into W1, the slopes (inputs, units, samples), the root mean squares of its norm."""

    taken: np.ndarray
    slopes: np.ndarray
    size: np.ndarray


class Back(NamedTuple):
    """The gradients at one block: by what comes out of it, by what goes in, and by the pre-activations."""

    block: int
    out: np.ndarray
    into: np.ndarray
    dz: np.ndarray
    taken: np.ndarray


Watch = Callable[[int, np.ndarray, np.ndarray, np.ndarray], None]


class BlockPass:
    """Passes through blocks of one kind."""

    def __init__(self, blocks: Sequence[Block], kind: str):
        self.blocks, self.kind = blocks, kind
        self._kept: list[Kept] = []
        self._output = np.empty((0, 0))

    def forward(
        self, x: np.ndarray, generator: np.random.Generator | None = None, watch: Watch | None = None
    ) -> np.ndarray:
        """The output; `watch(j, h, a, h')` sees what goes into a block, its units' outputs, and what comes out.

        With a `generator` random units draw their noise; without, the mean takes its place.
        """
        self._kept = []
        h = x
        for j, block in enumerate(self.blocks):
            taken, size = _normed(h) if self.kind == "pre_norm" else (h, np.ones_like(h[:1]))
            z = block.up @ taken
            noise = [np.empty_like(z) for _ in block.units.laws] if generator is not None else []
            if generator is not None:
                draw(block.units, generator, noise)
            a, slopes = np.empty((block.down.shape[1], z.shape[1]), z.dtype), np.empty_like(z)
            block.units.both(z, noise, a, slopes)
            out = h + block.down @ a
            if self.kind == "post_norm":
                out, size = _normed(out)
            self._kept.append(Kept(taken, slopes.reshape(block.units.inputs, *a.shape), size))
            if watch is not None:
                watch(j, h, a, out)
            h = out
        self._output = h
        return h

    def backward(self, dh: np.ndarray) -> Iterator[Back]:
        """The gradients from the last block to the first; `dh` is that by the output of the last `forward`."""
        outputs = self._output if self.kind == "post_norm" else None
        for j in reversed(range(len(self.blocks))):
            block, kept = self.blocks[j], self._kept[j]
            d = dh if outputs is None else _through_norm(dh, outputs, kept.size)
            dz = ((block.down.T @ d) * kept.slopes).reshape(len(block.up), -1)
            own = block.up.T @ dz
            if self.kind == "pre_norm":
                own = _through_norm(own, kept.taken, kept.size)
            into = d + own
            yield Back(j, dh, into, dz, kept.taken)
            dh, outputs = into, None if outputs is None else kept.taken


def _normed(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """norm(h), and rms(h) as a row."""
    size = np.sqrt(np.mean(np.square(h), axis=0, keepdims=True))
    return h / size, size


def _through_norm(d: np.ndarray, normed: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The gradient by h from that by norm(h)."""
    return (d - normed * np.mean(d * normed, axis=0, keepdims=True)) / size
