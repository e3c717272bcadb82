"""timm's activations: functions of tensors, differentiated by PyTorch, some with a backward of their own."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

from functools import partial
from typing import Any

import timm.layers as layers
from timm import __version__
from timm.layers import activations, activations_me

from propcheck.conformance.frameworks import Row, Run, torch

NAME = "timm"
example = torch.example


def versions() -> dict[str, str]:
    return {"timm": str(__version__), **torch.versions()}


def runner(row: Row) -> Run:
    name = row.call.rpartition(".")[2]
    page: Any = activations_me if "activations_me" in row.call else activations
    found = getattr(page, name, None) or getattr(layers, name)
    return torch.of(partial(found, **row.args), inplace=partial(found, inplace=True) if row.inplace else None)
