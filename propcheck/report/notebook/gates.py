"""What is shown of a gated unit: its factors, its slopes, and its numbers."""

from __future__ import annotations

from propcheck.report import card
from propcheck.report.notebook.sheet import Formula, Sheet, as_value, tabled
from propcheck.verdict import Json
from propcheck.wording import figures

_NAMED = {
    "inf": "least value",
    "sup": "largest value",
    "lipschitz_x": "largest slope by x",
    "lipschitz_y": "largest slope by y",
    "lipschitz": "Lipschitz constant, at most",
    "mean": "E[F], x and y ~ N(0, 1)",
    "second_moment": "E[F^2]",
    "slope_square_x": "E[(dF/dx)^2]",
    "slope_square_y": "E[(dF/dy)^2]",
    "exponent": "exponent of the gradient's growth beside a norm",
}


def gated(record: Json) -> Sheet:
    """The unit, its factors and slopes by input, and what is known of them."""
    about, slopes = record["activation"], record["slopes"]
    formulas = [Formula("F(x, y)", about["expression"], None)]
    formulas += [Formula(f"dF/d{name}", text, None) for name, text in slopes.items()]
    rows = []
    for key, words in _NAMED.items():
        found = record["facts"].get(key)
        if found is not None:
            upper = key == "lipschitz" and found["value"] is not None
            told = figures(found["upper" if upper else "value"], 6) if found["value"] is not None else "open"
            rows.append((words, as_value(told), found["standing"]))
    factors = tabled("Factors", ("of", "factor"), [(name, as_value(text)) for name, text in record["factors"].items()])
    notes = [f"{name} = {value}" for name, value in about["parameters"].items()]
    if any(ends != ["-oo", "oo"] for ends in record["on"].values()):
        box = ", ".join(f"{name} in {card.interval(ends)}" for name, ends in record["on"].items())
        notes.append(f"values and slopes are those where {box}")
    notes.append(f"weights of variance {record['weight_variance']:g} over the fan-in in blocks")
    open_ = dict.fromkeys(found["note"] for found in record["facts"].values() if found.get("note"))
    tables = (*factors, *tabled("Facts", ("fact", "found", "standing"), rows))
    return Sheet(card.heading(about), tuple(formulas), tables, (*notes, *open_))
