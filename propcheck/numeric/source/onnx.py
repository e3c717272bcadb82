"""Exported models of ONNX, in the standard's own text, which `onnx.parser.parse_model` reads.

A model has one input x and an output for each order. It is computed in double precision whatever goes in, by operators
that every runtime has: arithmetic, comparisons, `Where`, `Round`, `Exp`, `Log`, `Sqrt`. What the standard's own bodies
lose to cancellation or overflow (Softplus, Elu, Selu, Gelu) is broken down by the same proved forms as elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from propcheck.language.functions import HEADS
from propcheck.numeric.dialects import Dialect
from propcheck.numeric.library import assemblies, trial
from propcheck.numeric.lines import value_of
from propcheck.numeric.lowering import COMPOSITE, flattened
from propcheck.numeric.source.heading import Export, Task, comment, settled
from propcheck.numeric.steps import Program
from propcheck.verdict import InputError

OPSET = 18
_DOUBLE = 11  # the standard's number of the type
_TYPES = {"float32": ("float", 1), "float64": ("double", _DOUBLE)}
_OPERATORS = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "neg": "Neg", "abs": "Abs", "min": "Min", "max": "Max",
    "rint": "Round", "where": "Where", "ge": "GreaterOrEqual", "gt": "Greater", "eq": "Equal", "exp": "Exp",
    "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "asin": "Asin", "acos": "Acos",
    "atan": "Atan",
}  # fmt: skip
_SPLIT = 2**27 + 1  # Veltkamp's: u less what remains of it has the leading half of its bits

ONNX = Dialect(
    calls={},
    heads={},
    number=repr,
    poor=COMPOSITE
    | (frozenset(row.name for row in HEADS.values()) | {"expm1", "log1p"}) - _OPERATORS.keys()
    | {"sin", "cos", "tan"},  # a runtime's are wrong near multiples of pi
)


def source(task: Task) -> Export:
    """A model: x of any length in the type of the results, y and its derivatives out."""
    task, promised = settled(task, ONNX)
    about = (task.activation, task.orders, task.kink, task.work, task.out)
    made, ends = assemblies(*about, trial(task.work, ONNX), found=task.found)
    program = ONNX.lowered(flattened(made, ends), task.work)
    names = [task.name(order) for order in task.orders]
    kind, code = _TYPES[task.out.name]
    outputs = ", ".join(f"{kind}[n] {name}" for name in names)
    remarks = [f"Computed in double precision, opset {OPSET}; read it with onnx.parser.parse_model."]
    if any(step.op in ("sin", "cos") for step in program.steps):
        remarks.append("Beyond 2^29 Sin and Cos are the runtime's own, which may be wrong near multiples of pi.")
    lines = [f"# {line}".rstrip() for line in comment(task, remarks, promised)]
    lines += [f'<ir_version: 8, opset_import: ["" : {OPSET}]>', f"{names[0]}_model ({kind}[n] x) => ({outputs})", "{"]
    lines += [f"    {line}" for line in _nodes(program, names, code)]
    return Export("\n".join([*lines, "}"]) + "\n", promised)


def _nodes(program: Program, names: list[str], code: int) -> Iterator[str]:
    """The nodes in the order of the steps; a constant is a tensor without axes, which meets any x."""
    yield f"t_x = {_cast(_DOUBLE, code)} (x)"
    for place, step in enumerate(program.steps):
        args = [_name(program, a) for a in step.args]
        if step.op == "x":
            continue
        if step.op == "const":
            yield f"t{place} = {_constant(value_of(step))}"
        elif step.op == "pass_nan":
            yield f"m{place} = IsNaN ({args[0]})"
            yield f"t{place} = Where (m{place}, {', '.join(args)})"
        elif step.op == "head":
            yield f"c{place} = Constant <value: tensor = double {{{float(_SPLIT)!r}}}> ()"
            yield f"b{place} = Mul ({args[0]}, c{place})"
            yield f"r{place} = Sub (b{place}, {args[0]})"
            yield f"t{place} = Sub (b{place}, r{place})"
        elif step.op in _OPERATORS:
            yield f"t{place} = {_OPERATORS[step.op]} ({', '.join(args)})"
        else:
            raise InputError(f"{step.op} is no operator of ONNX; export it to another language")
    for name, place in zip(names, program.outputs, strict=True):
        found = _name(program, place)
        if program.steps[place].op == "const":  # as many of it as x has elements
            yield f"e_{name} = Equal (t_x, t_x)"
            yield f"w_{name} = Where (e_{name}, {found}, {found})"
            found = f"w_{name}"
        yield f"{name} = {_cast(code, _DOUBLE)} ({found})"


def _cast(to: int, of: int) -> str:
    return "Identity" if to == of else f"Cast <to: int = {to}>"


def _name(program: Program, place: int) -> str:
    return "t_x" if program.steps[place].op == "x" else f"t{place}"


def _constant(value: float) -> str:
    """A constant; the text has no word for an infinity or NaN, which are made as others make them."""
    if math.isfinite(value):
        return f"Constant <value: tensor = double {{{value!r}}}> ()"
    sign = "-" if value < 0 else ""
    word = "nan" if math.isnan(value) else f"{sign}inf"
    return f"Constant <value: tensor = double {{{word}}}> ()"
