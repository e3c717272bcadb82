"""Certificates: what was found of a function, as a file that one page of standard-library Python confirms.

The engine finds, the checker confirms: `check_certificate.py` shares no code with the rest and imports nothing of it.
A certificate is emitted after the fact, from what the analysis holds, and each claim in it has passed the checker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from propcheck.certificates import check_certificate
from propcheck.certificates.emission import FACTS, NEEDED, Certificate, certificate
from propcheck.certificates.trial import SCHEMA

CHECKER = Path(check_certificate.__file__)
BROWSER = CHECKER.with_suffix(".js")  # the second checker, for the page of a report


@dataclass(frozen=True)
class Checked:
    """What the checker says of some files, a line each, and whether it confirms all of them."""

    lines: tuple[str, ...]
    confirmed: bool


def checked(paths: Sequence[str]) -> Checked:
    """What the checker says of these files."""
    lines: list[str] = []
    status = check_certificate.main(paths, lines.append)
    return Checked(tuple(lines), status == 0)


__all__ = ["BROWSER", "CHECKER", "Certificate", "Checked", "FACTS", "NEEDED", "SCHEMA", "certificate", "checked"]
