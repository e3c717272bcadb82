"""What can be decided of one analytic expression on one interval of the real line.

`form` encloses values and Taylor coefficients in balls; `identity` decides whether an expression is zero;
`tail` says how it behaves at an end; `signs` cuts an interval where the sign changes. Everything here is exact or
rigorous: what cannot be decided raises `Undecided`.
"""


class Undecided(Exception):
    """Nothing that was tried settles the question; the message says what was tried."""
