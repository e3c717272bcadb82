"""What names code, and what is said where the name leads nowhere."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from propcheck.code import naming
from propcheck.verdict import InputError

SOURCE = """
import sys
print("loud")
from sibling import half
LIMIT = 3
class Act:
    def __call__(self, x):
        return half(x)
act = Act()
def twice(x):
    return 2 * x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "acts.py").write_text(SOURCE)
    (tmp_path / "sibling.py").write_text("def half(x):\n    return x / 2\n")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(3)\n")
    (tmp_path / "raises.py").write_text("def f(x): return x\nraise ValueError('first\\nsecond')\n")
    (tmp_path / "needs.py").write_text("import no_such_module_anywhere\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "noise.onnx").write_bytes(b"\\x00 this is no protobuf")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("acts", "sibling", "leaves", "raises", "needs", "broken"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("text", ["acts.py:twice", "./acts.py:twice", "acts:twice", " acts:twice "])
def test_a_callable_is_found_by_its_file_and_by_its_module(folder: Path, text: str) -> None:
    assert naming.is_code(text)
    assert naming.load(text)(3) == 6


def test_objects_and_what_they_hold_are_found_and_siblings_are_imported(folder: Path) -> None:
    assert naming.load("acts.py:act")(3) == naming.load("acts.py:Act.__call__")(None, 3) == 1.5
    assert naming.load("math:tanh") is math.tanh


def test_what_a_module_prints_does_not_reach_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    naming.load("acts.py:twice")
    captured = capsys.readouterr()
    assert captured.out == "" and "loud" in captured.err


def test_a_file_that_is_named_twice_runs_once(folder: Path) -> None:
    assert naming.load("acts.py:act") is naming.load("./acts.py:act")


WRONG = {
    "no_such_module:f": "there is no module no_such_module; it is neither installed nor in this folder",
    "json.decoderr:f": "there is no module json.decoderr (did you mean decoder",
    "math:tanhh": "math has no tanhh (did you mean tanh",
    "math:pi": "math:pi is of type float, and nothing that can be called",
    "json:decoder": "json:decoder is a module, and nothing that can be called; it has JSONDecodeError",
    "acts.py": "acts.py names a file; name a callable in it too; it has Act, act, twice",
    "acts.py:": "acts.py: names a file; name a callable in it too",
    "acts.py:LIMIT": "acts.py:LIMIT is of type int, and nothing",
    "acts.py:twise": "acts.py has no twise (did you mean twice?)",
    "act.py:twice": "there is no file act.py (did you mean acts.py?)",
    "leaves.py:f": "leaves.py cannot be imported: SystemExit: 3",
    "raises.py:f": "raises.py cannot be imported: ValueError: second",
    "raises:f": "raises cannot be imported: ValueError: second",
    "needs:f": "needs cannot be imported: it needs the module no_such_module_anywhere",
    "broken.py:f": "broken.py cannot be imported: SyntaxError",
    "missing.onnx": "there is no file missing.onnx",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_name_that_leads_nowhere_has_one_sentence(folder: Path, text: str) -> None:
    with pytest.raises(InputError) as error:
        naming.load(text)
    assert WRONG[text] in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_no_model_has_one_sentence(folder: Path) -> None:
    pytest.importorskip("onnx", reason="ONNX is not installed")
    with pytest.raises(InputError, match=r"noise\.onnx is no model of ONNX"):
        naming.load("noise.onnx")


@pytest.mark.parametrize("text", ["x*tanh(x)", "gelu", "x if x > 0 else 0", "specs/a.toml", "a:b:c", "x:", ":f", "1:2"])
def test_what_has_another_form_names_no_code(text: str) -> None:
    assert not naming.is_code(text)


def test_nothing_is_imported_to_find_out_what_a_text_is(folder: Path) -> None:
    assert naming.may_exist("acts:twice") and not naming.may_exist("no_such_module:twice")
    assert "acts" not in sys.modules and not naming.may_exist("maxout:absolute")
