"""What a criterion is, and what becomes of it when it is asked: a number, and thresholds that may be the user's own."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, Protocol

from propcheck.criteria.foretold import briefly
from propcheck.truth import Truth
from propcheck.verdict import Facts, InputError, Standing, Verdict
from propcheck.wording import nearest

Bounds = Mapping[str, Fraction]  # the thresholds of a criterion, by name
WORDS = ("holds", "partly", "fails")
OTHERWISE = "judged by other thresholds: "  # begins what is said where they are not the usual ones
NEAR = Fraction(1, 20)  # of a threshold: within it a measure is said to be near
_ORIGIN = "thresholds"


@dataclass(frozen=True)
class Threshold:
    """A number at which a verdict turns, and the words that stand before it where it is told: `holds from`.

    `of_measure` says whether it is what the measure is held against.
    """

    value: Fraction
    told: str = ""
    of_measure: bool = True


class Criterion(Protocol):
    """A question on which a verdict is given: a module, a class or an object with these names.

    `judge` sees the facts and the thresholds by name, each exactly, and never the formula. Of a truth the verdict is
    `holds`, `fails` or `open`, for the reason that RULE states. The texts of RULE may have thresholds in them:
    `"E[g^2] >= {holds}"`. A threshold is a number, or a `Threshold` with the words before it.
    """

    @property
    def KEY(self) -> str: ...  # as in `dead_units`

    @property
    def TITLE(self) -> str: ...

    @property
    def RULE(self) -> Mapping[str, str]: ...  # when it holds, holds partly and fails

    @property
    def THRESHOLDS(self) -> Mapping[str, Any]: ...

    def judge(self, facts: Facts, thresholds: Bounds, /) -> Verdict | Truth: ...


def usual(thresholds: Mapping[str, Threshold]) -> Bounds:
    """The thresholds where nobody asks for others."""
    return {name: item.value for name, item in thresholds.items()}


@dataclass(frozen=True)
class Standard:
    """A criterion as it is asked. `thresholds` hold what is asked, `usual` what is where nobody says otherwise.

    `about` is what its page says of it, `departs` why a verdict of the paper's may be another.
    """

    number: int
    key: str
    title: str
    rules: Mapping[str, str] = field(repr=False)
    usual: Mapping[str, Threshold] = field(repr=False)
    thresholds: Bounds
    ask: Callable[[Facts, Bounds], Verdict | Truth] = field(repr=False)
    own: bool = True  # is it one of the paper's?
    about: str = field(default="", repr=False)
    departs: str = field(default="", repr=False)

    @property
    def rule(self) -> dict[str, str]:
        """When the verdict is which, with the thresholds that are asked."""
        return {word: _filled(text, self.thresholds) for word, text in self.rules.items()}

    @property
    def bounds(self) -> dict[str, float]:
        """The thresholds as they are told."""
        return {self._told(name): _plain(value) for name, value in self.thresholds.items()}

    @property
    def changed(self) -> str:
        """What is said where thresholds are not the usual ones: `holds from 0.9, not 0.8`; else nothing."""
        return "; ".join(
            f"{self._told(name)} {_plain(value):g}, not {_plain(self.usual[name].value):g}"
            for name, value in self.thresholds.items()
            if value != self.usual[name].value
        )

    def options(self) -> list[str]:
        """The thresholds that are not the usual ones, as a command takes them: `zero_mean.holds=0.05`."""
        changed = {name: value for name, value in self.thresholds.items() if value != self.usual[name].value}
        return [f"{self.key}.{name}={value}" for name, value in changed.items()]

    def _told(self, name: str) -> str:
        return self.usual[name].told or name.replace("_", " ")

    def judge(self, facts: Facts) -> Verdict:
        """The verdict. Of a stranger's criterion what goes wrong is told, and the verdict open."""
        try:
            found = self.ask(facts, self.thresholds)
            if isinstance(found, Truth):
                word = {True: "holds", False: "fails", None: "open"}[found.value]
                found = Verdict(0, self.key, word, found.standing, (self.rule.get(word, "not decided"),))
            if not self.own:
                _check_verdict(found)
        except Exception as error:
            if self.own:
                raise
            return self.open(f"its judge failed: {type(error).__name__}: {error}".removesuffix(": "))
        reasons = found.reasons
        close = self.near(found.measure["value"]) if self.own and found.measure and found.verdict != "open" else None
        if close is not None:
            reasons = (*reasons, nearness(close))
        if self.own and found.verdict != "open" and (said := briefly(self.key)):
            reasons = (*reasons, said)
        if self.changed:
            reasons = (*reasons, OTHERWISE + self.changed)
        standing = Standing.OPEN if found.verdict == "open" else found.standing
        return replace(found, number=self.number, key=self.key, standing=standing, reasons=reasons)

    def near(self, value: float | None) -> Fraction | None:
        """The threshold that the measure lies within 5 % of; None where there is none."""
        if value is None or not math.isfinite(value):
            return None
        bounds = [bound for name, bound in self.thresholds.items() if self.usual[name].of_measure]
        return next((bound for bound in bounds if abs(Fraction(value) - bound) <= NEAR * abs(bound)), None)

    def open(self, reason: str) -> Verdict:
        """The verdict where there was no answer."""
        return Verdict(self.number, self.key, "open", Standing.OPEN, (reason,))

    def at(self, changes: Mapping[str, Any], origin: str = _ORIGIN) -> Standard:
        """The standard with other thresholds, by name; `origin` is said in errors."""
        if not isinstance(changes, Mapping):
            example = next(iter(self.usual), "holds")
            raise InputError(f"{origin}: {self.key} takes its thresholds by name, such as {{{example} = 0.5}}")
        for name in changes:
            if name not in self.usual:
                known = f"; it has {', '.join(self.usual)}" if self.usual else "; it has none"
                raise InputError(f"{origin}: {self.key} has no threshold {name!r}{nearest(name, self.usual)}{known}")
        asked = {name: _exactly(value, f"{origin}: {self.key}.{name}") for name, value in changes.items()}
        return replace(self, thresholds={**self.thresholds, **asked})


def standard(page: Criterion, number: int, own: bool = True) -> Standard:
    """A criterion with its own thresholds, under a number."""
    usual = {
        name: item if isinstance(item, Threshold) else Threshold(_exactly(item, f"{page.KEY}.THRESHOLDS.{name}"))
        for name, item in page.THRESHOLDS.items()
    }
    bounds = {name: item.value for name, item in usual.items()}
    about, departs = inspect.getdoc(page) or "", getattr(page, "DEPARTS", "")
    return Standard(number, page.KEY, page.TITLE, dict(page.RULE), usual, bounds, page.judge, own, about, departs)


def nearness(threshold: Fraction) -> str:
    """What is said of a measure that lies near a threshold."""
    return f"near: within {float(NEAR):.0%} of the threshold {_plain(threshold):g}"


def _filled(text: str, thresholds: Bounds) -> str:
    return re.sub(
        r"\{(\w+)\}", lambda found: str(_plain(thresholds[found[1]])) if found[1] in thresholds else found[0], text
    )


def _plain(value: Fraction) -> float:
    """The number as JSON has it: whole where it is one and was written so."""
    return int(value) if value.denominator == 1 else float(value)


def _exactly(value: Any, what: str) -> Fraction:
    """The fraction that a number spells: 0.1 is a tenth."""
    try:
        if isinstance(value, Rational) and not isinstance(value, bool):
            return Fraction(value)
        if isinstance(value, str) or (isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)):
            return Fraction(str(value).replace("_", "x"))
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise InputError(f"{what} must be a finite number, such as 0.25, not {str(value)[:40]!r}")


def _check_verdict(found: Any) -> None:
    if not isinstance(found, Verdict):
        raise TypeError(f"it returned {type(found).__name__}, where a Verdict or a Truth is asked for")
    if found.verdict not in (*WORDS, "open"):
        raise ValueError(f"it returned the verdict {found.verdict!r}, which is none of {', '.join((*WORDS, 'open'))}")
    if not isinstance(found.standing, Standing) or not all(isinstance(reason, str) for reason in found.reasons):
        raise TypeError("its verdict has a standing that is none, or a reason that is no text")


# ---------------------------------------------------------------------------------------------- is it one?


def checked(item: Any, taken: Mapping[str, str], origin: str) -> Criterion:
    """The criterion that something is; of a class, its one object.

    InputError where names are missing or are not what they must be; `taken` says what each taken key is.
    """
    if inspect.isclass(item):
        try:
            item = item()
        except Exception as error:
            raise InputError(f"{origin}: the criterion cannot be made: {type(error).__name__}: {error}") from None
    names = ("KEY", "TITLE", "RULE", "THRESHOLDS", "judge")
    missing = [name for name in names if not hasattr(item, name)]
    if missing:
        raise InputError(f"{origin}: a criterion has {', '.join(names)}, and this one lacks {', '.join(missing)}")
    fault = next(_faults(item, taken), "")
    if fault:
        raise InputError(f"{origin}: {fault}")
    return item


def _faults(item: Any, taken: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the names of a criterion, in sentences."""
    key = item.KEY
    if not isinstance(key, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        yield f"KEY is a name in small letters, digits and _, such as bounded_output, not {key!r}"
    elif key in taken:
        yield f"the key {key} is that of {taken[key]}; choose another"
    if not isinstance(item.TITLE, str) or not item.TITLE.strip():
        yield "TITLE is a text, such as 'no dead neurons'"
    texts = isinstance(item.RULE, Mapping) and all(isinstance(text, str) for text in item.RULE.values())
    if not texts or set(item.RULE) != set(WORDS):
        yield f"RULE has a text for each of {', '.join(WORDS)}"
    names = isinstance(item.THRESHOLDS, Mapping) and all(
        isinstance(name, str) and name.isidentifier() for name in item.THRESHOLDS
    )
    if not names:
        yield "THRESHOLDS has a number under each name, such as {'holds': 0.25}, or is {}"
    if not callable(item.judge) or not _takes_two(item.judge):
        yield "judge takes two things, the facts and the thresholds by name"


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # it has no signature that can be read
        return True
    return True
