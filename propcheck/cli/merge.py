"""`propcheck merge`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from propcheck.cli import DONE, workers_option
from propcheck.cli.sweep import say, show, store_option, telling


@click.command("merge")
@click.argument("shards", nargs=-1, required=True, metavar="SHARD...")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print how many designs stand how as JSON.")
@workers_option
def command(shards: Sequence[str], store: str, as_json: bool, workers: int | None) -> int:
    """Puts the SHARDs of a sweep, made with --shard I/N, into FILE: what one machine would have found.

    Designs of several shards that are one function are told apart again, which is the only new work.

    \b
    Examples:
      propcheck merge part1.db part2.db --store all.db
    """
    from propcheck import processes
    from propcheck.sweep import merging
    from propcheck.sweep.engines.local import Local
    from propcheck.sweep.store import Store

    count = processes.counted(workers)
    for shard in shards:
        Store(shard, write=False).close()
    with Store(store) as kept:
        with Store(shards[0], write=False) as first:
            limit = json.loads(first.meta("setting") or '{"time_limit": 15}')["time_limit"]
        with closing(Local(limit, count)) as engine, telling() as tell:
            counts = merging.merge(kept, [Path(shard) for shard in shards], engine, 8 * count + 8, tell)
        lacking = merging.missing(kept)
    show(counts, store, as_json)
    if lacking:
        say(f"{lacking} designs of the space are in none of the shards")
    return DONE
