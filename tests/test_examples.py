"""Every example of every --help and of the README is run, experiments at a small size."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from click import Context

from propcheck.cli import COMMANDS, commands

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[1]
NOT_RUN = {
    "study": "it takes hours; what it does is tested by its parts",
    "conform": "it takes frameworks and minutes, see test_conform",
    "screen": "it reads a stream, see test_screen",
    **dict.fromkeys(("sweep", "rank", "query", "merge"), "they take a store of minutes' work, see test_sweep"),
    "serve": "it ends with a signal, see test_serve",
}
MORE = {"probe": "--seeds 1 --depth 4 --width 16 --batch 8", "report": "--no-probes --force"}
MISSING = {
    "ml_dtypes": "bfloat16",
    "torch": "--backend torch",
    "onnx": ".onnx",
}  # packages, and the sign that an example needs one
DECIDING = ("check", "lint", "verify")  # commands that end with 1 where what is asked does not hold


def _examples() -> Iterator[str]:
    whole = Context(commands, info_name="propcheck", **commands.context_settings)
    for name in COMMANDS:
        command = commands.get_command(whole, name)
        assert command is not None
        yield from re.findall(r"^ +propcheck (.+)$", command.get_help(Context(command, whole, name)), re.MULTILINE)
    for line in re.findall(r"^\$ propcheck (.+)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"\s+#.*$", "", line)


EXAMPLES = list(dict.fromkeys(_examples()))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples speak of."""
    folder = tmp_path_factory.mktemp("examples")
    design = 'name = "mine"\ntitle = "Mine"\nexpression = "x*tanh(x)"\n'
    for name in ("my_activation.toml", "my_act.toml", "designs/mine.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(design)
    (folder / "inputs.txt").write_text("0.5\n-1\n")
    (folder / "reports").mkdir()
    shutil.copytree(ROOT / "reports" / "paper", folder / "reports" / "paper")
    shutil.copy(ROOT / "reports" / "paper" / "record.json", folder / "reports")
    return folder


def test_there_are_examples_of_each_command() -> None:
    assert {shlex.split(example)[0] for example in EXAMPLES} == set(COMMANDS)


@pytest.mark.parametrize("example", [text for text in EXAMPLES if text.split()[0] not in NOT_RUN])
def test_an_example_does_what_it_shows(
    place: Path, propcheck: Run, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    command = shlex.split(example)[0]
    more = MORE.get(command, "") if "--from" not in example else "--force"
    if command == "report" and not re.match(r"report( --from| [^-])", example):
        more += " relu"  # the paper's 17, which stand there by default, are test_cli's and the main job's
    monkeypatch.chdir(place)
    if example.startswith("report --from"):
        example = example.replace("reports/paper", "small")
        propcheck("report", "relu", "-o", "small", "--no-probes", "--force")
    made = place / "gelu.json"  # by one example for another, which may run elsewhere, or be left out
    if example.startswith("certify --check"):
        shutil.copy(ROOT / "reports" / "paper" / "certificates" / "swish.json", made)
    else:
        made.unlink(missing_ok=True)
    status, _, err = propcheck(*shlex.split(example), *more.split())
    absent = [name for name, sign in MISSING.items() if sign in example and find_spec(name) is None]
    assert status in ((2,) if absent else (0, 1) if command in DECIDING else (0,)), err
    assert all(name in err for name in absent)
