"""`propcheck explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from propcheck.cli import DONE, print_json
from propcheck.verdict import InputError

SCHEMA = "propcheck.explanation/1"


@dataclass(frozen=True)
class Explanation:
    """What is said of a word: what it is (a criterion, a fact, a word), its title, paragraphs, a row for each rule."""

    word: str
    kind: str
    title: str
    text: tuple[str, ...]
    rules: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@click.command("explain")
@click.argument("words", nargs=-1, metavar="CRITERION|WORD...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(words: Sequence[str], as_json: bool) -> int:
    """Says what a criterion, a fact or a word of this field means, and how a criterion is judged.

    Without a word it lists all that it explains.

    \b
    Examples:
      propcheck explain gradient_flow
      propcheck explain "edge of chaos" chi_1
      propcheck explain
    """
    if not words:
        _list(as_json)
        return DONE
    found = [_explained(word) for word in words]
    if as_json:
        records = [{"schema": SCHEMA, **asdict(one)} for one in found]
        print_json(records[0] if len(records) == 1 else records)
    else:
        click.echo("\n\n".join("\n".join(_lines(one)) for one in found))
    return DONE


def _list(as_json: bool) -> None:
    from propcheck import glossary
    from propcheck.criteria import STANDARDS
    from propcheck.facts import ROWS

    kinds = {
        "criteria": [item.key for item in STANDARDS],
        "words": [word.name for word in glossary.ROWS],
        "facts": [row.key for row in ROWS],
    }
    if as_json:
        print_json({"schema": "propcheck.explained/1", **kinds})
    else:
        click.echo("\n".join(_wrapped(f"{kind}: {', '.join(names)}", "  ") for kind, names in kinds.items()))


def _explained(word: str) -> Explanation:
    """What is said of a word. A criterion goes before a word, and a word before a fact of the same name."""
    from propcheck.wording import nearest

    known: dict[str, Explanation] = {}
    for one in _all():
        for name in (one.word, *one.also, one.title):
            known.setdefault(_plain(name), one)
    if _plain(word) not in known:
        said = [name for one in _all() for name in (one.word, *one.also) if not name.isdigit()]
        names = list({_plain(name): name for name in reversed(said)}.values())[::-1]
        within = [name for name in names if len(_plain(word)) > 2 and _plain(word) in _plain(name)]
        told = f" ({' and '.join(within[:3])} {'has' if len(within) == 1 else 'have'} it in the name)"
        near = told if within else nearest(word.lower(), names)
        raise InputError(f"there is nothing on {word!r}{near}; `propcheck explain` lists what is explained")
    return known[_plain(word)]


def _all() -> Iterator[Explanation]:
    from inspect import getdoc

    from propcheck import glossary
    from propcheck.criteria import STANDARDS
    from propcheck.criteria.foretold import foretold
    from propcheck.facts import ROWS

    for item in STANDARDS:
        rules = list(item.rule.items())
        told = zip(item.thresholds, item.bounds.items(), strict=True)
        limits = [f"{item.key}.{name} = {value:g} ({words})" for name, (words, value) in told]
        rules += [("thresholds", ", ".join(limits))] if limits else []
        rules += [("experiments", foretold(item.key)), ("the paper", item.departs)]
        about = tuple(" ".join(part.split()) for part in item.about.split("\n\n"))
        yield Explanation(
            item.key, "criterion", f"{item.number} {item.title}", about, tuple(rules), (str(item.number),)
        )
    for word in glossary.ROWS:
        yield Explanation(word.name, "word", word.name, (word.meaning,), (), word.also, word.see)
    for row in ROWS:
        text = tuple(" ".join(part.split()) for part in (getdoc(row.ask) or "").split("\n\n"))
        yield Explanation(row.key, "fact", row.label or row.key, text)


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())


def _lines(one: Explanation) -> Iterator[str]:
    named = one.word if one.title == one.word else f"{one.word}: {one.title}"
    yield f"{named} ({one.kind})"
    for part in one.text:
        yield ""
        yield _wrapped(part)
    if one.rules:
        yield ""
        width = max(len(name) for name, _ in one.rules)
        for name, rule in one.rules:
            yield _wrapped(f"{name:<{width}}  {rule}", " " * (width + 2))
    if one.also:
        yield ""
        yield _wrapped(f"also: {', '.join(one.also)}", "  ")
    if one.see:
        yield _wrapped(f"see: {', '.join(one.see)}", "  ")


def _wrapped(text: str, indent: str = "") -> str:
    import os
    from textwrap import fill

    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) >= 40 else 88
    return fill(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
