"""What came of successive halving, in Markdown."""

from __future__ import annotations

import math

from propcheck.report.formats import markdown_code
from propcheck.sweep.halving import BEST, FRESH, PEERS, RUNGS, SAMPLE, SEEDS, Halving


def markdown(found: Halving) -> str:
    """How many were trained, how far early ranks survive, and the best beside their peers."""
    rungs = ", ".join(f"{count} for {steps} steps" for steps, count in zip(RUNGS, found.counts, strict=True))
    lines = [
        f"Trained by successive halving, {len(SEEDS)} seeds: {rungs}.",
        "",
        "| after | rank correlation with the end | best at the end that it would have dropped |",
        "|---|---|---|",
    ]
    for item in found.survival:
        value = "none" if math.isnan(item.correlation) else f"{item.correlation:+.2f} over {item.count}"
        lines.append(f"| {item.steps} steps | {value} | {item.dropped} of {item.best} |")
    lines += [
        "",
        f"Among those are up to {SAMPLE} of the dropped of each rung, evenly over their ranks, that were trained to",
        "the end all the same.",
        "",
        f"The best {BEST} of those that no rung dropped beside others, {len(FRESH)} fresh seeds in pairs; differences",
        "with their interval of 95 %, in points of accuracy on held-out samples:",
        "",
        "| design | accuracy | " + " | ".join(f"against {peer}" for peer in PEERS) + " |",
        "|---|---|" + "---|" * len(PEERS),
    ]
    duels = {(duel.name, duel.peer): duel for duel in found.duels}
    for place, text in found.best:
        cells = []
        for peer in PEERS:
            duel = duels.get((str(place), peer))
            told = "?" if duel is None else f"{100 * duel.accuracy:+.2f} ± {100 * duel.accuracy_half:.2f}"
            cells.append(told)
        own = found.accuracies.get(str(place))
        lines.append(
            f"| {markdown_code(text)} | {'?' if own is None else f'{100 * own:.2f} %'} | {' | '.join(cells)} |"
        )
    surely = sum(duel.accuracy - duel.accuracy_half > 0 for duel in found.duels)
    worse = sum(duel.accuracy + duel.accuracy_half < 0 for duel in found.duels)
    lines += ["", f"Of these {len(found.duels)} differences {surely} are surely above 0, {worse} surely below, each by "
              "itself; of so many some are by chance."]  # fmt: skip
    return "\n".join(lines) + "\n"
