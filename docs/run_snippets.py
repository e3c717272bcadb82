"""Renews what pages show of the output of commands: `python docs/run_snippets.py PAGE...`, all pages unless named.

What is shown in part, with `...`, is left as it is, and so is what is not run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import snippets

PROGRAM = Path(sys.executable).parent


def renewed(page: Path) -> str:
    """The page with the outputs of today, its commands run in order in one folder."""
    text = page.read_text(encoding="utf-8")
    path = f"{PROGRAM}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "80", "PYTHONPATH": str(snippets.HERE.parent)}
    with tempfile.TemporaryDirectory() as folder:
        for snippet in snippets.of(page):
            if snippet.caption:
                file = Path(folder, snippet.caption)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(snippet.text, encoding="utf-8")
            if not snippet.runs or snippet.language != "console":
                continue
            for command, shown in snippet.commands():
                line = command.replace("propcheck ", "python -m propcheck ", 1)
                done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
                if shown.strip() and "..." not in shown:
                    ending = shown[len(shown.rstrip("\n")) :]
                    text = text.replace(shown, (done.stdout or done.stderr).rstrip("\n") + ending, 1)
    return text


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:] or map(str, snippets.pages())):
        page.write_text(renewed(page), encoding="utf-8")
