"""A formula of a record on the page: MathML where the text is in the expression language, else the text."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from propcheck.notation import mathml


@lru_cache(maxsize=2_048)
def math(text: str) -> Markup:
    """The formula, typeset if it can be."""
    set_ = mathml(text)
    return Markup(set_) if set_ is not None else Markup("<code>{}</code>").format(text)
