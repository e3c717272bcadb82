"""What can be decided of one analytic expression on one interval of the real line.

Everything here is exact or rigorous: what cannot be decided raises `Undecided`. From the ground up:

    ball, elementary, form          enclosures of values and of Taylor coefficients, in balls
    number                          an exact value as a number with its standing
    polynomial                      what is exact without a search
    chart                           zeros and signs between them
    exact, monomial, germ, expansion, tail      how an expression behaves at an end
    kernels, identity               whether an expression is zero
    phase, swing                    waves, phase by phase
    signs, local, domain            where an expression changes its sign, what it is at a gap, where it is analytic
"""

# The recursion of the calculus is closed when all of its pages are there.
from propcheck.calculus import domain, local
from propcheck.calculus.undecided import Undecided, remembered

__all__ = ["Undecided", "domain", "local", "remembered"]
