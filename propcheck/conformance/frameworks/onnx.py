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

from propcheck.code.naming import Node, Operator, said
from propcheck.code.onnx import parts
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
    return partial(_of_model, _alone(item) if item.name else item.model)


def _of_model(
    made: onnx.ModelProto, inputs: np.ndarray, dtype: str, order: int, layout: str = ""
) -> tuple[np.ndarray, str]:
    from onnx.reference import ReferenceEvaluator

    if order:
        raise Absent("ONNX has no derivatives")
    held = {each.name for each in made.graph.initializer}
    free = [each for each in made.graph.input if each.name not in held]
    if len(free) != 1:
        raise Absent(f"it has {len(free)} inputs that are no constants, and is run with one")
    kind = {value: key for key, value in _TYPES.items()}.get(free[0].type.tensor_type.elem_type)
    if kind != dtype:
        raise Absent(f"it takes {kind or 'another type'}, not {dtype}")
    with np.errstate(all="ignore"):
        x = np.asarray(inputs).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    try:
        found = np.asarray(ReferenceEvaluator(made).run(None, {free[0].name: x})[0])
    except Exception as trouble:
        raise Absent(said(trouble)) from None
    with np.errstate(all="ignore"):
        return found.astype(np.float64), found.dtype.name


def _alone(item: Node) -> onnx.ModelProto:
    """One node of a model as a model, with what its constants come from."""
    node, before, names = parts(item)
    typed = onnx.shape_inference.infer_shapes(item.model).graph
    known = {each.name: each.type.tensor_type.elem_type for each in (*typed.input, *typed.value_info)}
    ends = [helper.make_tensor_value_info(name, known.get(name, TensorProto.FLOAT), ["n"]) for name in names]
    held = item.model.graph.initializer
    graph = helper.make_graph([*before, node], node.name, ends, [onnx.ValueInfoProto(name=node.output[0])], list(held))
    return helper.make_model(graph, opset_imports=item.model.opset_import, functions=item.model.functions)


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


def _run(made: _Made, inputs: np.ndarray, dtype: str, order: int, layout: str = "") -> tuple[np.ndarray, str]:
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
