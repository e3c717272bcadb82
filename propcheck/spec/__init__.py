"""A specification: what is said of one activation function, and by whom, in one TOML file.

    name = "elu"                    # lower case, digits, underscores; the file's own name in the catalogue
    title = "ELU"                   # how it is printed
    expression = "x if x >= 0 else a*(exp(x) - 1)"          # or [units], never both
    inputs = ["x", "y"]             # of a gated unit, whose claims.derivative is a table by input; left out of others
    source = "paper, eq. 14"
    aliases = []
    note = ""                       # what a reader has to know beside the formula
    paper = 12                      # its place in the paper, for the paper's own functions

    [parameters.a]
    role = "constant"               # constant | trained | random
    default = 1.0                   # a number, or an exact text such as "1/3" or "sqrt(2)"
    range = "a >= 0"                # comparisons of the parameter with numbers, joined by `and`
    distribution = "uniform(0, 1)"  # of a random parameter, in place of the default; or "normal(mean, variance)"

    [units]                         # the largest of k linear units, on a line: max_j (weights_j x + biases_j)
    k = 2
    weights = [1, -1]
    biases = [0, "1/2"]

    [table]                         # or the function by its knots, in place of the expression
    kind = "linear"                 # step | linear | cubic | hermite | bspline; `spec.knots` says what each is
    knots = [-2, 0, 2.5]
    values = [0, 0.5, "7/3"]
    slopes = []                     # of the kind hermite
    csv = "table.csv"               # in place of the lists: knot, value and slope a line, in a file beside the spec
    outside = "constant"            # constant | linear | undefined
    plus = "0.3*x*sigmoid(x)"       # a formula that is added to it

    [quantize]                      # outputs of an expression, of units or of steps in whole numbers of so many bits
    bits = 8                        # signed: scale*(q - zero_point), q from -128 to 127, ties to the even one
    scale = 0.0625
    zero_point = 0

    [quantize.input]                # the same of inputs, of at most 12 bits, with or without that of outputs
    bits = 8
    scale = 0.0625

    [presets.NAME]                  # further units, with a title; the target is then `maxout:NAME`

    [claims]                        # each is checked; CLAIMS below lists the keys and what each asks
    parity = "odd"
    range = {is = "(0, 1)", source = "section 1.1", quote = "the values lie in (0, 1)"}
    said_by = "paper"               # whose claims these are; one's own unless given
    within = "1e-9"                 # by how much numbers and formulas may be off; exactly meant unless given

    [claims.on."[-8, 8]"]           # what is claimed on this interval
    range = "[-1, 1]"

A claim is a bare value, a table with `is`, or a list of such tables, since a text may say two things about one key. Its
table may also hold `at` (values of parameters, or of `x`, at which it is meant), `on` (intervals on which it is meant),
`reading` (how words that are no formula were put as a question), `said_by` and `within`, where these are not those of
the others. What others said is checked as one's own is, and fails no gate unless asked.

Everything here is text until it is asked for, so that the catalogue can be listed without SymPy.
"""

from propcheck.spec.catalogue import Catalogue, catalogue, choose, find
from propcheck.spec.data import (
    CLAIMS,
    CRITERIA,
    NAME,
    ROLES,
    WHOSE,
    Claim,
    Parameter,
    Quantize,
    Spec,
    Units,
    bind,
    claimable,
)
from propcheck.spec.entries import Entry, folder, index, names
from propcheck.spec.exact import Distribution, Interval, bound, constant, interval, normal, points, span, spelled
from propcheck.spec.knots import Table
from propcheck.spec.reading import SpecError, claim, from_text, load, read

__all__ = [
    "CLAIMS",
    "CRITERIA",
    "Catalogue",
    "Claim",
    "Distribution",
    "Entry",
    "Interval",
    "NAME",
    "Parameter",
    "Quantize",
    "ROLES",
    "Spec",
    "SpecError",
    "Table",
    "Units",
    "WHOSE",
    "bind",
    "bound",
    "catalogue",
    "choose",
    "claim",
    "claimable",
    "constant",
    "find",
    "folder",
    "from_text",
    "index",
    "interval",
    "load",
    "names",
    "normal",
    "points",
    "read",
    "span",
    "spelled",
]
