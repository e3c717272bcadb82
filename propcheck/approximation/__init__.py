"""Cheap stand-ins for a function on an interval: a polynomial, linear pieces, a table of steps.

A member fits in doubles, on a grid: what it returns are coefficients, not claims. They are rounded to the format, and
of the function that comes out the error is enclosed by the engine.
"""
