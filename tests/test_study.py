"""The study: its layers against finite differences, its designs, its candidates against numbers known elsewhere."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from propcheck import target
from propcheck.numeric.units import Plain, units
from propcheck.probes.outcome import critical
from propcheck.probes.training import task
from propcheck.report import prediction
from propcheck.study import designs, layers, measures, networks, running, training
from propcheck.verdict import InputError


def plain(text: str) -> Plain:
    made = units(target.activation(text), fast=False)
    assert isinstance(made, Plain)
    return made


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def pair(out: int, inputs: int) -> list[np.ndarray]:
    return [normal(2, out, inputs, seed=1), normal(2, out, 1, seed=2)]


DIGITS = task("digits")
LAYERS = {
    "dense": lambda: layers.Dense(pair(3, 4)),
    "activated": lambda: layers.Activated(plain("tanh")),
    "normed": lambda: layers.Normed(),
    "over the samples": lambda: layers.Normed((2,)),
    "residual": lambda: layers.Residual([layers.Normed(), layers.Dense(pair(4, 4)), layers.Activated(plain("silu"))]),
    "convolved": lambda: _Images(layers.Convolved(pair(3, 9))),
    "pooled": lambda: _Images(layers.Pooled()),
}


class _Images:
    """A layer of images of one channel, seen as one of units."""

    def __init__(self, inner: layers.Layer):
        self.inner, self.before = inner, layers.Reshaped((1, 4, 4))
        self.weights, self.gradients = inner.weights, inner.gradients

    def forward(self, a: np.ndarray) -> np.ndarray:
        out = self.inner.forward(self.before.forward(a))
        self.shape = out.shape
        return out.reshape(out.shape[0], -1, out.shape[-1])

    def backward(self, da: np.ndarray) -> np.ndarray:
        back = self.before.backward(self.inner.backward(da.reshape(self.shape)))
        self.gradients = self.inner.gradients
        return back


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_goes_back_as_finite_differences_say(name: str) -> None:
    layer = LAYERS[name]()
    a = normal(2, 16 if isinstance(layer, _Images) else 4, 5, seed=3)
    goal = normal(*layer.forward(a).shape, seed=4)
    back = layer.backward(goal)
    moved = [a, *layer.weights]
    for array, found in zip(moved, [back, *layer.gradients], strict=True):
        assert found.shape == array.shape
        for place in list(np.ndindex(array.shape))[::3]:
            kept, step = array[place], 1e-5
            array[place] = kept + step
            high = (layer.forward(a) * goal).sum()
            array[place] = kept - step
            low = (layer.forward(a) * goal).sum()
            array[place] = kept
            assert found[place] == pytest.approx((high - low) / (2 * step), rel=1e-5, abs=1e-7)


def test_a_convolution_is_the_sum_over_its_window() -> None:
    weights, image = normal(1, 1, 9), normal(1, 1, 5, 5, 1)
    found = layers.Convolved([weights, np.zeros((1, 1, 1))]).forward(image)[0, 0, :, :, 0]
    wide = np.pad(image[0, 0, :, :, 0], 1)
    kernel = weights.reshape(3, 3)
    sums = [[(wide[i : i + 3, j : j + 3] * kernel).sum() for j in range(5)] for i in range(5)]
    assert found == pytest.approx(np.array(sums))


def test_networks_of_other_functions_start_from_the_same_draws_and_rates_share_them() -> None:
    made = [networks.made("plain", plain(text), critical(plain(text)), 1.0, 2, [3, 4]) for text in ("relu", "tanh")]
    first, other = (found[0].weights[0] for found in made)
    assert np.array_equal(first[:2], first[2:]) and not np.array_equal(first[0], first[1])
    assert first / math.sqrt(2) == pytest.approx(other, rel=1e-5)  # critical: 2 for relu, 1 for tanh


def test_one_stack_trains_as_single_networks_do_and_one_that_overflows_spoils_no_other() -> None:
    own = plain("relu")
    start = critical(own)

    def trained(rates: tuple[float, ...], seeds: list[int]) -> training.Trained:
        plan = training.Plan(10, 16, rates, 1.5)
        return training.train(networks.made("plain", own, start, 2.0, len(rates), seeds), plan, seeds, DIGITS)

    both, single = trained((0.1, 1e9), [0, 1]), trained((0.1,), [1])
    assert both.loss[0, 1] == pytest.approx(single.loss[0, 0], rel=1e-4)
    assert not np.isfinite(both.loss[1]).any() and np.isinf(both.steps[1]).all()


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_each_network_learns(name: str) -> None:
    own = plain("gelu")
    plan = training.Plan(60, 32, (0.35,), 0.7)
    found = training.train(networks.made(name, own, critical(own), 2.35, 1, [0]), plan, [0], DIGITS)
    assert found.accuracy[0, 0] > 0.8 and found.steps[0, 0] < 60
    assert found.noisy[1][0, 0] < found.accuracy[0, 0]


def test_designs_are_the_same_each_time_and_can_all_be_trained() -> None:
    found = designs.drawn()
    assert found == designs.drawn() and len(set(found.values())) == designs.COUNT
    assert found != designs.drawn(seed=1)
    later = designs.later()
    assert later == designs.later() and len(set(later.values()) - set(found.values())) == designs.LATER
    assert [*found, *later] == [f"drawn_{place + 1:02d}" for place in range(designs.COUNT + designs.LATER)]
    for text in [*found.values(), *later.values()]:
        activation = target.activation(text)
        assert not activation.trouble and not activation.undefined, text


def subject(text: str) -> measures.Subject:
    return running.subject(text)[0]


def test_the_kernel_of_relu_is_the_published_one() -> None:
    """Arc-cosine kernels: Cho and Saul 2009; with w = 2 each layer keeps K of one input."""
    relu = subject("relu")

    def arc(c: float) -> tuple[float, float]:
        angle = math.acos(c)
        return (math.sin(angle) + (math.pi - angle) * c) / math.pi, (math.pi - angle) / math.pi

    for start in (0.0, 0.5):
        c, rises, kernels = start, [], [start]
        for _ in range(measures.LAYERS):
            c, rise = arc(c)
            rises.append(rise)
            kernels.append(c / 2 * 2)
        total = 0.0
        for layer in range(measures.LAYERS + 1):
            square = 1.0  # E[g^2] of inputs and of outputs is 1 with weights of variance 2 and q = 2
            total += square * kernels[layer] * math.prod(rises[layer:])
        assert relu.kernel(start) == pytest.approx(total, rel=1e-6)


def test_candidates_are_numbers_known_elsewhere() -> None:
    found = measures.measured(subject("relu"))
    assert found["elasticity"] == pytest.approx(1)
    assert found["nonlinearity"] == pytest.approx(1 - 0.25 / (0.5 - 0.5 / math.pi))
    assert found["common part"] == pytest.approx(1 / math.pi)
    assert found["gradient's spread"] == pytest.approx(5)  # Hanin and Rolnick 2018
    assert found["gradient at worst"] == pytest.approx(49 / 2 * math.log10(2))
    line = measures.measured(subject("x"))
    assert line["nonlinearity"] == pytest.approx(0, abs=1e-12) and line["noise passed"] == pytest.approx(
        1 - 1 / math.sqrt(1.25)
    )


def later(text: str) -> dict[str, float | None]:
    return measures.measured(subject(text), measures.LATER)


def test_measures_of_the_second_round_are_numbers_known_elsewhere() -> None:
    relu = subject("relu")
    found = measures.measured(relu, measures.LATER)
    assert found["gradient at risk"] == pytest.approx(5)  # critical, and 5 of Hanin and Rolnick 2018
    assert found["contrast, unless explosive"] == pytest.approx(relu.apart(0.0))
    assert found["noise passed, unless explosive"] == pytest.approx(measures.measured(relu)["noise passed"])


def test_a_power_is_explosive_from_its_exponent_on() -> None:
    """The elasticity of abs(x)**p is p at every q."""
    below, above = later("sign(x)*abs(x)**1.39"), later("sign(x)*abs(x)**1.41")
    assert below["contrast, unless explosive"] != 0 == above["contrast, unless explosive"]
    assert above["noise passed, unless explosive"] == math.inf


@pytest.mark.parametrize("text", ["tanh({b}*x)", "{b}*x*sigmoid({b}*x)", "sin({b}*x)"])
def test_no_unit_of_x_changes_a_measure_of_the_second_round(text: str) -> None:
    first, other = later(text.format(b=1)), later(text.format(b=3))
    assert first == pytest.approx(other, rel=1e-5)


def test_the_record_that_is_kept_is_of_these_designs() -> None:
    kept = json.loads((Path(__file__).parent.parent / "reports/prediction/outcomes.json").read_text())
    assert {**designs.drawn(), **designs.later()}.items() <= kept["functions"].items()


def test_a_run_goes_on_where_it_stopped_and_refuses_another_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {name: training.Plan(4, 8, (0.1,), 1.0, 2) for name in ("plain", "conv")}
    monkeypatch.setattr(running, "PLANS", small)
    monkeypatch.setattr(running, "DEEP_PLANS", {})
    monkeypatch.setattr(running, "PARTS", tuple(small))
    monkeypatch.setattr(running.crew, "run", _here)
    asked, file = running.Setting({"relu": "relu", "line": "x"}, 1), tmp_path / "study" / "outcomes.json"
    told: list[tuple[int, int, str]] = []

    def interrupt(*progress: object) -> None:
        told.append(progress)  # pyright: ignore[reportArgumentType]
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.run(asked, file, 1, tell=interrupt)
    whole = running.run(asked, file, 1, tell=lambda *progress: told.append(progress))
    assert [done for done, _, _ in told] == [1, 2, 3, 4] and told[-1][1] == 4
    assert set(whole["outcomes"]["line"]) == {"expression", *small}
    more = running.run(running.Setting({"relu": "relu", "line": "x", "square": "x**2"}, 1), file, 1)
    assert {name: more["outcomes"][name] for name in ("relu", "line")} == whole["outcomes"]
    assert set(more["outcomes"]["square"]) == {"expression", *small} and list(more["functions"])[2:] == ["square"]
    for functions in ({"relu": "relu"}, {"relu": "tanh", "line": "x", "square": "x**2"}):
        with pytest.raises(InputError, match="another setting"):
            running.run(running.Setting(functions, 1), file, 1)


def test_a_function_that_was_begun_keeps_its_initialisation() -> None:
    start = {"scheme": "critical", "sigma_w2": 1.7, "sigma_b2": 0.1}
    work = running.Workshop(running.Setting({"relu": "relu", "line": "x"}, 1), starts={"relu": start})
    part = running.PARTS.index("later measures")
    first, other = (work(running.crew.Order(place, part))["initialisation"] for place in (0, 1))
    assert first == start and other == {"scheme": "critical", "sigma_w2": 1.0, "sigma_b2": 0.0}


def _here(make, orders, workers, limit=None):  # noqa: ANN001, ANN202 - as `crew.run`, in this process
    work = make()
    for order in orders:
        yield order, work(order)


def test_the_kept_tables_are_those_that_the_kept_records_draw() -> None:
    folder = Path(__file__).parent.parent / "reports/prediction"
    record, judged = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("outcomes", "judged"))
    for name, content in prediction.drawn(record, judged).items():
        if not name.endswith(".svg"):
            text = content if isinstance(content, str) else content.decode()
            assert (folder / name).read_text("utf-8") == text, name
