"""Slopes of code against those of a function: kinks are named and pass, wrong slopes do not."""

from __future__ import annotations

from importlib.metadata import entry_points

import numpy as np
import pytest

import propcheck
from propcheck.inquiries.gradcheck import GradientError

pytest_plugins = ["pytester"]


def relu(x):
    return np.maximum(x, 0)


@pytest.mark.parametrize(("at_zero", "word"), [(0.0, "left"), (1.0, "right"), (0.5, "mean"), (0.25, "0.25")])
def test_a_slope_between_those_of_both_sides_is_named_and_passes(at_zero: float, word: str) -> None:
    found = propcheck.gradcheck(relu, "relu", slopes=[lambda x: np.where(x == 0, at_zero, x > 0)])
    assert found and len(found.conventions) == 1 and f"takes the {word}" in str(found) or word in str(found)


@pytest.mark.parametrize(
    "slope", [lambda x: np.where(x == 0, -1, x > 0), lambda x: x > 1e-3, lambda x: np.ones_like(x)]
)
def test_a_slope_outside_or_beside_is_refused(slope) -> None:
    with pytest.raises(GradientError):
        propcheck.gradcheck(relu, "relu", slopes=[slope])
    assert not propcheck.gradcheck(relu, "relu", slopes=[slope], raises=False)


def test_without_a_slope_it_does_not_pass_silently() -> None:
    with pytest.raises(GradientError, match="nothing gives a derivative"):
        propcheck.gradcheck(relu, "relu")


def test_torch_at_kinks_raises_no_false_alarm() -> None:
    torch = pytest.importorskip("torch")
    for name, function in (("relu", "relu"), ("hard_tanh", "hardtanh"), ("hard_swish", "hardswish")):
        found = propcheck.gradcheck(getattr(torch.nn.functional, function), name)
        assert found.conventions


def test_the_fixture_fails_with_what_was_found(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import numpy as np

        def test_right(propcheck_conform):
            propcheck_conform(lambda x: np.clip(x, -1, 1), "hard_tanh", dtypes=("float32",), orders=(0,))

        def test_wrong(propcheck_conform):
            propcheck_conform(lambda x: np.where(x > 0, x, 0), "relu", dtypes=("float32",), orders=(0,))

        def test_allowed(propcheck_conform):
            wrong = lambda x: np.where(x > 0, x, 0)
            propcheck_conform(wrong, "relu", allow=["nan_swallowed"], dtypes=("float32",), orders=(0,))
        """
    )
    installed = any(point.value == "propcheck.pytest_plugin" for point in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "propcheck.pytest_plugin")  # the sources alone may be there
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *plugin)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*nan_swallowed*"])
