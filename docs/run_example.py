"""Runs the cells of example.ipynb from top to bottom and stores what they show: `python docs/run_example.py`.

No Jupyter is needed: a cell's last expression is asked for its forms by IPython's protocol. What cells with the tag
`measured` show differs from run to run.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from propcheck import files

EXAMPLE = Path(__file__).with_name("example.ipynb")
FORMS = {"text/html": "_repr_html_", "text/latex": "_repr_latex_", "text/markdown": "_repr_markdown_"}


def read(path: Path = EXAMPLE) -> dict[str, Any]:
    """The notebook."""
    return json.loads(path.read_text(encoding="utf-8"))


def written(notebook: Mapping[str, Any]) -> str:
    """The text of the file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def executed(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs that its code makes, all cells in one namespace."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            outputs = list(_outputs("".join(cell["source"]), namespace, count))
            cell = {**cell, "execution_count": count, "outputs": outputs}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, namespace: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), namespace)  # the project's own notebook
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace) if last else None
    if printed.getvalue():
        yield {"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())}
    if value is not None:
        data = {form: _lines(getattr(value, name)()) for form, name in FORMS.items() if hasattr(value, name)}
        data["text/plain"] = _lines(repr(value))
        yield {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": data}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    files.write(EXAMPLE, written(executed(read())))
