"""A target: what may be given wherever an activation is taken.

A text is, in this order: a name or an alias of the catalogue (`gelu`, `maxout:absolute`), a spec file (it ends in
`.toml`), a folder of them, an expression in `x`. A single word that is none of these is a misspelt name. To take a
folder that bears a catalogue's name, write `./relu`.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from propcheck import spec
from propcheck.processes.precision import alone
from propcheck.spec import Spec
from propcheck.verdict import InputError
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr

    from propcheck.activation import Activation

_WORDS = re.compile(r"\s*[A-Za-z][\w\s-]*(:[\w\s-]*)?")
_CONSTANTS = ("x", "pi", "e")


@alone
def read(
    target: str | Path | Spec | Expr | Activation,
    params: Mapping[str, Any] | None = None,
    on: str | Sequence[Any] | None = None,
    law: str | Sequence[Any] | None = None,
) -> Spec:
    """The spec of one target, on an interval or with a normal law where these are given; `params` stand in it."""
    if on is not None or law is not None:
        return _narrowed([read(target, params)], on, law)[0]
    specs = _specs(target, params or {})
    if len(specs) > 1:
        raise InputError(f"{target} is a folder of {len(specs)} specs, and one target is wanted; name one of its files")
    return _settled(specs[0], params or {})


@alone
def read_all(
    targets: Iterable[str | Path | Spec | Expr | Activation],
    params: Mapping[str, Any] | None = None,
    on: str | Sequence[Any] | None = None,
    law: str | Sequence[Any] | None = None,
) -> list[Spec]:
    """The specs of several targets, folders opened, on an interval or with a normal law where these are given.

    Each parameter goes to the targets that have it.
    """
    if on is not None or law is not None:
        return _narrowed(read_all(targets, params), on, law)
    params = params or {}
    targets = list(targets)
    specs = [item for target in targets for item in _specs(target, params)]
    if len(specs) == 1:
        return [_settled(specs[0], params)]
    owned = {parameter.name for item in specs for parameter in item.parameters}
    for name in params:
        if name not in owned:
            known = f"; they have {', '.join(sorted(owned))}" if owned else ""
            raise InputError(f"none of the targets has a parameter {name!r}{nearest(name, owned)}{known}")
    settled = []
    for item in specs:
        names = {parameter.name for parameter in item.parameters}
        settled.append(_settled(item, {name: value for name, value in params.items() if name in names}))
    return settled


def _narrowed(specs: Iterable[Spec], on: str | Sequence[Any] | None, law: str | Sequence[Any] | None) -> list[Spec]:
    """The specs on an interval, with a normal law; each has its sentence where it is none."""
    specs = [item if law is None else item.at_law(law) for item in specs]
    return [item if on is None else item.within(on) for item in specs]


@alone
def activation(item: str | Path | Spec | Expr | Activation, params: Mapping[str, Any] | None = None) -> Activation:
    """The activation of one target."""
    from propcheck.activation import Activation, from_expression, from_spec

    params = params or {}
    check_kind(item)
    if isinstance(item, Activation):
        return item.rebind(params) if params else item
    if isinstance(item, str | Path | Spec):
        return from_spec(read(item, params))
    symbols = {str(symbol): symbol for symbol in getattr(item, "free_symbols", ())}
    for name in params:
        if name not in symbols:
            raise InputError(f"{item} has no symbol {name!r}{nearest(name, symbols)}")
    values = {symbols[name]: spec.constant(spec.spelled(value)) for name, value in params.items()}
    return from_expression(cast("Expr", item.xreplace(values)) if values else item)


def check_kind(item: Any) -> None:
    """Raises where this is nothing that an activation is read from."""
    from sympy import Expr

    from propcheck.activation import Activation

    if isinstance(item, bool) or not isinstance(item, str | Path | Spec | Activation | Expr | int | float):
        what = "a function of Python" if callable(item) else f"a value of type {type(item).__name__}"
        wanted = "a name of the catalogue, an expression in x as text, a spec file or a SymPy expression"
        raise InputError(f"{reprlib.repr(item)} is {what}, and a target is {wanted}, such as 'x*sigmoid(x)'")


@alone
def written(text: str, params: Mapping[str, Any], fallback: str | None = None) -> Spec:
    """The spec of a text that is a name of the catalogue or an expression: no file is looked at.

    Values that it has no parameter for are left aside. A parameter of an expression that has none takes `fallback`;
    where there is none, that is an error.
    """
    text = text.strip()
    if not text:
        raise InputError("there is no formula yet; give a name of the catalogue or an expression in x")
    if _is_name(text):
        item = spec.find(text)
        names = {parameter.name for parameter in item.parameters if parameter.role != "random"}
        return _settled(item, {name: value for name, value in params.items() if name in names})
    from propcheck.language import names as names_in

    values = {name: params.get(name, fallback) for name in names_in(text) - {"x"}}
    return spec.from_text(text, {name: value for name, value in values.items() if value is not None})


def is_folder(text: str) -> bool:
    """Whether a target is a folder of specs."""
    return _kind(text.strip()) == "folder"


def _specs(item: str | Path | Spec | Expr | Activation, params: Mapping[str, Any]) -> list[Spec]:
    if isinstance(item, Spec):
        return [item]
    if not isinstance(item, str | Path):
        return [_given(item, params)]
    text = str(item).strip()
    if not text:
        raise InputError("the target is empty; give a name of the catalogue, an expression in x, or a spec file")
    kind = _kind(text) if isinstance(item, str) else "folder" if _is_folder(text) else "file"
    if kind == "name":
        return [_named(text)]
    if kind == "folder":
        return _folder(Path(text))
    if kind == "file":
        return [spec.load(text)]
    from propcheck.language import names

    found = names(text)
    return [spec.from_text(text, {name: value for name, value in params.items() if name in found})]


def _given(item: Expr | Activation | float, params: Mapping[str, Any]) -> Spec:
    """The spec of what no text is: an activation with its values, a number, or an expression of SymPy.

    The one symbol of an expression that has no value is its variable, whatever it is called.
    """
    check_kind(item)
    from sympy import I, nan, oo, sympify, zoo

    from propcheck.activation import Activation, exact
    from propcheck.language import X, show

    if isinstance(item, Activation):
        return _settled(item.spec, item.values) if item.spec else spec.from_text(show(item.expression))
    expr = exact(sympify(item))
    if expr.has(nan, oo, zoo, I):
        raise InputError(f"{reprlib.repr(item)} is not a real number")
    symbols = {str(symbol): symbol for symbol in expr.free_symbols}
    free = [symbol for name, symbol in symbols.items() if name not in params]
    text = show(expr.xreplace({free[0]: X}) if len(free) == 1 else expr)
    return spec.from_text(text, {name: value for name, value in params.items() if name in symbols})


def _named(text: str) -> Spec:
    try:
        return spec.find(text)
    except InputError as error:
        if ":" in text or " " in text or len(text) > 100:
            raise
        raise InputError(f"{error}; nor is there a file or folder {text}") from None


def _kind(text: str) -> str:
    """What a text is: `name`, `file`, `folder` or `expression`."""
    if _is_word(text) and _is_known(text):
        return "name"
    if text != "x" and _is_folder(text):
        return "folder"
    if text.lower().endswith(".toml") or text.endswith("/") or text.startswith(("./", "../", "/", "~")):
        return "file"
    return "name" if _is_name(text) else "expression"


def _is_name(text: str) -> bool:
    """Whether a text that is no file is a name, be it misspelt."""
    return _is_word(text) and ("x" not in re.findall(r"\w+", text) or _is_known(text))


def _is_word(text: str) -> bool:
    raised = any(sign.isnumeric() and not sign.isdecimal() for sign in text)  # a power such as the one in x²
    return _WORDS.fullmatch(text) is not None and text not in _CONSTANTS and not raised


def _is_known(name: str) -> bool:
    try:
        spec.find(name)
    except InputError:
        return False
    return True


def _settled(item: Spec, params: Mapping[str, Any]) -> Spec:
    """The spec with the given values in place of the defaults, each within its range."""
    if not params:
        return item
    spec.bind(item, params)
    parameters = tuple(
        replace(parameter, default=spec.spelled(params[parameter.name])) if parameter.name in params else parameter
        for parameter in item.parameters
    )
    return replace(item, parameters=parameters)


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _folder(path: Path) -> list[Spec]:
    files: Sequence[Path] = sorted(path.glob("*.toml"))
    if not files:
        raise InputError(f"the folder {path} holds no .toml file; a spec is one such as {path / 'my_activation.toml'}")
    specs, faults = [], []
    for file in files:
        try:
            specs.append(spec.load(file))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    return specs
