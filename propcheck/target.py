"""A target: what may be given wherever an activation is taken.

A text is, in this order: a name or an alias of the catalogue (`gelu`, `maxout:absolute`), code (`torch.nn:SiLU`,
`file.py:act`, `model.onnx`), a spec file (it ends in `.toml`), a folder of them, an expression in `x`. A single word
that is none of these is a misspelt name. To take a folder that bears a catalogue's name, write `./relu`. A name, code
or a file may have values behind it: `swish(beta=2)`. Code that is named is imported, and so runs; what is no text may
be code too, any callable.

Where several functions are taken, a parameter may have several values, each of which makes a function of its own: a
list `0.5,1,2`, or `0.1:10:20`, which are 20 from 0.1 to 10, equally far apart.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from propcheck import spec
from propcheck.code import naming
from propcheck.processes.precision import alone
from propcheck.spec import Spec
from propcheck.verdict import InputError
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr

    from propcheck.activation import Activation

_WORDS = re.compile(r"\s*[A-Za-z][\w\s-]*(:[\w\s-]*)?")
_CALL = re.compile(r"([^()=<>]+)\(\s*([A-Za-z]\w*\s*=(?!=).*)\)", re.DOTALL)  # a name with values of its parameters
MOST_VALUES = 1000  # of one parameter
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
    for name, value in (params or {}).items():
        if _is_several(value):
            raise InputError(f"{name} = {value} are several values, and one is wanted here, such as {name}=0.5")
    specs = _specs(target, params or {})
    if len(specs) > 1:
        raise InputError(f"{target} is a folder of {len(specs)} specs, and one target is wanted; name one of its files")
    return _settled(specs[0], _left(params or {}, specs[0]))


@alone
def read_all(
    targets: Iterable[str | Path | Spec | Expr | Activation],
    params: Mapping[str, Any] | None = None,
    on: str | Sequence[Any] | None = None,
    law: str | Sequence[Any] | None = None,
    ranges: Mapping[str, str] | None = None,
) -> list[Spec]:
    """The specs of several targets, folders opened, on an interval or with a normal law where these are given.

    Each parameter goes to the targets that have it. `ranges` are those of the parameters of expressions, by name.
    """
    if on is not None or law is not None:
        return _narrowed(read_all(targets, params, ranges=ranges), on, law)
    params = params or {}
    targets = list(targets)
    if ranges:
        targets = [_ranged(item, params, ranges) for item in targets]
    if several := {name: value for name, value in params.items() if _is_several(value)}:
        return _at_each(targets, params, several)
    specs = [item for target in targets for item in _specs(target, params)]
    if len(specs) == 1:
        return [_settled(specs[0], _left(params, specs[0]))]
    owned = {parameter.name for item in specs for parameter in item.parameters}
    owned |= {name for item in specs for name in (*item.given, *item.inputs)}
    for name in params:
        if name not in owned:
            known = f"; they have {', '.join(sorted(owned))}" if owned else ""
            raise InputError(f"none of the targets has a parameter {name!r}{nearest(name, owned)}{known}")
    settled = []
    for item in specs:
        names = {*(parameter.name for parameter in item.parameters), *item.inputs}
        settled.append(_settled(item, {name: value for name, value in params.items() if name in names}))
    return settled


def _left(params: Mapping[str, Any], item: Spec) -> Mapping[str, Any]:
    """The values that were not handed to the code that a spec was read from."""
    return {name: value for name, value in params.items() if name not in item.given}


def along(params: Mapping[str, Any]) -> str:
    """The parameter that is given several values; nothing where none is."""
    return next((name for name, value in params.items() if _is_several(value)), "")


def _is_several(value: Any) -> bool:
    return isinstance(value, str) and (":" in value or "," in value)


def _at_each(targets: Sequence[Any], params: Mapping[str, Any], several: Mapping[str, str]) -> list[Spec]:
    """The specs at each value of the one parameter that has several; those without it once."""
    (name, text), *others = several.items()
    if others:
        raise InputError(f"{name} and {others[0][0]} have several values each; give one of them a single value")
    first, *rest = values_of(name, text)
    made: list[Spec] = []
    for item in read_all(targets, {**params, name: first}):
        if name in item.given:
            raise InputError(f"{name} is handed to code, once for each target: name that several times, with one value")
        owned = name in {parameter.name for parameter in item.parameters}
        made += [_called(_settled(item, {name: v}), {name: v}) for v in (first, *rest)] if owned else [item]
    return made


def values_of(name: str, text: str) -> list[str]:
    """The values that a list `0.5,1,2` or a range `0.1:10:20` of a parameter spells, each exact."""
    parts = [part.strip() for part in text.split(":" if ":" in text else ",")]
    if not all(parts) or (":" in text and len(parts) != 3):
        raise InputError(f"{name} = {text} is no list of values; write {name}=0.5,1,2 or {name}=0.1:10:20")
    if ":" not in text:
        if len(set(parts)) < len(parts):
            raise InputError(f"{name} = {text} names a value twice; give each once")
        return parts
    if not parts[2].isdecimal() or not 2 <= int(parts[2]) <= MOST_VALUES:
        raise InputError(f"{name} = {text}: the last number is how many values there are, from 2 to {MOST_VALUES}")
    (lower, upper), count = spec.span((parts[0], parts[1])), int(parts[2]) - 1
    if not (lower.is_finite and upper.is_finite):
        raise InputError(f"{name} = {text} reaches to infinity; values lie between two numbers, such as 0.1:10:20")
    return [parts[0], *(str(lower + (upper - lower) * k / count) for k in range(1, count)), parts[1]]


def _called(item: Spec, values: Mapping[str, str]) -> Spec:
    """The spec with the values that were chosen for it in its name, which tells it from others of the family."""
    told = ", ".join(f"{name}={value}" for name, value in values.items())
    name = f"{item.name}({told})" if _WORDS.fullmatch(item.name) else f"{item.name} at {told}"
    return replace(item, name=name, title=f"{item.title}, {told.replace('=', ' = ')}")


def _ranged(item: Any, params: Mapping[str, Any], ranges: Mapping[str, str]) -> Any:
    """An expression as the spec of it whose parameters have these ranges."""
    if not isinstance(item, str) or _kind(item.strip()) != "expression" or _CALL.fullmatch(item.strip()):
        raise InputError(f"{item} declares the ranges of its parameters itself; ranges are given to an expression")
    from propcheck.language import names

    found = names(item.strip())
    return spec.from_text(item.strip(), {name: v for name, v in params.items() if name in found}, ranges)


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
    if is_code(item):
        return from_spec(read(item, params))
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


def is_code(item: Any) -> bool:
    """Whether what was handed over is code, and no text, spec, activation or expression."""
    if isinstance(item, str | Path | Spec | int | float):
        return False
    if isinstance(item, naming.Node | naming.Operator):
        return True
    if not callable(item):
        return False
    from sympy import Basic

    from propcheck.activation import Activation

    return not isinstance(item, Basic | Activation)


def prepared(item: Any, params: Mapping[str, Any] | None = None) -> Any:
    """The spec of what is code or a text, which is read here and now with `params` in it; all else as it is."""
    return read(item, params) if is_code(item) or isinstance(item, str | Path) else item


def check_kind(item: Any) -> None:
    """Raises where this is nothing that an activation is read from."""
    if is_code(item):
        return
    from sympy import Expr

    from propcheck.activation import Activation

    if isinstance(item, bool) or not isinstance(item, str | Path | Spec | Activation | Expr | int | float):
        wanted = "a name of the catalogue, an expression in x as text, a spec file, a SymPy expression or a callable"
        what = f"a value of type {type(item).__name__}"
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
    if (call := _CALL.fullmatch(text)) and _is_known(call[1]):
        (item,) = _specs(text, {})
        return item
    if _is_name(text):
        item = spec.find(text)
        names = {parameter.name for parameter in item.parameters if parameter.role != "random"}
        return _settled(item, {name: value for name, value in params.items() if name in names})
    from propcheck.language import names as names_in

    values = {name: params.get(name, fallback) for name in names_in(text) - {"x"}}
    return spec.from_text(text, {name: value for name, value in values.items() if value is not None})


def kind(text: str) -> str:
    """What a text is: `name`, `file`, `folder` or `expression`; a name with values of its parameters is a name."""
    text = text.strip()
    call = _CALL.fullmatch(text)
    return _kind(call[1].strip() if call and _is_known(call[1]) else text)


def is_folder(text: str) -> bool:
    """Whether a target is a folder of specs."""
    return _kind(text.strip()) == "folder"


def _specs(item: str | Path | Spec | Expr | Activation, params: Mapping[str, Any]) -> list[Spec]:
    if isinstance(item, Spec):
        return [item]
    if is_code(item):
        from propcheck.code import reading

        return [reading.of(item, params)]
    if not isinstance(item, str | Path):
        return [_given(item, params)]
    text = str(item).strip()
    if not text:
        raise InputError("the target is empty; give a name of the catalogue, an expression in x, or a spec file")
    if (call := _CALL.fullmatch(text)) and (
        _is_known(call[1]) or call[1].strip().lower().endswith(".toml") or names_code(call[1])
    ):
        values = _values(text, call[2])
        for name in values.keys() & params.keys():
            raise InputError(f"{text} gives {name} its value, and {name} = {params[name]} is given beside it; give one")
        if names_code(call[1]):
            (one,) = _specs(call[1], {**params, **values})
            return [_settled(one, _left(values, one))]
        return [_called(_settled(one, values), values) for one in _specs(call[1], {})]
    kind = _kind(text) if isinstance(item, str) else "folder" if _is_folder(text) else "file"
    if kind == "name":
        return [_named(text)]
    if kind == "code":
        from propcheck.code import reading

        return [reading.named(text, params)]
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


def called(text: str) -> tuple[str, dict[str, str]]:
    """A text without the values in brackets behind it, and these."""
    call = _CALL.fullmatch(text.strip())
    return (call[1].strip(), _values(text, call[2])) if call else (text.strip(), {})


def _values(text: str, inside: str) -> dict[str, str]:
    """The values behind a name: `beta=2`, `alpha=1, scale=2`."""
    values: dict[str, str] = {}
    for part in inside.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not (name and equals and value):
            raise InputError(f"{text}: {part.strip()!r} gives no parameter its value; write such as swish(beta=2)")
        if name in values:
            raise InputError(f"{text} gives {name} twice, as {values[name]} and as {value}; give it once")
        if _is_several(value):
            raise InputError(f"{text}: several values of {name} are given beside the target, as {name}={value}")
        values[name] = value
    return values


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
    if names_code(text):
        return "code"
    if text != "x" and _is_folder(text):
        return "folder"
    if text.lower().endswith(".toml") or text.endswith("/") or text.startswith(("./", "../", "/", "~")):
        return "file"
    return "name" if _is_name(text) else "expression"


def names_code(text: str) -> bool:
    """Whether a text names code: by a file, a model, or a module; one word before the colon is one that is there."""
    text = text.strip()
    text = call[1].strip() if (call := _CALL.fullmatch(text)) else text
    if not naming.is_code(text):
        return False
    base = text.partition(":")[0]
    return "." in base or not _is_known(base) and naming.may_exist(text)


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
    for name in [name for name in params if name in item.inputs]:
        from propcheck import gated

        if not item.inputs:
            raise InputError(f"both inputs of {item.name} have a value, and there is nothing left to look at")
        item = gated.fixed(item, name, spec.spelled(params[name]))
        params = {key: value for key, value in params.items() if key != name}
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
