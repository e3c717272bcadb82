"""PyTorch's operators below its dispatcher, ATen's: what each computes of the elements of its operands.

Those that keep every element in its place, or copy, or fill, are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from propcheck.code.formula import COMMON

GELU = {"none": "a/2*(1 + erf(a/sqrt(2)))", "tanh": "a/2*(1 + tanh(sqrt(2/pi)*(a + 0.044715*a**3)))"}
GELU_SLOPE = {
    "none": "(1 + erf(a/sqrt(2)))/2 + a*exp(-a**2/2)/sqrt(2*pi)",
    "tanh": "(1 + tanh(sqrt(2/pi)*(a + 0.044715*a**3)))/2"
    " + a/2*(1 - tanh(sqrt(2/pi)*(a + 0.044715*a**3))**2)*sqrt(2/pi)*(1 + 3*0.044715*a**2)",
}
# Operators by what ATen calls them, with their operands in its order and its defaults for those left out.
ROWS: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    "rsub": ("b - c*a", (1,)), "special_ndtr": ("ndtr(a)", ()), "special_log_ndtr": (COMMON["log_ndtr"], ()),
    "add": ("a + c*b", (1,)), "sub": ("a - c*b", (1,)), "special_xlog1py": (COMMON["xlog1py"], ()),
    "addcmul": ("a + d*b*c", ()), "addcdiv": ("a + d*b/c", ()), "special_logit": ("logit(a)", ()),
    "masked_fill": ("c if b else a", ()), "threshold": ("c if a <= b else a", ()),
    "hardtanh": ("min(max(a, b), c)", (-1, 1)), "hardsigmoid": ("min(max(a + 3, 0), 6)/6", ()),
    "hardswish": ("a*min(max(a + 3, 0), 6)/6", ()), "_prelu_kernel": ("a if a > 0 else b*a", ()),
    "leaky_relu": ("a if a > 0 else b*a", (0.01,)), "hardshrink": ("0 if -b <= a and a <= b else a", (0.5,)),
    "softshrink": ("a - b if a > b else a + b if a < -b else 0", (0.5,)),
    "softplus": ("a if a*b > c else log(1 + exp(a*b))/b", (1, 20)),
    "elu": ("c*a if a > 0 else c*b*(exp(a*d) - 1)", (1, 1, 1)),
    "celu": ("a if a > 0 else b*(exp(a/b) - 1)", (1,)),
    "log_sigmoid_forward": ("min(a, 0) - log(1 + exp(-abs(a)))", ()), "logit": ("logit(a)", ()),
    "sgn": ("sign(a)", ()), "special_erfcx": (COMMON["erfcx"], ()), "special_entr": (COMMON["entr"], ()),
    # What autograd computes: the gradient of the output first, unless said otherwise.
    "sigmoid_backward": ("a*b*(1 - b)", ()), "tanh_backward": ("a*(1 - b**2)", ()),
    "threshold_backward": ("0 if b <= c else a", ()), "leaky_relu_backward": ("a if b > 0 else c*a", (0.01, False)),
    "silu_backward": ("a*sigmoid(b)*(1 + b*(1 - sigmoid(b)))", ()),
    "hardtanh_backward": ("0 if b <= c or b >= d else a", ()),
    "hardsigmoid_backward": ("a/6 if -3 < b and b < 3 else 0", ()),
    "hardswish_backward": ("0 if b <= -3 else a*(b/3 + 0.5) if b < 3 else a", ()),
    "softplus_backward": ("a if b*c > d else a*sigmoid(b*c)", ()),
}  # fmt: skip
VIEWS = ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "expand", "alias", "detach", "lift_fresh", "slice",
          "t", "transpose", "permute", "view_as", "_reshape_alias", "contiguous", "select")  # fmt: skip
COPIES = ("clone", "_to_copy", "to", "lift_fresh_copy")
CONSTANT = {"zeros_like": 0, "ones_like": 1, "new_zeros": 0, "new_ones": 1, "zeros": 0, "ones": 1, "scalar_tensor": 0}
EMPTY = ("empty_like", "new_empty", "empty")
ORDERED = ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "alias", "detach", "lift_fresh", "contiguous",
            "_reshape_alias", "view_as", "expand")  # fmt: skip
KEYWORDS = ("dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking", "copy", "approximate", "alpha",
             "value", "rounding_mode", "min", "max", "implicit")  # fmt: skip
