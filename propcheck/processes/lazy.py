"""`cached_property` that holds no lock while a value is computed, as Python has it from 3.12 on.

Before that one lock is held over all objects of a class, so that a thread that computes the value of one and waits for
`alone` stops another that has `alone` and asks the same of another object, for ever. Two threads that ask one object
at once may compute a value twice here, and it is the same.
"""

from __future__ import annotations

import functools
from typing import Any

_MISSING = object()


class cached_property(functools.cached_property):  # noqa: N801, it is that of the standard library
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        assert self.attrname is not None
        found = instance.__dict__.get(self.attrname, _MISSING)
        if found is _MISSING:
            found = instance.__dict__[self.attrname] = self.func(instance)
        return found
