"""A statement that was verified, in words: what is asked, what is said, what was found, from the record of it."""

from __future__ import annotations

from propcheck.verdict import Json
from propcheck.wording import truth


def asked(statement: Json) -> str:
    """What the statement is about, and where it is meant."""
    order = statement["order"]
    key = f"derivative of order {order}" if order and order > 1 else statement["key"]
    places = [f"{name} = {value}" for name, value in statement["at"].items()]
    places += [" or ".join(statement["on"])] if statement["on"] else []
    return f"{key}{' at ' if statement['at'] else ' on ' if places else ''}{', '.join(places)}"


def said(statement: Json) -> str:
    """What it states."""
    return truth(statement["stated"])


def explained(statement: Json) -> list[str]:
    """What was found, a thing a line."""
    found = statement["found"]
    if statement["order"] is None:
        sure = "" if statement["standing"] in ("proved", "open") else f" ({statement['standing']})"
        return _told([f"found: {found}{sure}" if found else "", statement["reason"]])
    lines = [found, statement["reason"], *(taken["text"] for taken in statement["conventions"])]
    witness = statement["witness"]
    if witness is not None:
        at = {"x": witness["x"], **witness["parameters"]}
        lines.append(f"witness {witness['piece']}: {', '.join(f'{name} = {value}' for name, value in at.items())}")
        lines += [f"  value  {witness['value']}", f"  stated {witness['stated']}"]
    return _told(lines)


def _told(lines: list[str]) -> list[str]:
    return [line for line in lines if line]
