"""What a study found: rank correlations of candidates with outcomes, half of the functions choosing, half judging.

Every function is taken at the learning rate of the grid that serves it best: where most seeds reach the target, then
soonest, then with the least loss. A run that does not reach the target counts as all of its steps.

A rank correlation is Spearman's, over the functions that have both numbers, with the interval of 95 % of a bootstrap
over functions. It cannot exceed what the noise of the seeds leaves: the ceiling is the root of the outcome's
reliability, the mean correlation of two and three seeds over all splits, stepped up to all seeds by Spearman and
Brown's formula.

A second round confirms or refutes measures that were found in the outcomes of both halves: on later functions alone,
which nobody had looked at, against the same goal.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from propcheck.probes.training import best_rate
from propcheck.study.designs import PREFIX, later
from propcheck.study.measures import CANDIDATES, LATER
from propcheck.study.networks import NETWORKS
from propcheck.verdict import Json

DRAWS, SEED = 1000, 1  # of the bootstrap, and of the halves
GOAL, SURELY = 0.72, 0.5  # the correlation that a measure is to reach on the judging half, and its interval to exceed
OUTCOMES = {
    "steps": "steps to the target loss",
    "accuracy": "accuracy on held-out samples",
    "noise": "accuracy under noise",
    "depth": "accuracy on training samples, mean over 10, 30 and 100 layers",
}
CRITERIA = {"gradient_flow": "depth", "convergence": "steps", "noise_robustness": "noise"}  # what each is to foretell
CLAIMED = {
    "depth": ("plain",),
    "steps": ("plain", "conv"),
    "noise": ("plain",),
}  # where each measure of LATER was found
DEEP = ("plain", "pre_norm")  # networks that are run deep, too
TRAINED = 0.5  # accuracy on training samples from which on a deep network counts as trainable


@dataclass(frozen=True)
class Correlation:
    """A rank correlation over `count` functions, and where 95 % of the bootstrap lie; NaN where there is none."""

    value: float
    lower: float
    upper: float
    count: float

    @property
    def reaches(self) -> bool:
        """Does it reach the goal, and its interval what is asked?"""
        return (
            abs(self.value) >= GOAL and min(abs(self.lower), abs(self.upper)) > SURELY and self.lower * self.upper > 0
        )

    def to_json(self) -> dict[str, Any]:
        numbers = {name: _short(getattr(self, name)) for name in ("value", "lower", "upper")}
        return numbers | {"count": self.count}


def _short(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def correlation(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """The rank correlation of two numbers a function; functions that lack one of them, NaN, are left out."""
    pairs = [(x, y) for x, y in zip(first, second, strict=True) if x == x and y == y]
    if len(pairs) < 4:
        return Correlation(math.nan, math.nan, math.nan, len(pairs))
    table = np.array(pairs, float)
    drawn = np.random.default_rng(SEED).integers(0, len(table), (DRAWS, len(table)))
    (value,), again = _rank_correlations(table[None]), _rank_correlations(table[drawn])
    lower, upper = np.nanquantile(again, (0.025, 0.975)) if np.isfinite(again).any() else (math.nan, math.nan)
    return Correlation(float(value), float(lower), float(upper), len(pairs))


def _rank_correlations(tables: np.ndarray) -> np.ndarray:
    """Of each table, (functions, 2), the rank correlation of its columns; NaN where one of them is constant."""
    from scipy.stats import rankdata

    ranks = rankdata(tables, axis=1)
    apart = ranks - ranks.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return apart.prod(axis=2).sum(axis=1) / np.sqrt((apart**2).sum(axis=1).prod(axis=1))


# --- outcomes --------------------------------------------------------------------------------------------------------


def _array(part: Json, name: str) -> np.ndarray:
    """(rates, seeds), NaN for what is no number."""
    return np.array([[math.nan if v is None else v for v in row] for row in part[name]], float)


def outcomes(found: Json, plans: Json, seeds: Sequence[int] | None = None) -> dict[str, dict[str, float]]:
    """The outcomes of a function by network: means over these seeds, all unless given; NaN where a part was lost."""
    out: dict[str, dict[str, float]] = {}
    for name in NETWORKS:
        part = found.get(name, {})
        out[name] = dict.fromkeys(OUTCOMES, math.nan)
        if "steps" in part:
            out[name] |= _of_small(part, plans[name]["steps"], seeds)
        if name in DEEP:
            out[name] |= _of_deep(found, name, seeds)
    return out


def _of_small(part: Json, steps: int, seeds: Sequence[int] | None) -> dict[str, float]:
    place = best_rate(_array(part, "steps").T, _array(part, "loss").T, steps)
    chosen = slice(None) if seeds is None else list(seeds)
    reached = _array(part, "steps")[place][chosen]
    accuracy = _array(part, "accuracy")[place][chosen]
    noisy = np.array([[[math.nan if v is None else v for v in row] for row in level] for level in part["noisy"]], float)
    return {
        "steps": float(np.where(np.isfinite(reached), reached, steps).mean()),
        "accuracy": float(np.nan_to_num(accuracy).mean()),
        "noise": float(np.nan_to_num(noisy[:, place][:, chosen]).mean()),
        "early": float(np.nan_to_num(_array(part, "early")[place][chosen], nan=1e30, posinf=1e30).mean()),
    }


def _of_deep(found: Json, name: str, seeds: Sequence[int] | None) -> dict[str, float]:
    learned = {}
    for key, part in found.items():
        network, _, depth = key.partition(" of ")
        if depth and network == name and "learned" in part:
            table = np.nan_to_num(_array(part, "learned"))
            best = int(table.mean(axis=1).argmax())
            learned[int(depth)] = float((table[best] if seeds is None else table[best][list(seeds)]).mean())
    if not learned:
        return {"depth": math.nan, "deepest": math.nan}
    trained = [depth for depth, accuracy in learned.items() if accuracy >= TRAINED]
    return {"depth": float(np.mean(list(learned.values()))), "deepest": float(max(trained, default=0))}


# --- judged ----------------------------------------------------------------------------------------------------------


def halves(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The functions that choose and those that judge, at random; the drawn ones and the others are each divided.

    Those of the second round are neither.
    """
    rng = random.Random(SEED)
    fresh = later()
    names = [name for name in names if name not in fresh]
    choosing: set[str] = set()
    for drawn in (False, True):
        group = [name for name in names if name.startswith(PREFIX) == drawn]
        choosing.update(rng.sample(group, len(group) // 2))
    return [name for name in names if name in choosing], [name for name in names if name not in choosing]


def judged(record: Json) -> dict[str, Any]:
    """What is concluded from the record of a study that was run."""
    plans = record["setting"]["plans"]
    found = {name: part for name, part in record["outcomes"].items() if "candidates" in part.get("measures", {})}
    names = list(found)
    measured = candidates(record)
    results = {name: outcomes(found[name], plans) for name in names}
    choosing, judging = halves(names)
    fresh = [name for name in names if name not in {*choosing, *judging}]
    parts = {"choosing": choosing, "judging": judging, "later": fresh, "all": names}
    rows = list(_rows(measured, results, parts))
    return {
        "functions": len(names),
        "choosing": choosing,
        "judging": judging,
        "later": fresh,
        "confirmed": list(_confirmed(rows)),
        "ceilings": list(_ceilings(found, plans, record["setting"]["seeds"])),
        "foretold early": list(_early(results)),
        "correlations": rows,
        "chosen": [_chosen(rows, network, outcome) for network, outcome in _asked()],
        "outcomes": {
            name: {network: {key: _short(v) for key, v in row.items()} for network, row in results[name].items()}
            for name in names
        },
    }


def candidates(record: Json) -> dict[str, dict[str, Any]]:
    """The candidates of each function that has them, those of the second round too."""
    return {
        name: part["measures"]["candidates"] | part.get("later measures", {}).get("candidates", {})
        for name, part in record["outcomes"].items()
        if "candidates" in part.get("measures", {})
    }


def _asked() -> Iterator[tuple[str, str]]:
    """The networks with the outcomes that each has."""
    for network in NETWORKS:
        for outcome in OUTCOMES:
            if outcome != "depth" or network in DEEP:
                yield network, outcome


def _rows(
    measured: Mapping[str, Json],
    results: Mapping[str, dict[str, dict[str, float]]],
    parts: Mapping[str, Sequence[str]],
) -> Iterator[dict[str, Any]]:
    """Each candidate against each outcome, on each part of the functions."""
    for candidate in (*CANDIDATES, *LATER):
        for network, outcome in _asked():
            row: dict[str, Any] = {"candidate": candidate.name, "network": network, "outcome": outcome}
            row["foretold"] = candidate.foretells.get(outcome)
            for title, part in parts.items():
                values = [_number(measured[name].get(candidate.name)) for name in part]
                goals = [results[name][network][outcome] for name in part]
                row[title] = correlation(values, goals).to_json()
            yield row


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _chosen(rows: Sequence[Mapping[str, Any]], network: str, outcome: str) -> dict[str, Any]:
    """The candidate of the first round that the choosing half takes for an outcome, and what the judging half says."""
    first = {candidate.name for candidate in CANDIDATES}
    own = [row for row in rows if (row["network"], row["outcome"]) == (network, outcome) and row["candidate"] in first]
    best = max(own, key=lambda row: abs(row["choosing"]["value"] or 0.0))
    return {**best, "reaches": _read(best["judging"]).reaches}


def _confirmed(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the later functions alone say of each measure of the second round, where it was found, and of the candidate
    of the first round that does best on them, for comparison."""
    found = {(row["candidate"], row["network"], row["outcome"]): row for row in rows}
    for criterion, outcome in CRITERIA.items():
        for candidate in LATER:
            for network in CLAIMED[outcome] if outcome in candidate.foretells else ():
                row = found[candidate.name, network, outcome]
                told = _read(row["later"])
                reaches = told.reaches and told.value * candidate.foretells[outcome] > 0
                rivals = (found[other.name, network, outcome] for other in CANDIDATES)
                rival = max(rivals, key=lambda other: abs(other["later"]["value"] or 0.0))
                best = {"candidate": rival["candidate"], "later": rival["later"]}
                yield {"criterion": criterion, **row, "reaches": reaches, "best of the first round": best}


def _read(told: Json) -> Correlation:
    return Correlation(**{name: _number(value) for name, value in told.items()})


def _ceilings(found: Mapping[str, Json], plans: Json, seeds: int) -> Iterator[dict[str, Any]]:
    """How large a correlation can be for the noise of the seeds."""
    everyone = range(seeds)
    splits = [(part, [seed for seed in everyone if seed not in part]) for part in combinations(everyone, seeds // 2)]
    results = [[[outcomes(own, plans, part) for own in found.values()] for part in split] for split in splits]
    for network, outcome in _asked():
        apart = []
        for first, second in results:
            rows = [(a[network][outcome], b[network][outcome]) for a, b in zip(first, second, strict=True)]
            table = np.array([row for row in rows if row[0] == row[0] and row[1] == row[1]], float)
            apart.append(float(_rank_correlations(table[None])[0]) if len(table) >= 4 else math.nan)
        r = float(np.mean(apart)) if apart else math.nan
        yield {"network": network, "outcome": outcome, "ceiling": _short(math.sqrt(max(0.0, 2 * r / (1 + r))))}


def _early(results: Mapping[str, dict[str, dict[str, float]]]) -> Iterator[dict[str, Any]]:
    """How well the loss after a fifth of the steps, at the best rate, foretells the end."""
    for network in NETWORKS:
        early = [row[network].get("early", math.nan) for row in results.values()]
        for outcome in ("steps", "accuracy"):
            goals = [row[network][outcome] for row in results.values()]
            yield {"network": network, "outcome": outcome, "early": correlation(early, goals).to_json()}
