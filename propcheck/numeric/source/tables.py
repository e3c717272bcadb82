"""Exported sources of functions of very many pieces, in C and for NumPy: a search, then two words of arithmetic."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from propcheck.numeric import tabled
from propcheck.numeric.formats import DOUBLE
from propcheck.numeric.source.c import REMARKS, STRICT, guarded
from propcheck.numeric.source.heading import NAMES_OF_C, Export, Promise, Task, comment
from propcheck.numeric.span import Shortfall
from propcheck.numeric.tabled import Tabled
from propcheck.verdict import InputError

_WIDTH = 110
_SEARCH = """\
    long low = 0, high = {count};
    while (low < high) {{
        long middle = (low + high) / 2;
        if (x < {name}_{what}[middle]) high = middle; else low = middle + 1;
    }}
"""
_BODY = """\
    {{
        const double centre = {name}_centres[low], t = x - centre, part = t - x;
        const double rest = (x - (t - part)) + (-centre - part);
        double total = {name}_high[{last}][low], tail = {name}_low[{last}][low];
        int k;
        if (!(fabs(t) < 0x1p490)) {{
            for (k = {last} - 1; k >= 0; k--) total = total * t + {name}_high[k][low];
            return total;
        }}
        for (k = {last} - 1; k >= 0; k--) {{
            const double c = {name}_high[k][low];
            const double product = total * t, lost = fma(total, t, -product) + (tail * t + total * rest);
            const double p = product + lost, q = lost - (p - product);
            const double sum = p + c, piece = sum - p, missed = (p - (sum - piece)) + (c - piece);
            const double less = missed + (q + {name}_low[k][low]);
            total = sum + less;
            tail = less - (total - sum);
        }}
        return total + tail;
    }}
"""


def source(task: Task, language: str) -> Export:
    """The functions of these orders as a header of C, or as a module for NumPy."""
    if language not in _WRITERS:
        many = f"{task.activation.name} has {len(task.activation.pieces)} pieces"
        raise InputError(f"{many}, and so many are exported to {' and '.join(_WRITERS)}, not to {language}")
    made = {order: tabled.tabled(task.activation, order, task.kink) for order in task.orders}
    promised = tuple(_promise(order, one) for order, one in made.items())
    return Export(_WRITERS[language](task, made, promised), promised)


def _promise(order: int, made: Tabled) -> Promise:
    if made.known:
        return Promise(order, tabled.ULP)
    return Promise(order, math.inf, (Shortfall(-math.inf, math.inf, math.inf),))


# --- C ---------------------------------------------------------------------------------------------------------------


def _in_c(task: Task, made: dict[int, Tabled], promised: Sequence[Promise]) -> str:
    guard = task.name(0, NAMES_OF_C).upper()
    parts = []
    for order, one in made.items():
        name = task.name(order, taken=NAMES_OF_C)
        double = task.out == DOUBLE
        inner = name if double else f"{name}_in_double"
        opening = f"{guard}_API double" if double else "static inline double"
        parts.append("\n".join(_arrays_of_c(name, one)))
        parts.append(f"{opening} {inner}(double x)\n{{\n{''.join(_c_body(name, one))}}}")
        parts.append(f"{guard}_API float {name}f(float x)\n{{\n    return (float){inner}((double)x);\n}}")
    text = "\n\n".join(parts)
    remarks = [remark.format(guard=guard) for remark in REMARKS]
    head = ["/*", *(f" * {line}".rstrip() for line in comment(task, remarks, promised)), " */"]
    opened = [*guarded(guard, text), "", *STRICT, "", "#include <math.h>", ""]
    opened += [f"#ifndef {guard}_API", f"#define {guard}_API static inline", "#endif"]
    return "\n\n".join(["\n".join([*head, *opened]), text, f"#endif /* {guard}_H */"]) + "\n"


def _arrays_of_c(name: str, made: Tabled) -> Iterator[str]:
    yield _array_of_c(f"{name}_edges[{made.edges.size}]", made.edges)
    if len(made.high) > 1:
        yield _array_of_c(f"{name}_centres[{made.centres.size}]", made.centres)
    for word, rows in (("high", made.high), ("low", made.low)):
        inner = ",\n".join(f"{{{_numbers(row, _number)}}}" for row in rows)
        yield f"static const double {name}_{word}[{len(rows)}][{rows.shape[1]}] = {{\n{inner}}};"
    if made.points.size:
        yield _array_of_c(f"{name}_points[{made.points.size}]", made.points)
        yield _array_of_c(f"{name}_values[{made.values.size}]", made.values)


def _array_of_c(name: str, numbers: np.ndarray) -> str:
    return f"static const double {name} = {{\n{_numbers(numbers, _number)}}};"


def _c_body(name: str, made: Tabled) -> Iterator[str]:
    yield "    if (x != x) return x;\n"
    for at, value in zip(("-INFINITY", "INFINITY"), made.ends, strict=True):
        yield f"    if (x == {at}) return {_number(value)};\n"
    if made.points.size:
        search = _SEARCH.format(name=name, what="points", count=made.points.size).replace("\n", "\n    ").rstrip(" ")
        yield f"    {{\n    {search}"
        yield f"        if (low > 0 && {name}_points[low - 1] == x) return {name}_values[low - 1];\n    }}\n"
    yield "    {\n" + _SEARCH.format(name=name, what="edges", count=made.edges.size)
    last = len(made.high) - 1
    yield _BODY.format(name=name, last=last) if last else f"    return {name}_high[0][low] + {name}_low[0][low];\n"
    yield "    }\n"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    return ("-" if value < 0 else "") + "INFINITY" if math.isinf(value) else repr(value)


def _numbers(values: Iterable[float], spelled: object) -> str:
    lines, line = [], ""
    for value in values:
        text = spelled(float(value))  # type: ignore[operator]
        if len(line) + len(text) > _WIDTH:
            lines, line = [*lines, line], ""
        line += f"{text}, "
    return "\n".join([*lines, line.removesuffix(", ")])


# --- NumPy -----------------------------------------------------------------------------------------------------------


def _in_numpy(task: Task, made: dict[int, Tabled], promised: Sequence[Promise]) -> str:
    lines = [f"# {line}".rstrip() for line in comment(task, [], promised)]
    lines += [
        "",
        "import numpy as np",
        "",
        f"_HUGE, _SPLIT = {tabled._HUGE!r}, {tabled._SPLIT!r}",
        "nan, inf = np.nan, np.inf",
    ]
    for function in (tabled._sum, tabled._quick, tabled._product, tabled._halves):
        lines += ["", "", _plain(inspect.getsource(function))]
    lines += ["", "", _plain(inspect.getsource(Tabled.__call__), "_values"), "", ""]
    lines += [_plain(inspect.getsource(Tabled._polynomial))]
    for order, one in made.items():
        name = task.name(order)
        lines += ["", "", f"class _Table{order}:"]
        for key in ("edges", "centres", "points", "values"):
            lines.append(f"    {key} = np.array([\n{_numbers(getattr(one, key), repr)}])")
        for key in ("high", "low"):
            rows = ",\n".join(f"[{_numbers(row, repr)}]" for row in getattr(one, key))
            lines.append(f"    {key} = np.array([\n{rows}])")
        lines += [f"    ends = {one.ends!r}", "    _polynomial = _polynomial", "", ""]
        lines += [f"def {name}(x):", "    x = np.asarray(x)", "    kind = x.dtype if x.dtype.kind == 'f' else float"]
        lines += ["    with np.errstate(all='ignore'):"]
        lines += [f"        return np.asarray(_values(_Table{order}(), x.astype(float))).astype(kind)[()]"]
    return "\n".join(lines) + "\n"


def _plain(text: str, name: str = "") -> str:
    """The source of a function without its annotations, not indented."""
    tree = ast.parse(textwrap.dedent(text)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.returns, tree.name = None, name or tree.name
    for argument in tree.args.args:
        argument.annotation = None
    return ast.unparse(tree)


_WRITERS = {"c": _in_c, "numpy": _in_numpy}
