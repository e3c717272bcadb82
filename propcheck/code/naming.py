"""From the name of code to what it names: `package.module:callable`, `file.py:callable`, `model.onnx:node`."""

# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

from propcheck.verdict import InputError
from propcheck.wording import cut, nearest, visible

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_FILE = re.compile(rf"(?P<file>.+\.py)(?::(?P<name>{_NAME})?)?", re.DOTALL)
_MODEL = re.compile(r"(?P<file>.+\.onnx)(?::(?P<name>.+))?", re.DOTALL | re.IGNORECASE)
_MODULE = re.compile(rf"(?P<module>{_NAME}):(?P<name>{_NAME})")
_LISTED = 8  # names that a sentence lists
_LONGEST = 200  # characters of somebody else's message


@dataclass(frozen=True)
class Node:
    """A node of an ONNX model, by its name or that of an output; the whole graph where `name` is empty.

    `model` is the `onnx.ModelProto`; `file` is where it was read.
    """

    model: Any
    name: str
    file: str


@dataclass(frozen=True)
class Operator:
    """An operator of ONNX itself, `onnx:Softplus`: what the standard's own function body says of it."""

    name: str


def is_code(text: str) -> bool:
    """Whether a text has the form in which code is named. Nothing is imported to find out."""
    text = text.strip()
    return any(form.fullmatch(text) is not None for form in (_MODEL, _FILE, _MODULE))


def may_exist(text: str) -> bool:
    """Whether a text in the form `module:callable` begins with a module that is there. Nothing is imported."""
    found = _MODULE.fullmatch(text.strip())
    if found is None:
        return is_code(text)
    top = found["module"].partition(".")[0]
    try:
        with _here():
            return top in sys.modules or find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def load(text: str) -> Any:
    """The callable, or the node of a model, that a text names. The code is imported, and so runs.

    >>> load("math:tanh")
    <built-in function tanh>
    """
    text = text.strip()
    if found := _MODEL.fullmatch(text):
        return _model(Path(found["file"]), found["name"] or "")
    if found := _FILE.fullmatch(text):
        module = _from_file(Path(found["file"]))
        if not found["name"]:
            raise InputError(f"{text} names a file; name a callable in it too{_offered(module, found['file'])}")
        return _attribute(module, found["name"], found["file"])
    if found := _MODULE.fullmatch(text):
        module, name = found["module"], found["name"]
        if module == "onnx" and (known := _operator(name)) is not None:
            return known
        return _attribute(_imported(module), name, module)
    raise InputError(f"{cut(text, 60)!r} names no code; write package.module:callable, file.py:callable or model.onnx")


@contextmanager
def quiet() -> Iterator[None]:
    """What somebody's code prints meanwhile goes to standard error: standard output is for data."""
    with redirect_stdout(sys.stderr):
        yield


@contextmanager
def _here(folder: Path | None = None) -> Iterator[None]:
    """Modules are found in the working folder too, or in the folder of a file, as where a script runs."""
    place = str(Path.cwd() if folder is None else folder)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        if place in sys.path:
            sys.path.remove(place)


def _imported(name: str) -> ModuleType:
    try:
        with _here(), quiet():
            return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if not f"{name}.".startswith(f"{missing}."):
            raise InputError(f"{name} cannot be imported: it needs the module {missing}, which is not there") from None
        raise InputError(_no_module(name, missing)) from None
    except (Exception, SystemExit) as error:
        raise InputError(f"{name} cannot be imported: {said(error)}") from None


def _no_module(name: str, missing: str) -> str:
    parent, _, last = missing.rpartition(".")
    if parent and parent in sys.modules:
        from pkgutil import iter_modules

        there = [module.name for module in iter_modules(getattr(sys.modules[parent], "__path__", ()))]
        return f"there is no module {missing}{nearest(last, there)}"
    return f"there is no module {missing}; it is neither installed nor in this folder"


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        there = [other.name for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise InputError(f"there is no file {path}{nearest(path.name, there)}")
    path = path.resolve()
    name = f"propcheck_target_{path.stem}_{crc32(str(path).encode()):x}"
    if name in sys.modules:
        return sys.modules[name]
    found = spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise InputError(f"{path} cannot be read as a module of Python")
    module = module_from_spec(found)
    sys.modules[name] = module  # dataclasses and pickles look for their module there
    try:
        with _here(path.parent), quiet():
            found.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise InputError(f"{path} cannot be imported: {said(error)}") from None
    return module


def _attribute(module: ModuleType, dotted: str, home: str) -> Any:
    value: Any = module
    for name in dotted.split("."):
        try:
            value = getattr(value, name)
        except AttributeError:
            known = [other for other in dir(value) if not other.startswith("__")]
            hint = nearest(name, known) or _offered(value, home)
            raise InputError(f"{home} has no {dotted}{hint}") from None
        except Exception as error:
            raise InputError(f"{home}:{dotted} cannot be had: {said(error)}") from None
    if not callable(value):
        what = "a module" if isinstance(value, ModuleType) else f"of type {type(value).__name__}"
        raise InputError(f"{home}:{dotted} is {what}, and nothing that can be called{_offered(value, home)}")
    return value


def _offered(module: Any, home: str) -> str:
    """The end of a sentence that lists the callables of a module which are its own."""
    own = getattr(module, "__name__", None)
    listed = [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == own
    ] if isinstance(module, ModuleType) else []  # fmt: skip
    if not listed:
        return ""
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return f"; it has {', '.join(listed[:_LISTED])}{more}"


def _operator(name: str) -> Operator | None:
    try:
        from onnx import defs  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("onnx is not installed; `pip install onnx` brings it") from None
    return Operator(name) if defs.has(name) else None


def _model(path: Path, name: str) -> Node:
    if not path.is_file():
        there = [other.name for other in path.parent.glob("*.onnx")] if path.parent.is_dir() else []
        raise InputError(f"there is no file {path}{nearest(path.name, there)}")
    try:
        import onnx  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(f"{path} is a model of ONNX, and onnx is not installed; `pip install onnx`") from None
    try:
        model = onnx.load(str(path))
    except Exception as error:
        raise InputError(f"{path} is no model of ONNX: {said(error)}") from None
    if name:
        nodes = model.graph.node
        known = [word for node in nodes for word in (node.name, *node.output) if word]
        if name not in known:
            raise InputError(f"{path} has no node {name!r}{nearest(name, known)}; it has {', '.join(known[:_LISTED])}")
    return Node(model, name, str(path))


def said(error: BaseException) -> str:
    """The last line of what an exception says that is no item of a list, with its kind."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip().strip("*")]
    told = [line for line in lines if not line.startswith("*")] or lines
    text = f"{type(error).__name__}: {told[-1]}" if told else type(error).__name__
    return visible(cut(text, _LONGEST))
