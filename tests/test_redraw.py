"""A report drawn again from its records: the same bytes, with nothing analysed, and what was measured on the page."""

from __future__ import annotations

import json
import shutil

import pytest

import propcheck
from propcheck import cli
from propcheck.files import dump
from propcheck.report import measured

NAMES = ("relu", "tanh")


def run(*arguments):
    """The exit status of a command."""
    with cli.commands.make_context("propcheck", list(map(str, arguments))) as context:
        return cli.commands.invoke(context)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report with what experiments found, as `propcheck report` leaves it."""
    folder = tmp_path_factory.mktemp("report")
    run("report", *NAMES, "--no-probes", "-o", folder)
    probes = [propcheck.probe(name, depth=4, width=12, batch=16, seeds=2, workers=1).to_json() for name in NAMES]
    (folder / "measured.json").write_text(dump(measured.record(probes)), encoding="utf-8")
    assert run("report", "--from", folder) == cli.DONE
    return folder


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("pages", [False, True], ids=["one page", "pages"])
def test_a_report_is_what_its_records_make(report, tmp_path, pages, monkeypatch):
    monkeypatch.setattr("propcheck.inquiries.analysis.analyze_all", None)
    options = ["--pages"] if pages else []
    one, two = tmp_path / "one", tmp_path / "two"
    run("report", "--from", report, "-o", one, *options)
    run("report", "--from", one, "-o", two, *options)
    assert files(one) == files(two) and ("functions/relu.html" in files(one)) is pages
    if not pages:
        assert files(one) == files(report)


def test_the_page_shows_what_was_measured_beside_what_was_proved(report):
    text = (report / "report.html").read_text(encoding="utf-8")
    for part in ("Proof beside experiment", "By the formula", "By experiment", "Measured beside predicted"):
        assert part in text
    for name in ("experiments.md", "predictions.csv"):
        assert f'href="{name}"' in text and (report / name).exists()
    assert text.count('class="chart"') >= 2 * (2 + 3) + 2
    assert "propcheck report relu tanh" in text


def test_the_experiments_are_left_out_where_that_is_asked(report, tmp_path):
    run("report", "--from", report, "-o", tmp_path, "--no-probes")
    assert "experiments.md" not in files(tmp_path)
    assert "By experiment" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_run_keeps_the_command_and_the_curves_the_functions(report):
    assert json.loads((report / "run.json").read_text())["command"] == "propcheck report relu tanh"
    graphs = json.loads((report / "curves.json").read_text())["graphs"]
    assert [graph["activation"]["name"] for graph in graphs] == list(NAMES)


def spoil(name, text):
    def done(folder):
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text)

    return done


def other_curves(folder):
    made = json.loads((folder / "curves.json").read_text())
    made["graphs"].reverse()
    (folder / "curves.json").write_text(json.dumps(made))


def _huge(name, *path):
    """Puts a number in a record that no float holds."""

    def done(folder):
        made = place = json.loads((folder / name).read_text())
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = 10**400
        (folder / name).write_text(json.dumps(made))

    return done


WRONG = {
    "no record": (spoil("record.json", None), "record.json cannot be read"),
    "no run": (spoil("run.json", None), "run.json cannot be read.*give the run.json"),
    "no JSON": (spoil("curves.json", "{"), "curves.json is not JSON"),
    "another schema": (spoil("measured.json", '{"schema": "a"}'), "its schema is not propcheck.measured/1"),
    "parts missing": (spoil("record.json", '{"schema": "propcheck.record/1", "activations": [{}]}'), "lack what"),
    "a number beyond all": (_huge("curves.json", "graphs", 0, "curves", 0, "stretches", 0, "y", 0), "lack what"),
    "curves of others": (other_curves, "curves are of other functions"),
}


@pytest.mark.parametrize(("spoilt", "said"), WRONG.values(), ids=list(WRONG))
def test_records_that_are_none_are_refused(report, tmp_path, spoilt, said):
    folder = tmp_path / "report"
    shutil.copytree(report, folder)
    spoilt(folder)
    with pytest.raises(propcheck.InputError, match=said):
        run("report", "--from", folder, "-o", tmp_path / "again")


def test_a_record_is_no_folder_of_records(report, tmp_path):
    with pytest.raises(propcheck.InputError, match="is a file; give "):
        run("report", "--from", report / "record.json", "-o", tmp_path)


def test_a_baseline_with_a_number_beyond_all_is_refused(report, tmp_path):
    copied = shutil.copy(report / "record.json", tmp_path)
    _huge("record.json", "activations", 0, "facts", "lipschitz", "upper")(tmp_path)
    with pytest.raises(propcheck.InputError, match="is damaged"):
        run("report", "--from", report, "--baseline", copied, "-o", tmp_path / "again")


def test_targets_beside_records_are_refused(report, tmp_path):
    with pytest.raises(propcheck.InputError, match="no targets beside it"):
        run("report", "gelu", "--from", report, "-o", tmp_path)
