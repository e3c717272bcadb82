"""Two runs of the same experiments: where they differ by more than their spreads explain. Times may differ.

`python tools/runs.py OLD NEW` says where two records of measurements do; the exit status is 1 then.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from propcheck.report.measured import SCHEMA
from propcheck.report.record import keyed, read
from propcheck.verdict import InputError, Json

ALLOWED = 6.0  # standard errors that two runs may differ by: another library's sums start chaotic training elsewhere
_RELATIVE = 0.02  # and this share of the mean, where the spread over seeds is 0
_ALONE = "measured in one record alone"


def disagreements(old: Json, new: Json) -> Iterator[str]:
    """Where two records of measurements differ, a sentence each."""
    before, after = dict(keyed(old["probes"])), dict(keyed(new["probes"]))
    for function in sorted(before.keys() ^ after.keys()):
        yield f"{function[0]}: {_ALONE}"
    for function in sorted(before.keys() & after.keys()):
        name, one, two = function[0], before[function], after[function]
        if one["setting"] != two["setting"] or one["task"] != two["task"]:
            yield f"{name}: measured in another setting or on another task"
            continue
        known, found = _measurements(one), _measurements(two)
        for place in dict.fromkeys((*known, *found)):
            gap = _gap(known[place], found[place]) if place in known and place in found else _ALONE
            if gap:
                yield f"{name}, {place[1]}: {gap}"


def _measurements(probe: Json) -> dict[tuple[str, str], Json]:
    """What was measured of a function, by criterion and name."""
    return {(key, item["name"]): item for key, found in probe["criteria"].items() for item in found["measurements"]}


def _gap(one: Json, two: Json) -> str:
    """What is wrong with two measurements of one quantity; empty where nothing is."""
    means = one["mean"], two["mean"]
    if any(not isinstance(mean, (int, float)) for mean in means):
        return "" if means[0] == means[1] else f"{means[0]} and {means[1]}"
    spread = math.hypot(*(_number(item["spread"]) / math.sqrt(max(item["count"], 1)) for item in (one, two)))
    allowed = ALLOWED * spread + _RELATIVE * max(map(abs, means))
    return "" if abs(means[0] - means[1]) <= allowed else f"{means[0]:.6g} and {means[1]:.6g}"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def main(arguments: Sequence[str]) -> int:
    """Compares two records, given by their files."""
    try:
        if len(arguments) != 2:
            raise InputError("give two files: the measured.json of a report, and that of another run of it")
        found = list(disagreements(*(read(Path(argument), SCHEMA) for argument in arguments)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
