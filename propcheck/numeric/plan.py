"""The plan of a function: of its pieces one after the other, or of one period of them where they are endless."""

from __future__ import annotations

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.numeric import returning, segments
from propcheck.numeric.formats import Format
from propcheck.numeric.segments import Found
from propcheck.numeric.span import Plan
from propcheck.processes.precision import alone
from propcheck.verdict import InputError


@alone
def plan(activation: Activation, order: int, work: Format, out: Format, found: Found = ()) -> Plan:
    """The plan of the derivative of this order; `InputError` where the function has no pieces.

    `found` are spans on which a form was seen to be wrong: there a local form is tried.
    """
    if activation.wave is not None:
        try:
            return returning.planned(activation, order, work, out, found)
        except Undecided as reason:
            raise InputError(f"{activation.name} cannot be compiled: {reason}") from None
    if not activation.pieces:
        raise InputError(f"{activation.name} cannot be compiled: {activation.trouble or 'it has no pieces'}")
    return segments.planned(activation.pieces, order, work, out, found)


__all__ = ["Found", "plan"]
