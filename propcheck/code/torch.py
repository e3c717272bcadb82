"""PyTorch's functions and modules, read below its dispatcher: a tensor without numbers, whose element is a formula.

What reaches it are the operators of ATen, whatever the code above them is called, compiled or composed of. Each
element of the input is one x. A view keeps the order of the elements, so that an operation on tensors which have as
many elements as the input stays elementwise; what leaves elements out or mixes them is refused.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch

from propcheck.code.aten import CONSTANT, COPIES, EMPTY, GELU, GELU_SLOPE, KEYWORDS, ORDERED, ROWS, VIEWS
from propcheck.code.formula import (
    COMMON,
    FOLDS,
    GUARDS,
    INPUTS,
    MIXED,
    UNEVEN,
    Stacked,
    Untraceable,
    along,
    apply,
    arity,
    depends,
    guarded,
    is_condition,
)
from propcheck.code.numbers import Reader
from propcheck.code.tables import counted, looked_up
from propcheck.code.tracing import Traced, placed, refuse, same, traced, unreadable
from propcheck.code.values import check_multiple
from propcheck.language import RESERVED

_SHAPE = (2, 3)


class _Cell:
    """What a tensor holds, shared by its views."""

    def __init__(self, node: ast.expr):
        self.node = node


class _Recorded(torch.Tensor):
    """A tensor without numbers; each element is the formula in its cell.

    With a `mask` it has those elements alone at which that holds, as many as there may be.
    """

    cell: _Cell
    reader: Reader
    mask: ast.expr | None

    @staticmethod
    def __new__(
        cls, cell: _Cell, shape: Any, reader: Reader, dtype: Any = torch.float64, mask: ast.expr | None = None
    ) -> _Recorded:
        made = torch.Tensor._make_wrapper_subclass(cls, shape, dtype=dtype)
        made.cell, made.reader, made.mask = cell, reader, mask
        return made

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return "<a tensor without numbers>"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _dispatched(func, list(args), dict(kwargs or {}))


def _dispatched(func: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    recorded = [item for item in _flat((args, kwargs)) if isinstance(item, _Recorded)]
    reader = recorded[0].reader
    name = func._schema.name.partition("::")[2]
    if "out" in kwargs or name.startswith(("_foreach", "set_")):
        raise refuse(f"aten.{name}")
    if name in VIEWS:
        return _viewed(func, name, args, kwargs, reader)
    if name == "stack":
        return _stacked(args, reader)
    if name in FOLDS and (found := _folded(name, args, kwargs, reader)) is not None:
        return found
    if name in ("_local_scalar_dense", "is_nonzero"):
        return _number(args[0].cell.node)
    if name == "index":
        return _taken(args, reader)
    if name == "index_put_":
        return _put(args, reader)
    in_place = name.endswith("_") and not name.endswith("__")
    name = name.removesuffix("_") if in_place else name.strip("_") if name.endswith("__") else name
    tensors = [item for item in _flat((args, kwargs)) if isinstance(item, torch.Tensor)]
    if name in ("bucketize", "searchsorted"):
        tensors = [item for item in tensors if isinstance(item, _Recorded)]
    shape = torch.broadcast_shapes(*(item.shape for item in tensors))
    reader.shape = shape
    node, dtype = _computed(name, args, kwargs, reader)
    mask = next((item.mask for item in recorded if item.mask is not None), None)
    for item in recorded:
        if depends(item.cell.node) and not same(item.mask, mask):
            raise refuse(f"aten.{name}", "whose operands are taken from different places")
        if depends(item.cell.node):
            own = tuple(item.shape)
            if (found := along(node, item.cell.node, own, shape)) is None:
                raise unreadable(UNEVEN if own == tuple(shape) else f"aten.{name} {MIXED}")
            node = found
    if in_place:
        if shape != args[0].shape:
            raise unreadable(f"aten.{name} {MIXED}")
        args[0].cell.node = node
        return args[0]
    made = _Recorded(_Cell(node), shape, reader, dtype or (torch.bool if is_condition(node) else torch.float64), mask)
    return (made, made) if name in ("log_sigmoid_forward", "fake_quantize_per_tensor_affine_cachemask") else made


def _number(node: ast.expr) -> Any:
    """The number that is taken out of a tensor, where it is one whatever the input."""
    if not isinstance(node, ast.Constant):
        raise unreadable("it takes a number out of its input, as for a choice between ways through the code")
    return node.value


def _stacked(args: list[Any], reader: Reader) -> _Recorded:
    """`torch.stack`: the formulas of several tensors along a new axis."""
    items, axis = args[0], args[1] if len(args) > 1 else 0
    nodes = [_node(item, reader) for item in items]
    if any(isinstance(node, Stacked) for node in nodes):
        raise refuse("aten.stack", "of what is stacked already")
    shape = list(items[0].shape)
    axis %= len(shape) + 1
    shape.insert(axis, len(nodes))
    return _Recorded(_Cell(Stacked.of(nodes, axis)), shape, reader)


def _folded(name: str, args: list[Any], kwargs: dict[str, Any], reader: Reader) -> Any:
    """What a reduction along the axis of what is stacked comes to; None where it is another one."""
    node, axes = args[0].cell.node if isinstance(args[0], _Recorded) else None, args[1] if len(args) > 1 else None
    if isinstance(node, ast.Constant) and name not in ("sum", "prod", "mean") and axes is None:
        return _Recorded(args[0].cell, (), reader, args[0].dtype)  # one number for all elements
    if not isinstance(node, Stacked) or axes is None or isinstance(axes, torch.Tensor):
        return None
    axes = [axis % args[0].ndim for axis in (axes if isinstance(axes, list | tuple) else [axes])]
    if axes != [node.axis] or set(kwargs) - {"keepdim", "dtype"}:
        return None
    keep = kwargs.get("keepdim", args[2] if len(args) > 2 else False)
    shape = list(args[0].shape)
    shape[node.axis : node.axis + 1] = [1] if keep else []
    made = _Recorded(_Cell(node.folded(name)), shape, reader)
    return (made, _Recorded(_Cell(ast.Name("x")), (), reader)) if name in ("max", "min") else made  # no place has one


def _viewed(func: Any, name: str, args: list[Any], kwargs: dict[str, Any], reader: Reader) -> Any:
    source = args[0]
    if not isinstance(source, _Recorded):
        raise refuse(f"aten.{name}")
    if any(isinstance(item, torch.dtype) for item in args):
        raise refuse(f"aten.{name}", "which takes the bits of numbers for other numbers")
    bare = [torch.empty(item.shape, device="meta") if isinstance(item, torch.Tensor) else item for item in args]
    shape = func(*bare, **kwargs).shape
    if isinstance(node := source.cell.node, Stacked):
        if name == "select" and args[1] % source.ndim == node.axis:
            return _Recorded(_Cell(node.elts[args[2]]), shape, reader, source.dtype, source.mask)
        if name not in ("alias", "detach", "contiguous", "lift_fresh"):
            raise refuse(f"aten.{name}", "of what is stacked")
    whole = shape.numel() == source.shape.numel() and (name in ORDERED or name == "slice")
    if depends(source.cell.node) and not whole:
        raise refuse(f"aten.{name}", "which takes elements from their places: the function is not elementwise")
    return _Recorded(source.cell, shape, reader, source.dtype, source.mask)


def _masked(name: str, source: Any, places: Any) -> ast.expr:
    """The one mask of a whole tensor by which elements are taken or put."""
    mask = places[0] if len(places) == 1 else None
    whole = isinstance(mask, _Recorded) and mask.mask is None and getattr(source, "mask", None) is None
    if not isinstance(mask, _Recorded) or not whole or mask.dtype != torch.bool or mask.shape != source.shape:
        raise refuse(f"aten.{name}", "which takes elements from their places: write torch.where(mask, values, x)")
    return mask.cell.node


def _taken(args: list[Any], reader: Reader) -> Any:
    """x[mask], or a table at the places that x says."""
    table, (place, *more) = args[:2]
    if not isinstance(table, _Recorded) and table.ndim == 1 and isinstance(place, _Recorded) and not more:
        try:
            made = looked_up(_node(place, reader), [_node(value, reader) for value in table])
        except Untraceable as error:
            raise unreadable(str(error)) from None
        return _Recorded(_Cell(made), place.shape, reader, table.dtype)
    mask = _masked("index", *args)
    return _Recorded(_Cell(_node(args[0], reader)), (args[0].numel(),), reader, args[0].dtype, mask)


def _put(args: list[Any], reader: Reader) -> Any:
    """x[mask] = a number, or what was made of the elements at the same mask."""
    target, places, value = args[:3]
    mask, new = _masked("index_put_", target, places), _node(value, reader)
    if (
        len(args) > 3
        and args[3]
        or isinstance(new, Stacked)
        or depends(new)
        and not same(mask, getattr(value, "mask", None))
    ):
        raise refuse("aten.index_put_", "which moves elements: write torch.where(mask, values, x)")
    target.cell.node = apply("b if a else c", mask, new, target.cell.node)
    return target


def _computed(name: str, args: list[Any], kwargs: dict[str, Any], reader: Reader) -> tuple[ast.expr, Any]:
    """The formula of an operator's result, and its type where that is asked for."""
    if name in CONSTANT or name in EMPTY or name in ("full_like", "new_full", "fill"):
        filled = args[-1] if name in ("full_like", "new_full", "fill") else CONSTANT.get(name, 0)
        return _node(filled, reader), kwargs.get("dtype")
    if name == "copy":
        return _node(args[1], reader), args[0].dtype
    if name in COPIES:
        return _cast(_node(args[0], reader), kwargs.get("dtype"), reader)
    if name == "round" and not kwargs.get("decimals"):
        kwargs = {}
    if name in ("bucketize", "searchsorted"):
        x, edges = args[:2] if name == "bucketize" else args[1::-1]
        inclusive = kwargs.get("right") or kwargs.get("side") == "right"
        return counted(_node(x, reader), [_node(edge, reader) for edge in edges], bool(inclusive)), torch.int64
    if unknown := [key for key in kwargs if key not in KEYWORDS and kwargs[key] is not None]:
        raise refuse(f"aten.{name}", f"whose {unknown[0]} is not known here")
    if name == "fake_quantize_per_tensor_affine_cachemask":
        scale, zero, low, high = (_node(item, reader) for item in args[1:5])
        whole = apply("max(round(a/b) + c, d)", _node(args[0], reader), scale, zero, low)
        return apply("(min(a, b) - c)*d", whole, high, zero, scale), None
    numbers = [item for item in args if isinstance(item, torch.Tensor | int | float)]
    if name == "leaky_relu_backward":  # whether it is given the result: the sign is the same
        numbers = numbers[:3]
    if name in ("max", "min") and sum(isinstance(item, torch.Tensor) for item in args) < 2:
        raise refuse(f"aten.{name}", "which brings several elements together: the function is not elementwise")
    operands = [_node(item, reader) for item in numbers]
    if name in ("clamp", "clip", "clamp_min", "clamp_max"):
        return _clamped(name, args, kwargs, reader), None
    if name in ("gelu", "gelu_backward"):
        way = str(kwargs.get("approximate", "none"))
        if name == "gelu":
            return apply(GELU[way], operands[0]), None
        return apply("a*b", operands[0], apply(GELU_SLOPE[way], operands[1])), None
    if name == "rrelu_with_noise":
        if len(args) > 4 and args[4]:
            raise refuse("aten.rrelu", "which is random while training; `.eval()` gives its mean slope")
        slope = _node((args[2] + args[3]) / 2, reader) if len(args) > 3 else apply("11/48")
        return apply("a if a > 0 else b*a", operands[0], slope), None
    if name in ("div", "divide") and kwargs.get("rounding_mode"):
        return apply("floor(a/b)" if kwargs["rounding_mode"] == "floor" else "trunc(a/b)", *operands[:2]), None
    if name in ("bitwise_and", "bitwise_or", "bitwise_not", "bitwise_xor", "and", "or", "xor"):
        if not all(map(is_condition, operands)):
            raise refuse(f"aten.{name}", "which works on bits of numbers")
        return apply(COMMON[f"logical_{name.removeprefix('bitwise_')}"], *operands), None
    if name in GUARDS:
        return guarded(name, *operands), None
    if name in ("addcmul", "addcdiv"):
        operands.append(_node(kwargs.get("value", 1), reader))
    if name in ("add", "sub", "rsub") and "alpha" in kwargs:
        operands.append(_node(kwargs["alpha"], reader))
    if name in ROWS:
        row, defaults = ROWS[name]
        short = 4 - len(operands)
        missing = [_node(value, reader) for value in defaults[len(operands) - 1 :]] if short else []
        if name in ("add", "sub", "rsub") and len(operands) == 2:
            missing = [ast.Constant(1)]
        return apply(row, *_counted(name, row, [*operands, *missing])), None
    if name == "relu":
        return apply("max(a, 0)", *operands), None
    if name in COMMON:
        return apply(COMMON[name], *_counted(name, COMMON[name], operands)), None
    raise refuse(f"aten.{name}")


def _counted(name: str, row: str, operands: list[ast.expr]) -> list[ast.expr]:
    """The operands, of which there are as many as a row has."""
    if len(operands) != arity(row):
        raise refuse(f"aten.{name}", f"which has {len(operands)} operands here, and is known with {arity(row)}")
    return operands


def _clamped(name: str, args: list[Any], kwargs: dict[str, Any], reader: Reader) -> ast.expr:
    given = dict(zip(("self", *(("max",) if name == "clamp_max" else ("min", "max"))), args, strict=False)) | kwargs
    node = _node(given["self"], reader)
    for end, row in (("min", "max(a, b)"), ("max", "min(a, b)")):
        if given.get(end) is not None:
            node = apply(row, node, _node(given[end], reader))
    return node


def _cast(node: ast.expr, dtype: Any, reader: Reader) -> tuple[ast.expr, Any]:
    reader.meets(str(dtype).removeprefix("torch."))
    if dtype is None or is_condition(node) and dtype == torch.bool:
        return node, dtype
    if dtype == torch.bool:
        return apply("a != 0", node), dtype
    if dtype.is_floating_point or is_condition(node):
        return apply("a + 0", node), dtype
    return apply("trunc(a)", node), dtype


def _node(item: Any, reader: Reader) -> ast.expr:
    """An operand as a tree: what is recorded, a number, or a tensor all of whose elements are one number."""
    if isinstance(item, _Recorded):
        node, wider = item.cell.node, len(reader.shape) - item.ndim
        return Stacked.of(node.elts, node.axis + wider) if isinstance(node, Stacked) and wider > 0 else node
    dtype = "float64"
    if isinstance(item, torch.Tensor):
        if item.is_complex() or item.numel() == 0:
            raise unreadable(UNEVEN)
        if not bool((item == item.reshape(-1)[0]).all()):
            return _varied(item, reader)
        dtype, item = str(item.dtype).removeprefix("torch."), item.reshape(-1)[0].item()
    if isinstance(item, complex) or item != item:
        raise unreadable("it calculates with a number that is not real")
    return reader.number(item, dtype)


def _varied(item: torch.Tensor, reader: Reader) -> ast.expr:
    """Numbers that differ along one axis of the result."""
    own = (1,) * (len(reader.shape) - item.ndim) + tuple(item.shape)
    long = [axis for axis, size in enumerate(own) if size != 1]
    if len(long) != 1:
        raise unreadable(UNEVEN)
    return Stacked.of([_node(number, reader) for number in item.reshape(-1)], long[0])


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [part for item in value.values() for part in _flat(item)]
    if isinstance(value, list | tuple):
        return [part for item in value for part in _flat(item)]
    return [value]


# ---------------------------------------------------------------------------------------------- the code


def trace(code: Any, count: int = 1) -> Traced:
    """The formula of a function or a module in evaluation mode, elementwise in each of its inputs.

    Its parameters are symbols, and where it cannot be read so, as where it chooses its way by them, their numbers.
    """
    try:
        return _trace(code, count, symbols=True)
    except Untraceable:
        if isinstance(code, torch.nn.Module) and list(code.parameters()):
            with suppress(Untraceable):
                return _trace(code, count, symbols=False)
        raise


def _trace(code: Any, count: int, symbols: bool) -> Traced:
    reader = Reader()
    if isinstance(code, type) and issubclass(code, torch.autograd.Function):
        code = code.apply
    inputs = INPUTS[:count]
    parameters: dict[str, ast.expr] = {}
    put: dict[str, torch.Tensor] = {}
    shape = _shape_for(code)
    uneven = []
    for name, value in code.named_parameters() if isinstance(code, torch.nn.Module) and symbols else ():
        if value.numel() == 0 or not bool((value == value.reshape(-1)[0]).all()):
            uneven.append(name)
            continue
        symbol = _symbol(name, parameters)
        parameters[symbol] = _node(value.detach(), reader)
        put[name] = _Recorded(_Cell(ast.Name(symbol)), value.shape, reader)
    try:
        with _evaluated(code):
            made = _result(code, _inputs(inputs, shape, reader), put)
            node = made.cell.node
            slopes = _slopes(code, inputs, put, shape, reader) if _custom(made) else {}
    except Untraceable as error:
        if uneven and UNEVEN in str(error):
            told = f"its parameter {uneven[0]} has different numbers: the function is not the same for each element"
            raise Untraceable(told) from None
        raise
    except Exception as error:
        raise _translated(error) from None
    return traced(node, inputs, reader, f"torch {torch.__version__}", parameters, slopes)


def _shape_for(code: Any, width: tuple[int, ...] = _SHAPE[1:]) -> tuple[int, ...]:
    """The shape of an input with which the parameters of a module go: one for each channel, say; else of a width."""
    shapes = [item.shape for item in code.parameters() if item.numel() > 1] if hasattr(code, "parameters") else []
    longest = max(shapes, key=len, default=width)
    return (2, *longest[1:]) if len(longest) > 1 else (2, *longest)


def _translated(error: Exception) -> Untraceable:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Untraceable):
            return cause
        cause = cause.__cause__ or cause.__context__
    from propcheck.code.naming import said

    if "Boolean value of Tensor" in str(error):
        why = "it chooses its way by the values of its input, which torch.where does for each element"
        return Untraceable(f"{why}{placed(error.__traceback__)}")
    return Untraceable(f"{said(error)}{placed(error.__traceback__)}")


@contextmanager
def _evaluated(code: Any) -> Iterator[None]:
    """A module is in evaluation mode meanwhile, with all that it holds."""
    modes = [(module, module.training) for module in code.modules()] if hasattr(code, "modules") else []
    for module, _ in modes:
        module.training = False
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _custom(made: torch.Tensor) -> bool:
    """Whether a backward written by hand, of a `torch.autograd.Function`, is met on the way back from a result."""
    stack, seen = [made.grad_fn], set[Any]()
    while stack:
        step = stack.pop()
        if step is None or step in seen:
            continue
        if isinstance(step, torch.autograd.function.BackwardCFunction):
            return True
        seen.add(step)
        stack += [before for before, _ in step.next_functions]
    return False


def _inputs(names: Sequence[str], shape: tuple[int, ...], reader: Reader) -> list[_Recorded]:
    """Tensors that are differentiated by, copied: code may write over what it is given."""
    leaves = (_Recorded(_Cell(ast.Name(name)), shape, reader).requires_grad_(True) for name in names)
    return [leaf.clone() for leaf in leaves]  # type: ignore[misc]


def _result(code: Any, tensors: list[_Recorded], put: Mapping[str, torch.Tensor]) -> _Recorded:
    made = _called(code, tensors, put)
    if not isinstance(made, _Recorded):
        what = "a constant" if isinstance(made, torch.Tensor | int | float) else f"a {type(made).__name__}"
        raise Untraceable(f"it gives {what} and no tensor that comes from its input")
    if made.mask is not None:
        raise Untraceable("it gives a part of its elements alone: the function is not elementwise")
    if made.shape.numel() != tensors[0].shape.numel():
        raise Untraceable("it gives another number of elements than it takes: the function is not elementwise")
    if isinstance(made.cell.node, Stacked):
        raise Untraceable(UNEVEN)
    return made


def _called(code: Any, tensors: list[_Recorded], put: Mapping[str, torch.Tensor]) -> Any:
    return torch.func.functional_call(code, dict(put), tuple(tensors)) if put else code(*tensors)


def _slopes(
    code: Any, inputs: tuple[str, ...], put: Mapping[str, torch.Tensor], shape: tuple[int, ...], reader: Reader
) -> dict[str, ast.expr]:
    """What backward computes for each input, for one gradient of the output after another: it must be its multiple."""
    found: list[list[ast.expr]] = []
    for incoming in (1, 2):
        tensors = _inputs(inputs, shape, reader)
        made = _called(code, tensors, put)
        seed = _Recorded(_Cell(ast.Constant(incoming)), made.shape, reader)
        grads = torch.autograd.grad(made, tensors, seed, allow_unused=True)
        found.append([ast.Constant(0) if grad is None else _node(grad, reader) for grad in grads])
    check_multiple(*found)
    return dict(zip(inputs, found[0], strict=True))


def _symbol(name: str, taken: Mapping[str, Any]) -> str:
    """A name of the language for a parameter."""
    made = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name.rpartition(".")[2])
    made = made if made[:1].isalpha() else f"p{made}"
    while made in RESERVED or made in taken or made in INPUTS or keyword.iskeyword(made):
        made += "_"
    return made


def evaluate(code: Any, columns: list[list[float]]) -> list[float]:
    """The code's own values at points, the coordinates of one input a column, in double precision where it takes it."""
    if isinstance(code, type) and issubclass(code, torch.autograd.Function):
        code = code.apply
    shape = _shape_for(code, (1,))[1:]  # another than when it was read: what depends on it shows itself
    last: Exception | None = None
    for dtype in (torch.float64, torch.float32):
        bare = [torch.tensor(column, dtype=dtype).reshape(-1, *(1 for _ in shape)) for column in columns]
        tensors = [column.expand(-1, *shape).clone() for column in bare]
        try:
            with torch.no_grad(), _evaluated(code):
                return code(*tensors).reshape(len(columns[0]), -1)[:, 0].to(torch.float64).tolist()
        except Exception as error:
            last = last or error
    assert last is not None
    raise last
