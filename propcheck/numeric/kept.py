"""Plans that were made before, on disk: what takes a second to find is read in a millisecond.

A plan is a file of JSON, named by all that it depends on: the pieces, the formats, the libraries' versions and the
sources of this package. Nothing in it is run: an expression is a list of a head from a closed table and its arguments.
What is read is tried out like a plan just made. The folder is `$PROPCHECK_CACHE`, or else that of the user's caches;
it may be deleted at any time, and an empty `PROPCHECK_CACHE` keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import flint
import sympy as sp

from propcheck import files
from propcheck.calculus.form import RealRoot
from propcheck.language import X
from propcheck.language.functions import HEADS
from propcheck.numeric import functions, steps
from propcheck.numeric.formats import Format
from propcheck.numeric.span import Plan, Segment, Shortfall, Span
from propcheck.pieces.piece import Piece
from propcheck.version import sources

MOST_FILES = 2000  # of one state of the sources
MOST_BYTES = 1 << 18  # of one plan
OLD = 30 * 24 * 3600.0  # seconds after which the plans of other sources go

_HEADS: dict[str, type] = {
    head.__name__: head
    for head in (
        *(sp.Add, sp.Mul, sp.Pow, sp.Max, sp.Min, sp.Abs, RealRoot, *HEADS),
        *(steps.Horner, steps.Offset, steps.Reciprocal, steps.Times, steps.Over, steps.Scaled, steps.Compensated),
        steps.CompensatedTail,
    )
} | {f"stable {head.__name__}": head for head in functions.FUNCTIONS}
_NAMES = {head: name for name, head in _HEADS.items()}
_ATOMS: dict[str, sp.Expr] = {
    "x": X, "t": sp.Symbol("t", real=True), "pi": sp.pi, "e": sp.E, "oo": sp.oo, "-oo": -sp.oo, "nan": sp.nan,
}  # fmt: skip
_ATOM_NAMES = {atom: name for name, atom in _ATOMS.items()}


class Unknown(Exception):
    """This is not kept: an expression with a head or a symbol of another kind, or a text that is no plan."""


# --- expressions -----------------------------------------------------------------------------------------------------


def coded(expr: sp.Expr) -> Any:
    """An expression as JSON: a name, the text of a rational, or a list of a head and its arguments."""
    if isinstance(expr, sp.Rational):
        return str(expr)
    if expr in _ATOM_NAMES:
        return _ATOM_NAMES[expr]
    if type(expr) not in _NAMES or not expr.args:
        raise Unknown(type(expr).__name__)
    return [_NAMES[type(expr)], *map(coded, expr.args)]


def expression(code: Any) -> sp.Expr:
    """The expression that was coded, built as it stood: nothing is evaluated again."""
    if isinstance(code, str):
        if code in _ATOMS:
            return _ATOMS[code]
        top, _, bottom = code.partition("/")
        return sp.Rational(int(top), int(bottom or 1))
    if not isinstance(code, list) or not code or code[0] not in _HEADS:
        raise Unknown("no head")
    head, args = _HEADS[code[0]], [expression(part) for part in code[1:]]
    if head in (sp.Add, sp.Mul):
        return head._from_args(args)
    if head is sp.Pow:
        return sp.Pow(*args, evaluate=False)
    made = sp.Expr.__new__(head, *args)
    if head in (sp.Max, sp.Min):
        made._argset = frozenset(args)
    return made


# --- plans -----------------------------------------------------------------------------------------------------------


def _coded_plan(plan: Plan) -> Any:
    return [
        [[_span(span) for span in segment.local], coded(segment.expr), _falls(segment.doubtful), *_ends(segment)]
        for segment in plan.segments
    ], _falls(plan.shortfalls)


def _ends(segment: Segment) -> list[float]:
    return [segment.lower, segment.upper, segment.below, segment.above]


def _span(span: Span) -> list[Any]:
    return [span.lower, span.upper, coded(span.expr)]


def _falls(short: Sequence[Shortfall]) -> list[list[float]]:
    return [[each.lower, each.upper, each.estimate] for each in short]


def _decoded(found: Any, order: int, work: Format, out: Format) -> Plan:
    segments, short = found
    made = [
        Segment(
            float(lower),
            float(upper),
            expression(expr),
            tuple(Span(float(a), float(b), expression(form)) for a, b, form in local),
            float(below),
            float(above),
            _shortfalls(doubtful),
        )
        for local, expr, doubtful, lower, upper, below, above in segments
    ]
    return Plan(order, work, out, tuple(made), _shortfalls(short))


def _shortfalls(found: Any) -> tuple[Shortfall, ...]:
    return tuple(Shortfall(float(a), float(b), float(estimate)) for a, b, estimate in found)


# --- on disk ---------------------------------------------------------------------------------------------------------


def find(pieces: Sequence[Piece], order: int, work: Format, out: Format, found: Any) -> Plan | None:
    """The plan that was kept for these pieces; None where there is none that can be used."""
    place = _file(pieces, order, work, out, found)
    if place is None:
        return None
    try:
        text = place.read_text(encoding="utf-8")
        digest, _, body = text.partition("\n")
        if hashlib.sha256(body.encode()).hexdigest() != digest:
            return None
        return _decoded(json.loads(body), order, work, out)
    except (OSError, ValueError, TypeError, RecursionError, Unknown):
        return None


def keep(plan: Plan, pieces: Sequence[Piece], found: Any) -> None:
    """Keeps a plan, as far as it can be written down and the disk has room."""
    place = _file(pieces, plan.order, plan.work, plan.out, found)
    if place is None:
        return
    with suppress(OSError, Unknown, RecursionError):
        body = json.dumps(_coded_plan(plan))
        if len(body) <= MOST_BYTES:
            room(place.parent)
            digest = hashlib.sha256(body.encode()).hexdigest()
            files.put(place, f"{digest}\n{body}", durable=False)


def folder() -> Path | None:
    """Where plans are kept; None where they are not."""
    given = os.environ.get("PROPCHECK_CACHE")
    if given is not None:
        return Path(given) if given else None
    caches = {"win32": os.environ.get("LOCALAPPDATA"), "darwin": "~/Library/Caches"}
    place = caches.get(sys.platform) or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(place).expanduser() / "propcheck"
    except RuntimeError:  # there is no home
        return None


def _file(pieces: Sequence[Piece], order: int, work: Format, out: Format, found: Any) -> Path | None:
    place = folder()
    if place is None:
        return None
    try:
        told = [[coded(p.lower), coded(p.upper), coded(p.expr), list(map(coded, p.removable))] for p in pieces]
    except (Unknown, RecursionError):
        return None
    asked = json.dumps([told, order, work.name, out.name, found])
    return place / f"plans-{_state()}" / f"{hashlib.sha256(asked.encode()).hexdigest()}.json"


@lru_cache(maxsize=1)
def _state() -> str:
    """The digest of all that plans are found with: this package and the libraries that it calls."""
    return hashlib.sha256(
        repr((sources(), sp.__version__, flint.__version__, sys.version_info[:2])).encode()
    ).hexdigest()[:16]


@lru_cache(maxsize=8)
def room(place: Path) -> None:
    """The folder KIND-STATE, with no more than so many files, and without those of a kind that nobody used for long."""
    place.mkdir(parents=True, exist_ok=True)
    os.utime(place)
    if sum(1 for _ in place.iterdir()) > MOST_FILES:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
    for other in place.parent.glob(f"{place.name.partition('-')[0]}-*"):
        if other != place and other.stat().st_mtime < time.time() - OLD:
            shutil.rmtree(other, ignore_errors=True)
