"""`propcheck screen`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from propcheck.cli import DONE, Listed, completion, listed, standards, threshold_option, thresholds_of, workers_option
from propcheck.verdict import InputError

TIME_LIMIT = 10.0  # seconds of processor time of a candidate


@click.command("screen")
@click.option("--reject", default="", metavar="COND", help='What is not wanted, such as "affine or lipschitz > 10".')
@click.option(
    "--facts",
    type=completion.Keys(completion.facts),
    default="",
    cls=Listed,
    metavar="A,B,...",
    help="Facts to find beside those that COND names; the quick ones unless given.",
)
@click.option(
    "--criteria", default="", cls=Listed, metavar="A,B,...", help="Criteria to judge, by key; some 50 ms more each."
)
@threshold_option
@click.option(
    "--duplicates",
    type=click.Choice(["equal", "scale", "none"]),
    default="equal",
    show_default=True,
    help="What counts as an earlier candidate again: an equal function, one that is c*g(k*x) too, or nothing.",
)
@click.option("--as-they-come", is_flag=True, help="Print each verdict when it is there, in no order.")
@click.option("--full", is_flag=True, help="Print the analysis with each line, as `analyze --json` has it.")
@click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most processor time for a candidate. What is not found by then is open.",
)
@workers_option
def command(
    reject: str,
    facts: str,
    criteria: str,
    thresholds: Sequence[str],
    duplicates: str,
    as_they_come: bool,
    full: bool,
    time_limit: float,
    workers: int | None,
) -> int:
    """Reads candidates, one line of JSON each, and prints a line of JSON with the verdict on each.

    A candidate is {"id": 1, "expression": "x*sigmoid(a*x)", "parameters": {"a": 1.5}}; a bare text is its expression.
    It is `rejected` by the part of COND that holds, or for "wrong input", "time", "memory" or "crash"; what is open
    rejects nothing. Once rejected, nothing more is asked of it.

    \b
    COND compares facts, criteria and paths into facts:
      affine or lipschitz > 10 or undefined
      zero_mean < partly or not smoothness >= C^1
      range.sup == inf and limits.left.value < 0

    \b
    Examples:
      propcheck screen < candidates.jsonl > verdicts.jsonl
      propcheck screen --reject "affine or lipschitz > 10 or undefined" < candidates.jsonl
      echo '"x*exp(-x**2)"' | propcheck screen --facts gaussian,zeros --criteria zero_mean
    """
    from propcheck import processes, wording
    from propcheck.sweep import conditions, orders, screening
    from propcheck.sweep.engines.local import Local

    asked = conditions.read(reject, "--reject") if reject else None
    known = {item.key for item in standards(thresholds)}
    more = listed(criteria)
    for key in more:
        if key not in known:
            raise InputError(f"--criteria: there is no criterion {key!r}{wording.nearest(key, known)}")
    quick = orders.check_facts(listed(facts)) if facts else orders.QUICK
    wanted = orders.Wanted.of(*([asked] if asked else []), reject=asked.text if asked else "", facts=quick)
    wanted = wanted.judging(more, thresholds_of(thresholds), card=full)
    screen = screening.Screen(wanted, asked, duplicates, full)
    watch = screening.check(screen)
    missing: list[str] = []
    count = processes.counted(workers)
    engine = Local(time_limit, count)
    try:
        for found in screening.screened(screen, engine, sys.stdin.buffer, not as_they_come, count):
            click.echo(wording.in_json(json.dumps(found, ensure_ascii=True, allow_nan=False)))
            missing = watch(found)
            sys.stdout.flush()
    finally:
        engine.close()
    if missing:
        click.echo(f"propcheck: --reject: no candidate has {', '.join(missing)}", err=True)
    return DONE
