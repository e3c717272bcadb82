"""The expression language: text in, SymPy out, and nothing is ever evaluated as Python.

    value      = value "if" condition "else" value | sum
    condition  = condition ("and" | "or") condition | "not" condition | "(" condition ")"
               | sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)+ | "True" | "False"
    sum        = product (("+" | "-") product)*
    product    = factor (("*" factor | "/" signed))*
    factor     = signed | "(" condition ")"
    signed     = ("+" | "-") signed | power
    power      = atom (("**" | "^") signed)?
    atom       = number | name | "(" value ")" | call
    call       = function "(" value ")" | ("max" | "min") "(" value ("," value)+ ")"
               | ("clip" | "clamp") "(" value "," value "," value ")" | "where" "(" condition "," value "," value ")"
               | ("maximum" | "minimum" | "logaddexp") "(" value "," value ")"
               | "Piecewise" "(" ("(" value "," condition ")" ",")* "(" value "," "True" ")" ")"
    function   = the name of a row of `language.functions`
    name       = "x" | "pi" | "e" | a parameter
    number     = digits with an optional point and an optional exponent: the exact rational that it spells

A condition among the factors of a product is 1 where it holds and 0 elsewhere: `x*(x > 0)`. The names of functions
may be written with capitals: `ReLU(x)`. A range of parameters (`0 < a < 1`) is a condition in which `x` does not
occur. Blanks and line ends are alike.

The text is cut into tokens, the tokens are read by Python's own parser, and its tree is walked node by node against
the list above. SymPy may do its usual simplifications, save where they would be slow or would lose the way in which
the formula was written: extrema, relations, signs and pieces stay as they stand. Sizes are checked before SymPy sees
them, so that no short text makes a long computation. Every number in the text must turn out finite and real.
"""

from propcheck.language.building import power
from propcheck.language.constants import OUTPUT, RESERVED, X, with_output
from propcheck.language.functions import FUNCTIONS
from propcheck.language.printing import show, told
from propcheck.language.reading import Condition, defined_where, lost_conditions, names, parse, parse_condition

__all__ = [
    "Condition",
    "FUNCTIONS",
    "OUTPUT",
    "RESERVED",
    "X",
    "defined_where",
    "lost_conditions",
    "names",
    "parse",
    "parse_condition",
    "power",
    "show",
    "told",
    "with_output",
]
