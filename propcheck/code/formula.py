"""Operations of code put together as one formula of the expression language, as Python's own syntax tree.

A row says what an operation computes in the language, its operands called a, b, c and d. Where a row wants a condition
and is given a number, it asks whether that is not 0; where it wants a number and is given a condition, that is 1 or 0.
Numbers are real ones: what rounds, overflows or is not a number in the code is the business of whoever measures it.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce

from propcheck.verdict import InputError

INPUTS = ("x", "y")
# What the libraries call alike, and their other names for it.
COMMON: Mapping[str, str] = {
    **{name: f"{name}(a)" for name in (
        "abs", "sign", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh",
        "acosh", "atanh", "asin", "acos", "atan", "arcsinh", "arccosh", "arctanh", "arcsin", "arccos", "arctan", "erf",
        "erfc", "cbrt", "floor", "ceil", "round", "trunc", "sigmoid", "ndtr", "sinc", "logit", "relu")},
    **dict.fromkeys(("absolute", "fabs"), "abs(a)"),
    **dict.fromkeys(("logistic", "expit"), "sigmoid(a)"),
    **dict.fromkeys(("log_sigmoid", "log_expit"), "logsigmoid(a)"),
    "log2": "log(a)/log(2)", "log10": "log(a)/log(10)", "exp2": "2**a",
    **dict.fromkeys(("neg", "negative"), "-a"), "positive": "a", "identity": "a", "copy": "a",
    **dict.fromkeys(("reciprocal",), "1/a"), "square": "a**2", "rsqrt": "1/sqrt(a)",
    "rint": "round(a)", "fix": "trunc(a)",
    "add": "a + b", **dict.fromkeys(("sub", "subtract"), "a - b"), **dict.fromkeys(("mul", "multiply"), "a*b"),
    **dict.fromkeys(("div", "divide", "true_divide"), "a/b"), **dict.fromkeys(("pow", "power", "float_power"), "a**b"),
    "floor_divide": "floor(a/b)", "remainder": "a - b*floor(a/b)", "fmod": "a - b*trunc(a/b)",
    **dict.fromkeys(("maximum", "max"), "max(a, b)"), **dict.fromkeys(("minimum", "min"), "min(a, b)"),
    "logaddexp": "logaddexp(a, b)", "logaddexp2": "logaddexp(a*log(2), b*log(2))/log(2)",
    "hypot": "sqrt(a**2 + b**2)", "xlogy": "0 if a == 0 else a*log(b)",
    "xlog1py": "0 if a == 0 else a*log(1 + b)", "copysign": "abs(a) if b >= 0 else -abs(a)",
    **dict.fromkeys(("atan2", "arctan2"), "atan(a/b) if b > 0 else sign(a)*pi/2 if b == 0 else"
                    " atan(a/b) + pi if a >= 0 else atan(a/b) - pi"),
    "log_ndtr": "log(ndtr(a))", "frac": "a - trunc(a)", "ldexp": "a*2**b",
    "heaviside": "0 if a < 0 else 1 if a > 0 else b", "lerp": "a + c*(b - a)",
    **dict.fromkeys(("gt", "greater"), "a > b"), **dict.fromkeys(("ge", "greater_equal"), "a >= b"),
    **dict.fromkeys(("lt", "less"), "a < b"), **dict.fromkeys(("le", "less_equal"), "a <= b"),
    **dict.fromkeys(("eq", "equal"), "a == b"), **dict.fromkeys(("ne", "not_equal"), "a != b"),
    **dict.fromkeys(("logical_and", "and"), "a and b"), **dict.fromkeys(("logical_or", "or"), "a or b"),
    **dict.fromkeys(("logical_not", "not"), "not a"),
    **dict.fromkeys(("logical_xor", "xor"), "(a and not b) or (b and not a)"),
    "where": "b if a else c",
    "signbit": "a < 0", "entr": "0 if a == 0 else -a*log(a)", "erfcx": "exp(a**2)*erfc(a)",
    **dict.fromkeys(("deg2rad", "radians"), "a*pi/180"), **dict.fromkeys(("rad2deg", "degrees"), "a*180/pi"),
    "huber": "b**2/2 if abs(b) <= a else a*(abs(b) - a/2)", "pseudo_huber": "a**2*(sqrt(1 + (b/a)**2) - 1)",
    "softplus": "log(1 + exp(a))", "silu": "a*sigmoid(a)", "mish": "a*tanh(log(1 + exp(a)))",
}  # fmt: skip
# What asks whether a number is one: of a real number it is known.
_GUARDS = {"isnan": False, "isinf": False, "is_inf": False, "isposinf": False, "isneginf": False, "isfinite": True}
GUARDS = {**_GUARDS, "is_finite": True, "nan_to_num": None, "fmax": "max(a, b)", "fmin": "min(a, b)"}
_REDUCTIONS = ("sum", "mean", "prod", "amax", "amin", "var", "std", "softmax", "norm", "cumsum", "cumprod", "sort",
               "argmax", "argmin", "argsort", "topk", "median", "dot", "matmul", "mm", "addmm", "bmm", "linear", "conv",
               "einsum", "logsumexp", "reduce", "any", "all", "cum", "gemm", "pool")  # fmt: skip
_PARTS = ("slice", "split", "chunk", "select", "gather", "index", "narrow", "cat", "stack", "transpose", "permute",
          "flip", "roll", "rev", "pad", "take", "unbind", "concat", "glu", "diagonal", "repeat", "scatter",
          "unfold", "tile")  # fmt: skip
_RANDOM = ("rand", "bernoulli", "dropout", "normal", "uniform", "exponential", "threefry", "philox", "poisson", "key")
_TIGHT = re.compile(r" (\*\*|\*|/) ")
LONGEST = 20_000  # nodes of a formula
UNEVEN = "it uses a tensor of different numbers: the function is not the same for each element"
MIXED = "puts elements of different places together: the function is not elementwise"
# What brings together the formulas that stand beside each other along an axis, two at a time.
FOLDS: Mapping[str, str] = {
    **dict.fromkeys(("sum", "mean"), "a + b"), "prod": "a*b", **dict.fromkeys(("max", "amax"), "max(a, b)"),
    **dict.fromkeys(("min", "amin"), "min(a, b)"), "logsumexp": "logaddexp(a, b)", "any": "a or b", "all": "a and b",
}  # fmt: skip


class Untraceable(InputError):
    """Why code has no formula; whoever knows the place adds it."""


class Stacked(ast.Tuple):
    """Formulas of one element of the input that stand beside each other along an axis of an array."""

    axis: int

    @staticmethod
    def of(nodes: Sequence[ast.expr], axis: int) -> Stacked:
        made = Stacked(list(nodes), ast.Load())
        made.axis = axis
        return made

    def folded(self, name: str) -> ast.expr:
        """The formulas brought together by a reduction of FOLDS along their axis."""
        made = reduce(lambda one, other: apply(FOLDS[name], one, other), self.elts)
        return apply("a/b", made, ast.Constant(len(self.elts))) if name == "mean" else made


def refusal(operation: str) -> str:
    """Why an operation that has no row is not read, as the end of a sentence that begins with what calls it."""
    bare = operation.lower().rpartition(".")[2].strip("_")
    for words, why in (
        (_RANDOM, "which is random: a function of its input alone is wanted"),
        (_REDUCTIONS, "which brings several elements together: the function is not elementwise"),
        (_PARTS, "which takes elements from their places: the function is not elementwise"),
    ):
        if any(bare == word or bare.startswith(word) or f"_{word}" in bare for word in words):
            return f"{operation}, {why}"
    return f"{operation}, which has no formula here"


def spelled(text: str) -> ast.expr:
    """A formula of the language as a tree."""
    return ast.parse(text, mode="eval").body


_spelled_once = lru_cache(maxsize=1024)(spelled)


def text_of(node: ast.expr) -> str:
    """The formula that a tree spells, with no more brackets than it needs; a condition is 1 or 0."""
    _within_size(node)
    text = ast.unparse(ast.fix_missing_locations(_value(node)))
    return _TIGHT.sub(
        r"\1", ast.unparse(spelled(text))
    )  # a part that stands twice may have brackets of the other place


def is_condition(node: ast.expr) -> bool:
    """Whether a tree is true or false, and no number."""
    if isinstance(node, Stacked):
        return is_condition(node.elts[0])
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    return isinstance(node, ast.Compare | ast.BoolOp) or isinstance(node, ast.Constant) and isinstance(node.value, bool)


def depends(node: ast.expr) -> bool:
    """Whether an input stands in it."""
    return any(isinstance(part, ast.Name) and part.id in INPUTS for part in _parts(node))


def apply(row: str, *operands: ast.expr) -> ast.expr:
    """What a row makes of its operands; Untraceable where there are more or fewer of them than it knows."""
    if len(operands) != arity(row):
        raise Untraceable(f"an operation has {len(operands)} operands, where it is known with {arity(row)}")
    if stacks := [node for node in operands if isinstance(node, Stacked)]:
        if len({(node.axis, len(node.elts)) for node in stacks}) > 1:
            raise Untraceable(f"it {MIXED}")
        ways = (([node.elts[k] if isinstance(node, Stacked) else node for node in operands]) for k in range(
            len(stacks[0].elts)))  # fmt: skip
        return Stacked.of([apply(row, *nodes) for nodes in ways], stacks[0].axis)
    return _filled(_spelled_once(row), dict(zip("abcd", operands, strict=False)))


@lru_cache(maxsize=1024)
def arity(row: str) -> int:
    """How many operands a row has: up to the last that stands in it."""
    used = [part.id for part in ast.walk(_spelled_once(row)) if isinstance(part, ast.Name) and part.id in "abcd"]
    return max(("abcd".index(name) + 1 for name in used), default=0)


def along(node: ast.expr, operand: ast.expr, own: Sequence[int], shape: Sequence[int]) -> ast.expr | None:
    """A result of a shape beside its operand of the shape `own`, which depends on the input and may lack one axis.

    None where elements of different places meet.
    """
    own = (*(1 for _ in range(len(shape) - len(own))), *own)
    new = [axis for axis, (size, whole) in enumerate(zip(own, shape, strict=True)) if size != whole]
    if not new:  # formulas that stand beside each other are none of an operand that has their axis
        return None if isinstance(node, Stacked) and not isinstance(operand, Stacked) else node
    if len(new) != 1 or isinstance(operand, Stacked) or isinstance(node, Stacked) and node.axis != new[0]:
        return None
    return node if isinstance(node, Stacked) else Stacked.of([node] * shape[new[0]], new[0])


def guarded(operation: str, operand: ast.expr, *others: ast.expr) -> ast.expr:
    """What an operation of GUARDS comes to, whose operands are real numbers everywhere; Untraceable where they are not.

    A mask that catches what is not a number turns into nothing where there is nothing to catch.
    """
    if isinstance(operand, Stacked) and not others:
        return Stacked.of([guarded(operation, node) for node in operand.elts], operand.axis)
    if operation in ("isnan", "nan_to_num") and not others and (missing := _missing(operand)) is not None:
        return missing if operation == "isnan" else apply("0 if a else b", missing, operand)
    for node in (operand, *others):
        if not is_total(node):
            raise Untraceable(f"{operation} asks where {_short(node)} is a number, which it is not everywhere")
    kept = GUARDS[operation]
    return operand if kept is None else apply(kept, operand, *others) if isinstance(kept, str) else ast.Constant(kept)


# Where a function that is no number everywhere is none, of its operand a.
_MISSING = {"sqrt": "a < 0", "log": "a < 0", "log1p": "a < -1", "acosh": "a < 1", "arccosh": "a < 1",
            **dict.fromkeys(("asin", "acos", "arcsin", "arccos", "atanh", "arctanh"), "a < -1 or a > 1")}  # fmt: skip


def _missing(node: ast.expr) -> ast.expr | None:
    """Where a function is no number, of an operand that is one everywhere; None for what has another form."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[operand]) if name in _MISSING and is_total(operand):
            return apply(_MISSING[name], operand)
    return None


def infinite(node: ast.expr) -> float | None:
    """The infinity that a tree is; None where it is a number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = infinite(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, float) and math.isinf(value) else None


def is_total(node: ast.expr) -> bool:
    """Whether a formula has a value at every x: none of its operations can fail, or its pieces cover the line."""
    if not any(map(_may_fail, _parts(node))):
        return True
    names = {part.id for part in _parts(node) if isinstance(part, ast.Name)}
    names -= {part.func.id for part in _parts(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    return names <= {"x", "pi", "e"} and _covers(text_of(node))


@lru_cache(maxsize=256)
def _covers(text: str) -> bool:
    from propcheck import spec
    from propcheck.activation import from_spec

    try:
        made = from_spec(spec.from_text(text))
    except InputError:
        return False
    return not made.trouble and not made.undefined and all(point.value is not None for point in made.points)


_SAFE_CALLS = {"abs", "sign", "exp", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "asinh", "arcsinh", "atan",
               "arctan", "erf", "erfc", "cbrt", "floor", "ceil", "round", "trunc", "sigmoid", "ndtr", "relu", "max",
               "min", "logsigmoid", "logaddexp", "softplus"}  # fmt: skip


def _may_fail(part: ast.AST) -> bool:
    match part:
        case ast.BinOp(op=ast.Div()):
            return not (isinstance(part.right, ast.Constant) and bool(part.right.value))
        case ast.BinOp(op=ast.Pow(), left=ast.Constant(value=int(base) | float(base))):
            return not base > 0
        case ast.BinOp(op=ast.Pow()):
            return not (isinstance(part.right, ast.Constant) and isinstance(part.right.value, int))
        case ast.Call(func=ast.Name(id=name)):
            return name not in _SAFE_CALLS
        case ast.Constant(value=float(value)):
            return not math.isfinite(value)
    return False


def _short(node: ast.expr) -> str:
    from propcheck.wording import cut

    return cut(text_of(node), 60)


def _within_size(node: ast.expr) -> None:
    stack, count = [node], 0
    while stack:
        count += 1
        stack.extend(child for child in ast.iter_child_nodes(stack.pop()) if isinstance(child, ast.expr))
        if count > LONGEST:
            raise Untraceable(f"the formula would have more than {LONGEST} parts")


def _parts(node: ast.expr) -> list[ast.AST]:
    """The parts of a tree, each once, though it may stand in several places."""
    seen: dict[int, ast.AST] = {}
    stack: list[ast.AST] = [node]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen[id(part)] = part
            stack.extend(ast.iter_child_nodes(part))
    return list(seen.values())


# ---------------------------------------------------------------------------------------------- building


def _value(node: ast.expr) -> ast.expr:
    if not is_condition(node):
        return node
    if isinstance(node, ast.Constant):
        return ast.Constant(int(bool(node.value)))
    return ast.IfExp(node, ast.Constant(1), ast.Constant(0))


def _condition(node: ast.expr) -> ast.expr:
    if is_condition(node):
        return node
    match node:
        case ast.IfExp(test=test, body=ast.Constant(value=1), orelse=ast.Constant(value=0)):
            return test
        case ast.Constant(value=value):
            return ast.Constant(value != 0)
    return _compared(node, ast.NotEq(), ast.Constant(0))


def _filled(node: ast.expr, put: Mapping[str, ast.expr]) -> ast.expr:
    match node:
        case ast.Name(id=name):
            return put.get(name, node)
        case ast.Constant():
            return node
        case ast.UnaryOp(op=ast.Not()):
            return _negated(_condition(_filled(node.operand, put)))
        case ast.UnaryOp():
            return _minus(_value(_filled(node.operand, put)))
        case ast.BinOp():
            return _joined(_value(_filled(node.left, put)), node.op, _value(_filled(node.right, put)))
        case ast.BoolOp():
            return _any_or_all(node.op, [_condition(_filled(part, put)) for part in node.values])
        case ast.Compare():
            sides = [_value(_filled(side, put)) for side in (node.left, *node.comparators)]
            return _compared(sides[0], node.ops[0], sides[1])
        case ast.IfExp():
            return _chosen(*(_filled(part, put) for part in (node.test, node.body, node.orelse)))
        case ast.Call(func=ast.Name(id=name)):
            operands = [_value(_filled(part, put)) for part in node.args]
            return _extreme(name, operands) if name in ("max", "min") else ast.Call(node.func, operands, [])
    raise AssertionError(ast.dump(node))


def _minus(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return node if _is(node, 0) else ast.UnaryOp(ast.USub(), node)


def _is(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, bool) and node.value == number


def _joined(left: ast.expr, sign: ast.operator, right: ast.expr) -> ast.expr:
    _finite(left, right)
    match sign:
        case ast.Add() if _is(left, 0):
            return right
        case ast.Add() | ast.Sub() if _is(right, 0):
            return left
        case ast.Sub() if _is(left, 0):
            return _minus(right)
        case ast.Mult() if _is(left, 1):
            return right
        case ast.Mult() | ast.Div() | ast.Pow() if _is(right, 1):
            return left
        case ast.Mult() if isinstance(left, ast.UnaryOp) and _is(left.operand, 1):
            return _minus(right)
    return ast.BinOp(left, sign, right)


def _finite(*nodes: ast.expr) -> None:
    if any(infinite(node) is not None for node in nodes):
        raise Untraceable("it calculates with an infinity, which is no real number")


def _negated(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant):
        return ast.Constant(not node.value)
    if isinstance(node, ast.UnaryOp):
        return node.operand
    return ast.UnaryOp(ast.Not(), node)


def _any_or_all(kind: ast.boolop, nodes: list[ast.expr]) -> ast.expr:
    decisive = isinstance(kind, ast.Or)
    if any(isinstance(node, ast.Constant) and node.value is decisive for node in nodes):
        return ast.Constant(decisive)
    left = [node for node in nodes if not isinstance(node, ast.Constant)]
    return ast.Constant(not decisive) if not left else left[0] if len(left) == 1 else ast.BoolOp(kind, left)


def _compared(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> ast.expr:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return ast.Constant(_holds(sign, left.value, right.value))  # type: ignore[arg-type]
    ends = infinite(left), infinite(right)
    if ends != (None, None) or ast.dump(left) == ast.dump(right):
        for node, end in zip((left, right), ends, strict=True):
            if end is None and not is_total(node):
                raise Untraceable(f"a comparison asks where {_short(node)} is a number, which it is not everywhere")
        values = [0.0 if end is None else end for end in ends]
        return ast.Constant(_holds(sign, *values))
    return ast.Compare(left, [sign], [right])


def _holds(sign: ast.cmpop, left: float, right: float) -> bool:
    match sign:
        case ast.Gt():
            return left > right
        case ast.GtE():
            return left >= right
        case ast.Lt():
            return left < right
        case ast.LtE():
            return left <= right
        case ast.Eq():
            return left == right
    return left != right


def _chosen(test: ast.expr, one: ast.expr, other: ast.expr) -> ast.expr:
    test = _condition(test)
    if isinstance(test, ast.Constant):
        return one if test.value else other
    if is_condition(one) and is_condition(other):
        return _any_or_all(ast.Or(), [
            _any_or_all(ast.And(), [test, one]), _any_or_all(ast.And(), [_negated(test), other])])  # fmt: skip
    return ast.IfExp(test, _value(one), _value(other))


def _extreme(name: str, nodes: list[ast.expr]) -> ast.expr:
    idle = -math.inf if name == "max" else math.inf
    left = [node for node in nodes if infinite(node) != idle] or nodes[:1]
    _finite(*left)
    return left[0] if len(left) == 1 else ast.Call(ast.Name(name), left, [])
