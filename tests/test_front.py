"""The front door: what one types in Python, and the sentence that a wrong thing typed gets."""

from __future__ import annotations

import copy
import importlib
import json
import math
import pickle
import pkgutil
import subprocess
import sys
import types
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

import propcheck
from propcheck import Analysis, InputError, Spec, Table, spec, wording
from propcheck.inquiries.analysis import analyze_all
from propcheck.report.figures import onto
from propcheck.verdict import Fact, Facts, Number, Standing, Verdict, Verdicts

ODD = ("x*cos(x)/(1 + x**2)", "max(x, -1/7) + min(0, x**3)", "sqrt(abs(x)) - 2", "exp(-x**2)*(x > 1/3)")
QUICK = ["edge_of_chaos", "criticality"]
NO_FORMULA = (None, len, [1], ["gelu"], {}, {"gelu"}, True, b"x", 1j, math.nan, object(), np.ones(3))


def timeless(data):
    return {**data, "provenance": {**data["provenance"], "seconds": 0}}


# --- the catalogue


def test_the_catalogue_is_a_mapping_of_names_to_specs() -> None:
    catalogue = propcheck.catalogue()
    assert list(catalogue) == spec.names() and len(catalogue) == len(spec.names())
    assert catalogue["gelu"] == spec.find("gelu") == catalogue["GELU"]
    assert "gelu" in catalogue and "gleu" not in catalogue and catalogue.get("gleu") is None
    with pytest.raises(KeyError, match="did you mean gelu"):
        catalogue["gleu"]
    assert all(item.name == name for name, item in catalogue.items())


# --- what is no formula


@pytest.mark.parametrize("item", NO_FORMULA, ids=lambda item: type(item).__name__)
@pytest.mark.parametrize(
    "ask",
    [
        propcheck.analyze,
        propcheck.load,
        propcheck.compile,
        propcheck.verify,
        propcheck.identify,
        propcheck.phase,
        propcheck.gain,
        lambda item: propcheck.analyze(item, time_limit=10),
        lambda item: propcheck.probe(item, depth=2, width=8, seeds=1),
        lambda item: propcheck.compare([item, "relu"]),
        lambda item: propcheck.analyze_many([item]),
    ],
    ids="analyze load compile verify identify phase gain limited probe compare analyze_many".split(),
)
def test_what_is_no_formula_is_refused(ask, item) -> None:
    with pytest.raises(InputError):
        ask(item)


@pytest.mark.parametrize("items", ["gelu", Path("x.toml"), 3, None, Spec("twice", "2*x")])
def test_many_stand_in_a_list(items) -> None:
    with pytest.raises(InputError, match=r"analyze_many\(\['gelu', 'relu'\]\)"):
        propcheck.analyze_many(items)


def test_a_spec_needs_a_name_and_an_expression() -> None:
    assert propcheck.load(Spec("twice", "2*x"))(3) == 6
    assert Spec("twice", "2*x").title == "twice"
    with pytest.raises(InputError, match=r"Spec\('twice', '2\*x'\)"):
        propcheck.load(Spec("twice"))


# --- only


@pytest.mark.parametrize("text", ["elu", *ODD])
def test_what_is_asked_for_alone_is_what_it_is_among_all(text) -> None:
    whole = propcheck.analyze(text, without=QUICK)
    for verdict in whole.criteria:
        if verdict.key != "gradient_flow":
            (alone,) = (v for v in propcheck.analyze(text, only=verdict.key).criteria if v.key == verdict.key)
            assert alone == whole[verdict.key] or verdict.claim is not None
            assert (alone.verdict, alone.standing, alone.reasons) == (
                verdict.verdict,
                verdict.standing,
                verdict.reasons,
            )
    facts = ("parity", "lipschitz", "range")
    few = propcheck.analyze(text, only=facts, time_limit=30)
    assert {key: few.facts[key] for key in facts} == {key: whole.facts[key] for key in facts}
    assert {key for key, fact in few.facts.items() if fact.note != "left out, as was asked"} == set(facts)
    assert {verdict.verdict for verdict in few.criteria} == {"open"} and few.claims == ()


def test_a_criterion_does_without_a_fact_that_is_barred() -> None:
    found = propcheck.analyze("gelu", only=["gradient_flow"], without="edge_of_chaos")
    assert found["gradient_flow"] == propcheck.analyze("gelu", without="edge_of_chaos")["gradient_flow"]


def test_a_key_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="no fact or criterion 'dead_unit'.*did you mean dead_units"):
        propcheck.analyze("gelu", only=["dead_unit"])
    with pytest.raises(InputError, match="no fact or criterion"):
        propcheck.analyze_many([], only=["nothing"])


# --- many


def test_a_table_is_the_same_for_any_number_of_processes() -> None:
    items = ["relu", "elu", *ODD, "hardswish", Spec("twice", "2*x")]
    tables = [propcheck.analyze_many(items, workers=n, without=QUICK, time_limit=t) for n, t in ((1, None), (3, 30))]
    one, three = ([timeless(entry) for entry in table.to_json()] for table in tables)
    assert one == three
    assert tables[0].to_markdown() == tables[1].to_markdown() and tables[0].to_latex() == tables[1].to_latex()
    assert [analysis.name for analysis in tables[1]][:2] == ["relu", "elu"]
    assert tables[1]["twice"]["monotonicity"]["value"] == "increasing" and tables[1][0].name == "relu"
    with pytest.raises(KeyError, match="did you mean relu"):
        tables[1]["rleu"]


def test_a_target_that_hangs_costs_the_others_nothing() -> None:
    from propcheck.processes import worker
    from propcheck.processes.worker import Job, Stopped

    def spin(subject, answers):
        while subject == 1:
            pass
        return subject

    jobs = [Job(lambda place=place: place, (("a", spin), ("b", spin))) for place in range(4)]
    found = [outcome for outcome, _ in worker.shared(jobs, 0.5, 2)]
    assert [outcome["a"] for outcome in found[::2]] == [0, 2] and found[3] == {"a": 3, "b": 3}
    assert found[1] == {"a": Stopped("stopped after 0.25 s"), "b": Stopped("stopped after 0.125 s")}


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_a_number_of_processes_is_a_whole_number_from_one(workers) -> None:
    with pytest.raises(InputError, match="workers is a number of processes"):
        propcheck.analyze_many(["relu"], workers=workers)


def test_a_parameter_goes_to_the_targets_that_have_it() -> None:
    table = propcheck.analyze_many(["x*sigmoid(b*x)", "relu"], workers=1, only=["parity"], b="3/2")
    assert table[0].description["parameters"]["b"]["value"] == "3/2"
    assert "parity" in table.to_markdown() and "dead" not in table.to_markdown()
    assert [row["parity"] for row in table.rows()] == ["none", "none"]


def test_a_folder_is_opened(tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\nexpression = "x + 1"\n')
    assert [analysis.name for analysis in propcheck.analyze_many([tmp_path], workers=1, only="affine")] == [
        "one",
        "two",
    ]


def test_the_rows_have_the_paths_of_claims() -> None:
    (row,) = propcheck.analyze_many(["leaky_relu"], workers=1, without=QUICK).rows()
    assert {"lipschitz", "smoothness.class", "range.sup", "parity", "gaussian.mean", "cost.value.mul"} <= row.keys()
    assert row["range.sup"] == math.inf and row["affine"] is False and row["dead_units"] == "holds"
    mean = mpmath.quad(lambda t: (t if t > 0 else t / 100) * mpmath.npdf(t), [-40, 0, 40])
    assert row["gaussian.mean"] == pytest.approx(float(mean), abs=1e-12)


def test_to_pandas_says_what_it_needs(monkeypatch) -> None:
    table = propcheck.analyze_many(["relu"], workers=1, only=["parity"])
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        table.to_pandas()


def test_to_pandas_gives_the_rows_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    table = propcheck.analyze_many(["relu", "elu"], workers=1, only=["lipschitz", "dead_units"])
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.index) == ["relu", "elu"]
    assert frame["lipschitz"].tolist() == [1.0, 1.0] and frame["dead_units"].tolist() == ["fails", "holds"]


def test_a_notebook_shows_a_table() -> None:
    table = propcheck.analyze_many(["relu"], workers=1, only=["dead_units", "range"])
    assert "dead units" in table._repr_html_() and "[0, inf)" in table._repr_markdown_()
    assert repr(table).splitlines()[0].split("|")[2].strip() == "dead units"


# --- records, there and back


@pytest.fixture(scope="module")
def analyses():
    items = [spec.find(name) for name in ("relu", "mish", "rrelu", "maxout:absolute", "snake")]
    others = ["1/x", "tan(x)", "sign(x)", "exp(x**2)", *ODD]
    return list(analyze_all([*items, *(spec.from_text(text) for text in others)], 30))


def test_an_analysis_comes_back_from_json(analyses) -> None:
    for analysis in analyses:
        text = json.dumps(analysis.to_json(), allow_nan=False)
        for given in (text, json.loads(text)):
            back = Analysis.from_json(given)
            assert back.to_json() == analysis.to_json()
            assert isinstance(back.criteria, Verdicts) and isinstance(back.facts, Facts)
            assert back.facts.lipschitz == analysis.facts.lipschitz
            assert back.criteria == analysis.criteria


def test_parts_of_an_analysis_come_back(analyses) -> None:
    facts = analyses[0].facts
    assert Facts.from_json(facts.to_json()).range["sup"] == facts.range["sup"]
    assert Facts.from_json(facts.to_json()).range["sup"].value == math.inf
    assert Fact.from_json("range", facts.range.to_json()).to_json() == facts.range.to_json()
    assert Number.from_json(facts.lipschitz.to_json()) == facts.lipschitz
    assert Verdict.from_json(analyses[0].criteria[0].to_json()) == analyses[0].criteria[0]
    table = Table(tuple(analyses))
    assert Table.from_json(table.to_json()).to_json() == table.to_json()


@pytest.mark.parametrize("text", ["elu", "softsign", "leaky_relu", "swish", "maxout"])
def test_a_verification_comes_back_from_json(text) -> None:
    for made in (propcheck.verify(text, "1/(1 + abs(x))"), propcheck.verify(text, "abs(x)", order=2)):
        back = type(made).from_json(json.dumps(made.to_json()))
        assert back.to_json() == made.to_json() and back.outcomes == made.outcomes
    stated = propcheck.verify(text)
    assert type(stated).from_json(stated.to_json()).to_json() == stated.to_json()


@pytest.mark.parametrize("text", ["max(x/5, x)", "2*tanh(x) + 1", "x*cos(x)"])
def test_an_identification_comes_back_from_json(text) -> None:
    made = propcheck.identify(text)
    assert type(made).from_json(json.dumps(made.to_json())) == made


def test_a_requirement_is_read_as_a_claim_of_a_spec_is() -> None:
    for key, value in (("slope_at_most", "1.1"), ("smoothness.class", "C^1"), ("affine", False), ("range", "(0, 1/3]")):
        text = str(value).lower() if isinstance(value, bool) else f'"{value}"'
        written = spec.read(f'name = "mine"\nexpression = "x"\n[claims]\n{key} = {text}\n')
        assert spec.claim(key, value) == written.claims[0]
    with pytest.raises(spec.SpecError, match="nothing that can be claimed.*did you mean parity"):
        spec.claim("party", "odd")


@pytest.mark.parametrize("data", [{}, {"schema": "propcheck.probe/1"}, [], "[]"])
def test_another_record_is_refused(data) -> None:
    with pytest.raises(InputError, match="propcheck.analysis/1"):
        Analysis.from_json(data)


def test_an_analysis_makes_its_activation_anew(analyses) -> None:
    for analysis in analyses:
        again = Analysis.from_json(json.dumps(analysis.to_json())).activation
        assert again.to_json()["pieces"] == analysis.description["pieces"]
        assert again.to_json()["parameters"] == analysis.description["parameters"]


# --- values


@pytest.mark.parametrize("text", ["gelu", "elu", *ODD])
def test_an_activation_is_a_function_of_floats_and_arrays(text) -> None:
    g = propcheck.load(text)
    x = np.array([[-3.7, -1 / 3, -0.0], [0.1, 1.9, 28.25]])
    values = g(x)
    assert values.shape == x.shape and values.dtype == np.float64
    assert g(x.astype(np.float32)).dtype == np.float32
    assert g(x.tolist()).tolist() == values.tolist()
    for at, value in zip(x.ravel().tolist(), values.ravel().tolist(), strict=True):
        assert type(g(at)) is float and g(at) == value
        exact = g(str(Fraction(at)))
        assert value == pytest.approx(float(exact.evalf(50)), rel=1e-15, abs=5e-324)


def test_whole_numbers_and_texts_are_exact_points() -> None:
    g = propcheck.load("x/3")
    assert str(g(1)) == "1/3" and str(g("1/2")) == "1/6"
    assert propcheck.load("log(x)")(-1) is None and math.isnan(propcheck.load("log(x)")(-1.0))


def test_the_arithmetic_of_torch_is_asked_for_by_name() -> None:
    with pytest.raises(InputError, match="native is for the backend torch"):
        propcheck.compile("gelu", native=True)


# --- what a value answers


def test_a_number_is_a_float_where_it_has_a_value() -> None:
    facts = propcheck.analyze("gelu", only=["lipschitz", "range"]).facts
    assert float(facts.lipschitz) == facts.lipschitz.value and math.isinf(float(facts.range.sup))
    with pytest.raises(InputError, match="open: nobody looked"):
        float(Number.missing("nobody looked"))


def test_a_fact_is_asked_for_its_fields_as_a_mapping_is() -> None:
    gaussian = propcheck.analyze("relu", only=["gaussian"])["gaussian"]
    assert "mean" in gaussian and "median" not in gaussian
    assert list(gaussian) == list(gaussian.fields) and {name: gaussian[name] for name in gaussian} == gaussian.fields


def test_a_fact_has_its_fields_as_attributes() -> None:
    fact = propcheck.analyze("relu", only=["range"]).facts.range
    assert fact.sup is fact["sup"] and fact.inf_attained is True and "sup" in dir(fact)
    for made in (copy.deepcopy(fact), pickle.loads(pickle.dumps(fact))):
        assert made == fact and made.sup == fact.sup
    with pytest.raises(AttributeError, match="the fact range has no field 'supremum'; it has inf, sup"):
        _ = fact.supremum


def test_a_verdict_is_neither_true_nor_false() -> None:
    verdict = Verdict(3, "dead_units", "fails", Standing.PROVED)
    with pytest.raises(TypeError, match=r"verdict\.verdict == 'holds'"):
        bool(verdict)
    assert Verdicts((verdict,)) and not Verdicts(())


# --- errors


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: propcheck.analyze("x*sigmoid(b*x)"),
        lambda: propcheck.load(Spec("mine", "b*x", parameters=(spec.Parameter("b", "constant"),))),
        lambda: propcheck.load("elu", b=1),
        lambda: propcheck.verify("elu", "x", order=0),
        lambda: propcheck.load("x*slope"),
    ],
)
def test_an_error_speaks_python(wrong) -> None:
    with pytest.raises(InputError) as error:
        wrong()
    assert "--" not in str(error.value)


def test_a_missing_value_is_told_in_the_words_of_the_caller() -> None:
    with pytest.raises(InputError, match=r"needs a value: b=VALUE"):
        propcheck.analyze("x*sigmoid(b*x)")
    assert wording.typed("it needs a value: b=VALUE") == "it needs a value: --param b=VALUE"
    assert wording.typed("--param takes NAME=VALUE") == "--param takes NAME=VALUE"


# --- plots


@pytest.mark.parametrize("text", ["gelu", "rrelu", "sign(x)", "abs(x*sin(x))"])
def test_curves_are_drawn_on_axes(text) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    one, two = figure.subplots(1, 2)
    g = propcheck.load(text)
    assert g.plot(ax=one) is one and propcheck.analyze(text, only=["parity"]).plot(two) is two
    assert len(two.get_legend().get_texts()) == 2 * len(one.get_legend().get_texts()) == 2
    g.plot(ax=one)
    assert len({line.get_color() for line in one.lines if line.get_gid()}) == 2
    x, y = (np.concatenate([getattr(line, get)() for line in one.lines]) for get in ("get_xdata", "get_ydata"))
    inner = (np.abs(x) > 1e-6) & np.isfinite(y)
    truth = abs(x * np.sin(x))[inner] if g.trouble else g(x[inner])  # what does not come back is not compiled
    np.testing.assert_allclose(truth, y[inner], rtol=1e-9, atol=1e-12)


def test_axes_are_axes() -> None:
    with pytest.raises(InputError, match="axes of matplotlib"):
        onto(types.SimpleNamespace(), [], (0,))


# --- in a script


def test_a_plain_script_needs_no_main_guard(tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import propcheck\n"
        "print('begun')\n"
        "probe = propcheck.probe('relu', depth=2, width=8, batch=16, seeds=2, workers=2)\n"
        "table = propcheck.analyze_many(['relu', 'elu'], workers=2, only=['dead_units'], time_limit=20)\n"
        "print(len(probe.seeds), [analysis['dead_units'].verdict for analysis in table])\n"
    )
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert run.stdout.splitlines() == ["begun", "2 ['fails', 'holds']"], run.stderr


def test_no_public_name_is_that_of_a_folder_which_would_take_its_place():
    folders = {found.name for found in pkgutil.iter_modules(propcheck.__path__)}
    assert folders & set(propcheck.__all__) == {"report"} and callable(importlib.import_module("propcheck.report"))
