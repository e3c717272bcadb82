"""The pages of a study: which measures foretell training, and which were not found to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from propcheck.files import dump
from propcheck.report.formats import ENDINGS, FORMATS, Cell, Table, pipes
from propcheck.study import designs
from propcheck.study.judging import CRITERIA, GOAL, OUTCOMES, SURELY, candidates
from propcheck.study.measures import CANDIDATES, LATER
from propcheck.verdict import Json

TITLE = "# What foretells training?"
PICTURE = "prediction.svg"
TASKS = {"digits": "handwritten digits", "prototypes": "generated classes"}
SHORT = {"steps": "steps", "accuracy": "accuracy", "noise": "under noise", "depth": "deep"}


def tables(judged: Json) -> list[Table]:
    """The tables of a study that was judged: what was confirmed, what was chosen before, all correlations, noise of the
    seeds, outcomes."""
    later = correlations(judged, "later_correlations", "Rank correlations over the later functions alone", "later")
    return [confirmed(judged), chosen(judged), later, correlations(judged), limits(judged), outcomes(judged)]


def drawn(record: Json, judged: Json) -> dict[str, str | bytes]:
    """The files of a study by name, beside its record: what was judged, the tables, the picture, the page."""
    from propcheck.report import figures

    files: dict[str, str | bytes] = {"judged.json": dump(judged)}
    for table in tables(judged):
        files |= {f"{table.name}.{ENDINGS[form]}": FORMATS[form](table) for form in FORMATS}
    files[PICTURE] = figures.render("prediction", {"judged": judged, "candidates": candidates(record)}, "svg")
    return files | {"README.md": page(record, judged)}


def confirmed(judged: Json) -> Table:
    """What the later functions say of the measures that were found in the outcomes of the others."""
    columns = (
        "criterion",
        "network",
        "outcome",
        "measure",
        "on the choosing half",
        "on the judging half",
        "on the later functions",
        "later functions",
        "reaches the goal",
    )
    rows = [
        (
            Cell(row["criterion"]),
            Cell(row["network"]),
            Cell(SHORT[row["outcome"]]),
            Cell(row["candidate"]),
            *(_value(_correlation(row[part])) for part in ("choosing", "judging", "later")),
            _value(str(row["later"]["count"])),
            Cell("yes" if row["reaches"] else "no"),
        )
        for row in judged["confirmed"]
    ]
    return Table("confirmed", "Found in the first outcomes, judged on later functions", columns, tuple(rows))


def chosen(judged: Json) -> Table:
    """What half of the functions chose for each outcome, and what the other half says of it."""
    columns = (
        "network",
        "outcome",
        "chosen",
        "on the choosing half",
        "on the judging half",
        "ceiling",
        "reaches the goal",
    )
    ceilings = {(row["network"], row["outcome"]): row["ceiling"] for row in judged["ceilings"]}
    rows = [
        (
            Cell(row["network"]),
            Cell(SHORT[row["outcome"]]),
            Cell(row["candidate"]),
            _value(_correlation(row["choosing"])),
            _value(_correlation(row["judging"])),
            _value(_number(ceilings[row["network"], row["outcome"]])),
            Cell("yes" if row["reaches"] else "no"),
        )
        for row in judged["chosen"]
    ]
    return Table("chosen", "Chosen on one half of the functions, judged on the other", columns, tuple(rows))


def correlations(
    judged: Json, name: str = "correlations", title: str = "Rank correlations over all functions", part: str = "all"
) -> Table:
    """Each candidate against each outcome, over a part of the functions; an asterisk where it was written down to
    foretell it."""
    places = list(dict.fromkeys((row["network"], row["outcome"]) for row in judged["correlations"]))
    found = {(row["candidate"], row["network"], row["outcome"]): row for row in judged["correlations"]}
    columns = ("candidate", *(f"{network}, {SHORT[outcome]}" for network, outcome in places))
    rows = []
    for candidate in (*CANDIDATES, *LATER):
        cells = [found[candidate.name, *place] for place in places]
        told = [_number(row[part]["value"]) + (" *" if row["foretold"] else "") for row in cells]
        rows.append((Cell(candidate.name), *map(_value, told)))
    parts = (columns[1:6], columns[6:11], columns[11:])
    return Table(name, title, columns, tuple(rows), parts=parts)


def limits(judged: Json) -> Table:
    """How large a correlation the noise of the seeds leaves, and how well a fifth of the steps foretells the end."""
    early = {(row["network"], row["outcome"]): _correlation(row["early"]) for row in judged["foretold early"]}
    rows = [
        (
            Cell(row["network"]),
            Cell(SHORT[row["outcome"]]),
            _value(_number(row["ceiling"])),
            _value(early.get((row["network"], row["outcome"]), "")),
        )
        for row in judged["ceilings"]
    ]
    columns = ("network", "outcome", "ceiling", "loss after a fifth of the steps")
    return Table("limits", "What the noise of the seeds leaves", columns, tuple(rows))


def outcomes(judged: Json) -> Table:
    """The outcomes of each function in each network."""
    keys = [(network, key) for network in next(iter(judged["outcomes"].values()), {}) for key in SHORT]
    places = [(n, k) for n, k in keys if k != "depth" or any(row[n].get(k) for row in judged["outcomes"].values())]
    columns = ("function", *(f"{network}, {SHORT[key]}" for network, key in places))
    rows = [
        (Cell(name), *(_value(_number(row[network].get(key), 1 if key == "steps" else 3)) for network, key in places))
        for name, row in judged["outcomes"].items()
    ]
    parts = (columns[1:5], columns[5:9], columns[9:])
    return Table("functions", "What came of each function", columns, tuple(rows), parts=parts)


def _value(text: str) -> Cell:
    return Cell(text, "value")


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _correlation(found: Json) -> str:
    if found["value"] is None:
        return ""
    return f"{found['value']:+.2f} [{found['lower']:+.2f}, {found['upper']:+.2f}]"


# --- the page --------------------------------------------------------------------------------------------------------


def page(record: Json, judged: Json) -> str:
    """The page in Markdown."""
    return "\n".join(_page(record, judged)) + "\n"


def _page(record: Json, judged: Json) -> Iterable[str]:
    setting, functions = record["setting"], judged["functions"]
    random = sum(name.startswith(designs.PREFIX) for name in judged["outcomes"])
    yield f"{TITLE}\n"
    yield (
        f"{functions} functions, {functions - random} of the catalogue and {random} drawn at random, in four networks "
        f"that learn {TASKS[setting['task']]}, each at its own best learning rate, {setting['seeds']} paired seeds. "
        f"{len(judged['choosing'])} functions choose among {len(CANDIDATES)} candidates, the other "
        f"{len(judged['judging'])} judge the chosen. {len(LATER)} more measures were found after a look at those "
        f"outcomes; {len(judged['later'])} later functions, drawn afterwards, judge them. A correlation is Spearman's, "
        "with the interval of 95 % of a bootstrap over functions.\n"
    )
    yield f"![predicted against measured]({PICTURE})\n"
    yield "## Findings\n"
    yield from _findings(judged)
    for table in tables(judged):
        yield f"\n## {table.title}\n"
        if table.name.endswith("correlations"):
            yield "An asterisk marks what the candidate was written down to foretell.\n"
        yield pipes(table)
    yield "\n## The candidates, as they were written down\n"
    yield from (f"- **{item.name}**: {item.what}" for item in CANDIDATES)
    yield "\n## Those of the second round, written down after the first outcomes were looked at\n"
    yield from (f"- **{item.name}**: {item.what}" for item in LATER)
    yield "\nThey, the limits in them included, stood before the later functions were drawn."
    yield "\n## How it was run\n"
    for name, plan in setting["plans"].items():
        rates = plan["rates"]
        run = [function for function, parts in record["outcomes"].items() if "steps" in parts.get(name, {})]
        fresh = len({*run} & {*judged["later"]})
        yield (
            f"- `{name}`: {plan['steps']} steps of {plan['samples']} samples, {len(rates)} learning rates from "
            f"{min(rates):.3g} to {max(rates):.3g}, target loss {plan['target']:g}; run with {len(run)} functions, "
            f"{fresh} of them later ones"
        )
    yield (
        "\nSteps, rates and targets were set on ReLU, tanh, GELU and SiLU, whose outcomes were so seen before the "
        "candidates were written down. A network whose loss or output passes a million is given up. Deep networks have "
        f"{setting['width of deep networks']} units a layer."
    )
    yield (
        "\n`propcheck study` makes all of it again; what stands in `outcomes.json` is not run again, and a function "
        "that stands there keeps the initialisation that was recommended when it was begun."
    )


def _findings(judged: Json) -> Iterable[str]:
    for row in judged["confirmed"]:
        reached = "confirmed: it reaches" if row["reaches"] else "not confirmed: it does not reach"
        told = {part: _correlation(row[part]) or "unknown" for part in ("choosing", "judging", "later")}
        count, best = row["later"]["count"], row["best of the first round"]
        run = "" if count == len(judged["later"]) else f" (of {len(judged['later'])}; the others were not run in it)"
        yield (
            f"- `{row['criterion']}`: *{row['candidate']}* was found after a look at the first outcomes, for "
            f"{OUTCOMES[row['outcome']]} in the {row['network']} network ({told['choosing']} on the choosing half, "
            f"{told['judging']} on the judging half). On {count} later functions alone{run} its rank correlation is "
            f"{told['later']}; {reached} the goal (at least {GOAL:g} in size, with an interval beyond {SURELY:g}). The "
            f"largest of the {len(CANDIDATES)} earlier candidates there: *{best['candidate']}*, "
            f"{_correlation(best['later']) or 'unknown'}."
        )
    for criterion, outcome in CRITERIA.items():
        row = next(row for row in judged["chosen"] if (row["network"], row["outcome"]) == ("plain", outcome))
        reached = "reaches" if row["reaches"] else "does not reach"
        yield (
            f"- `{criterion}`, of the measures written down before any outcome: for {OUTCOMES[outcome]} in the plain "
            f"network half of the functions chose *{row['candidate']}*; on the other half its rank correlation is "
            f"{_correlation(row['judging'])}, which {reached} the goal."
        )
    plain, conv, normed = (_of(judged, "common part", network, "steps") for network in ("plain", "conv", "conv_bn"))
    yield (
        "- zero mean: the common part E\\[g\\]^2/E\\[g^2\\] correlates with the steps of the plain network by "
        f"{plain}, of the convolutional one by {conv}, and under batch normalisation by {normed}."
    )


def _of(judged: Json, candidate: str, network: str, outcome: str) -> str:
    """The correlation over all functions, and over the later ones alone."""
    wanted = (candidate, network, outcome)
    rows: Sequence[Any] = judged["correlations"]
    row = next(row for row in rows if (row["candidate"], row["network"], row["outcome"]) == wanted)
    everyone, later = (_correlation(row[part]) or "unknown" for part in ("all", "later"))
    return f"{everyone} (on the later functions alone {later})"
