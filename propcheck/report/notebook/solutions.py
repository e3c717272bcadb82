"""What is shown of a solution: the sentence, the values, the boxes that are left, the spec to copy."""

from __future__ import annotations

from propcheck.report.notebook.families import region
from propcheck.report.notebook.sheet import Formula, Sheet, as_value, tabled
from propcheck.verdict import Json


def solution(record: Json) -> Sheet:
    """The values with the ends of their enclosures, and the spec of the first solution."""
    about = record["description"]
    rows = [
        (
            str(place),
            name,
            as_value(one["digits"][name]),
            as_value(f"[{value['lower']}, {value['upper']}]"),
            _where(one),
        )
        for place, one in enumerate(record["solutions"], 1)
        for name, value in one["values"].items()
    ]
    left = [(", ".join(f"{name} from {_end(low)} to {_end(high)}" for name, (low, high) in box.items()),)
            for box in record["left"]]  # fmt: skip
    regions = [(region(part), part["standing"]) for part in record.get("regions", ())]
    tables = (
        *tabled("Solutions", ("", "unknown", "value", "lies in", "the only one with"), rows),
        *tabled("Where the conditions hold", ("where", "standing"), regions),
        *tabled("Left undecided", ("box",), left),
    )
    code = tuple(record["solutions"][0]["spec"].splitlines()) if record["solutions"] else ()
    return Sheet(
        about["title"], (Formula("g(x)", about["expression"], None),), tables, (), code, answer=record["sentence"]
    )


def _end(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _where(one: Json) -> str:
    return ", ".join(f"{name} in [{low:.6g}, {high:.6g}]" for name, (low, high) in one["in"].items()) or "everywhere"
