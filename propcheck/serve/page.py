"""How the live page looks: the report's own card, style and charts, with a field for the formula above them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from propcheck import spec
from propcheck.criteria import NUMBERS as KEYS
from propcheck.report import phrases, record, side_by_side
from propcheck.report.guide import STANDINGS
from propcheck.report.page import cards, hashed, overview, templates
from propcheck.report.page.charts import graph
from propcheck.report.page.charts import track as charts
from propcheck.report.page.words import clean
from propcheck.serve.question import FORMULA, OVER, PARAM, TO, WITH, Question

if TYPE_CHECKING:
    from jinja2 import Environment

EXAMPLES = ("gelu", "x*tanh(log(1+exp(x)))", "x*sigmoid(b*x)", "x if x > 0 else a*(exp(x) - 1)", "max(x, sin(3*x))")
WORKED = "x*sigmoid(b*x)"  # which the page opens on
LANGUAGES = {"latex": "LaTeX", "numpy": "NumPy", "torch": "PyTorch", "jax": "JAX", "c": "C"}
_PARTS = (
    "fault",
    "sliders",
    "curves",
    "card",
    "beside",
    "stopped",
    "gallery",
)  # that stand on the page, each in its place
_NAME = "live"  # of the one function on the page
_TEMPLATES = Path(__file__).parent / "templates"


def whole(question: Question, parts: Mapping[str, str]) -> str:
    """The page with what is known of a question; it works without its script."""
    return _drawn(question, parts, _policy())


def still(names: Sequence[str], beside: str, data: str, parts: Mapping[str, str], back: Mapping[str, str]) -> str:
    """The page that keeps its answers, `data`, and shows `parts` first: of these functions, which stand beside one."""
    entries = {entry.name: entry for entry in spec.index()}
    kept = {
        "names": {name: entries[name].title for name in names},
        "beside": {beside: entries[beside].title} if beside else {},
        "data": data.replace("<", "\\u003c"),
        "back": back,
    }
    blank = _drawn(Question(names[0]), parts, "", kept)
    return _drawn(Question(names[0]), parts, f"default-src 'none'; {_hashes(blank)}; base-uri 'none'", kept)


def policy() -> str:
    """What the browser may do with the page, as it is sent beside it."""
    return f"{_policy()}; frame-ancestors 'none'"


def card(analysis: Mapping[str, Any]) -> str:
    """The card of an analysis."""
    alone = clean({"activations": [analysis]})
    (made,) = cards.cards(alone, [_NAME], [], phrases.DIGITS)
    template = _templates().get_template("card.html")
    return template.render(card=made, level=2, alone=False, root=None, link=lambda slug: f"#f-{slug}", **_shared())


def curves(made: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> str:
    """The pictures of the function and of its slope, with those of another drawn over them."""
    caption, pictures = graph.draw(clean(made), _NAME, None, None if other is None else clean(other))
    return _part("figure", caption, pictures)


def tracks(made: Mapping[str, Any]) -> dict[str, str]:
    """The track of a slider for each criterion."""
    return {key: str(charts.strip(made, key)) for key in KEYS}


def along(made: Mapping[str, Any]) -> str:
    """The charts along a parameter."""
    caption, pictures = charts.draw(clean(made), f"{_NAME}-along-{made['parameter']}")
    return _part("figure", caption, pictures)


def beside(record: Mapping[str, Any]) -> str:
    """Two functions side by side: whether they are equal, and their verdicts and facts, what differs marked."""
    known = clean(record)
    formulas, rows = side_by_side.rows(known)
    names = [one["title"] for one in known["activations"]]
    return _part("beside", names, list(side_by_side.equalities(known)), formulas, rows)


def gallery(points: Mapping[str, Sequence[tuple[float, float]]], names: Collection[str] = ()) -> str:
    """The catalogue, or these of it, a picture a function, each a link to its page."""
    wanted = [entry for entry in spec.index() if not names or entry.name in names]
    entries = [(entry, Question(entry.name).query(), _path(points.get(entry.name, ()))) for entry in wanted]
    return _part("gallery", [(clean(vars(entry)), query, path) for entry, query, path in entries])


def _path(points: Sequence[tuple[float, float]]) -> str:
    """The line through the points in a picture of 80 by 50, from -4 to 4 and as high as the curve, at most 8."""
    if not points:
        return ""
    heights = [min(max(y, -4.0), 4.0) for _, y in points]
    low, high = min(*heights, 0.0), max(*heights, 1.0)
    placed = [(x, y) for (x, value), y in zip(points, heights, strict=True) if value == y]
    return " ".join(f"{10 * (x + 4):.1f},{46 - 42 * (y - low) / (high - low):.1f}" for x, y in placed)


def no_curves(reason: str) -> str:
    return _part("no_curves", clean(reason))


def sliders(made: Sequence[Mapping[str, str]], typed: bool = True) -> str:
    """The fields of the parameters, into which a value may be typed too."""
    return _part("sliders", made, PARAM, typed)


def fault(sentence: str) -> str:
    """Why a formula cannot be used: the sentence, and below it the place that it points at."""
    first, *below = sentence.splitlines() or [""]
    return _part("fault", clean(first), [clean(line) for line in below])


def _part(name: str, *arguments: Any) -> str:
    module: Any = _templates().get_template("live_parts.html").module
    return str(getattr(module, name)(*arguments)).strip()


def _shared() -> dict[str, Any]:
    return {"standings": STANDINGS, "symbols": overview.SYMBOLS}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = templates(_TEMPLATES)
    environment.auto_reload = False  # the policy holds for the style and the script that it was made of
    return environment


@lru_cache(maxsize=1)
def _policy() -> str:
    """Show the page, run its one script, and ask the server that it came from: that, and nothing else."""
    hashes = _hashes(_drawn(Question(""), {}, ""))
    return f"default-src 'none'; {hashes}; connect-src 'self'; form-action 'self'; base-uri 'none'"


def _hashes(blank: str) -> str:
    """The one style and the one script of the page, as a policy names them."""
    hashes = {tag: hashed(blank.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]) for tag in ("style", "script")}
    return f"style-src '{hashes['style']}'; script-src '{hashes['script']}'; img-src data:"


def _drawn(question: Question, parts: Mapping[str, str], policy: str, kept: Mapping[str, Any] | None = None) -> str:
    made = _templates().get_template("live.html")
    return made.render(
        question=question,
        heading=clean(question.formula) or "Live",
        parts={**dict.fromkeys(_PARTS, ""), **{name: Markup(part) for name, part in parts.items() if name in _PARTS}},
        catalogue=spec.index(),
        examples=[(text, Question(text).query()) for text in EXAMPLES],
        criteria=_rules(),
        tracked=KEYS,
        policy=policy,
        names={"formula": FORMULA, "param": PARAM, "with": WITH, "to": TO, "over": OVER},
        example=WORKED,
        languages={} if kept else LANGUAGES,
        kept=kept,
        **_shared(),
    )


@lru_cache(maxsize=1)
def _rules() -> list[dict[str, Any]]:
    return record.record([], {})["criteria"]
