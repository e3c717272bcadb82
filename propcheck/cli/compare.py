"""`propcheck compare`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    print_json,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.comparison import Comparison

_BOTH_VALUES = (("left", "value"), ("right", "value"))
_BOTH_SLOPES = (("left", "slope"), ("right", "slope"))
_MARKS = {True: "*", False: " ", None: "?"}


@click.command("compare", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET TARGET...")
@params_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the facts and verdicts side by side.")
@time_limit_option
@strict_option
def command(targets: Sequence[str], params: Sequence[str], as_json: bool, time_limit: float, strict: bool) -> int:
    """Shows the TARGETs side by side, marks what differs, and says which are equal functions.

    A `*` marks a row that differs, a `?` one of which that is open.

    \b
    Examples:
      propcheck compare gelu quick_gelu
      propcheck compare relu "max(0, x)" my_activation.toml
      propcheck compare elu celu --param a=2 --json
    """
    from propcheck import target

    specs = target.read_all(targets, parameters(params))
    if len(specs) < 2:
        raise InputError("a comparison takes two targets or more, such as `propcheck compare gelu silu`")
    from propcheck.comparison import OPEN, compare

    comparison = compare(specs, time_limit)
    if as_json:
        print_json(comparison.to_json())
    else:
        click.echo("\n".join(_lines(comparison)))
    undecided = any(equality.outcome == OPEN for equality in comparison.equalities.values())
    return UNDECIDED if strict and undecided else DONE


def _lines(comparison: Comparison) -> Iterator[str]:
    from tabulate import tabulate

    found = comparison.to_json()
    titles = [about["title"] for about in found["activations"]]
    formulas = [["", "g(x)", *(about["expression"] for about in found["activations"])]]
    formulas += [["", "g'(x)", *(about["derivative"] or "?" for about in found["activations"])]]
    verdicts = [
        [_MARKS[row["differs"]], row["key"].replace("_", " "), *(_verdict(value) for value in row["values"])]
        for row in found["criteria"]
    ]
    table = [*formulas, *verdicts, *_facts(found["facts"])]
    rows = [[" ".join(str(cell).split()) if place > 1 else cell for place, cell in enumerate(row)] for row in table]
    text = tabulate(rows, ["", "", *titles], "simple", disable_numparse=True, preserve_whitespace=True)
    yield from (line.rstrip() for line in text.splitlines())
    yield ""
    yield from _equalities(comparison)


def _verdict(verdict: Mapping[str, Any] | None) -> str:
    return "?" if verdict is None else str(verdict["verdict"])


def _facts(facts: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    from propcheck.comparison import differs
    from propcheck.report import phrases

    rows: tuple[tuple[str, str, Sequence[Sequence[str]], Callable[[Mapping[str, Any]], str]], ...] = (
        ("smoothness", "smoothness", (), _smoothness),
        ("affine", "affine", (), lambda facts: phrases.word(facts, "affine", "value")),
        ("parity", "parity", (), lambda facts: phrases.word(facts, "parity", "value")),
        ("monotonicity", "monotonicity", (), lambda facts: phrases.word(facts, "monotonicity", "value")),
        ("range", "range", (), lambda facts: phrases.span(facts, "range")),
        ("derivative_range", "slope range", (), lambda facts: phrases.span(facts, "derivative_range")),
        ("lipschitz", "Lipschitz constant", (), lambda facts: phrases.of(facts, "lipschitz")),
        ("limits", "limits, left / right", _BOTH_VALUES, lambda facts: phrases.sides(facts, "limits", "value")),
        ("limits", "slopes, left / right", _BOTH_SLOPES, lambda facts: phrases.sides(facts, "limits", "slope")),
        ("saturation", "saturation, left / right", (), lambda facts: phrases.sides(facts, "saturation")),
        ("dead_region", "P[g'(z) = 0]", (("mass",),), lambda facts: phrases.of(facts, "dead_region", "mass")),
        ("zero_region", "P[g(z) = 0]", (("mass",),), lambda facts: phrases.of(facts, "zero_region", "mass")),
        ("gaussian", "mean", (("mean",),), lambda facts: phrases.of(facts, "gaussian", "mean")),
        ("gaussian", "variance", (("variance",),), lambda facts: phrases.of(facts, "gaussian", "variance")),
        ("nonlinearity", "nonlinearity", (), lambda facts: phrases.of(facts, "nonlinearity")),
        ("cost", "cost with derivative", (("together",),), phrases.operations),
    )
    found = {row["key"]: row["values"] for row in facts}
    for key, label, paths, phrase in rows:
        values = found.get(key, [])
        yield [_MARKS[differs(values, *paths)], label, *(phrase({key: value} if value else {}) for value in values)]


def _smoothness(facts: Mapping[str, Any]) -> str:
    """The class, and at each kink the lowest derivative that jumps there, on the left and on the right."""
    from propcheck.report import phrases

    jumps = []
    for kink in phrases.field(facts, "smoothness", "kinks") or []:
        at, left, right = (phrases.number(kink[name]) for name in ("at", "left", "right"))
        derivative = "'" * kink["order"] if kink["order"] < 4 else f"^({kink['order']})"
        jumps.append(f"g{derivative} at {at}: {left} / {right}")
    return "; ".join([phrases.word(facts, "smoothness", "class"), *jumps])


def _equalities(comparison: Comparison) -> Iterator[str]:
    """A line for each pair; of more than two functions only those that are equal or not told apart."""
    from propcheck.comparison import OPEN, PROVED, REFUTED

    told = 0
    for (left, right), equality in comparison.equalities.items():
        names = [comparison.analyses[place].name for place in (left, right)]
        if equality.outcome == REFUTED and len(comparison.analyses) > 2:
            continue
        told += 1
        pair = f"{names[0]} and {names[1]}"
        if equality.outcome == PROVED:
            yield f"{pair} are equal: proved"
        elif equality.outcome == OPEN:
            yield f"whether {pair} are equal is open: {equality.reason or 'not decided'}"
        else:
            yield f"{pair} are not equal: {_difference(names, equality)}"
            if equality.equal_on:
                yield f"they are equal on {', '.join(equality.equal_on)}"
    if not told:
        yield "no two of them are equal: proved"


def _difference(names: Sequence[str], equality: Any) -> str:
    if equality.witness is None:
        return f"{equality.reason or 'refuted'}"
    sides = zip(names, (equality.witness.left, equality.witness.right), strict=True)
    values = " and ".join(f"{name} is {'not defined' if value is None else value}" for name, value in sides)
    return f"at x = {equality.witness.x}, {values}" + (f" ({equality.reason})" if equality.reason else "")
