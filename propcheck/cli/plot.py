"""`propcheck plot`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import files
from propcheck.cli import DONE, TIME_LIMIT, Targets, Unfinished, each_bounded, parameters, params_option, read_all
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec

Options = Mapping[str, Any]
Made = tuple[Any, list[str]]  # what is drawn, and a sentence for each target that came to nothing
ENDINGS = ("svg", "pdf", "png", "json")
# What each kind takes from a file: the schemas of the objects in it.
SCHEMAS = {
    "function": ("propcheck.curves/1",),
    "criteria": ("propcheck.record/1",),
    "layers": ("propcheck.probe/1",),
    "phase": ("propcheck.diagram/1",),
    "maps": ("propcheck.maps/1",),
    "error": ("propcheck.errors/1",),
    "cost": ("propcheck.record/1", "propcheck.probe/1"),
    "paper": ("propcheck.probe/1",),
}
# The kinds that an option goes with, by its name here.
_MEANT = {
    "range": ("function",),
    "on": ("function",),
    "time_limit": ("function", "criteria", "layers", "phase", "maps", "error", "cost"),
    "depth": ("layers",),
    "width": ("layers",),
    "batch": ("layers",),
    "seeds": ("layers",),
    "init": ("layers",),
    "sigma_w2": ("maps",),
    "sigma_b2": ("maps",),
    "order": ("error",),
    "dtype": ("error",),
    "backend": ("error",),
}


@click.command("plot", cls=Targets)
@click.argument("kind", type=click.Choice(tuple(SCHEMAS)), metavar="KIND")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("-o", "file", required=True, metavar="FILE", help="File that is written to; its ending says the format.")
@params_option
@click.option("--range", type=float, nargs=2, metavar="FROM TO", help="Range of x. [function]")
@click.option("--on", metavar="L:U", help="An interval, such as 0:8, on which alone it is drawn. [function]")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Most processor time for a target. [all but paper]")
@click.option("--depth", type=int, metavar="N", help="Layers of the network. [layers]")
@click.option("--width", type=int, metavar="N", help="Units of a layer. [layers]")
@click.option("--batch", type=int, metavar="N", help="Samples of a pass. [layers]")
@click.option("--seeds", type=int, metavar="N", help="How often all is drawn anew. [layers]")
@click.option("--init", metavar="SCHEME", help="Weights, as `propcheck probe` takes them. [layers]")
@click.option("--sigma-w2", type=float, metavar="NUMBER", help="Variance of the weights, times the fan-in. [maps]")
@click.option("--sigma-b2", type=float, metavar="NUMBER", help="Variance of the biases. [maps]")
@click.option("--order", type=click.IntRange(0, 2), multiple=True, metavar="N", help="Derivative. Repeatable. [error]")
@click.option("--dtype", metavar="TYPE", help="Type of the numbers, such as float32. [error]")
@click.option("--backend", metavar="NAME", help="What computes: numpy, numba, torch or jax. [error]")
def command(kind: str, targets: Sequence[str], file: str, params: Sequence[str], **options: Any) -> int:
    """Draws a figure of the TARGETs, fit for a paper. The same input gives the same bytes.

    \b
    KIND is
      function   the function and its slope, with kinks and jumps
      criteria   the eight verdicts on each function
      layers     mean square, variance and gradient in each layer of networks that are run
      phase      where gradients vanish and explode, with the edge of chaos
      maps       mean squares and correlations from one layer to the next
      error      the error of the compiled form over its input
      cost       cost against convergence, with names
      paper      the paper's Figures 1 to 21; FILE is a folder, and a TARGET what a probe printed

    FILE ends in .svg, .pdf or .png; one that ends in .json gets what would be drawn. Such a file, the record.json of
    a report and what `propcheck probe --json` printed are TARGETs too, from which nothing is computed anew.

    \b
    Examples:
      propcheck plot function elu selu --range -4 4 -o elu.svg
      propcheck plot function gelu gelu_tanh --on -8:inf -o gelu.svg
      propcheck plot criteria reports/paper/record.json -o criteria.pdf
      propcheck plot maps tanh --sigma-w2 1.5 --sigma-b2 0.1 -o tanh.png
      propcheck plot paper -o figures
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    for name in given:
        if kind not in _MEANT[name]:
            option = name.replace("_", "-")
            raise InputError(f"--{option} means nothing to {kind}; it goes with {' and '.join(_MEANT[name])}")
    from propcheck.report import figures

    if kind == "paper":
        figures.check_there()
        return _paper(Path(file), targets)
    form = _form(file)
    if form != "json":
        figures.check_there()
    if not targets:
        raise InputError(f"there is nothing to draw; name a target, as in `propcheck plot {kind} gelu -o gelu.svg`")
    lost: list[str] = []
    stored = [target for target in targets if _is_stored(target)]
    if stored and len(stored) < len(targets):
        other = next(target for target in targets if target not in stored)
        raise InputError(f"{stored[0]} holds what is to be drawn, and {other} is still to be computed; draw them apart")
    if stored:
        if given or params:
            raise InputError(f"{stored[0]} holds what is to be drawn: it is settled, and takes no options")
        data = _joined(kind, [item for target in stored for item in _read(target, kind)])
    else:
        specs = read_all(targets, parameters(params), given.get("time_limit", TIME_LIMIT), given.get("on"))
        data, lost = _MAKERS[kind](specs, given)
    files.write(Path(file), _drawn(kind, data, form, " and ".join(stored)))
    if lost:
        raise Unfinished("\n".join(lost))
    return DONE


def _form(file: str) -> str:
    form = Path(file).suffix.lower().lstrip(".")
    if form not in ENDINGS:
        name = Path(file).stem or "figure"
        raise InputError(f"the ending of {file} names no format of figures; call it {name}.svg, .pdf, .png or .json")
    return form


def _drawn(kind: str, data: Any, form: str, source: str = "") -> bytes:
    """The bytes of the figure; `source` is the file that the data come from, if they do."""
    from propcheck.files import dump
    from propcheck.report import figures

    if form == "json":
        return dump(data).encode()
    measured = kind == "cost" and isinstance(data, list)
    try:
        return figures.render("measured cost" if measured else kind, data, form)
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as fault:
        if not source or isinstance(fault, InputError):
            raise
        raise InputError(f"{source} lacks what the figure needs, or has it in another form: {fault!r}") from fault


# --- what is stored ---------------------------------------------------------------------------------------------------


def _is_stored(target: str) -> bool:
    return target.strip().lower().endswith(".json")


def _read(file: str, kind: str) -> list[dict[str, Any]]:
    """The objects in a file, each of a schema that the kind takes."""
    found = files.read_json(Path(file.strip()), file)
    items = found if isinstance(found, list) else [found]
    for item in items:
        schema = item.get("schema") if isinstance(item, dict) else None
        if schema not in SCHEMAS[kind]:
            wanted = " or ".join(SCHEMAS[kind])
            raise InputError(f"{file} holds {schema or 'no known schema'}, and {kind} is drawn from {wanted}")
    return items


def _joined(kind: str, items: list[dict[str, Any]]) -> Any:
    """The objects as the figure takes them: a list, or one record."""
    if not items:
        raise InputError(f"there is nothing to draw: no object of {' or '.join(SCHEMAS[kind])}")
    records = [item for item in items if item["schema"] == SCHEMAS["criteria"][0]]
    if not records:
        return items
    if len(records) < len(items):
        raise InputError("a record has costs from formulas, a probe measured ones; draw them apart")
    first, *others = records
    entries = [entry for record in records for entry in record.get("activations", ())]
    return {**first, "activations": entries} if others else first


# --- what is computed -------------------------------------------------------------------------------------------------


def _graphs(specs: Sequence[Spec], given: Options) -> Made:
    span = given.get("range")
    if span is None and len(specs) > 1:
        spans, _ = _each(_span, specs, given)
        span = min(lower for lower, _ in spans), max(upper for _, upper in spans)
    return _each(partial(_graph, span), specs, given)


def _each(work: Callable[[Spec], Any], specs: Sequence[Spec], given: Options) -> Made:
    from propcheck import activation  # noqa: F401  a child has what its parent has imported

    return each_bounded(work, specs, given.get("time_limit", TIME_LIMIT))


def _span(spec: Spec) -> tuple[float, float]:
    from propcheck.activation import from_spec
    from propcheck.curves.graph import reach

    return reach(from_spec(spec))


def _graph(span: tuple[float, float] | None, spec: Spec) -> Any:
    from propcheck.activation import from_spec
    from propcheck.curves.graph import graphs

    return graphs([from_spec(spec)], span)[0]


def _record(specs: Sequence[Spec], given: Options) -> Made:
    from propcheck.inquiries.analysis import analyze_all
    from propcheck.report.record import record

    limit = given.get("time_limit", TIME_LIMIT)
    return record(list(analyze_all(specs, limit)), {"time_limit": limit}), []


def _probes(specs: Sequence[Spec], given: Options) -> Made:
    from propcheck.probes.experiment import probe_all
    from propcheck.probes.setting import Setting

    made = []
    setting = {name: value for name, value in given.items() if name != "time_limit"}
    with closing(probe_all(specs, Setting(**setting), given.get("time_limit"))) as probes:
        for found in probes:
            if found.wrong_input:
                raise InputError(found.note)
            made.append(found.to_json())
    return made, []


def _diagrams(specs: Sequence[Spec], given: Options) -> Made:
    return _each(_diagram, specs, given)


def _diagram(spec: Spec) -> Any:
    from propcheck.activation import from_spec
    from propcheck.curves.phase import phase

    return phase(from_spec(spec))


def _maps(specs: Sequence[Spec], given: Options) -> Made:
    return _each(partial(_map, {name: value for name, value in given.items() if name != "time_limit"}), specs, given)


def _map(given: Options, spec: Spec) -> Any:
    from propcheck.activation import from_spec
    from propcheck.curves.propagation import propagation

    return propagation(from_spec(spec), **given)


def _errors(specs: Sequence[Spec], given: Options) -> Made:
    made, lost = _each(partial(_error, given), specs, given)
    return [each for errors in made for each in errors], lost


def _error(given: Options, spec: Spec) -> list[Any]:
    from propcheck.activation import from_spec
    from propcheck.curves.error import error

    orders = dict.fromkeys(given.get("order", (0, 1)))
    others = {name: given[name] for name in ("dtype", "backend") if name in given}
    return [error(from_spec(spec), order, **others) for order in orders]


_MAKERS: dict[str, Callable[[Sequence[Spec], Options], Made]] = {
    "function": _graphs,
    "criteria": _record,
    "layers": _probes,
    "phase": _diagrams,
    "maps": _maps,
    "error": _errors,
    "cost": _record,
}


def _paper(folder: Path, targets: Sequence[str]) -> int:
    """Writes the paper's figures and their index into a folder, all at once."""
    for target in targets:
        if not _is_stored(target):
            raise InputError(f"the paper's figures take no target but what a probe printed as JSON, not {target}")
    probes = [item for target in targets for item in _read(target, "paper")]
    from propcheck.curves.paper import figures as collected
    from propcheck.files import folders
    from propcheck.report import figures

    figures.check_own(folder)
    try:
        made = figures.of_paper(collected(probes))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
        if not probes or isinstance(fault, InputError):
            raise
        raise InputError(
            f"{' and '.join(targets)}: no probe as `propcheck probe --json` prints it: {fault!r}"
        ) from fault
    try:
        folders.replace(folder, made, {path.name for path in folder.glob("figure-[0-9][0-9].svg")} - made.keys())
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {files.reason(error)}; name another folder with -o") from None
    return DONE
