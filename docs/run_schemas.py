"""The JSON Schemas that are shipped, made from what the code knows: `python docs/run_schemas.py` writes them."""

from __future__ import annotations

import json

from propcheck import files, schemas


def text(name: str) -> str:
    """The text of a schema's file."""
    return json.dumps(schemas.made(name), indent=1) + "\n"


if __name__ == "__main__":
    for name in schemas.PAGES:
        files.write(schemas.path(name), text(name), replace=True)
