"""Looks for handovers that are wrong: a number at which it does not hold, or a neighbour at which it already does.

    python tests/laws/handovers.py                          # the whole catalogue in four formats
    python tests/laws/handovers.py gelu "x*erf(x)" --dtype float16

The second opinion reads the text for itself, evaluates it by mpmath, and rounds by the definition of the format.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from random import Random

from distances import written
from mpmath import mp, mpf
from second_opinion import Function

from propcheck import spec
from propcheck.inquiries.handover import Handovers, handover

FORMATS = {
    "float16": (11, -14, 15),
    "bfloat16": (8, -126, 127),
    "float32": (24, -126, 127),
    "float64": (53, -1022, 1023),
}
SIDES = {"left": -1, "right": 1}
FARTHER = 6  # numbers farther out that are tried
DIGITS = 800  # decimal: x - tanh(x) at 510 is x - 1 but for 1e-443


def targets() -> list[str]:
    """The catalogue without what is random."""
    return [name for name in spec.catalogue() if not any(p.role == "random" for p in spec.find(name).parameters)]


def rounded(value: mpf, dtype: str) -> mpf:
    """The number of a format nearest to a value, the even one of two."""
    bits, lowest, highest = FORMATS[dtype]
    if value == 0 or mp.isinf(value):
        return mpf(value)
    exponent = max(mp.floor(mp.log(abs(value), 2)), lowest) if abs(value) > mpf(2) ** lowest else lowest
    unit = mpf(2) ** (int(exponent) - bits + 1)
    near = mp.nint(value / unit) * unit  # mpmath rounds halves to even
    return mp.sign(value) * mp.inf if abs(near) >= mpf(2) ** (highest + 1) else near


def beside(x: float, dtype: str, outward: int) -> float:
    """The neighbouring number of a format on the outer side."""
    bits, lowest, _ = FORMATS[dtype]
    exact = Fraction(x)
    exponent = lowest
    if exact:
        while abs(exact) >= Fraction(2) ** (exponent + 1):
            exponent += 1
    unit = Fraction(2) ** (exponent - bits + 1)
    shrinks = outward * exact < 0 and exponent > lowest and abs(exact) == Fraction(2) ** exponent
    following = exact + outward * (unit / 2 if shrinks else unit)
    return float(following) if abs(following) < Fraction(2) ** 1024 else float("inf")


def refuted(text: str, dtype: str, seed: int = 1) -> list[str]:
    """What is wrong with the handovers of one target in one format."""
    found = handover(text, dtype)
    faults = []
    with mp.workdps(DIGITS):
        for order, name in enumerate(("value", "slope")):
            for side, outward in SIDES.items():
                for one in getattr(found, name)[side]:
                    faults += _wrong(Function(*written(text)), order, outward, one, dtype, Random(seed))
    return [f"{text} in {dtype}: {fault}" for fault in [*faults, *_refused(found)]]


def _refused(found: Handovers) -> list[str]:
    """What is not decided, but for asymptotes other than x in formats with too many numbers."""
    return [reason for reason in found.open if "asymptote" not in reason]


def _wrong(function: Function, order: int, outward: int, one, dtype: str, random: Random) -> list[str]:
    bits, lowest, highest = FORMATS[dtype]
    largest = (2 - 2.0 ** (1 - bits)) * 2.0**highest
    told = f"order {order}, {'right' if outward > 0 else 'left'}, {one.becomes} from {one.start!r}"
    faults = []

    def met(x: float) -> bool | None:
        value = function.derivative(mpf(x), order)
        if value is None:
            return None
        near = rounded(value, dtype)
        if one.becomes == "x":
            return near == mpf(x)
        if one.becomes == "0":
            return near == 0
        if one.becomes == "subnormal":
            return abs(near) < mpf(2) ** lowest
        if one.becomes == "overflow":
            return bool(mp.isinf(near))
        far = mpf(outward) * 10**40
        slope = function.derivative(far, 1)
        if one.becomes == "limit":
            return near == rounded(function.derivative(far, order) or mpf(0), dtype)
        assert slope is not None
        rest = (function.derivative(far) or mpf(0)) - slope * far
        slope, rest = (mpf(mp.nstr(part, 30)) for part in (slope, rest))  # at 1e40 they are so to 40 digits
        return near == rounded(slope * mpf(x) + rest, dtype)

    beside_kink = mpf(one.start) + outward * mpf(10) ** -300  # at a kink the slope on either side counts
    if met(one.start) is False and not (order == 1 and met(beside_kink)):  # type: ignore[arg-type]
        faults.append(f"{told}: not there")
    if one.before is not None:
        if beside(one.before, dtype, outward) != one.start and one.start != 0:
            faults.append(f"{told}: {one.before!r} is no neighbour")
        if met(one.before) is True and order == 0:
            faults.append(f"{told}: it is so at {one.before!r} already")
    x = one.start
    for _ in range(FARTHER):
        x = beside(x, dtype, outward) if random.random() < 0.5 else _farther(x, outward, dtype, random)
        if abs(x) > largest:
            break
        if met(x) is False:
            faults.append(f"{told}: not at {x!r}")
    return faults


def _farther(x: float, outward: int, dtype: str, random: Random) -> float:
    with mp.workdps(40):
        return float(rounded(mpf(x + outward * abs(x) * random.random() + outward * random.random()), dtype))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="*")
    parser.add_argument("--dtype", choices=FORMATS, action="append")
    given = parser.parse_args()
    faults, count = 0, 0
    for text in given.texts or targets():
        for dtype in given.dtype or FORMATS:
            said = refuted(text, dtype)
            faults, count = faults + len(said), count + 1
            print(*said, sep="\n", end="\n" * bool(said), flush=True)
    print(f"{count} functions in formats, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
