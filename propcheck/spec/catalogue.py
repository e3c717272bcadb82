"""The functions that come with the package, by name and alias."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from propcheck.spec.data import NAME, Spec
from propcheck.spec.entries import folder, index, names
from propcheck.spec.exact import short
from propcheck.spec.reading import load
from propcheck.verdict import InputError
from propcheck.wording import nearest


def find(name: str) -> Spec:
    """The catalogue's spec of this name or alias; `maxout:absolute` selects one of its presets."""
    base, colon, preset = name.partition(":")
    spec = _stored(_resolve(base.strip()))
    return choose(spec, preset.strip()) if colon else spec


def choose(spec: Spec, preset: str) -> Spec:
    """The spec with the units of one of its presets, or as a framework means it: `leaky_relu:keras`."""
    known = _meanings().get(spec.name, {})
    if preset in known:
        return _meant(spec, preset, known[preset])
    if known and not spec.presets:
        hint = nearest(preset, known)
        raise InputError(f"{spec.name} has no preset {short(preset)!r}{hint}; it has {', '.join(known)}")
    if not spec.presets:
        raise InputError(f"{spec.name} has no presets, such as {short(preset)!r}; write {spec.name}")
    if preset not in spec.presets:
        hint, known = nearest(preset, spec.presets), ", ".join(spec.presets)
        raise InputError(f"{spec.name} has no preset {short(preset)!r}{hint}; it has {known}")
    units = spec.presets[preset]
    title = f"{spec.title} ({units.title or preset})"
    return replace(spec, name=f"{spec.name}:{preset}", title=title, units=units, aliases=())


@cache
def _meanings() -> dict[str, dict[str, dict[str, Any]]]:
    """By name and framework what is meant, where frameworks mean different things: `presets.toml`."""
    return tomllib.loads((Path(__file__).parent / "presets.toml").read_text("utf-8"))


def _meant(spec: Spec, framework: str, meaning: Mapping[str, Any]) -> Spec:
    """The spec at a framework's defaults; what is claimed of it at others is left out."""
    if "target" in meaning:
        found = _stored(meaning["target"])
    elif "expression" in meaning:
        found = replace(spec, expression=meaning["expression"], parameters=())
    else:
        values = meaning["parameters"]
        changed = (replace(each, default=values.get(each.name, each.default)) for each in spec.parameters)
        found = replace(spec, parameters=tuple(changed))
    title = f"{spec.title} ({framework})"
    return replace(found, name=f"{spec.name}:{framework}", title=title, aliases=(), claims=())


class Catalogue(Mapping[str, "Spec"]):
    """Every spec of the catalogue by name, each read when it is asked for; an alias or a preset will do too."""

    def __getitem__(self, name: str) -> Spec:
        try:
            return find(name)
        except InputError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self)}: {', '.join(self)}>"


def catalogue() -> Catalogue:
    """Every spec of the catalogue by name, the paper's functions first and in its order."""
    return Catalogue()


@lru_cache(maxsize=256)
def _stored(name: str) -> Spec:
    return load(folder() / f"{name}.toml")


def _resolve(name: str) -> str:
    """The catalogue's name behind a name or an alias, in any case, with or without underscores, dashes and spaces."""
    if NAME.fullmatch(name) and (folder() / f"{name}.toml").is_file():
        return name
    owners = {other: entry.name for entry in index() for other in (*entry.aliases, entry.name)}
    squeezed = {_squeeze(other): owner for other, owner in owners.items()}
    if _squeeze(name) in squeezed:
        return squeezed[_squeeze(name)]
    hint = nearest(name.lower(), owners)
    raise InputError(f"the catalogue has no activation {short(name)!r}{hint}; `propcheck list` shows what it has")


def _squeeze(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.lower())
