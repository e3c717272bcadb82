"""Experiments: what the criteria come to in networks that are really run.

A member of this family is a page that serves one criterion and bears its name; differentiability has none. It names its
number, key and title, its thresholds and the rule by which verdicts are given, and what it `NEEDS` to be run beside
the deep network; `judge(outcomes, reference)` looks at the outcomes of a function, one a seed, and at ReLU's from the
same run, and answers with a verdict of standing `measured`, measurements with their spread over seeds, and profiles by
layer, predictions beside them.

`experiment` runs them; `outcome` is what is run for one function and one seed, by `deep` and `training`. Predictions
are made twice: `prediction` looks from each layer to the next, `theory` from the inputs to the end. `blocks` and
`block_theory` are `deep` and `theory` for networks of residual blocks.
"""

from __future__ import annotations

from propcheck.probes import (
    convergence,
    cost,
    dead_units,
    gradient_flow,
    noise_robustness,
    sparsity,
    zero_mean,
)

PAGES = (
    gradient_flow,
    dead_units,
    zero_mean,
    cost,
    sparsity,
    convergence,
    noise_robustness,
)
TIMED = (cost.KEY,)  # pages that stand on times, which differ from run to run
OF_BLOCKS = (gradient_flow.KEY,)  # pages that judge networks of residual blocks too
