"""The network's equations (26)-(34), each against SymPy's own differentiation of the loss.

The networks are small and explicit: matrices of symbols, an undefined function g[j] in each layer, the squared error.
In each equation the right-hand side is built from the true derivatives of the layer before it, and every entry of it is
compared with the true left-hand side: the two are polynomials in independent symbols and values of g and g', so their
difference expands to 0 or is none.

The text writes one dot for every product. Where it stands before g' the factors are columns of one shape, which have no
matrix product: there it is read elementwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.matrices.dense import MutableDenseMatrix as Matrix

from propcheck.language import show
from propcheck.processes.lazy import cached_property

WIDTHS = ((2, 3, 2), (1, 2, 2, 1))  # of the networks that an equation is proved on
SAMPLES = (1, 2)  # how many samples (26) takes the mean of

_ALPHA, _LAMBDA = sp.symbols("alpha lambda", positive=True)


class _Undefined(sp.Function):
    """A function of which nothing is known but that it has a derivative."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Function(f"{type(self).__name__}_slope")(self.args[0])


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample's forward pass by (27), and the true derivatives of its loss; lists are by layer, 0 the input."""

    network: Network
    number: int

    @cached_property
    def target(self) -> Matrix:
        return _symbols(f"y{self.number}_", self.network.widths[-1], 1)

    @cached_property
    def outputs(self) -> list[Matrix]:
        """a[0], ..., a[n]"""
        outputs = [_symbols(f"x{self.number}_", self.network.widths[0], 1)]
        for j in self.network.layers:
            outputs.append(self.network.activated(j, self.network.combined(j, outputs[-1])))
        return outputs

    @cached_property
    def z(self) -> list[Matrix]:
        """z[1], ..., z[n]"""
        return [Matrix(), *(self.network.combined(j, self.outputs[j - 1]) for j in self.network.layers)]

    @cached_property
    def slopes(self) -> list[Matrix]:
        """g[1]'(z[1]), ..., g[n]'(z[n])"""
        t = sp.Dummy("t")
        found = [Matrix()]
        for j in self.network.layers:
            slope = self.network.functions[j](t).diff(t)
            found.append(Matrix([slope.xreplace({t: at}) for at in self.z[j]]))
        return found

    @cached_property
    def loss(self) -> sp.Expr:
        return self._loss_of_output(self.outputs[-1])

    def _loss_of_output(self, output: Matrix) -> sp.Expr:
        return sum(((a - y) ** 2 for a, y in zip(output, self.target, strict=True)), sp.S.Zero) / 2

    def _loss_behind(self, j: int, output: Matrix) -> sp.Expr:
        """The loss as a function of the output of layer j."""
        for k in range(j + 1, len(self.network.widths)):
            output = self.network.activated(k, self.network.combined(k, output))
        return self._loss_of_output(output)

    @cached_property
    def da(self) -> list[Matrix]:
        """The derivatives of the loss by a[0], ..., a[n]."""
        found = []
        for j, width in enumerate(self.network.widths):
            free = _symbols("a", width, 1)
            slope = gradient(self._loss_behind(j, free), free)
            found.append(slope.xreplace(dict(zip(free, self.outputs[j], strict=True))))
        return found

    @cached_property
    def dz(self) -> list[Matrix]:
        """The derivatives of the loss by z[1], ..., z[n]."""
        found = [Matrix()]
        for j in self.network.layers:
            free = _symbols("z", self.network.widths[j], 1)
            slope = gradient(self._loss_behind(j, self.network.activated(j, free)), free)
            found.append(slope.xreplace(dict(zip(free, self.z[j], strict=True))))
        return found

    @cached_property
    def dw(self) -> list[Matrix]:
        """The derivatives of the loss by w[1], ..., w[n]."""
        return [gradient(self.loss, w) for w in self.network.weights]

    @cached_property
    def db(self) -> list[Matrix]:
        """The derivatives of the loss by b[1], ..., b[n]."""
        return [gradient(self.loss, b) for b in self.network.biases]


@dataclass(frozen=True, eq=False)
class Network:
    """A network with these widths, input first; lists are by layer, and their place 0 is empty."""

    widths: tuple[int, ...]

    @cached_property
    def samples(self) -> list[Sample]:
        return [Sample(self, number) for number in range(1, max(SAMPLES) + 1)]

    @property
    def layers(self) -> range:
        return range(1, len(self.widths))

    @property
    def hidden(self) -> range:
        return range(1, len(self.widths) - 1)

    @cached_property
    def functions(self) -> list[Any]:
        return [None, *(type(sp.Function)(f"g{j}", (_Undefined,), {}) for j in self.layers)]

    @cached_property
    def weights(self) -> list[Matrix]:
        return [Matrix(), *(_symbols(f"w{j}_", self.widths[j], self.widths[j - 1]) for j in self.layers)]

    @cached_property
    def biases(self) -> list[Matrix]:
        return [Matrix(), *(_symbols(f"b{j}_", self.widths[j], 1) for j in self.layers)]

    def combined(self, j: int, output: Matrix) -> Matrix:
        """z[j] of (27), from a[j-1]."""
        return self.weights[j] * output + self.biases[j]

    def activated(self, j: int, z: Matrix) -> Matrix:
        """a[j] of (27), from z[j]."""
        return z.applyfunc(self.functions[j])

    def objective(self, samples: Sequence[Sample]) -> sp.Expr:
        """J of (26)."""
        squares = sum((w**2 for j in self.layers for w in self.weights[j]), sp.S.Zero)
        return sum((sample.loss for sample in samples), sp.S.Zero) / len(samples) + _LAMBDA / 2 * squares

    def __str__(self) -> str:
        return "-".join(map(str, self.widths))


def gradient(loss: sp.Expr, by: Matrix) -> Matrix:
    """SymPy's derivative of the loss by each entry."""
    return by.applyfunc(lambda symbol: loss.diff(symbol))


def _symbols(name: str, rows: int, columns: int) -> Matrix:
    return Matrix(rows, columns, lambda r, c: sp.Symbol(f"{name}{r + 1}{c + 1 if columns > 1 else ''}", real=True))


# ---------------------------------------------------------------------------------------------- the equations

Pair = tuple[Matrix, Matrix]  # what is true, and what the equation says


def _equation_26(network: Network) -> Iterator[Pair]:
    for m in SAMPLES:
        samples = network.samples[:m]
        objective = network.objective(samples)
        for j in network.layers:
            w, b = network.weights[j], network.biases[j]
            yield gradient(objective, w), _mean([sample.dw[j] for sample in samples]) + _LAMBDA * w
            yield gradient(objective, b), _mean([sample.db[j] for sample in samples])


def _equation_27(network: Network) -> Iterator[Pair]:
    for j in network.layers:
        free = _symbols("a", network.widths[j - 1], 1)
        yield network.combined(j, free).jacobian(free), network.weights[j]
        z = _symbols("z", network.widths[j], 1)
        slopes = [network.functions[j](entry).diff(entry) for entry in z]
        yield network.activated(j, z).jacobian(z), Matrix(sp.diag(*slopes))


def _equation_28(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.layers:
        yield s.dz[j], s.da[j].multiply_elementwise(s.slopes[j])


def _equation_29(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.layers:
        yield s.dw[j], s.dz[j] * s.outputs[j - 1].T


def _equation_30(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.layers:
        yield s.db[j], s.dz[j]


def _equation_31(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.layers:
        yield s.da[j - 1], network.weights[j].T * s.dz[j]


def _equation_32(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.layers[1:]:
        yield s.dz[j - 1], (network.weights[j].T * s.dz[j]).multiply_elementwise(s.slopes[j - 1])


def _product(sample: Sample, j: int) -> Matrix:
    """What stands behind alpha in (34), and in (33) before the last factor."""
    network = sample.network
    return (network.weights[j + 1].T * sample.dz[j + 1]).multiply_elementwise(sample.slopes[j])


def _equation_33(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.hidden:
        w = network.weights[j]
        yield w - _ALPHA * s.dw[j], w - _ALPHA * (_product(s, j) * s.outputs[j - 1].T)


def _equation_34(network: Network) -> Iterator[Pair]:
    s = network.samples[0]
    for j in network.hidden:
        b = network.biases[j]
        yield b - _ALPHA * s.db[j], b - _ALPHA * _product(s, j)


def _mean(parts: Sequence[Matrix]) -> Matrix:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total / len(parts)


@dataclass(frozen=True)
class Equation:
    """One equation: its text, how it is read, what is proved of it, and the pairs of sides that prove it."""

    number: int
    stated: str
    reading: str
    proved: str
    pairs: Callable[[Network], Iterator[Pair]]
    sides: str = "SymPy's derivatives of the loss"


_ONE = "the loss of one sample, without the L2 term of (26)"
EQUATIONS = (
    Equation(
        26,
        "J(W, b) = (1/m) sum_i J(W, b; x_i, y_i) + (lambda/2) sum W^2",
        f"a definition; m = {' and '.join(map(str, SAMPLES))}",
        "dJ/dw[j] is the mean of the samples' dw[j] plus lambda w[j], and dJ/db[j] the mean of their db[j]",
        _equation_26,
        "SymPy's derivatives of J",
    ),
    Equation(
        27,
        "z[i] = w[i] a[i-1] + b[i]; a[i] = g[i](z[i])",
        "a definition; g elementwise",
        "the shapes conform, z[i] depends on a[i-1] linearly, by w[i], and a[i] on z[i] entry by entry, by g[i]'(z[i])",
        _equation_27,
        "SymPy's Jacobians",
    ),
    Equation(28, "dz[j] = da[j] * g[j]'(z[j])", f"elementwise; {_ONE}", "true in every layer", _equation_28),
    Equation(29, "dw[j] = dz[j] a[j-1]^T", _ONE, "true in every layer", _equation_29),
    Equation(30, "db[j] = dz[j]", _ONE, "true in every layer", _equation_30),
    Equation(31, "da[j-1] = w[j]^T dz[j]", _ONE, "true in every layer, the input's included", _equation_31),
    Equation(
        32,
        "dz[j-1] = w[j]^T dz[j] * g[j-1]'(z[j-1])",
        f"the last product elementwise; {_ONE}",
        "true in every layer but the first",
        _equation_32,
    ),
    Equation(
        33,
        "w = w[j] - alpha * (w[j+1]^T dz[j+1] * g[j]'(z[j])) a[j-1]^T",
        f"the product with g' elementwise; w is the new w[j]; {_ONE}",
        "w[j] - alpha dL/dw[j] in every hidden layer, where L is the loss of one sample; the last layer has no w[j+1]",
        _equation_33,
    ),
    Equation(
        34,
        "b = b[j] - alpha * w[j+1]^T dz[j+1] * g[j]'(z[j])",
        f"the product with g' elementwise; b is the new b[j]; {_ONE}",
        "b[j] - alpha dL/db[j] in every hidden layer, where L is the loss of one sample; the last layer has no w[j+1]",
        _equation_34,
    ),
)


def difference(equation: Equation, network: Network) -> str:
    """What is true less what the equation says, in the first entry where they differ; nothing where they are equal."""
    for true, said in equation.pairs(network):
        if true.shape != said.shape:
            return f"the shapes {true.shape} and {said.shape} differ"
        for left, right in zip(true, said, strict=True):
            gap = sp.S.Zero if left == right else sp.expand(left - right)
            if gap != 0:
                return show(gap)
    return ""


def networks() -> list[Network]:
    """The networks that the equations are proved on."""
    return [Network(widths) for widths in WIDTHS]


def rows(networks: Sequence[Network]) -> list[dict[str, Any]]:
    """A row for each equation, as plain data."""
    named = " and ".join(map(str, networks))
    return [_row(equation, [difference(equation, network) for network in networks], named) for equation in EQUATIONS]


def _row(equation: Equation, gaps: Sequence[str], named: str) -> dict[str, Any]:
    wrong = next((gap for gap in gaps if gap), "")
    return {
        "equation": equation.number,
        "about": "network",
        "name": "",
        "stated": equation.stated,
        "reading": equation.reading,
        "outcome": "refuted" if wrong else "proved",
        "standing": "proved",
        "found": f"what is true less what is stated is {wrong}" if wrong else equation.proved,
        "parameters": "undefined g[j], symbolic weights, biases and samples",
        "conventions": [],
        "how": f"{equation.sides} of the {named} networks, less what the equation says, expand to 0 in every entry",
    }


# ---------------------------------------------------------------------------------------------- the step that is meant


def findings(networks: Sequence[Network]) -> list[dict[str, Any]]:
    """What the updates (33) and (34) lack, as steps down the gradient of (26)."""
    found = []
    for number, symbol in ((33, "w"), (34, "b")):
        cases = {(m, all_): lacking(networks[0], symbol, m, all_) for m in SAMPLES for all_ in (False, True)[:m]}
        regular = any(lack[f"lambda*{symbol}[j]"] for lack in cases.values())
        right = [m for (m, _), lack in cases.items() if not any(c for name, c in lack.items() if "lambda" not in name)]
        where = f"m = {' or '.join(map(str, right))}{' and lambda = 0' if regular else ', with any lambda'}"
        lacks = "; ".join(f"{_case(*case)}: {_terms(lack) or 'nothing'}" for case, lack in cases.items())
        found.append(
            {
                "equations": [26, number],
                "text": f"as a step down the gradient of (26), ({number}) is right where {where}, and not otherwise",
                "found": f"the factor of alpha in ({number}) lacks, {lacks}",
            }
        )
    return found


def _case(m: int, summed: bool) -> str:
    which = "" if m == 1 else ", summed over the samples" if summed else ", put to the first sample"
    return f"with m = {m}{which}"


def lacking(network: Network, symbol: str, m: int, summed: bool) -> Mapping[str, sp.Rational]:
    """What dJ/dw of (26) has beyond the factor of alpha in (33), or for "b" beyond that in (34).

    The equation is put to the first sample, or `summed` over all: with the samples as columns of a and dz the product
    in (33) sums over them. The answer is a combination of lambda w[j] and of each sample's dw[j], and its rational
    coefficients are found by comparing coefficients and hold in every entry.
    """
    samples, j = network.samples[:m], 1
    own = network.weights[j] if symbol == "w" else network.biases[j]
    steps = [_product(s, j) * s.outputs[j - 1].T if symbol == "w" else _product(s, j) for s in samples]
    taken = _mean(steps) * m if summed else steps[0]
    beyond = gradient(network.objective(samples), own) - taken
    names = [f"lambda*{symbol}[j]", *(f"d{symbol}[j]({s.number})" for s in samples)]
    basis = [_LAMBDA * own, *(s.dw[j] if symbol == "w" else s.db[j] for s in samples)]
    unknown = sp.symbols(f"c0:{len(basis)}")
    rest = beyond
    for c, part in zip(unknown, basis, strict=True):
        rest = rest - c * part
    equations = [coefficient for entry in rest for coefficient in _coefficients(sp.expand(entry), unknown)]
    (solution,) = sp.linsolve(equations, unknown)
    return dict(zip(names, solution, strict=True))


def _coefficients(expr: sp.Expr, unknown: Sequence[sp.Symbol]) -> list[sp.Expr]:
    """The coefficients, linear in the unknowns, of the monomials of an expanded expression."""
    found: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(expr):
        number, monomial = term.as_coeff_Mul()
        c, monomial = monomial.as_independent(*(s for s in monomial.free_symbols if s not in unknown), sp.Function)
        found[monomial] = found.get(monomial, sp.S.Zero) + number * c
    return list(found.values())


def _terms(combination: Mapping[str, sp.Rational]) -> str:
    """The combination as it is written: "lambda*w[j] - dw[j](1)/2"."""
    text = ""
    for name, c in combination.items():
        if c:
            size = "" if abs(c) == 1 else f"{abs(c)} "
            text += f"{' - ' if c < 0 else ' + '}{size}{name}" if text else f"{'-' if c < 0 else ''}{size}{name}"
    return text
