"""Right values that were found before, on disk: what takes a second to prove is read in a few milliseconds.

A file is named by all that its values depend on: pieces, breakpoints, format, order, inputs, and the sources that find
them. It holds arrays in NumPy's own form, which is data alone, behind a digest. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import flint
import numpy as np
import sympy as sp

from propcheck import files
from propcheck.activation import Activation
from propcheck.numeric.kept import Unknown, coded, folder, room

MOST_BYTES = 1 << 22  # of one file
_SOURCES = ("calculus", "conformance/enclosing.py", "conformance/patterns.py", "language", "numeric/conventions.py",
            "numeric/formats.py", "numeric/returning.py", "numeric/truth.py", "pieces")  # fmt: skip


def find(activation: Activation, *asked: Any) -> dict[str, np.ndarray] | None:
    """The arrays that were kept; None where there are none that can be used."""
    place = _file(activation, asked)
    if place is None:
        return None
    try:
        digest, _, body = place.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        with np.load(io.BytesIO(body), allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, EOFError):
        return None


def keep(arrays: Mapping[str, np.ndarray], activation: Activation, *asked: Any) -> None:
    """Keeps arrays, as far as the disk has room."""
    place = _file(activation, asked)
    if place is None:
        return
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    body = buffer.getvalue()
    with suppress(OSError):
        if len(body) <= MOST_BYTES:
            room(place.parent)
            files.put(place, hashlib.sha256(body).hexdigest().encode() + b"\n" + body, durable=False)


def _file(activation: Activation, asked: tuple[Any, ...]) -> Path | None:
    place = folder()
    if place is None:
        return None
    try:
        pieces = [[*map(coded, (p.lower, p.upper, p.expr)), list(map(coded, p.removable))] for p in activation.pieces]
        points = [[coded(p.at), None if p.value is None else coded(p.value)] for p in activation.points]
    except (Unknown, RecursionError):
        return None
    if activation.wave is not None:
        pieces = [str(activation.bound)]
    said = str(activation.spec.claims) if activation.spec and activation.points else ""
    text = json.dumps([pieces, points, said, str(activation.values), asked])
    return place / f"right-{_state()}" / f"{hashlib.sha256(text.encode()).hexdigest()}.npz"


@lru_cache(maxsize=1)
def _state() -> str:
    """The digest of what finds the values: pages of this package, and the libraries that it calls."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256(repr((sp.__version__, flint.__version__)).encode())
    for name in _SOURCES:
        place = root / name
        for page in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(page.read_bytes())
    return digest.hexdigest()[:16]
