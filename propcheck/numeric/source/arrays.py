"""Exported sources in Python: NumPy, PyTorch, JAX.

What the library computes poorly stands as a function of its own before the activation. PyTorch and JAX are given the
exported derivatives as those of the value, and refuse to differentiate the last of them: it has none that is as good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from propcheck.numeric.dialects import JAX, NUMPY, TORCH, Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.library import assemblies
from propcheck.numeric.lines import lines
from propcheck.numeric.lowering import COMPOSITE, flattened, lowered
from propcheck.numeric.source.heading import Export, Task, comment, nature, promises, trial
from propcheck.numeric.steps import Program


@dataclass(frozen=True)
class _Library:
    """A library: its imports, how a function begins and ends, and what makes the functions differentiable."""

    dialect: Dialect
    imports: tuple[str, ...]
    begins: Callable[[Task], list[str]]
    ends: Callable[[Task, str], str]
    differentiable: Callable[[Task], list[str]]
    remarks: Callable[[Task], list[str]]
    indent: str = "    "
    decorator: str = ""
    private: str = ""  # before the names of the functions as they are written first


def numpy(task: Task) -> Export:
    return _written(task, _NUMPY)


def torch(task: Task) -> Export:
    return _written(task, _TORCH)


def jax(task: Task) -> Export:
    return _written(task, _JAX)


def _written(task: Task, library: _Library) -> Export:
    promised = promises(task, library.dialect)
    head = [f"# {line}".rstrip() for line in comment(task, library.remarks(task), promised)]
    bodies: list[list[str]] = []
    used: dict[str, list[str]] = {}
    for order in task.orders:
        program = _program(replace(task, orders=(order,)), library.dialect)
        plain, called = _with_calls(program, library.dialect, task.work, COMPOSITE)
        for op in called:
            _define(op, library.dialect, task.work, used)
        bodies.append(_body(task, order, plain, library))
    parts = [head, list(library.imports), *used.values(), *bodies]
    if made := library.differentiable(task):
        parts.append(made)
    text = "\n".join(parts[0]) + "\n\n" + "\n".join(parts[1]) + "\n"
    return Export(text + "".join("\n\n" + "\n".join(part) + "\n" for part in parts[2:]), promised)


def _program(task: Task, dialect: Dialect) -> Program:
    found = assemblies(
        task.activation, task.orders, task.kink, task.work, task.out, trial(task, dialect), dialect.rewritten
    )
    return flattened(*found)


# --- functions that the library lacks --------------------------------------------------------------------------------


def _with_calls(
    program: Program, dialect: Dialect, work: Format, broken_down: frozenset[str]
) -> tuple[Program, list[str]]:
    """The program with what is poor, but for `broken_down`, left whole; and what that is."""
    made = lowered(program, work, broken_down, dialect.rewritten)
    poor = dialect.poor_at(work) - broken_down
    return made, sorted({step.op for step in made.steps if step.op in poor})


def _calling(dialect: Dialect, work: Format) -> Dialect:
    calls = {op: f"_{op}({{0}})" for op in dialect.poor_at(work) - COMPOSITE}
    return replace(dialect, calls={**dialect.calls, **calls})


def _define(op: str, dialect: Dialect, work: Format, known: dict[str, list[str]]) -> None:
    """Adds the definition of a function behind those of the functions that it calls."""
    if op in known:
        return
    source = Program()
    source.outputs = (source.emit(op, source.emit("x")),)
    plain, called = _with_calls(source, dialect, work, COMPOSITE | {op})
    for other in called:
        _define(other, dialect, work, known)
    made = lines(plain, _calling(dialect, work), work)
    known[op] = [
        f"def _{op}(x):",
        *(f"    {name} = {text}" for name, text in made.named),
        f"    return {made.results[0]}",
    ]


# --- the functions ---------------------------------------------------------------------------------------------------


def _body(task: Task, order: int, plain: Program, library: _Library) -> list[str]:
    made = lines(plain, _calling(library.dialect, task.work), task.work)
    name = f"{library.private}{task.name(order)}"
    inner = [f"{name} = {text}" for name, text in made.named]
    inner.append(f"return {library.ends(task, made.results[0])}")
    return [
        *([library.decorator] if library.decorator else []),
        f"def {name}(x):",
        *(f"    # {nature(span)}" for segment in task.plan(order).segments for span in segment.local),
        *(f"    {line}" for line in library.begins(task)),
        *(f"{library.indent}{line}" for line in inner),
    ]


def _atom(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _begins_numpy(task: Task) -> list[str]:
    wide = "" if task.out == task.work else f".astype(np.{task.work.name})"
    return [f"x = np.asarray(x, np.{task.out.name}){wide}", 'with np.errstate(all="ignore"):']


def _ends_numpy(task: Task, result: str) -> str:
    if task.out == task.work:
        return "x.copy()" if result == "x" else result
    return f"np.asarray({result}).astype(np.{task.out.name})[()]"


def _arithmetic(task: Task) -> str:
    if task.out == task.work:
        return f"Computed in {task.work.name}."
    return f"Computed in {task.work.name} and rounded once to {task.out.name}."


def _chain(task: Task) -> str:
    last = task.name(max(task.orders))
    return f"The derivatives are those that automatic differentiation takes; that of {last} is not exported."


_NUMPY = _Library(
    dialect=NUMPY,
    imports=("import numpy as np",),
    begins=_begins_numpy,
    ends=_ends_numpy,
    differentiable=lambda task: [],
    remarks=lambda task: [_arithmetic(task)],
    indent=" " * 8,
)


# --- PyTorch ---------------------------------------------------------------------------------------------------------

_AUTOGRAD = """\
class _Reverse(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x, order):
        return _FUNCTIONS[order](x.to(torch.{work})).to(x.dtype)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.order = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, grad):
        return grad * _applied(ctx.saved_tensors[0], ctx.order + 1), None


class _Differentiable(_Reverse):
    @staticmethod
    def jvp(ctx, tangent, _):
        return tangent * _applied(ctx.saved_tensors[0], ctx.order + 1)


def _applied(x, order):
    if order not in _FUNCTIONS:
        raise NotImplementedError(f"the derivative of order {order} is not exported; export it with --order {order}")
    # torch.compile takes no function with a forward derivative
    return (_Reverse if torch.compiler.is_compiling() else _Differentiable).apply(x, order)"""


def _differentiable_torch(task: Task) -> list[str]:
    table = ", ".join(f"{order}: _{task.name(order)}" for order in task.orders)
    made = [*_AUTOGRAD.replace("{work}", task.work.name).splitlines(), "", "", f"_FUNCTIONS = {{{table}}}"]
    for order in task.orders:
        made += ["", "", f"def {task.name(order)}(x):", f"    return _applied(x, {order})"]
    return made


_TORCH = _Library(
    dialect=TORCH,
    imports=("import torch",),
    begins=lambda task: [],
    ends=lambda task, result: "x.clone()" if result == "x" else result,
    differentiable=_differentiable_torch,
    remarks=lambda task: [_arithmetic(task), _chain(task)],
    private="_",
)


# --- JAX -------------------------------------------------------------------------------------------------------------


def _differentiable_jax(task: Task) -> list[str]:
    made: list[str] = []
    for order in task.orders:
        rule = f"_slope_of_{task.name(order)}"
        made += ["", ""] if made else []
        made += [f"@{task.name(order)}.defjvp", f"def {rule}(primals, tangents):"]
        if order + 1 in task.orders:
            made += [
                "    (x,), (tangent,) = primals, tangents",
                f"    return {task.name(order)}(x), tangent * {task.name(order + 1)}(x)",
            ]
        else:
            made.append(
                f'    raise NotImplementedError("the derivative of order {order + 1} is not exported;'
                f' export it with --order {order + 1}")'
            )
    return made


def _begins_jax(task: Task) -> list[str]:
    wide = "" if task.out == task.work else f".astype(jnp.{task.work.name})"
    made = [f"x = jnp.asarray(x, jnp.{task.out.name}){wide}"]
    if task.work.bits == 53:
        made.insert(0, "if not jax.config.jax_enable_x64:")
        made.insert(1, "    raise RuntimeError(\"this needs jax.config.update('jax_enable_x64', True)\")")
    return made


_JAX = _Library(
    dialect=JAX,
    imports=("import jax", "import jax.numpy as jnp"),
    begins=_begins_jax,
    ends=lambda task, result: result if task.out == task.work else f"{_atom(result)}.astype(jnp.{task.out.name})",
    differentiable=_differentiable_jax,
    remarks=lambda task: [_arithmetic(task), "XLA takes subnormal numbers for 0 on the CPU.", _chain(task)],
    decorator="@jax.custom_jvp",
)
