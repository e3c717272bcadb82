"""`propcheck sweep`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import click

from propcheck.cli import (
    DONE,
    INTERRUPTED,
    bounded,
    print_json,
    threshold_option,
    thresholds_of,
    workers_option,
)
from propcheck.cli.probe import progress
from propcheck.verdict import InputError

TIME_LIMIT = 15.0
LISTING = 600.0  # seconds of processor time in which a space is listed
store_option = click.option("--store", required=True, metavar="FILE", help="The SQLite file that keeps everything.")


@click.command("sweep")
@click.argument("space")
@store_option
@click.option("--keep", multiple=True, metavar="COND", help="What is to hold of a design that is kept. Repeatable.")
@click.option("--reject", multiple=True, metavar="COND", help="What is not to hold of it. Repeatable.")
@threshold_option
@click.option(
    "--duplicates",
    type=click.Choice(["scale", "equal", "none"]),
    default="scale",
    show_default=True,
    help="What counts as an earlier design again: c*g(k*x) with c, k > 0, an equal function alone, or nothing.",
)
@click.option("--quick", is_flag=True, help="Quick facts alone; else all facts and verdicts of those that stay.")
@click.option("--train", is_flag=True, help="Train what is kept by successive halving; the best meet ReLU, ELU, GELU.")
@click.option("--shard", default="1/1", metavar="I/N", help="The I-th of N parts, for `propcheck merge`.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="A scheduler of dask.distributed, tls://host:8786.")
@click.option("--tls-ca", default="", metavar="FILE", help="Whose certificates are trusted.")
@click.option("--tls-cert", default="", metavar="FILE", help="The certificate of this client.")
@click.option("--tls-key", default="", metavar="FILE", help="Its key.")
@click.option("--insecure", is_flag=True, help="Take tcp:// beyond this machine: who reaches it can run code there.")
@click.option("--json", "as_json", is_flag=True, help="Print how many designs stand how as JSON.")
@click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most processor time for a stage of a design. What is not found by then is open.",
)
@workers_option
def command(
    space: str,
    store: str,
    keep: Sequence[str],
    reject: Sequence[str],
    thresholds: Sequence[str],
    duplicates: str,
    quick: bool,
    train: bool,
    shard: str,
    scheduler: str,
    tls_ca: str,
    tls_cert: str,
    tls_key: str,
    insecure: bool,
    as_json: bool,
    time_limit: float,
    workers: int | None,
) -> int:
    """Analyses every design of SPACE and keeps what it finds in FILE, from where it was stopped.

    SPACE is negative_halves or unary_binary, a TOML file that says which designs there are, a folder of specs, or a
    .jsonl file of candidates. Designs that the rules surely reject by quick facts are not looked at further; of the
    others all is asked. Stop it in any way, and give the same command again: nothing is lost, nothing is done twice.

    \b
    Examples:
      propcheck sweep negative_halves --store halves.db --reject "affine or undefined" --keep "lipschitz <= 1.2"
      propcheck sweep my_space.toml --store mine.db --keep "zero_mean>=partly and lipschitz<=1.2"
      propcheck sweep unary_binary --store part3.db --shard 3/8
      propcheck sweep my.toml --store all.db --scheduler tls://head:8786 --tls-ca ca.pem --tls-cert me.pem --tls-key me
    """
    from propcheck import processes
    from propcheck.processes.worker import check_limit
    from propcheck.sweep import running
    from propcheck.sweep.store import Store

    check_limit(time_limit)
    setting = running.Setting(
        running.Rules.of(keep, reject), duplicates, time_limit, _plain(thresholds_of(thresholds)), not quick
    )
    part = _shard(shard)
    count = processes.counted(workers)
    if scheduler:
        from propcheck.sweep.engines import cluster

        cluster.check(scheduler, insecure, {"ca": tls_ca, "cert": tls_cert, "key": tls_key})
    designs = bounded(partial(_listed, space), LISTING, f"the space {space} could not be listed")
    with Store(store) as kept:
        running.lay_out(kept, space, iter(designs), part)
        if scheduler:
            engine: Any = cluster.engine(scheduler, time_limit, insecure, tls_ca, tls_cert, tls_key, say)
            window = engine.room()
        else:
            from propcheck.sweep.engines.local import Local

            engine, window = Local(time_limit, count), 8 * count + 8
        try:
            with closing(engine), telling() as tell:
                counts = running.sweep(kept, setting, engine, window, tell)
            halved = _halved(kept, workers) if train else None
        except KeyboardInterrupt:
            say(f"interrupted; what was found stands in {store}, and the same command goes on")
            return INTERRUPTED
    show(counts, store, as_json, halved)
    return DONE


def _halved(store: Any, workers: int | None) -> Any:
    from propcheck.sweep import halving

    with progress() as bar:
        return halving.halved(store, workers, *([] if bar is None else [bar]))


def say(text: str) -> None:
    click.echo(f"propcheck: {text}", err=True)


def show(counts: dict[str, int], store: str, as_json: bool, halved: Any = None) -> None:
    """How many designs stand how, and what came of training them."""
    if as_json:
        record = {"schema": "propcheck.sweep/1", "store": store, "designs": sum(counts.values()), "states": counts}
        print_json(record | ({"halving": halved.to_json()} if halved is not None else {}))
        return
    click.echo(f"{store}: {sum(counts.values())} designs")
    for state, number in counts.items():
        click.echo(f"  {state:<10} {number}")
    if halved is not None:
        from propcheck.report import halving

        click.echo(f"\n{halving.markdown(halved)}", nl=False)


@contextmanager
def telling() -> Iterator[Any]:
    """What is told of each design that is through: a bar with the rate and the time left, on a terminal."""
    with progress() as bar:
        if bar is None:
            yield lambda done, total, seconds: None
        else:
            yield lambda done, total, seconds: bar(
                done,
                total,
                f"{1 / seconds if seconds else 0:.1f} a second, {(total - done) * seconds / 60:.0f} min left",
            )


def _listed(space: str) -> list[Any]:
    from propcheck.sweep import spaces

    return list(spaces.read(space).designs())


def _plain(thresholds: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    return {key: {name: str(value) for name, value in row.items()} for key, row in thresholds.items()}


def _shard(text: str) -> tuple[int, int]:
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) <= 100_000):
        raise InputError(f"--shard takes I/N, such as 3/8 for the third of eight parts, not {text!r}")
    return int(number), int(count)
