"""JAX's functions, read from their jaxpr: the primitives that a function comes to, nested calls opened.

The input is an array of `_SHAPE` whose every element is one x. What keeps the order of the elements is nothing; what
leaves elements out or mixes them is refused.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from propcheck.code.formula import COMMON, GUARDS, INPUTS, Untraceable, apply, depends, guarded, is_condition, refusal
from propcheck.code.numbers import Reader
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
_LOOPS = ("while", "scan", "cond")
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
    """`jnp.select` and `jnp.piecewise` as the `jnp.where` that they mean: theirs gather all cases in one array."""

    def select(conditions: Sequence[Any], values: Sequence[Any], default: Any = 0) -> Any:
        for condition, value in reversed(list(zip(conditions, values, strict=True))):
            default = jnp.where(condition, value, default)
        return default

    def piecewise(x: Any, conditions: Sequence[Any], functions: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        values = [each(x, *args, **kwargs) if callable(each) else each for each in functions]
        # Where several conditions hold, the last one of them counts, as in NumPy.
        default = values.pop() if len(values) > len(conditions) else 0
        return select(list(conditions)[::-1], values[::-1], default)

    known = jnp.select, jnp.piecewise
    jnp.select, jnp.piecewise = select, piecewise
    try:
        yield
    finally:
        jnp.select, jnp.piecewise = known


def _translated(error: Exception) -> Untraceable:
    from propcheck.code.naming import said

    concrete = jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError
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
    if name in _CALLS:
        key = next(key for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in params)
        inner = params[key]
        consts = getattr(inner, "consts", ())
        return _walked(getattr(inner, "jaxpr", inner), consts, operands, reader)
    try:
        return [_made(name, params, operands, equation, reader)]
    except Untraceable as error:
        raise Untraceable(f"{error}{_line(equation)}") from None


def _made(name: str, params: Mapping[str, Any], operands: list[ast.expr], equation: Any, reader: Reader) -> ast.expr:
    sizes = [_size(item.aval.shape) for item in equation.invars]
    full = _size(equation.outvars[0].aval.shape)
    if name not in COMMON and name not in ROWS and name not in _ORDERED and name in _LOOPS:
        raise Untraceable(f"it runs jax.lax.{name}: a way through the code is chosen by values, or a loop is run")
    if any(depends(node) and size != full for node, size in zip(operands, sizes, strict=True)):
        raise Untraceable(f"it calls {refusal(name if name not in _ORDERED else f'pad_{name}')}")
    if name in _ORDERED:
        return operands[0]
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
        raise Untraceable("it uses an array of different numbers: the function is not the same for each element")
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
        made = code(*(jnp.array(column, dtype=jnp.float64).reshape(-1, _SHAPE[1]) for column in columns))
        return np.asarray(made, dtype=np.float64).reshape(-1).tolist()
