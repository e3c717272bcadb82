"""Builds the source archive and the wheel, and tries them out: `make release`.

Metadata are checked: a name, a version, texts, and each file that a user needs. Then the wheel is installed into an
empty environment of each Python that is found, 3.11 to 3.14, and a smoke test is run there. Nothing is published.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEEDED = (  # in the wheel
    "propcheck/py.typed",
    "propcheck/specs/relu.toml",
    "propcheck/schemas/spec.schema.json",
    "propcheck/certificates/check_certificate.js",
    "propcheck/report/page/templates/report.html",
    "propcheck/serve/templates/live.html",
)
SOURCES = ("pyproject.toml", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile", "docs/conf.py")
SMOKE = """
import json, subprocess, sys
def run(*arguments, status=0):
    done = subprocess.run([sys.executable, "-m", "propcheck", *arguments], capture_output=True, text=True)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stdout
run("--help")
assert "gelu" in run("list")
relu = json.loads(run("analyze", "relu", "--json"))
assert relu["schema"] == "propcheck.analysis/1" and relu["facts"]["lipschitz"]["exact"] == "1", relu
assert "proved" in run("verify", "tanh", "--derivative", "1 - tanh(x)**2")
assert "refuted" in run("verify", "tanh", "--derivative", "1 - tanh(x)", status=1)
run("check", "gelu")
run("doctor")
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all steps; the first that fails ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", default=str(ROOT / "dist"), help="folder of the archive and the wheel")
    output = Path(parser.parse_args(arguments).output)
    version = _version()
    for old in output.glob("propcheck-*"):
        old.unlink()
    _call(sys.executable, "-m", "hatchling", "build", "-d", str(output))
    (archive,), (wheel,) = output.glob("propcheck-*.tar.gz"), output.glob("propcheck-*.whl")
    for fault in (faults := [*_texts(version), *_in_archive(archive, version), *_in_wheel(wheel, version)]):
        print(f"fault: {fault}", file=sys.stderr)
    if faults:
        return 1
    print(f"{archive.name} {archive.stat().st_size / 1e6:.1f} MB, {wheel.name} {wheel.stat().st_size / 1e6:.1f} MB")
    found = _pythons()
    for python, told in found.items():
        _try(python, told, wheel)
    print(f"tried on Python {', '.join(found.values())}; not found: {', '.join(_missing(found)) or 'none'}")
    print(f"to publish: tag v{version}, and upload what lies in {output}")
    return 0


def _version() -> str:
    text = (ROOT / "propcheck" / "version.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "([^"]+)"', text)[1]  # pyright: ignore[reportOptionalSubscript]


def _texts(version: str) -> list[str]:
    """What the texts beside the sources lack."""
    said = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("CITATION.cff", "CHANGELOG.md")}
    lacking = [] if f"version: {version}\n" in said["CITATION.cff"] else [f"CITATION.cff is not of version {version}"]
    return lacking + ([] if f"\n## {version}\n" in said["CHANGELOG.md"] else [f"CHANGELOG.md has no section {version}"])


def _in_archive(archive: Path, version: str) -> list[str]:
    with tarfile.open(archive) as opened:
        names = set(opened.getnames())
    return [f"{archive.name} lacks {name}" for name in SOURCES if f"propcheck-{version}/{name}" not in names]


def _in_wheel(wheel: Path, version: str) -> list[str]:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        told = Parser().parsestr(opened.read(f"propcheck-{version}.dist-info/METADATA").decode())
    lacking = [f"{wheel.name} lacks {name}" for name in NEEDED if name not in names]
    strange = sorted({name.split("/")[0] for name in names} - {"propcheck", f"propcheck-{version}.dist-info"})
    lacking += [f"{wheel.name} holds {name}, which is no part of it" for name in strange]
    wanted = {"Name": "propcheck", "Version": version, "Requires-Python": ">=3.11", "License-Expression": "MIT"}
    lacking += [f"{key} is {told[key]}, not {value}" for key, value in wanted.items() if told[key] != value]
    lacking += [f"there is no {key}" for key in ("Summary", "Classifier", "Description-Content-Type") if not told[key]]
    return lacking + ([] if str(told.get_payload()).strip() else ["there is no description"])


def _pythons() -> dict[str, str]:
    """The Pythons that are found: the program, and its version."""
    found: dict[str, str] = {}
    for version in PYTHONS:
        own = "{}.{}".format(*sys.version_info) == version
        program = sys.executable if own else shutil.which(f"python{version}")
        if program and subprocess.run([program, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
            found[program] = version
    return found


def _missing(found: dict[str, str]) -> list[str]:
    return [version for version in PYTHONS if version not in found.values()]


def _try(python: str, version: str, wheel: Path) -> None:
    """Installs the wheel into an empty environment and runs the smoke test there, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        _call(python, "-m", "venv", f"{folder}/empty")
        inside = next(Path(folder, "empty").glob("[Sb][ci][rn]*/python*")).as_posix()
        quiet = ("--quiet", "--disable-pip-version-check")
        _call(inside, "-m", "pip", "install", *quiet, str(wheel.absolute()))
        _call(inside, "-m", "pip", "check", *quiet)
        lines = subprocess.run(
            [inside, "-c", "import os,sysconfig; p=sysconfig.get_path('purelib'); print(sum(os.path.getsize("
             "os.path.join(d, f)) for d, _, n in os.walk(p) for f in n))"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        _call(inside, "-c", SMOKE, folder=folder)
        print(f"Python {version}: installed, {int(lines) / 1e6:.0f} MB with pip, smoke test passed")


def _call(*command: str, folder: str | None = None) -> None:
    done = subprocess.run(command, cwd=folder or ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[:5])} ... ends with {done.returncode}:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
