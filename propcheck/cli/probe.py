"""`propcheck probe`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    INTERRUPTED,
    UNDECIDED,
    Listed,
    Targets,
    block_option,
    depth_option,
    init_option,
    listed,
    parameters,
    params_option,
    print_found,
    read_all,
    seeds_option,
    strict_option,
    width_option,
    workers_option,
)
from propcheck.verdict import InputError, Standing

if TYPE_CHECKING:
    from propcheck.probes.experiment import Probe, Tell


@click.command("probe", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@depth_option
@width_option
@click.option("--batch", type=int, metavar="N", default=128, show_default=True, help="Samples of a pass.")
@seeds_option
@init_option
@click.option("--dtype", metavar="TYPE", default="float32", show_default=True, help="float32 or float64.")
@click.option(
    "--backend", metavar="NAME", default="numpy", show_default=True, help="Runs the deep network: numpy, or torch."
)
@click.option(
    "--device", metavar="NAME", default="cpu", show_default=True, help="Of torch: cpu, cuda, cuda:1, mps, ..."
)
@click.option("--fast", is_flag=True, help="Loops compiled by numba, for the draws too: pays in large networks.")
@block_option
@click.option(
    "--only", default="", cls=Listed, metavar="A,B,...", help="Criteria to look at, by key; all unless given."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@click.option(
    "--time-limit",
    type=float,
    default=None,
    metavar="SECONDS",
    help="Most time for a target. The seeds that are finished by then count.",
)
@workers_option
@strict_option("a verdict is open")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    depth: int,
    width: int,
    batch: int,
    seeds: int,
    init: str,
    dtype: str,
    backend: str,
    device: str,
    fast: bool,
    block: str,
    only: str,
    as_json: bool,
    time_limit: float | None,
    workers: int | None,
    strict: bool,
) -> int:
    """Runs networks with each TARGET and measures what the criteria come to: deep random ones, and small trained ones.

    Weights are drawn once for a seed and shared by all functions. Ctrl-C reports what is finished. In a network of
    residual blocks gradient flow alone is measured: behind each block the mean square of the stream, and the gradient.

    \b
    Examples:
      propcheck probe relu tanh gelu
      propcheck probe "x*sigmoid(x)" --depth 200 --init 1.5,0.1
      propcheck probe my_activation.toml --seeds 10 --json
      propcheck probe mish --width 2048 --depth 200 --backend torch --device cuda
      propcheck probe gelu --init critical --width 1024 --only gradient_flow
      propcheck probe gelu --block pre_norm --depth 100 --only gradient_flow
    """
    from propcheck.probes.experiment import probe_all
    from propcheck.probes.setting import Setting

    specs = read_all(targets, parameters(params))
    setting = Setting(depth, width, batch, seeds, init, dtype, backend, device, fast, listed(only), block)
    done: list[Probe] = []
    interrupted = False

    def records() -> Iterator[dict[str, Any]]:
        nonlocal interrupted
        with progress() as tell, closing(probe_all(specs, setting, time_limit, workers, tell)) as probes:
            try:
                for found in probes:
                    done.append(found)
                    if as_json and len(specs) > 1 or not found.wrong_input:
                        yield found.to_json()
            except KeyboardInterrupt:
                interrupted = True

    print_found("probe", records(), targets, as_json)
    refused = [found for found in done if found.wrong_input]
    if interrupted:
        whole = sum(not found.note for found in done)
        click.echo(f"interrupted after {whole} of {len(specs)} functions", err=True)
        return INTERRUPTED
    if refused:
        raise InputError("\n".join(f"{found.name}: {found.note}" for found in refused))
    undecided = any(verdict.standing is Standing.OPEN for found in done for verdict in found.criteria)
    return UNDECIDED if strict and undecided else DONE


@contextmanager
def progress() -> Iterator[Tell | None]:
    """What is told of each seed that is finished: a bar, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("starting", total=None)
        yield lambda count, total, name: progress.update(bar, completed=count, total=total, description=name)
