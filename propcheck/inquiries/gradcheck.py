"""Whether the derivative of code is that of a function, kinks told apart: what `gradcheck` of frameworks cannot know.

At a kink the slopes on both sides differ, and each value between them is a subgradient: it is named and passes, while
the inputs beside it are held to the slope of their own side. A difference quotient across the kink is never taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.conformance.conforming import summary
from propcheck.conformance.finding import Finding
from propcheck.inquiries.conformity import conform
from propcheck.wording import figures


class GradientError(AssertionError):
    """The derivative is another; the message has what was found, a line each."""


@dataclass(frozen=True)
class Gradient:
    """What came of it: true where every slope is right. `conventions` says what is taken at kinks."""

    conventions: tuple[Finding, ...]
    faults: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        lines = [summary(fault) for fault in self.faults]
        lines += [f"at x = {figures(each.x, 9)} it {each.note}" for each in self.conventions]
        return "\n".join(lines) or "every slope is right, and there is no kink"


def gradcheck(
    fn: Any,
    target: Any,
    *,
    order: int = 1,
    dtype: str = "float64",
    slopes: Sequence[Any] = (),
    raises: bool = True,
    **params: Any,
) -> Gradient:
    """Holds the derivatives of code up to an order against those of a target, at some 4000 inputs of a type.

    `fn` takes tensors of PyTorch or arrays of JAX; for one of NumPy `slopes` are its derivatives. What happens at the
    infinities and at NaN is no matter here. Raises `GradientError` where a slope is wrong, unless told not to.

    >>> import numpy as np
    >>> step = lambda x: (x > 0) * 1.0
    >>> print(gradcheck(lambda x: np.maximum(x, 0), "relu", slopes=[step]))
    at x = 0 it takes the left slope; the one-sided slopes are 0 and 1
    """
    made = conform(fn, target, dtypes=(dtype,), orders=tuple(range(order + 1)), slopes=slopes, params=params)
    if order not in made.tried[0].orders:
        raise GradientError(f"nothing gives a derivative of order {order}: give `slopes`, or code of PyTorch or JAX")
    missing = [each for each in made.findings if each.kind == "not_implemented" and each.order]
    faults = [each for each in made.breaches if each.order and not _at_the_end(each)]
    conventions = tuple(each for each in made.findings if each.kind == "convention" and not each.breach)
    found = Gradient(conventions, (*faults, *missing))
    if raises and not found:
        raise GradientError(str(found))
    return found


def _at_the_end(finding: Finding) -> bool:
    """Does it concern nothing but infinities and NaN?"""
    ends = (finding.first, finding.last, finding.x)
    return all(end is None or end != end or abs(end) == float("inf") for end in ends)
