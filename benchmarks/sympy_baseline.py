"""propcheck beside plain SymPy, asked the same questions about the same functions in one run.

    python benchmarks/sympy_baseline.py                           # all; SymPy alone may take a quarter of an hour
    python benchmarks/sympy_baseline.py --limit 17 --timeout 2    # the paper's functions, 2 s for a question
    python benchmarks/sympy_baseline.py --questions parity,mean   # some of the questions
    python benchmarks/sympy_baseline.py --no-sympy                # propcheck's own times alone

propcheck is timed in a fresh process for each repetition, on one core, from the names to the facts, imports apart.
SymPy is asked one question at a time in a child process that is killed when the question's time is up. Its answer is
right or wrong by propcheck's fact; where that is open, it is unchecked.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import sympy as sp
from sympy.calculus.singularities import is_decreasing, is_increasing, singularities
from sympy.calculus.util import continuous_domain, function_range
from sympy.core.cache import clear_cache
from tabulate import tabulate

import propcheck
from propcheck.activation import Activation
from propcheck.analysis import facts
from propcheck.language import X
from propcheck.spec import index
from propcheck.verdict import Fact, Facts, Number, Standing

REAL = sp.S.Reals
PHI = sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi)
TOLERANCE = 1e-9
OUTCOMES = ("right", "wrong", "no answer", "exception", "time-out", "unchecked")


# --------------------------------------------------------------------------------------- what SymPy is asked


def slope(g: sp.Expr) -> sp.Expr:
    return sp.diff(g, X)


def expectation(g: sp.Expr) -> float | None:
    return number(sp.integrate(g * PHI, (X, -sp.oo, sp.oo)))


def ends(found: Any) -> tuple[float | None, float | None] | None:
    """Infimum and supremum of a set; None where it is no set of numbers."""
    return (number(found.inf), number(found.sup)) if isinstance(found, sp.Set) and not found.is_empty else None


def number(found: Any) -> float | None:
    """A float, infinities included, unevaluated integrals by quadrature; None where there is no number in it."""
    if not isinstance(found, sp.Expr) or found.has(sp.Limit, sp.AccumBounds, sp.nan, sp.zoo):
        return None
    digits = found.evalf(20)
    return float(digits) if digits.is_Number or digits.is_infinite else None


def affine(g: sp.Expr) -> bool:
    start, step = g.subs(X, 0), g.subs(X, 1) - g.subs(X, 0)
    return sp.simplify(g - start - step * X) == 0


def parity(g: sp.Expr) -> str:
    mirrored = g.subs(X, -X)
    if sp.simplify(mirrored - g) == 0:
        return "even"
    return "odd" if sp.simplify(mirrored + g) == 0 else "none"


def monotone(g: sp.Expr) -> bool | None:
    answers = (is_increasing(g, REAL, X), is_decreasing(g, REAL, X))
    return True if True in answers else None if None in answers else False


def interval_of_zeros(g: sp.Expr) -> bool | None:
    zeros = sp.solveset(g, X, REAL)
    size = zeros.measure if isinstance(zeros, sp.Set) and not zeros.has(sp.ConditionSet) else None
    return None if size is None else bool(size > 0)


@dataclass(frozen=True)
class Question:
    """One question: how SymPy is asked, and which fact settles it (None where that is open)."""

    ask: Callable[[sp.Expr], Any]
    truth: Callable[[Facts], Any]


def value(fact: Any) -> float | None:
    """The number in a fact, infinities included, None where it is not known."""
    return fact.value if isinstance(fact, Number) else None


def field(key: str, name: str) -> Callable[[Facts], Any]:
    """Reads a field of a fact; None where the fact is open."""

    def truth(known: Facts) -> Any:
        fact = known[key]
        return fact.get(name) if isinstance(fact, Fact) and fact.standing is not Standing.OPEN else None

    return truth


def gaussian(name: str) -> Callable[[Facts], float | None]:
    return lambda known: value(field("gaussian", name)(known))


def limit(side: str, name: str) -> Callable[[Facts], float | None]:
    return lambda known: value((field("limits", side)(known) or {}).get(name))


def hull(key: str) -> Callable[[Facts], tuple[float, float] | None]:
    def truth(known: Facts) -> tuple[float, float] | None:
        lower, upper = (value(field(key, name)(known)) for name in ("inf", "sup"))
        return None if lower is None or upper is None else (lower, upper)

    return truth


def smooth(order: int) -> Callable[[Facts], bool | None]:
    def truth(known: Facts) -> bool | None:
        found = field("smoothness", "class")(known)
        if found is None:
            return None
        return found != "discontinuous" and (found == "C^inf" or int(found.removeprefix("C^")) >= order)

    return truth


def some(key: str, name: str) -> Callable[[Facts], bool | None]:
    def truth(known: Facts) -> bool | None:
        found = field(key, name)(known)
        return None if found is None else bool(found)

    return truth


def is_monotone(known: Facts) -> bool | None:
    found = field("monotonicity", "value")(known)
    return None if found is None else found != "none"


def limit_at(end: sp.Expr, derivative: bool) -> Callable[[sp.Expr], float | None]:
    return lambda g: number(sp.limit(slope(g) if derivative else g, X, end))


QUESTIONS: dict[str, Question] = {
    "continuous": Question(lambda g: continuous_domain(g, X, REAL) == REAL, smooth(0)),
    "slope continuous": Question(lambda g: continuous_domain(slope(g), X, REAL) == REAL, smooth(1)),
    "singular": Question(lambda g: not singularities(g, X, REAL).is_empty, some("domain", "undefined")),
    "affine": Question(affine, field("affine", "value")),
    "parity": Question(parity, field("parity", "value")),
    "monotone": Question(monotone, is_monotone),
    "range": Question(lambda g: ends(function_range(g, X, REAL)), hull("range")),
    "slope range": Question(lambda g: ends(function_range(slope(g), X, REAL)), hull("derivative_range")),
    "limit left": Question(limit_at(-sp.oo, False), limit("left", "value")),
    "limit right": Question(limit_at(sp.oo, False), limit("right", "value")),
    "slope left": Question(limit_at(-sp.oo, True), limit("left", "slope")),
    "slope right": Question(limit_at(sp.oo, True), limit("right", "slope")),
    "dead interval": Question(lambda g: interval_of_zeros(slope(g)), some("dead_region", "intervals")),
    "zero interval": Question(interval_of_zeros, some("zero_region", "intervals")),
    "mean": Question(expectation, gaussian("mean")),
    "second moment": Question(lambda g: expectation(g**2), gaussian("second_moment")),
    "slope mean": Question(lambda g: expectation(slope(g)), gaussian("derivative_mean")),
    "slope second moment": Question(lambda g: expectation(slope(g) ** 2), gaussian("derivative_second_moment")),
}


def agree(said: Any, known: Any) -> bool:
    if isinstance(known, tuple):
        return all(map(agree, said, known))
    if isinstance(known, float) and not isinstance(said, bool):
        return said == known or math.isclose(said, known, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return said == known


# --------------------------------------------------------------------------------------- asking under a time limit


def answer(line: Connection, expression: sp.Expr) -> None:
    """The child: answers the questions that come in, by name, about one function."""
    clear_cache()
    while True:
        name = line.recv()
        try:
            line.send(("answer", QUESTIONS[name].ask(expression)))
        except Exception as error:  # whatever SymPy raises is its outcome
            line.send(("exception", type(error).__name__))


class Asked:
    """A child process that is asked about one function, and replaced when it has to be killed."""

    def __init__(self, expression: sp.Expr):
        self.expression = expression
        self.start()

    def start(self) -> None:
        self.ours, theirs = multiprocessing.Pipe()
        self.child = multiprocessing.Process(target=answer, args=(theirs, self.expression), daemon=True)
        self.child.start()
        theirs.close()

    def stop(self) -> None:
        self.child.kill()
        self.child.join()
        self.ours.close()

    def ask(self, name: str, timeout: float) -> tuple[str, Any, float]:
        """(answer | exception | time-out, what was said, seconds)."""
        began = time.perf_counter()
        self.ours.send(name)
        try:
            kind, said = self.ours.recv() if self.ours.poll(timeout) else ("time-out", None)
        except EOFError:
            kind, said = "exception", "the process ended"
        seconds = time.perf_counter() - began
        if kind == "time-out" or said == "the process ended":
            self.stop()
            self.start()
        return kind, said, seconds


def formula(activation: Activation) -> sp.Expr:
    """The formula that SymPy is asked about: as it was written, or the mean function where it is random."""
    if activation.bound.free_symbols <= {X}:
        return activation.bound
    *first, last = activation.pieces
    return sp.Piecewise(*((piece.expr, piece.upper > X) for piece in first), (last.expr, True))


def sympy_side(names: Sequence[str], questions: Sequence[str], timeout: float) -> tuple[dict[str, Counter[str]], float]:
    """The outcomes by question, and the seconds in all."""
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in questions}
    total = 0.0
    for place, name in enumerate(names, 1):
        activation = propcheck.load(name)
        known = facts(activation)
        asked = Asked(formula(activation))
        here = 0.0
        for question in questions:
            kind, said, seconds = asked.ask(question, timeout)
            here += seconds
            truth = QUESTIONS[question].truth(known)
            if kind == "answer":
                if said is None or (isinstance(said, tuple) and None in said):
                    kind = "no answer"
                else:
                    kind = "unchecked" if truth is None else "right" if agree(said, truth) else "wrong"
                    if kind == "wrong":
                        print(f"    {name}, {question}: SymPy says {said}, propcheck {truth}", file=sys.stderr)
            outcomes[question][kind] += 1
        asked.stop()
        total += here
        print(f"  {place}/{len(names)} {name}: {here:.1f} s", file=sys.stderr)
    return outcomes, total


# --------------------------------------------------------------------------------------- propcheck's own times

CHILD = """
import json, os, sys, time
names = json.loads(sys.argv[1])
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import propcheck.target
from propcheck.analysis import facts
began = time.perf_counter()
for name in names:
    facts(propcheck.load(name))
print(time.perf_counter() - began)
"""


def facts_side(names: Sequence[str], repetitions: int) -> list[float]:
    """Seconds from the names to all facts, in a fresh process each time."""
    command = [sys.executable, "-c", CHILD, json.dumps(names)]
    return [float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(repetitions)]


def whole_process(arguments: Sequence[str], repetitions: int) -> list[float]:
    """Seconds of `propcheck ARGUMENTS` from start to end."""
    command = [sys.executable, "-c", "from propcheck.cli import main; main()", *arguments]
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return times


def row(what: str, times: Sequence[float]) -> list[Any]:
    return [what, f"{min(times):.3f}", f"{statistics.median(times):.3f}", len(times)]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="propcheck's facts beside plain SymPy's answers, timed in one run")
    parser.add_argument("--limit", type=int, help="the first N functions of the catalogue, the paper's 17 first")
    parser.add_argument("--questions", help=f"some of: {', '.join(QUESTIONS)}")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds that SymPy has for a question (5)")
    parser.add_argument("--repetitions", type=int, default=5, help="how often each time of propcheck is taken (5)")
    parser.add_argument("--no-sympy", action="store_true", help="propcheck's own times alone")
    given = parser.parse_args()
    given.questions = [name.strip() for name in given.questions.split(",")] if given.questions else list(QUESTIONS)
    if unknown := set(given.questions) - set(QUESTIONS):
        parser.error(f"no question {', '.join(sorted(unknown))}; there are: {', '.join(QUESTIONS)}")
    return given


def main() -> None:
    given = options()
    if "fork" in multiprocessing.get_all_start_methods():  # a replaced child need not import SymPy again
        multiprocessing.set_start_method("fork")
    everything = [entry.name for entry in index()]
    paper = [entry.name for entry in index() if entry.paper is not None]
    chosen = everything[: given.limit]

    rows = [row(f"facts of the paper's {len(paper)}, after imports", facts_side(paper, given.repetitions))]
    own = facts_side(chosen, given.repetitions)
    rows.append(row(f"facts of the first {len(chosen)} of {len(everything)}, after imports", own))
    for arguments in (["--help"], ["list"], ["analyze", "relu"]):
        rows.append(row(f"propcheck {' '.join(arguments)}, whole process", whole_process(arguments, given.repetitions)))
    print(tabulate(rows, headers=["what", "best [s]", "median [s]", "runs"], tablefmt="github", disable_numparse=True))
    if given.no_sympy:
        return

    outcomes, seconds = sympy_side(chosen, given.questions, given.timeout)
    total = sum(outcomes.values(), Counter())
    lines = [[name, *(counts[kind] for kind in OUTCOMES)] for name, counts in outcomes.items()]
    lines.append(["all", *(total[kind] for kind in OUTCOMES)])
    asked = sum(total.values())
    lines.append(["share", *(f"{100 * total[kind] / asked:.0f} %" for kind in OUTCOMES)])
    print(f"\nPlain SymPy {sp.__version__}, {asked} questions on {len(chosen)} functions, {given.timeout:g} s each:\n")
    print(tabulate(lines, headers=["question", *OUTCOMES], tablefmt="github"))
    best = min(own)
    print(
        f"\nSymPy: {seconds:.1f} s for these questions; propcheck: {best:.2f} s for all facts of the same functions, "
        f"imports apart on both sides; ratio {seconds / best:.0f}."
    )


if __name__ == "__main__":
    main()
