"""What a shell completes, asked as the scripts of click ask; and that no output depends on the number of processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from propcheck import spec
from propcheck.cli import COMMANDS

PROGRAM = [sys.executable, "-m", "propcheck"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = ENVIRONMENT | environment
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, env=given, timeout=120)


def completed(words: str, shell: str = "bash") -> list[str]:
    """What is offered at the end of a line: for bash `plain,gelu`, for zsh and fish with a line of help."""
    at = {"bash": str(len(words.split(" ")) - 1), "zsh": str(len(words.split(" ")) - 1), "fish": words.split(" ")[-1]}
    given = {"COMP_WORDS": words if shell != "fish" else words.rpartition(" ")[0], "COMP_CWORD": at[shell]}
    run = call(_PROPCHECK_COMPLETE=f"{shell}_complete", **given)
    assert run.stderr == ""
    return run.stdout.splitlines()


OFFERED = {
    "propcheck ": [f"plain,{name}" for name in COMMANDS],
    "propcheck ana": ["plain,analyze"],
    "propcheck analyze hard_s": [f"plain,{name}" for name in spec.names() if name.startswith("hard_s")],
    "propcheck compare gelu sil": ["plain,silu"],
    "propcheck export mis": ["plain,mish"],
    "propcheck analyze maxout:": [f"plain,maxout:{preset}" for preset in spec.find("maxout").presets],
    "propcheck analyze ./no": ["file,./no"],
    "propcheck report --sym": ["plain,--symbols"],
    "propcheck report --symbols m": ["plain,marks"],
    "propcheck check relu --require zero_m": ["plain,zero_mean="],
    "propcheck analyze gelu --without edge_of_chaos,par": ["plain,edge_of_chaos,parity"],
    "propcheck gelu rel": [""],
}


@pytest.mark.parametrize("words", OFFERED)
def test_a_shell_is_offered_what_fits(words: str) -> None:
    assert completed(words) == OFFERED[words]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_what_a_name_stands_for(shell: str) -> None:
    told = "\n".join(completed("propcheck analyze gel", shell))
    assert "gelu" in told and "GELU" in told


def test_completion_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom propcheck.cli import main\ntry: main()\nexcept SystemExit: pass\n"
        "print('sympy' in sys.modules, file=sys.stderr)"
    )
    asked = {"_PROPCHECK_COMPLETE": "bash_complete", "COMP_WORDS": "propcheck analyze gelu_t", "COMP_CWORD": "2"}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT | asked)
    assert (run.stdout, run.stderr) == ("plain,gelu_tanh\n", "False\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one(shell: str) -> None:
    run = call(_PROPCHECK_COMPLETE=f"{shell}_source")
    assert run.returncode == 0 and "_PROPCHECK_COMPLETE" in run.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=run.stdout, text=True, check=True)


def test_another_shell_is_told_which_there_are() -> None:
    run = call(_PROPCHECK_COMPLETE="tcsh_source")
    assert run.returncode == 2 and "bash_source, zsh_source, fish_source" in run.stderr


# --- the number of processes


def without_seconds(text: str) -> str:
    def plain(data):
        if isinstance(data, dict):
            return {key: plain(value) for key, value in data.items() if key != "seconds"}
        return [plain(item) for item in data] if isinstance(data, list) else data

    return json.dumps(plain(json.loads(text)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "relu", "x*cos(x)", "elu", "--json", "--without", "edge_of_chaos"),
        ("check", "relu", "tanh", "--json"),
        ("verify", "elu", "softsign", "tanh", "--json"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_number_of_processes_changes_no_byte(arguments: tuple[str, ...]) -> None:
    one, three = (call(*arguments, "--workers", n) for n in "13")
    assert one.returncode == three.returncode and one.stderr == three.stderr
    assert without_seconds(one.stdout) == without_seconds(three.stdout)


def test_a_report_is_the_same_by_any_number_of_processes(tmp_path: Path) -> None:
    for n in "13":
        arguments = ("report", "relu", "x*cos(x)", "tanh", "--no-probes", "-o", str(tmp_path / n), "--workers", n)
        assert call(*arguments).returncode == 0
    one, three = (
        {str(p.relative_to(tmp_path / n)): p.read_bytes() for p in (tmp_path / n).rglob("*.*") if p.name != "run.json"}
        for n in "13"
    )
    assert one == three and "report.html" in one


@pytest.mark.parametrize("command", ["analyze", "report", "check", "verify", "probe"])
def test_no_process_is_no_number_of_processes(command: str, tmp_path: Path) -> None:
    place = ("-o", str(tmp_path)) if command == "report" else ()
    run = call(command, "elu", *place, "--workers", "0")
    assert run.returncode == 2 and "workers is a number of processes" in run.stderr
