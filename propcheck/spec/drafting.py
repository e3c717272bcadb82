"""Writing a spec: the TOML text of any spec, and a new one with the claims that hold of its formula today.

What is written is read back by `spec.read` as the same spec. A claim is drafted from an exact answer only, and kept
where the analysis of the drafted spec agrees with it, so that nothing is written that a check would not confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from propcheck import spec
from propcheck.spec import Claim, Spec
from propcheck.spec.writing import write
from propcheck.verdict import InputError, Json

_INFINITIES = {"oo": "inf", "-oo": "-inf"}  # as SymPy writes them, and as a claim does


# ---------------------------------------------------------------------------------------------- a new spec


def outline(
    name: str,
    expression: str,
    title: str,
    source: str,
    params: Mapping[str, str],
    ranges: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Spec:
    """The spec of this name and formula, without claims; InputError where it would be none."""
    _free(name)
    item = spec.from_text(expression, params, ranges, roles)
    item = replace(item, name=name, title=title or name, source=source)
    return spec.read(write(item), f"{name}.toml")


def _free(name: str) -> None:
    """Raises where a name is taken: by the catalogue, whose function a target would mean, or by the language."""
    from propcheck.language import RESERVED

    try:
        owner = spec.find(name).name
    except InputError:
        owner = ""
    if owner:
        also = "" if owner == name else f", for {owner}"
        raise InputError(f"{name} is a name of the catalogue{also}; choose another, such as my_{name}")
    if name in RESERVED:
        raise InputError(f"{name} is a name of the expression language; choose another, such as my_{name}")


def candidates(item: Spec, analysis: Json) -> tuple[Claim, ...]:
    """The claims that the exact answers of an analysis suggest, each one that the spec's format can say."""
    return tuple(claim for claim in _suggested(analysis) if _sayable(item, claim))


def _suggested(analysis: Json) -> Iterator[Claim]:
    facts = analysis["facts"]
    if analysis["activation"]["derivative"]:
        yield Claim("derivative", analysis["activation"]["derivative"])
    for path in ("smoothness.class", "parity.value", "monotonicity.value"):
        found = _field(facts, path)
        if isinstance(found, str):
            yield Claim(path.removesuffix(".value"), found)
    yield from _range(facts)
    for path in ("saturation.left", "saturation.right"):
        found = _field(facts, path)
        if isinstance(found, str):
            yield Claim(path, found)
    for verdict in analysis["criteria"]:
        if verdict["verdict"] != "open":
            yield Claim(verdict["key"], verdict["verdict"])


def _range(facts: Json) -> Iterator[Claim]:
    """The range as an interval where it is one whose ends are both exact, else what is exact of it."""
    ends = [_exact(_field(facts, f"range.{end}")) for end in ("inf", "sup")]
    attained = [_field(facts, f"range.{end}_attained") for end in ("inf", "sup")]
    if None not in ends and None not in attained and "image" not in facts:
        yield Claim("range", f"{'[' if attained[0] else '('}{ends[0]}, {ends[1]}{']' if attained[1] else ')'}")
        return
    for name, end in zip(("inf", "sup"), ends, strict=True):
        if end is not None:
            yield Claim(f"range.{name}", end)


def _exact(number: Json | None) -> str | None:
    exact = number["exact"] if isinstance(number, Mapping) else None
    return _INFINITIES.get(exact, exact) if exact is not None else None


def _field(facts: Json, path: str) -> Any:
    item: Any = facts
    for name in path.split("."):
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _sayable(item: Spec, claim: Claim) -> bool:
    try:
        return spec.read(write(replace(item, claims=(claim,)))).claims == (claim,)
    except InputError:
        return False


def settled(item: Spec, findings: Sequence[Json]) -> tuple[Spec, tuple[Claim, ...]]:
    """The spec with the claims that its analysis agrees with, and the claims that it does not confirm."""
    agreed = [finding["outcome"] == "agrees" for finding in findings]
    kept = tuple(claim for claim, good in zip(item.claims, agreed, strict=True) if good)
    return replace(item, claims=kept), tuple(claim for claim in item.claims if claim not in kept)
