"""The setting of an experiment: its size, its seeds, the weights that it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from propcheck.network.initialisation import SCHEMES, deviations
from propcheck.verdict import InputError

DTYPES = ("float32", "float64")
_MOST = {"depth": 10_000, "width": 16_384, "batch": 65_536, "seeds": 1000}


@dataclass(frozen=True)
class Setting:
    """Depth, width and batch of the deep network, the number of seeds (0, 1, ...), the initialisation, the dtype."""

    depth: int = 50
    width: int = 256
    batch: int = 128
    seeds: int = 5
    init: str | tuple[float, float] = "preserving"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            value = getattr(self, name)
            least = 1 if name == "seeds" else 2
            if not isinstance(value, int) or not least <= value <= most:
                raise InputError(f"{name} is a whole number from {least} to {most}, not {value!r}")
        if self.dtype not in DTYPES:
            raise InputError(f"a network is run in {' or '.join(DTYPES)}, not in {self.dtype!r}")
        if self.init not in SCHEMES:
            deviations(self.init)

    def to_json(self) -> Mapping[str, Any]:
        init = self.init if isinstance(self.init, str) else ",".join(f"{number:g}" for number in self.init)
        return asdict(self) | {"init": init}
