"""Models and operators of ONNX, read from their graphs: nothing is run.

An operator that has a row is that; any other is what the function body of the standard says, or one in the model.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import onnx
from onnx import defs, helper, numpy_helper

from propcheck.code.formula import COMMON, INPUTS, Untraceable, apply, depends, guarded, is_condition, refusal
from propcheck.code.naming import Node, Operator
from propcheck.code.numbers import Reader
from propcheck.code.tracing import Traced, traced

ROWS: Mapping[str, str] = {
    "Identity": "a", "Dropout": "a", "CastLike": "a + 0", "Mod": COMMON["remainder"], "IsNaN": "", "IsInf": "",
    "com.microsoft.Gelu": "a/2*(1 + erf(a/sqrt(2)))", "com.microsoft.QuickGelu": "a*sigmoid(b*a)",
    "com.microsoft.BiasGelu": "(a + b)/2*(1 + erf((a + b)/sqrt(2)))",
    "com.microsoft.FastGelu": "a/2*(1 + tanh(sqrt(2/pi)*(a + 0.044715*a**3)))",
    **{name: COMMON[known] for name, known in {
        "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Add": "add", "And": "and", "Asin": "asin", "Asinh": "asinh",
        "Atan": "atan", "Atanh": "atanh", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh", "Div": "div", "Equal": "equal",
        "Erf": "erf", "Exp": "exp", "Floor": "floor", "Greater": "gt", "GreaterOrEqual": "ge", "Less": "lt",
        "LessOrEqual": "le", "Log": "log", "Mul": "mul", "Neg": "neg", "Not": "not", "Or": "or", "Pow": "pow",
        "Reciprocal": "reciprocal", "Round": "round", "Sigmoid": "sigmoid", "Sign": "sign", "Sin": "sin",
        "Sinh": "sinh", "Sqrt": "sqrt", "Sub": "sub", "Tan": "tan", "Tanh": "tanh", "Where": "where",
        "Xor": "xor"}.items()},
}  # fmt: skip
_SHAPED = ("Reshape", "Flatten", "Squeeze", "Unsqueeze")  # the elements stay in their order
_BEYOND = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "uint16": (0, 65535)}
_VARIADIC = {"Max": "max(a, b)", "Min": "min(a, b)", "Sum": "a + b"}
_GUARDED = {"IsNaN": "isnan", "IsInf": "isinf"}
_UNEVEN = "it uses a tensor of different numbers: the function is not the same for each element"
_LISTED = 8  # nodes that a sentence lists
_DEEPEST = 16  # function bodies inside each other

Scope = dict[str, ast.expr]


class Shape(ast.Constant):
    """Numbers that say a shape or axes, which no element of the result depends on."""


class _Graph:
    """Reads the nodes of one model, with what its functions are and which standard it follows."""

    def __init__(self, functions: Iterable[Any] = (), opsets: Iterable[Any] = ()):
        self.reader = Reader()
        self.functions = {(item.domain, item.name): item for item in functions}
        self.opset = next((item.version for item in opsets if item.domain in ("", "ai.onnx")), 0)
        self.deep = 0
        self.uneven: set[str] = set()
        self.types: dict[str, str] = {}

    def nodes(self, nodes: Iterable[Any], scope: Scope, given: Mapping[str, Any]) -> None:
        for node in nodes:
            for name, made in zip(node.output, self.node(node, scope, given), strict=False):
                scope[name] = made

    def node(self, node: Any, scope: Scope, given: Mapping[str, Any]) -> list[ast.expr]:
        """What a node comes to; `given` are the attributes of the function in whose body it stands."""
        attributes = {}
        for item in node.attribute:
            value = given.get(item.ref_attr_name) if item.ref_attr_name else item
            if value is not None:
                attributes[item.name] = value if not isinstance(value, onnx.AttributeProto) else _plain(value)
        try:
            operands = [scope.get(name) if name else None for name in node.input]
            if self.uneven.intersection(node.input) and not self.deep:
                raise Untraceable(_UNEVEN)
            if any(name and made is None for name, made in zip(node.input, operands, strict=True)):
                raise Untraceable("it uses what the graph does not give")
            return self.made(node, operands, attributes)
        except Untraceable as error:
            if self.deep:
                raise
            raise Untraceable(f"{error}, in the node {node.name or node.output[0]!r}") from None

    def made(self, node: Any, operands: list[Any], attributes: Mapping[str, Any]) -> list[ast.expr]:
        kind = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
        present = [item for item in operands if item is not None]
        if any(isinstance(item, Shape) for item in present) and kind not in (*_SHAPED, "ConstantOfShape", "Expand"):
            raise Untraceable(_UNEVEN)
        if kind == "Constant":
            return [self.constant(next(iter(attributes.values())))]
        if kind == "Cast":
            return [self.cast(present[0], int(attributes["to"]))]
        if kind == "Clip":  # its ends were attributes once
            ends = [attributes.get(name) for name in ("min", "max")]
            told = [None if end is None else self.reader.number(end, "float32") for end in ends]
            return [self.clip([operands[0], *told] if any(attributes) else operands)]
        if kind == "Dropout" and len(present) > 2:
            raise Untraceable("it calls Dropout, which is random where it trains")
        if kind in ("Dropout", "CastLike"):
            present = present[:1]
        if kind in _GUARDED:
            return [guarded(_GUARDED[kind], *present)]
        if kind == "com.microsoft.QuickGelu":
            present.append(self.reader.number(attributes.get("alpha", 1.702), "float32"))
        if kind in _VARIADIC:
            made = present[0]
            for other in present[1:]:
                made = apply(_VARIADIC[kind], made, other)
            return [made]
        if kind == "Mod" and attributes.get("fmod"):
            return [apply(COMMON["fmod"], *present)]
        if kind in ROWS:
            return [apply(ROWS[kind], *present)]
        if kind in _SHAPED:
            return [operands[0]]
        if kind == "Shape" or kind == "ConstantOfShape" and isinstance(present[0], Shape):
            value = attributes.get("value", np.zeros(1, np.float32))
            return [Shape(None) if kind == "Shape" else self.constant(value)]
        if kind == "Expand" and (not depends(present[0]) or len(present) > 1 and isinstance(present[1], Shape)):
            return [present[0]]
        if kind in ("QuantizeLinear", "DequantizeLinear"):
            return [self.quantized(kind, node, operands)]
        return self.function(node, operands, attributes, kind)

    def function(self, node: Any, operands: list[Any], attributes: Mapping[str, Any], kind: str) -> list[ast.expr]:
        """What a node comes to by the body of its function, in the model or in the standard."""
        body, known = self.functions.get((node.domain, node.op_type)), {}
        if body is None and node.domain in ("", "ai.onnx") and defs.has(node.op_type):
            body, known = _standard(node, self.opset)
        self.deep += 1
        try:
            if body is None or self.deep > _DEEPEST:
                return self.refused(kind)
            own = {item.name: _plain(item) for item in getattr(body, "attribute_proto", ())}
            if strange := [name for name in attributes if name not in {*known, *own, *body.attribute}]:
                raise Untraceable(f"it calls {kind} with {strange[0]}, which the standard's body does not know")
            scope = {name: made for name, made in zip(body.input, operands, strict=False) if made is not None}
            self.nodes(body.node, scope, {**known, **own, **attributes})
            return [scope[name] for name in body.output]
        except Untraceable as error:
            if self.deep > 1 or kind in str(error):
                raise
            raise Untraceable(f"it calls {kind}; {error}") from None
        finally:
            self.deep -= 1

    def refused(self, kind: str) -> list[ast.expr]:
        raise Untraceable(f"it calls {refusal(kind)}")

    def constant(self, value: Any) -> ast.expr:
        values = np.asarray(value)
        dtype = str(values.dtype) if isinstance(value, np.ndarray) else "float32"
        if values.dtype.kind not in "bifu" or values.size == 0 or not (values == values.flat[0]).all():
            raise Untraceable(_UNEVEN)
        one = values.flat[0]
        return self.reader.number(one.item() if values.dtype.kind in "biu" else float(one), dtype)

    def cast(self, node: ast.expr, to: int) -> ast.expr:
        if to == onnx.TensorProto.BOOL:
            return node if is_condition(node) else apply("a != 0", node)
        kind = helper.tensor_dtype_to_np_dtype(to).kind
        return apply("trunc(a)" if kind in "iu" and not is_condition(node) else "a + 0", node)

    def quantized(self, kind: str, node: Any, operands: Sequence[Any]) -> ast.expr:
        """To whole numbers by a scale and a zero point, whose type says where they end, or back."""
        x, scale = operands[:2]
        zero = operands[2] if len(operands) > 2 else None
        if kind == "DequantizeLinear":
            return apply("a*b", x if zero is None else apply("a - b", x, zero), scale)
        dtype = self.types.get(node.input[2], "") if zero is not None else "uint8"
        if dtype not in _BEYOND:
            raise Untraceable(f"it calls QuantizeLinear with a zero point of {dtype or 'a type that is not known'}")
        low, high = (self.reader.number(end) for end in _BEYOND[dtype])
        whole = apply("round(a/b)", x, scale)
        return self.clip([whole if zero is None else apply("a + b", whole, zero), low, high])

    def clip(self, operands: Sequence[Any]) -> ast.expr:
        made = operands[0]
        for end, row in zip(operands[1:], ("max(a, b)", "min(a, b)"), strict=False):
            made = made if end is None else apply(row, made, end)
        return made


def _plain(attribute: Any) -> Any:
    """An attribute's value: a number, a text, or an array."""
    value = helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return value.decode() if isinstance(value, bytes) else value


def _standard(node: Any, opset: int) -> tuple[Any, dict[str, Any]]:
    """The function body that the standard gives an operator, and the attributes that it has unless given."""
    latest = defs.get_schema(node.op_type)
    try:
        schemas = [defs.get_schema(node.op_type, opset), latest] if opset else [latest]
    except defs.SchemaError:
        schemas = [latest]
    for schema in schemas:
        known: dict[str, Any] = dict.fromkeys(schema.attributes)
        for other in (schema, schemas[0]):  # the defaults are those of the version that the model follows
            items = [(name, item.default_value) for name, item in other.attributes.items() if name in known]
            known |= {name: _plain(value) for name, value in items if value.name}
        if schema.has_function:
            return schema.function_body, known
        if schema.has_context_dependent_function:
            kind = helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [2, 3]).SerializeToString()
            known_in = schema.context_dependent_function_opset_versions
            version = max((since for since in known_in if since <= (opset or since)), default=min(known_in))
            types = [kind for _ in node.input]
            body = schema.get_context_dependent_function_with_opset_version(version, node.SerializeToString(), types)
            made = onnx.FunctionProto()
            made.ParseFromString(body)
            return (made if made.node else None), known
    return None, {}


# ---------------------------------------------------------------------------------------------- the code


def trace(code: Node | Operator, count: int = 1) -> Traced:
    """The formula of a model, of one of its nodes, or of an operator of the standard."""
    if isinstance(code, Operator):
        schema = defs.get_schema(code.name)
        needed = [item.name for item in schema.inputs if item.option == defs.OpSchema.FormalParameterOption.Single]
        node = helper.make_node(code.name, needed[:2], ["result"], name=code.name)
        if len(needed) > 2 or not needed:
            raise Untraceable(f"{code.name} takes {len(needed)} inputs, and a function of one is wanted, or of two")
        graph, scope = _Graph(), {name: _input(place) for place, name in enumerate(needed)}
        return _traced(graph, graph.node(node, scope, {})[0], scope)
    model = code.model
    graph = _Graph(model.functions, model.opset_import)
    constants = {item.name for item in model.graph.initializer}
    free = [item.name for item in model.graph.input if item.name not in constants]
    if not code.name:
        if len(free) not in (1, 2) or len(model.graph.output) != 1:
            told = f"{len(free)} inputs and {len(model.graph.output)} outputs"
            raise Untraceable(f"it has {told}; name one of its nodes: {_nodes(model)}")
        scope = _held(graph, model) | {name: _input(place) for place, name in enumerate(free)}
        try:
            graph.nodes(model.graph.node, scope, {})
        except Untraceable as error:
            known = _nodes(model)
            raise Untraceable(f"{error}; name one of its nodes: {known}" if known else str(error)) from None
        return _traced(graph, scope[model.graph.output[0].name], {name: scope[name] for name in free})
    node, before, open_ = parts(code)
    if not 1 <= len(open_) <= 2:
        raise Untraceable(f"the node has {len(open_)} inputs that are no constants, and one is wanted, or two")
    scope = _held(graph, model)
    for item in before:
        with suppress(Untraceable):  # it is missed where it is used
            graph.nodes([item], scope, {})
    put = {name: _input(place) for place, name in enumerate(open_)}
    return _traced(graph, graph.node(node, scope | put, {})[0], put)


def parts(code: Node) -> tuple[Any, list[Any], list[str]]:
    """A node of a model, the nodes that its constants come from, and the names of its inputs that are none."""
    node = next(item for item in code.model.graph.node if code.name in (item.name, *item.output))
    known = {item.name for item in code.model.graph.initializer}
    before = []
    for item in code.model.graph.node:
        if item is not node and all(name in known for name in item.input if name):
            before.append(item)
            known.update(item.output)
    return node, before, list(dict.fromkeys(name for name in node.input if name and name not in known))


def _held(graph: _Graph, model: Any) -> Scope:
    """The constants that the graph has as numbers for all elements; the others are noted as uneven."""
    held = {}
    for item in model.graph.initializer:
        graph.types[item.name] = str(numpy_helper.to_array(item).dtype)
        try:
            held[item.name] = graph.constant(numpy_helper.to_array(item))
        except Untraceable:
            if item.data_type == onnx.TensorProto.INT64:  # a shape, or axes
                held[item.name] = Shape(None)
            else:
                graph.uneven.add(item.name)
    return held


def _input(place: int) -> ast.expr:
    return ast.Name(INPUTS[place])


def _traced(graph: _Graph, node: ast.expr, scope: Scope) -> Traced:
    inputs = INPUTS[: len(scope)]
    return traced(node, inputs, graph.reader, f"onnx {onnx.__version__}")


def _nodes(model: Any) -> str:
    """The nodes that are read, the first of each operator, with their operators."""
    first = {node.op_type: node.name or node.output[0] for node in reversed(model.graph.node)}
    told = []
    for kind, name in reversed(first.items()):
        with suppress(Untraceable):
            trace(Node(model, name, ""))
            told.append(f"{name} ({kind})")
    return ", ".join(told[:_LISTED]) + (" ..." if len(told) > _LISTED else "")


def evaluate(code: Node | Operator, columns: list[list[float]]) -> list[float]:
    """The values at points of a model that was read, by the reference implementation; none of a part of it."""
    from onnx.reference import ReferenceEvaluator

    if isinstance(code, Operator) or code.name:
        return [float("inf")] * len(columns[0])  # what is no number is not held against the formula
    held = {item.name for item in code.model.graph.initializer}
    free = [item for item in code.model.graph.input if item.name not in held]
    given = {item.name: _laid(column, item.type.tensor_type) for item, column in zip(free, columns, strict=True)}
    try:
        (made,) = ReferenceEvaluator(code.model).run(None, given)
    except (NotImplementedError, RuntimeError) as error:  # an operator of another domain or of an old standard
        known = "is unknown" in str(error) or "No implementation" in str(error)
        if not known or any(node.op_type in _SHAPED for node in code.model.graph.node):  # which may mix elements
            raise
        return [float("inf")] * len(columns[0])
    if np.size(made) != len(columns[0]):
        raise Untraceable("it gives another number of elements than it takes: the function is not elementwise")
    return np.asarray(made, dtype=float).reshape(-1).tolist()


def _laid(column: list[float], kind: Any) -> np.ndarray:
    """Numbers as an array of the type and the rank of an input."""
    made = np.array(column).astype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
    return made.reshape(-1, *(1 for _ in kind.shape.dim[1:])) if kind.HasField("shape") else made
