"""A family: one function at every value of its parameters. Each fact as a partition of their ranges.

    places      an interval of a parameter as a number, of which all that is decided is decided of each value
    carrying    f(x) = c g(s x): the facts of f from those of g
    subject     the function at a place, and what is asked of it there
    critical    values of the parameter at which something may change
    partition   one fact over a range: divided until each part is decided, and what is alike is joined
    course      which way a number goes along a parameter
    verdicts    the verdicts that follow from facts
    inquiry     all facts and verdicts of a target

A value found at one parameter is a claim about that one. What is said of an interval is proved of each value in it.
"""
