"""Exported sources of functions of very many pieces: a search, then two words of arithmetic."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from propcheck.numeric import tabled
from propcheck.numeric.formats import DOUBLE
from propcheck.numeric.source import arrays, keras
from propcheck.numeric.source.c import REMARKS, STRICT, guarded
from propcheck.numeric.source.heading import NAMES_OF_C, Export, Promise, Task, comment
from propcheck.numeric.span import Shortfall
from propcheck.numeric.tabled import Tabled
from propcheck.numeric.trained import Trained
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
    """The functions of these orders as a header of C, or as a module for a library of arrays."""
    many = f"{task.activation.name} has {len(task.activation.pieces)} pieces"
    if language not in _WRITERS:
        raise InputError(f"{many}, and so many are exported to {', '.join(_WRITERS)}, not to {language}")
    if tabled.beyond(task.activation) is not None:
        raise InputError(f"{many}; those that run on without end are no polynomials, and are compiled but not exported")
    made = {order: tabled.tabled(task.activation, order, task.kink) for order in task.orders}
    promised = tuple(_promise(order, one) for order, one in made.items())
    return Export(_WRITERS[language](replace(task, work=DOUBLE), made, promised), promised)


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


# --- libraries of arrays ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Library:
    """A library: its imports, what makes an array of rows of numbers, what stands before and after the functions.

    `function` is the text of one, with its name and its order.
    """

    imports: tuple[str, ...]
    array: str
    function: Callable[[Task, int], list[str]]
    kept: str = "x"  # what keeps a product from being joined with a sum
    after: Callable[[Task], list[str]] = lambda task: []
    remarks: Callable[[Task], list[str]] = lambda task: []


def _in_python(library: _Library, task: Task, made: dict[int, Tabled], promised: Sequence[Promise]) -> str:
    lines = [f"# {line}".rstrip() for line in comment(task, library.remarks(task), promised)]
    lines += ["", *library.imports, "", f"_HUGE, _SPLIT = {tabled._HUGE!r}, {tabled._SPLIT!r}"]
    lines += ["nan, inf = float('nan'), float('inf')", "", "", "def _kept(x):", f"    return {library.kept}"]
    for function in tabled.SOURCES:
        lines += ["", "", _plain(inspect.getsource(function), f"_{function.__name__.lstrip('_')}")]
    for order, one in made.items():
        lines += ["", "", f"class _Table{order}:"]
        for key in tabled.ARRAYS[:4]:
            lines.append(f"    {key} = {library.array.format(f'[{chr(10)}{_numbers(getattr(one, key), repr)}]')}")
        for key in tabled.ARRAYS[4:]:
            rows = ",\n".join(f"[{_numbers(row, repr)}]" for row in getattr(one, key))
            lines.append(f"    {key} = {library.array.format(f'[{chr(10)}{rows}]')}")
        lines += [f"    ends = {one.ends!r}", "", "", *library.function(task, order)]
    after = library.after(task)
    return "\n".join([*lines, *(["", "", *after] if after else [])]) + "\n"


def _plain(text: str, name: str = "") -> str:
    """The source of a function without its annotations, not indented."""
    tree = ast.parse(textwrap.dedent(text)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.returns, tree.name = None, name or tree.name
    for argument in tree.args.args:
        argument.annotation = None
    return ast.unparse(tree)


def _numpy(task: Task, order: int) -> list[str]:
    return [
        f"def {task.name(order)}(x):",
        "    x = np.asarray(x)",
        "    kind = x.dtype if x.dtype.kind == 'f' else float",
        "    with np.errstate(all='ignore'):",
        f"        return np.asarray(_values(_Table{order}, x.astype(float), np, _kept)).astype(kind)[()]",
    ]


def _torch(task: Task, order: int) -> list[str]:
    return [
        f"def _{task.name(order)}(x):",
        *_moved(order, "getattr(_Table{order}, key).to(x.device)"),
        "    return _values(table, x.contiguous(), torch, _kept)",
    ]


def _jax(task: Task, order: int) -> list[str]:
    return [
        "@jax.custom_jvp",
        f"def {task.name(order)}(x):",
        "    if not jax.config.jax_enable_x64:",
        "        raise RuntimeError(\"this needs jax.config.update('jax_enable_x64', True)\")",
        "    x = jnp.asarray(x)",
        "    kind = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jnp.float64",
        *_moved(order, "jnp.asarray(getattr(_Table{order}, key))"),
        "    return _values(table, x.astype(jnp.float64), jnp, _kept).astype(kind)",
    ]


def _keras(task: Task, order: int) -> list[str]:
    return [
        f"def _plain_{task.name(order)}(x):",
        *_moved(order, "ops.convert_to_tensor(getattr(_Table{order}, key), 'float64')"),
        f"    return ops.cast(_values(table, ops.cast(x, 'float64'), _Searching, _kept), '{task.out.name}')",
    ]


_SEARCHING = """\
class _Searching:
    inf, abs, searchsorted = float("inf"), staticmethod(ops.abs), staticmethod(ops.searchsorted)

    @staticmethod
    def where(mask, a, b):
        return ops.where(mask, ops.convert_to_tensor(a, "float64"), ops.convert_to_tensor(b, "float64"))


def _barrier(x):""".splitlines()


def _after_keras(task: Task) -> list[str]:
    return [*keras._differentiable(task), *_layer(task, keras._layer)]


def _moved(order: int, text: str) -> list[str]:
    """The table with its arrays as the library has them where x is."""
    keys = ", ".join(map(repr, tabled.ARRAYS))
    made = f"{{key: {text.format(order=order)} for key in ({keys})}}"
    return [f"    arrays = {made}", f"    table = type('_Moved', (_Table{order},), arrays)"]


def _layer(task: Task, made: Callable[[Task, Trained], list[str]]) -> list[str]:
    return ["", "", *made(task, Trained(task.activation, task.kink))] if 0 in task.orders else []


_SEARCHED = "Computed in float64 and rounded once to the type of x."
_JOINED = "A compiler that joins products and sums (Triton does, unless it is told not to) loses the last digits of it."
_NUMPY = _Library(("import numpy as np",), "np.array({})", _numpy, remarks=lambda task: [_SEARCHED])
_TORCH = _Library(
    ("import torch",),
    "torch.tensor({}, dtype=torch.float64)",
    _torch,
    after=lambda task: [*arrays._differentiable_torch(task), *_layer(task, arrays._layer_torch)],
    remarks=lambda task: [_SEARCHED, _JOINED, arrays.chain(task)],
)
_JAX = _Library(
    ("import numpy as np", "import jax", "import jax.numpy as jnp"),
    "np.array({})",
    _jax,
    kept="jax.lax.optimization_barrier(x)",
    after=arrays._differentiable_jax,
    remarks=lambda task: [_SEARCHED, arrays._FLUSHED, arrays.chain(task)],
)
_FLAX = replace(
    _JAX,
    imports=(*_JAX.imports, "from flax import nnx"),
    after=lambda task: [*_JAX.after(task), *_layer(task, arrays._layer_flax)],
)
_KERAS = _Library(
    ("import numpy as np", "import keras", "from keras import ops", "", "", *_SEARCHING, *keras._KEPT[1:]),
    "np.array({})",
    _keras,
    kept="_barrier(x)",
    after=_after_keras,
    remarks=lambda task: [_SEARCHED.replace("the type of x", task.out.name), keras._REMARK, arrays.chain(task)],
)
_WRITERS = {
    "c": _in_c,
    "numpy": partial(_in_python, _NUMPY),
    "torch": partial(_in_python, _TORCH),
    "jax": partial(_in_python, _JAX),
    "flax": partial(_in_python, _FLAX),
    "keras": partial(_in_python, _KERAS),
}
