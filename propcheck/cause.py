"""Why a question was left open: a dozen causes, each with what happened, a way out, and the notes that tell of it.

A note is free text, made where a question was given up, and it is all that a record keeps. So the cause is read off the
note; the first whose words stand in it is meant, and causes stand with the telling words first.
"""

from __future__ import annotations

import re
from enum import Enum


class Cause(Enum):
    """One row: what happened, what may help, and the words of its notes, as a regular expression."""

    ASKED = "it was not asked", "ask for it", "left out, as was asked|was not asked"
    MEMORY = "the memory ran out", "ask with more memory, or of a shorter formula", r"of memory were|want of memory"
    TIME = (
        "the time ran out",
        "allow more of it: --time-limit",
        "stopped after|took too long|of the target were used up|interrupted|still being worked on",
    )
    SIZE = (
        "the formula, or one on the way, is too long",
        "write it shorter, or with fewer different functions",
        "grows too long|degrees above"
        "|nested too deeply|too many (terms|different kernels)|power is too high|too long to write|too large to factor"
        "|not told to be commensurable|unrelated lengths|whose terms cancel|which are too many",
    )
    PIECES = (
        "there are too many pieces, or endlessly many",
        "cut it off: put min(max(x, -9), 9) for x",
        r"more than \S+ (pieces|combinations|zeros|periods)|again and again|whose kinks|endlessly many",
    )
    DOUBLES = (
        "a number is too large or too small for the machine",
        "scale the function, or x",
        "all doubles|floating point holds|too large (to be written|for a double)|cannot be written|no finite value at"
        "|has no finite value|a bound that is not finite|no line bounds",
    )
    SEARCH = (
        "the search ended at its limit",
        "scale x; what networks do with it can be measured: `propcheck probe`",
        "limit of boxes|panels would be needed|no critical point was found|was not shown at q|quadrature"
        "|at no length|no weights keep|infinite or was not found"
        "|beyond the places|no enclosure was found|not enclosed|neither enclosed|of the divisor reaches"
        "|an expansion of|which tells nothing",
    )
    WAVE = (
        "a wave has no known extreme, or no known turns",
        "give its waves one length, or whole multiples of one",
        "phase|swing|is periodic|waves?\\b",
    )
    TAIL = (
        "the behaviour at an end is not known",
        "write the growth as powers, exp and log of x alone",
        r"remainder (hides|does not)|leading term|series of|binomial series|grows faster|growth like|log\(log|from x = "
        "|at the ends|(^|: )(the|an infinite|a function without a|no|a) limit|without a limit|is not given"
        r"|fractional power of log|the order of (?!two)|addition theorem",
    )
    RULE = (
        "there is no rule for a function in it",
        "write it with other functions",
        "has no normal form|can be enclosed|where .* is analytic|has no numeric form|in extended precision",
    )
    UNDEFINED = (
        "it is not defined, or not shown to be, where it is needed",
        "say what it is there: ... if x == 0 else ...",
        "not defined|defined nowhere|no point at which it is defined|(division by|quotient|denominator|logarithm of) "
        "|no pieces|no finite real"
        "|may be a whole number or not|no value at|pole at|exists at|fractional power of the negative|is zero beside",
    )
    ZEROS = (
        "a zero has no closed form, or was not separated from its neighbours",
        "use simple numbers: 1/2 for 0.4999",
        "closed form here|the sign (near|at) |neighbourhood of|comes near to|two turning points|changes its sign"
        "|meet at",
    )
    SIGN = (
        "two numbers were not told apart",
        "use simple numbers, or give each parameter a value",
        "the (sign|size|value|power|logarithm)|[Ww]hether|is smaller|tells apart|told apart|not shown to be"
        "|is not known|differ late|rounded functions agree|^where .* lie|common denominator|agree at",
    )
    PARAMETER = (
        "it is not known for every value of a parameter at once",
        "look at a smaller range, or at single values",
        "to another scale|depends on the scale|of the function itself|branches inside|no comparison|by a line"
        "|of its slopes|move with a parameter|without (an enclosure|a finite expansion)|of moments|moments that are"
        "|could not be evaluated|asked at single values|may both be 0|may be all alike",
    )
    FAULT = (
        "the program failed at it",
        "tell its authors, with the formula",
        r"^\w*(Error|Exception|Warning)\b|process",
    )
    OTHER = ("it was not settled", "write it in another way", "")

    def __init__(self, said: str, remedy: str, words: str):
        self.said, self.remedy, self._words = said, remedy, re.compile(words)

    @classmethod
    def of(cls, note: str) -> Cause:
        """The cause that a note tells of."""
        return next(cause for cause in cls if cause._words.search(note))

    def __str__(self) -> str:
        return self.name.lower()
