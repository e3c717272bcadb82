"""What is shown of a mean field: critical initialisations, fixed points, gains, blocks, and the lines to copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from propcheck.meanfield.law import Law
from propcheck.report import phrases
from propcheck.report.formats import Cell, Table
from propcheck.report.notebook.sheet import Sheet, as_value, exactly, tabled
from propcheck.verdict import Json
from propcheck.wording import figures

_CURVE = ("q", "weight variance, times fan-in", "bias variance")
_CRITICAL = ("where", *_CURVE[1:], "q", "chi_parallel", "lengths", "q - q* falls", "1 - c falls", "standing")
_FIXED = {"q": 15, "chi_1": 12, "chi_parallel": 12, "xi_q": 6, "c": 12, "xi_c": 6}  # digits of each


def phase(record: Json) -> Sheet:
    """The critical initialisations of a function, what happens at given variances, its gains, the lines to copy.

    A part that is null is left out.
    """
    about, critical, recommended = record["activation"], record["critical"], record["recommended"]
    title = about["title"]
    if critical is None:
        return Sheet(title, notes=(f"open: {about['note']}",))
    if (block := record["block"])["weight_variance"] is not None:
        return _of_block(title, about["note"], block)
    tables = [*_critical("Critical initialisations: chi_1 = 1 at a fixed point q", critical["points"])]
    tables += tabled("Edge of chaos", _CURVE, [*map(_stretch, critical["curve"])])
    notes = [about["note"]] if about["note"] else []
    if block["name"] == "conv":
        notes.append(f"a convolution has these maps, with all inputs of a kernel as its fan-in ({block['source']})")
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
        if not record["on_edge"]:
            low, high = (figures(end, 6) for end in critical["searched"])
            notes.append(f"no edge of chaos was found at this variance at q between {low} and {high}")
    if (gains := record["gains"]) is not None:
        tables += _gains(gains)
    code = recommended["code"] if recommended else {}
    return Sheet(title, tables=tuple(tables), notes=tuple(notes), code=_lines(code), answer=record["answer"])


def gain(record: Json) -> Sheet:
    """One number, and the line that sets it, the first of those that the record has; then what it means."""
    about, number, exponent = record["activation"], record["gain"], record["exponent"]
    if number["value"] is None:
        return Sheet(about["title"], notes=(*[about["note"]] * bool(about["note"]), record["sentence"]))
    first = next(iter(record["lines"].values()))
    rows = [
        (label, exactly(item), item["standing"])
        for label, item in (
            ("gain", number),
            ("weight variance, times fan-in", record["weight_variance"]),
            ("of the first matrix", record["first_weight_variance"]),
            ("bias variance", record["bias_variance"]),
            ("exponent of the gradient's growth", exponent),
        )
        if item is not None and item["value"] is not None
    ]
    notes = [about["note"]] * bool(about["note"]) + [record["sentence"]]
    kernels = {f"{name}, delta-orthogonal": line for name, line in record["delta_orthogonal"].items()}
    return Sheet(
        f"{about['title']}, {record['block']}: gain {figures(number['value'], 10)}",
        tables=tabled("", ("what", "value", "standing"), rows),
        notes=tuple(notes),
        code=_lines(dict([*record["lines"].items()][1:]) | kernels),
        lead=(first,),
    )


# --- their parts -----------------------------------------------------------------------------------------------------


def _critical(title: str, points: Sequence[Json]) -> tuple[Table, ...]:
    rows = []
    for point in points:
        alike = point["kind"] == "every length"
        laws = ["" if law is None or alike and law is point["length"] else str(Law(**law))
                for law in (point["length"], point["correlation"])]  # fmt: skip
        place = ["" if alike else cell for cell in (exactly(point["q"]), as_value(figures(point["chi_parallel"], 10)))]
        variances = [exactly(point[name]) for name in ("sigma_w2", "sigma_b2")]
        rows.append((phrases.CRITICAL[point["kind"]], *variances, *place, point["stability"], *laws, point["standing"]))
    return tabled(title, _CRITICAL, rows)


def _stretch(stretch: Json) -> tuple[Cell, ...]:
    """The edge of chaos between two q, by its ends."""
    columns = ("q", "sigma_w2", "sigma_b2")
    return tuple(as_value(f"{figures(stretch[name][0], 6)} to {figures(stretch[name][-1], 6)}") for name in columns)


def _gains(gains: Json) -> Iterator[Table]:
    kept = [
        (label, exactly(number), number["standing"], number.get("note", "") if number["value"] is None else "")
        for label, number in ((label, gains[key]) for key, label in phrases.KEPT.items())
    ]
    title = "Gains: weights of variance gain^2 / fan-in, inputs of N(0, 1)"
    yield from tabled(title, ("keeps the", "gain", "standing", "why"), kept)
    used = [
        (as_value(figures(row["value"], 10)), phrases.KEPT[row["keeps"]],
         as_value("" if row["difference"] is None else f"{row['difference']:+.3g}"), row["source"])
        for row in gains["in_use"]
    ]  # fmt: skip
    yield from tabled("Gains in use", ("gain", "meant to keep the", "difference", "source"), used)


def _fixed(at: Json) -> tuple[Table, ...]:
    rows = [
        (
            *(as_value("" if point[name] is None or at["every_q"] and name == "q" else figures(point[name], digits))
              for name, digits in _FIXED.items()),
            "" if at["every_q"] else point["stability"],
        )
        for point in at["fixed_points"]
    ]  # fmt: skip
    where = f"weight variance {at['sigma_w2']:g} / fan-in and bias variance {at['sigma_b2']:g}"
    columns = ("q*", "chi_1", "chi_parallel", "xi_q, layers", "c*, of any two inputs", "xi_c, layers", "lengths")
    return tabled(f"Fixed points at {where} (computed)", columns, rows)


_OF_BLOCK = {
    "second_moment": "E[g(s1 x)^2]",
    "slope_square": "E[g'(s1 x)^2]",
    "added": "added to the mean square in a block, at q = 1",
    "exponent": "the gradient's square grows with depth L like L to the power",
    "factor": "the gradient's square is multiplied in a block by, at q = 1",
    "eventual": "both squares are multiplied in late blocks by",
}


def _of_block(title: str, note: str | None, block: Json) -> Sheet:
    """What a residual block does to lengths and gradients."""
    rows = [
        (label, exactly(number), number["standing"], number.get("note", "") if number["value"] is None else "")
        for key, label in _OF_BLOCK.items()
        if (number := block[key]) is not None
    ]
    head = f"{block['name']}: {block['equation']}, weights of variance {block['weight_variance']:g} / fan-in"
    notes = [note] if note else []
    notes += [
        f"mean square of h: {block['length']}, x ~ N(0, 1)",
        f"a block multiplies the mean square of gradients, going back, by {block['gradient']}",
        f"after {block['source']}",
    ]
    return Sheet(title, tables=tabled(head, ("what", "value", "standing", "why"), rows), notes=tuple(notes))


def _lines(code: Json) -> tuple[str, ...]:
    """Lines to be copied, under the name of what each is for."""
    return tuple(part for name, line in code.items() for part in (f"# {name}", line))
