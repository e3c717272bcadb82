"""What is shown of each kind of record, before it is set in a form: a title, formulas, tables, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from propcheck.cause import Cause
from propcheck.report import card, phrases, side_by_side, statements
from propcheck.report.formats import Cell, Table
from propcheck.report.notebook import along
from propcheck.report.notebook.conformance import conformance
from propcheck.report.notebook.distances import approximation, difference, handover
from propcheck.report.notebook.families import family
from propcheck.report.notebook.gates import gated
from propcheck.report.notebook.phases import gain, phase
from propcheck.report.notebook.sheet import Formula, Sheet, as_bound, as_symbol, as_value, tabled
from propcheck.report.notebook.solutions import solution
from propcheck.report.page.measured import measured
from propcheck.verdict import Json
from propcheck.wording import figures, truth

LEFT_OUT = "on an interval: the criteria and the facts about the whole line are left out"

# --- the kinds -------------------------------------------------------------------------------------------------------


def activation(record: Json) -> Sheet:
    """The formula, its derivative, its parameters."""
    parameters = [f"{name} = {card.parameter(parameter)}" for name, parameter in record["parameters"].items()]
    said = [f"{name}: {record[name]}" for name in ("source", "note") if record[name]]
    drawn = record.get("graph")
    return Sheet(card.heading(record), tuple(_formulas(record)), (), (*parameters, *said), graph=drawn, facts={})


def analysis(record: Json) -> Sheet:
    """The formula, the verdicts, the facts, what the claims come to, and why something is not decided."""
    about, found, claims = activation(record["activation"]), record["facts"], record["claims"]
    alike: dict[str, list[str]] = {}  # the facts that are open for one reason
    for key, fact in found.items():
        if fact["standing"] == "open" and fact.get("note"):
            alike.setdefault(fact["note"], []).append(key)
    open_ = [(", ".join(keys), note, Cause.of(note).remedy) for note, keys in alike.items()]
    tables = (
        *_verdicts("Criteria", record["criteria"]),
        *facts(found, record.get("certified", ())).tables,
        *tabled(card.count(claims), ("", "claim", "outcome", "how"), [*card.claims(claims)]),
        *tabled("Not decided", ("fact", "why", "may help"), open_),
    )
    left_out = (LEFT_OUT,) if record["activation"].get("on") else ()
    notes, told = (*about.notes, *left_out), _conventions(found)
    return Sheet(about.title, about.formulas, tables, notes, answer=told, graph=record.get("graph"), facts=found)


def verdict(record: Json) -> Sheet:
    """One verdict, with its reasons."""
    return Sheet(tables=_verdicts("", [record]))


def verdicts(record: Sequence[Json]) -> Sheet:
    """Verdicts, one a row."""
    return Sheet(tables=_verdicts("", record))


def facts(record: Json, certified: Sequence[str] = ()) -> Sheet:
    """The facts that one looks up, one a row; those that a certificate says are marked."""
    rows = [(name, as_value(found), standing) for name, found, standing in card.facts(record, certified)]
    return Sheet(tables=tabled("Facts", ("fact", "found", "standing"), rows))


def fact(record: Json) -> Sheet:
    """All that is known of one fact: each of its fields, numbers with their bounds."""
    ((key, found),) = record.items()
    notes = (found["note"],) if found.get("note") else ()
    return Sheet(
        key.replace("_", " "), (), tabled("", ("", *_NUMBER), list(_fields("", found, found["standing"]))), notes
    )


def number(record: Json) -> Sheet:
    """A number: its value, its bounds, how surely it is known."""
    notes = (record["note"],) if record.get("note") else ()
    return Sheet(tables=tabled("", _NUMBER, [row[1:] for row in _fields("", record, record["standing"])]), notes=notes)


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
        [(row["name"], *(as_value(row[name]) for name in ("mean", "predicted", "difference")))
         for row in rows if row["layers"] is whole]
        for whole in (False, True)
    )  # fmt: skip
    columns = ("quantity", "mean ± spread over seeds", "predicted", "difference, standard errors")
    pages = [*record["criteria"].values(), *record["timed"]["criteria"].values()]
    banded = [profile for page in pages for profile in page["profiles"] if "theory" in profile]
    tables = (
        *tabled("Measured verdicts", ("", "criterion", "verdict", "reasons"), judged),
        *tabled("Measurements", columns, quantities),
        *tabled("Layer by layer", ("quantity", "mean", "predicted", columns[-1]), layers),
        *tabled("Theory, layer by layer", _BAND, [row for profile in banded for row in _beside_theory(profile)]),
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
    rows += [(mark, name, *map(as_value, texts)) for mark, name, *texts in rest]
    titles = [about["title"] for about in record["activations"]]
    on = [f"on {card.interval(ends)}" for ends in [record["activations"][0].get("on")] if ends]
    notes = (*on, *side_by_side.otherwise(record), *side_by_side.equalities(record))
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
        (near["title"], "", f"within {as_bound(near['sup'])}", near["sup"]["standing"], _farthest(near))
        for near in record.get("within", ())
    ]
    rows += [
        (near["name"], "", f"at a distance of {near['distance']:g}", near["standing"], _differs(near))
        for near in record["nearest"]
    ]
    notes = [f"what it is the same as is open: {record['trouble']}"] if record["trouble"] else []
    if not (record["same"] or notes):
        notes.append("no function of the catalogue was found to be the same")
    if record["nearest"]:
        notes.append("distance to the nearest: the root mean square of the difference for z ~ N(0, 1)")
    columns = ("function", "at", "relation", "outcome", "reason")
    return Sheet(formulas=_text(record), tables=tabled("", columns, rows), notes=tuple(notes))


def _differs(near: Json) -> str:
    """The point at which a function is proved to be another."""
    if not (seen := near.get("witness")):
        return ""
    own, other = (seen[side] or "not defined" for side in ("left", "right"))
    short = [f"{float(text):.9g}" for text in (own, other)] if seen["left"] and seen["right"] else []
    own, other = short if len(set(short)) == 2 else (own, other)
    return f"at x = {seen['x']} it is {own}, and {near['name']} {other}"


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
    tables = tabled("", columns, rows)
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
        *tabled("Equations", ("equation", "outcome", "stated", "found"), rows),
        *tabled("Findings", ("equations", "finding", "found"), findings),
    )
    return Sheet(tables=tables, notes=(f"{len(outcomes)} equations: {counts}",))


def accuracy(record: Sequence[Json]) -> Sheet:
    """How far compiled forms are from the exact values, and at which inputs they are farthest."""
    errors, places = [], []
    for row in record:
        name = row["activation"] + "'" * row["order"]
        raw, allowed = row["error"], row["error_after_input_rounding"]
        ulps = [as_value(figures(item and item["ulps"], 3)) for item in (raw, allowed)]
        bound = as_value(figures(row["bound"], 3))
        holds = "passes" if row["holds"] else "fails"
        errors.append(
            (name, row["dtype"], str(row["count"]), bound, *ulps, "; ".join(_faults(row)) or phrases.NOTHING, holds)
        )
        for item, label in ((raw, RAW), (allowed, ALLOWED)):
            if item:
                places.append((name, row["dtype"], label, *(as_value(figures(item[key], 9)) for key in _PLACE)))
    return Sheet(
        tables=(
            *tabled("Errors", ("function", "type", "inputs", "bound", RAW, ALLOWED, "faults", "outcome"), errors),
            *tabled("Where they are largest", ("function", "type", "error", "at x", *_PLACE[1:]), places),
        ),
        notes=(
            "bound: the most that the second error is known to be, in units in the last place",
            f"{RAW}: the largest distance to the exact value, in units in the last place of that value",
            f"{ALLOWED}: the same to the nearest value that the function takes within half a unit in the last place"
            " of x",
        ),
    )


def table(record: Table) -> Sheet:
    """A table of a report."""
    return Sheet(tables=(record,), notes=(record.note,) if record.note else ())


KINDS: dict[str, Callable[[Any], Sheet]] = {
    "accuracy": accuracy,
    "activation": activation,
    "along": along.analyses,
    "analysis": analysis,
    "approximation": approximation,
    "comparison": comparison,
    "conformance": conformance,
    "difference": difference,
    "equations": equations,
    "fact": fact,
    "facts": facts,
    "family": family,
    "gain": gain,
    "gated": gated,
    "handover": handover,
    "identification": identification,
    "number": number,
    "phase": phase,
    "phases along": along.phases,
    "probe": probe,
    "solution": solution,
    "table": table,
    "verdict": verdict,
    "verdicts": verdicts,
    "verification": verification,
}


# --- their parts -----------------------------------------------------------------------------------------------------

RAW, ALLOWED = "raw error", "error allowing for x"
_PLACE = ("x", "computed", "exact")
_NUMBER = ("value", "exact", "bounds", "standing")
_BAND = ("quantity", "layer", "mean", "spread", "line", "band from", "to")


def _formulas(about: Json) -> Iterator[Formula]:
    if about.get("in_short"):
        yield Formula("g(x)", about["in_short"], None)
        return
    latex, cases = about["latex"] or {}, about.get("cases") or {"expression": "", "latex": ""}
    yield Formula("g(x)", about["expression"], latex.get("expression"), cases["expression"], cases["latex"])
    if about["derivative"]:
        yield Formula("g'(x)", about["derivative"], latex.get("derivative"))


def _conventions(found: Json) -> str:
    """What the formula of the derivative says where there is none."""
    return "; ".join(phrases.conventions(found))


def _farthest(near: Json) -> str:
    places = ", ".join(phrases.number({**at, "exact": None}, 10) for at in near["at"])
    return f"the largest difference is at x = {places}" if places else ""


def _text(about: Json) -> tuple[Formula, ...]:
    return (Formula("g(x)", about.get("in_short") or about["expression"], None),)


def _sign(word: str) -> Cell:
    return as_symbol(phrases.SYMBOLS.get(word, phrases.UNDECIDED))


def _verdicts(title: str, record: Sequence[Json]) -> tuple[Table, ...]:
    rows = [(as_symbol(sign), *rest) for sign, *rest in card.verdicts(record)]
    return tabled(title, ("", "criterion", "verdict", "standing", "reasons"), rows)


def _fields(place: str, item: Any, standing: str) -> Iterator[tuple[str | Cell, ...]]:
    """The parts of a fact: the place of each, its value, its standing; of a number also its exact form and bounds."""
    if isinstance(item, Mapping) and {"value", "lower", "upper"} <= set(item):
        value, exact = phrases.number({**item, "exact": None}, 12), item["exact"] or ""
        known = item["value"] is not None and not exact
        bounds = f"[{item['lower']}, {item['upper']}]" if known else ""
        exact = "" if exact in (value, "oo", "-oo") else exact
        yield place, as_value(value), as_value(exact), as_value(bounds), item["standing"]
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
        yield place, as_value(phrases.NOTHING if item is None else truth(item)), "", "", standing


def _wide(columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> tuple[Table, ...]:
    """A table that keeps its columns, empty ones too."""
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    return (Table("notebook", "", tuple(columns), cells),)


def _at(match: Json) -> str:
    return ", ".join(f"{name} = {value}" for name, value in match["parameters"].items())


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
        cells = [as_value(f"{value:.4g}" if isinstance(value, float | int) else "") for value in values]
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
        if why := theory.get("unbanded"):
            yield f"{profile['name']} has no band of theory in some layers: {why}"
