"""JAX's functions, read from their jaxpr: the primitives that a function comes to, nested calls opened.

The input is an array of `_SHAPE` whose every element is one x. What keeps the order of the elements is nothing; what
leaves elements out or mixes them is refused.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from propcheck.code.formula import (
    COMMON,
    FOLDS,
    GUARDS,
    INPUTS,
    UNEVEN,
    Stacked,
    Untraceable,
    along,
    apply,
    depends,
    guarded,
    is_condition,
    refusal,
)
from propcheck.code.numbers import Reader
from propcheck.code.tables import looked_up
from propcheck.code.tracing import Traced, nearest_of, placed, traced
from propcheck.code.values import check_multiple

ROWS: Mapping[str, str] = {
    "clamp": "min(max(b, a), c)", "nextafter": "", "rem": COMMON["fmod"], "erf_inv": "",
    "stop_gradient": "a", "copy_p": "a", "reduce_precision": "a", "optimization_barrier": "a",
    "add_any": "a + b",
}  # fmt: skip
_CALLS = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat", "remat2",
          "checkpoint", "custom_vjp_call_jaxpr", "custom_lin", "run_state")  # fmt: skip
_ORDERED = ("reshape", "squeeze", "expand_dims", "broadcast_in_dim")
_EACH = ("integer_pow", "select_n", "convert_element_type", "round", "and", "or", "not", "xor")
_LOOPS = ("while", "scan", "cond")
_LONGEST = 64  # steps of a loop
_SHAPE = (2, 3)


def trace(code: Any, count: int = 1) -> Traced:
    """The formula of a function, elementwise in each of its inputs."""
    reader, inputs = Reader(), INPUTS[:count]
    try:
        if getattr(code, "built", True) is False:  # a layer of Keras makes its variables where it first runs
            code.build(_SHAPE)
        with jax.enable_x64(True), _by_where():
            whole = jax.make_jaxpr(code)(*(_point() for _ in inputs))
            shapes = [item.aval.shape for item in whole.jaxpr.outvars]
            if len(shapes) != 1 or _size(shapes[0]) != _size(_SHAPE):
                raise Untraceable("it gives another number of elements than it takes: the function is not elementwise")
            names: list[ast.expr] = [ast.Name(name) for name in inputs]
            (node,) = _walked(whole.jaxpr, whole.consts, names, reader)
            if isinstance(node, Stacked):
                raise Untraceable(UNEVEN)
            slopes = _slopes(code, inputs, reader, whole.jaxpr.outvars[0].aval.dtype) if _custom(whole.jaxpr) else {}
    except Untraceable:
        raise
    except Exception as error:
        raise _translated(error) from None
    return traced(node, inputs, reader, f"jax {jax.__version__}", slopes=slopes)


def _slopes(code: Callable[..., Any], inputs: Sequence[str], reader: Reader, dtype: Any) -> dict[str, ast.expr]:
    """What `jax.grad` computes for each input of a function that brings its own rule."""
    names: list[ast.expr] = [ast.Name(name) for name in inputs]
    found = []
    for incoming in (1.0, 2.0):
        seed = np.full(_SHAPE, incoming, dtype)
        whole = jax.make_jaxpr(lambda *at: jax.vjp(code, *at)[1](seed))(*(_point() for _ in inputs))  # noqa: B023
        found.append(_walked(whole.jaxpr, whole.consts, names, reader))
    check_multiple(*found)
    return dict(zip(inputs, found[0], strict=True))


def _point() -> Any:
    return jax.ShapeDtypeStruct(_SHAPE, jnp.float64)


@contextmanager
def _by_where() -> Iterator[None]:
    """Functions of cases and of knots as the `jnp.where` that they mean: theirs gather all cases in one array."""

    def select(conditions: Sequence[Any], values: Sequence[Any], default: Any = 0) -> Any:
        for condition, value in reversed(list(zip(conditions, values, strict=True))):
            default = jnp.where(condition, value, default)
        return default

    def piecewise(x: Any, conditions: Sequence[Any], functions: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        values = [each(x, *args, **kwargs) if callable(each) else each for each in functions]
        # Where several conditions hold, the last one of them counts, as in NumPy.
        default = values.pop() if len(values) > len(conditions) else 0
        return select(list(conditions)[::-1], values[::-1], default)

    def interp(x: Any, xp: Any, fp: Any, **others: Any) -> Any:
        if others:
            raise Untraceable(f"it calls jnp.interp with {', '.join(others)}")
        xp, fp = list(jnp.asarray(xp)), list(jnp.asarray(fp))
        lines = [f + (g - f) / (b - a) * (x - a) for a, b, f, g in zip(xp, xp[1:], fp, fp[1:], strict=False)]
        return select([x <= end for end in xp], [jnp.full_like(x, fp[0]), *lines], fp[-1])

    def searchsorted(a: Any, v: Any, side: str = "left", **_: Any) -> Any:
        edges = list(jnp.asarray(a))[::-1]
        return select([v > end if side == "left" else v >= end for end in edges], list(range(len(edges), 0, -1)), 0)

    def digitize(x: Any, bins: Any, right: bool = False, **_: Any) -> Any:
        return searchsorted(bins, x, "left" if right else "right")

    ours = {
        "select": select, "piecewise": piecewise, "interp": interp, "searchsorted": searchsorted, "digitize": digitize,
    }  # fmt: skip
    known = {name: getattr(jnp, name) for name in ours}
    for name, function in ours.items():
        setattr(jnp, name, function)
    try:
        yield
    finally:
        for name, function in known.items():
            setattr(jnp, name, function)


def _translated(error: Exception) -> Untraceable:
    from propcheck.code.naming import said

    concrete = jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError
    if isinstance(error, jax.errors.NonConcreteBooleanIndexError):
        why = "it takes or sets elements by a mask, which jnp.where does for each element"
        return Untraceable(f"{why}{placed(error.__traceback__)}")
    if isinstance(error, concrete) or "truth value of an array" in str(error):
        why = "it chooses its way by the values of its input, or takes them out, which jnp.where does for each element"
        return Untraceable(f"{why}{placed(error.__traceback__)}")
    return Untraceable(f"{said(error)}{placed(error.__traceback__)}")


def _custom(jaxpr: Any) -> bool:
    """Whether a rule of its own for the slope is met on the way."""
    for equation in jaxpr.eqns:
        if equation.primitive.name.startswith(("custom_jvp_call", "custom_vjp_call")):
            return True
        if any(_custom(inner) for inner in _inner(equation)):
            return True
    return False


def _inner(equation: Any) -> list[Any]:
    found = []
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        inner = equation.params.get(key)
        if inner is not None:
            found.append(getattr(inner, "jaxpr", inner))
    return found


def _walked(jaxpr: Any, consts: Sequence[Any], operands: Sequence[ast.expr], reader: Reader) -> list[ast.expr]:
    """What a jaxpr comes to."""
    known: dict[Any, ast.expr] = dict(zip(jaxpr.invars, operands, strict=True))
    known |= {variable: _constant(value, reader) for variable, value in zip(jaxpr.constvars, consts, strict=True)}

    def operand(item: Any) -> ast.expr:
        return _constant(item.val, reader) if hasattr(item, "val") else known[item]

    for equation in jaxpr.eqns:
        made = _equation(equation, [operand(item) for item in equation.invars], reader)
        known |= zip(equation.outvars, made, strict=True)
    return [operand(item) for item in jaxpr.outvars]


def _equation(equation: Any, operands: list[ast.expr], reader: Reader) -> list[ast.expr]:
    name, params = equation.primitive.name, equation.params
    if not equation.outvars:  # it prints, or checks
        return []
    if name in _CALLS and params.get("name") == "signbit":  # of its bits
        return [apply(COMMON["signbit"], *operands)]
    if name in _CALLS:
        key = next(key for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in params)
        inner = params[key]
        consts = getattr(inner, "consts", ())
        return _walked(getattr(inner, "jaxpr", inner), consts, operands, reader)
    try:
        if name == "scan" and params["length"] <= _LONGEST and len(equation.outvars) == params["num_carry"]:
            return _looped(params, operands, reader)
        return [_made(name, params, operands, equation, reader)]
    except Untraceable as error:
        raise Untraceable(f"{error}{_line(equation)}") from None


def _looped(params: Mapping[str, Any], operands: list[ast.expr], reader: Reader) -> list[ast.expr]:
    """A loop of a number of steps that is known, which gives what it carries along."""
    body, held, carried = params["jaxpr"], params["num_consts"], params["num_carry"]
    consts, made, rows = operands[:held], operands[held : held + carried], operands[held + carried :]
    for step in range(params["length"])[:: -1 if params["reverse"] else 1]:
        taken = [row.elts[step] if isinstance(row, Stacked) else row for row in rows]
        if any(depends(row) for row in rows) or any(isinstance(row, Stacked) and row.axis for row in rows):
            raise Untraceable("it runs jax.lax.scan along its input: the function is not elementwise")
        made = _walked(body.jaxpr, body.consts, [*consts, *made, *taken], reader)
    return made


def _laid(name: str, params: Mapping[str, Any], node: ast.expr, before: Sequence[int], after: Sequence[int]) -> Any:
    """An operand in another shape, the order of its elements kept; None where it is not."""
    if not isinstance(node, Stacked):
        if not depends(node) or _size(before) == _size(after):
            return node
        own = [1 for _ in after]
        for axis, size in zip(params.get("broadcast_dimensions", ()), before, strict=False):
            own[axis] = size
        return along(node, node, own, after) if name == "broadcast_in_dim" else None
    if name == "broadcast_in_dim":
        axis = params["broadcast_dimensions"][node.axis]
        return Stacked.of(node.elts, axis) if not depends(node) or _size(before) == _size(after) else None
    long, now = ([axis for axis, size in enumerate(shape) if size != 1] for shape in (before, after))
    if [before[axis] for axis in long] != [after[axis] for axis in now] or node.axis not in long:
        return None
    return Stacked.of(node.elts, now[long.index(node.axis)])


def _made(name: str, params: Mapping[str, Any], operands: list[ast.expr], equation: Any, reader: Reader) -> ast.expr:
    if name not in COMMON and name not in ROWS and name not in _ORDERED and name in _LOOPS:
        raise Untraceable(f"it runs jax.lax.{name}: a way through the code is chosen by values, or a loop is run")
    shapes, after = [item.aval.shape for item in equation.invars], equation.outvars[0].aval.shape
    if name in _ORDERED:
        found = _laid(name, params, operands[0], shapes[0], after)
        return found if found is not None else _refused(f"pad_{name}")
    match name:
        case "stack" | "concatenate" if not any(isinstance(node, Stacked) for node in operands):
            axis = params["axis" if name == "stack" else "dimension"]
            if name == "stack" or all(shape[axis] == 1 for shape in shapes):
                return Stacked.of(operands, axis)
        case "gather" if isinstance(operands[0], Stacked) and len(shapes[0]) == 1 and params["slice_sizes"] == (1,):
            return looked_up(operands[1], operands[0].elts)
        case "slice" if isinstance(row := operands[0], Stacked) and set(params["strides"] or (1,)) == {1}:
            taken = row.elts[params["start_indices"][row.axis] : params["limit_indices"][row.axis]]
            if not depends(row) and taken:
                return Stacked.of(taken, row.axis) if len(taken) > 1 else taken[0]
        case "select_n" if len(operands) > 3:
            return looked_up(operands[0], operands[1:])
    fold = name.removeprefix("reduce_")
    if fold != name and fold in FOLDS and shapes[0] != after and _size(shapes[0]) == _size(after):
        return operands[0]  # over axes of one element
    if fold != name and isinstance(operands[0], Stacked):
        fold = {"and": "all", "or": "any"}.get(fold, fold)
        return operands[0].folded(fold) if params["axes"] == (operands[0].axis,) and fold in FOLDS else _refused(name)
    if name not in COMMON and name not in ROWS and name not in _EACH and name not in GUARDS:
        return _refused(name)
    made = _operated(name, params, operands, equation, reader)
    for node, shape in zip(operands, shapes, strict=True):
        if depends(node):
            found = along(made, node, shape, after)
            if found is None:
                raise Untraceable(UNEVEN) if shape == after else Untraceable(f"it calls {refusal(name)}")
            made = found
    return made


def _operated(
    name: str, params: Mapping[str, Any], operands: list[ast.expr], equation: Any, reader: Reader
) -> ast.expr:
    """What an operation on each element comes to."""
    match name:
        case "integer_pow":
            return apply("a**b", operands[0], apply(str(params["y"])))
        case "select_n" if len(operands) == 3:
            return apply("c if a else b", *operands)
        case "convert_element_type":
            reader.meets(str(params["new_dtype"]))
            return _cast(operands[0], np.dtype(params["new_dtype"]), equation.invars[0].aval.dtype)
        case "round":
            return apply("round(a)", operands[0]) if int(params["rounding_method"]) else _refused("round away from 0")
        case "and" | "or" | "not" | "xor" if not all(map(is_condition, operands)):
            return _refused(f"{name} of bits")
    if name in GUARDS:
        return guarded(name, *operands)
    row = ROWS[name] if name in ROWS else COMMON.get(name, "")
    return apply(row, *operands) if row else _refused(name)


def _refused(operation: str) -> ast.expr:
    raise Untraceable(f"it calls {refusal(operation)}")


def _cast(node: ast.expr, dtype: np.dtype, before: Any) -> ast.expr:
    if dtype.kind == "b":
        return apply("a != 0", node) if not is_condition(node) else node
    whole = dtype.kind in "iu" and np.dtype(before).kind not in "iub"
    return apply("trunc(a)" if whole else "a + 0", node)


def _constant(value: Any, reader: Reader) -> ast.expr:
    values = np.asarray(value)
    if values.size == 0 or not (values == values.flat[0]).all():
        if values.size == 1:
            raise Untraceable("it calculates with a number that is not real")
        long = [axis for axis, size in enumerate(values.shape) if size != 1]
        if len(long) != 1:
            raise Untraceable(UNEVEN)
        return Stacked.of([_constant(one, reader) for one in values.reshape(-1)], long[0])
    dtype, one = str(values.dtype), values.flat[0]
    return reader.number(one.item() if values.dtype.kind in "bi" else float(one), dtype)


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape))


def _line(equation: Any) -> str:
    """Where an equation comes from."""
    frames = getattr(equation.source_info.traceback, "frames", None) or ()
    return nearest_of([(frame.file_name, frame.line_num) for frame in frames])


def evaluate(code: Callable[..., Any], columns: list[list[float]]) -> list[float]:
    """The code's own values at points, the coordinates of one input a column, in double precision."""
    with jax.enable_x64(True):
        for width in (9, _SHAPE[1]):  # another than when it was read: what depends on it shows itself
            arrays = [jnp.array(column, dtype=jnp.float64).reshape(-1, width) for column in columns]
            with suppress(*() if width == _SHAPE[1] else (Exception,)):  # it has a number for each of three channels
                return np.asarray(code(*arrays), dtype=np.float64).reshape(-1).tolist()
    raise AssertionError
