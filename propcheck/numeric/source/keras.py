"""Exported sources for Keras 3, in `keras.ops` alone, so that they run on whatever backend it has.

The exported derivatives are those of the value by `ops.custom_gradient`, each in its turn; the last of them has none.
Of each operation the backend that computes it worst is allowed for; where JAX computes, its compiler is kept from
taking floating-point numbers for real ones, as in sources for JAX.
"""

from __future__ import annotations

from propcheck.numeric.dialects import KERAS
from propcheck.numeric.source.arrays import (
    Library,
    arithmetic,
    atom,
    chain,
    layer_name,
    partial_name,
    starts,
    written,
)
from propcheck.numeric.source.heading import Export, Task
from propcheck.numeric.trained import Trained

_REMARK = (
    "On TensorFlow without jit_compile: its compiler may take floating-point numbers for real ones."
    " On JAX subnormal numbers are taken for 0 on the CPU."
)

_KEPT = """\
def _kept(x):
    if keras.backend.backend() != "jax":
        return x
    from jax.lax import optimization_barrier

    return optimization_barrier(x)""".splitlines()

_RULE = """\
def _summed(grad, like):
    lead = len(grad.shape) - len(like.shape)
    axes = tuple(k for k, n in enumerate(grad.shape) if k < lead or like.shape[k - lead] == 1 != n)
    return ops.reshape(ops.sum(grad, axis=axes), like.shape) if axes else grad


def _with_slopes(function, *slopes):
    @ops.custom_gradient
    def whole(*inputs):
        def grad(*args, upstream=None):
            if not slopes:
                raise NotImplementedError("a derivative of this order is not exported; export it with a higher --order")
            upstream = args[0] if upstream is None else upstream
            found = [_summed(upstream * slope(*inputs), like) for slope, like in zip(slopes, inputs)]
            return tuple(found) if len(found) > 1 else found[0]

        return function(*inputs), grad

    return whole


def _tensors(*inputs):
    made = tuple(ops.convert_to_tensor(x, "{out}") for x in inputs)
    if keras.backend.standardize_dtype(made[0].dtype) != "{out}":
        raise RuntimeError("this needs {out}, which JAX has after jax.config.update('jax_enable_x64', True)")
    return made"""


def source(task: Task) -> Export:
    """A module of functions of tensors of any shape, and of the function as a layer."""
    return written(task, _KERAS)


def _differentiable(task: Task) -> list[str]:
    made = [*_RULE.replace("{out}", task.out.name).splitlines(), "", ""]
    for order in reversed(task.orders):
        slope = f", _whole{order + 1}" if order + 1 in task.orders else ""
        made.append(f"_whole{order} = _with_slopes(_plain_{task.name(order)}{slope})")
    for order in task.orders:
        made += ["", "", f"def {task.name(order)}(x):", f"    return _whole{order}(*_tensors(x))"]
    return made


def _trained(task: Task, of: Trained) -> list[str]:
    made: list[str] = []
    most = max(task.orders)
    for places in sorted(of.places(most), key=len, reverse=True):
        slopes = [tuple(sorted((*places, place))) for place in range(len(of.arguments))] if len(places) < most else []
        slots = ", ".join([partial_name(task, of, places), *(_whole(task, of, slope) for slope in slopes)])
        made.append(f"{_whole(task, of, places)} = _with_slopes({slots})")
    call = f"{_whole(task, of, ())}(*_tensors({', '.join(of.arguments)}))"
    return [*made, "", "", f"def {task.name(0)}_trained(x{starts(of)}):", f"    return {call}"]


def _whole(task: Task, of: Trained, places: tuple[int, ...]) -> str:
    return f"_whole{partial_name(task, of, places)}"


def _widened(task: Task, of: Trained) -> list[str]:
    if task.out == task.work:
        return []
    wide = ", ".join(f'ops.cast({name}, "{task.work.name}")' for name in of.arguments)
    return [f"{', '.join(of.arguments)} = ({wide})"]


def _layer(task: Task, of: Trained) -> list[str]:
    head = ["@keras.saving.register_keras_serializable()", f"class {layer_name(task)}(keras.layers.Layer):"]
    if not of.names:
        return [*head, "    def call(self, x):", f"        return {task.name(0)}(x)"]
    names = of.arguments[1:]
    given = ", ".join(f'"{name}": float({name})' for name in names)
    return [
        *head,
        f"    def __init__(self{starts(of)}, **about):",
        "        super().__init__(**about)",
        f"        self.starts = {{{given}}}",
        "        for name, value in self.starts.items():",
        "            initializer = keras.initializers.Constant(value)",
        "            setattr(self, name, self.add_weight(name=name, shape=(), initializer=initializer))",
        "",
        "    def get_config(self):",
        "        return {**super().get_config(), **self.starts}",
        "",
        "    def call(self, x):",
        f"        return {task.name(0)}_trained(x, {', '.join(f'self.{name}' for name in names)})",
    ]


def _ends(task: Task, result: str) -> str:
    result = "x + 0" if result == "x" else result
    return result if task.out == task.work else f"ops.cast({atom(result)}, {task.out.name!r})"


_KERAS = Library(
    dialect=KERAS,
    imports=("import keras", "from keras import ops", "", "", *_KEPT),
    begins=lambda task: [] if task.out == task.work else [f'x = ops.cast(x, "{task.work.name}")'],
    ends=_ends,
    differentiable=_differentiable,
    remarks=lambda task: [arithmetic(task), _REMARK, chain(task)],
    private="_plain_",
    widened=_widened,
    trained=_trained,
    layer=_layer,
)
