"""ONNX: operators as the reference has them, as the standard's function bodies compute them, as onnxruntime does.

A row's call is `onnx.reference:Op`, `onnx.body:Op` or `onnxruntime:Op`. There are values alone: no derivatives.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

from functools import partial
from typing import Any

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

from propcheck.code.naming import Node, Operator
from propcheck.conformance.frameworks import Absent, Row, Run

NAME = "onnx"
_TYPES = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16,
          "bfloat16": TensorProto.BFLOAT16}  # fmt: skip


def versions() -> dict[str, str]:
    found = {"onnx": onnx.__version__}
    try:
        import onnxruntime

        found["onnxruntime"] = onnxruntime.__version__
    except ImportError:
        pass
    return found


def runner(row: Row) -> Run:
    way, _, op = row.call.partition(":")
    return partial(_run, _Made(way, op, dict(row.args)))


def of(item: Any) -> Run:
    """A node of a model, or an operator of the standard, as a run: what the reference computes of it."""
    if isinstance(item, Operator):
        return partial(_run, _Made("onnx.body", item.name, {}))
    return partial(_of_node, item)


def _of_node(
    item: Node, inputs: np.ndarray, dtype: str, order: int, strided: bool = False, inplace: bool = False
) -> tuple[np.ndarray, str]:
    from onnx.reference import ReferenceEvaluator

    if order:
        raise Absent("ONNX has no derivatives")
    graph = item.model.graph
    if item.name:
        raise Absent("one node of a model is not run by itself; give the model")
    kind = {value: key for key, value in _TYPES.items()}.get(graph.input[0].type.tensor_type.elem_type)
    if kind != dtype:
        raise Absent(f"the model takes {kind or 'another type'}, not {dtype}")
    x = np.asarray(inputs).astype(dtype)
    try:
        found = np.asarray(ReferenceEvaluator(item.model).run(None, {graph.input[0].name: x})[0])
    except Exception as trouble:
        raise Absent(f"{type(trouble).__name__}: {trouble}".splitlines()[0]) from None
    return found.astype(np.float64), found.dtype.name


class _Made:
    """The sessions of one operator, one for each type."""

    def __init__(self, way: str, op: str, attributes: dict[str, Any]):
        self.way, self.op, self.attributes = way, op, attributes
        self.sessions: dict[str, Any] = {}

    def session(self, dtype: str) -> Any:
        if dtype not in self.sessions:
            self.sessions[dtype] = self._session(dtype)
        return self.sessions[dtype]

    def _session(self, dtype: str) -> Any:
        made = model(self.op, self.attributes, dtype, self.way == "onnx.body")
        if self.way == "onnxruntime":
            try:
                import onnxruntime
            except ImportError:
                raise Absent("the package onnxruntime is not installed") from None
            try:
                run = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
            except Exception as trouble:
                raise Absent(str(trouble).strip().splitlines()[0]) from None
            return lambda x: run.run(None, {"x": x})[0]
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(made)
        return lambda x: evaluator.run(None, {"x": x})[0]


def model(op: str, attributes: dict[str, Any], dtype: str, body: bool) -> onnx.ModelProto:
    """A model of one node; with `body` its function, as the standard writes it, in the node's place."""
    kind = _TYPES[dtype]
    schema = onnx.defs.get_schema(op)
    if not any(f"tensor({_NAMES[dtype]})" in constraint.allowed_type_strs for constraint in schema.type_constraints):
        raise Absent(f"the standard has no {op} of {dtype}")
    version = onnx.defs.onnx_opset_version()
    version = min(version, _LATEST)
    ends = [helper.make_tensor_value_info(name, kind, ["n"]) for name in ("x", "y")]
    node = helper.make_node(op, ["x"], ["y"], **attributes)
    nodes, imports = [node], [helper.make_opsetid("", version)]
    functions = []
    if body:
        functions = [_body(op, node, kind, version)]
        nodes = [
            helper.make_node(f"{op}_body", ["x"], ["y"], domain="propcheck", **(_defaults(op, version) | attributes))
        ]
        imports.append(helper.make_opsetid("propcheck", 1))
    graph = helper.make_graph(nodes, op, ends[:1], ends[1:])
    made = helper.make_model(graph, opset_imports=imports, functions=functions)
    made.ir_version = min(made.ir_version, 10)
    return made


def _defaults(op: str, version: int) -> dict[str, Any]:
    """The attributes of an operator at their defaults: a function that is called by itself does not know them."""
    found = onnx.defs.get_schema(op, version).attributes.items()
    return {name: helper.get_attribute_value(each.default_value) for name, each in found if each.default_value.name}


_NAMES = {"float64": "double", "float32": "float", "float16": "float16", "bfloat16": "bfloat16"}
_LATEST = 24  # the newest that onnxruntime is sure to load


def _body(op: str, node: Any, kind: int, version: int) -> Any:
    """The operator's function, renamed; `Absent` where the standard gives none."""
    schema = onnx.defs.get_schema(op, version)
    if schema.has_context_dependent_function:
        told = helper.make_tensor_type_proto(kind, None).SerializeToString()
        since = max(s for s in schema.context_dependent_function_opset_versions if s <= version)
        text = schema.get_context_dependent_function_with_opset_version(since, node.SerializeToString(), [told])
        found = onnx.FunctionProto()
        found.ParseFromString(text)
    elif schema.has_function:
        found = onnx.FunctionProto()
        found.CopyFrom(schema.function_body)
    else:
        raise Absent(f"the standard gives {op} no function body")
    found.name, found.domain = f"{op}_body", "propcheck"
    return found


def _run(
    made: _Made, inputs: np.ndarray, dtype: str, order: int, strided: bool = False, inplace: bool = False
) -> tuple[np.ndarray, str]:
    if order:
        raise Absent("ONNX has no derivatives")
    kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    with np.errstate(all="ignore"):
        x = np.asarray(inputs).astype(kind)
    try:
        found = np.asarray(made.session(dtype)(x))
    except Absent:
        raise
    except Exception as trouble:  # a type that the operator does not take
        raise Absent(f"{type(trouble).__name__}: {str(trouble).strip().splitlines()[0]}") from None
    with np.errstate(all="ignore"):
        return found.astype(np.float64), found.dtype.name


def example(call: str, order: int, dtype: str, xs: list[float]) -> str:
    """Three lines that show a value."""
    way, _, rest = call.partition(":")
    op, _, args = rest.partition("(")
    told = ", ".join(repr(x) if np.isfinite(x) else f"float('{x}')" for x in xs[:1])
    given = args.rstrip(")").removeprefix("x").removeprefix(", ")
    attributes = f"dict({given})" if given else "{}"
    return (
        "from propcheck.conformance.frameworks import onnx, Row\n"
        f"run = onnx.runner(Row('onnx', '{way}:{op}', '', args={attributes}))\n"
        f"print(run([{told}], '{dtype}', 0))"
    )
