"""One row a fact: all that others know of it besides what its question answers.

To add a fact costs its question, in `analysis` or above, and a row here. The question is named by its place, so that a
card is drawn without what answers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Row:
    """A fact: `question` is the place of the function that answers it, as `module:name` in the package.

    `said` is how the card says it (`report.phrases.SAID`), beside `label`; one without a label is not on the card.
    """

    key: str
    question: str
    label: str = ""
    said: str = ""
    number: bool = False  # it is a number by itself, else fields
    slow: bool = False  # it is asked after the others
    of_any: bool = False  # it is asked also of a function whose pieces are not known
    of_random: bool = False  # it arises only where a parameter is random
    of_law: bool = False  # it arises only where a normal law is given
    on: bool = False  # it is asked also of a function on an interval

    @property
    def ask(self) -> Callable[[Any], Any]:
        """The function that answers the question."""
        module, _, name = self.question.partition(":")
        return getattr(import_module(f"propcheck.{module}"), name)


ROWS = (  # in reading order
    Row("domain", "analysis.shape:domain", of_any=True, on=True),
    Row("smoothness", "analysis.shape:smoothness", "smoothness", "smoothness", on=True),
    Row("affine", "analysis.shape:affine", "affine", "flag", on=True),
    Row("parity", "analysis.shape:parity", "parity", "word"),
    Row("monotonicity", "analysis.shape:monotonicity", "monotonicity", "word", on=True),
    Row("monotone_intervals", "analysis.course:monotone_intervals", "rising and falling", "intervals", on=True),
    Row("convexity", "analysis.course:convexity", "convexity", "bends", on=True),
    Row("zeros", "analysis.zeros:zeros", "roots", "points", on=True),
    Row("fixed_points", "analysis.zeros:fixed_points", "fixed points", "points", on=True),
    Row("range", "analysis.extent:value_range", "range", "span", on=True),
    Row("image", "analysis.extent:image", on=True),
    Row("derivative_range", "analysis.extent:derivative_range", "slope range", "span", on=True),
    Row("lipschitz", "analysis.extent:lipschitz", "Lipschitz constant", "number", number=True, on=True),
    Row("slope_of_output", "analysis.output:slope_of_output", "slope by the output", "by output", on=True),
    Row("limits", "analysis.ends:limits", "limits, left / right", "values"),
    Row("asymptotes", "analysis.ends:asymptotes", "asymptotes, left / right", "lines"),
    Row("saturation", "analysis.ends:saturation", "saturation, left / right", "sides"),
    Row("dead_region", "analysis.flat:dead_region", "P[g'(z) = 0]", "mass"),
    Row("zero_region", "analysis.flat:zero_region", "P[g(z) = 0]", "mass"),
    Row("gaussian", "analysis.gaussian:find", "mean, variance", "moments"),
    Row("gaussian_at", "analysis.normal:moments", "mean, variance at N(m, s^2)", "moments", of_law=True),
    Row("nonlinearity", "analysis.gaussian:nonlinearity", "nonlinearity", "number", number=True),
    Row("criticality", "analysis.criticality:criticality"),
    Row("edge_of_chaos", "meanfield.behaviour:edge_of_chaos", slow=True),
    Row("propagation", "meanfield.propagation:propagation", slow=True),
    Row("cost", "analysis:operations", "cost with derivative", "operations", of_any=True),
    Row("noise", "analysis.gaussian:noise", of_random=True),
)
# What may be claimed of a fact by its key alone, and the kind of that: its number, or its truth.
CLAIMS = {row.key: "number" if row.number else "yes or no" for row in ROWS if row.number or row.said == "flag"}
BY_KEY = {row.key: row for row in ROWS}
