"""From an analysis to its certificate: each fact becomes claims, with cuts and witnesses, that the checker confirms."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from propcheck.certificates import check_certificate as checker
from propcheck.certificates.trial import Claim, Proof, Trial, spelled

DIGITS = 14  # of a number that is not exact: it lies between two decimals of so many
CLOSE = 1e-9  # of a moment, relative
TINY = Fraction(1, 10**12)  # a bend that is no rounding


@dataclass(frozen=True)
class Certificate:
    """What the checker has confirmed, as `record`, and by fact why something is not in it."""

    record: Mapping[str, Any]
    lacking: Mapping[str, str]

    @classmethod
    def empty(cls, why: str = "its certificate could not be made") -> Certificate:
        """One that confirms nothing, with the reason."""
        return cls({"facts": []}, dict.fromkeys(FACTS, why))

    @property
    def certified(self) -> tuple[str, ...]:
        """The facts that are in it entirely."""
        return tuple(key for key in FACTS if key not in self.lacking)

    def to_json(self) -> dict[str, Any]:
        return dict(self.record)

    @property
    def claims(self) -> int:
        """How many claims it makes."""
        return len(self.record["facts"])

    @property
    def words(self) -> tuple[str, ...]:
        """What the checker confirms, a claim each."""
        told: list[str] = []
        if self.claims:
            checker.check(self.to_json(), told.append)
        return tuple(told)

    @property
    def latex(self) -> str:
        """For the appendix of a paper: the formula, the claims, the cuts, and the command that checks them."""
        values = "".join(f", {_verbatim(words)}" for words in checker.given(self.record["parameters"]))
        lines = [
            rf"\paragraph{{Certificate.}} For $g(x) = {{}}${_verbatim(self.record['function'])}{values}:",
            r"\begin{itemize}",
            *(rf"\item {_verbatim(words)}" for words in self.words),
            r"\end{itemize}",
            f"Cuts of the line: {_verbatim(', '.join(self.record['cuts']))}. Checked by"
            f" {_verbatim('python3 -I -S check_certificate.py FILE')}, which uses the standard library alone.",
        ]
        return "\n".join(lines) + "\n"

    @property
    def text(self) -> str:
        """The file: a claim a line."""
        facts = ",\n  ".join(json.dumps(fact) for fact in self.record["facts"])
        head = ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in self.record.items() if k != "facts")
        return f'{{{head},\n "facts": [\n  {facts}]}}\n'


def _verbatim(text: str) -> str:
    """A text as it stands, in LaTeX."""
    marks = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return rf"\texttt{{{''.join(marks.get(c, chr(92) + c if c in '&%$#_{}' else c) for c in text)}}}"


def certificate(
    described: Mapping[str, Any],
    facts: Mapping[str, Any],
    over: Mapping[str, tuple[str, str]] | None = None,
    equals: str = "",
) -> Certificate:
    """The certificate of an activation, from its description and its facts, both as JSON has them.

    It holds for every value of a parameter between the two that `over` gives; what is not true of all is lacking. It
    says that the function `equals` another formula, in the checker's language, where that is given.
    """
    if facts.get("domain", {}).get("undefined"):
        return Certificate.empty("it is not defined on the whole line")
    trial = Trial(described, over or {})
    found: dict[str, list[tuple[Proof, tuple[str, ...]]]] = {}
    lacking: dict[str, str] = {}
    for key, claims in FACTS.items():
        fact = facts.get(key, {"standing": "open"})
        if fact["standing"] == "open":
            lacking[key] = "it is open"
            continue
        found[key] = []
        for choices in claims(trial, fact, facts):
            kept = trial.first(choices)
            if isinstance(kept, str):
                lacking.setdefault(key, kept)
            else:
                found[key].append(kept)
    more = [("derivative", _derivative(trial)), ("convexity", _convexity(trial))]
    more += [("second derivative", choices) for choices in _bends(trial)]
    more += [("equal", iter([({"property": "equal", "formula": equals}, {})]))] if equals else []
    for key, choices in more:
        kept = trial.first(choices)
        if not isinstance(kept, str):
            found.setdefault(key, []).append(kept)
        elif key in ("derivative", "equal"):
            lacking[key] = kept
    return Certificate(trial.record([item for items in found.values() for item in items]), lacking)


def _decimal(value: float, up: bool) -> str:
    """A decimal of few digits beside a number, not below it or not above it."""
    if value == 0:
        return "0"
    exact = Fraction(value)
    unit = Fraction(10) ** (math.floor(math.log10(abs(value))) + 1 - DIGITS)
    whole = math.ceil(exact / unit) if up else math.floor(exact / unit)
    power = round(math.log10(unit))
    return f"{Decimal(whole).scaleb(power):f}" if abs(power) < 40 else f"{whole}e{power}"


def _said(number: Mapping[str, Any]) -> Iterator[Any]:
    """How a number may be claimed: exactly, or between two decimals."""
    if number["lower"] in ("inf", "-inf"):
        yield number["lower"]
        return
    if number["exact"] is not None:
        yield spelled(number["exact"])
    if number["lower"] is not None:
        yield [_decimal(number["lower"], False), _decimal(number["upper"], True)]


def _point(number: Mapping[str, Any] | None) -> Iterator[str]:
    if number is not None and number["value"] is not None:
        if number["exact"] is not None:
            yield spelled(number["exact"])
        yield f"{number['value']:.17g}"


def _ranges(order: int) -> Callable[..., Iterator[Iterable[Proof]]]:
    def claims(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
        for end, place in (("inf", "argmin"), ("sup", "argmax")):
            if fact[end]["value"] is None:
                continue
            attained = fact[f"{end}_attained"]
            sides = ["right", "left"] if not attained else []
            met = _extremes(trial, order, -1 if end == "inf" else 1) if attained and fact[place] is None else []
            yield [
                ({"property": "range", "order": order, end: said, f"{end}_attained": attained}, {f"{end}_at": at})
                for said in _said(fact[end])
                for at in (*_point(fact[place]), *sides, *met, *(trial.rows(1) if said in ("inf", "-inf") else ()))
            ]

    return claims


def _extremes(trial: Trial, order: int, sign: int) -> list[str]:
    """The two places of those seen at which a derivative is greatest, for sign 1, or least; 0 for its greatest size."""
    known = [row for row in _seen(trial, order) if row[1] not in checker.SIDES]
    known.sort(key=lambda row: -(row[0] * sign if sign else abs(row[0])))
    return [row[1] for row in known[:2]]


def _seen(trial: Trial, order: int) -> list[tuple[float, str, Any]]:
    try:
        return list(trial.extremes(order))
    except (checker.Refused, OverflowError):  # a branch that is not decided
        return []


def _lipschitz(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
    slopes = facts["derivative_range"]
    places = [at for key in ("argmax", "argmin") for at in _point(slopes.get(key))]
    jumps = [at for kink in facts["smoothness"].get("kinks", ()) if not kink["order"] for at in _point(kink["at"])]
    if not places and fact["lower"] != "inf":
        places = _extremes(trial, 1, 0)
    yield [
        ({"property": "lipschitz", "value": said}, {"at": at})
        for said in _said(fact)
        for at in (*(jumps if said == "inf" else places), "right", "left", *(trial.rows(1) if said == "inf" else ()))
    ]


def _word(key: str, none: Callable[[Trial], Iterable[dict[str, Any]]]) -> Callable[..., Iterator[Iterable[Proof]]]:
    """A fact that is one word, whose `none` wants witnesses."""

    def claims(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
        claim = {"property": key, "value": fact["value"]}
        yield [(claim, evidence) for evidence in (none(trial) if fact["value"] == "none" else [{}])]

    return claims


def _pairs(trial: Trial, count: int) -> Iterator[tuple[list[Fraction], list[Fraction]]]:
    """So many neighbouring points of the grid at a time, and the values there."""
    for step in (1, 4):
        for k in range(0, len(trial.grid) - step * (count - 1)):
            points = [trial.grid[k + step * j] for j in range(count)]
            values = [trial.value(point) for point in points]
            if None not in values:
                yield points, values  # type: ignore[misc]


def _texts(points: Iterable[Fraction]) -> list[str]:
    return [str(point) for point in points]


def _not_monotone(trial: Trial) -> Iterator[dict[str, Any]]:
    pairs = sorted(_pairs(trial, 2), key=lambda pair: pair[1][1] - pair[1][0])
    if pairs:
        yield {"up": _texts(pairs[-1][0]), "down": _texts(pairs[0][0])}


def _no_parity(trial: Trial) -> Iterator[dict[str, Any]]:
    both = [(p, trial.value(p), trial.value(-p)) for p in trial.grid if p >= 0]
    known = [(p, u, v) for p, u, v in both if u is not None and v is not None]
    signs = (1, -1) if known else ()
    places = [max(known, key=lambda row: abs(row[1] + sign * row[2]))[0] for sign in signs]
    yield {"at": _texts(dict.fromkeys(places))}


def _affine(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
    if fact["value"]:
        a, b = trial.value(Fraction(0)), trial.value(Fraction(1))
        line = "" if a is None or b is None else f"{b - a}*x + {a}"
        yield [({"property": "affine", "value": True, "formula": formula}, {}) for formula in (trial.formula, line)]
    else:
        triples = sorted(_pairs(trial, 3), key=lambda row: abs(row[1][0] - 2 * row[1][1] + row[1][2]))
        yield [({"property": "affine", "value": False}, {"at": _texts(points)}) for points, _ in triples[-1:]]


def _limits(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
    for order, key in enumerate(("value", "slope")):
        for side in ("left", "right"):
            number = fact[side][key]
            if number is not None and number["value"] is not None:
                yield [({"property": "limits", "order": order, side: said}, {}) for said in _said(number)]
            elif number is None or number["standing"] != "open":
                claim: Claim = {"property": "limits", "order": order, side: "none"}
                yield [(claim, {"along": pair}) for pair in combinations(trial.rows(1 if side == "right" else -1), 2)]


def _smoothness(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
    breaks = [
        {"at": next(_point(kink["at"])), "order": kink["order"]}
        | {side: next(_said(kink[side])) for side in ("left", "right")}
        for kink in fact["kinks"]
    ]
    yield [({"property": "smoothness", "class": fact["class"], "breaks": breaks}, {})]


def _region(key: str) -> Callable[..., Iterator[Iterable[Proof]]]:
    def claims(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
        intervals = [[next(_ends(end)) for end in pair] for pair in fact["intervals"]]
        yield [({"property": key, "intervals": intervals}, {})]

    return claims


def _gaussian(trial: Trial, fact: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Iterable[Proof]]:
    """Each moment lies between decimals as near as the integral over cells is known quickly."""
    claim: Claim = {"property": "gaussian"}
    for key in checker.MOMENTS:
        if fact[key]["value"] is not None and not isinstance(fact[key]["value"], str):
            apart = CLOSE * max(abs(fact[key]["value"]), 0.1)
            claim[key] = [_decimal(fact[key]["lower"] - apart, False), _decimal(fact[key]["upper"] + apart, True)]
    yield [(claim, {})]


def _derivative(trial: Trial) -> Iterator[Proof]:
    """The derivative that the description states."""
    stated = trial.described["derivative"]
    if stated is not None:
        yield {"property": "derivative", "formula": stated}, {}


def _convexity(trial: Trial) -> Iterator[Proof]:
    """What the bends of the values on the grid let one expect."""
    triples = sorted(_pairs(trial, 3), key=lambda row: row[1][0] - 2 * row[1][1] + row[1][2])
    bends = [row[0] - 2 * row[1] + row[2] for _, row in triples]
    if bends and bends[0] < -TINY and bends[-1] > TINY:
        up, down = ([str(points[0]), str(points[2])] for points, _ in (triples[-1], triples[0]))
        yield {"property": "convexity", "value": "none"}, {"up": up, "down": down}
    elif bends:
        yield {"property": "convexity", "value": "concave" if bends[0] < -TINY else "convex"}, {}


def _bends(trial: Trial) -> Iterator[Iterable[Proof]]:
    """The range of g'', the two ends apart."""
    known = _seen(trial, 2)
    for end, pick, most in (("inf", min, "-inf"), ("sup", max, "inf")):
        if known:
            size, at, value = pick(known, key=lambda row: (row[0], row[1] not in checker.SIDES))
            attained = (at not in checker.SIDES, None)
            said = [(each, met, at) for each in _reached(size, value) for met in attained]
            said += [(most, None, row) for row in trial.rows(1)]  # of a wave that grows
            yield [
                (
                    {"property": "range", "order": 2, end: each}
                    | ({f"{end}_attained": met} if met is not None else {}),
                    {f"{end}_at": place},
                )
                for each, met, place in said
            ]


def _reached(size: float, value: Any) -> Iterator[Any]:
    """How a number of the checker may be claimed: exactly, or between two decimals."""
    if math.isinf(size):
        yield "inf" if size > 0 else "-inf"
        return
    whole = value.exact and value.exact.leading()
    if whole is not None and value.exact.key() == checker.rational(whole).key():
        yield str(whole)
    elif abs(size) > 1e-90:
        yield [_decimal(math.nextafter(size, -math.inf), False), _decimal(math.nextafter(size, math.inf), True)]


def _ends(number: Mapping[str, Any]) -> Iterator[str]:
    yield from [number["lower"]] if number["lower"] in ("inf", "-inf") else _point(number)


FACTS: Mapping[str, Callable[[Trial, Mapping[str, Any], Mapping[str, Any]], Iterator[Iterable[Proof]]]] = {
    "smoothness": _smoothness,
    "affine": _affine,
    "parity": _word("parity", _no_parity),
    "monotonicity": _word("monotonicity", _not_monotone),
    "range": _ranges(0),
    "derivative_range": _ranges(1),
    "lipschitz": _lipschitz,
    "limits": _limits,
    "dead_region": _region("dead_region"),
    "zero_region": _region("zero_region"),
    "gaussian": _gaussian,
}
NEEDED = (*FACTS, "domain")  # what has to be known for a certificate
