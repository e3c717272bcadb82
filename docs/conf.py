"""The documentation as a site: `make docs`. Pages are Markdown; formulas become MathML, so that all reads offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from propcheck.version import __version__  # noqa: E402

project = "propcheck"
author = "propcheck contributors"
copyright = author
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["README.md", "templates"]
autodoc_typehints = "none"  # the signature in the docstring's own words is enough
autodoc_member_order = "bysource"
highlight_language = "none"
default_role = "code"  # what stands between single backquotes in a docstring
html_theme = "alabaster"
html_title = "propcheck"
html_static_path = ["static", "made/static"]  # the second has the style of the pictures
html_extra_path = ["made/extra"]  # pages that are whole
html_css_files = ["charts.css", "site.css"]
html_js_files = ["site.js"]
templates_path = ["templates"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "description": "What is true of an activation function, how surely, and why",
    "fixed_sidebar": False,
    "page_width": "70rem",
    "sidebar_width": "15rem",
    "show_powered_by": False,
}
html_math_renderer = "mathml"
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(str(tex2mathml(node.astext())))
    raise _skip()


def _block(translator: Any, node: Any) -> None:
    translator.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>\n')
    raise _skip()


def _skip() -> Exception:
    from docutils.nodes import SkipNode

    return SkipNode()


def _made(app: Sphinx) -> None:
    """Pages that say what the code says are made from it, here."""
    import run_site

    run_site.write(HERE / "made")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("config-inited", lambda app, _: _made(app))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
