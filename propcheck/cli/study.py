"""`propcheck study`."""

from __future__ import annotations

from pathlib import Path

import click

from propcheck.cli import DONE, INTERRUPTED, workers_option
from propcheck.cli.probe import progress

PLACE = "reports/prediction"


@click.command("study")
@click.option("-o", "--output", default=PLACE, show_default=True, metavar="DIR", help="Where the study stands.")
@click.option("--quick", is_flag=True, help="A sixth of the functions and two seeds: about ten minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print what was judged as JSON too.")
@workers_option
def command(output: str, quick: bool, as_json: bool, workers: int | None) -> int:
    """Trains networks with many functions and finds which measures of a formula foretell how they learn.

    The catalogue and 108 designs drawn at random, four networks, five seeds: some hours on two cores. The last 48 are a
    second round, which judges measures found in the outcomes of the others. It can be stopped at any time with Ctrl-C;
    run again it goes on where it stopped. DIR gets outcomes.json, the tables, a picture, and a README.md that says what
    was found.

    \b
    Examples:
      propcheck study
      propcheck study --quick -o quick_study
    """
    from importlib.util import find_spec

    from propcheck import files
    from propcheck.report import prediction
    from propcheck.study import judging, running

    place = Path(output)
    asked = running.setting(quick)
    try:
        with progress() as tell:
            record = running.run(
                asked,
                place / "outcomes.json",
                workers,
                find_spec("numba") is not None,
                *([] if tell is None else [tell]),
            )
    except KeyboardInterrupt:
        click.echo(f"interrupted; what was found stands in {place / 'outcomes.json'}, and is not run again", err=True)
        return INTERRUPTED
    judged = judging.judged(record)
    for name, content in prediction.drawn(record, judged).items():
        files.write(place / name, content)
    told = f"{place / 'README.md'}: {judged['functions']} functions\n"
    click.echo(files.dump(judged) if as_json else told, nl=False)
    return DONE
