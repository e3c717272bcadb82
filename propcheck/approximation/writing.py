"""A stand-in as text: a spec, a table, source code in C and NumPy, LaTeX. Numbers are those of the format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from propcheck.approximation.rounding import decimal

Json = Mapping[str, Any]
_DIGITS = 20  # of a number, beyond which a quotient is shorter; a spec reads 40
_LONGEST = 60_000  # bytes of a spec, nearly


def write(record: Json, form: str) -> str:
    """The text of an approximation's record in one of `FORMS`."""
    return FORMS[form](record)


def _name(record: Json) -> str:
    word = re.sub(r"\W+", "_", str(record["activation"]["name"])).strip("_").lower() or "g"
    return f"{'g_' if word[0].isdigit() else ''}{word}_{record['kind']}"


def _about(record: Json) -> str:
    """What is proved of it, in one line."""
    low, high = (end["value"] for end in record["on"])
    title = " ".join(str(record["activation"]["title"]).split())
    return f"{title} within {_above(record['error'])} on [{low:g}, {high:g}] in exact arithmetic; {record['outside']}"


def _above(error: Json) -> str:
    from propcheck.wording import rounded_up

    return rounded_up(error["upper"], error["exact"])


def _numbers(values: Any) -> str:
    return ", ".join(map(repr, values))


def _spec(record: Json) -> str:
    about = _about(record).replace("\\", "\\\\").replace('"', '\\"')
    if (table := _table(record)) is not None:
        return f'name = "{_name(record)}"\nnote = "{about}"\n\n{table}'
    return f'name = "{_name(record)}"\nnote = "{about}"\nexpression = "{record["expression"]}"\n'


def _table(record: Json) -> str | None:
    """The knots and values, exactly, as a table of a spec; None of what is none, or too long for one."""
    if record["kind"] == "poly":
        return None
    knots = [Fraction(knot) for knot in record["knots"]]
    if record["kind"] == "lut":  # even parts of the interval, whose ends need be no numbers of the format
        low, high = (Fraction(end["exact"] or 0) if _rational(end) else Fraction(end["value"]) for end in record["on"])
        knots = [low + (high - low) * k / record["size"] for k in range(1, record["size"])]
    lists = [", ".join(map(_exactly, numbers)) for numbers in (knots, map(Fraction, record["coefficients"]))]
    kind = "linear" if record["kind"] == "pwl" else "step"
    table = f'[table]\nkind = "{kind}"\nknots = [{lists[0]}]\nvalues = [{lists[1]}]\n'
    return None if not knots or "?" in table or len(table) > _LONGEST else table


def _rational(end: Json) -> bool:
    return re.fullmatch(r"-?\d+(/\d+)?", end["exact"] or "") is not None


def _exactly(value: Fraction) -> str:
    """A fraction as a number of TOML or, in quotes, as a quotient; "?" where it is too long for both."""
    text = decimal(value)
    digits = len(text.partition(".")[2])
    if not text.startswith("(") and digits <= _DIGITS:
        return text
    return f'"{value}"' if max(len(str(abs(value.numerator))), len(str(value.denominator))) <= 2 * _DIGITS else "?"


def _csv(record: Json) -> str:
    if record["kind"] == "poly":
        rows = [f"{power},{value!r}" for power, value in enumerate(record["coefficients"])]
        return "\n".join(["power,coefficient", *rows]) + "\n"
    rows = [f"{knot!r},{value!r}" for knot, value in zip(record["knots"], record["coefficients"], strict=False)]
    return "\n".join(["knot,value", *rows]) + "\n"


def _c(record: Json) -> str:
    name, values = _name(record), record["coefficients"]
    count = len(values)
    head = f"/* {_about(record).replace('*/', '* /')} */\n"
    array = f"static const double {name}_values[{count}] = {{{_numbers(values)}}};\n"
    if record["kind"] == "poly":
        body = (
            f"    double y = {name}_values[{count - 1}];\n    int k;\n"
            f"    for (k = {count - 2}; k >= 0; k--) y = y * x + {name}_values[k];\n    return y;\n"
        )
    else:
        knots = record["knots"]
        array += f"static const double {name}_knots[{len(knots)}] = {{{_numbers(knots)}}};\n"
        last = len(knots) - 1
        body = f"    int low = 0, high = {last};\n"
        body += f"    if (!(x >= {name}_knots[0])) return {name}_values[0];\n"
        body += f"    if (x >= {name}_knots[{last}]) return {name}_values[{count - 1}];\n"
        body += (
            "    while (high - low > 1) {\n        int middle = (low + high) / 2;\n"
            f"        if (x < {name}_knots[middle]) high = middle; else low = middle;\n    }}\n"
        )
        if record["kind"] == "lut":
            body += f"    return {name}_values[low];\n"
        else:
            body += (
                f"    return {name}_values[low] + ({name}_values[high] - {name}_values[low])\n"
                f"        * ((x - {name}_knots[low]) / ({name}_knots[high] - {name}_knots[low]));\n"
            )
    return f"{head}{array}double {name}(double x)\n{{\n{body}}}\n"


def _numpy(record: Json) -> str:
    name, values = _name(record), record["coefficients"]
    lines = [f'"""{_about(record)}."""', "", "import numpy as np", "", f"VALUES = np.array([{_numbers(values)}])"]
    if record["kind"] != "poly":
        lines.append(f"KNOTS = np.array([{_numbers(record['knots'])}])")
    formula = {
        "poly": "np.polynomial.polynomial.polyval(x, VALUES)",
        "pwl": "np.interp(x, KNOTS, VALUES)",
        "lut": "VALUES[np.clip(np.searchsorted(KNOTS, x, side='right') - 1, 0, VALUES.size - 1)]",
    }[record["kind"]]
    return "\n".join([*lines, "", "", f"def {name}(x):", f"    return {formula}", ""])


def _latex(record: Json) -> str:
    values = [f"{value!r}" for value in record["coefficients"]]
    if record["kind"] == "poly":
        powers = ["", "x", *(f"x^{{{k}}}" for k in range(2, len(values)))]
        terms = [f"({value}) {power}".strip() for value, power in zip(values, powers, strict=True) if value != "0.0"]
        return " + ".join(terms or ["0"]) + "\n"
    knots = [f"{knot!r}" for knot in record["knots"]]
    rows = [f"{values[0]} & x < {knots[0]} \\\\"] if record["kind"] == "pwl" else []
    for k in range(len(knots) - 1):
        shown = values[k]
        if record["kind"] == "pwl":
            slope = f"\\frac{{{values[k + 1]} - ({values[k]})}}{{{knots[k + 1]} - ({knots[k]})}}"
            shown = f"{values[k]} + {slope} (x - ({knots[k]}))"
        rows.append(f"{shown} & x < {knots[k + 1]} \\\\")
    return "\\begin{cases}\n" + "\n".join([*rows, f"{values[-1]} & \\text{{otherwise}}"]) + "\n\\end{cases}\n"


FORMS: dict[str, Callable[[Json], str]] = {
    "spec": _spec,
    "csv": _csv,
    "c": _c,
    "numpy": _numpy,
    "latex": _latex,
}
