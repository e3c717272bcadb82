"""What a notebook shows of each kind of record, before it is set in a form: a title, formulas, tables, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.report import card, phrases, side_by_side, statements
from propcheck.report.formats import Cell, Table
from propcheck.report.page.measured import measured
from propcheck.verdict import Json


@dataclass(frozen=True)
class Formula:
    """A formula with its name, as a text in the expression language and as LaTeX; the same by cases, where it has some.

    `latex` is None where only the text is known.
    """

    name: str
    text: str
    latex: str | None
    branches: str = ""
    cases: str = ""


@dataclass(frozen=True)
class Sheet:
    """What is shown, from top to bottom; `code` are lines to be copied."""

    title: str = ""
    formulas: tuple[Formula, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> tuple[Table, ...]:
    """A table of words and cells without the columns that are empty; none where there are no rows."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    kept = [place for place in range(len(columns)) if any(row[place].text for row in cells)]
    if not cells:
        return ()
    named = tuple(columns[place] for place in kept)
    return (Table("notebook", title, named, tuple(tuple(row[place] for place in kept) for row in cells)),)


def _value(text: str) -> Cell:
    return Cell(text, "value")


def _symbol(text: str) -> Cell:
    return Cell(text, "symbol")


# --- the kinds -------------------------------------------------------------------------------------------------------


def activation(record: Json) -> Sheet:
    """The formula, its derivative, its parameters."""
    parameters = [f"{name} = {card.parameter(parameter)}" for name, parameter in record["parameters"].items()]
    said = [record[name] for name in ("source", "note") if record[name]]
    return Sheet(card.heading(record), tuple(_formulas(record)), (), (*parameters, *said))


def analysis(record: Json) -> Sheet:
    """The formula, the verdicts, the facts, and the claims that do not agree."""
    about = activation(record["activation"])
    said = [row for title, rows in card.sections(record) if title.startswith("Claims") for row in rows]
    counted = [title for title, _ in card.sections(record) if title.startswith("Claims")]
    doubtful = [row[1:] for row in said if row[0].strip()]
    tables = (
        *_verdicts("Criteria", record["criteria"]),
        *facts(record["facts"]).tables,
        *_table("Claims that do not agree", ("claim", "outcome", "how"), doubtful),
    )
    return Sheet(about.title, about.formulas, tables, (*about.notes, *counted))


def verdict(record: Json) -> Sheet:
    """One verdict, with its reasons."""
    return Sheet(tables=_verdicts("", [record]))


def verdicts(record: Sequence[Json]) -> Sheet:
    """Verdicts, one a row."""
    return Sheet(tables=_verdicts("", record))


def facts(record: Json) -> Sheet:
    """The facts that one looks up, one a row."""
    rows = [(name, _value(found), standing) for name, found, standing in card.facts(record)]
    return Sheet(tables=_table("Facts", ("fact", "found", "standing"), rows))


def fact(record: Json) -> Sheet:
    """All that is known of one fact: each of its fields, numbers with their bounds."""
    ((key, found),) = record.items()
    notes = (found["note"],) if found.get("note") else ()
    return Sheet(
        key.replace("_", " "), (), _table("", ("", *_NUMBER), list(_fields("", found, found["standing"]))), notes
    )


def number(record: Json) -> Sheet:
    """A number: its value, its bounds, how surely it is known."""
    notes = (record["note"],) if record.get("note") else ()
    return Sheet(tables=_table("", _NUMBER, [row[1:] for row in _fields("", record, record["standing"])]), notes=notes)


def probe(record: Json) -> Sheet:
    """What was measured of a function: a verdict for each criterion, and the quantities that it rests on."""
    about = record["activation"]
    found = measured({"activation": about, "criteria": [], "measured": record})
    if found is None:
        return Sheet(card.heading(about), _text(about), (), (record["note"],))
    judged = [
        (_sign(one["verdict"]), one["name"], one["verdict"], "; ".join(one["reasons"])) for one in found["criteria"]
    ]
    rows = [row for one in found["criteria"] for row in one["rows"]]
    quantities = [(row["name"], *(_value(row[name]) for name in ("mean", "predicted", "difference"))) for row in rows]
    columns = ("quantity", "mean ± spread over seeds", "predicted", "difference, standard errors")
    tables = (
        *_table("Measured verdicts", ("", "criterion", "verdict", "reasons"), judged),
        *_table("Measurements", columns, quantities),
    )
    lines = (found["setting"], f"seeds {found['seeds']}" if found["seeds"] else "", found["task"], found["note"])
    surprises = [
        f"surprising: {row['name']}, {row['difference']} standard errors from the prediction"
        for row in rows
        if row["surprising"]
    ]
    return Sheet(card.heading(about), _text(about), tables, (*(line for line in lines if line), *surprises))


def comparison(record: Json) -> Sheet:
    """Functions side by side, a star where they differ, and which of them are equal."""
    formulas, rest = side_by_side.rows(record)
    rows = [(mark, name, *(Cell(text, "code") for text in texts)) for mark, name, *texts in formulas]
    rows += [(mark, name, *map(_value, texts)) for mark, name, *texts in rest]
    titles = [about["title"] for about in record["activations"]]
    return Sheet(tables=_wide(("", "", *titles), rows), notes=tuple(side_by_side.equalities(record)))


def identification(record: Json) -> Sheet:
    """What a function is the same as, what it is by others, and what it is near to."""
    rows = [(match["title"], _at(match), "the same", match["outcome"], match["reason"]) for match in record["same"]]
    rows += [(match["title"], "", match["formula"], match["outcome"], match["reason"]) for match in record["related"]]
    rows += [(match["title"], _at(match), "?", match["outcome"], match["reason"]) for match in record["unsettled"]]
    rows += [
        (near["name"], "", f"at a distance of {near['distance']:g}", near["standing"], "") for near in record["nearest"]
    ]
    notes = [record["trouble"]] if record["trouble"] else []
    if not record["same"]:
        notes.append("no function of the catalogue was found to be the same")
    if record["nearest"]:
        notes.append("distance: the root mean square of the difference for z ~ N(0, 1)")
    columns = ("function", "parameters", "relation", "outcome", "reason")
    return Sheet(formulas=_text(record), tables=_table("", columns, rows), notes=tuple(notes))


def verification(record: Json) -> Sheet:
    """What is stated of a function, and what came of it."""
    about = record["activation"]
    rows = [
        (
            statements.asked(statement),
            Cell(statements.said(statement), "words" if statement["order"] is None else "code"),
            statement["outcome"],
            "; ".join(map(str.strip, statements.explained(statement))),
        )
        for statement in record["statements"]
    ]
    notes = () if rows else ("nothing is stated",)
    return Sheet(
        card.heading(about), _text(about), _table("", ("statement", "stated", "outcome", "found"), rows), notes
    )


def phase(record: Json) -> Sheet:
    """The critical initialisations of a function, what happens at given variances, its gains, the lines to copy."""
    about, critical, recommended = record["activation"], record["critical"], record["recommended"]
    tables = [*_critical("Critical initialisations", critical["points"])]
    notes = [about["note"]] if about["note"] else []
    if critical["none"]:
        notes.append(f"no critical initialisation ({critical['standing']}): {critical['none']}")
    elif critical["exists"] is None:
        notes.append(f"no critical initialisation was found at q in {critical['searched']}")
    if record["at"] is not None:
        at = record["at"]
        tables += _fixed(at)
        notes += ["every q > 0 is a fixed point"] * bool(at["every_q"])
    if record["on_edge"] is not None:
        tables += _critical("Edge of chaos at this variance", record["on_edge"])
    kept = [
        (phrases.KEPT[key], _value(phrases.number(record["gains"][key], 10)), record["gains"][key]["standing"])
        for key in phrases.KEPT
    ]
    tables += _table("Gains: weights of variance gain^2 / fan-in", ("keeps the", "gain", "standing"), kept)
    code = (
        tuple(part for library, line in recommended["code"].items() for part in (f"# {library}", line))
        if recommended
        else ()
    )
    return Sheet(about["title"], (), tuple(tables), tuple(notes), code)


def table(record: Table) -> Sheet:
    """A table of a report."""
    return Sheet(tables=(record,), notes=(record.note,) if record.note else ())


KINDS: dict[str, Callable[[Any], Sheet]] = {
    "activation": activation,
    "analysis": analysis,
    "comparison": comparison,
    "fact": fact,
    "facts": facts,
    "identification": identification,
    "number": number,
    "phase": phase,
    "probe": probe,
    "table": table,
    "verdict": verdict,
    "verdicts": verdicts,
    "verification": verification,
}


# --- their parts -----------------------------------------------------------------------------------------------------

_NUMBER = ("value", "exact", "bounds", "standing")


def _formulas(about: Json) -> Iterator[Formula]:
    latex, cases = about["latex"] or {}, about.get("cases") or {"expression": "", "latex": ""}
    yield Formula("g(x)", about["expression"], latex.get("expression"), cases["expression"], cases["latex"])
    if about["derivative"]:
        yield Formula("g'(x)", about["derivative"], latex.get("derivative"))


def _text(about: Json) -> tuple[Formula, ...]:
    return (Formula("g(x)", about["expression"], None),)


def _sign(word: str) -> Cell:
    return _symbol(phrases.SYMBOLS.get(word, phrases.UNDECIDED))


def _verdicts(title: str, record: Sequence[Json]) -> tuple[Table, ...]:
    rows = [(_symbol(sign), *rest) for sign, *rest in card.verdicts(record)]
    return _table(title, ("", "criterion", "verdict", "standing", "reasons"), rows)


def _fields(place: str, item: Any, standing: str) -> Iterator[tuple[str | Cell, ...]]:
    """The parts of a fact: the place of each, its value, its standing; of a number also its exact form and bounds."""
    if isinstance(item, Mapping) and {"value", "lower", "upper"} <= set(item):
        value, exact = phrases.number({**item, "exact": None}, 12), item["exact"] or ""
        known = item["value"] is not None and not exact
        bounds = f"[{item['lower']}, {item['upper']}]" if known else ""
        exact = "" if exact in (value, "oo", "-oo") else exact
        yield place, _value(value), _value(exact), _value(bounds), item["standing"]
    elif isinstance(item, Mapping):
        for name, inside in item.items():
            if name not in ("standing", "note"):
                yield from _fields(f"{place} {name}".replace("_", " ").strip(), inside, standing)
    elif isinstance(item, list):
        for count, inside in enumerate(item, 1):
            yield from _fields(f"{place} {count}", inside, standing)
        if not item:
            yield place, phrases.NOTHING, "", "", standing
    else:
        told = phrases.NOTHING if item is None else str(item).lower() if isinstance(item, bool) else str(item)
        yield place, _value(told), "", "", standing


def _wide(columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> tuple[Table, ...]:
    """A table that keeps its columns, empty ones too."""
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    return (Table("notebook", "", tuple(columns), cells),)


def _at(match: Json) -> str:
    return ", ".join(f"{name} = {value}" for name, value in match["parameters"].items())


def _critical(title: str, points: Sequence[Json]) -> tuple[Table, ...]:
    rows = [
        (
            phrases.CRITICAL[point["kind"]],
            *(_value(phrases.number(point[name], 10)) for name in ("sigma_w2", "sigma_b2", "q")),
            _value(f"{point['chi_parallel']:.10g}"),
            point["stability"],
            point["standing"],
        )
        for point in points
    ]
    columns = ("where", "weight variance × fan-in", "bias variance", "q", "chi_parallel", "lengths", "standing")
    return _table(title, columns, rows)


def _fixed(at: Json) -> tuple[Table, ...]:
    names = ("q", "chi_1", "chi_parallel", "xi_q", "c", "xi_c")
    rows = [
        (*(_value("" if point[name] is None else f"{point[name]:.10g}") for name in names), point["stability"])
        for point in at["fixed_points"]
    ]
    where = f"weight variance {at['sigma_w2']:g} / fan-in and bias variance {at['sigma_b2']:g}"
    return _table(f"Fixed points at {where} (computed)", (*names, "lengths"), rows)
