"""Making a report: each function is asked, what is found is kept on the way, and all is drawn from the records.

The command and `propcheck.report` are two ways to ask for it; what is told on the way is theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.processes import TIME_LIMIT
from propcheck.report.look import FORMATS, PAGE, SYMBOLS, WIDTHS, Look
from propcheck.verdict import InputError, Json

if TYPE_CHECKING:
    from propcheck.certificates import Certificate
    from propcheck.claims import Finding
    from propcheck.criteria.criterion import Standard
    from propcheck.inquiries.analysis import Analysis
    from propcheck.probes.setting import Setting
    from propcheck.report.duration import Work
    from propcheck.report.kept import Kept
    from propcheck.spec import Spec

ON_THE_PAGE = ("propcheck", "sympy", "python-flint")  # versions that a result may depend on; all stand in run.json


@dataclass(frozen=True)
class Asked:
    """What a report is made of: the functions, what judges them, and within which limits; `command` makes it again.

    `setting` is that of the experiments, None where there are none; `along` asks for charts along the parameters.
    """

    specs: tuple[Spec, ...]
    standards: tuple[Standard, ...]
    time_limit: float
    workers: int | None
    equations: bool
    setting: Setting | None
    command: str
    along: bool = False

    def about(self, part: str) -> tuple[Any, ...]:
        """What the answers of a part depend on besides the function: of the analyses, the curves or the experiments."""
        if part == "analysis":
            return self.time_limit, *(option for item in self.standards for option in item.options())
        if part in ("curves", "tracks"):
            return (self.time_limit,)
        from propcheck.probes.experiment import versions

        return max(self.time_limit, TIME_LIMIT), self.setting, versions()

    def known(self, part: str, kept: Kept) -> list[Any]:
        """The answers of a part that are kept, None in place of the others. Those by strangers' criteria never are."""
        if part == "analysis" and not all(item.own for item in self.standards):
            return [None] * len(self.specs)  # their code is no part of what names an answer
        about = self.about(part)
        return [kept.find(part, spec, *about) for spec in self.specs]


@dataclass(frozen=True)
class Records:
    """All that a report is drawn from: what was found, the run, what was measured, the curves of the page."""

    made: Mapping[str, Any]
    run: Mapping[str, Any]
    measured: Mapping[str, Any] | None
    graphs: Mapping[str, Any] | None

    def files(self) -> dict[str, str]:
        """The records as they are kept, by the names of their files."""
        from propcheck.files import dump

        kept = {"record": self.made, "run": self.run, "measured": self.measured, "curves": self.graphs}
        return {f"{name}.json": dump(one) for name, one in kept.items() if one is not None}


class Teller:
    """What is told while a report is made: nothing, unless somebody listens."""

    listens = False

    def say(self, sentence: str) -> None:
        """A sentence."""

    def watched(self, analyses: Iterable[Json], specs: Sequence[Spec]) -> Iterable[Json]:
        """The analyses, as they come."""
        return analyses

    def probing(self) -> AbstractContextManager[Any]:
        """What hears of each seed of the experiments that is finished."""
        return nullcontext()


@dataclass(frozen=True)
class Made:
    """A report that was written: its folder, how many files it has, its record, and whether it was interrupted."""

    folder: Path
    files: int
    record: Json
    interrupted: bool = False

    @property
    def undecided(self) -> bool:
        """Is any fact or criterion of it open?"""
        return any(map(_undecided, self.record["activations"]))

    def __str__(self) -> str:
        return told(self)


def check(place: Path, look: Look, force: bool) -> None:
    """Raises where the report cannot be written there, before anything is asked."""
    from propcheck.report import record

    record.check_writable(place)
    if not force:
        record.check_own(place, _certain(look))


def report(
    targets: Iterable[Any] = (),
    folder: str | Path = "reports",
    *,
    formats: Collection[str] = (),
    pages: bool = False,
    columns: Iterable[str] = (),
    digits: int = 6,
    symbols: str = SYMBOLS[0],
    latex_width: str = WIDTHS[0],
    claims: bool = True,
    baseline: str | Path | None = None,
    probes: bool = True,
    depth: int = 50,
    width: int = 256,
    seeds: int = 5,
    init: str | tuple[float, float] = "",
    along: bool = False,
    criteria: Iterable[Any] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    time_limit: float = TIME_LIMIT,
    workers: int | None = None,
    force: bool = False,
    **params: Any,
) -> Made:
    """Writes the report on several targets, the paper's 17 functions by default, as `propcheck report` does.

    All words are those of the command's options; a parameter goes to the targets that have it. What was found before
    an interruption is written, and whoever asks again goes on from there.
    """
    from propcheck import processes, spec, target
    from propcheck.criteria.joining import chosen
    from propcheck.probes.setting import Setting
    from propcheck.report import changes

    if isinstance(targets, str | Path) or not isinstance(targets, Iterable):
        raise InputError("what a report is on stands in a list, such as propcheck.report(['gelu', 'relu'])")
    if isinstance(formats, str) or any(name not in (*FORMATS, PAGE) for name in formats):
        raise InputError(f"formats is a list of some of {', '.join((*FORMATS, PAGE))}, not {formats!r}")
    if symbols not in SYMBOLS:
        raise InputError(f"symbols is one of {', '.join(SYMBOLS)}, not {symbols!r}")
    if latex_width not in WIDTHS:
        raise InputError(f"latex_width is one of {', '.join(WIDTHS)}, not {latex_width!r}")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 3 <= digits <= 17:
        raise InputError(f"digits is a whole number from 3 to 17, not {digits!r}")
    processes.counted(workers)
    place, wanted = Path(folder), list(targets)
    look = Look.of(formats, columns, digits, symbols, pages, latex_width, claims)
    old = None if baseline is None else changes.load(Path(baseline))
    check(place, look, force)
    paper = [entry.name for entry in spec.index() if entry.paper is not None]
    specs = tuple(target.read_all(wanted or paper, params))
    judging = chosen(criteria, thresholds)
    setting = Setting(depth=depth, width=width, seeds=seeds, init=init) if probes else None
    asked = Asked(specs, judging, time_limit, workers, not wanted, setting, "propcheck.report(...)", along)
    made = make(asked, look, place, old, force)
    if made is None or made.interrupted:
        raise KeyboardInterrupt
    return made


def make(
    asked: Asked, look: Look, place: Path, old: Json | None = None, force: bool = False, teller: Teller | None = None
) -> Made | None:
    """The report, written into its folder; None where it was interrupted before anything was found.

    `old` is an earlier record, since which changes are marked. Whoever is interrupted and asks again goes on from what
    was found.
    """
    from propcheck.inquiries.analysis import versions
    from propcheck.report import record
    from propcheck.report.kept import Kept

    teller = teller or Teller()
    specs, kept = asked.specs, Kept(place)
    done: list[Json] = []
    interrupted = False
    try:
        if teller.listens:
            teller.say(str(work(asked, look, kept)))
        for analysis in teller.watched(_analysed(asked, kept, teller), specs):
            done.append(analysis)
    except KeyboardInterrupt:
        interrupted = True
    if interrupted and not done:
        return None
    together = () if interrupted else _together(asked, done, kept)
    equations = _equations(asked.time_limit, kept) if asked.equations and not interrupted else None
    made = record.record(done, {"time_limit": asked.time_limit}, together, equations, asked.standards)
    run = record.run(done, versions(), asked.command)
    graphs, stopped = ((), interrupted) if interrupted or PAGE not in look.formats else _curves(asked, kept)
    probes, stopped = _probed(asked, kept, teller) if asked.setting and not stopped else ((), stopped)
    records = Records(made, run, _measured(probes), _graphs(graphs))
    try:
        drawn = _drawn(records, old, look, teller, asked.workers)
    except BaseException:
        _written(place, records, {}, force)  # whatever may happen while they are drawn
        raise
    count = _written(place, records, drawn, force)
    interrupted = interrupted or stopped
    if not interrupted:
        kept.clear()
    return Made(place, count, made, interrupted)


def draw_again(
    source: Path,
    look: Look,
    place: Path,
    old: Json | None = None,
    probes: bool = True,
    force: bool = False,
    teller: Teller | None = None,
) -> Made:
    """Draws a report from the records that an earlier one left; those of curves and measurements may be absent."""
    from propcheck.report import curves, measured, record

    def kept(name: str, schema: str) -> Mapping[str, Any] | None:
        path = source / name
        return record.read(path, schema) if path.exists() else None

    made, run = record.read(source / "record.json"), record.read(source / "run.json", record.RUN_SCHEMA)
    experiments = kept("measured.json", measured.SCHEMA) if probes else None
    records = Records(made, run, experiments, kept("curves.json", curves.SCHEMA))
    try:
        drawn = _drawn(records, old, look, teller or Teller())
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(f"the records in {source} lack what a report shows: {fault!r}; make it anew") from fault
    count = _written(place, records, drawn, force, again=place.resolve() == source.resolve())
    return Made(place, count, made)


def told(made: Made) -> str:
    """What was written; claims that contradict each other count as one more, as in the report."""
    functions = made.record["activations"]
    outcomes = [
        one["outcome"] for one in (*(one for entry in functions for one in entry["claims"]), *made.record["together"])
    ]
    counts = ", ".join(f"{outcomes.count(word)} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict"), ("open", "open")
    ))  # fmt: skip
    return f"{made.folder}: {made.files} files, {len(functions)} functions, {len(outcomes)} claims ({counts})"


def _certain(look: Look) -> list[str]:
    """The names of files that a report of this look has in any case."""
    from propcheck.report import document
    from propcheck.report.formats import ENDINGS

    tables = [f"criteria.{ENDINGS[format]}" for format in look.formats if format in ENDINGS]
    whole = {"html": ["report.html"], "latex": [document.NAME]}
    return ["README.md", "record.json", "run.json", *tables, *(n for f in look.formats for n in whole.get(f, ()))]


def _written(place: Path, records: Records, drawn: Mapping[str, str], force: bool, again: bool = False) -> int:
    """Writes a report into its folder, and how many files it has.

    What an earlier report left there goes, unless the records were drawn again where they are.
    """
    from propcheck.report import record

    left = record.owned(place)
    names = {*records.files(), *drawn}
    if not force:
        record.check_own(place, names)
    listed = sorted(names | left if again else names)
    files = {**replace(records, run={**records.run, "files": listed}).files(), **drawn}
    record.write(place, files, () if again else left - names)
    return len(files)


def work(asked: Asked, look: Look, kept: Kept) -> Work:
    """What is left to do, and what it takes: where experiments are left, one is tried."""
    from propcheck import processes
    from propcheck.report.duration import Work

    def left(part: str) -> int:
        return asked.known(part, kept).count(None)

    workers = processes.counted(asked.workers)
    curves = left("curves") if PAGE in look.formats else 0
    tracks = left("tracks") if PAGE in look.formats and asked.along else 0
    unverified = asked.equations and kept.find("equations", asked.time_limit) is None
    made = Work(left("analysis"), curves, equations=unverified, workers=workers, tracks=tracks)
    if asked.setting is None or not (measured := left("probe")):
        return made
    from propcheck.probes.trial import trial

    tried, limit = trial(asked.setting), asked.about("probe")[0]
    seeds, others = asked.setting.seeds, measured + 1  # ReLU is measured beside them
    return replace(made, measured=others, seeds=seeds, seconds=tried.seconds, busy=tried.busy, limit=limit)


def _analysed(asked: Asked, kept: Kept, teller: Teller) -> Iterator[Json]:
    """The analysis of each spec as JSON, asked for where none is kept; by strangers' criteria always."""
    from propcheck.inquiries.analysis import analyze_all

    specs, time_limit, standards = asked.specs, asked.time_limit, asked.standards
    if not all(item.own for item in standards):
        with closing(analyze_all(specs, time_limit, workers=asked.workers, standards=standards)) as fresh:
            yield from (analysis.to_json() for analysis in fresh)
        return
    told, known = asked.about("analysis"), asked.known("analysis", kept)
    missing = [spec for spec, found in zip(specs, known, strict=True) if found is None]
    if len(missing) < len(specs):
        teller.say(f"{len(specs) - len(missing)} of {len(specs)} functions were analysed before")

    def keep(place: int, analysis: Analysis) -> None:
        kept.keep(analysis.to_json(), "analysis", missing[place], *told)

    with closing(analyze_all(missing, time_limit, workers=asked.workers, standards=standards, tell=keep)) as fresh:
        yield from (found or next(fresh).to_json() for found in known)


def _together(asked: Asked, done: Sequence[Json], kept: Kept) -> list[Finding]:
    """What the claims come to together."""
    from propcheck.claims import Finding
    from propcheck.inquiries.analysis import compare_claims

    about = ("together", asked.specs, asked.time_limit)
    found = kept.find(*about)
    if found is None:
        findings = [[Finding.from_json(claim) for claim in analysis["claims"]] for analysis in done]
        found = kept.keep([one.to_json() for one in compare_claims(asked.specs, findings, asked.time_limit)], *about)
    return [Finding.from_json(one) for one in found]


def _equations(time_limit: float, kept: Kept) -> Json:
    """The paper's equations verified."""
    from propcheck.inquiries.verification import paper_equations
    from propcheck.verdict import plain

    return kept.find("equations", time_limit) or kept.keep(plain(paper_equations(time_limit)), "equations", time_limit)


def _probed(asked: Asked, kept: Kept, teller: Teller) -> tuple[tuple[Json, ...], bool]:
    """What the experiments on each function print as JSON, and whether they were interrupted."""
    from propcheck.probes.experiment import described, probe_all

    specs, setting = asked.specs, asked.setting
    assert setting is not None
    about, found = asked.about("probe"), asked.known("probe", kept)
    missing = [place for place, old in enumerate(found) if old is None]
    if not missing:
        return tuple(found), False
    unknown = [specs[place] for place in missing]
    interrupted = False
    with teller.probing() as tell, closing(probe_all(unknown, setting, about[0], asked.workers, tell)) as probes:
        try:
            for probe in probes:  # in their order, but where they are interrupted some are left out
                place = next(place for place in missing if described(specs[place]) == probe.description)
                missing.remove(place)
                found[place] = probe.to_json()
                if not probe.note:
                    kept.keep(found[place], "probe", specs[place], *about)
        except KeyboardInterrupt:
            interrupted = True
    return tuple(one for one in found if one is not None), interrupted


def _curves(asked: Asked, kept: Kept) -> tuple[tuple[Json, ...], bool]:
    """The curves of each function, and whether they were interrupted."""
    from propcheck.curves.collected import collected, missing
    from propcheck.report.curves import tracks

    specs, time_limit = asked.specs, asked.time_limit
    known = asked.known("curves", kept)
    found: list[Json] = []
    wanted = [spec for spec, old in zip(specs, known, strict=True) if old is None]

    def keep(place: int, graph: Json) -> None:
        kept.keep(graph, "curves", wanted[place], time_limit)

    with closing(collected(wanted, time_limit, asked.workers, keep)) as fresh:
        try:
            for old in known:
                found.append(old or next(fresh))
        except KeyboardInterrupt:
            return (*found, *(missing(spec, "interrupted") for spec in specs[len(found) :])), True
    if not asked.along:
        return tuple(found), False

    def keep_along(spec: Spec, along: list[dict[str, Any]]) -> None:
        kept.keep(along, "tracks", spec, *asked.about("tracks"))

    try:
        along = list(tracks(specs, asked.known("tracks", kept), time_limit, asked.workers, keep_along))
    except KeyboardInterrupt:
        return tuple(found), True
    return tuple({**one, "tracks": ways} if ways else one for one, ways in zip(found, along, strict=True)), False


def _measured(probes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    from propcheck.report import measured

    return measured.record(probes) if probes else None


def _graphs(graphs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    from propcheck.report import curves

    return curves.record(graphs) if graphs else None


def _certified(entries: Sequence[Mapping[str, Any]], workers: int | None) -> list[Certificate]:
    """The certificate of each function, several at once; what cannot be made certifies nothing."""
    from propcheck.certificates import Certificate, certificate
    from propcheck.processes import worker

    jobs = [worker.lone(partial(certificate, entry["activation"], entry["facts"])) for entry in entries]
    with closing(worker.shared(jobs, None, workers)) as outcomes:
        answers = [{} if isinstance(outcome, InputError) else outcome for outcome, _ in outcomes]
    found = [answer.get("answer") for answer in answers]
    return [one if isinstance(one, Certificate) else Certificate.empty() for one in found]


def _drawn(
    records: Records, old: Mapping[str, Any] | None, look: Look, teller: Teller, workers: int | None = None
) -> dict[str, str]:
    """The files of a report that are drawn of its records, by name. What changed since the old record is counted."""
    from propcheck.report import changes, document, formats, guide, measured, page, record, tables
    from propcheck.report.page import overview

    made, run = records.made, records.run
    certified = _certified(made["activations"], workers)
    known = zip(made["activations"], certified, strict=True)
    made = {**made, "activations": [{**entry, "uncertified": list(one.lacking)} for entry, one in known]}
    made = made if look.claims else record.unclaimed(made)
    listed = [format for format in look.formats if format != PAGE]
    files = tables.draw(made, listed, look.columns, look.digits, look.symbols, look.width)
    slugs = overview.slugs(made["activations"])
    files |= {f"certificates/{slug}.json": one.text for slug, one in zip(slugs, certified, strict=True) if one.claims}
    if records.measured is not None:
        files |= measured.draw(records.measured, made, listed, look.width)
    changed = None if old is None else changes.changes(old, made)
    if changed is not None:
        teller.say(f"{len(changed)} change{'s' * (len(changed) != 1)} since the baseline")
        drawn = changes.table(changed)
        files |= {
            f"{drawn.name}.{formats.ENDINGS[format]}": formats.written(drawn, format, look.width) for format in listed
        }
    if "latex" in listed:
        whole = tables.all_tables(made, "latex", look.columns, look.digits, look.symbols)
        whole += [changes.table(changed)] if changed is not None else []
        files[document.NAME] = document.document(made, whole, look.symbols, look.width, records.graphs)
    if PAGE in look.formats:
        versions = {name: run["versions"][name] for name in ON_THE_PAGE}
        command = run.get("command", "propcheck report")
        files |= page.draw(
            made,
            changed,
            command,
            versions,
            look.pages,
            look.digits,
            records.measured,
            records.graphs,
            files,
            certified,
        )
    files["README.md"] = guide.guide(made, look.formats, changed is not None, look.symbols)
    return files


def _undecided(entry: Json) -> bool:
    return any(answer["standing"] == "open" for answer in (*entry["facts"].values(), *entry["criteria"]))
