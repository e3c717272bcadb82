"""Exported sources in C99: static functions of a header, of double and of float.

Where an operation's rounding error is computed, `fma` gives it. Compilers may contract products and sums, but must not
take floating-point numbers for real ones (-ffast-math).
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from propcheck.grammar import X
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.dialects import C
from propcheck.numeric.library import assemblies
from propcheck.numeric.lines import lines
from propcheck.numeric.lowering import Ends, bounds
from propcheck.numeric.source.heading import NAMES_OF_C, Task, comment, identifier, trial
from propcheck.numeric.steps import program

_REMARKS = [
    "Include it, or compile it with -D{guard}_API= to get functions that can be linked; link with -lm.",
    "Do not compile it with -ffast-math.",
]


def source(task: Task) -> str:
    """A header with the functions of double, if that is the format of the results, and of float."""
    guard = identifier(task.activation, NAMES_OF_C).upper()
    remarks = [remark.format(guard=guard) for remark in _REMARKS]
    if task.out != task.work:
        remarks.insert(0, f"Computed in {task.work.name} and rounded once to {task.out.name}.")
    double = task.out == task.work
    head = ["/*", *(f" * {line}".rstrip() for line in comment(task, remarks, C)), " */"]
    head += [f"#ifndef {guard}_H", f"#define {guard}_H", "", "#include <math.h>", ""]
    head += [f"#ifndef {guard}_API", f"#define {guard}_API static inline", "#endif"]
    made, ends = assemblies(task.activation, task.orders, task.kink, task.work, task.out, trial(task, C))
    parts = [head]
    for order, assembly, limits in zip(task.orders, made, ends, strict=True):
        name = task.name(order, taken=NAMES_OF_C)
        inner = name if double else f"{name}_in_double"
        opening = f"{guard}_API double" if double else "static inline double"
        parts.append([f"{opening} {inner}(double x)", "{", *_body(task, assembly, limits), "}"])
        parts.append([f"{guard}_API float {name}f(float x)", "{", f"    return (float){inner}((double)x);", "}"])
    parts.append([f"#endif /* {guard}_H */"])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _body(task: Task, assembly: Assembly, ends: Ends) -> Iterator[str]:
    for at, value in ends:
        yield f"    if (x == {C.number(at)}) {{"
        yield from _lines(task, value, " " * 8)
        yield "    }"
    for span in reversed(assembly.local):  # the last one holds where two meet
        inside = []
        for op, *sides in bounds(assembly, span):
            first, second = ("x" if side == X else C.number(float(side)) for side in sides)
            inside.append(f"{first} {'>=' if op == 'ge' else '>'} {second}")
        yield f"    if ({' && '.join(inside) or '1'}) {{"
        yield from _lines(task, span.expr, " " * 8)
        yield "    }"
    yield from _lines(task, assembly.main, " " * 4)


def _lines(task: Task, expr: sp.Expr, indent: str) -> Iterator[str]:
    made = lines(C.lowered(program([expr]), task.work), C, task.work)
    for name, text in made.named:
        yield f"{indent}const {'int' if name in made.masks else 'double'} {name} = {text};"
    yield f"{indent}return {made.results[0]};"
