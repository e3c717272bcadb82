"""`propcheck.report` writes what `propcheck report` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

import propcheck as package
from propcheck.report import record
from propcheck.report.making import Made


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_python_and_the_command_write_the_same_files(tmp_path: Path, propcheck) -> None:
    made = package.report(["relu", "x*tanh(x)"], tmp_path / "one", probes=False, formats=["md", "html"], workers=1)
    command = ["report", "relu", "x*tanh(x)", "-o", str(tmp_path / "other"), "--no-probes", "--format", "md"]
    status, _, err = propcheck(*command, "--format", "html", "--workers", "1")
    assert status == 0 and err.endswith(str(made).replace(str(tmp_path / "one"), str(tmp_path / "other")) + "\n")
    one, other = files(tmp_path / "one"), files(tmp_path / "other")
    assert one.keys() == other.keys() and len(one) == made.files
    assert {name for name in one if one[name] != other[name]} <= {
        "run.json",
        "report.html",
    }  # the command is told there
    assert isinstance(made, Made) and len(made.record["activations"]) == 2 and not made.interrupted


def test_parameters_thresholds_and_a_baseline_are_arguments(tmp_path: Path) -> None:
    old = package.report(["elu"], tmp_path / "old", probes=False, formats=["csv"], a=1)
    made = package.report(
        ["elu"], tmp_path / "new", probes=False, formats=["csv"], a="1/2",
        thresholds={"convergence": {"holds": 0.9}}, baseline=old.folder / "record.json",
    )  # fmt: skip
    read = record.read(made.folder / "record.json")
    assert read["activations"][0]["activation"]["parameters"]["a"]["value"] == "1/2"
    assert (made.folder / "changes.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (["relu"], {"formats": ["xls"]}, "formats is a list of some of"),
        (["relu"], {"symbols": "stars"}, "symbols is one of"),
        (["relu"], {"digits": 2}, "digits is a whole number from 3 to 17"),
        ("relu", {}, "stands in a list"),
        (["relu"], {"columns": ["nothing"]}, "nothing"),
        (["relu"], {"b": 1}, "b"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_written(arguments, options, said, tmp_path) -> None:
    with pytest.raises(package.InputError, match=said):
        package.report(arguments, tmp_path / "out", probes=False, **options)
    assert not (tmp_path / "out").exists()


def test_the_folder_is_a_module_still() -> None:
    from propcheck import report
    from propcheck.report import tables

    assert report is package.report and report.tables is tables and "report" in dir(package)
