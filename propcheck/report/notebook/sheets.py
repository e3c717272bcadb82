"""What is shown of each kind of record, before it is set in a form: a title, formulas, tables, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.cause import Cause
from propcheck.meanfield.law import Law
from propcheck.report import card, phrases, side_by_side, statements
from propcheck.report.formats import Cell, Table
from propcheck.report.page.measured import measured
from propcheck.verdict import Json
from propcheck.wording import figures, truth


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
    answer: str = ""  # what is asked for, in one sentence: before the tables


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
    said = [f"{name}: {record[name]}" for name in ("source", "note") if record[name]]
    return Sheet(card.heading(record), tuple(_formulas(record)), (), (*parameters, *said))


def analysis(record: Json) -> Sheet:
    """The formula, the verdicts, the facts, what the claims come to, and why something is not decided."""
    about, found, claims = activation(record["activation"]), record["facts"], record["claims"]
    notes = {key: fact["note"] for key, fact in found.items() if fact["standing"] == "open" and fact.get("note")}
    open_ = [(key, note, Cause.of(note).remedy) for key, note in notes.items()]
    tables = (
        *_verdicts("Criteria", record["criteria"]),
        *facts(found).tables,
        *_table(card.count(claims), ("", "claim", "outcome", "how"), [*card.claims(claims)]),
        *_table("Not decided", ("fact", "why", "may help"), open_),
    )
    return Sheet(about.title, about.formulas, tables, about.notes)


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
    about, start = record["activation"], record["initialisation"]
    found = measured({"activation": about, "criteria": [], "measured": record})
    if found is None:
        return Sheet(card.heading(about), _text(about), (), (record["note"],))
    judged = [
        (_sign(one["verdict"]), f"{one['number']} {one['name']}", one["verdict"], "; ".join(one["reasons"]))
        for one in found["criteria"]
    ]
    rows = [row for one in found["criteria"] for row in one["rows"]]
    quantities, layers = (
        [(row["name"], *(_value(row[name]) for name in ("mean", "predicted", "difference")))
         for row in rows if row["layers"] is whole]
        for whole in (False, True)
    )  # fmt: skip
    columns = ("quantity", "mean ± spread over seeds", "predicted", "difference, standard errors")
    pages = [*record["criteria"].values(), *record["timed"]["criteria"].values()]
    banded = [profile for page in pages for profile in page["profiles"] if "theory" in profile]
    tables = (
        *_table("Measured verdicts", ("", "criterion", "verdict", "reasons"), judged),
        *_table("Measurements", columns, quantities),
        *_table("Layer by layer", ("quantity", "mean", "predicted", columns[-1]), layers),
        *_table("Theory, layer by layer", _BAND, [row for profile in banded for row in _beside_theory(profile)]),
    )
    drawn = start and f"{start['scheme']} weights of variance {start['sigma_w2']:.6g} / inputs"
    seeds = f"seeds {found['seeds']}" if found["seeds"] else "not run"
    surprises = [f"surprising: {text}" for page in pages for text in page["surprises"]]
    lines = (found["setting"], seeds, drawn, found["task"], *_inside(banded), *surprises, found["note"])
    return Sheet(card.heading(about), _text(about), tables, tuple(line for line in lines if line))


def comparison(record: Json) -> Sheet:
    """Functions side by side, a star where they differ, and which of them are equal."""
    formulas, rest = side_by_side.rows(record)
    rows = [(mark, name, *(Cell(text, "code") for text in texts)) for mark, name, *texts in formulas]
    rows += [(mark, name, *map(_value, texts)) for mark, name, *texts in rest]
    titles = [about["title"] for about in record["activations"]]
    notes = (*side_by_side.otherwise(record), *side_by_side.equalities(record))
    return Sheet(tables=_wide(("", "", *titles), rows), notes=notes)


def identification(record: Json) -> Sheet:
    """What a function is the same as, what it is by others, and what it is near to."""
    said = {"same": "the same", "related": "", "unsettled": "not settled"}
    rows = [
        (card.heading(match), "" if kind == "related" else _at(match), said[kind] or match["formula"], match["outcome"],
         match["reason"])
        for kind in said for match in record[kind]
    ]  # fmt: skip
    rows += [
        (near["name"], "", f"at a distance of {near['distance']:g}", near["standing"], "") for near in record["nearest"]
    ]
    notes = [f"what it is the same as is open: {record['trouble']}"] if record["trouble"] else []
    if not (record["same"] or notes):
        notes.append("no function of the catalogue was found to be the same")
    if record["nearest"]:
        notes.append("distance to the nearest: the root mean square of the difference for z ~ N(0, 1)")
    columns = ("function", "at", "relation", "outcome", "reason")
    return Sheet(formulas=_text(record), tables=_table("", columns, rows), notes=tuple(notes))


def verification(record: Json) -> Sheet:
    """What is stated of a function, and what came of it."""
    about = record["activation"]
    rows = [
        (
            f"{statements.asked(statement)}{f' ({source})' if (source := statement['source']) else ''}",
            statement["outcome"],
            Cell(statements.said(statement), "words" if statement["order"] is None else "code"),
            "; ".join(line.strip().removeprefix("found: ") for line in statements.explained(statement)),
        )
        for statement in record["statements"]
    ]
    values = [f"{name} = {item['value']}" for name, item in about["parameters"].items() if item["value"] is not None]
    notes = [f"facts other than formulas are meant at {', '.join(values)}"] * bool(rows and values)
    columns = ("statement", "outcome", "stated", "found")
    tables = _table("", columns, rows)
    return Sheet(card.heading(about), _text(about), tables, tuple(notes) if rows else ("nothing is stated",))


def equations(record: Json) -> Sheet:
    """The paper's equations, what came of each, and what was found where they meet."""
    rows = [
        (f"({row['equation']}) {row['about']}", row["outcome"], Cell(row["stated"], "words"),
         "; ".join([*[f"read: {row['reading']}"] * bool(row["reading"]), row["found"],
                    *(taken["text"] for taken in row["conventions"])]))
        for row in record["equations"]
    ]  # fmt: skip
    findings = [
        (" and ".join(f"({number})" for number in finding["equations"]), finding["text"], finding["found"])
        for finding in record["findings"]
    ]
    outcomes = [row["outcome"] for row in record["equations"]]
    counts = ", ".join(f"{outcomes.count(word)} {word}" for word in ("proved", "refuted", "open"))
    tables = (
        *_table("Equations", ("equation", "outcome", "stated", "found"), rows),
        *_table("Findings", ("equations", "finding", "found"), findings),
    )
    return Sheet(tables=tables, notes=(f"{len(outcomes)} equations: {counts}",))


def accuracy(record: Sequence[Json]) -> Sheet:
    """How far compiled forms are from the exact values, and at which inputs they are farthest."""
    errors, places = [], []
    for row in record:
        name = row["activation"] + "'" * row["order"]
        raw, allowed = row["error"], row["error_after_input_rounding"]
        ulps = [_value(figures(item and item["ulps"], 3)) for item in (raw, allowed)]
        bound = _value(figures(row["bound"], 3))
        holds = "passes" if row["holds"] else "fails"
        errors.append(
            (name, row["dtype"], str(row["count"]), bound, *ulps, "; ".join(_faults(row)) or phrases.NOTHING, holds)
        )
        for item, label in ((raw, RAW), (allowed, ALLOWED)):
            if item:
                places.append((name, row["dtype"], label, *(_value(figures(item[key], 9)) for key in _PLACE)))
    return Sheet(
        tables=(
            *_table("Errors", ("function", "type", "inputs", "bound", RAW, ALLOWED, "faults", "outcome"), errors),
            *_table("Where they are largest", ("function", "type", "error", "at x", *_PLACE[1:]), places),
        ),
        notes=(
            "bound: the most that the second error is known to be, in units in the last place",
            f"{RAW}: the largest distance to the exact value, in units in the last place of that value",
            f"{ALLOWED}: the same to the nearest value that the function takes within half a unit in the last place"
            " of x",
        ),
    )


def phase(record: Json) -> Sheet:
    """The critical initialisations of a function, what happens at given variances, its gains, the lines to copy.

    A part that is null is left out.
    """
    about, critical, recommended = record["activation"], record["critical"], record["recommended"]
    title = about["title"]
    if critical is None:
        return Sheet(title, notes=(f"open: {about['note']}",))
    tables = [*_critical("Critical initialisations: chi_1 = 1 at a fixed point q", critical["points"])]
    tables += _table("Edge of chaos", _CURVE, [*map(_stretch, critical["curve"])])
    notes = [about["note"]] if about["note"] else []
    if critical["no_marginal_point"] and not critical["none"]:
        why, sure = critical["no_marginal_point"], critical["no_marginal_point_standing"]
        everywhere = f"chi_1 = chi_parallel = 1 at no q > 0 ({sure}): {why}"
        notes.append(f"{why} ({sure})" if sure == "computed" else everywhere)
    if (at := record["at"]) is not None:
        tables += _fixed(at)
        notes += ["every q > 0 is a fixed point"] * bool(at["every_q"])
        if not at["fixed_points"]:
            notes.append("no fixed point between q = {:g} and {:g}".format(*at["searched"]))
    if record["on_edge"] is not None:
        tables += _critical("Edge of chaos at this variance", record["on_edge"])
        notes += ["no edge of chaos at this variance"] * (not record["on_edge"])
    if (gains := record["gains"]) is not None:
        tables += _gains(gains)
    lines = recommended["code"] if recommended else {}
    return Sheet(
        title,
        (),
        tuple(tables),
        tuple(notes),
        tuple(part for name, line in lines.items() for part in (f"# {name}", line)),
        record["answer"],
    )


def table(record: Table) -> Sheet:
    """A table of a report."""
    return Sheet(tables=(record,), notes=(record.note,) if record.note else ())


KINDS: dict[str, Callable[[Any], Sheet]] = {
    "accuracy": accuracy,
    "activation": activation,
    "analysis": analysis,
    "comparison": comparison,
    "equations": equations,
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

LONGEST_EXACT = 40  # characters of an exact form that stands before its digits
RAW, ALLOWED = "raw error", "error allowing for x"
_PLACE = ("x", "computed", "exact")
_NUMBER = ("value", "exact", "bounds", "standing")
_BAND = ("quantity", "layer", "mean", "spread", "line", "band from", "to")
_CURVE = ("q", "weight variance, times fan-in", "bias variance")
_CRITICAL = ("where", *_CURVE[1:], "q", "chi_parallel", "lengths", "q - q* falls", "1 - c falls", "standing")
_FIXED = {"q": 15, "chi_1": 12, "chi_parallel": 12, "xi_q": 6, "c": 12, "xi_c": 6}  # digits of each


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
        yield place, _value(phrases.NOTHING if item is None else truth(item)), "", "", standing


def _wide(columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> tuple[Table, ...]:
    """A table that keeps its columns, empty ones too."""
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    return (Table("notebook", "", tuple(columns), cells),)


def _at(match: Json) -> str:
    return ", ".join(f"{name} = {value}" for name, value in match["parameters"].items())


def _both(item: Json) -> Cell:
    """A number, exactly where that is short, and in the digits that are enclosed."""
    value, exact = phrases.number({**item, "exact": None}, 12), item["exact"]
    same = exact in (None, value) or isinstance(item["value"], str) or len(exact) > LONGEST_EXACT
    return _value(value if same else f"{exact} = {value}")


def _critical(title: str, points: Sequence[Json]) -> tuple[Table, ...]:
    rows = []
    for point in points:
        alike = point["kind"] == "every length"
        laws = ["" if law is None or alike and law is point["length"] else str(Law(**law))
                for law in (point["length"], point["correlation"])]  # fmt: skip
        place = ["" if alike else cell for cell in (_both(point["q"]), _value(figures(point["chi_parallel"], 10)))]
        variances = [_both(point[name]) for name in ("sigma_w2", "sigma_b2")]
        rows.append((phrases.CRITICAL[point["kind"]], *variances, *place, point["stability"], *laws, point["standing"]))
    return _table(title, _CRITICAL, rows)


def _stretch(stretch: Json) -> tuple[Cell, ...]:
    """The edge of chaos between two q, by its ends."""
    columns = ("q", "sigma_w2", "sigma_b2")
    return tuple(_value(f"{figures(stretch[name][0], 6)} to {figures(stretch[name][-1], 6)}") for name in columns)


def _gains(gains: Json) -> Iterator[Table]:
    kept = [
        (label, _both(number), number["standing"], number.get("note", "") if number["value"] is None else "")
        for label, number in ((label, gains[key]) for key, label in phrases.KEPT.items())
    ]
    title = "Gains: weights of variance gain^2 / fan-in, inputs of N(0, 1)"
    yield from _table(title, ("keeps the", "gain", "standing", "why"), kept)
    used = [
        (_value(figures(row["value"], 10)), phrases.KEPT[row["keeps"]],
         _value("" if row["difference"] is None else f"{row['difference']:+.3g}"), row["source"])
        for row in gains["in_use"]
    ]  # fmt: skip
    yield from _table("Gains in use", ("gain", "meant to keep the", "difference", "source"), used)


def _fixed(at: Json) -> tuple[Table, ...]:
    rows = [
        (
            *(_value("" if point[name] is None or at["every_q"] and name == "q" else figures(point[name], digits))
              for name, digits in _FIXED.items()),
            "" if at["every_q"] else point["stability"],
        )
        for point in at["fixed_points"]
    ]  # fmt: skip
    where = f"weight variance {at['sigma_w2']:g} / fan-in and bias variance {at['sigma_b2']:g}"
    columns = ("q*", "chi_1", "chi_parallel", "xi_q, layers", "c*, of any two inputs", "xi_c, layers", "lengths")
    return _table(f"Fixed points at {where} (computed)", columns, rows)


def _faults(row: Json) -> Iterator[str]:
    allowed = row["error_after_input_rounding"]
    if allowed and isinstance(allowed["ulps"], float) and allowed["ulps"] > row["limit"]:
        yield f"an error above {row['limit']:g}"
    if row["returned"] != row["dtype"]:
        yield f"returns {row['returned']}"
    said = {"lost": "finite values lost", "missed": "overflows missed", "invented": "numbers where there are none"}
    yield from (f"{row[key]} {what}" for key, what in (said | {"open": "open"}).items() if row[key])
    yield from row["warnings"]


def _beside_theory(profile: Json) -> Iterator[tuple[str | Cell, ...]]:
    """Theory's line and band at some layers of a profile, beside what was measured."""
    depth, theory = len(profile["mean"]), profile["theory"]
    columns = [profile["mean"], profile.get("spread"), *(theory.get(name) for name in ("line", "lower", "upper"))]
    for layer in sorted({0, depth // 4, depth // 2, 3 * depth // 4, depth - 1}):
        values = [None if column is None else column[layer] for column in columns]
        cells = [_value(f"{value:.4g}" if isinstance(value, float | int) else "") for value in values]
        yield (profile["name"] if layer == 0 else "", str(layer + 1), *cells)


def _inside(profiles: Sequence[Json]) -> Iterator[str]:
    """Whether what was measured lies inside theory's band."""
    for profile in profiles:
        theory, depth = profile["theory"], len(profile["mean"])
        if theory["inside"] is not None:
            outside, banded = theory["outside"], theory["banded"]
            where = f"outside at {len(outside)} of {banded} layers, first at {outside[0]}" if outside else "inside"
            beyond = "" if banded == depth else f"; {depth - banded} layers vary too much for a band"
            yield f"{profile['name']}, beside theory's band: {where}{beyond}"
