"""Derivatives and formulas as one prints them: equal to what was found, short, typeset as they are meant."""

from __future__ import annotations

import re

import mpmath
import pytest
import sympy

from propcheck import analyze, notation, spec, target
from propcheck.language import parse, show
from propcheck.report import phrases
from propcheck.report.notebook import sheets, text
from propcheck.verdict import InputError

PLACES = ("-7.3", "-2.1", "-0.6", "0.013", "0.4", "1.7", "5.1")
TOKEN = re.compile(
    r"\\(?:left|right)?(?P<size>[lr]vert)|\\(?:left|right)(?P<bracket>[()])|\\operatorname\{(?P<named>\w+)\}"
    r"|\\mathit\{(?P<italic>\w+)\}|\\text\{(?P<word>[^}]*)\}|\\begin\{(?P<begin>\w+)\}|\\end\{(?P<end>\w+)\}"
    r"|(?P<row>\\\\)|\\(?P<command>\w+)|(?P<number>\d+\.?\d*)|(?P<sign>[-+/(){}^_,&<>=])|(?P<letter>[a-zA-Z])|\s+"
)
CALLED = {"sigma": "sigmoid", "Phi": "ndtr", "arctan": "atan"} | {
    name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "ln", "max", "min")
}
RELATIONS = {"leq": "<=", "geq": ">=", "neq": "!="}


class Reader:
    """Reads LaTeX as a book's reader does: what stands side by side is multiplied."""

    def __init__(self, markup: str):
        self.tokens = [
            (found.lastgroup, found[found.lastgroup]) for found in TOKEN.finditer(markup) if found.lastgroup is not None
        ]
        assert re.sub(TOKEN, "", markup) == "", markup

    def next(self) -> tuple[str, str]:
        return self.tokens[0] if self.tokens else ("end of all", "")

    def take(self) -> tuple[str, str]:
        return self.tokens.pop(0)

    def group(self) -> str:
        """What stands in braces."""
        assert self.take() == ("sign", "{")
        inside = self.row()
        assert self.take() == ("sign", "}")
        return f"({inside})"

    def row(self) -> str:
        made, operand = "", False
        while True:
            kind, text = self.next()
            if kind in ("end of all", "end", "row") or (kind, text) in (("sign", "}"), ("sign", ")"), ("sign", "&")):
                return made
            if (kind, text) in (("size", "rvert"), ("bracket", ")")):
                return made
            if kind == "word":
                self.take()
                made, operand = made + {"if ": "", "otherwise": "True"}.get(text, text), False
            elif kind == "sign" and text in "-+/,<>=" or kind == "command" and text in {*RELATIONS, "cdot"}:
                self.take()
                made, operand = made + {**RELATIONS, "cdot": "*"}.get(text, text), False
            elif (kind, text) == ("sign", "^"):
                self.take()
                made += f"**{self.group()}"
            else:
                made, operand = f"{made}{'*' if operand else ''}{self.operand()}", True

    def operand(self) -> str:
        kind, text = self.take()
        if kind == "command" and text == "frac":
            return f"({self.group()}/{self.group()})"
        if kind == "command" and text == "sqrt":
            return f"sqrt{self.group()}"
        if kind == "named" or kind == "command" and text in CALLED and text != "sigma":
            return self.call(CALLED.get(text, text))
        if (kind, text) == ("command", "sigma") and self.next() in (("sign", "("), ("bracket", "(")):
            return self.call("sigmoid")
        if (kind, text) in (("sign", "("), ("bracket", "(")):
            inside = self.row()
            self.take()
            return f"({inside})"
        if kind == "size":
            inside = self.row()
            self.take()
            return f"abs({inside})"
        if kind == "begin":
            return self.cases()
        name = {"lambda": "lam"}.get(text, text)
        if self.next() == ("sign", "_"):
            self.take()
            name += f"_{self.group()[1:-1].replace('*', '')}"
        return name

    def call(self, name: str) -> str:
        exponent = ""
        if self.next() == ("sign", "^"):
            self.take()
            exponent = f"**{self.group()}"
        assert self.take()[1] == "("
        inside = self.row()
        self.take()
        return f"{name}({inside}){exponent}"

    def cases(self) -> str:
        made = []
        while self.next()[0] != "end":
            value = self.row()
            assert self.take() == ("sign", "&")
            made.append(f"({value}, {self.row()})")
            if self.next()[0] == "row":
                self.take()
        self.take()
        return f"Piecewise({', '.join(made)})"


def agree(one: str, other: str) -> None:
    """The two texts have the same values, at seven places and arbitrary parameters, to 30 digits."""
    names = sorted({*re.findall(r"\b[a-zA-Z]\w*\b", f"{one} {other}")} - spec_words())
    symbols = {name: sympy.Symbol(name, real=True) for name in names}
    values = {symbol: sympy.Rational(3 + 2 * place, 7) for place, symbol in enumerate(symbols.values())}
    made = [parse(text, symbols).subs(values) for text in (one, other)]
    for at in PLACES:
        with mpmath.workdps(40):
            found = [value(each, sympy.Rational(at)) for each in made]
        assert abs(found[0] - found[1]) <= mpmath.mpf(10) ** -30 * (1 + abs(found[0])), (one, other, at)


def value(made: sympy.Expr, at: sympy.Rational) -> mpmath.mpf:
    return mpmath.mpf(str(sympy.N(made.subs({symbol: at for symbol in made.free_symbols}), 40)))


def spec_words() -> set[str]:
    from propcheck.language import RESERVED

    return {*RESERVED, "x", "pi", "e", "if", "else", "and", "or", "not", "True", "False", "Piecewise"}


@pytest.mark.parametrize("name", [entry.name for entry in spec.index()])
def test_what_is_printed_of_a_function_is_what_was_found(name: str) -> None:
    try:
        about = (activation := target.activation(name)).to_json()
    except InputError:
        pytest.skip("it has two inputs")
    agree(about["derivative"], show(activation.derivative_expression()))
    agree(Reader(about["latex"]["expression"]).row(), show(activation.expression))
    agree(Reader(about["latex"]["derivative"]).row(), about["derivative"])


FORMS = {  # formula: its derivative in print
    "tanh": "1 - tanh(x)**2",
    "2/(1 + exp(-2*x)) - 1": "1 - tanh(x)**2",
    "1/(1 + exp(-x))": "sigmoid(x)*(1 - sigmoid(x))",
    "log(1 + exp(x))": "sigmoid(x)",
    "x/(1 + abs(x))": "1/(1 + abs(x))**2",
    "x*sigmoid(x)": "sigmoid(x)*(1 + x*(1 - sigmoid(x)))",
    "gelu": "1/2 + x*exp(-x**2/2)/sqrt(2*pi) + erf(x/sqrt(2))/2",
    "-log(1 + exp(-x))": "sigmoid(-x)",
    "exp(-x)": "-exp(-x)",
    "x/sqrt(2)": "1/sqrt(2)",
    "1 if x > 0 else x**3": "Piecewise((0, x >= 0), (3*x**2, True))",  # even on one side alone
    "x*abs(x - 1)": "Piecewise((2*x - 1, x >= 1), (1 - 2*x, True))",
}


@pytest.mark.parametrize("formula", FORMS)
def test_a_derivative_is_printed_shortly(formula: str) -> None:
    assert target.activation(formula).to_json()["derivative"] == FORMS[formula]


BRACKETS = [
    "-a*x", "a*-x", "2*3*x", "x*(1/2)", "1/2*x", "1 - (2 - x)", "1 - (2 + x)", "-(x + 1)", "-(-x)", "x**-2", "-x**2",
    "(-x)**2", "(x**2)**3", "x**2**3", "exp(x)**2", "sqrt(x**2)**3", "(2/x)**2", "1/(2/x)", "abs(x)*abs(x - 1)",
    "x/2/3", "-x/2", "exp(-x/2)", "exp((1 + x)/(2*pi))", "x**(1/2/3)*0 + x", "exp(-x**2/2)**2", "tanh(x)**2*x",
    "tanh(x**2)*(1+x)", "max(x, -x, 1)*2", "2*(x if x > 0 else (1 if x > -1 else 2))",
    "1 if x > 0 and (x < 1 or x > 3) else 2", "0.1*x", "1 if 0 < x <= 2 else 3", "sigma*sigmoid(x)", "beta*x",
    "scale*x", "a_1*x", "x*(-2)", "x - -2", "a/(b/x)", "a*(b + x)**2",
]  # fmt: skip


@pytest.mark.parametrize("said", BRACKETS)
def test_latex_means_what_the_text_means(said: str) -> None:
    agree(Reader(notation.latex(said) or "").row(), said)


@pytest.mark.parametrize("text", ["", "x +", "f()", "x[0]", "'a'", "é*x", "x" * 20_000, "a; b", "lambda x: x"])
def test_what_is_outside_the_language_is_not_typeset(text: str) -> None:
    assert notation.latex(text) is None


CONVENTIONS = {
    "relu": ["g'(0) := 1 by convention, the slope on the right: at 0 it jumps from 0 to 1"],
    "1/x": ["at 0 g is not defined, and has no slope"],
    "step": ["at 0 g jumps, and has no slope, whatever the formula says there"],
    "sqrt(abs(x))": ["at 0 g has no slope: it tends to -inf on the left and to inf on the right"],
    "0 if x < 0 else x**2": [],
    "gelu": [],
}


@pytest.mark.parametrize("formula", CONVENTIONS)
def test_a_card_says_what_the_slope_is_where_there_is_none(formula: str) -> None:
    record = analyze(formula, only=["smoothness", "domain"]).to_json()
    assert phrases.conventions(record["facts"]) == CONVENTIONS[formula]
    assert all(sentence in text.draw(sheets.KINDS["analysis"](record), 200) for sentence in CONVENTIONS[formula])


def test_what_is_claimed_of_a_criterion_is_said_in_words() -> None:
    said = [phrases.claimed({"claimed": claimed}) for claimed in ("+", "-", "~", "odd", True, "(0, 1/4)")]
    assert said == ["holds", "fails", "holds partly", "odd", "true", "(0, 1/4)"]
