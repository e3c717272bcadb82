"""The README of a report: what lies in the folder, how to read it, what contradicts what was claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from propcheck.report import phrases
from propcheck.report.formats import ENDINGS, markdown_text
from propcheck.report.tables import all_claims, departures

CONTENTS = {
    "criteria": "the verdict on each criterion, and what is claimed of it",
    "properties": "formula, derivative and the facts that one looks up",
    "claims": "every claim, whether it agrees, and the value that was found",
    "initialisation": "where gradients keep their size, what happens there, and gains",
    "legend": "what each criterion asks, and its thresholds",
}
DEPARTURES = "verdicts that are not what is claimed, and why"  # where there are any
PAGE = "[report.html](report.html): all of it on one page, to be sorted and filtered"
DOCUMENT = "[report.tex](report.tex): all tables, the legend and what is contradicted, in one LaTeX file that compiles"
CHANGES = "what differs from the baseline: verdicts, and numbers whose bounds have nothing in common"
EQUATIONS = "each equation of the paper, whether it is proved, and how"  # in a report on the paper
READING = (
    "g is the function, z ~ N(0, 1). Where the slope jumps, the derivative is written with the slope on the right."
)
BRACKETS = (
    "in brackets what is claimed, `+` for satisfies or relieves, `-` for fails or brings the problem in;"
    " `!` where that contradicts the verdict"
)
STANDINGS = {
    "proved": "an exact symbolic argument that covers the whole line",
    "enclosed": "rigorous ball arithmetic: the true value lies between the bounds in the record",
    "computed": "deterministic numerics with an error estimate",
    "measured": "an experiment: seeds, count and spread are recorded",
    "open": "not decided, which never means no",
}


CERTIFICATES = (
    "`certificates/` holds for each function what was found of it over the whole line in a form that a stranger can"
    " check. `propcheck certify --checker > check_certificate.py` gives the checker, one page of Python that uses the"
    " standard library alone; `python check_certificate.py certificates/*.json` confirms each claim or refuses it."
)


def guide(
    record: Mapping[str, Any], formats: Iterable[str], changed: bool = False, symbols: str = phrases.SIGNS
) -> str:
    """The README in Markdown; `changed` says that there is a table of changes, `html` among the formats a page."""
    formats = list(formats)
    lines = [
        "# Report",
        "",
        summary(record),
        "",
        "`record.json` holds all that is shown here, `curves.json` the curves on the page; `run.json` has the command,"
        " the times and the versions of the run. `propcheck report --from` draws all of it again. What experiments"
        " found stands apart, in `measured.json` and the tables `experiments` and `predictions`, unless they were left"
        " out: another machine measures other figures, within their spreads.",
        "",
    ]
    lines[-1:] = [CERTIFICATES, ""]
    contents_of = CONTENTS | ({"equations": EQUATIONS} if "equations" in record else {})
    contents_of |= {"departures": DEPARTURES} if any(departures(record)) else {}
    contents_of |= {"changes": CHANGES} if changed else {}
    endings = [ENDINGS[format] for format in formats if format in ENDINGS]
    lines += [f"- {PAGE}"] if "html" in formats else []
    lines += [f"- {DOCUMENT}"] if "latex" in formats else []
    for name, contents in contents_of.items() if endings else ():
        files = ", ".join(f"[{name}.{ending}]({name}.{ending})" for ending in endings)
        lines.append(f"- {files}: {contents}")
    lines += [
        "",
        READING,
        "",
        "## Signs",
        "",
    ]
    shown = phrases.SYMBOL_SETS[symbols]
    lines += [f"- `{sign}` {verdict}" for verdict, sign in shown.items() if sign != verdict]
    lines += [
        f"- {BRACKETS}",
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
            lines.append(f"   - thresholds: {told}{_usual(page)}")
        lines += [f"   - {page['foretells']}"] if page.get("foretells") else []
    for heading, disagreements in (
        ("Contradicted", contradicted(record)),
        ("Equations taken together", together(record)),
    ):
        if disagreements:
            lines += ["", f"## {heading}", "", *(f"- {markdown_text(one)}" for one in disagreements)]
    return "\n".join(lines) + "\n"


def _usual(page: Mapping[str, Any]) -> str:
    return f" (changed: {page['changed']})" if page.get("changed") else ""


def summary(record: Mapping[str, Any]) -> str:
    """How many functions and claims there are, and what came of the claims."""
    outcomes = Counter(claim["outcome"] for _, claim in all_claims(record))
    counts = ", ".join(f"{outcomes[word]} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict what was found"), ("open", "open")
    ))  # fmt: skip
    return f"Functions: {len(record['activations'])}. Claims: {sum(outcomes.values())}, of which {counts}."


def contradicted(record: Mapping[str, Any]) -> list[str]:
    """A sentence for each claim that contradicts what was found; other people's words stand in it."""
    return [_contradiction(*one) for one in all_claims(record) if one[1]["outcome"] == "contradicts"]


def _contradiction(title: str, claim: Mapping[str, Any]) -> str:
    where = f" ({claim['source']})" if claim["source"] else ""
    return f"{title}, {phrases.asked(claim)}: said{where}: {phrases.claimed(claim)}; found: {claim['found']}"


def together(record: Mapping[str, Any]) -> list[str]:
    """A sentence for each finding on several equations of the paper, where the report is on the paper."""
    findings = record["equations"]["findings"] if "equations" in record else ()
    return [f"{_numbers(finding)}: {finding['text']}; {finding['found']}" for finding in findings]


def _numbers(finding: Mapping[str, Any]) -> str:
    return " and ".join(f"({number})" for number in finding["equations"])
