"""Exported sources in C99: static functions of a header, of double and of float.

Where an operation's rounding error is computed, `fma` gives it. Compilers may contract products and sums, but must not
take floating-point numbers for real ones (-ffast-math).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import sympy as sp

from propcheck.language import X
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.dialects import C
from propcheck.numeric.library import assemblies, trial
from propcheck.numeric.lines import lines
from propcheck.numeric.lowering import Ends, bounds
from propcheck.numeric.source.heading import NAMES_OF_C, Export, Task, comment, nature, settled
from propcheck.numeric.steps import program

REMARKS = [
    "Include it, or compile it with -D{guard}_API= to get functions that can be linked; link with -lm.",
]
STRICT = [  # -ffast-math takes floating-point numbers for real ones
    "#if defined __FAST_MATH__ || defined _M_FP_FAST || (defined __FINITE_MATH_ONLY__ && __FINITE_MATH_ONLY__)",
    '#error "these forms need IEEE arithmetic: compile without -ffast-math"',
    "#endif",
]


def source(task: Task) -> Export:
    """A header with the functions of double, if that is the format of the results, and of float."""
    guard = task.name(0, NAMES_OF_C).upper()
    remarks = [remark.format(guard=guard) for remark in REMARKS]
    if task.out != task.work:
        remarks.insert(0, f"Computed in {task.work.name} and rounded once to {task.out.name}.")
    double = task.out == task.work
    task, promised = settled(task, C)
    about = (task.activation, task.orders, task.kink, task.work, task.out)
    made, ends = assemblies(*about, trial(task.work, C), found=task.found)
    parts = []
    for order, assembly, limits in zip(task.orders, made, ends, strict=True):
        name = task.name(order, taken=NAMES_OF_C)
        inner = name if double else f"{name}_in_double"
        opening = f"{guard}_API double" if double else "static inline double"
        parts.append("\n".join([f"{opening} {inner}(double x)", "{", *_body(task, assembly, limits), "}"]))
        parts.append(f"{guard}_API float {name}f(float x)\n{{\n    return (float){inner}((double)x);\n}}")
    text = "\n\n".join(parts)
    head = ["/*", *(f" * {line}".rstrip() for line in comment(task, remarks, promised)), " */"]
    opened = [*guarded(guard, text), "", *STRICT, "", "#include <math.h>", ""]
    opened += [f"#ifndef {guard}_API", f"#define {guard}_API static inline", "#endif"]
    whole = "\n\n".join(["\n".join([*head, *opened]), text, f"#endif /* {guard}_H */"])
    return Export(f"{whole}\n", promised)


def guarded(guard: str, text: str) -> list[str]:
    """The beginning of what is read once; two headers of one name that differ are an error, not the first of them."""
    mark = f"0x{hashlib.sha256(text.encode()).hexdigest()[:7]}"
    return [
        f"#if defined {guard}_H && {guard}_H != {mark}",
        f'#error "two different headers define {guard}_H: export one of them with --name"',
        "#endif",
        f"#ifndef {guard}_H",
        f"#define {guard}_H {mark}",
    ]


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
        yield f"    /* {nature(span)} */"
        yield f"    if ({' && '.join(inside) or '1'}) {{"
        yield from _lines(task, span.expr, " " * 8)
        yield "    }"
    yield from _lines(task, assembly.main, " " * 4)


def _lines(task: Task, expr: sp.Expr, indent: str) -> Iterator[str]:
    made = lines(C.lowered(program([expr]), task.work), C, task.work)
    for name, text in made.named:
        yield f"{indent}const {'int' if name in made.masks else 'double'} {name} = {text};"
    yield f"{indent}return {made.results[0]};"
