"""Criteria of others: joined by a decorator, by an installed package, or named for one analysis.

Code is imported only where the user installed it as an entry point of the group `propcheck.criteria`, and then only
when criteria are asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from propcheck.criteria import STANDARDS
from propcheck.criteria.criterion import Criterion, Standard, checked, standard
from propcheck.facts.claimable import ASSERTIONS
from propcheck.verdict import InputError
from propcheck.wording import nearest

GROUP = "propcheck.criteria"
_TAKEN = {
    **dict.fromkeys((name.partition(".")[0] for name in ASSERTIONS), "a fact or a claim"),
    **{item.key: f"criterion {item.number}" for item in STANDARDS},
}
_declared: dict[str, tuple[str, Criterion]] = {}  # by key, with the place in the source


def criterion(item: Any) -> Any:
    """A class decorator: from here on the criterion is asked of every function, numbered after the eight.

    What is said again under the same name, as in a notebook, takes its place. InputError where something is missing.
    """
    origin = _origin(item)
    for key in [key for key, (told, _) in _declared.items() if told == origin]:
        del _declared[key]
    page = checked(item, _taken(_declared, origin), origin)
    standard(page, 0)
    _declared[page.KEY] = origin, page
    return item


def chosen(
    extra: Iterable[Any] = (), thresholds: Mapping[str, Any] | None = None, origin: str = "thresholds"
) -> tuple[Standard, ...]:
    """The criteria that are asked: the eight, the installed, the declared, and `extra`; with these thresholds.

    `thresholds` holds numbers by criterion and name: `{"convergence": {"holds": 0.9}}`; `origin` is said in errors.
    """
    if isinstance(extra, str | Mapping) or not isinstance(extra, Iterable):
        raise InputError("criteria stand in a list, such as criteria=[Bounded]")
    pages: dict[str, tuple[str, Criterion]] = {}
    for told, item in chain(_installed(), _declared.values(), ((_origin(item), item) for item in extra)):
        page = checked(item, _taken(pages, told), told)
        pages[page.KEY] = told, page
    asked = {item.key: item for item in STANDARDS}
    for number, (_, page) in enumerate(pages.values(), len(STANDARDS) + 1):
        asked[page.KEY] = standard(page, number, own=False)
    return tuple(_set(asked, {} if thresholds is None else thresholds, origin).values())


def _taken(pages: Mapping[str, tuple[str, Criterion]], origin: str) -> dict[str, str]:
    """The keys that a criterion from this place may not have, and what each is."""
    return _TAKEN | {key: f"the criterion {told}" for key, (told, _) in pages.items() if told != origin}


def _set(asked: dict[str, Standard], thresholds: Mapping[str, Any], origin: str) -> dict[str, Standard]:
    if not isinstance(thresholds, Mapping):
        raise InputError(f"{origin} stand by criterion and name, such as {{'convergence': {{'holds': 0.9}}}}")
    for key, changes in thresholds.items():
        if key not in asked:
            raise InputError(
                f"{origin}: there is no criterion {key!r}{nearest(key, asked)}; there are {', '.join(asked)}"
            )
        asked[key] = asked[key].at(changes, origin)
    return asked


def keys() -> tuple[str, ...]:
    """The keys of the criteria that are asked of every function."""
    return tuple(item.key for item in chosen())


@cache
def _installed() -> tuple[tuple[str, Criterion], ...]:
    """The criteria of installed packages, each with the words that say where it is from."""
    return tuple(_found())


def _found() -> Iterator[tuple[str, Criterion]]:
    from importlib.metadata import entry_points

    found: dict[str, tuple[str, Criterion]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
        origin = f"the entry point {point.name} = {point.value}{package}"
        try:
            item = point.load()
        except Exception as error:
            advice = "mend it, or uninstall the package"
            raise InputError(f"{origin} cannot be imported: {type(error).__name__}: {error}; {advice}") from None
        page = checked(item, _taken(found, origin), origin)
        found[page.KEY] = origin, page
        standard(page, 0)
        yield _origin(item), page


def _origin(item: Any) -> str:
    """Where a criterion is written: `my_package.bounds.Bounded`."""
    if inspect.ismodule(item):
        return item.__name__
    kind = item if inspect.isclass(item) else type(item)
    return f"{kind.__module__}.{kind.__qualname__}"
