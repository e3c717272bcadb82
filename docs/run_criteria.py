"""What each criterion asks, and why: `python docs/run_criteria.py` writes criteria.md."""

from __future__ import annotations

from pathlib import Path

from propcheck import files
from propcheck.criteria import STANDARDS
from propcheck.criteria.criterion import Standard
from propcheck.criteria.foretold import foretold

PAGE = Path(__file__).with_name("criteria.md")
HEAD = """# Measures and thresholds of the eight criteria

Each criterion has one measure, computed twice: from the formula (`propcheck analyze`) and in networks that are really
drawn and trained (`propcheck probe`). The same thresholds apply to both. All but the first and the fifth speak of one
network: wide, plain, 50 layers deep, from the initialisation that `propcheck phase` recommends. `python
docs/run_criteria.py` makes this page.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *(part for item in STANDARDS for part in _section(item))])


def _section(item: Standard) -> list[str]:
    first, *rest = item.about.split("\n\n")
    thresholds = "; ".join(f"{name} {value:g}" for name, value in item.bounds.items())
    lines = [f"## {item.number} {item.key}: {item.title}", "", first, ""]
    lines += [f"- {word}: {rule}" for word, rule in item.rule.items()]
    lines += [f"- thresholds: {thresholds}"] if thresholds else []
    lines += [f"- experiments: {foretold(item.key)}", f"- the paper: {item.departs}", ""]
    return [*lines, *(part for text in rest for part in (text, ""))]


if __name__ == "__main__":
    files.write(PAGE, page(), replace=True)
