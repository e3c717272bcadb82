#!/usr/bin/env python3
"""Checks certificates, which state facts of a real function g over the whole line: python3 check_certificate.py FILE...

This one page is all that has to be trusted, beside Python's integers and fractions. From top to bottom:
  1 reading      the formula's text becomes a tree; a number is the rational that it spells
  2 Field        exact values: quotients of polynomials in x, pi, primes, exp(.), log(.), ...; 0 is known as such
  3 Box          [lo, hi] over one common denominator, rounded outward; one fixed number keeps its Field beside it
  4 Tail         sums of c t^p log(t)^r exp(-q1 t^j1 - ...) that hold for all t >= T, each c a Box
  5 Taylor       one short walk computes g, g', g''/2, ... in any of the three
  6 the line     cuts, which may be irrational, part it into cells and two tails; branches are decided, never trusted
  7 claims       one function each; it returns in words what it has confirmed
A certificate gives cuts and witnesses; a cell that is too wide is halved here. What is not shown is refused: to refuse
a true claim is a weakness, to accept a false one would be a fault. The file of a stranger costs limited work.
"""

import ast
import json
import math
import re
import sys
from fractions import Fraction as Q
from functools import cmp_to_key, lru_cache
from itertools import pairwise
from typing import Any

LONGEST, DEEPEST, MOST_NODES, HIGHEST, MOST_BITS, MOST_TERMS = 6000, 200, 3000, 64, 4096, 8
MOST_WORK = 6_000_000  # products of numbers, about: a minute


class Refused(Exception):
    """A claim is not confirmed; the message says why, and where."""


class Unknown(Refused):
    """This is not decided on so wide a cell, or not in these terms."""


class Work:
    left = MOST_WORK


def spend(amount):
    Work.left -= amount
    if Work.left < 0:
        raise Refused("it takes more work than is allowed")


# ------------------------------------------------------------------------------------------------ 1 reading


class Node:
    """A part of a formula: `op` of `args`. Equal parts are one object, so that `is` compares them."""

    known = {}

    def __init__(self, op, args):
        self.op, self.args, inner = op, args, [part for part in args if isinstance(part, Node)]
        self.depth = 1 + max((part.depth for part in inner), default=0)
        self.free = op == "x" or any(part.free for part in inner)
        if self.depth > DEEPEST or len(Node.known) > MOST_NODES:
            raise Refused("the formula is too large")


def node(op, *args):
    numbers = [part.args[0] for part in args if isinstance(part, Node) and part.op == "num"]
    if op in ("+", "*") and len(numbers) == 2:
        op, args = "num", (numbers[0] + numbers[1] if op == "+" else numbers[0] * numbers[1],)
    elif op == "pow":
        if abs(args[1]) > HIGHEST or args[1].denominator > 10**6:
            raise Refused("a power is too high")
        if args[1] == 1:
            return args[0]
        if args[1] == 2 and args[0].op in ("sin", "cos"):  # (1 -+ cos(2 u))/2, in which u stands once
            turn = node("cos", node("*", num(2), args[0].args[0]))
            return node("*", num(Q(1, 2)), minus(num(1), turn) if args[0].op == "sin" else node("+", num(1), turn))
        if numbers and args[1].denominator == 1 and (numbers[0] or args[1] > 0):
            op, args = "num", (numbers[0] ** int(args[1]),)
    if op == "num" and max(abs(args[0].numerator), args[0].denominator).bit_length() > MOST_BITS:
        raise Refused("a number is too long")
    if (op, args) not in Node.known:
        Node.known[op, args] = Node(op, args)
    return Node.known[op, args]


def num(value):
    return node("num", Q(value))


def minus(a, b=None):
    """a - b; -a."""
    return node("*", num(-1), a) if b is None else node("+", a, minus(b))


PRIMITIVE = ("exp", "log", "sin", "cos", "atan", "erf", "sigmoid", "softplus")
SUGAR = {
    "ln": "log(x)", "sqrt": "x**(1/2)", "expm1": "exp(x) - 1", "log1p": "log(1 + x)", "tan": "sin(x)/cos(x)",
    "sinh": "(exp(x) - exp(-x))/2", "cosh": "(exp(x) + exp(-x))/2", "tanh": "2*sigmoid(2*x) - 1",
    "asinh": "log(x + sqrt(x**2 + 1))", "acosh": "log(x + sqrt(x**2 - 1))", "atanh": "log((1 + x)/(1 - x))/2",
    "asin": "atan(x/sqrt(1 - x**2))", "acos": "pi/2 - asin(x)", "erfc": "1 - erf(x)", "relu": "max(0, x)",
    "softsign": "x/(1 + abs(x))", "gelu": "x/2*(1 + erf(x/sqrt(2)))", "abs": "x if x >= 0 else -x",
    "sign": "1 if x > 0 else (-1 if x < 0 else 0)", "heaviside": "1 if x > 0 else (0 if x < 0 else 1/2)",
    "max": "x if x >= y else y", "min": "y if x >= y else x",
}  # fmt: skip
RELATIONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
NUMBER = re.compile(r"(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,2})?")


def read(text, names):
    """The tree of a formula's text. Nothing is evaluated as Python; what is not in the language is refused."""
    if not isinstance(text, str) or len(text) > LONGEST or not text.isascii():
        raise Refused(f"a formula is an ASCII text of at most {LONGEST} characters")
    text = " ".join(text.split()).replace("^", "**")

    def value(part):
        made = any_(part)
        return node("if", made, num(1), num(0)) if made.op in TESTS else made

    def test(part):
        made = any_(part)
        if made.op not in TESTS:
            raise Refused(f"{text[part.col_offset : part.end_col_offset][:40]!r} is no condition")
        return made

    def any_(part):
        spelled = text[part.col_offset : part.end_col_offset]
        match part:
            case ast.Constant(value=bool() as truth):
                return node("and" if truth else "or")
            case ast.Constant() if NUMBER.fullmatch(spelled):
                return num(spelled)
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op):
                return minus(value(part.operand)) if isinstance(op, ast.USub) else value(part.operand)
            case ast.UnaryOp(op=ast.Not()):
                return node("not", test(part.operand))
            case ast.BinOp(op=ast.Add()):
                return node("+", value(part.left), value(part.right))
            case ast.BinOp(op=ast.Sub()):
                return minus(value(part.left), value(part.right))
            case ast.BinOp(op=ast.Mult()):
                return node("*", value(part.left), value(part.right))
            case ast.BinOp(op=ast.Div()):
                return node("*", value(part.left), node("pow", value(part.right), Q(-1)))
            case ast.BinOp(op=ast.Pow()):
                base, r = value(part.left), value(part.right)
                return node("pow", base, r.args[0]) if r.op == "num" else node("exp", node("*", r, node("log", base)))
            case ast.IfExp():
                return node("if", test(part.test), value(part.body), value(part.orelse))
            case ast.BoolOp(op=op, values=values):
                return node("and" if isinstance(op, ast.And) else "or", *map(test, values))
            case ast.Compare(ops=ops) if all(type(op) in RELATIONS for op in ops):
                sides = pairwise(map(value, (part.left, *part.comparators)))
                return node("and", *(node(RELATIONS[type(op)], *pair) for op, pair in zip(ops, sides, strict=True)))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return called(name.lower().replace("arc", "a"), args)
        raise Refused(f"{spelled[:40]!r} is not in the language, or has no value")

    def called(name, args):
        if name == "piecewise" and all(isinstance(pair, ast.Tuple) and len(pair.elts) == 2 for pair in args):
            made = node("undefined")
            for pair in reversed(args):
                made = node("if", test(pair.elts[1]), value(pair.elts[0]), made)
            return made
        values = [value(arg) for arg in args]
        if name in ("max", "min") and values:
            made = values.pop(0)
            for other in values:
                made = read(SUGAR[name], {"x": made, "y": other})
            return made
        if len(values) == 1 and name in PRIMITIVE:
            return node(name, *values)
        if len(values) == 1 and name in SUGAR:
            return read(SUGAR[name], {"x": values[0], "pi": node("pi")})
        raise Refused(f"{name[:40]}() of {len(values)} arguments is not in the language")

    try:
        return value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused(f"the formula {text[:60]!r} cannot be read: {error}") from None


TESTS = ("and", "or", "not", *RELATIONS.values())

# ------------------------------------------------------------------------------------------------ 2 Field


class Field:
    """An exact value: a quotient of polynomials in kernels. Where its `top` is empty the value is 0.

    A polynomial is {monomial: rational}, a monomial ((kernel, exponent), ...); kernels are numbered in KERNELS, each a
    function of a Field. Exponents are rational: exp(u)^c stands for exp(c u), and u^c with 0 < c < 1 for a root. A wave
    is a sum of powers of exp(i u), for which two kernels stand that are no numbers above 0.
    """

    def __init__(self, top, den=None):
        self.top, self.den = {m: c for m, c in top.items() if c}, den or {(): Q(1)}

    def key(self):
        return frozenset(self.top.items()), frozenset(self.den.items())

    def like(self, box):
        if box.exact is None:
            raise Unknown("a constant without an exact value")
        return box.exact

    def __add__(self, other):
        if self.den == other.den:
            return quotient({m: self.top.get(m, 0) + other.top.get(m, 0) for m in self.top | other.top}, self.den)
        return Field(times(self.top, other.den), d := times(self.den, other.den)) + Field(times(other.top, self.den), d)

    def __mul__(self, other):
        if self.den == other.top:
            return quotient(self.top, other.den)
        if other.den == self.top:
            return quotient(other.top, self.den)
        return quotient(times(self.top, other.top), times(self.den, other.den))

    def scaled(self, q, n=1):
        return Field({m: c * q / n for m, c in self.top.items()}, self.den)

    def leading(self):
        return self.top[max(self.top)] if self.top else Q(0)

    def positive(self, *kinds):
        """(monomial, coefficient) where that is all, the coefficient above 0, the kernels of kinds that are above 0."""
        (mono, c), *rest = self.top.items() or [((), Q(0))]
        plain = not rest and c > 0 and self.den == {(): 1}
        return (mono, c) if plain and all(KERNELS[k][0] in ("prime", "pi", "exp", *kinds) for k, _ in mono) else None

    def above(self):
        """Is it seen to be above 0 wherever it is a number? By products of what is so, and by abs erf < 1."""
        lows = {}
        for part in (self.top, self.den):
            for mono, c in part.items():
                others = [(k, e) for k, e in mono if KERNELS[k][0] not in ("prime", "pi", "exp")]
                if others and not (len(others) == 1 and KERNELS[others[0][0]][0] == "erf" and others[0][1] == 1):
                    return False
                known = part is self.den, tuple(pair for pair in mono if pair not in others)
                lows[known] = lows.get(known, 0) + (-abs(c) if others else c)
        return bool(self.top) and all(low >= 0 for low in lows.values())

    def call(self, op):
        spend(10)
        if isinstance(op, tuple):
            return self.raised(op[1])
        if op == "sigmoid":
            return (ONE + self.scaled(-1).call("exp")).raised(Q(-1))
        if op in ("exp", "log", "softplus"):
            return self.exp() if op == "exp" else self.log() if op == "log" else (ONE + self.exp()).log()
        if op in ("sin", "cos"):
            there, back = (self * IMAGINARY).exp(), (self.scaled(-1) * IMAGINARY).exp()
            return (there + back).scaled(1, 2) if op == "cos" else (there + back.scaled(-1)) * IMAGINARY.scaled(-1, 2)
        if not self.top:
            return ZERO
        sign = 1 if self.leading() > 0 else -1
        inner = self.scaled(sign)
        made = PI.scaled(1, 4) if op == "atan" and inner.top == inner.den else term(op, inner)
        return made.scaled(sign)

    def raised(self, r):
        if r.denominator == 1:
            base, made = self if r >= 0 else quotient(self.den, self.top), ONE
            for _ in range(abs(int(r))):
                made = made * base
            return made
        if not self.top and r > 0:
            return self
        if found := self.positive():
            parts = (tuple((k, e * r) for k, e in part) for part in (found[0], factors(found[1])))
            return settled({merged(*parts): Q(1)})
        size, whole = abs(self.leading()), math.floor(r)
        root = term("root", self.scaled(1 / size), r - whole)
        return rational(size).raised(r) * root * self.scaled(1 / size).raised(Q(whole))

    def exp(self):
        made = ONE
        for mono, c in self.top.items():
            alone = self.den == {(): 1} and len(mono) == 1 and mono[0][1] == 1 and KERNELS[mono[0][0]][0] == "log"
            if alone:
                made = made * KERNELS[mono[0][0]][1].raised(c)
            elif Field({mono: Q(1)}, self.den).key() == (IMAGINARY * PI).key():
                made = made * settled({((TURN, c),): Q(1)})
            else:  # a turn is no number above 0
                turns = any(KERNELS[k][0] in ("unit", "turn") for k, _ in mono)
                made = made * term("turn" if turns else "exp", Field({mono: Q(1)}, self.den), c)
        return made

    def log(self):
        if not self.top:
            raise Unknown("a logarithm of 0")
        if found := self.positive("root"):
            made = ZERO
            for k, e in (*found[0], *factors(found[1])):
                op, inner = KERNELS[k]
                base = rational(inner) if op == "prime" else PI if op == "pi" else inner
                made = made + (inner if op == "exp" else term("log", base)).scaled(e)
            return made
        size = abs(self.leading())
        return rational(size).log() + term("log", self.scaled(1 / size))


KERNELS, NUMBERS = [], {}


def kernel(op, inner=None):
    key = (op, inner.key() if isinstance(inner, Field) else inner)
    if key not in NUMBERS:
        NUMBERS[key] = len(KERNELS)
        KERNELS.append((op, inner))
    return NUMBERS[key]


def term(op, inner=None, exponent=Q(1)):
    return Field({((kernel(op, inner), exponent),): Q(1)})


def rational(q):
    return Field({(): Q(q)})


def factors(q):
    """q > 0 as ((kernel, exponent), ...) of its factors: primes, and what is left of a number too long to split."""
    found = {}
    for n, sign in ((q.numerator, 1), (q.denominator, -1)):
        p = 2
        while n > 1:
            while n % p and p * p <= n and p < 2000:
                p += 1
            p = p if n % p == 0 else n
            found[p], n = found.get(p, 0) + sign, n // p
    return tuple(sorted((kernel("prime", p), Q(e)) for p, e in found.items() if e))


def merged(a, b):
    made = dict(a)
    for k, e in b:
        made[k] = made.get(k, 0) + e
    return tuple(sorted((k, e) for k, e in made.items() if e))


def times(a, b):
    spend(4 * len(a) * len(b))
    if len(a) * len(b) > 1000:
        raise Unknown("an exact value that is too long")
    made = {}
    for m, c in a.items():
        for n, d in b.items():
            made[both] = made.get(both := merged(m, n), 0) + c * d
    if any(max(abs(c.numerator), c.denominator).bit_length() > MOST_BITS for c in made.values()):
        raise Unknown("an exact value that is too long")
    return {m: c for m, c in made.items() if c}


def quotient(top, den):
    """top/den in its usual form: relations are used, and the denominator's least monomial becomes 1."""
    below = settled(den)
    if below.den != {(): 1}:
        return quotient(times(top, below.den), below.top)
    if not below.top:
        raise Unknown("a division by 0")
    unit = {tuple((k, -e) for k, e in min(below.top)): 1 / below.top[min(below.top)]}
    den, above = times(below.top, unit), settled(times(top, unit))
    if den == {(): 1} or not above.top:
        return above
    return ONE if above.top == den and above.den == {(): 1} else Field(above.top, times(above.den, den))


def settled(top):
    """A polynomial in which whole powers of roots are expanded."""
    made, rest = {}, []
    for mono, c in top.items():
        for place, (k, e) in enumerate(mono):
            op, inner = KERNELS[k]
            if op in ("prime", "root", "unit") and not 0 < e < 1:
                base, whole = rational(inner) if op == "prime" else inner, math.floor(e)
                left = ((k, e - whole),) if e != whole else ()
                rest.append(settled({mono[:place] + left + mono[place + 1 :]: c}) * base.raised(Q(whole)))
                break
        else:
            made[mono] = c
    return sum(rest, Field(made))


ZERO, ONE, PI = rational(0), rational(1), term("pi")
TURN = kernel("unit", rational(-1))  # its power c is exp(pi i c)
IMAGINARY = Field({((TURN, Q(1, 2)),): Q(1)})

# ------------------------------------------------------------------------------------------------ 3 Box


class Box:
    """The reals from lo/D to hi/D. With `exact` it is one fixed number, and lo and hi are bounds of it."""

    D: int = 1 << 160
    step: Any = None  # of a tail's beginning, where single points are looked at: t = start + k step, k = 0, 1, ...
    start: Any = None

    def __init__(self, lo, hi, exact: Any = None):
        self.lo, self.hi, self.exact = lo, hi, exact
        if exact is not None and not exact.top:
            self.lo = self.hi = 0
        if hi > LARGEST or lo < -LARGEST:
            raise Unknown("a number that is too large")

    @staticmethod
    def of(q, exact=True):
        top = q.numerator * Box.D
        return Box(top // q.denominator, -(-top // q.denominator), rational(q) if exact else None)

    def like(self, box):
        return box

    def __add__(self, other):
        exact = None if self.exact is None or other.exact is None else exactly(Field.__add__, self.exact, other.exact)
        return Box(self.lo + other.lo, self.hi + other.hi, exact)

    def __sub__(self, other):
        return self + other.scaled(-1)

    def __mul__(self, other):
        exact = None if self.exact is None or other.exact is None else exactly(Field.__mul__, self.exact, other.exact)
        a, b, c, d = self.lo, self.hi, other.lo, other.hi
        ends = (a * c, b * d) if a >= 0 and c >= 0 else sorted((a * c, a * d, b * c, b * d))
        return Box(ends[0] // Box.D, -(-ends[-1] // Box.D), exact)

    def scaled(self, q, n=1):
        """The product with q/n."""
        p, n, exact = q.numerator, q.denominator * n, self.exact
        lo, hi = (self.lo * p, self.hi * p) if p >= 0 else (self.hi * p, self.lo * p)
        return Box(lo // n, -(-hi // n), None if exact is None else exact.scaled(p, n))

    def loose(self):
        """The same numbers, none of them fixed."""
        return Box(self.lo, self.hi)

    def sign(self):
        """1, -1 or 0 where that is the sign of every number in it; else None."""
        return 1 if self.lo > 0 else -1 if self.hi < 0 else 0 if self.lo == self.hi == 0 else None

    def __str__(self):
        return f"{self.lo / Box.D:.9g}"

    def raised(self, r):
        """Whole powers of all numbers but 0^-n, others of numbers that are not negative."""
        if r < 0:
            made = self.raised(-r)
            if made.lo <= 0 <= made.hi:
                raise Unknown("a division by what may be 0")
            return Box(Box.D**2 // made.hi, -(-(Box.D**2) // made.lo))
        a, b, n = self.lo, self.hi, r.numerator
        if r.denominator == 1 and n % 2 == 0:
            a, b = 0 if a <= 0 <= b else min(abs(a), abs(b)), max(abs(a), abs(b))
        if a < 0 and r.denominator > 1:
            raise Unknown("a root of what may be negative")
        if r.denominator > 2:  # exp(r log(u)), which is at least 0, and grows
            ends = [Box(u, u).call("log").scaled(r).call("exp") if u else Box(0, 0) for u in (a, b)]
            return Box(ends[0].lo, ends[1].hi)
        lo, hi = (a**n // Box.D ** (n - 1), -(-(b**n) // Box.D ** (n - 1))) if n else (Box.D, Box.D)
        if r.denominator == 1:
            return Box(lo, hi)
        return Box(math.isqrt(lo * Box.D), math.isqrt(hi * Box.D - 1) + 1 if hi else 0)

    def call(self, op):
        spend(20)
        exact = exactly(lambda a: a.call(op), self.exact)
        if op in ("sigmoid", "softplus"):  # 1/(1 + exp(-u)), log(1 + exp(u)): u stands once, so that they are sharp
            inner = Box(Box.D, Box.D) + self.scaled(-1 if op == "sigmoid" else 1).loose().call("exp")
            made = inner.raised(Q(-1)) if op == "sigmoid" else inner.call("log")
        elif op in ("sin", "cos"):  # no slope is above 1
            middle = (self.lo + self.hi) // 2
            (lo, hi), far = at(op, middle, Box.D), self.hi - middle
            made = Box(max(lo - far, -Box.D), min(hi + far, Box.D))
        elif isinstance(op, tuple):
            made = self.raised(op[1])
        else:  # a function that grows
            made = Box(at(op, self.lo, Box.D)[0], at(op, self.hi, Box.D)[1])
        return Box(made.lo, made.hi, exact)


def exactly(work, *fields):
    """The exact value, where all that it comes from have one; None too where it is too long, or cannot be said."""
    try:
        return None if None in fields else work(*fields)
    except Unknown:
        return None


LARGEST = 1 << 2 * MOST_BITS


@lru_cache(100_000)
def at(op, n, D):
    """Bounds of f(n/D) in units of 1/D, from Boxes on a grid 2^w times as fine, where each step is rounded out."""
    spend(20)
    x = n / D if abs(n) < D << 500 else math.copysign(1e9, n)
    if op == "log" and n <= 0:
        raise Unknown("a logarithm of what may not be positive")
    if abs(x) > 4000 and op not in ("log", "atan", "erf"):
        if op == "exp" and x > 0:
            raise Unknown("exp of a number that is too large")
        return (0, 1) if op == "exp" else (-D, D)
    size = {"atan": 0, "erf": min(abs(x), 16), "log": abs(math.log(max(n, 1)) - math.log(D))}.get(op, abs(x))
    whole = int(size) + 1
    halvings = whole.bit_length() + 8
    w = 40 + 2 * halvings + (2 * whole * whole if op == "erf" else 2 * whole)
    try:
        Box.D = D << w
        made = FINE[op](Box(n << w, n << w), halvings)
    finally:
        Box.D = D
    return made.lo >> w, -(-made.hi >> w)


def series(term, square, ratio):
    """term (1 + r(1) s + r(1) r(2) s^2 + ...): from where abs(r s) stays below 1/2, the rest is below the last term."""
    made, k = term, 0
    while True:
        k += 1
        p, q = ratio(k)
        term = (term * square).scaled(p, q)
        made = made + term
        if max(term.hi, -term.lo) <= 1 and 2 * abs(p) * max(square.hi, -square.lo) <= q * Box.D:
            return made + Box(-1, 1)


def fine_exp(x, halvings):
    made = series(Box(Box.D, Box.D), x.scaled(1, 2**halvings), lambda k: (1, k))
    for _ in range(halvings):
        made = made * made
    return made


def fine_turn(x, halvings):
    """sin and cos of x/2^halvings, which is then doubled."""
    one, y = Box(Box.D, Box.D), x.scaled(1, 2**halvings)
    sin, cos = (series(u, y * y, lambda k, m=m: (-1, 2 * k * (2 * k + m))) for u, m in ((y, 1), (one, -1)))
    for _ in range(halvings):
        sin, cos = (sin * cos).scaled(2), one - (sin * sin).scaled(2)
    return sin, cos


def fine_odd(z, sign):
    """z + sign z^3/3 + z^5/5 + ... for abs z <= 1/4: atanh for 1, atan for -1."""
    if not -Box.D <= 4 * z.lo <= 4 * z.hi <= Box.D:
        raise Unknown("a series far from its centre")
    return series(z, z * z, lambda k: (sign * (2 * k - 1), 2 * k + 1))


def fine_log(x, _):
    """y + 2 atanh((f - 1)/(f + 1)), f = x exp(-y), for any y near log(x)."""
    one, near = Box(Box.D, Box.D), Q(math.log(x.lo) - math.log(Box.D))
    f = x * fine_exp(Box.of(-near, False), int(abs(near)).bit_length() + 9)
    return Box.of(near, False) + fine_odd((f - one) * (f + one).raised(Q(-1)), 1).scaled(2)


def fine_atan(x, _):
    one = Box(Box.D, Box.D)
    for _ in range(4):  # atan(y) = 2 atan(y/(1 + sqrt(1 + y^2)))
        x = x * (one + (one + x.raised(Q(2))).raised(Q(1, 2))).raised(Q(-1))
    return fine_odd(x, -1).scaled(16)


def fine_erf(x, _):
    """2/sqrt(pi) exp(-x^2) (x + x 2 x^2/3 + ...); 1 - erf(16) is below exp(-256)."""
    if abs(x.lo) > 16 * Box.D:
        far = Box(Box.D, Box.D) - Box(0, Box.D).scaled(1, 2**360)
        return far if x.lo > 0 else far.scaled(-1)
    square = x.raised(Q(2))
    root = fine_atan(Box(Box.D, Box.D), 0).raised(Q(-1, 2))  # 2/sqrt(pi)
    return series(x, square, lambda k: (2, 2 * k + 1)) * fine_exp(square.scaled(-1), 18) * root


FINE = {"exp": fine_exp, "sin": lambda x, h: fine_turn(x, h)[0], "cos": lambda x, h: fine_turn(x, h)[1]}
FINE |= {"log": fine_log, "atan": fine_atan, "erf": fine_erf}


def pi_box():
    return Box(*at("atan", Box.D, Box.D), PI.scaled(Q(1, 4))).scaled(4)


# ------------------------------------------------------------------------------------------------ 4 Tail

RATES = {}  # key of an exact value -> its Box


class Monomial(tuple):
    """(((j1, key of q1), ...), p, r), the largest power j first; equal ones are one object."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


MONOMIALS = {}


def monomial(*parts):
    return MONOMIALS.setdefault(parts, Monomial(parts))


FLAT = monomial((), 0, 0)  # 1


def rated(box):
    if box.exact is None:
        raise Unknown("a rate without an exact value")
    RATES[box.exact.key()] = box
    return box.exact.key()


@lru_cache(None)
def joined(a, b, r: Any = 1):
    """The product of a monomial with the r-th power of another."""
    rates = dict(a[0])
    for j, key in b[0]:
        rates[j] = rated(RATES[rates[j]] + RATES[key].scaled(r) if j in rates else RATES[key].scaled(r))
    kept = sorted(((j, key) for j, key in rates.items() if RATES[key].exact.top), reverse=True)
    return monomial(tuple(kept), a[1] + b[1] * r, a[2] + b[2] * r)


@lru_cache(None)
def growth(mono):
    """1, 0 or -1 where the monomial tends to infinity, is 1, tends to 0."""
    if not mono[0]:
        return ((mono[1] or mono[2]) > 0) - ((mono[1] or mono[2]) < 0)
    sign = RATES[mono[0][0][1]].sign()
    if not sign:
        raise Unknown("a rate of unknown sign")
    return -sign


@lru_cache(None)
def ceiling(mono, T):
    """[0, m(T)] for a monomial that falls from T on: t m'/m = p + r/log(t) - sum j q t^j is at most 0."""
    (rates, p, r), log, sure = mono, T.call("log"), Box(0, 0)
    for j, key in rates:  # beside the first rate, one below 0 counts most at T
        rate = RATES[key].loose() if j == rates[0][0] else Box(min(RATES[key].lo, 0), 0)
        sure = sure + (rate * T.raised(j - rates[0][0])).scaled(j)
    slope = Box.of(p, False) + log.raised(Q(-1)).scaled(max(r, 0))
    if sure.lo < 0 or (slope - Box(sure.lo, sure.lo) * T.raised(rates[0][0] if rates else Q(0))).hi > 0:
        raise Unknown("the tail begins too early")
    size, power = T.raised(p) * log.raised(r), sum((RATES[key].loose() * T.raised(j) for j, key in rates), Box(0, 0))
    return Box(0, (size * power.scaled(-1).call("exp") if rates else size).hi)  # one exp, of what is left of all rates


class Tail:
    """A function of t, for all t >= T: the sum of c m(t) over its terms {m: c}.

    A c with an exact value is that number; any other may vary with t within its Box.
    """

    def __init__(self, T, terms):
        spend(len(terms))
        self.T, self.terms = T, {m: c for m, c in terms.items() if c.sign() != 0}
        order = self.order() if len(self.terms) > MOST_TERMS else []
        while len(order) > MOST_TERMS:  # the least is taken up by the next
            m = order.pop()
            self.terms[order[-1]] += self.terms.pop(m) * ceiling(joined(m, order[-1], -1), T)

    def like(self, box):
        return Tail(self.T, {FLAT: box})

    def __add__(self, other):
        both = {m: self.terms[m] + c for m, c in other.terms.items() if m in self.terms}
        return Tail(self.T, self.terms | other.terms | both)

    def __mul__(self, other):
        made = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                both = joined(m, n)
                made[both] = made[both] + c * d if both in made else c * d
        return Tail(self.T, made)

    def scaled(self, q, n=1):
        return Tail(self.T, {m: c.scaled(q, n) for m, c in self.terms.items()})

    def order(self):
        """The monomials, the greatest first."""
        return sorted(self.terms, key=cmp_to_key(lambda m, n: -growth(joined(m, n, -1))))

    def bracket(self):
        """(m, Box): the function is m times a number in the Box, m its greatest monomial."""
        first, *others = self.order() or [FLAT]
        total = self.terms.get(first, Box(0, 0))
        for m in others:
            total = total + self.terms[m] * ceiling(joined(m, first, -1), self.T)
        return first, total

    def parted(self):
        """(terms that grow, the constant, what tends to 0)."""
        grow, fall = ({m: c for m, c in self.terms.items() if growth(m) == sign} for sign in (1, -1))
        return grow, self.terms.get(FLAT, Box(0, 0, ZERO)), Tail(self.T, fall)

    def span(self):
        """A Box of all values, and of the constant."""
        grow, total, fall = self.parted()
        if grow:
            raise Unknown("a tail that is not bounded")
        for m, c in fall.terms.items():
            total = total + c * ceiling(m, self.T)
        return total.loose()

    def limit(self):
        """Its limit: 1 or -1 for an infinite one, else a Box."""
        grow, constant, _ = self.parted()
        found = self.bracket()[1].sign() if grow else constant
        if not found or not grow and constant.exact is None:
            raise Unknown("a tail without a known limit")
        return found

    def call(self, op):
        spend(50)
        grow, constant, fall = self.parted()
        if isinstance(op, tuple):
            return self.raised(op[1])
        if not grow and not (op == "log" and constant.sign() == 0):
            return expanded(op, constant, fall)
        if op in ("sin", "cos"):
            return self.still(op, grow, constant, fall) or self.like(Box(-Box.D, Box.D))
        first, box = self.bracket()
        sign, one = box.sign(), self.like(Box.of(1))
        if not sign:
            raise Unknown("a tail of unknown sign")
        if op == "exp":
            return self.exp(grow, constant, fall, first, box)
        if op == "log":
            return self.log(first, box)
        if op == "atan":
            return self.like(pi_box().scaled(sign, 2)) + self.raised(Q(-1)).call("atan").scaled(-1)
        away = self.scaled(sign)
        if op == "erf":  # erfc(a) = exp(-a^2)/(a sqrt(pi)) (1 - w/2 + 3 w^2/4 [0, 1]), w = 1/a^2
            square, w = away.raised(Q(2)), away.raised(Q(-2))
            sure = one + w.scaled(-1, 2) + w * w * self.like(Box(0, Box.D)).scaled(3, 4)
            unit = away.raised(Q(-1)) * self.like(pi_box().call(("pow", Q(-1, 2)))) * square.scaled(-1).call("exp")
            return (one + (unit * sure).scaled(-1)).scaled(sign)
        low = away.scaled(-1).call("exp")
        if op == "sigmoid":
            return (one + low).raised(Q(-1)) * (one if sign > 0 else low)
        return (one + low).call("log") + (self if sign > 0 else one.scaled(0))  # softplus

    def still(self, op, grow, constant, fall):
        """A wave of c t where c step is whole turns, for the points t = T + k step alone; None where it moves."""
        for (rates, p, r), c in grow.items():
            turns: Any = exactly(
                lambda a, b: a * b * PI.scaled(2).raised(Q(-1)), c.exact, self.T.step and self.T.step.exact
            )
            whole = turns and turns.leading()
            if rates or (p, r) != (1, 0) or not whole or turns.key() != rational(int(whole)).key():
                return None
            constant = constant + c * self.T.start
        return expanded(op, constant, fall)

    def raised(self, r):
        if not self.terms or 0 <= r <= 4 and r.denominator == 1:
            if r < 0:
                raise Unknown("a division by 0")
            made = self.like(Box.of(1)) if r.denominator == 1 else self
            for _ in range(int(r)):
                made = made * self
            return made
        first, box = self.bracket()
        if r.denominator != 1 and box.lo <= 0:
            raise Unknown("a root of what may be negative")
        c, unit = self.terms[first], Tail(self.T, {joined(FLAT, first, r): Box.of(1)})
        if c.exact is None or not c.sign():
            return unit * self.like(box.loose().raised(r))
        return unit * self.like(c.call(("pow", r))) * expanded(("pow", r), Box.of(1), self.beside(first))

    def beside(self, first):
        """What u/(c m) is above 1, for the greatest term c m of u."""
        over = Tail(self.T, {joined(FLAT, first, -1): self.terms[first].call(("pow", Q(-1)))})
        return Tail(self.T, {m: c for m, c in self.terms.items() if m != first}) * over

    def log(self, first, box):
        (rates, p, r), c = first, self.terms[first]
        if r or box.lo <= 0:
            raise Unknown("a logarithm of a logarithm, or of what may not be positive")
        made = Tail(
            self.T, {monomial((), j, 0): RATES[key].scaled(-1) for j, key in rates} | {monomial((), 0, 1): Box.of(p)}
        )
        if c.exact is None or c.lo <= 0:
            return made + self.like(box.loose().call("log"))
        return made + self.like(c.call("log")) + expanded("log", Box.of(1), self.beside(first))

    def exp(self, grow, constant, fall, first, box):
        """exp of fixed c t^p and c log(t) is a monomial; of what falls faster than -K t, it is below exp(-K t)."""
        mono = FLAT
        for (rates, p, r), c in grow.items():
            fixed = c.exact is not None and not rates
            exact: Any = c.exact
            if fixed and not r:
                mono = joined(mono, monomial(((p, rated(c.scaled(-1))),), 0, 0))
            elif fixed and (p, r) == (0, 1) and exact.key() == rational(exact.leading()).key():
                mono = joined(mono, monomial((), exact.leading(), 0))
            elif box.hi < 0 and growth(over := joined(monomial((), 1, 0), first, -1)) <= 0:  # t/m does not grow
                K = min(Q(-box.hi * 16 // ceiling(over, self.T).hi, 16), Q(1000))
                return Tail(self.T, {monomial(((1, rated(Box.of(K))),), 0, 0): Box(0, Box.D)})
            else:
                raise Unknown("exp of a tail that is not known well enough")
        return Tail(self.T, {mono: Box.of(1)}) * expanded("exp", constant, fall)


def expanded(op, centre, fall):
    """f(centre + fall) by Taylor: exact terms for an exact centre, and what remains in a Box."""
    inner = (fall + fall.like(centre)).span()
    if centre.exact is None or not fall.terms:
        return fall.like((inner if centre.exact is None else centre).call(op))
    known, rest = (call(op, [at, Box.of(1)], n) for at, n in ((centre, 2), (inner, 3)))
    made = fall.like(rest[3]) if len(rest) > 3 else fall.scaled(0)
    for c in reversed(known):
        made = made * fall + fall.like(c)
    return made


# ------------------------------------------------------------------------------------------------ 5 Taylor


def product(a, b, n):
    """The coefficients of a product, to order n; a list that is shorter ends in zeros."""
    spend(4 * n + 2)
    made = []
    for k in range(min(len(a) + len(b) - 1, n + 1)):
        parts = [a[i] * b[k - i] for i in range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1)]
        made.append(sum(parts[1:], parts[0]))
    return made


def summed(a, b):
    return [*map(lambda p, q: p + q, a, b), *a[len(b) :], *b[len(a) :]]


def call(op, u, n):
    """The coefficients of f(u), from those of u: (f(u))' = f'(u) u'."""
    if op == ("pow", 1):
        return u
    d = product(slope(op, u[:n], n - 1), derived(u), n - 1) if n and len(u) > 1 else []
    return [u[0].call(op), *(c.scaled(1, k) for k, c in enumerate(d, 1))]


def derived(u):
    """The coefficients of u'."""
    return [c.scaled(k) for k, c in enumerate(u)][1:]


def slope(op, u, n):
    """The coefficients of f'(u)."""
    one = [u[0].like(Box.of(1))]
    if isinstance(op, tuple):
        return [c.scaled(op[1]) for c in (call(("pow", op[1] - 1), u, n) if op[1] else one)]
    if op in ("exp", "sin", "softplus"):
        return call({"exp": "exp", "sin": "cos", "softplus": "sigmoid"}[op], u, n)
    if op == "cos":
        return [c.scaled(-1) for c in call("sin", u, n)]
    if op == "log":
        return call(("pow", Q(-1)), u, n)
    if op == "sigmoid":
        made = call("sigmoid", u, n)
        return product(made, summed(one, [c.scaled(-1) for c in made]), n)
    square = call(("pow", Q(2)), u, n)
    if op == "atan":
        return call(("pow", Q(-1)), summed(one, square), n)
    unit = u[0].like(pi_box().call(("pow", Q(-1, 2))).scaled(2))  # erf
    return [c * unit for c in call("exp", [c.scaled(-1) for c in square], n)]


CONSTANTS = {}


def taylor(tree, x, n, memo):
    """g, g', g''/2, ..., to order n, in the arithmetic of x = [x, 1]; what follows the end of a shorter list is 0."""
    if tree not in memo:
        memo[tree] = walked(tree, x, n, memo) if tree.free else [x[0].like(constant(tree))]
    return memo[tree]


def walked(tree, x, n, memo):
    op, args = tree.op, tree.args
    if op in ("x", "num", "pi", "parameter"):
        if op == "parameter":
            return [Box(Box.of(args[0]).lo, Box.of(args[1]).hi, term(op, args[2]))]
        return x[: n + 1] if op == "x" else [Box.of(args[0]) if op == "num" else pi_box()]
    inner = [taylor(part, x, n, memo) for part in args if isinstance(part, Node)]
    if op in ("+", "*"):
        return summed(inner[0], inner[1]) if op == "+" else product(inner[0], inner[1], n)
    if op in PRIMITIVE or op == "pow":
        return call(("pow", args[1]) if op == "pow" else op, inner[0], n)
    raise Unknown(f"a branch that is not resolved ({op})")


def constant(tree):
    """The Box of a tree without x, with its exact value."""
    if tree not in CONSTANTS:
        CONSTANTS[tree] = walked(tree, [Box.of(0)], 0, {})[0]
    return CONSTANTS[tree]


# ------------------------------------------------------------------------------------------------ 6 the line

TRUE = {"<": ("<",), "<=": ("<", "<=", "=="), "==": ("==",), ">=": (">", ">=", "=="), ">": (">",), "!=": ("<", ">")}
NOT = {"<": ">=", "<=": ">", "==": "!=", ">=": "<", ">": "<=", "!=": "=="}
MEMOS = {}  # what has been computed on a cell


class Place:
    """Where a tree is asked: at a fixed number, which is a and b; between a and b; from a on; or up to b.

    With a step only the points at so many steps from the end are meant.
    """

    def __init__(self, a: Any = None, b: Any = None, step: Any = None):
        self.a: Any
        self.b: Any
        self.x: Any = a
        self.a, self.b, self.ray, self.cell = a, b, a is None or b is None, False
        if self.ray:
            start: Any = self.b.scaled(-1) if a is None else a
            T = start.loose()
            T.start, T.step = start, step
            self.x = Tail(T, {monomial((), 1, 0): Box.of(-1 if a is None else 1)})
        elif a is not b:
            self.cell, self.x = True, Box(self.a.lo, self.b.hi)

    def taylor(self, tree, n=0) -> list[Any]:
        """The values of g to its n-th derivative, of all points, the ends of a cell too."""
        memo = MEMOS.setdefault((self.a.lo, self.b.hi, n), {}) if self.cell else {}
        one = self.x.like(Box.of(1))
        found = taylor(tree, [self.x, one], n, memo)
        return [(found[k] if k < len(found) else one.scaled(0)).scaled(math.factorial(k)) for k in range(n + 1)]

    def lows(self, tree, n=0, bound: Any = None):
        """Lower bounds of a derivative h of g less a number, the quick ones first; on a ray their signs count alone.

        On a cell h(x) = h(c) + h'(.) (x - c) = h(c) + h'(c) (x - c) + h''(.) (x - c)^2/2, for any c in it.
        """
        less = bound.scaled(-1) if bound else Box(0, 0, ZERO)
        over = self.taylor(tree, n)[n] + self.x.like(less)
        yield over.bracket()[1].lo if self.ray else over.lo
        if self.ray and not over.parted()[0]:
            yield over.span().lo
        if not self.cell:
            return
        a, b, m = self.a, self.b, (self.a.lo + self.b.hi) // 2
        _, h1, h2 = self.taylor(tree, n + 2)[n:]

        def low(c, away):
            value, rate, bend = Place(c, c).taylor(tree, n + 2)[n:]
            value = value + less
            ends = [value + h1 * away, value + rate * away + (away.raised(Q(2)) * h2).scaled(1, 2)]
            if h2.lo > 0:  # the least value of a parabola
                ends.append(value - rate.raised(Q(2)) * Box(2 * h2.lo, 2 * h2.lo).raised(Q(-1)))
            return max(end.lo for end in ends), value, m - rate.lo * Box.D // max(bend.lo, 1)

        found, _, best = low(Box(m, m), self.x + Box(-m, -m))
        yield found
        if h2.lo > 0:  # near the least value
            best = min(max(best, a.lo), b.hi)
            yield low(Box(best, best), self.x + Box(-best, -best))[0]
        for c, away in ((a, Box(0, b.hi - a.lo)), (b, Box(a.lo - b.hi, 0))):
            found, value, _ = low(c.loose(), away)
            yield found
            if value.lo <= 0 <= value.hi:
                yield low(c, away)[0]

    def known(self, tree):
        """What is known of the tree against 0; in a cell or on a ray, at its inner points."""
        value = self.taylor(tree)[0]
        if (value.bracket()[1] if self.ray else value).sign() == 0:
            return "=="
        for one, sign in ((tree, ">"), (minus(tree), "<")):
            best = None
            for low in self.lows(one):
                if low > 0:
                    return sign
                best = 0 if low == 0 else best
            if best == 0:  # where it has a slope of one sign, it is 0 at an end only
                rate: Any = self.taylor(tree, 1)[1] if self.ray or self.cell else Box(0, 0)
                return sign if (rate.bracket()[1] if self.ray else rate).sign() else sign + "="
        raise Unknown("a comparison")

    def __str__(self):
        return f"[{self.a}, {self.b}]".replace("None", "inf")


def resolved(tree, where, memo):
    """The tree without branches that it is there: each test is decided in the place."""
    if tree not in memo:
        if tree.op == "if":
            memo[tree] = resolved(tree.args[1 if holds(tree.args[0], where, memo) else 2], where, memo)
        else:
            parts = [resolved(part, where, memo) if isinstance(part, Node) else part for part in tree.args]
            memo[tree] = node(tree.op, *parts)
    return memo[tree]


def holds(test, where, memo):
    if test.op == "not":
        return not holds(test.args[0], where, memo)
    if test.op in ("and", "or"):
        found = (holds(part, where, memo) for part in test.args)
        return all(found) if test.op == "and" else any(found)
    found = where.known(minus(*(resolved(part, where, memo) for part in test.args)))
    if found not in TRUE[test.op] and found not in TRUE[NOT[test.op]]:
        raise Unknown("a comparison")
    return found in TRUE[test.op]


def at_least(value, bound):
    """value >= bound, by their bounds or since they are exactly equal."""
    return value.lo >= bound.hi or same(value, bound, False)


def same(a, b, sure=True):
    """Are two fixed numbers equal? Where that is not decided it is refused, or False."""
    apart = exactly(lambda p, q: p + q.scaled(-1), a.exact, b.exact)
    if apart is not None and not apart.top:
        return True
    if sure and a.lo <= b.hi and b.lo <= a.hi:
        raise Unknown("whether two numbers are equal")
    return False


def halved(work, a, b, depth, reason):
    """Does the work on [a, b], or else on its halves."""
    spend(10)
    if len(MEMOS) > 2000:
        MEMOS.clear()
    try:
        if work(a, b):
            return
    except Unknown:
        pass
    middle = Box.of(Q(a.lo + b.hi, 2 * Box.D))
    if not depth or not a.hi < middle.lo <= middle.hi < b.lo:
        raise Refused(f"{reason} on [{a}, {b}]")
    halved(work, a, middle, depth - 1, reason)
    halved(work, middle, b, depth - 1, reason)


class Line:
    """A function on the whole line, parted at cuts: `pieces` are the places, each with the tree that it is there.

    `joints` are the numbers of the cuts across which it is not one tree; at others it is what it is on the closed cell.
    """

    def __init__(self, tree, cuts):
        self.tree, self.pieces = tree, []
        self.part(None, cuts[0])
        for a, b in pairwise(cuts):
            halved(self.part, a, b, 12, "a branch is not decided")
        self.part(cuts[-1], None)
        self.cuts = [place.b for place, _ in self.pieces[:-1]]
        trees = [own for _, own in self.pieces]
        here = [resolved(tree, Place(cut, cut), {}) for cut in self.cuts]
        self.joints = [k for k, own in enumerate(here) if not trees[k] is own is trees[k + 1]]

    def part(self, a, b):
        place = Place(a, b)
        self.pieces.append((place, resolved(self.tree, place, {})))
        return True

    def value(self, x):
        """g at a fixed number."""
        place = Place(x, x)
        return place.taylor(resolved(self.tree, place, {}))[0]

    def values(self, x, n):
        """The one-sided values of a derivative at a fixed number, on the pieces that surely hold it."""
        trees = [
            tree for place, tree in self.pieces
            if (place.a is None or at_least(x, place.a)) and (place.b is None or at_least(place.b, x))
        ]  # fmt: skip
        return [Place(x, x).taylor(tree, n)[n] for tree in dict.fromkeys(trees)] if n else [self.value(x)]

    def sides(self, n, joints=None):
        """(cut, value of a derivative on the left, value of g, value on the right) at each joint."""
        for cut, left, right in ((self.cuts[k], *self.pieces[k : k + 2]) for k in joints or self.joints):
            place = Place(cut, cut)
            yield cut, place.taylor(left[1], n)[n], self.value(cut), place.taylor(right[1], n)[n]

    def least(self, n, bound, strict=False, only_rays=False):
        """Shows that the derivative is at least the bound, or above it, everywhere."""
        sure = lru_cache(None)(lambda tree: above(tree, n, bound))
        shows = lambda place, tree: any(low >= strict for low in place.lows(tree, n, bound)) or sure(tree)  # noqa: E731
        for place, tree in self.pieces:
            if not place.ray and not only_rays:
                work = lambda a, b, tree=tree: shows(Place(a, b), tree)  # noqa: E731
                halved(work, place.a, place.b, 14, "the bound is not shown")
            elif place.ray and not shows(place, tree):
                raise Refused(f"the bound is not shown on {place}")
        values = (self.value(self.cuts[k]) + bound.scaled(-1) for k in self.joints)
        if n == 0 and not only_rays and not all(value.lo >= strict for value in values):
            raise Refused("the bound does not hold at a cut")

    def defined(self):
        """Shows that g is a number everywhere, and analytic but at the cuts."""
        for place, tree in self.pieces:
            if place.ray:
                place.taylor(tree)
            else:
                work = lambda a, b, tree=tree: analytic(tree, a, b)  # noqa: E731
                halved(work, place.a, place.b, 14, "g is not shown to be analytic")
        for k in self.joints:
            self.value(self.cuts[k])

    def flat(self, n):
        """For each piece of a function that is `defined`: is the derivative 0 all over it, not at single points?"""
        trees, made = [tree for _, tree in self.pieces], []
        for k, (place, tree) in enumerate(self.pieces):
            made.append(identical(tree, n))
            if place.ray:  # what is analytic across the cut is known from the cell beside it
                elsewhere = tree is trees[1 if place.a is None else -2] or place.taylor(tree, n)[n].bracket()[1].sign()
            else:
                points = (place.a.hi + (place.b.lo - place.a.hi) * k // 16 for k in (1, 6, 11))
                elsewhere = any(Place(x := Box(p, p), x).taylor(tree, n)[n].sign() for p in points)
            if not made[-1] and not elsewhere:
                raise Refused(f"a derivative may be 0 on {place}")
        return made

    def continuous(self):
        for cut, left, value, right in self.sides(0):
            if not (same(left, value) and same(value, right)):
                raise Refused(f"g is not continuous at {cut}")

    def along(self, start, step, n):
        """The limit of a derivative at start + k step, k = 0, 1, 2, ...: a Box, 1 or -1."""
        right = step.sign() == 1
        place, tree = self.pieces[-1 if right else 0]
        if not (right and at_least(start, place.a) or step.sign() == -1 and at_least(place.b, start)):
            raise Refused("the points are not on a ray")
        row = Place(start, None, step) if right else Place(None, start, step.scaled(-1))
        return row.taylor(tree, n)[n].limit()


def formal(tree, n=0):
    """A derivative of the tree, as a Field; what follows from it formally counts only where the tree is defined."""
    found = taylor(tree, [term("x"), ONE], n, {})
    return found[n].scaled(math.factorial(n)) if n < len(found) else ZERO


def above(tree, n, bound):
    """Is the derivative of a tree formally more than a bound?"""
    found = exactly(lambda b: formal(tree, n) + b.scaled(-1), bound.exact)
    return found is not None and found.above()


def identical(tree, n=0, other=None, m=0):
    """Is the derivative of a tree that of the other tree, formally?"""
    return not (formal(tree, n) + (formal(other, m).scaled(-1) if other else ZERO)).top


def analytic(tree, a, b):
    """Are all parts of a tree defined on [a, b], and roots taken of numbers above 0 only?"""
    memo = {}
    taylor(tree, [Place(a, b).x, Box.of(1)], 0, memo)
    roots = [part for part in memo if part.op == "pow" and part.free and part.args[1].denominator > 1]
    return all(memo[part.args[0]][0].lo > 0 for part in roots)


# ------------------------------------------------------------------------------------------------ 7 claims

SIDES = ("left", "right")


class Case:
    """A claim that is being checked, with its evidence, in terms of the function."""

    def __init__(self, tree, names, cuts, fact):
        self.tree, self.names, self.said = tree, names, {**fact["claim"], **fact["evidence"]}
        if set(fact["claim"]) & set(fact["evidence"]):
            raise Refused("a key stands in the claim and in its evidence")
        self.cuts = [self.number(text, 200) for text in self.said.pop("cuts", cuts)]
        if not 2 <= len(self.cuts) <= 200 or any(a.hi >= b.lo for a, b in pairwise(self.cuts)):
            raise Refused("cuts are 2 to 200 numbers in their order")
        if self.cuts[0].hi > -3 * Box.D or self.cuts[-1].lo < 3 * Box.D:
            raise Refused("the first cut is at most -3, the last at least 3")
        self.line = Line(tree, self.cuts)
        self.kind = self.said.pop("property")

    def take(self, *keys):
        """The values of these keys; any other is refused."""
        if unknown := set(self.said) - set(keys):
            raise Refused(f"the key {sorted(unknown)[0]!r} is not known here")
        return [self.said.get(key) for key in keys]

    def mirror(self):
        """The line of -g."""
        return Line(minus(self.tree), self.cuts)

    def formula(self, text, free=True):
        return read(text, {name: tree for name, tree in self.names.items() if free or name != "x"})

    def number(self, text, longest=30):
        """The Box of a text that spells a fixed number, with its exact value where that is short."""
        tree = resolved(self.formula(text, False), Place(here := Box.of(0), here), {})
        long = tree.op == "num" and tree.args[0].denominator.bit_length() > longest
        return Box.of(tree.args[0], False) if long else constant(tree)

    def bounds(self, said):
        """The ends of a claimed number: one text, or two between which it lies."""
        lo, hi = map(self.number, said if isinstance(said, list) else (said, said))
        return lo, hi

    def within(self, value, said):
        """Is a value, or a limit, what a claim says?"""
        if said in ("inf", "-inf") or not isinstance(value, Box):
            return value == {"inf": 1, "-inf": -1}.get(str(said))
        lo, hi = self.bounds(said)
        return at_least(value, lo) and at_least(hi, value)

    def reached(self, line, at, n):
        """The values of a derivative at a witness; its limit on a side, or along the points [start, step]."""
        if at in SIDES:
            place, tree = line.pieces[-(at == "right")]
            return [place.taylor(tree, n)[n].limit()]
        return [line.along(*map(self.number, at), n)] if isinstance(at, list) else line.values(self.number(at), n)


def order(n):
    if n not in (0, 1, 2) or isinstance(n, bool):
        raise Refused("the order of a derivative is 0, 1 or 2")
    return n


def worded(said):
    return said if isinstance(said, str) else f"in [{said[0]}, {said[1]}]"


def span(case):
    """inf and sup of g, g' or g''; one-sided values at cuts count for g' and g''."""
    n, *rest = case.take("order", "inf", "sup", "inf_attained", "sup_attained", "inf_at", "sup_at")
    told = []
    for sign, name, said, attained, at in ((1, "inf", *rest[0::2]), (-1, "sup", *rest[1::2])):
        if said is None:
            continue
        line, point = case.line if sign > 0 else case.mirror(), isinstance(at, str) and at not in SIDES
        values = case.reached(line, at, order(n))
        told.append(f"{name} {worded(said)}{ {True: ', attained', False: ', not attained'}.get(attained, '') }")
        if attained not in (True, False, None) or attained and not point:
            raise Refused(f"the {name} is not shown to be attained")
        if said == ("-inf" if sign > 0 else "inf"):
            if values != [-1]:
                raise Refused(f"the {name} is not shown to be infinite")
            continue
        lo, hi = case.bounds(said) if sign > 0 else [end.scaled(-1) for end in reversed(case.bounds(said))]
        line.least(n, lo)
        if not any(isinstance(value, Box) and at_least(hi, value) for value in values):
            raise Refused(f"the {name} is not reached at its witness")
        if attained and not same(lo, hi, False):  # it lies in a compact part, on which the function is continuous
            line.least(n, hi, strict=True, only_rays=True)
            if n == 0:
                line.continuous()
        if attained is False:
            if point:
                raise Refused(f"the {name} is not shown to be approached only")
            line.least(n, values[0], strict=True)
    if not told:
        raise Refused("there is neither inf nor sup")
    return f"g{n * chr(39)} has {' and '.join(told)}"


def lipschitz(case):
    value, at = case.take("value", "at")
    if value == "inf":
        rows = [
            row
            for row in case.line.sides(0)
            if isinstance(at, str) and at not in SIDES and same(row[0], case.number(at))
        ]
        jump = any(not same(row[1], row[2]) or not same(row[2], row[3]) for row in rows)
        if not jump and (rows or case.reached(case.line, at, 1)[0] not in (1, -1)):
            raise Refused("g neither jumps there nor has an unbounded slope")
        return "no Lipschitz constant is finite"
    lo, hi = case.bounds(value)
    case.line.continuous()
    case.line.least(1, hi.scaled(-1))
    case.mirror().least(1, hi.scaled(-1))
    if not any(at_least(s.scaled(k), lo) for s in case.reached(case.line, at, 1) for k in (1, -1)):
        raise Refused("the constant is not reached at its witness")
    return f"the Lipschitz constant is {worded(value)}"


def shape(case):
    """Monotone or convex, by the sign of g' or g'' and what happens at cuts; or neither, by values at points."""
    value, first, second = case.take("value", "up", "down")
    if value == "none":
        for sign, (a, b) in ((1, map(case.number, first)), (-1, map(case.number, second))):
            g, middle = case.line.value, (a + b).scaled(1, 2)
            bend = g(b) + (g(a) - g(middle).scaled(2) if case.kind == "convexity" else g(a).scaled(-1))
            if a.hi >= b.lo or bend.sign() != sign:
                raise Refused("the values at the points do not show it")
        return f"g has no {case.kind}"
    n, words = (2, {"convex": 1, "concave": -1}) if case.kind == "convexity" else (
        1, {"increasing": 1, "non-decreasing": 1, "decreasing": -1, "non-increasing": -1, "constant": 1})  # fmt: skip
    line = case.line if words[value] > 0 else case.mirror()
    line.defined()
    line.least(n, Box.of(0))
    if n == 2 or value == "constant":
        line.continuous()
    for _, left, middle, right in line.sides(n - 1):
        if not (at_least(right, left) and (n == 2 or at_least(middle, left) and at_least(right, middle))):
            raise Refused("the step at a cut has the other sign")
    if value == "constant" and not all(line.flat(1)) or value in ("increasing", "decreasing") and any(line.flat(1)):
        raise Refused("g is constant elsewhere")
    return f"g is {value}"


def mirrored(tree, memo):
    """The tree of g(-x)."""
    if tree not in memo:
        parts = [mirrored(part, memo) if isinstance(part, Node) else part for part in tree.args]
        memo[tree] = minus(tree) if tree.op == "x" else node(tree.op, *parts)
    return memo[tree]


def parity(case):
    value, points = case.take("value", "at")
    if value == "none":
        for sign in (1, -1):
            sums = (case.line.value(p) + case.line.value(p.scaled(-1)).scaled(sign) for p in map(case.number, points))
            if not any(total.sign() for total in sums):
                raise Refused("the values at the points do not show it")
        return "g is neither odd nor even"
    other = mirrored(case.tree, {})
    equal_everywhere(case, {"odd": minus(other), "even": other}[value])
    return f"g is {value}"


def equal_everywhere(case, other, n=0):
    """g, or a derivative of it but at cuts, is the other function, on each piece by a formal identity."""
    second = Line(other, case.line.cuts)
    first = Line(case.tree, second.cuts)
    first.defined()
    second.defined()
    for k, ((place, a), (_, b)) in enumerate(zip(first.pieces, second.pieces, strict=True)):
        if not identical(a, n, b) and not (identical(a, n + 1, b, 1) and meet(first, second, k, n)):
            raise Refused(f"no identity is found on {place}")
    joints = sorted({*first.joints, *second.joints})
    for (cut, *steps), (_, left, _, right) in zip(first.sides(0, joints), first.sides(1, joints), strict=True):
        smooth = n == 0 or same(steps[0], steps[1]) and same(steps[1], steps[2]) and same(left, right)
        if smooth and not same(left if n else steps[1], second.value(cut)):
            raise Refused(f"the values at {cut} differ")


def meet(first, second, k, n):
    """Have two functions one value at a cut, or at 0, where both are what they are on the k-th piece?"""
    trees = [(a, b) for (_, a), (_, b) in zip(first.pieces, second.pieces, strict=True)]
    low = next((i for i in range(k, 0, -1) if trees[i - 1] != trees[k]), 0)
    high = next((i for i in range(k, len(trees) - 1) if trees[i + 1] != trees[k]), len(trees) - 1)
    zero, ends = Box.of(0), first.cuts[max(low - 1, 0) : high + 1]
    inside = (not low or zero.lo >= ends[0].hi) and (high == len(trees) - 1 or ends[-1].lo >= zero.hi)
    places, (one, two) = (Place(x, x) for x in (*ends, *([zero] if inside else []))), trees[k]
    return any(same(place.taylor(one, n)[n], place.taylor(two)[0], False) for place in places)


def equal(case):
    """g, or its derivative, is another formula."""
    (text,) = case.take("formula")
    equal_everywhere(case, case.formula(text), 1 if case.kind == "derivative" else 0)
    return f"g{chr(39) * (case.kind == 'derivative')} is {text}"


def affine(case):
    value, formula, points = case.take("value", "formula", "at")
    if value is True:
        tree = case.formula(formula)
        equal_everywhere(case, tree)
        if not identical(tree, 2):
            raise Refused("the formula is not affine")
        return f"g is affine, {formula}"
    a, b, c = map(case.number, points)
    f = case.line.value
    if value is not False or not ((f(b) - f(a)) * (c - b) - (f(c) - f(b)) * (b - a)).sign():
        raise Refused("three points do not show that g is not affine")
    return "g is not affine"


def limits(case):
    """Limits on the sides; or none, where g tends to two things along two rows of points."""
    n, left, right, points = case.take("order", "left", "right", "along")
    told = []
    for said, name in ((left, "left"), (right, "right")):
        if said == "none":
            rows = [list(map(case.number, row)) for row in points]
            one, two = (case.line.along(*row, order(n)) for row in rows)
            apart = not same(one, two) if isinstance(one, Box) and isinstance(two, Box) else one != two
            if any(step.sign() != (1 if name == "right" else -1) for _, step in rows) or not apart:
                raise Refused(f"there may be a limit on the {name}")
        elif said is not None and not case.within(case.reached(case.line, name, order(n))[0], said):
            raise Refused(f"the limit on the {name} is another")
        if said is not None:
            told.append(f"{'no limit' if said == 'none' else worded(said)} on the {name}")
    if not told:
        raise Refused("there is no limit in it")
    return f"g{n * chr(39)} tends to {' and to '.join(told)}"


def smoothness(case):
    said, breaks = case.take("class", "breaks")
    case.line.defined()
    rows, orders = [list(case.line.sides(n)) for n in range(4)], {}
    for k, (cut, left, value, right) in enumerate(rows[0]):
        (_, before), (_, after) = case.line.pieces[case.line.joints[k] :][:2]
        items = [item for item in breaks if same(case.number(item["at"]), cut, False)]
        if not items and not (same(left, value) and same(value, right) and identical(before, 0, after)):
            raise Refused(f"a break at {cut} that is not stated, or may be one")
        for item in items:
            n = item["order"]
            if set(item) != {"at", "order", "left", "right"} or n not in (0, 1, 2, 3) or isinstance(n, bool):
                raise Refused("a break has at, order (0 to 3), left and right")
            joins = [same(rows[i][k][1], rows[i][k][3]) for i in range(n + 1)]
            joins[0] = joins[0] and same(left, value)
            if joins != [True] * n + [False]:
                raise Refused(f"the break at {cut} is not of order {n}")
            if not (case.within(rows[n][k][1], item["left"]) and case.within(rows[n][k][3], item["right"])):
                raise Refused(f"a value beside {cut} is another")
            orders[k] = n
    found = f"C^{min(orders.values()) - 1}".replace("C^-1", "discontinuous") if orders else "C^inf"
    if len(breaks) != len(orders) or said != found:
        raise Refused("the class is another, or a break lies at no cut")
    told = ", ".join(f"{item['at']} (order {item['order']})" for item in breaks)
    return f"g is {said}, analytic everywhere" + (f" but at {told}" if breaks else "")


def region(case):
    """All intervals on which g, or g', is identically 0; elsewhere it is 0 at single points at most."""
    (intervals,) = case.take("intervals")
    case.line.defined()
    n, found = 1 if case.kind == "dead_region" else 0, []
    for (place, _), flat in zip(case.line.pieces, case.line.flat(n), strict=True):
        if flat and found and found[-1][1] is place.a:
            found[-1][1] = place.b
        elif flat:
            found.append([place.a, place.b])
    for said, ends in zip(intervals, found, strict=True):
        for text, end, infinite in zip(said, ends, ("-inf", "inf"), strict=True):
            if text != infinite if end is None else not same(case.number(text), end):
                raise Refused("the intervals are others")
    return f"g{chr(39) * n} is 0 on {', '.join(f'[{a}, {b}]' for a, b in intervals) or 'no interval'}"


MOMENTS = {"mean": (0, 1), "second_moment": (0, 2), "derivative_mean": (1, 1), "derivative_second_moment": (1, 2)}
HIGH = 10  # the order, which is even, of the expansions under an integral


def gaussian(case):
    """E[g(z)], E[g(z)^2], and of g', for z ~ N(0, 1): integrals of expansions on cells, and of what is below B/t^2."""
    said = {key: text for key, text in zip(MOMENTS, case.take(*MOMENTS), strict=True) if text is not None}
    asked, density = {key: case.bounds(text) for key, text in said.items()}, case.formula("exp(-x**2/2)/sqrt(2*pi)")
    total, sums = case.cuts[-1].hi - case.cuts[0].lo, dict.fromkeys(asked, Box(0, 0))

    def expansions(x, tree, n):
        one = x.like(Box(Box.D, Box.D))
        g, weight = (taylor(part, [x, one], n + 1, {}) for part in (tree, density))
        both = g, derived(g) or [one.scaled(0)]
        for key in asked:
            order, power = MOMENTS[key]
            yield key, product(product(both[order], both[order], n) if power == 2 else both[order], weight, n)

    def integral(a, b, tree):
        x, centre = Place(a, b).x, Box(*[(a.lo + b.hi) // 2] * 2)
        low, high = a.loose() - centre, b.loose() - centre
        powers = [(high.raised(Q(k)) - low.raised(Q(k))).scaled(1, k) for k in range(1, HIGH + 2)]
        sure = {key: c[HIGH] * powers[HIGH] for key, c in expansions(x, tree, HIGH)}  # (x - centre)^HIGH is not below 0
        if not narrow(sure, b.hi - a.lo):
            return False
        for key, c in expansions(centre, tree, HIGH - 1):
            sure[key] = sum((p * q for p, q in zip(powers, c, strict=False)), sure[key])
        return added(sure, b.hi - a.lo)

    def narrow(parts, share):
        widths = ((part.hi - part.lo, asked[key][1].lo - asked[key][0].hi) for key, part in parts.items())
        return all(4 * total * width <= share * wanted for width, wanted in widths)

    def added(parts, share):
        sums.update({key: sums[key] + part for key, part in parts.items()} if narrow(parts, share) else {})
        return narrow(parts, share)

    for place, tree in (case.line.pieces[0], case.line.pieces[-1]):
        square, T = place.x * place.x, place.x.T
        if not added({k: (u[0] * square).span() * T.raised(Q(-1)) for k, u in expansions(place.x, tree, 0)}, total):
            raise Refused("the tails may weigh too much")
    for place, tree in case.line.pieces[1:-1]:
        halved(
            lambda a, b, tree=tree: integral(a, b, tree), place.a, place.b, 14, "an integral is not known well enough"
        )
    if not asked or not all(case.within(sums[key], text) for key, text in said.items()):
        raise Refused("a moment is another")
    names = (f"E[g{n * chr(39)}(z){'^2' * (power - 1)}]" for n, power in (MOMENTS[key] for key in asked))
    told = ", ".join(f"{name} {worded(said[key])}" for key, name in zip(asked, names, strict=True))
    return f"for z ~ N(0, 1), {told}"


CLAIMS = {
    "range": span, "lipschitz": lipschitz, "monotonicity": shape, "convexity": shape, "parity": parity,
    "affine": affine, "limits": limits, "smoothness": smoothness, "derivative": equal, "equal": equal,
    "dead_region": region, "zero_region": region, "gaussian": gaussian,
}  # fmt: skip
SCHEMA, KEYS = "propcheck.certificate/1", {"schema", "function", "parameters", "cuts", "facts"}


def fixed():
    return {"pi": node("pi"), "e": node("exp", num(1))}


def parameter(name, said, names):
    """A parameter's tree: its value, or any fixed number between two."""
    if not isinstance(said, list):
        return read(said, names)
    low, high = (read(text, names) for text in said)
    if low.op != "num" or high.op != "num" or low.args[0] > high.args[0]:
        raise Refused("a parameter lies between two rational numbers")
    return node("parameter", low.args[0], high.args[0], name)


def given(parameters):
    """What the claims hold for, in words."""
    return [f"{k} = {said}" if isinstance(said, str) else f"any {k} {worded(said)}" for k, said in parameters.items()]


def opened(data, work=MOST_WORK):
    """The tree of a certificate's function, and its names; the grid of Boxes is chosen from its numbers."""
    for table in (Node.known, CONSTANTS, RATES, MEMOS):
        table.clear()
    for cached in (joined, growth, ceiling):
        cached.cache_clear()
    Work.left, Box.D = work, 1 << 160
    given = {name: parameter(name, said, fixed()) for name, said in data["parameters"].items()}
    if any(name in ("x", "pi", "e") or not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,39}", name) for name in given):
        raise Refused("a parameter has no proper name")
    names = fixed() | given | {"x": node("x")}
    tree = read(data["function"], names)
    common = math.lcm(*(part.args[0].denominator for part in Node.known.values() if part.op == "num"))
    Box.D = math.lcm(1 << 160, common**2 if common.bit_length() < 200 else 1)
    return tree, names


def check(data, tell=lambda words: None, work=MOST_WORK):
    """Confirms a certificate, a claim at a time; Refused says which claim is not, and where."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or set(data) != KEYS or not data["facts"]:
        raise Refused(f"this is no certificate of the schema {SCHEMA} with {', '.join(sorted(KEYS))}")
    place = 0
    try:
        tree, names = opened(data, work)
        for fact in data["facts"]:
            place += 1
            if set(fact) != {"claim", "evidence"}:
                raise Refused("a fact has claim and evidence")
            tell(CLAIMS[fact["claim"]["property"]](Case(tree, names, data["cuts"], fact)))
    except (Refused, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as reason:
        raise Refused(f"fact {place}: {reason if isinstance(reason, Refused) else repr(reason)}") from None


def main(paths, tell=print):
    status = 0
    sys.setrecursionlimit(max(5000, sys.getrecursionlimit()))
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                data = json.loads(file.read(200_000))
            tell(", ".join((f"{path}: g(x) = {data['function']}", *given(data["parameters"]))))
            check(data, lambda words: tell(f"  confirmed: {words}"))
        except (Refused, LookupError, OSError, RecursionError, TypeError, ValueError) as reason:
            tell(f"  refused: {path}: {reason}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
