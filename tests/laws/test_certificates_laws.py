"""Engine and checker, two programs without common code, agree on the catalogue and on public activations.

A fact that the engine has proved or enclosed and the checker cannot confirm is listed here, or is among the few of a
hundred that may be beyond it; what the checker confirms of a mutant is contradicted by no number.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import mpmath
import pytest
from hunt import public

import propcheck
from propcheck.certificates import FACTS, Certificate
from propcheck.spec import from_text

sys.path.append(str(Path(__file__).parents[1]))

from certificates import confirms, mutants  # noqa: E402

NAMES = list(propcheck.catalogue())
PUBLIC = public()
DRAWN = [case.name for case in PUBLIC][5::30]


@cache
def certified(name: str) -> Certificate:
    cases = {case.name: case for case in PUBLIC}
    item: Any = from_text(cases[name].text, cases[name].parameters) if name in cases else name
    return propcheck.analyze(item, only=(*FACTS, "domain"), time_limit=60).certificate()


@pytest.mark.parametrize("name", NAMES)
def test_what_the_engine_finds_of_the_catalogue_the_checker_confirms(name):
    made = certified(name)
    assert made.lacking == {}
    assert confirms(made.to_json())
    assert len(made.text) <= 3000


def test_most_facts_of_public_activations_are_confirmed():
    made = [certified(name) for name in DRAWN]
    found = sum(len(FACTS) - len([why for why in one.lacking.values() if why == "it is open"]) for one in made)
    assert sum(len(one.certified) for one in made) >= 0.85 * found


@pytest.mark.parametrize("name", NAMES)
def test_no_number_contradicts_a_mutant_that_is_confirmed(name):
    record = certified(name).to_json()
    rows = list(mutants(record))
    for told, mutant, false in Random(name).sample(rows, min(40, len(rows))):
        if confirms(mutant):
            assert not false, told
            assert not contradicted(mutant), told


def contradicted(certificate: dict[str, Any]) -> bool:
    """Do values of g, by mpmath, refute the claim?"""
    activation = propcheck.load(from_text(certificate["function"], certificate["parameters"]))
    if activation.noise is not None or not activation.pieces:
        return False
    values = {x: activation(f"{x}/8") for x in (*range(-64, 65, 5), 1, -1)}
    known = {x: mpmath.mpf(v.evalf(30)) for x, v in values.items() if v is not None and v.is_finite}
    (fact,) = certificate["facts"]
    claim, near = fact["claim"], mpmath.mpf(10) ** -9
    match claim["property"]:
        case "range" if claim["order"] == 0:
            low, high = (_number(claim.get(key, default)) for key, default in (("inf", "-inf"), ("sup", "inf")))
            return any(not low[0] - near <= v <= high[1] + near for v in known.values())
        case "parity":
            pairs = [(known[x], known[-x]) for x in known if -x in known]
            odd, even = (all(abs(u - s * v) <= near for u, v in pairs) for s in (-1, 1))
            return {"odd": not odd, "even": not even, "none": False}[claim["value"]]
        case "monotonicity":
            steps = [known[b] - known[a] for a, b in zip(sorted(known), sorted(known)[1:], strict=False)]
            up, down = any(s > near for s in steps), any(s < -near for s in steps)
            return {"in": down, "de": up, "co": up or down, "no": False}[claim["value"][:2]] or (
                claim["value"] == "non-decreasing" and down or claim["value"] == "non-increasing" and up
            )
    return False


def _number(said: Any) -> tuple[Any, Any]:
    ends = said if isinstance(said, list) else [said, said]
    return tuple(
        mpmath.mpf(end) if "inf" in end else mpmath.mpf(propcheck.spec.constant(end).evalf(30)) for end in ends
    )
