"""JSON Schemas of what goes in and comes out: of a spec, and of each kind of record that scripts read.

A schema is made from what the code knows (`made`) and shipped as a file, `NAME.schema.json`, so that an editor and a
reader in another language find it: `propcheck.schemas.path("spec")`. They say what is there, never that nothing else
is: fields are added. A spec's alone refuses keys that it does not know, as the reader does.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PAGES = {  # each with its page and the function that makes it
    "spec": "specs:spec",
    "analysis": "records:analysis",
    "record": "records:record",
    "table": "records:table_",
    "run": "records:run",
    "graphs": "records:graphs",
    "certificate": "records:certificate",
    "difference": "records:difference",
    "handover": "records:handover",
    "approximation": "records:approximation",
    "gain": "records:gain",
    "conformance": "records:conformance",
    "verification": "records:verification",
    "lint": "records:lint",
    "check": "records:check",
}


def path(name: str) -> Path:
    """The file of a schema."""
    if name not in PAGES:
        raise KeyError(f"there is no schema {name!r}; there are {', '.join(PAGES)}")
    return Path(__file__).with_name(f"{name}.schema.json")


def made(name: str) -> dict[str, Any]:
    """The schema as the code makes it today."""
    page, _, function = PAGES[name].partition(":")
    make: Callable[[], dict[str, Any]] = getattr(import_module(f"propcheck.schemas.{page}"), function)
    return make()
