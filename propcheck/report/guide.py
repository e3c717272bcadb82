"""The README of a report: what lies in the folder, how to read it, what contradicts what was claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from propcheck.report import phrases
from propcheck.report.formats import ENDINGS, markdown_text
from propcheck.report.tables import all_claims

CONTENTS = {
    "criteria": "the verdict on each criterion, and what is claimed of it",
    "properties": "formula, derivative and the facts that one looks up",
    "claims": "every claim, whether it agrees, and the value that was found",
    "legend": "what each criterion asks, and its thresholds",
}
PAGE = "[report.html](report.html): all of it on one page, to be sorted and filtered"
CHANGES = "what differs from the baseline: verdicts, and numbers whose bounds have nothing in common"
EQUATIONS = "each equation of the paper, whether it is proved, and how"  # in a report on the paper
STANDINGS = {
    "proved": "an exact symbolic argument that covers the whole line",
    "enclosed": "rigorous ball arithmetic: the true value lies between the bounds in the record",
    "computed": "deterministic numerics with an error estimate",
    "measured": "an experiment: seeds, count and spread are recorded",
    "open": "not decided, which never means no",
}


def guide(record: Mapping[str, Any], formats: Iterable[str], changed: bool = False) -> str:
    """The README in Markdown; `changed` says that there is a table of changes, `html` among the formats a page."""
    formats = list(formats)
    entries = record["activations"]
    claims = all_claims(record)
    outcomes = Counter(claim["outcome"] for _, claim in claims)
    counts = ", ".join(f"{outcomes[word]} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict what was found"), ("open", "open")
    ))  # fmt: skip
    lines = [
        "# Report",
        "",
        f"Functions: {len(entries)}. Claims: {sum(outcomes.values())}, of which {counts}.",
        "",
        "`record.json` holds all that is shown here; `run.json` has the times and versions of the run. What experiments"
        " found stands apart, in `measured.json` and the tables `experiments` and `predictions`, unless they were left"
        " out: another machine measures other figures, within their spreads.",
        "",
    ]
    contents_of = CONTENTS | ({"equations": EQUATIONS} if "equations" in record else {})
    contents_of |= {"changes": CHANGES} if changed else {}
    endings = [ENDINGS[format] for format in formats if format in ENDINGS]
    lines += [f"- {PAGE}"] if "html" in formats else []
    for name, contents in contents_of.items() if endings else ():
        files = ", ".join(f"[{name}.{ending}]({name}.{ending})" for ending in endings)
        lines.append(f"- {files}: {contents}")
    lines += [
        "",
        "g is the function, z ~ N(0, 1). Where the slope jumps, the derivative is written with the slope on the right.",
        "",
        "## Signs",
        "",
    ]
    lines += [f"- `{sign}` {verdict}" for verdict, sign in phrases.SYMBOLS.items()]
    lines += [
        "- in brackets what is claimed, `+` for satisfies or relieves, `-` for fails or brings the problem in;"
        " `!` where that contradicts the verdict",
        f"- `{phrases.UNDECIDED}` beside an end of an interval: whether it is attained is open",
        "",
        "## Standings",
        "",
        *(f"- {standing}: {meaning}" for standing, meaning in STANDINGS.items()),
        "",
        "## Rules",
    ]
    for page in record["criteria"]:
        lines += ["", f"{page['number']}. **{page['key'].replace('_', ' ')}**: {page['title']}"]
        lines += [f"   - {verdict}: {rule}" for verdict, rule in page["rule"].items()]
        if page["thresholds"]:
            told = "; ".join(f"{name} {value:g}" for name, value in page["thresholds"].items())
            lines.append(f"   - thresholds: {told}")
    contradicted = [(title, claim) for title, claim in claims if claim["outcome"] == "contradicts"]
    if contradicted:
        lines += ["", "## Contradicted", ""]
        lines += [f"- {_contradiction(title, claim)}" for title, claim in contradicted]
    if "equations" in record:
        lines += ["", "## Equations taken together", ""]
        lines += [f"- {_disagreement(finding)}" for finding in record["equations"]["findings"]]
    return "\n".join(lines) + "\n"


def _disagreement(finding: Mapping[str, Any]) -> str:
    named = " and ".join(f"({number})" for number in finding["equations"])
    return markdown_text(f"{named}: {finding['text']}; {finding['found']}")


def _contradiction(title: str, claim: Mapping[str, Any]) -> str:
    where = f" ({claim['source']})" if claim["source"] else ""
    said = f"{title}, {phrases.asked(claim)}: said{where}: {phrases.stated(claim['claimed'])}; found: {claim['found']}"
    return markdown_text(said)
