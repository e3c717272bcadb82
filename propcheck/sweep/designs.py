"""A design: a formula with values of its parameters, or a spec, as a text that travels; read where it may hang.

Nothing here is a file's name: a design is what a stranger wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec

LONGEST_LINE = 1 << 20  # bytes of a line of JSON


@dataclass(frozen=True)
class Design:
    """`expression` is a formula in x or a name of the catalogue; or `spec` is the TOML text of a spec.

    `id` is what its author calls it, and decides nothing.
    """

    expression: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    spec: str = ""
    id: str | int | None = None

    @property
    def told(self) -> str:
        """What stands for it in a list."""
        return self.expression if not self.spec else str(self.id)

    def to_json(self) -> dict[str, Any]:
        """What determines the function."""
        out: dict[str, Any] = {"expression": self.expression} if not self.spec else {"spec": self.spec}
        return out | ({"parameters": dict(sorted(self.parameters.items()))} if self.parameters else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Design:
        return cls(data.get("expression", ""), data.get("parameters", {}), data.get("spec", ""))

    def read(self) -> Spec:
        """The spec of the design; InputError where it is none."""
        from propcheck import spec, target

        if self.spec:
            return target.read(spec.read(self.spec, "the spec"), self.parameters)
        return target.written(self.expression, self.parameters)


def digest(*data: Any) -> str:
    """The hash of what determines a result."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def of_line(line: str | bytes, number: int) -> Design:
    """The candidate in a line of JSON: `{"id": ..., "expression": ..., "parameters": {...}}`, or an expression alone.

    Its number is its id unless it has one. InputError where the line is none.
    """
    data = _loaded(line)
    if isinstance(data, str):
        data = {"expression": data}
    if not isinstance(data, dict):
        raise InputError('a candidate is an object, such as {"id": 1, "expression": "x*sigmoid(x)"}')
    name = data.get("id", number)
    if isinstance(name, bool) or not isinstance(name, str | int) or len(str(name)) > 200:
        raise InputError("the id of a candidate is a text or a whole number, of at most 200 characters")
    text = data.get("expression")
    if not isinstance(text, str):
        raise InputError('a candidate has its formula as the text `expression`: {"expression": "x*sigmoid(x)"}')
    given = data.get("parameters") or {}
    if not isinstance(given, dict) or any(isinstance(v, bool) or not isinstance(v, str | int | float)
                                          for v in given.values()):  # fmt: skip
        raise InputError('the parameters of a candidate are numbers by name: {"parameters": {"a": 0.25}}')
    return Design(text, {str(name): str(value) for name, value in given.items()}, id=name)


def _loaded(line: str | bytes) -> Any:
    if len(line) > LONGEST_LINE:
        raise InputError(f"the line has more than {LONGEST_LINE >> 20} MiB")
    try:
        return json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise InputError("the line is nested too deeply") from None
    except ValueError as error:  # what is no text in UTF-8 too
        raise InputError(f"the line is not JSON: {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")
