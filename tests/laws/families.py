"""What a family says of an interval of its parameter, against the engine at single values: nothing may differ.

`python tests/laws/families.py 300` draws so many functions and values, and prints the call to paste of each that
differs; it also looks on both sides of every value at which a fact changes, at a distance of 1e-6.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp

from propcheck import target
from propcheck.activation import from_spec
from propcheck.analysis import QUESTIONS, ask
from propcheck.families.inquiry import Family, family
from propcheck.families.subject import KEYS
from propcheck.language import parse
from propcheck.processes.precision import alone
from propcheck.verdict import plain

# Functions with one parameter: text, the range over which it runs where none is declared, and values drawn from it.
FAMILIES = {
    "elu": (None, (0, 6)),
    "celu": (None, (0.01, 6)),
    "leaky_relu": (None, (0.001, 0.999)),
    "prelu": (None, (0.001, 0.999)),
    "x if x >= 0 else m*x": ({"m": "-2:2"}, (-2, 2)),  # the mean of a randomised leaky ReLU, and beyond
    "swish": (None, (0, 8)),
    "log(1 + exp(b*x))/b": ({"b": "1/100:100"}, (0.01, 30)),
    "trelu": (None, (0.01, 4)),
    "xwish": (None, (0.01, 9)),
    "squareplus": (None, (0, 9)),
    "isru": (None, (0.01, 9)),
    "snake": (None, (0.01, 9)),
}
SKIPPED = ("near",)  # fields that are not said of a family
RELATIVE = 1e-9


@alone
def single(text: str, values: Mapping[str, sp.Rational], keys: Sequence[str] = KEYS) -> dict[str, Any]:
    """The facts at one value, by the engine."""
    spec = target.read(text, {name: str(value) for name, value in values.items()})
    activation = from_spec(spec)
    asked = dict(QUESTIONS)
    return {key: plain(ask(asked[key], key, activation)) for key in keys}


def differences(said: Any, found: Any, values: Mapping[str, sp.Rational], place: str = "") -> Iterator[str]:
    """Where what a family says and what holds at a value differ: nowhere, if both are right."""
    if is_number(said) or is_number(found):
        if not (is_number(said) and is_number(found)):
            yield f"{place}: {said} and {found}"
        elif not agrees(said, found, values):
            yield f"{place}: {said} and {found}"
    elif isinstance(said, Mapping) and isinstance(found, Mapping):
        for name in said.keys() & found.keys() - {"standing", "note", *SKIPPED}:
            if name in ("formula", "witness") or (name.startswith("arg") and None in (said[name], found[name])):
                continue  # one of many, or a place that is not told
            yield from differences(said[name], found[name], values, f"{place}.{name}")
    elif isinstance(said, list) and isinstance(found, list):
        if len(said) != len(found):
            yield f"{place}: {said} and {found}"
        else:
            for k, (one, two) in enumerate(zip(said, found, strict=True)):
                yield from differences(one, two, values, f"{place}[{k}]")
    elif said != found:
        yield f"{place}: {said} and {found}"


def is_number(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() >= {"value", "exact", "lower", "upper"}


def agrees(said: Mapping[str, Any], found: Mapping[str, Any], values: Mapping[str, sp.Rational]) -> bool:
    low, high, lower, upper = (number(one[name]) for one in (said, found) for name in ("lower", "upper"))
    if low is None or lower is None or high is None or upper is None:
        return found["standing"] == "open" or low is lower is None
    slack = RELATIVE * max(1.0, abs(lower)) if math.isfinite(lower) else 0.0
    if upper < low - slack or lower > high + slack:
        return False
    if said["exact"] is None or said["exact"] in ("oo", "-oo"):
        return True
    symbols = {name: sp.Symbol(name, real=True) for name in values}
    exact = parse(said["exact"], symbols).subs({symbols[name]: value for name, value in values.items()})
    return lower - slack <= float(sp.N(exact, 30)) <= upper + slack


def number(value: Any) -> float | None:
    return {"inf": math.inf, "-inf": -math.inf}.get(value, value)


def check(
    made: Family, text: str, values: Mapping[str, sp.Rational], keys: Sequence[str] = KEYS
) -> tuple[int, list[str]]:
    """How many facts were compared at a value, and those that differ."""
    found = single(text, values, keys)
    wrong, asked = [], 0
    for key in keys:
        part = made.at(key, **values)
        assert part is not None, f"no part of {key} holds {values}"
        if part["standing"] == "open" or (found[key] is not None and found[key]["standing"] == "open"):
            continue
        asked += 1
        if key == "image":
            one = None if found[key] is None else found[key]["intervals"]
            differ = list(differences(part["value"]["intervals"], one, values, key))
        elif key == "criticality":
            differ = [] if part["value"]["exists"] == found[key]["exists"] else [f"{key}: {part['value']}"]
        else:
            differ = list(differences(plain(part["value"]), found[key], values, key))
        told = ", ".join(f"{name}={value}" for name, value in values.items())
        wrong += [f"analyze({text!r}, {told}): {line}" for line in differ]
    return asked, wrong


def beside(made: Family) -> list[sp.Rational]:
    """Values on both sides of each end of a part, at a distance of 1e-6."""
    step, ends = sp.Rational(1, 10**6), set()
    for found in made.facts.values():
        for part in found:
            ((low, high),) = part["exact"].values()
            ends.update(end for end in (low, high) if end not in ("inf", "-inf"))
    values = [sp.Rational(end) for end in ends if "/" in end or end.lstrip("-").isdecimal()]
    return sorted({value + k * step for value in values for k in (-1, 1)})


def run(count: int, seed: int = 1) -> int:
    draw = random.Random(seed)
    made: dict[str, Family] = {}
    for text, (over, _) in FAMILIES.items():
        start = time.process_time()
        made[text] = family(text, over)
        part = f"{len(made[text].decided)} of {len(made[text].facts)}"
        print(f"{text}: {part} facts everywhere, {time.process_time() - start:.1f} s", flush=True)
    total, wrong = 0, []
    for _ in range(count):
        text = draw.choice(list(FAMILIES))
        low, high = FAMILIES[text][1]
        (name,) = made[text].parameters
        value = sp.Rational(str(round(draw.uniform(low, high), draw.choice((1, 2, 4)))))
        if made[text].at("domain", **{name: value}) is None:
            continue
        asked, found = check(made[text], text, {name: value})
        total, wrong = total + asked, wrong + found
    at_ends = 0
    for text, one in made.items():
        (name,) = one.parameters
        for value in beside(one):
            if one.at("domain", **{name: value}) is not None:
                asked, found = check(one, text, {name: value})
                at_ends, wrong = at_ends + asked, wrong + found
    print("\n".join(wrong))
    print(f"{count} values, {total} facts compared; {at_ends} at 1e-6 from the ends of parts; {len(wrong)} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
