"""Code as a spec: which framework it is of, what is handed to it, its formula, and whether that gives its values."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any

from propcheck.code import naming
from propcheck.code.formula import INPUTS, Untraceable, text_of
from propcheck.code.naming import Node, Operator, said
from propcheck.verdict import InputError

# By what a package of somebody's code builds on, the tracer that reads it.
_TRACERS = {"torch": "torch", "timm": "torch", "transformers": "torch", "torchvision": "torch", "jax": "jax",
            "jaxlib": "jax", "flax": "jax", "equinox": "jax", "haiku": "jax", "numpy": "numpy", "scipy": "numpy",
            "math": "numpy"}  # fmt: skip
_MOST_LOOKED_AT = 200  # objects among which the framework is looked for


def named(text: str, params: Mapping[str, Any] | None = None) -> Any:
    """The spec of the code that a text names; `params` that its call or its class takes are handed to it."""
    return of(load(text), params, text.strip())


def load(text: str) -> Any:
    """The code that a text names, Keras with a backend that is there."""
    if text.strip().partition(":")[0].partition(".")[0] == "keras":
        _settle_keras()
    return naming.load(text)


def of(code: Any, params: Mapping[str, Any] | None = None, name: str = "") -> Any:
    """The spec of a callable, of a module or its class, or of a node of a model."""
    from propcheck.spec import Claim, Parameter, Spec
    from propcheck.spec.exact import short

    title = name or _name_of(uncompiled(code))
    with naming.quiet():
        try:
            made, given = _prepared(code, dict(params or {}))
            made = uncompiled(made)
            traced, tracer = _traced(made)
            expression = text_of(traced.formula)
            slopes = {key: text_of(node) for key, node in traced.slopes.items()}
            values = {key: text_of(node) for key, node in traced.parameters.items()}
            _check(tracer, made, traced, values)
        except Untraceable as error:
            raise InputError(f"{title} is not read as a formula: {error}") from None
    if given:
        title = f"{title}({', '.join(f'{key}={value}' for key, value in given.items())})"
    two = len(traced.inputs) > 1
    used = {key: value for key, value in values.items() if key in _names(traced.formula)}
    return Spec(
        name=title,
        title=short(title),
        expression=expression,
        parameters=tuple(Parameter(key, "trained", value) for key, value in used.items()),
        source=f"read from its code, {traced.framework}",
        claims=() if two else tuple(Claim("derivative", text, source="its own backward") for text in slopes.values()),
        readings=tuple(tuple(item.to_json().values()) for item in traced.readings),
        given=tuple(given),
        inputs=traced.inputs if two else (),
        partials=tuple(slopes.items()) if two else (),
    )


def _names(node: Any) -> set[str]:
    import ast

    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _name_of(code: Any) -> str:
    if isinstance(code, Node):
        return f"{code.file}:{code.name}" if code.name else code.file
    if isinstance(code, Operator):
        return f"onnx:{code.name}"
    held = code if hasattr(code, "__qualname__") else type(code)
    name = getattr(held, "__qualname__", type(code).__name__)
    home = getattr(held, "__module__", "") or ""
    return f"{home}:{name}" if home not in ("", "__main__", "builtins") else name


# ---------------------------------------------------------------------------------------------- what is called


def ready(code: Any, params: Mapping[str, Any]) -> Any:
    """The code as a callable of its inputs alone."""
    made, _ = _prepared(code, dict(params))
    return made.apply if is_function_of_autograd(made) else made


def _prepared(code: Any, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The code ready to be called with its inputs alone, and the arguments that were handed to it before."""
    if isinstance(code, Node | Operator):
        return code, {}
    given: dict[str, Any] = {}
    made = code
    if isinstance(code, type) and not is_function_of_autograd(code):
        given |= _taken(code, params, skip=0)
        made = _instance(code, given)
    arguments = _taken(made, params, skip=1)
    arguments = {key: value for key, value in arguments.items() if key not in given}
    given |= arguments
    return (partial(made, **arguments) if arguments else made), given


def uncompiled(code: Any) -> Any:
    """What `torch.compile` was given: what it makes of that is tried elsewhere, and reads no formula."""
    return getattr(code, "_torchdynamo_orig_callable", None) or getattr(code, "_orig_mod", None) or code


def _taken(code: Any, params: Mapping[str, Any], skip: int) -> dict[str, Any]:
    """Those of the values given which an argument is called like."""
    found = (_signature(code) or [])[skip:]
    given = [item for item in found if item.name in params]
    inputs = [item.name for item in given if item.default is inspect.Parameter.empty and item.name in INPUTS]
    return {item.name: _argument(params[item.name], item.default) for item in given if item.name not in inputs}


def _argument(text: Any, default: Any) -> Any:
    """A value for an argument: a number where it spells one, else a text, such as that of `approximate=tanh`."""
    if not isinstance(text, str):
        return text
    if text in ("True", "False"):
        return text == "True"
    from propcheck.spec import constant

    try:
        value = constant(text)
    except InputError:
        return text
    return int(value) if value.is_Integer and "." not in text and not isinstance(default, float) else float(value)


def _instance(code: type, given: Mapping[str, Any]) -> Any:
    try:
        return code(**given)
    except InputError:
        raise
    except Exception as error:
        needed = [item.name for item in _signature(code) or () if item.default is inspect.Parameter.empty]
        missing = [name for name in needed if name not in given]
        if missing:
            told = ", ".join(missing)
            raise Untraceable(f"its class needs {told}; give {missing[0]}=VALUE, or a function of the input") from None
        raise Untraceable(f"its class cannot be made: {said(error)}") from None


def is_function_of_autograd(code: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(code, type) and issubclass(code, torch.autograd.Function)


def _signature(code: Any) -> list[inspect.Parameter] | None:
    """The arguments that may stand by themselves, that of the object or the context aside; None where not known."""
    torch = sys.modules.get("torch")
    called = code
    if torch is not None and isinstance(code, torch.nn.Module):
        called = code.forward
    elif is_function_of_autograd(code):
        called = code.forward
    try:
        found = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        return None
    if is_function_of_autograd(code) and found and found[0].name == "ctx":
        found = found[1:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [item for item in found if item.kind not in kinds]


def _count(code: Any) -> int:
    """How many inputs code takes: its arguments without a default."""
    if isinstance(code, Node | Operator):
        return 1
    if (ways := getattr(code, "nin", None)) is not None and type(code).__name__ == "ufunc":
        return ways
    found = _signature(code)
    if found is None:
        return 1
    needed = [item.name for item in found if item.default is inspect.Parameter.empty]
    if len(needed) > len(INPUTS):
        raise Untraceable(
            f"it takes {len(needed)} inputs, {', '.join(needed)}, and a function of one is wanted, or of two; "
            f"give the others, such as {needed[1]}=VALUE"
        )
    return max(1, len(needed))


# ---------------------------------------------------------------------------------------------- who reads it


def _traced(code: Any) -> tuple[Any, ModuleType]:
    """The formula by the tracer that the code seems to be of, else by another that is at hand."""
    count = _count(code)
    first: Untraceable | None = None
    for name in libraries(code):
        try:
            tracer = import_module(f"propcheck.code.{name}")
        except ImportError as error:
            raise Untraceable(f"{name} cannot be imported: {said(error)}") from None
        try:
            return tracer.trace(code, count), tracer
        except Untraceable as error:
            first = first or error
    assert first is not None
    raise first


def libraries(code: Any) -> list[str]:
    """Whose arrays code seems to take, the likeliest first: `torch`, `jax`, `numpy`, or `onnx`."""
    if isinstance(code, Node | Operator):
        return ["onnx"]
    spoken_of = [_TRACERS[root] for root in _roots(code) if root in _TRACERS]
    beside = [_TRACERS[root] for root in _imported_beside(code) if root in _TRACERS]
    order = ("torch", "jax", "numpy")  # one that calculates constants with NumPy is none of NumPy's
    return list(dict.fromkeys((*sorted(spoken_of, key=order.index), *sorted(beside, key=order.index), "numpy")))


def _imported_beside(code: Any) -> Iterator[str]:
    """The packages that the module of a function has imported, be they spoken of in it or not."""
    for item in (code, *_spoken_of(code)):
        space = getattr(item, "__globals__", None)
        for value in list(space.values()) if isinstance(space, dict) else ():
            if isinstance(value, ModuleType):
                yield _root(value.__name__)


def _roots(code: Any) -> Iterator[str]:
    """The packages that code belongs to or speaks of, with those of the functions beside it that it calls."""
    stack, seen = [code], set()
    while stack and len(seen) < _MOST_LOOKED_AT:
        item = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, ModuleType):
            yield _root(item.__name__)
            continue
        held = item if isinstance(item, type | FunctionType) or hasattr(item, "__code__") else type(item)
        for home in (getattr(item, "__module__", None), getattr(held, "__module__", None)):
            if isinstance(home, str):
                yield _root(home)
        for base in getattr(held, "__mro__", ()):
            yield _root(base.__module__)
        stack += _spoken_of(item)


def _root(name: str) -> str:
    root = name.partition(".")[0]
    if root == "keras" and "keras" in sys.modules:
        return sys.modules["keras"].backend.backend()
    return root


def _spoken_of(item: Any) -> list[Any]:
    inner = [
        getattr(item, name, None) for name in ("func", "__func__", "__wrapped__", "pyfunc", "_orig_mod", "forward")
    ]
    if not isinstance(item, FunctionType | type | ModuleType):
        inner.append(vars(type(item)).get("__call__"))
    if isinstance(item, FunctionType):
        codes = [item.__code__]
        names: set[str] = set()
        while codes:
            code = codes.pop()
            names.update(code.co_names)
            codes += [part for part in code.co_consts if hasattr(part, "co_names")]
        inner += [item.__globals__[name] for name in sorted(names) if name in item.__globals__]
        inner += [cell.cell_contents for cell in item.__closure__ or () if _is_filled(cell)]
    return [part for part in inner if callable(part) or isinstance(part, ModuleType)]


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _settle_keras() -> None:
    """A backend for Keras that is there: it takes TensorFlow unless told otherwise, and ends without it."""
    if "keras" not in sys.modules and "KERAS_BACKEND" not in os.environ and find_spec("tensorflow") is None:
        backend = next((name for name in ("jax", "torch") if find_spec(name) is not None), None)
        if backend:
            os.environ["KERAS_BACKEND"] = backend


# ---------------------------------------------------------------------------------------------- a second look


def _check(tracer: ModuleType, code: Any, traced: Any, values: Mapping[str, str]) -> None:
    """Raises where the code, run at a few points, gives other values than the formula."""
    from propcheck.code.formula import spelled
    from propcheck.code.values import POINTS, check, value

    columns = [list(POINTS), list(POINTS[7:]) + list(POINTS[:7])][: len(traced.inputs)]
    at = [value(spelled(text), {}) for text in values.values()]
    evaluate: Callable[..., list[float]] = tracer.evaluate
    try:
        got = evaluate(code, columns)
    except Untraceable:
        raise
    except Exception as error:
        raise Untraceable(f"it was read, but cannot be run at a few points: {said(error)}") from None
    points = [(*row, *at) for row in zip(*columns, strict=True)]
    check(traced.formula, (*traced.inputs, *values), points, got, traced.tolerance)
