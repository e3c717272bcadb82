"""Looks for distances that numbers refute, and for triples of functions of which they are no metric.

    python tests/laws/distances.py --count 100 --seed 3       # triples of the catalogue and of formulas that are drawn
    python tests/laws/distances.py "gelu" "x*tanh(x)" "x"     # one triple: what a failing law prints

The second opinion reads the texts for itself and evaluates them by mpmath at 50 digits.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from itertools import permutations
from random import Random

from drawn import designed
from mpmath import mp, mpf
from second_opinion import Function

from propcheck import spec
from propcheck.inquiries.distance import Difference, difference
from propcheck.verdict import InputError, Standing

ORDERS = (0, 1)
POINTS = [mpf(k) / 16 + mpf("1e-7") for k in range(-160, 161)] + [mpf(s * 10**k) for k in (2, 4) for s in (-1, 1)]
Triple = tuple[str, str, str]


def triples(count: int, seed: int) -> list[Triple]:
    """Random triples: two formulas of three come from the catalogue."""
    random = Random(seed)
    names = [name for name in spec.catalogue() if not any(p.role == "random" for p in spec.find(name).parameters)]
    return [(random.choice(names), random.choice(names), designed(random)) for _ in range(count)]


def refuted(texts: Triple) -> list[str]:
    """What is wrong with the distances of three functions, in sentences that end with the call to paste."""
    call = f"python tests/laws/distances.py {' '.join(map(shlex.quote, texts))}"
    found: dict[tuple[int, int], Difference] = {}
    for i, j in permutations(range(3), 2):
        try:
            found[i, j] = difference(texts[i], texts[j], norm="sup")
        except InputError:  # nowhere defined together
            return []
    faults = [fault for order in ORDERS for fault in _no_metric(found, order)]
    for (i, j), one in found.items():
        if i < j:
            faults += _refuted_by_numbers(texts[i], texts[j], one)
    return [f"{fault}: {call}" for fault in faults]


def _ends(found: Difference, order: int) -> tuple[float, float] | None:
    far = found[order].farthest
    assert far is not None
    if far.sup.standing is Standing.OPEN or found.alone:  # without a common domain there is no triangle
        return None
    assert far.sup.lower is not None and far.sup.upper is not None
    return far.sup.lower, far.sup.upper


def _no_metric(found: dict[tuple[int, int], Difference], order: int) -> list[str]:
    faults = []
    known = {pair: _ends(one, order) for pair, one in found.items()}
    for (i, j), ends in known.items():
        k = 3 - i - j
        back, first, second = known[j, i], known[i, k], known[k, j]
        if ends and back and (ends[0] > back[1] or back[0] > ends[1]):
            faults.append(f"order {order}: {i}{j} is {ends} and {j}{i} is {back}")
        if ends and ends[0] < 0:
            faults.append(f"order {order}: {i}{j} is {ends}, below 0")
        if ends and first and second and ends[0] > (first[1] + second[1]) * (1 + 1e-15):
            faults.append(f"order {order}: {i}{j} is {ends}, more than {first} and {second} together")
    return faults


def _refuted_by_numbers(a: str, b: str, found: Difference) -> list[str]:
    one, other = (Function(*written(text)) for text in (a, b))
    faults = []
    with mp.workdps(50):
        for order in ORDERS:
            far = found[order].farthest
            assert far is not None
            if far.sup.upper is None or far.sup.lower is None:
                continue
            sizes = [_gap(one, other, order, x) for x in POINTS]
            most = max((size for size in sizes if size is not None), default=mpf(0))
            if most > far.sup.upper:
                faults.append(f"order {order}: {a} and {b} are {mp.nstr(most, 20)} apart, more than {far.sup.upper}")
            for at in far.at if order == 0 else ():
                size = _gap(one, other, order, mpf(at.value or 0))
                if size is not None and size < mpf(far.sup.lower) * (1 - mpf(10) ** -9) - mpf(10) ** -14:
                    faults.append(f"order {order}: {a} and {b} are {mp.nstr(size, 20)} apart at {at.value}")
            for low, high, word in found[order].signs or ():
                faults += _wrong_sign(one, other, order, (low.value, high.value, word))
    return faults


def _gap(one: Function, other: Function, order: int, x: mpf) -> mpf | None:
    values = one.derivative(x, order), other.derivative(x, order)
    return None if values[0] is None or values[1] is None else abs(values[0] - values[1])


def _wrong_sign(one: Function, other: Function, order: int, span: tuple) -> list[str]:
    low, high, word = span
    for x in POINTS:
        if not low < x < high:
            continue
        values = one.derivative(x, order), other.derivative(x, order)
        if values[0] is None or values[1] is None or abs(values[0] - values[1]) < mpf(10) ** -30:
            continue
        if ("above" if values[0] > values[1] else "below") != word:
            return [f"order {order}: at {mp.nstr(x, 10)} A is not {word}"]
    return []


def written(text: str) -> tuple[str, dict[str, str]]:
    """The formula of a target, and its parameters' values."""
    if not text.isidentifier() or text == "x":
        return text, {}
    item = spec.find(text)
    return item.formula, {p.name: str(p.default) for p in item.parameters if p.default is not None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="*")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asked = [tuple(given.texts)] if given.texts else triples(given.count, given.seed)
    faults = 0
    for place, texts in enumerate(asked):
        said = refuted(texts)  # type: ignore[arg-type]
        faults += len(said)
        print(*said, sep="\n", end="\n" * bool(said), flush=True)
        print(f"{place + 1}/{len(asked)}", end="\r", file=sys.stderr)
    print(f"{len(asked)} triples, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
