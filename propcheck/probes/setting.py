"""The setting of an experiment: its size, its seeds, the weights that it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from propcheck.meanfield.blocks import named
from propcheck.network.blocks import KINDS
from propcheck.network.initialisation import SCHEMES, deviations
from propcheck.verdict import InputError

DTYPES = ("float32", "float64")
BACKENDS = ("numpy", "torch")
CRITICAL = "critical"  # the scheme that the mean field recommends
PLAIN = "plain"
OF_BLOCKS = ("lecun", "glorot", "he", "preserving")  # schemes of residual blocks
_MOST = {"depth": 10_000, "width": 16_384, "batch": 65_536, "seeds": 1000}


@dataclass(frozen=True)
class Setting:
    """Depth, width and batch of the deep network, the number of seeds (0, 1, ...), the initialisation, the dtype.

    `backend` and `device` say where the deep network is run; the small ones that learn are NumPy's always. `fast`
    takes loops that numba compiles, for the draws of the weights too: worth their compilation in large networks.
    `init` may be `critical` too, as it is in plain layers unless given; residual blocks have `preserving` then. `only`
    has the keys of the criteria that are looked at, all unless given. `block` is plain, or the kind of residual block
    that the deep network is made of.
    """

    depth: int = 50
    width: int = 256
    batch: int = 128
    seeds: int = 5
    init: str | tuple[float, float] = ""
    dtype: str = "float32"
    backend: str = "numpy"
    device: str = "cpu"
    fast: bool = False
    only: tuple[str, ...] = ()
    block: str = PLAIN

    def __post_init__(self) -> None:
        if not self.init:
            object.__setattr__(self, "init", CRITICAL if self.block == PLAIN else "preserving")
        for name, most in _MOST.items():
            value = getattr(self, name)
            least = 1 if name == "seeds" else 2
            if not isinstance(value, int) or not least <= value <= most:
                raise InputError(f"{name} is a whole number from {least} to {most}, not {value!r}")
        if self.dtype not in DTYPES:
            raise InputError(f"a network is run in {' or '.join(DTYPES)}, not in {self.dtype!r}")
        if self.init not in (known := (*SCHEMES, CRITICAL)):
            deviations(self.init, known)
        if self.backend not in BACKENDS:
            raise InputError(f"a network is run by {' or '.join(BACKENDS)}, not by {self.backend!r}")
        if self.backend == "numpy" and self.device != "cpu":
            raise InputError(f"NumPy runs on the cpu alone; take the backend torch for the device {self.device!r}")
        if self.fast and (self.backend != "numpy" or find_spec("numba") is None):
            raise InputError("the fast loops are NumPy's, by numba: pip install 'propcheck[fast]', or leave fast out")
        if named(self.block).name != PLAIN:
            self._check_block()

    def _check_block(self) -> None:
        """Raises where no network of these blocks can be run."""
        if self.block not in KINDS:
            raise InputError("convolutions are not run: they share the maps of plain layers; leave the block out")
        if self.init not in (*SCHEMES, CRITICAL):
            if deviations(self.init)[1]:
                raise InputError(f"a {self.block} block has no biases; give sigma_w,0 as the initialisation")
        elif self.init not in OF_BLOCKS:
            known = ", ".join(OF_BLOCKS)
            raise InputError(f"a {self.block} block starts from {known} or sigma_w,0, not from {self.init!r}")
        if self.backend != "numpy":
            raise InputError(f"{self.block} blocks are run by NumPy alone; leave the backend out")

    def to_json(self) -> Mapping[str, Any]:
        init = self.init if isinstance(self.init, str) else ",".join(f"{number:g}" for number in self.init)
        out = asdict(self) | {"init": init}
        usual = {"only": (), "block": PLAIN}
        return {name: value for name, value in out.items() if name not in usual or value != usual[name]}
