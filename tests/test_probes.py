"""Experiments: what is proved survives them, what mean fields predict comes out, and no process changes a byte."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import propcheck
from propcheck import target
from propcheck.analysis import facts
from propcheck.analysis.gaussian import moments
from propcheck.cli import probe as page
from propcheck.criteria import NUMBERS
from propcheck.criteria import PAGES as CRITERIA
from propcheck.network import read, units
from propcheck.numeric.timing import Timing
from propcheck.probes import PAGES, TIMED, crew, deep, prediction, training
from propcheck.probes.experiment import Probe, probe_all
from propcheck.probes.measurement import Found, Measurement, by_layer, compared, over_seeds
from propcheck.probes.outcome import Outcome
from propcheck.probes.setting import Setting
from propcheck.verdict import InputError, Standing, Verdict

NAN = math.nan
SMALL = Setting(depth=6, width=32, batch=16, seeds=2)


def run(name, setting, init="preserving", seeds=3):
    own = units(propcheck.load(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "JACOBIAN_WIDTH", 64)
        return [deep.run(own, read(init, own), setting, seed) for seed in range(seeds)]


# --- deep random networks --------------------------------------------------------------------------------------------


def test_relu_with_he_weights_keeps_its_gradient_over_200_layers():
    """Hanin and Nica (2020): the logarithm of its square is normal, mean -b/2 and variance b = 5 depth / width."""
    depth, width = 200, 200
    b = 5 * depth / width
    found = run("relu", Setting(depth, width, 8), "he", seeds=4)
    for one in found:
        assert abs((one.gradient[0] - one.gradient[-1]) * 2 * math.log(10) + b / 2) <= 4 * math.sqrt(b)
    growth = compared("", np.array([one.growth for one in found]), np.array([one.expected_growth for one in found]))
    assert growth.predicted == pytest.approx(1, abs=1e-12) and not growth.surprising


def test_sigmoid_with_lecun_weights_loses_30_orders_of_magnitude_in_50_layers():
    for one in run("sigmoid", Setting(50, 64, 8), "lecun", seeds=2):
        assert one.gradient[0] - one.gradient[-1] < -30


# sigma_w, sigma_b; the growth of the squared gradient at the fixed point, from the literature
MEAN_FIELD = {
    "selu, variance 1": ("selu", "1,0", 1.0716),
    "gelu, critical, from below": ("gelu", f"{math.sqrt(1.98305826)},{math.sqrt(0.17292239)}", None),
    "tanh, ordered": ("tanh", "0.9,0", 0.81),
    "tanh, chaotic": ("tanh", "1.5,0", None),
    "orthogonal relu": ("relu", "orthogonal", 0.5),
    "maxout": ("maxout", "preserving", 1.0),
    "noisy relu": ("noisy_relu", "preserving", None),
}


@pytest.mark.parametrize("case", MEAN_FIELD)
def test_gradients_grow_as_mean_field_theory_says(case):
    name, init, known = MEAN_FIELD[case]
    found = run(name, Setting(24, 256, 16), init)
    measured = np.array([one.growth for one in found])
    growth = compared("", measured, np.array([one.expected_growth for one in found]))
    assert growth.difference is not None and not growth.surprising
    if known is not None:
        assert measured[:, -8:].mean() == pytest.approx(known, rel=0.03)  # near the last layers q has settled


@pytest.mark.parametrize("name", ["gelu", "relu6", "noisy_relu", "rrelu", "maxout", "softplus"])
def test_outputs_have_the_mean_square_and_the_zeros_that_gaussian_moments_predict(name):
    found = run(name, Setting(12, 200, 32), "1.2,0.3", seeds=4)
    square = by_layer("", *([getattr(one, n) for one in found] for n in ("square", "expected_square", "square_error")))
    zero = by_layer("", *([getattr(one, n) for one in found] for n in ("zero", "expected_zero", "zero_error")))
    assert not square.surprises and not zero.surprises
    assert len([layer for layer in square.layers if layer.difference]) == 12
    assert (zero.layers[5].predicted > 0) == (name in ("relu6", "noisy_relu"))


@pytest.mark.parametrize("q", ["1/1000", "1/4", "1", "9", "400"])
@pytest.mark.parametrize("name", ["gelu", "tanh", "hard_tanh", "elu", "softsign", "relu6"])
def test_predicted_moments_are_those_of_the_enclosed_integrals(name, q):
    own = units(propcheck.load(name))
    exact = moments(own.activation.pieces, sp.Rational(q))
    value = float(sp.Rational(q))
    found = prediction.moments(own, np.array([value * 0.98, value, value * 1.1, value * 4]))
    for mine, theirs in zip(found, (exact.second_moment, exact.derivative_second_moment), strict=True):
        assert mine[1] == pytest.approx(theirs.value, rel=1e-7, abs=1e-9)


def test_what_overflows_has_no_prediction():
    square, slope = prediction.moments(units(propcheck.load("exponential")), np.array([0.0, 1e-3, 1.0, 300.0, np.inf]))
    assert np.isfinite(square).tolist() == np.isfinite(slope).tolist() == [False, True, True, True, False]
    assert square[2] == pytest.approx(math.exp(2))


@pytest.mark.parametrize("formula", ["1/x", "log(x)", "exp(x**2/4)", "sqrt(abs(x))"])
def test_what_has_no_finite_moment_has_no_prediction(formula):
    square, slope = prediction.moments(units(propcheck.load(formula)), np.array([0.25, 0.5]))
    assert np.isnan(square).all() and np.isnan(slope).all()


@pytest.mark.parametrize("name, fourth", [("relu", 1.5), ("linear", 3.0), ("maxout", 3.0), ("maxout:rectifier", 3.0)])
def test_the_spread_of_squares_is_predicted_too(name, fourth):
    q = np.array([0.25, 1.0, 7.0])
    found = prediction.moments_and_fourth(units(propcheck.load(name)), q)
    np.testing.assert_allclose(found[2], fourth * q**2, rtol=1e-6)


def test_the_error_of_a_mean_square_counts_large_units_that_are_missing():
    """In layer 13 of this network one sample outweighs all; the spread over units alone put the mean 9 errors below."""
    own = units(propcheck.load("hard_swish"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "JACOBIAN_WIDTH", 0)
        one = deep.run(own, read("preserving", own), Setting(20, 64, 16), 1057)
    assert -4 < ((one.square - one.expected_square) / one.square_error)[12] < -2


@pytest.mark.parametrize("name, kept", [("relu", 4), ("noisy_relu", 4), ("maxout", 8)])
def test_pre_activations_are_kept_and_noise_is_drawn_again(name, kept):
    assert deep.kept_bytes(units(propcheck.load(name)), SMALL) == kept


@pytest.mark.parametrize("name", ["relu", "hardshrink", "noisy_relu", "gelu", "threshold"])
def test_predicted_zeros_are_those_of_the_facts(name):
    activation = propcheck.load(name)
    share = prediction.zero_share(units(activation), np.array([1.0]))[0]
    assert share == pytest.approx(facts(activation).zero_region["mass"].value)


def test_functions_of_one_seed_meet_the_same_noise_and_draws():
    relu, other = run("relu", SMALL, "he", seeds=1)[0], run("x if x >= 0 else 0", SMALL, "he", seeds=1)[0]
    for name in ("mean", "gradient", "growth", "reached", "singular"):
        np.testing.assert_array_equal(getattr(relu, name), getattr(other, name))


def test_the_jacobian_is_that_of_the_pass():
    own = units(propcheck.load("softplus"))
    setting = Setting(3, 8, 4, dtype="float64")
    network = deep._network(own, read("lecun", own), setting, 0, 3)
    x = deep.inputs(setting, 0)[:, :1]

    def output(shifted):
        return deep.Pass(network, 1).forward(shifted).copy()

    step = 1e-6 * np.eye(8)
    jacobian = np.concatenate([(output(x + e[:, None]) - output(x - e[:, None])) / 2e-6 for e in step], axis=1)
    values = np.linalg.svd(jacobian, compute_uv=False)
    found = run("softplus", setting, "lecun", seeds=1)[0].singular
    np.testing.assert_allclose(10 ** found[:2], [values[0], np.sqrt(np.mean(values**2))], rtol=1e-6)


# --- training --------------------------------------------------------------------------------------------------------


def test_relu_dies_under_large_steps_and_leaky_relu_and_elu_do_not():
    shares = {}
    for name in ("relu", "leaky_relu", "elu"):
        own = units(propcheck.load(name))
        runs = [training.die(own, read("preserving", own), "prototypes", seed) for seed in range(6)]
        shares[name] = over_seeds(name, [run.after for run in runs])
    for other in ("leaky_relu", "elu"):
        assert shares["relu"].interval()[0] > shares[other].interval()[1]


def test_training_learns_and_meets_the_target():
    own = units(propcheck.load("tanh"))
    run = training._run(own, read("preserving", own), training.task("prototypes"), 0, 0.25)
    assert 5 < run.steps < training.STEPS and run.loss < training.TARGET_LOSS and run.accuracy > 0.9
    assert run.noisy[1] < run.noisy[0] < run.accuracy


def test_the_digits_are_learned_where_they_are_at_hand():
    pytest.importorskip("sklearn")
    own = units(propcheck.load("relu"))
    assert training.available() == "digits"
    run = training._run(own, read("preserving", own), training.task("digits"), 0, 0.25)
    assert run.steps < training.STEPS and run.accuracy > 0.85


# --- the pages -------------------------------------------------------------------------------------------------------


@cache
def relu_outcome():
    own = units(propcheck.load("relu"))
    scheme = read("he", own)
    runs = tuple(training.Run(rate, 30.0, 0.1, 0.9, (0.8, 0.6), 1e-3) for rate in training.RATES)
    found = deep.run(own, scheme, SMALL, 0)
    dying, times = training.Dying(0.0, 0.1, 0.0, 60), Timing(1.0, 1.0, 1.5, 0.5, 0.1)
    return Outcome(0, scheme, 4.0, found, runs, dying, 1.0, times)


def outcomes(change, spread=(1.0, 1.001)):
    """Two outcomes, ReLU's but for a change, which is told by how much the two differ."""
    return [replace(change(relu_outcome(), factor), seed=seed) for seed, factor in enumerate(spread)]


def with_gradient(total, spread=2.0, elasticity=1.0):
    """A gradient of so many decades in the first layer over the last, and the signals that go with it."""
    course = np.array([total] + [0.0] * (SMALL.depth - 1))

    def change(base, f):
        seen = {**base.deep.signals, "gradient": total * f, "spread": spread, "elasticity": elasticity}
        return replace(base, deep=replace(base.deep, gradient=course * f, signals=seen))

    return change


def with_signals(**values):
    return lambda base, f: replace(
        base,
        deep=replace(base.deep, signals={**base.deep.signals, **{name: value * f for name, value in values.items()}}),
    )


def with_deep(**arrays):
    full = {name: np.full(SMALL.depth, value) for name, value in arrays.items()}
    return lambda base, f: replace(base, deep=replace(base.deep, **full))


def with_runs(*, quick=None, **fields):
    def change(base, f):
        runs = tuple(replace(run, **fields) for run in base.runs)
        if quick is not None:
            runs = (runs[0], replace(runs[1], steps=quick * f), *runs[2:])
        return replace(base, runs=runs)

    return change


def with_times(**fields):
    return lambda base, f: replace(base, timing=replace(base.timing, **fields))


def with_dying(after, steps=60):
    return lambda base, f: replace(base, dying=replace(base.dying, after=after, steps=steps))


JUDGED = {
    "a stable gradient": ("gradient_flow", with_gradient(0.1), "holds", "10^0.1 of the gradient is kept over 6 layers"),
    "one that slowly vanishes": ("gradient_flow", with_gradient(-6.0), "partly", "the spread of slopes is 2"),
    "one that explodes": ("gradient_flow", with_gradient(12.0), "fails", "10^12.0"),
    "one that strays": ("gradient_flow", with_gradient(0.1, spread=11.0), "fails", "the spread of slopes is 11"),
    "one of lengths that run away": ("gradient_flow", with_gradient(0.1, elasticity=2.0), "fails", "lengths run away"),
    "one that is 0": ("gradient_flow", with_gradient(-math.inf), "fails", "is 0 at the first layer"),
    "one that is no number": ("gradient_flow", with_gradient(NAN), "fails", "overflow"),
    "all learn": ("dead_units", with_signals(dead=0.0), "holds", "0.0% of the signals"),
    "some do not": ("dead_units", with_signals(dead=0.04), "partly", "4.0%"),
    "many do not": ("dead_units", with_signals(dead=0.5), "fails", "10.0% of the units dead after 60 steps"),
    "what came later is not known": ("dead_units", with_dying(0.0, 12), "fails", "overflowed before 60 large steps"),
    "slopes overflow": ("dead_units", with_signals(dead=NAN), "open", "overflow"),
    "centred": ("zero_mean", with_signals(mean=0.05), "holds", "0.05"),
    "nearly": ("zero_mean", with_signals(mean=0.4), "partly", "0.4"),
    "off": ("zero_mean", with_signals(mean=0.51), "fails", "near: within 5% of the threshold 0.5"),
    "outputs overflow": ("zero_mean", with_signals(mean=NAN), "open", "overflow"),
    "no spread": ("zero_mean", with_signals(mean=math.inf), "fails", "no spread"),
    "cheap": ("cost", with_times(both=1.5), "holds", "3 times ReLU's time, 1.5 ns an element"),
    "moderate": ("cost", with_times(both=4.9), "partly", "9.8 times ReLU's time"),
    "dear": ("cost", with_times(both=5.1), "fails", "10.2 times ReLU's time"),
    "a dear pass of cheap elements": ("cost", lambda base, f: replace(base, relative_time=2.2), "holds", "2.2 times"),
    "two linear forms": ("cost", lambda base, f: replace(base, inputs=2), "fails", "2 linear forms"),
    "sparse": ("sparsity", with_signals(sparse=0.3), "holds", "30.0%"),
    "partly sparse": ("sparsity", with_signals(sparse=0.2), "partly", "20.0% of the outputs are one value"),
    "dense": ("sparsity", with_signals(sparse=0.01), "fails", "1.0%"),
    "no values": ("sparsity", with_signals(sparse=NAN), "open", "overflow"),
    "quick": ("convergence", with_runs(quick=20.0), "holds", "0.667 times ReLU's steps, at a learning rate of 0.125"),
    "inputs come near": ("convergence", with_signals(contrast=0.25), "partly", "is 0.25 after three layers"),
    "inputs become one": ("convergence", with_signals(contrast=0.1), "fails", "is 0.1 after three layers"),
    "never": ("convergence", with_runs(steps=NAN), "holds", "not reached in 120 steps at any"),
    "lengths run away": ("convergence", with_gradient(0.0, elasticity=2.0), "fails", "the elasticity is 2"),
    "gradients vanish": ("convergence", with_gradient(-11.0), "fails", "nothing is learned"),
    "a seed misses": ("convergence", lambda base, f: replace(
        base, runs=tuple(replace(run, steps=NAN if f > 1 else 10.0) for run in base.runs)
    ), "holds", "1 of 2 seeds never did"),
    "robust": ("noise_robustness", with_signals(noise=1.0), "holds", "grows by a factor of"),
    "less robust": ("noise_robustness", lambda base, f: _noisy(base, 2.5), "partly", "a factor of 2.5"),
    "not robust": ("noise_robustness", lambda base, f: _noisy(base, 3.5), "fails", "a factor of 3.5"),
    "noise costs half": ("noise_robustness", with_runs(noisy=(0.85, 0.75)), "holds", "0.5 times what it takes"),
    "not trained": ("noise_robustness", with_runs(accuracy=0.3), "holds", "little to lose"),
    "diverged": ("noise_robustness", with_runs(accuracy=NAN, noisy=(NAN, NAN)), "holds", "nothing was learned"),
    "noise is no number": ("noise_robustness", with_signals(noise=NAN), "open", "overflow"),
}  # fmt: skip


def _noisy(base, noise):
    return replace(base, deep=replace(base.deep, signals={**base.deep.signals, "noise": noise}))


@pytest.mark.parametrize("fields", [{"noisy": (0.9, 0.9)}, {"accuracy": 0.1, "noisy": (0.0, 0.0)}])
def test_accuracy_is_told_in_relus_only_where_relu_is_a_measure(fields):
    page = next(page for page in PAGES if page.KEY == "noise_robustness")
    found = page.judge(outcomes(with_runs()), outcomes(with_runs(**fields)))
    ratio = next(item for item in found.measurements if item.name == "accuracy lost to noise, in ReLU's")
    assert ratio.mean is None and "times what it takes" not in " ".join(found.verdict.reasons)


@pytest.mark.parametrize("case", JUDGED)
def test_a_page_judges_by_its_rule(case):
    key, change, word, reason = JUDGED[case]
    judge = {page.KEY: page.judge for page in PAGES}[key]
    found = judge(outcomes(change), outcomes(lambda base, f: base))
    assert found.verdict.verdict == word and reason in "; ".join(found.verdict.reasons)
    assert found.verdict.standing is (Standing.OPEN if word == "open" else Standing.MEASURED)
    assert all(item.count == 2 for item in found.measurements)
    json.dumps(found.to_json(), allow_nan=False)


def test_each_page_serves_a_criterion_under_its_name():
    criteria = {page.KEY: page for page in CRITERIA}
    assert [page.KEY for page in PAGES] == [key for key in criteria if key != "differentiability"]
    for one in PAGES:
        assert one.TITLE == criteria[one.KEY].TITLE
        assert one.__name__.endswith(one.KEY) and {"holds", "partly"} <= set(criteria[one.KEY].THRESHOLDS)
    assert set(TIMED) == {"cost"}


def test_a_measurement_far_from_its_prediction_is_flagged():
    generator = np.random.default_rng(0)
    values = [1 + 0.01 * generator.standard_normal(8) for _ in range(5)]
    goals, errors = [np.ones(8)] * 5, [np.full(8, 0.01)] * 5
    assert by_layer("", values, goals, errors).surprises == ()
    off = [np.where(np.arange(8) == 3, 1.05, goal) for goal in goals]
    profile = by_layer("level", values, off, errors)
    assert profile.surprises == (4,) and profile.largest_difference < -4
    found = Found(Verdict(2, "gradient_flow", "holds", Standing.MEASURED), (), (profile,))
    assert "level: 1 of 8 layers" in found.surprises[0] and found.to_json()["surprises"]
    assert Measurement("", 1.0, 0.1, 5).interval()[0] == pytest.approx(1 - 2.7764 * 0.1 / math.sqrt(5), abs=1e-4)


# --- the experiment as a whole ---------------------------------------------------------------------------------------


def text(probe):
    return json.dumps({key: value for key, value in probe.to_json().items() if key != "timed"}, allow_nan=False)


def test_the_number_of_processes_changes_no_byte():
    items = [target.read("noisy_relu")]
    (one,), (two,) = (tuple(probe_all(items, SMALL, None, workers)) for workers in (1, 2))
    assert text(one) == text(two)
    assert one.seeds == (0, 1) and [verdict.key for verdict in one.criteria] == [page.KEY for page in PAGES]
    assert one.initialisation["scheme"] == "preserving" and one.note == ""
    assert {row["criterion"] for row in one.rows()} == set(one.found)
    assert "Noisy ReLU" in str(one) and "gradient flow" in str(one)


class Interrupted:
    """Stands for the experiments' processes: two subjects, the second cut short."""

    def __init__(self, cause):
        self.cause = cause

    def __call__(self, make, orders, workers, limit):
        for order in orders:
            if order == (1, 1):
                if self.cause is KeyboardInterrupt:
                    raise KeyboardInterrupt
                yield order, self.cause
            else:
                yield order, replace(relu_outcome(), seed=order.seed)


LATE = crew.Failure("the 5 s of the target were used up")


@pytest.mark.parametrize("cause", [KeyboardInterrupt, LATE], ids=["interrupted", "late"])
def test_what_is_finished_is_kept(monkeypatch, cause):
    monkeypatch.setattr(crew, "run", Interrupted(cause))
    found = []
    with pytest.raises(KeyboardInterrupt) if cause is KeyboardInterrupt else nullcontext():
        for one in probe_all([target.read("relu"), target.read("tanh")], SMALL, 5.0, 1):
            found.append(one)
    assert [one.name for one in found] == ["relu", "tanh"]
    assert found[0].note == "" and found[1].seeds == (0,)
    assert found[1].note == f"1 of 2 seeds are missing: {'interrupted' if cause is KeyboardInterrupt else LATE.note}"


def slow(order):
    end = time.process_time() + 60
    while order.subject == 1 and time.process_time() < end:
        pass
    return order.seed * 10


def make_slow():
    return slow


def test_a_subject_that_uses_up_its_time_is_given_up_and_the_others_go_on():
    orders = [crew.Order(subject, seed) for subject in (0, 1, 2) for seed in (0, 1)]
    answers = dict(crew.run(make_slow, orders, 2, 1.0))
    assert answers[0, 1] == answers[2, 1] == 10
    assert all("used up" in answers[1, seed].note for seed in (0, 1))


def waiting(order):
    time.sleep(1.5)
    return order.seed


def make_waiting():
    return waiting


def test_the_limit_is_in_time_on_the_processor():
    assert dict(crew.run(make_waiting, [crew.Order(0, seed) for seed in (0, 1)], 1, 0.5)) == {(0, 0): 0, (0, 1): 1}


def test_a_crash_costs_its_own_answer():
    orders = [crew.Order(subject, 0) for subject in (0, 1)]
    answers = dict(crew.run(make_crash, orders, 1))
    assert answers[1, 0] == 0 and "the process ended" in answers[0, 0].note


def test_a_process_that_is_killed_at_its_start_costs_its_own_answer():
    ((order, failure),) = crew.run(get_killed, [crew.Order(0, 0)], 1)
    assert order == (0, 0) and "the process ended" in failure.note


def test_a_process_that_ends_at_its_start_is_told_of():
    with pytest.raises(RuntimeError, match="did not start.*__main__"):
        list(crew.run(leave, [crew.Order(0, 0)], 1))


PLAIN_SCRIPT = """
import threading
import propcheck
print("once")
print(len(propcheck.probe("relu", depth=2, width=4, batch=4, seeds=2, workers=2, only=["zero_mean"]).seeds))
found = []
asked = lambda: found.append(propcheck.analyze("tanh", time_limit=60)["parity"]["value"])
threads = [threading.Thread(target=asked) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(found, propcheck.verify("relu", "1 if x > 0 else 0", time_limit=60).outcomes)
"""


@pytest.mark.parametrize("call", [["plain.py"], ["-m", "plain"]], ids=["a file", "a module"])
def test_a_plain_script_needs_no_guard_and_runs_once(tmp_path, call):
    (tmp_path / "plain.py").write_text(PLAIN_SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(crew.__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, *call], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment
    )
    assert (run.stderr, run.returncode) == ("", 0)
    assert run.stdout.splitlines() == ["once", "2", "['odd', 'odd'] ['proved']"]


def test_other_processes_of_the_same_program_are_started_as_ever(tmp_path):
    (tmp_path / "script.py").write_text(
        "import multiprocessing, propcheck\n"
        "def own():\n    print('child', flush=True)\n"
        "if __name__ == '__main__':\n"
        "    propcheck.probe('relu', depth=2, width=4, batch=4, seeds=1, workers=1, only=['zero_mean'])\n"
        "    one = multiprocessing.get_context('spawn').Process(target=own)\n"
        "    one.start()\n    one.join()\n    print(one.exitcode)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(crew.__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment
    )
    assert (run.stdout, run.stderr) == ("child\n0\n", "")


def make_crash():
    return crash


def get_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(1)


def crash(order):
    if order.subject == 0:
        os._exit(3)
    return order.seed


# --- the command -----------------------------------------------------------------------------------------------------


def made(item, setting, note="", wrong=False):
    verdicts = [Verdict(NUMBERS[page.KEY], page.KEY, "open", Standing.OPEN, ("late",)) for page in PAGES]
    found = {verdict.key: Found(verdict, ()) for verdict in verdicts}
    description = {"name": item.name, "title": item.title, "expression": item.formula, "parameters": {}}
    return Probe(description, setting, (), "digits", None, found, over_seeds("", []), note, wrong)


def command(monkeypatch, *arguments, stop_after=None, wrong=""):
    from propcheck.probes import experiment

    def faked(specs, setting, time_limit, workers, tell):
        for place, spec in enumerate(specs):
            if place == stop_after:
                raise KeyboardInterrupt
            yield made(spec, setting, wrong, bool(wrong))

    monkeypatch.setattr(experiment, "probe_all", faked)
    return page.command.main(list(arguments), standalone_mode=False)


def test_the_command_prints_what_json_says(monkeypatch, capsys):
    assert command(monkeypatch, "relu", "tanh", "--json", "--depth", "7", "--init", "1.5,0.1") == 0
    out = json.loads(capsys.readouterr().out)
    assert [one["activation"]["name"] for one in out] == ["relu", "tanh"]
    assert out[0]["schema"] == "propcheck.probe/1" and out[0]["setting"]["init"] == "1.5,0.1"
    assert command(monkeypatch, "relu", "--strict") == 3
    assert "gradient flow" in capsys.readouterr().out


def test_the_command_reports_what_is_finished_when_interrupted(monkeypatch, capsys):
    assert command(monkeypatch, "relu", "tanh", "--json", stop_after=1) == 130
    out, err = capsys.readouterr()
    assert [one["activation"]["name"] for one in json.loads(out)] == ["relu"]
    assert "interrupted after 1 of 2 functions" in err


WRONG = {
    "depth": (["relu", "--depth", "1"], "depth is a whole number from 2 to 10000, not 1"),
    "seeds": (["relu", "--seeds", "0"], "seeds is a whole number from 1"),
    "init": (["relu", "--init", "xavier"], "there is no initialisation 'xavier'; there are lecun"),
    "dtype": (["relu", "--dtype", "float16"], "float32 or float64, not in 'float16'"),
    "workers": (["relu", "--workers", "0"], "workers is a number of processes from 1"),
    "time limit": (["relu", "--time-limit", "0"], "a number of seconds above 0"),
    "target": (["geluu"], "did you mean gelu"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_before_anything_runs(case):
    arguments, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        page.command.main(arguments, standalone_mode=False)


def test_a_single_target_that_cannot_be_run_is_wrong_input(monkeypatch):
    with pytest.raises(InputError, match="no weights preserve it"):
        command(monkeypatch, "1/x", wrong="E[g^2] of 1/x is inf, so no weights preserve it")
