"""The NumPy backend: a program run in blocks that stay in the cache, every operation in place.

The steps are broken down to ufuncs (`numeric.ufuncs`), the buffers are shared out like registers, and
`sympy.lambdify`, given our printer, writes the function. What is to be rounded to single or half precision is computed
in double precision and rounded once, unless it was tried and found that single precision is good enough: NumPy's
single-precision functions are wrong by up to four units in the last place, its double-precision ones by about one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from propcheck.calculus import Undecided
from propcheck.language import X
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.dialects import lacked
from propcheck.numeric.formats import Format
from propcheck.numeric.lowering import bounds
from propcheck.numeric.rounding import fixed
from propcheck.numeric.span import Span
from propcheck.numeric.steps import Program, Step, program
from propcheck.numeric.ufuncs import MASKS, UFUNCS, expanded, number

BLOCK = 32768  # elements: enough to forget what a call costs, few enough for a second-level cache
_PART = 8192  # elements whose squares the BLAS adds up on one thread


# --- writing the function --------------------------------------------------------------------------------------------


class Kernel:
    """A program as one function of blocks: `run(x, outputs)` with x and the outputs of one length."""

    def __init__(self, source: Program, work: np.dtype, out: np.dtype | None = None):
        self.work, self.out = work, out if out is not None else work
        self.program = source
        self.floats = self.bools = 0
        self._constants: dict[str, Any] = {}
        self._filled: dict[str, float] = {}
        self._pool = threading.local()
        self._function = self._written()

    # -- code --

    def _written(self) -> Callable[..., Any]:
        steps = self.program.steps
        last = {k: k for k in range(len(steps))}
        for k, step in enumerate(steps):
            for a in step.args:
                last[a] = k
        keep = set(self.program.outputs)
        place: dict[int, str] = {}
        free: dict[bool, list[str]] = {False: [], True: []}
        lines: list[tuple[str, str]] = []
        for k, step in enumerate(steps):
            if step.op in ("x", "const"):
                place[k] = "x" if step.op == "x" else self._constant(step)
                continue
            dying = [
                place[a] for a in dict.fromkeys(step.args) if last[a] == k and a not in keep and self._owned(place[a])
            ]
            mask = step.op in MASKS
            direct = k in keep and self.out == self.work and self.program.outputs.count(k) == 1
            if direct:
                target = f"out{self.program.outputs.index(k)}"
            elif step.op != "where" and (same := [d for d in dying if d.startswith("m") == mask]):
                target = same[0]
                dying.remove(target)
            elif free[mask]:
                target = free[mask].pop()
            else:
                target = self._new(mask)
            place[k] = target
            spare = ""
            if step.op == "where":
                spare = free[False].pop() if free[False] else self._new(False)
                free[False].append(spare)
            lines.append((f"s{k}", self._call(step, target, place, spare)))
            for name in dying:
                free[name.startswith("m")].append(name)
        for place_, k in enumerate(self.program.outputs):
            if place[k] != f"out{place_}":
                lines.append((f"o{place_}", f"copy(out{place_}, {place[k]}, casting='unsafe')"))
        return self._lambdified(lines)

    def _lambdified(self, lines: list[tuple[str, str]]) -> Callable[..., Any]:
        """The lines as a function, by SymPy's own writer of functions."""
        names = ["x"]
        names += [f"out{k}" for k in range(len(self.program.outputs))]
        names += [f"b{k}" for k in range(self.floats)] + [f"m{k}" for k in range(self.bools)] + list(self._filled)
        text = {sp.Symbol(f"line_{name}"): code for name, code in lines}
        cse = [(sp.Symbol(name), sp.Symbol(f"line_{name}")) for name, _ in lines]
        namespace = {**UFUNCS, "copy": np.copyto, "put": _put, **self._constants}
        for op in {step.op for step in self.program.steps} & lacked("np"):
            if self.work.itemsize > 8:
                raise Undecided(f"{op} has no form in extended precision")
            from scipy import special

            namespace[op] = getattr(special, op)
        return sp.lambdify(
            [sp.Symbol(name) for name in names],
            sp.S.Zero,
            modules=[namespace],
            printer=lambda node: text.get(node, str(node)),
            cse=lambda _: (cse, sp.S.Zero),
        )

    def _owned(self, name: str) -> bool:
        return name[0] in "bm" and name[1:].isdigit()

    def _new(self, mask: bool) -> str:
        if mask:
            self.bools += 1
            return f"m{self.bools - 1}"
        self.floats += 1
        return f"b{self.floats - 1}"

    def _constant(self, step: Step) -> str:
        assert step.value is not None
        value = number(step.value, self.work)
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _blocked(self, name: str) -> str:
        """A constant as an array: ufuncs that choose are several times slower on a scalar."""
        array = f"k{name[1:]}"
        self._filled[array] = self._constants[name]
        return array

    def _call(self, step: Step, target: str, place: dict[int, str], spare: str) -> str:
        args = [place[a] for a in step.args]
        if step.op == "where":
            mask, a, b = args
            return f"put({target}, {mask}, {a}, {b}, {spare})"
        if step.op in ("min", "max"):
            args = [self._blocked(a) if a.startswith("c") else a for a in args]
        return f"{step.op}({', '.join(args)}, out={target})"

    # -- running --

    def run(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Fills the outputs from one block; all arrays are one-dimensional and contiguous."""
        converted, *buffers = self._buffers(x.size)
        if x.dtype != self.work:
            np.copyto(converted, x, casting="unsafe")
            x = converted
        self._function(x, *outputs, *buffers)

    def _buffers(self, size: int) -> list[np.ndarray]:
        kept = getattr(self._pool, "kept", None)
        if kept is None or kept[0].size < size:
            kept = [np.empty(size, self.work) for _ in range(1 + self.floats)]
            kept += [np.empty(size, bool) for _ in range(self.bools)]
            kept += [np.full(size, value, self.work) for value in self._filled.values()]
            self._pool.kept = kept
        return kept if kept[0].size == size else [b[:size] for b in kept]

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a compiled function is not pickled: compile it again where it is needed")


def _put(target: np.ndarray, mask: np.ndarray, a: Any, b: Any, spare: np.ndarray) -> np.ndarray:
    """target = a where the mask is true, else b, bit by bit: the processor has no branch to guess wrong."""
    if np.ndim(b) == 0 and b == 0 and np.ndim(a) == 0 and a == 1:
        np.copyto(target, mask)
        return target
    if target.itemsize > 8:  # no integer is as wide
        np.copyto(target, b)
        np.copyto(target, a, where=mask)
        return target
    whole = np.dtype(f"i{target.itemsize}")
    bits, chosen = target.view(whole), spare.view(whole)
    np.negative(mask.view(np.int8), out=chosen)
    a, b = np.asarray(a).view(whole), np.asarray(b).view(whole)
    np.bitwise_xor(a, b, out=bits)
    np.bitwise_and(bits, chosen, out=bits)
    np.bitwise_xor(bits, b, out=bits)
    return target


def _square(x: np.ndarray) -> Any:
    """The sum of squares: NaN or infinite where an element is. In parts that the BLAS does on one thread."""
    parts = (x[k : k + _PART] for k in range(0, x.size, _PART))
    return sum((np.dot(part, part) for part in parts), start=0.0)


# --- a compiled assembly ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patch:
    """A local span, the comparisons that hold in it, and which output it belongs to."""

    output: int
    lower: float
    upper: float
    kernel: Kernel
    above: Any = np.greater_equal  # x, lower
    below: Any = np.greater_equal  # upper, x

    @property
    def nearest(self) -> float:
        return 0.0 if self.lower < 0 < self.upper else min(abs(self.lower), abs(self.upper))


class Compiled:
    """Assemblies of one or several orders as one function of arrays of one dtype."""

    def __init__(self, assemblies: Sequence[Assembly], work: Format, out: np.dtype, short: bool | None = None):
        self.assemblies, self.work = tuple(assemblies), work
        kind = np.dtype(work.name)
        short = kind.itemsize > out.itemsize if short is None else short
        self.wide = np.dtype(np.float32) if out.itemsize == 2 else out
        main = program([assembly.main for assembly in assemblies])
        self.kernel = Kernel(expanded(main, kind, short), kind, out)
        self.patches = tuple(
            Patch(k, span.lower, span.upper, _patch(span.expr, kind, short, out), *_comparisons(assembly, span))
            for k, assembly in enumerate(assemblies)
            for span in assembly.local
        )
        self.ends = self._mended([assembly.ends for assembly in assemblies], out)
        nearest = min((patch.nearest for patch in self.patches), default=np.inf)
        self.quiet = np.inf if nearest > 1e150 else nearest**2

    def unrounded(self) -> Compiled:
        """The same steps as a function of doubles, before they are rounded to less."""
        return Compiled(self.assemblies, self.work, np.dtype(self.work.name), short=True)

    def _mended(self, ends: list[tuple[sp.Expr, sp.Expr]], out: np.dtype) -> list[tuple[int, float, Any]]:
        """(output, -inf or inf, limit) where the main form does not give the limit by itself."""
        found = [np.empty(2, out) for _ in ends]
        with np.errstate(all="ignore"):
            self.kernel.run(np.array([-np.inf, np.inf], self.wide), found)
        mended = []
        for k, limits in enumerate(ends):
            for place, (at, limit) in enumerate(zip((-np.inf, np.inf), limits, strict=True)):
                value = out.type(np.nan if limit is sp.nan else float(limit) if limit.is_infinite else fixed(limit))
                if not (found[k][place] == value or np.isnan(value) and np.isnan(found[k][place])):
                    mended.append((k, at, value))
        return mended

    def __call__(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Fills the outputs from x, all of one dimension and contiguous."""
        with np.errstate(all="ignore"):
            for start in range(0, x.size, BLOCK):
                block = x[start : start + BLOCK].astype(self.wide, copy=False)
                outs = [out[start : start + BLOCK] for out in outputs]
                self.kernel.run(block, outs)
                square = _square(block)  # the quickest way to see whether there is anything to look for
                if not square < self.quiet:
                    self._patch(block, outs)
                if not square < np.inf:
                    self._end(block, outs)

    def _patch(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        least, most = np.fmin.reduce(x), np.fmax.reduce(x)
        for patch in self.patches:
            if most < patch.lower or least > patch.upper:
                continue
            inside = np.flatnonzero(patch.above(x, patch.lower) & patch.below(patch.upper, x))
            if inside.size:
                values = np.empty(inside.size, outputs[patch.output].dtype)
                patch.kernel.run(x[inside], [values])
                outputs[patch.output][inside] = values

    def _end(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Puts in the limits that the main forms lack, and NaN for NaN."""
        for output, at, value in self.ends:
            np.putmask(outputs[output], x == at, value)
        nothing = np.isnan(x)
        if nothing.any():
            for output in outputs:
                np.putmask(output, nothing, np.nan)


def _comparisons(assembly: Assembly, span: Span) -> list[Any]:
    """What holds above the lower end and below the upper one: a breakpoint keeps its own value."""
    found = {op_side[1] == X: op_side[0] for op_side in bounds(assembly, span)}
    return [UFUNCS[found.get(side, "ge")] for side in (True, False)]


@lru_cache(maxsize=1024)
def _patch(expr: sp.Expr, kind: np.dtype, short: bool, out: np.dtype) -> Kernel:
    return Kernel(expanded(program([expr]), kind, short), kind, out)


def evaluate(expr: sp.Expr, at: float, work: Format, short: bool) -> float:
    """The value of a form at a point, as the backend computes it."""
    if not expr.free_symbols:
        return float("nan") if expr is sp.nan else float(np.dtype(work.name).type(fixed(expr)))
    kind = np.dtype(work.name)
    value = np.empty(1, kind)
    with np.errstate(all="ignore"):
        Kernel(expanded(program([expr]), kind, short), kind).run(np.array([at], kind), [value])
    return float(value[0])


_TRIED = 3.5  # units in the last place that single precision may be found wrong by
_TRIALS = 1 << 14


def good_enough(single: Compiled, double: Compiled) -> bool:
    """Is the first, in single precision, as good as is asked for? Both are run; the second is rounded from doubles.

    It is held against what the exact function takes within half a unit in the last place of the input.
    """
    rng = np.random.default_rng(_TRIALS)
    sizes = np.exp2(np.concatenate([rng.uniform(-12, 7, _TRIALS), rng.uniform(-140, 127, _TRIALS // 4)]))
    x = np.concatenate([sizes, -sizes, rng.uniform(-20, 20, _TRIALS)]).astype(np.float32)
    half = np.spacing(np.abs(x)).astype(np.float64) / 2
    count = len(single.kernel.program.outputs)
    found = [np.empty_like(x) for _ in range(count)]
    single(x, found)
    exact = [[np.empty(x.size) for _ in range(count)] for _ in range(3)]
    unrounded = double.unrounded()
    for shift, outputs in zip((0, -1, 1), exact, strict=True):
        unrounded(x + shift * half, outputs)
    with np.errstate(all="ignore"):
        for k in range(count):
            values = np.stack([outputs[k] for outputs in exact])
            value = found[k].astype(np.float64)
            gap = np.maximum(np.maximum(value - values.max(axis=0), values.min(axis=0) - value), 0)
            unit = np.spacing(np.abs(values[0]).astype(np.float32)).astype(np.float64)
            known = np.isfinite(values).all(axis=0) & (np.abs(values[0]) < 3e38)
            if not np.all((gap <= _TRIED * unit)[known] & np.isfinite(value)[known]):
                return False
    return True
