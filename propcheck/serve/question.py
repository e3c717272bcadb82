"""A question: what stands in the address of the live page, `?formula=a*tanh(x)&param.a=2&with=tanh`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from propcheck.verdict import InputError

FORMULA, PARAM, WITH, TO, OVER = "formula", "param.", "with", "to", "over."
LONGEST_VALUE = 200  # characters of a parameter's value; of a formula the grammar has its own limit
MOST_FIELDS = 64


@dataclass(frozen=True)
class Question:
    """A formula, or a name of the catalogue, with values of some of its parameters, in the order of their names.

    `other` is a second function, at its own values, that it is compared with; `to`, a language that it is wanted in;
    `over`, a parameter and the stretch along which its slider runs.
    """

    formula: str
    params: tuple[tuple[str, str], ...] = ()
    other: str = ""
    to: str = ""
    over: tuple[str, str] | None = None

    def query(self) -> str:
        """Its place in an address."""
        params = [(f"{PARAM}{name}", value) for name, value in self.params]
        return urlencode([(FORMULA, self.formula), *params, *([(WITH, self.other)] if self.other else [])])

    @property
    def alone(self) -> Question:
        """The function without what it is compared with."""
        return Question(self.formula, self.params)

    @property
    def pair(self) -> Question:
        """The two functions."""
        return Question(self.formula, self.params, self.other)

    @property
    def tracked(self) -> Question:
        """The function with the parameter that runs, whose value does not matter."""
        name = self.over[0] if self.over else ""
        return Question(self.formula, tuple(one for one in self.params if one[0] != name), over=self.over)

    @property
    def second(self) -> Question:
        """The function that it is compared with."""
        return Question(self.other)


def read(query: str) -> Question:
    """The question that an address asks; fields that are none of the page's are left aside."""
    try:
        fields = parse_qsl(query, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InputError(f"the address has more than {MOST_FIELDS} fields; it takes a formula and parameters") from None
    formula, other, to = (
        next((text for key, text in fields if key == name), "").strip() for name in (FORMULA, WITH, TO)
    )
    over = next(iter(_params(fields, OVER).items()), None)
    return Question(formula, tuple(sorted(_params(fields).items())), other, to, over)


def _params(fields: Iterable[tuple[str, str]], prefix: str = PARAM) -> dict[str, str]:
    params = {name.removeprefix(prefix): value.strip() for name, value in fields if name.startswith(prefix)}
    for name, value in params.items():
        if len(value) > LONGEST_VALUE:
            raise InputError(f"the value of {name[:40]} has more than {LONGEST_VALUE} characters; give a number")
    return {name: value for name, value in params.items() if value}
