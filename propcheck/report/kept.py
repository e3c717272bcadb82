"""What is found on the way to a report, kept until the report is written: whoever was stopped goes on from there.

Each answer is a file of JSON, named by all that the answer depends on: what was asked, the versions, and the sources
themselves. The folder is beside that of the report, goes when the report is written, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propcheck import files, spec
from propcheck.files import folders
from propcheck.inquiries.analysis import versions
from propcheck.version import sources

FOLDER = "propcheck-unfinished"


@dataclass(frozen=True)
class Kept:
    """The answers that are kept for the report in a folder."""

    folder: Path

    @property
    def place(self) -> Path:
        return folders.beside(self.folder, FOLDER)

    def find(self, *asked: Any) -> Any:
        """The answer, None where there is none."""
        try:
            kept = json.loads(self._file(asked).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return kept.get("found") if isinstance(kept, dict) and kept.get("asked") == _told(asked) else None

    def keep(self, found: Any, *asked: Any) -> Any:
        """The answer, kept as far as the disk has room."""
        with suppress(OSError):
            self.place.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"asked": _told(asked), "found": found}, ensure_ascii=True, allow_nan=False)
            files.put(self._file(asked), text, durable=False)
        return found

    def clear(self) -> None:
        """Takes all of it away."""
        shutil.rmtree(self.place, ignore_errors=True)

    def _file(self, asked: tuple[Any, ...]) -> Path:
        return self.place / f"{hashlib.sha256(_told(asked).encode()).hexdigest()}.json"


def _told(asked: tuple[Any, ...]) -> str:
    """All that an answer depends on, as a text."""
    catalogue = hashlib.sha256(repr(spec.index()).encode()).hexdigest()
    return ascii((*asked, versions(), sources(), catalogue))
