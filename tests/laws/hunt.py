"""Looks for facts that numbers refute, of public activations and of formulas drawn at random.

    python tests/laws/hunt.py public                            # all of public_activations.json, every fact
    python tests/laws/hunt.py random --count 400 --seed 7       # formulas that are drawn
    python tests/laws/hunt.py "a*x*sigmoid(x)" --param a=2      # one formula: what a failing law prints

The second opinion reads the text for itself and evaluates it by mpmath at 50 digits. With `--care quick` it looks at a
few points only, with `--care shape` at all but the integrals, which are slow. At the end stand the share of facts that
are open, and which they are.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drawn import designed
from second_opinion import Function, contradictions, glance

from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.spec import from_text
from propcheck.verdict import InputError, plain

PUBLIC = Path(__file__).with_name("public_activations.json")
SECONDS = 120  # of processor time, for one formula
SHOWN = 3  # sentences of one formula


@dataclass(frozen=True)
class Case:
    """A formula with the values of its parameters, and what it is called."""

    name: str
    text: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The call to paste that looks at this formula again."""
        values = "".join(f" --param {name}={value}" for name, value in self.parameters.items())
        return f"python tests/laws/hunt.py {shlex.quote(self.text)}{values}"

    def answers(self) -> dict[str, Any]:
        """The facts, in JSON form."""
        return json.loads(json.dumps(plain(dict(facts(from_spec(from_text(self.text, self.parameters)))))))

    def refuted(self, answers: Mapping[str, Any], care: str = "full") -> list[str]:
        """What the second opinion refutes of the facts, in sentences that end with the call to paste."""
        function = Function(self.text, self.parameters)
        said = glance(function, answers) if care == "quick" else contradictions(function, answers, care == "full")
        return [f"{sentence}  [{self.call}]" for sentence in said]


def public() -> list[Case]:
    """The activations of public collections."""
    rows = json.loads(PUBLIC.read_text())["functions"]
    return [Case(row["id"], row["expression"], row["parameters"]) for row in rows]


def drawn(count: int, seed: int) -> Iterator[Case]:
    """Formulas drawn at random, each from a seed of its own."""
    for k in range(count):
        yield Case(f"{seed}-{k}", designed(Random(f"{seed}-{k}")))


def open_facts(answers: Mapping[str, Any]) -> list[str]:
    """The facts that are open, whole or in a part: "range", "limits.left.slope"."""

    def within(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, Mapping):
            if value.get("standing") == "open":
                yield path
            else:
                for name, part in value.items():
                    yield from within(part, f"{path}.{name}")
        elif isinstance(value, list):
            for part in value:
                yield from within(part, path)

    return [path for key, value in answers.items() for path in dict.fromkeys(within(value, key))]


class _Late(Exception):
    """The processor time for one formula is up."""


def _late(*_: Any) -> None:
    raise _Late


def hunt(cases: Iterable[Case], care: str) -> int:
    """Prints what is refuted, what fails and what is open; how much of it was wrong."""
    asked = wrong = 0
    unsettled: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, _late)
    for case in cases:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            answers = case.answers()
            asked += len(answers)
            left = open_facts(answers)
            unsettled.update({path.partition(".")[0] for path in left})
            said = case.refuted(answers, care)
        except InputError as refusal:
            said, left = [], [f"not taken: {refusal}"]
        except _Late:
            said, left = [], [f"more than {SECONDS} s  [{case.call}]"]
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        wrong += len(said)
        for line in said[:SHOWN]:
            print(f"{case.name}: WRONG {line}", flush=True)
        if left:
            print(f"{case.name}: open {', '.join(left)}  {case.text}", flush=True)
    total = sum(unsettled.values())
    print(f"{wrong} refuted; {total} of {asked} facts open ({100 * total / max(asked, 1):.1f} %): {dict(unsettled)}")
    return wrong


def asker(about: str | None) -> argparse.ArgumentParser:
    """The options that say of which formulas a hunt is."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", help='"public", "random", or a formula')
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", help="2/3 is every third, from the second on")
    return parser


def asked_for(asked: argparse.Namespace) -> list[Case]:
    """The formulas that these options name."""
    which, of = map(int, asked.part.split("/"))
    if asked.what == "public":
        return public()[which - 1 :: of]
    if asked.what == "random":
        return [*drawn(asked.count, asked.seed)][which - 1 :: of]
    return [Case("given", asked.what, dict(pair.split("=", 1) for pair in asked.param))]


def main() -> int:
    parser = asker(__doc__)
    parser.add_argument("--care", default="full", choices=("quick", "shape", "full"), help="shape: no integrals")
    asked = parser.parse_args()
    return 1 if hunt(asked_for(asked), asked.care) else 0


if __name__ == "__main__":
    sys.exit(main())
