"""Exported sources in Python: NumPy, PyTorch, JAX, Flax.

What the library computes poorly stands as a function of its own before the activation. PyTorch and JAX are given the
exported derivatives as those of the value, and refuse to differentiate the last of them: it has none that is as good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from propcheck.numeric.dialects import JAX, NUMPY, TORCH, Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.library import assemblies, trial
from propcheck.numeric.lines import lines
from propcheck.numeric.lowering import COMPOSITE, flattened, lowered
from propcheck.numeric.source.heading import Export, Task, comment, nature, settled
from propcheck.numeric.steps import Program
from propcheck.numeric.trained import Places, Trained
from propcheck.verdict import InputError


@dataclass(frozen=True)
class Library:
    """A library: its imports, how a function begins and ends, and what makes the functions differentiable."""

    dialect: Dialect
    imports: tuple[str, ...]
    begins: Callable[[Task], list[str]]
    ends: Callable[[Task, str], str]
    differentiable: Callable[[Task], list[str]]
    remarks: Callable[[Task], list[str]]
    indent: str = "    "
    decorator: str = ""
    widened: Callable[[Task, Trained], list[str]] | None = None  # how a function of trained parameters begins
    private: str = ""  # before the names of the functions as they are written first
    trained: Callable[[Task, Trained], list[str]] | None = None  # what joins partial derivatives to a function
    layer: Callable[[Task, Trained], list[str]] | None = None


def numpy(task: Task) -> Export:
    return written(task, _NUMPY)


def torch(task: Task) -> Export:
    return written(task, _TORCH)


def jax(task: Task) -> Export:
    return written(task, _JAX)


def flax(task: Task) -> Export:
    return written(task, _FLAX)


def written(task: Task, library: Library) -> Export:
    task, promised = settled(task, library.dialect)
    used: dict[str, list[str]] = {}
    bodies = []
    for order, found in zip(task.orders, task.found, strict=True):
        program = _program(replace(task, orders=(order,), found=(found,)), library.dialect)
        bodies.append(_body(task, order, _plain(program, task, library, used), library))
    layer, remarks = _layer(task, library, used)
    head = [f"# {line}".rstrip() for line in comment(task, [*library.remarks(task), *remarks], promised)]
    parts = [*used.values(), *bodies, *(part for part in (library.differentiable(task), *layer) if part)]
    text = "\n".join(head) + "\n\n" + "\n".join(library.imports) + "\n"
    return Export(text + "".join("\n\n" + "\n".join(part) + "\n" for part in parts), promised)


def _layer(task: Task, library: Library, used: dict[str, list[str]]) -> tuple[list[list[str]], list[str]]:
    """The function as a layer, with the partial derivatives that its trained parameters take, and a remark on it."""
    of = Trained(task.activation, task.kink)
    if 0 not in task.orders or library.trained is None:
        return [], []
    if not of.names:
        return [library.layer(task, of)] if library.layer else [], []
    try:
        programs = {places: of.program(places) for places in of.places(max(task.orders))}
    except InputError as reason:
        return [], [str(reason)]
    plain = {places: _plain(program, task, library, used) for places, program in programs.items()}
    parts = [_partial(task, of, places, program, library) for places, program in plain.items()]
    parts += [library.trained(task, of), *([library.layer(task, of)] if library.layer else [])]
    names = " and ".join(of.names)
    return parts, [f"Where {names} is trained the forms hold for all its values and finite x, but without a bound."]


def _plain(program: Program, task: Task, library: Library, used: dict[str, list[str]]) -> Program:
    """The program as it is written; the functions in it that the library lacks are added to those in use."""
    plain, called = _with_calls(program, library.dialect, task.work, COMPOSITE)
    for op in called:
        _define(op, library.dialect, task.work, used)
    return plain


def _program(task: Task, dialect: Dialect) -> Program:
    about = (task.activation, task.orders, task.kink, task.work, task.out)
    return flattened(*assemblies(*about, trial(task.work, dialect), dialect.rewritten, task.found))


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


def _body(task: Task, order: int, plain: Program, library: Library) -> list[str]:
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


def _partial(task: Task, of: Trained, places: Places, plain: Program, library: Library) -> list[str]:
    made = lines(plain, _calling(library.dialect, task.work), task.work)
    result = "x.clone()" if library is _TORCH and made.results[0] == "x" else made.results[0]
    return [
        *([library.decorator] if library.decorator else []),
        f"def {partial_name(task, of, places)}({', '.join(of.arguments)}):",
        *(f"    {line}" for line in (library.widened(task, of) if library.widened else ())),
        *(f"    {name} = {text}" for name, text in made.named),
        f"    return {result}",
    ]


def partial_name(task: Task, of: Trained, places: Places) -> str:
    by = "".join(f"_{('x', *of.names)[place]}" for place in places)
    return f"_{task.name(0)}_by{by}" if by else f"_{task.name(0)}_of"


def layer_name(task: Task) -> str:
    """The name of a class, from the title where that is a name: PReLU, Swish."""
    title = task.activation.title.strip()
    words = (task.given or (title if title.isascii() and title.isidentifier() else task.name(0))).split("_")
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return f"{name}Layer" if name in (task.name(0), "Module", "Parameter") else name


def starts(of: Trained) -> str:
    """The parameters with what training starts from, as arguments."""
    return "".join(f", {name}={value!r}" for name, value in zip(of.arguments[1:], of.values, strict=True))


def atom(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _begins_numpy(task: Task) -> list[str]:
    wide = "" if task.out == task.work else f".astype(np.{task.work.name})"
    return [f"x = np.asarray(x, np.{task.out.name}){wide}", 'with np.errstate(all="ignore"):']


def _ends_numpy(task: Task, result: str) -> str:
    if task.out == task.work:
        return "x.copy()" if result == "x" else result
    return f"np.asarray({result}).astype(np.{task.out.name})[()]"


def arithmetic(task: Task) -> str:
    if task.out == task.work:
        return f"Computed in {task.work.name}."
    return f"Computed in {task.work.name} and rounded once to {task.out.name}."


def chain(task: Task) -> str:
    last = task.name(max(task.orders))
    return f"The derivatives are those that automatic differentiation takes; that of {last} is not exported."


_NUMPY = Library(
    dialect=NUMPY,
    imports=("import numpy as np",),
    begins=_begins_numpy,
    ends=_ends_numpy,
    differentiable=lambda task: [],
    remarks=lambda task: [arithmetic(task)],
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


_TRAINED_TORCH = """\
class _Trained(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(places, x, *parameters):
        wide = (tensor.to(torch.{work}) for tensor in (x, *parameters))
        return _PARTIALS[places](*wide).to(x.dtype)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.places, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx, grad):
        tensors = ctx.saved_tensors
        grads = [None] * len(tensors)
        for place, tensor in enumerate(tensors):
            if ctx.needs_input_grad[place + 1]:
                slope = _trained("".join(sorted(ctx.places + str(place))), *tensors)
                grads[place] = (grad * slope).sum_to_size(tensor.shape)
        return None, *grads


def _trained(places, *tensors):
    if places not in _PARTIALS:
        raise NotImplementedError(f"derivatives of order {len(places)} are not exported; use --order {len(places)}")
    return _Trained.apply(places, *tensors)"""


def _trained_torch(task: Task, of: Trained) -> list[str]:
    rows = [f'    "{_key(places)}": {partial_name(task, of, places)},' for places in of.places(max(task.orders))]
    return [*_TRAINED_TORCH.replace("{work}", task.work.name).splitlines(), "", "", "_PARTIALS = {", *rows, "}"]


def _key(places: Places) -> str:
    return "".join(map(str, places))


def _layer_torch(task: Task, of: Trained) -> list[str]:
    if not of.names:
        call = f"{task.name(0)}(x)"
        return [f"class {layer_name(task)}(torch.nn.Module):", "    def forward(self, x):", f"        return {call}"]
    return [
        f"class {layer_name(task)}(torch.nn.Module):",
        f"    def __init__(self{starts(of)}):",
        "        super().__init__()",
        *(
            f"        self.{name} = torch.nn.Parameter(torch.as_tensor({name}, dtype=torch.get_default_dtype()))"
            for name in of.arguments[1:]
        ),
        "",
        "    def forward(self, x):",
        f'        return _trained("", x, {", ".join(f"self.{name}" for name in of.arguments[1:])})',
    ]


_TORCH = Library(
    dialect=TORCH,
    imports=("import torch",),
    begins=lambda task: [],
    ends=lambda task, result: "x.clone()" if result == "x" else result,
    differentiable=_differentiable_torch,
    remarks=lambda task: [arithmetic(task), chain(task)],
    private="_",
    trained=_trained_torch,
    layer=_layer_torch,
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


_RULE = """\
def _rule(function, *slopes):
    @function.defjvp
    def rule(primals, tangents):
        if not slopes:
            raise NotImplementedError("a derivative of this order is not exported; export it with a higher --order")
        return function(*primals), sum(tangent * slope(*primals) for slope, tangent in zip(slopes, tangents))"""


def _trained_jax(task: Task, of: Trained) -> list[str]:
    made: list[str] = [*_RULE.splitlines(), "", ""]
    most = max(task.orders)
    for places in of.places(most):
        slopes = [tuple(sorted((*places, place))) for place in range(len(of.arguments))] if len(places) < most else []
        made.append(f"_rule({', '.join(partial_name(task, of, found) for found in (places, *slopes))})")
    call = f"{partial_name(task, of, ())}({', '.join(of.arguments)})"
    return [*made, "", "", f"def {task.name(0)}_trained(x{starts(of)}):", f"    return {call}"]


def _widened_jax(task: Task, of: Trained) -> list[str]:
    names = of.arguments
    return [f"{', '.join(names)} = ({', '.join(f'jnp.asarray({name}, jnp.{task.work.name})' for name in names)})"]


def _layer_flax(task: Task, of: Trained) -> list[str]:
    if not of.names:
        call = f"{task.name(0)}(x)"
        return [f"class {layer_name(task)}(nnx.Module):", "    def __call__(self, x):", f"        return {call}"]
    return [
        f"class {layer_name(task)}(nnx.Module):",
        f"    def __init__(self{starts(of)}):",
        *(f"        self.{name} = nnx.Param(jnp.asarray({name}, jnp.{task.out.name}))" for name in of.arguments[1:]),
        "",
        "    def __call__(self, x):",
        f"        return {task.name(0)}_trained(x, {', '.join(f'self.{name}[...]' for name in of.arguments[1:])})",
    ]


_FLUSHED = "XLA takes subnormal numbers for 0 on the CPU, those on the way to a result too."

_JAX = Library(
    dialect=JAX,
    imports=("import jax", "import jax.numpy as jnp"),
    begins=_begins_jax,
    ends=lambda task, result: result if task.out == task.work else f"{atom(result)}.astype(jnp.{task.out.name})",
    differentiable=_differentiable_jax,
    remarks=lambda task: [arithmetic(task), _FLUSHED, chain(task)],
    decorator="@jax.custom_jvp",
    widened=_widened_jax,
    trained=_trained_jax,
)

_FLAX = replace(_JAX, imports=(*_JAX.imports, "from flax import nnx"), layer=_layer_flax)
