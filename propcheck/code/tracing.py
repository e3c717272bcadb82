"""What tracing some code comes to, and how a place in it is named."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from propcheck.code.formula import Untraceable, refusal
from propcheck.code.numbers import TOLERANCE, Reader, Reading

_OWN = str(Path(__file__).resolve().parent)
_PACKAGE = str(Path(_OWN).parent)
_STANDARD = sysconfig.get_paths()["stdlib"]
_FRAMEWORKS = tuple(
    f"{sysconfig.get_paths()[kind]}/{name}/"
    for kind in ("purelib", "platlib")
    for name in ("torch", "jax", "jaxlib", "numpy", "scipy", "keras", "onnx", "flax")
)
_MACHINERY = ("source_info_util", "/core.py", "/interpreters/", "/lax/", "traceback_util", "/api", "pjit.py",
              "/dtypes.py", "custom_derivatives", "linear_util", "/_ops.py", "profiler.py", "/ufuncs.py",
              "/reductions.py")  # fmt: skip


@dataclass(frozen=True)
class Traced:
    """Code as a formula of its inputs and parameters.

    `parameters` has the trained ones with their values; `slopes`, by input, what a hand-written backward computes,
    where there is one. `readings` are the numbers that were read as others. By the formats in which the code
    calculates, its values are within the `tolerance`, relative to the larger of 1 and the value.
    """

    formula: ast.expr
    inputs: tuple[str, ...]
    parameters: dict[str, ast.expr]
    slopes: dict[str, ast.expr]
    framework: str
    readings: tuple[Reading, ...] = ()
    tolerance: float = TOLERANCE


def traced(
    formula: ast.expr,
    inputs: tuple[str, ...],
    reader: Reader,
    framework: str,
    parameters: Mapping[str, ast.expr] | None = None,
    slopes: Mapping[str, ast.expr] | None = None,
) -> Traced:
    """What was read, with what the reader of its numbers has noted."""
    found = tuple(reader.readings.values())
    return Traced(formula, inputs, dict(parameters or {}), dict(slopes or {}), framework, found, reader.tolerance)


def same(one: ast.expr | None, other: ast.expr | None) -> bool:
    """Whether two masks are one, or there is none."""
    return one is other or one is not None and other is not None and ast.dump(one) == ast.dump(other)


def refuse(operation: str, why: str = "") -> Untraceable:
    """The exception that says which operation has no formula and where it is called."""
    return Untraceable(f"it calls {why and f'{operation}, {why}' or refusal(operation)}{placed(sys._getframe(1))}")


def unreadable(why: str) -> Untraceable:
    """The exception that says why, and where that is."""
    return Untraceable(f"{why}{placed(sys._getframe(1))}")


def placed(start: FrameType | TracebackType | None) -> str:
    """The end of a sentence: the line of somebody's code that runs, outside the frameworks where there is one."""
    return nearest_of(list(_backwards(start) if isinstance(start, FrameType) else _forwards(start)))


def nearest_of(lines: list[tuple[str, int]]) -> str:
    """The same of the files and lines of a stack, the innermost first."""
    own = [place for place, (file, _) in enumerate(lines) if file.startswith(_OWN)]
    first = next((place for place in range(len(lines)) if place not in own), 0)  # what records is the innermost
    lines = lines[first : next((place for place in own if place > first), None)]
    lines = [(file, line) for file, line in lines if not file.startswith(("<", _PACKAGE))]
    outside = [(file, line) for file, line in lines if not file.startswith((*_FRAMEWORKS, _STANDARD))]
    inside = [(file, line) for file, line in lines if not any(word in file for word in _MACHINERY)]
    for file, line in (outside or inside or lines)[:1]:
        return f", at {_shown(file)}:{line}"
    return ""


def _backwards(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _forwards(link: TracebackType | None) -> Iterator[tuple[str, int]]:
    lines = []
    while link is not None:
        lines.append((link.tb_frame.f_code.co_filename, link.tb_lineno))
        link = link.tb_next
    return iter(lines[::-1])


def _shown(file: str) -> str:
    """A file as a message has it: from the working folder on, or its last two names."""
    path = Path(file)
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return "/".join(path.parts[-2:])
