"""The answer: values, specs, code and a sentence, or that there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.ball import above, below, nearest
from propcheck.criteria.reading import listed
from propcheck.families.inquiry import spoken
from propcheck.families.partition import Part
from propcheck.families.places import Box
from propcheck.inquiries.analysis import versions
from propcheck.language import names as names_in
from propcheck.solving.conditions import Condition
from propcheck.solving.integrals import BITS
from propcheck.solving.system import INNER_SCALE, INNER_SHIFT, OUTER_SCALE, OUTER_SHIFT
from propcheck.spec import Parameter, Spec
from propcheck.spec import read as read_spec
from propcheck.spec.writing import write
from propcheck.verdict import InputError, Number, Shown, Standing, loaded, plain

SCHEMA = "propcheck.solution/1"


@dataclass(frozen=True)
class Solution(Shown):
    """What came of some conditions on a target. `status` is `solved`, `none` (proved) or `partly`.

    A solution has its values, whether it is the only one in its box, and how surely; `left` are boxes not decided.
    """

    description: Mapping[str, Any]
    conditions: Sequence[str]
    unknowns: Mapping[str, Any]
    status: str
    solutions: Sequence[Mapping[str, Any]]
    left: Sequence[Mapping[str, Any]]
    sentence: str
    provenance: Mapping[str, Any] = field(default_factory=dict)
    regions: Sequence[Mapping[str, Any]] = ()  # where conditions on facts hold

    shown_as = "solution"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck solve --json` prints."""
        return {"schema": SCHEMA} | {
            name: plain(getattr(self, name))
            for name in (
                "description", "conditions", "unknowns", "status", "solutions", "left", "sentence", "provenance",
                "regions",
            )
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Solution:
        """The solution that became this object, or this text of JSON."""
        data = loaded(data, SCHEMA)
        return cls(**{name: value for name, value in data.items() if name != "schema"})

    def spec(self, place: int = 0) -> Spec:
        """The spec of a solution."""
        return read_spec(self.solutions[place]["spec"])

    def code(self, language: str, place: int = 0) -> str:
        """A solution as source in a language that `propcheck export` knows."""
        from propcheck.activation import from_spec
        from propcheck.numeric.source import exported

        return exported(from_spec(self.spec(place)), language, "float64", (0, 1)).text

    def __getitem__(self, name: str) -> Number:
        """The value of an unknown in the first solution."""
        if not self.solutions:
            raise InputError(f"there is no solution: {self.sentence}")
        found = self.solutions[0]["values"][name]
        return found if isinstance(found, Number) else Number.from_json(found)

    def __repr__(self) -> str:
        return f"<Solution {self.status}: {self.sentence}>"


def told(
    spec: Spec,
    names: Sequence[str],
    places: Box,
    conditions: Sequence[Condition],
    found: tuple[list[Any], list[str], list[Any]],
    note: str,
) -> Solution:
    solutions, reasons, left = found
    made = []
    for values, around in solutions:
        told = {name: values[name] for name in names}
        made.append({
            "values": told,
            "digits": {name: value.note for name, value in told.items()},
            "unique": True,
            "in": {name: [low, high] for name, (low, high) in around.items()},
            "standing": Standing.ENCLOSED.value,
            "expression": expression(spec, told),
            "spec": write(as_spec(spec, told)),
        })  # fmt: skip
    for one in made:
        one["values"] = {name: replace(value, note="") for name, value in one["values"].items()}
    whole = {name: places[name].to_json() for name in names}
    boxes = [whole | {name: [float(end) for end in ends] for name, ends in box.items()} for box in left]
    status = "solved" if made and not left else "none" if not made and not left else "partly"
    asked = " and ".join(one.text for one in conditions)
    where = _all_spoken([{name: places[name] for name in names}])
    why = "; ".join([*reasons, *([note] if note else [])])
    sentence = _sentence(spec, asked, where, status, made, len(boxes), why)
    about = {"name": spec.name, "title": spec.title, "expression": spec.formula}
    texts = tuple(one.text for one in conditions)
    unknowns = {name: [_end(end) for end in (places[name].lower, places[name].upper)] for name in names}
    return Solution(about, texts, unknowns, status, tuple(made), tuple(boxes), sentence, versions() | {"seed": None})


def told_of_regions(spec: Spec, box: Box, texts: Sequence[str], found: Sequence[Part], note: str) -> Solution:
    """What came of conditions on facts: where they hold, and what is left."""
    true = [part for part in found if part.found is not None and part.found["value"]]  # type: ignore[index]
    left = [part.box for part in found if part.found is None]
    status = "partly" if left else "solved" if true else "none"
    asked = " and ".join(texts)
    where = _all_spoken([box])
    if status == "none":
        sentence = f"No values with {where} give {spec.title} {asked}: proved."
    elif not true:
        sentence = f"Whether {spec.title} can have {asked} with {where} is open."
    else:
        sentence = f"{spec.title} has {asked} {'exactly ' if not left else ''}for {_all_spoken([p.box for p in true])}"
        sentence += f", with {where}; undecided: {_all_spoken(left)}" if left else f", with {where}"
        sentence += f" ({note})." if note else "."
    regions = [
        {
            "region": {name: place.to_json() for name, place in part.box.items()},
            "exact": {name: [str(place.lower), str(place.upper)] for name, place in part.box.items()},
            "closed": {name: list(place.closed) for name, place in part.box.items()},
            "standing": part.standing.value,
        }
        for part in true
    ]
    boxes = tuple({name: place.to_json() for name, place in one.items()} for one in left)
    about = {"name": spec.name, "title": spec.title, "expression": spec.formula}
    unknowns = {name: [_end(place.lower), _end(place.upper)] for name, place in box.items()}
    return Solution(about, tuple(texts), unknowns, status, (), boxes, sentence, versions() | {"seed": None},
                    tuple(regions))  # fmt: skip


def _all_spoken(boxes: Sequence[Box]) -> str:
    told = [", ".join(spoken(place, name) for name, place in box.items()) for box in boxes]
    few = told if len(told) <= _FEW else [*told[: _FEW - 1], f"{len(told) - _FEW + 1} parts more"]
    return listed(few)


_FEW = 6  # parts that a sentence names


def _end(value: Any) -> str:
    text = str(value)
    return text if len(text) < 12 else f"{float(value):.6g}"


def _sentence(
    spec: Spec, asked: str, where: str, status: str, made: Sequence[Mapping[str, Any]], left: int, why: str
) -> str:
    if status == "none":
        return f"No values with {where} give {spec.title} {asked}: proved."
    counted = "one solution" if len(made) == 1 else f"{len(made)} solutions"
    values = "; ".join(", ".join(f"{name} = {text}" for name, text in one["digits"].items()) for one in made)
    if status == "solved":
        return f"{spec.title} has {asked} at exactly {counted} with {where}: {values}."
    boxes = f"{left} box{'es are' if left != 1 else ' is'} left undecided{f' ({why})' if why else ''}"
    if not made:
        return f"Whether {spec.title} can have {asked} with {where} is open: {boxes}."
    return f"{spec.title} has {asked} at {values}, each the only one in its box; with {where}, {boxes}."


def expression(spec: Spec, values: Mapping[str, Number]) -> str:
    """The formula c*g(s*x + t) + d, whose values stand as names."""
    text = spec.formula
    if INNER_SCALE in values or INNER_SHIFT in values:
        inner = "*".join(["input_scale", "x"] if INNER_SCALE in values else ["x"])
        inner = f"({inner} + input_shift)" if INNER_SHIFT in values else f"({inner})"
        text = _at(text, inner)
    if OUTER_SCALE in values:
        text = f"output_scale*({text})"
    return f"{text} + output_shift" if OUTER_SHIFT in values else text


def _at(text: str, inner: str) -> str:
    """A formula with something in place of x, as text that is read back."""
    from propcheck.language import X, parse, show

    symbols = {name: sp.Symbol(name, real=True) for name in names_in(text) - {"x"}}
    put = {name: sp.Symbol(name, real=True) for name in (INNER_SCALE, INNER_SHIFT)}
    return show(parse(text, symbols).xreplace({X: parse(inner, put)}))


def as_spec(spec: Spec, values: Mapping[str, Number]) -> Spec:
    """The function at a solution, as a spec whose parameters have these values to 20 digits."""
    name = f"{spec.name}_solved" if spec.name.isidentifier() else "solved"
    own = {p.name: p for p in spec.parameters}
    parameters = [
        replace(p, default=_decimal(values[p.name]) if p.name in values else p.default) for p in spec.parameters
    ]
    parameters += [Parameter(key, "constant", _decimal(value)) for key, value in values.items() if key not in own]
    made = replace(spec, name=name, title=f"{spec.title}, solved", parameters=tuple(parameters), claims=(), paper=None,
                   aliases=(), expression=expression(spec, values), units=None, presets={})  # fmt: skip
    return replace(made, source=f"solved for, from {spec.source or spec.name}"[:400])


def _decimal(value: Number) -> str:
    return value.note or repr(value.value)


def number_of(ball: arb) -> Number:
    with ctx.workprec(BITS):
        return Number(nearest(ball), below(ball), above(ball), None, Standing.ENCLOSED, ball.str(20, radius=False))
