"""What a run leaves and what a reader sees: a record, tables drawn from it alone, the card on the terminal.

The folder is a function too: `propcheck.report(["gelu", "relu"], "designs")` writes a report, as the command does.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Report(ModuleType):
    def __call__(self, *targets: Any, **options: Any) -> Any:
        from propcheck.report import making

        return making.report(*targets, **options)


sys.modules[__name__].__class__ = _Report
