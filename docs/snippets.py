"""The snippets of a page, so that each is run as a reader would: commands, Python, specs and other files.

A fence says what a snippet is by its language. `console`: lines that begin with `$ ` are commands, what follows one is
what it prints (`...` for what is left out). `python`: a doctest where it has prompts, else a program. `toml`: a spec
or a table of pyproject.toml. A fence with a caption is a file of that name, which later snippets of the page find.
Before a fence may stand a comment: `<!-- slow -->` runs it only where everything is run, `<!-- needs NAME -->` where
that package is installed, `<!-- not run: REASON -->` never.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>slow|not run: [^\n]+|(?:slow, )?needs [\w ]+) -->\n)?"
    r"^(?P<fence>```|~~~)(?:\{code-block\} )?(?P<language>[a-z]+)\n"
    r"(?::caption: (?P<caption>[^\n]+)\n)?\n?(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
RUN = ("console", "python", "toml")


@dataclass(frozen=True)
class Snippet:
    """A fence of a page, which begins at this line; `mark` is the comment before it."""

    line: int
    language: str
    text: str
    caption: str = ""
    mark: str = ""

    @property
    def slow(self) -> bool:
        return self.mark.startswith("slow")

    @property
    def needs(self) -> list[str]:
        """The packages without which it is not run."""
        return self.mark.partition("needs ")[2].split()

    @property
    def runs(self) -> bool:
        return not self.mark.startswith("not run")

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of a console, with what is shown of its output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield re.sub(r"\s+# .*$", "", command), output


def pages() -> list[Path]:
    """All pages of the documentation that are committed, the README first."""
    found = (path for path in HERE.rglob("*.md") if "made" not in path.relative_to(HERE).parts)
    return [HERE.parent / "README.md", *sorted(found)]


def of(path: Path) -> list[Snippet]:
    """The snippets of a page that are run or become files, in order."""
    text = path.read_text(encoding="utf-8")
    found = []
    for part in FENCE.finditer(text):
        language, caption = part["language"], part["caption"] or ""
        if language in RUN or caption:
            line = text.count("\n", 0, part.start("fence")) + 1
            found.append(Snippet(line, language, part["text"], caption, part["mark"] or ""))
    return found
