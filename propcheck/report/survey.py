"""Many functions analysed, and the table of what was found: a row for each function, a column for each key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck import processes, target
from propcheck.criteria import STANDARDS
from propcheck.criteria.joining import chosen
from propcheck.facts.leaves import leaves
from propcheck.inquiries.analysis import Analysis, analyze_all, scope
from propcheck.report import formats, phrases
from propcheck.report.formats import Cell
from propcheck.verdict import InputError, Json, Number, Shown
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr

    from propcheck.activation import Activation
    from propcheck.spec import Spec

_FACTS = ("smoothness", "parity", "monotonicity", "range", "lipschitz")  # shown unless told, after the criteria
_USUAL = (*(item.key for item in STANDARDS), *_FACTS)


@dataclass(frozen=True)
class Table(Shown):
    """The analyses of several functions. `columns` are the keys of the criteria and facts that a page shows of them.

    `table["gelu"]` and `table[0]` are analyses, and so is what it iterates over.
    """

    analyses: tuple[Analysis, ...]
    columns: tuple[str, ...] = _USUAL

    shown_as = "table"

    def __len__(self) -> int:
        return len(self.analyses)

    def __iter__(self) -> Iterator[Analysis]:
        return iter(self.analyses)

    def __getitem__(self, which: str | int) -> Analysis:
        if isinstance(which, int):
            return self.analyses[which]
        names = [analysis.name for analysis in self.analyses]
        if which not in names:
            raise KeyError(f"there is no analysis of {which!r}{nearest(which, names)}; there are {', '.join(names)}")
        return self.analyses[names.index(which)]

    def __repr__(self) -> str:
        return formats.pipes(self.shown())

    def shown(self) -> formats.Table:
        """The table as a page has it: verdicts by their signs, facts in a few characters."""
        found = [analysis.to_json() for analysis in self.analyses]
        rows = tuple(
            (Cell(entry["activation"]["title"]), *(_cell(entry, key) for key in self.columns)) for entry in found
        )
        heads = tuple(key.replace("_", " ") for key in self.columns)
        return formats.Table("analyses", "Analyses", ("function", *heads), rows)

    def to_markdown(self) -> str:
        """The table in GitHub Markdown."""
        return formats.pipes(self.shown()) + "\n"

    def to_latex(self, *, width: str = formats.WIDTHS[0], caption: str = "", label: str = "") -> str:
        """The table in LaTeX, for booktabs; its first line says which packages it needs.

        It is as wide as the "page" or as a "column" of it, with this caption and label where they are given.
        """
        if width not in formats.WIDTHS:
            raise InputError(f"width is one of {', '.join(formats.WIDTHS)}, not {width!r}")
        if not re.fullmatch(r"[\w:.-]*", label, re.ASCII):
            raise InputError(f"a label is of letters, digits and : . - _, such as tab:facts, not {label!r}")
        return formats.latex(self.shown(), formats.Setting(width, caption=caption, label=label))

    def to_json(self) -> list[dict[str, Any]]:
        """The list that `propcheck analyze --json` prints of several targets."""
        return [analysis.to_json() for analysis in self.analyses]

    @classmethod
    def from_json(cls, data: Iterable[Json], columns: Collection[str] = _USUAL) -> Table:
        """The table of the analyses that became this list."""
        return cls(tuple(map(Analysis.from_json, data)), tuple(columns))

    def rows(self) -> list[dict[str, Any]]:
        """A mapping for each function: its name, title and expression, each verdict, and each fact by its path.

        The paths are those of claims: `lipschitz`, `range.sup`, `smoothness.class`. A number is a float, None where it
        is open or does not exist; lists, such as kinks, are left to the analyses.
        """
        return [_row(analysis) for analysis in self.analyses]

    def to_pandas(self) -> Any:
        """The `rows` as a DataFrame of pandas whose index is the name."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError:
            raise InputError("to_pandas needs the package pandas, which is not installed: pip install pandas") from None
        frame = pandas.DataFrame.from_records(self.rows())
        return frame.set_index("name") if self.analyses else frame


def analyze_many(
    items: Iterable[str | Path | Spec | Expr | Activation],
    *,
    workers: int | None = None,
    only: Collection[str] = (),
    without: Collection[str] = (),
    time_limit: float | None = None,
    criteria: Iterable[Any] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    **params: Any,
) -> Table:
    """The analyses of several targets, folders of specs opened, as one table.

    So many processes are at work at once, one a core unless told otherwise; no result depends on their number. `only`,
    `without`, `criteria`, `thresholds` and `time_limit` are those of `analyze`, the limit for each target. A parameter
    goes to the targets that have it.
    """
    if not isinstance(items, Iterable) or isinstance(items, str | Path):
        raise InputError("what is analysed stands in a list, such as analyze_many(['gelu', 'relu'])")
    standards = chosen(criteria, thresholds)
    scope(only, without, standards)
    processes.counted(workers)
    specs = target.read_all(items, params)
    only = (only,) if isinstance(only, str) else tuple(only)
    analyses = tuple(analyze_all(specs, time_limit, None, without, only, workers, standards))
    return Table(analyses, only or (*(item.key for item in standards), *_FACTS))


# ---------------------------------------------------------------------------------------------- cells


def _cell(entry: Json, key: str) -> Cell:
    """A verdict's sign, or a fact in a few characters; of the cost, which is both, the verdict."""
    for verdict in entry["criteria"]:
        if verdict["key"] == key:
            return Cell(phrases.SYMBOLS[verdict["verdict"]], "symbol")
    return Cell(_said(entry["facts"], key), "value")


def _said(facts: Json, key: str) -> str:
    """What a fact says, by the fields that it has."""
    fact = facts.get(key)
    if fact is None:
        return phrases.NOTHING
    fields = fact.keys()
    if fields >= {"value", "lower"}:
        return phrases.number(fact)
    if fields >= {"inf", "sup"}:
        return phrases.span(facts, key)
    if "class" in fields:
        return phrases.smoothness({"smoothness": fact})
    if fields >= {"left", "right"}:
        return phrases.sides(facts, key, *(("value",) if isinstance(fact["left"], Mapping) else ()))
    for name in ("mass", "mean"):
        if name in fields:
            return phrases.of(facts, key, name)
    name = next((name for name in ("value", "exists") if name in fields), None)
    return fact["standing"] if name is None else phrases.word(facts, key, name)


def _row(analysis: Analysis) -> dict[str, Any]:
    about = {name: analysis.description[name] for name in ("name", "title", "expression")}
    row = about | {verdict.key: verdict.verdict for verdict in analysis.criteria}
    for key, fact in analysis.facts.items():
        row |= {path: leaf.value if isinstance(leaf, Number) else leaf for path, leaf in leaves(key, fact)}
    return row
