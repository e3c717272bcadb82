"""How many faults put into the sources of the engine do the tests notice?

    python tools/mutants.py                                # a sample of 60, at most half an hour on two cores
    python tools/mutants.py --sample 10 --seed 3           # another, smaller one
    python tools/mutants.py --only claims --tests claims   # of one file or folder, against some test files
    python tools/mutants.py --list                         # the sample, and nothing is run

First every test of the engine is run once, with a note of each line that it runs (kept in `.mutants`, by test file,
until that file or the engine changes). Then one small fault at a time is put into a copy of the sources, and the tests
that run its line are run until one fails: those of all files in turn, cheap ones first, within the seconds of processor
time that a mutant may cost. What no test notices is printed as it was and as it became. mutmut and Cosmic Ray, the
tools at hand, take no sample of a set size and choose no tests by the line.

No fault is put where it cannot matter, by these rules: docstrings, annotations, decorators (sizes of caches) and texts;
what is raised or noted as a reason; representations, records and hashes; and the effort that is made: numbers bound to
names of the module outside `criteria`, and whatever speaks of precision, tries, depth, starts, sizes or time.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import hashlib
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "propcheck"
NOTES = ROOT / ".mutants"
ENGINE = (
    "calculus",
    "analysis",
    "pieces",
    "activation.py",
    "claims",
    "criteria",
    "meanfield",
    "numeric/plan.py",
    "numeric/subject.py",
    "numeric/fitting.py",
)
APART = """
    accuracy backends charts curves deep document draws fast figures gate layout lint mutants network new notebook
    package page probes pytest_plugin redraw report serve spec theory timing worker
""".split()  # test files that reach the engine through its front only, or not at all
SLOWEST = 900  # seconds of processor time that a test file may take while its lines are noted

# --------------------------------------------------------------------------------------------- where a fault may be

_EFFORT = re.compile(
    r"(?i)bits|prec\b|precision|workprec|digits|dps|tries|attempt|depth|start|effort|budget|cost|deadline|clock|time"
    r"|cache|hash|most|longest|largest|few|enough|rounds|steps|count_ops|sorted|len\b|limit_of|grid|refine|halv"
)
_SILENT = {"__repr__", "__str__", "__hash__", "to_json", "shown"}
_NOTED = {"reason", "note", "key", "default", "evaluate", "repr", "strict", "why"}


@dataclass(frozen=True)
class Mutant:
    """A fault: the file, the line, what stood there and what stands there now, and the whole source with it."""

    file: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {_short(self.before)}  ->  {_short(self.after)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 100 else text[:97] + "..."


def files(only: str = "") -> list[Path]:
    """The sources of the engine, or those of them whose path begins with one of these, split by commas."""
    found = [path for name in ENGINE for path in sorted((PACKAGE / name).rglob("*.py") or [PACKAGE / name])]
    found += [PACKAGE / name for name in ENGINE if name.endswith(".py")]
    return [path for path in sorted(set(found)) if str(path.relative_to(PACKAGE)).startswith(tuple(only.split(",")))]


Fault = tuple[Path, Any, Any]  # the file, a node of its tree, and what takes its place


def faults(path: Path) -> list[Fault]:
    """All faults of one file."""
    found = _faults(ast.parse(path.read_text()), effort="criteria" not in path.parts)
    return [(path, node, made) for node, made in found]


def mutant(fault: Fault) -> Mutant | None:
    """The source with the fault in it; None where it cannot be read."""
    path, node, made = fault
    source = path.read_text()
    before, after = ast.get_source_segment(source, node) or "", ast.unparse(made)
    mutated = _replaced(source, node, after if isinstance(node, ast.stmt) else f"({after})")
    try:
        ast.parse(mutated)
    except SyntaxError:
        return None
    return Mutant(str(path.relative_to(ROOT)), node.lineno, before, after, mutated)


def _replaced(source: str, node: Any, text: str) -> str:
    lines = source.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    return b"".join([*lines[:first], head, text.encode(), tail, *lines[last + 1 :]]).decode()


def _faults(tree: ast.Module, effort: bool) -> Iterator[tuple[Any, Any]]:
    """A node and what takes its place, for each fault."""

    def walk(node: ast.AST, top: bool) -> Iterator[tuple[Any, Any]]:
        for child in ast.iter_child_nodes(node):
            if _cannot_matter(child, node, top and effort):
                continue
            if isinstance(child, ast.If):
                yield child.test, ast.UnaryOp(ast.Not(), child.test)
            for made in _changes(child):
                if not (isinstance(child, ast.expr) and _EFFORT.search(ast.unparse(child))):
                    yield child, made
            yield from walk(child, top and not isinstance(child, (ast.FunctionDef, ast.ClassDef)))

    return walk(tree, True)


def _cannot_matter(node: ast.AST, parent: ast.AST, top: bool) -> bool:
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.arguments)):
        return True
    if isinstance(node, ast.FunctionDef) and node.name in _SILENT:
        return True
    if isinstance(node, ast.keyword) and node.arg in _NOTED:
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if top and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        return all(isinstance(part, _NUMERIC) for part in ast.walk(node.value))
    if isinstance(parent, ast.FunctionDef):
        return node in parent.decorator_list or node is parent.returns
    if isinstance(parent, ast.ClassDef):
        return node in parent.decorator_list or node in parent.bases
    if isinstance(parent, ast.AnnAssign):
        return node is parent.annotation
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return node is parent.func and parent.func.id in ("isinstance", "Undecided", "range", "zip", "cast")
    return isinstance(parent, ast.Subscript) and isinstance(node, ast.Name) and node is parent.slice


_NUMERIC = (
    ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Load, ast.Call, ast.Name,
    ast.Attribute,
)  # fmt: skip
_COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
_OTHER_NAME = {
    "lower": "upper", "left": "right", "min": "max", "any": "all", "inf": "sup", "argmin": "argmax", "low": "high",
    "before": "after", "above": "below", "lower_closed": "upper_closed", "first": "second",
}  # fmt: skip
_OTHER_NAME |= {other: name for name, other in _OTHER_NAME.items()}


def _changes(node: Any) -> Iterator[Any]:
    """What may take the place of a node."""

    def put(**fields: Any) -> Any:
        made = copy.copy(node)
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    match node:
        case ast.Compare(ops=[op], left=_):
            yield from (put(ops=[other()]) for other in _COMPARED[type(op)])
        case ast.Compare(ops=ops):
            for k, op in enumerate(ops):
                yield put(ops=[*ops[:k], _COMPARED[type(op)][0](), *ops[k + 1 :]])
        case ast.BinOp(op=op) if type(op) in _COMPUTED and not _is_text(node):
            yield put(op=_COMPUTED[type(op)]())
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=inner):
            yield inner
        case ast.BoolOp(op=op, values=values):
            yield put(op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from (value for value in values[-1:])
        case ast.Constant(value=bool() as truth):
            yield put(value=not truth)
        case ast.Constant(value=int() | float() as number):
            yield put(value=number + 1)
        case ast.Name(id=name) if name in _OTHER_NAME and isinstance(node.ctx, ast.Load):
            yield put(id=_OTHER_NAME[name])
        case ast.Attribute(attr=name) if name in _OTHER_NAME and isinstance(node.ctx, ast.Load):
            yield put(attr=_OTHER_NAME[name])
        case ast.Attribute(attr="oo"):
            yield ast.UnaryOp(ast.USub(), node)
        case ast.IfExp(body=body, orelse=orelse) if not _is_text(node):
            yield put(body=orelse, orelse=body)
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield put(value=ast.Constant(None))
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _is_text(node: ast.expr) -> bool:
    """Is this a sentence that is put together?"""
    return any(isinstance(part, ast.JoinedStr) for part in ast.walk(node))


# --------------------------------------------------------------------------------------------- which test runs what


def test_files(names: str = "") -> list[Path]:
    """The test files of these names; by default all that reach the engine directly."""
    found = {path.stem.removeprefix("test_"): path for path in sorted((ROOT / "tests").rglob("test_*.py"))}
    return [path for name, path in found.items() if (name in names.split(",") if names else name not in APART)]


@cache
def _engine_mark() -> str:
    return _mark(*sorted(PACKAGE.rglob("*.py")), *sorted((ROOT / "specs").rglob("*.toml")))


def _mark(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def noted(path: Path, stale: bool = False) -> dict[str, Any]:
    """The notes of a test file, made where there are none that hold: seconds and lines run of each test that passes."""
    kept = NOTES / f"{path.stem}.json"
    mark = _engine_mark() + _mark(path)
    if kept.exists():
        notes = json.loads(kept.read_text())
        if stale or notes["mark"] == mark:
            return notes
    made = NOTES / f"{path.stem}.new"
    made.unlink(missing_ok=True)
    status = _child(["note", str(path), str(made)], ROOT, SLOWEST)
    notes = json.loads(made.read_text()) if made.exists() else {"tests": {}}
    print(f"{path.name}: {len(notes['tests'])} tests noted{'' if made.exists() else f', status {status}'}", flush=True)
    kept.write_text(json.dumps({"mark": mark, **notes}))
    made.unlink(missing_ok=True)
    return notes


class Noting:
    """A plugin of pytest that notes which lines of the engine each test runs, nothing remembered from others."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, Any]] = {}
        self.engine = {str(path): str(path.relative_to(ROOT)) for path in files()}
        self.lines: set[tuple[str, int]] = set()

    def _trace(self, frame: Any, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self.engine else None

    def _line(self, frame: Any, event: str, argument: Any) -> Any:
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    def pytest_runtest_protocol(self, item: Any) -> None:
        _forget()
        self.lines, self.began = set(), time.process_time()
        sys.settrace(self._trace)
        threading.settrace(self._trace)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "teardown":
            sys.settrace(None)
            ran: dict[str, list[int]] = defaultdict(list)
            for name, line in sorted(self.lines):
                ran[self.engine[name]].append(line)
            seconds = round(time.process_time() - self.began, 3)
            if report.nodeid not in self.tests:
                self.tests[report.nodeid] = {"seconds": seconds, "lines": ran}
        if report.outcome != "passed":
            self.tests[report.nodeid] = {"seconds": 0, "lines": {}}

    def write(self, path: Path) -> None:
        kept = {name: notes for name, notes in self.tests.items() if notes["lines"]}
        path.write_text(json.dumps({"tests": kept}))


def _forget() -> None:
    """Empties the caches of the program and of the tests."""
    for module in [m for name, m in sys.modules.items() if name.startswith(("propcheck", "test_", "laws_"))]:
        for thing in list(vars(module).values()):
            if hasattr(thing, "cache_clear"):
                thing.cache_clear()


class Chosen:
    """A plugin of pytest that runs the chosen tests alone, in their order."""

    def __init__(self, names: list[str]) -> None:
        self.place = {name: k for k, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


def _pytest(paths: list[str], plugin: Any, *options: str) -> int:
    import pytest
    from hypothesis import settings

    settings.register_profile("mutants", deadline=None, database=None, derandomize=True)
    settings.load_profile("mutants")
    return int(pytest.main([*paths, "-q", "-p", "no:cacheprovider", "--no-header", *options], plugins=[plugin]))


def _child(arguments: list[str], root: Path, seconds: float) -> int:
    """Runs a part of this page in a child, in a tree of sources, within so much processor time; its exit status."""
    limit = int(seconds) + 1
    made = subprocess.Popen(
        [sys.executable, str(root / "tools" / "mutants.py"), *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5)),
        start_new_session=True,
    )
    try:
        return made.wait(timeout=20 * limit)
    except subprocess.TimeoutExpired:
        return -1
    finally:
        if made.poll() is None:
            os.killpg(made.pid, 9)
            made.wait()


# --------------------------------------------------------------------------------------------- a mutant and its tests


@dataclass(frozen=True)
class Map:
    """Which tests run which line, and the seconds of each test."""

    seconds: dict[str, float]
    by_line: dict[tuple[str, int], list[str]]
    by_file: dict[str, list[str]]

    @classmethod
    def of(cls, notes: list[dict[str, Any]]) -> Map:
        seconds: dict[str, float] = {}
        by_line: dict[tuple[str, int], list[str]] = defaultdict(list)
        by_file: dict[str, list[str]] = defaultdict(list)
        for tests in notes:
            for name, found in tests["tests"].items():
                seconds[name] = found["seconds"]
                for file, lines in found["lines"].items():
                    by_file[file].append(name)
                    for line in lines:
                        by_line[file, line].append(name)
        return cls(seconds, by_line, by_file)

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that run the line (of the file, for what runs at import): all files in turn, cheap first."""
        reach = range(mutant.line, mutant.line + mutant.before.count("\n") + 1)
        found = {name for line in reach for name in self.by_line.get((mutant.file, line), ())}
        if not found and not _in_a_function(mutant):
            found = set(self.by_file.get(mutant.file, ()))
        groups: dict[str, list[str]] = defaultdict(list)
        for name in sorted(found, key=lambda name: (self.seconds[name], name)):
            groups[name.partition("::")[0]].append(name)
        ordered = sorted(groups.values(), key=lambda group: self.seconds[group[0]])
        return [name for turn in zip_longest(*ordered) for name in turn if name is not None]


def _in_a_function(mutant: Mutant) -> bool:
    tree = ast.parse((ROOT / mutant.file).read_text())
    inside = (ast.FunctionDef, ast.Lambda)
    return any(
        isinstance(node, inside) and node.lineno <= mutant.line <= (node.end_lineno or 0) for node in ast.walk(tree)
    )


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant: noticed or not, after how many of the tests that run its line."""

    mutant: Mutant
    noticed: bool
    ran: int
    known: int

    def __str__(self) -> str:
        if self.noticed:
            return f"noticed   {self.mutant}"
        tests = f"{self.ran} of {self.known} tests" if self.known else "no test runs the line"
        return f"SURVIVED  {self.mutant}  [{tests}]"


def attack(mutant: Mutant, tests: list[str], seconds: dict[str, float], most: float, root: Path) -> Outcome:
    """Runs the tests on a copy of the sources that has the fault in it."""
    chosen, spent = [], 0.0
    for name in tests:
        if spent + seconds[name] > most and chosen:
            continue
        chosen.append(name)
        spent += seconds[name]
    if not chosen:
        return Outcome(mutant, False, 0, 0)
    place, names = root / mutant.file, root / "chosen.json"
    kept = place.read_text()
    names.write_text(json.dumps(chosen))
    place.write_text(mutant.source)
    try:
        status = _child(["attack", str(names)], root, 20 + 3 * most)
    finally:
        place.write_text(kept)
    return Outcome(mutant, status != 0, len(chosen), len(tests))


def _tree(root: Path) -> None:
    """A copy of what the tests need."""
    for name in ("propcheck", "tests", "specs", "docs", "benchmarks", "tools", "reports"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "Makefile"):
        shutil.copy(ROOT / name, root / name)


def _ran(arguments: argparse.Namespace) -> int:
    rng = random.Random(arguments.seed)
    everything = [fault for path in files(arguments.only) for fault in faults(path)]
    sample = [made for made in map(mutant, rng.sample(everything, min(arguments.sample, len(everything)))) if made]
    print(f"{len(sample)} of {len(everything)} faults, seed {arguments.seed}", flush=True)
    if arguments.list:
        print(*sample, sep="\n")
        return 0
    end = time.monotonic() + 60 * arguments.minutes
    NOTES.mkdir(exist_ok=True)
    with ThreadPoolExecutor(arguments.cores) as pool:
        known = Map.of(list(pool.map(lambda path: noted(path, arguments.stale), test_files(arguments.tests))))
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / str(k) for k in range(arguments.cores)]
        for root in roots:
            _tree(root)

        def one(mutant: Mutant) -> None:
            if time.monotonic() > end:
                return
            root = roots.pop()
            try:
                outcomes.append(attack(mutant, known.tests(mutant), known.seconds, arguments.seconds, root))
                print(outcomes[-1], flush=True)
            finally:
                roots.append(root)

        with ThreadPoolExecutor(arguments.cores) as pool:
            list(pool.map(one, sample))
    return _told(outcomes, len(sample))


def _told(outcomes: list[Outcome], asked: int) -> int:
    missed = [outcome for outcome in outcomes if not outcome.noticed]
    print(f"\n{len(outcomes) - len(missed)} of {len(outcomes)} noticed", end="")
    print(f" ({100 * (1 - len(missed) / len(outcomes)):.0f} of 100)" if outcomes else "")
    if len(outcomes) < asked:
        print(f"the time was up before the other {asked - len(outcomes)}")
    print(*missed, sep="\n")
    return 0


def main() -> int:
    parts: dict[str, Callable[[list[str]], int]] = {"note": _note, "attack": _attacked}
    if len(sys.argv) > 1 and sys.argv[1] in parts:
        return parts[sys.argv[1]](sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=60, help="how many faults")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="files or folders of the engine: calculus,analysis/flat.py")
    parser.add_argument("--seconds", type=float, default=40, help="of processor time, of the tests of one fault")
    parser.add_argument("--minutes", type=float, default=30, help="after which no further fault is tried")
    parser.add_argument("--cores", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--tests", default="", help="the test files to use: pieces,claims")
    parser.add_argument("--stale", action="store_true", help="use the lines noted before the engine was changed")
    parser.add_argument("--list", action="store_true", help="print the sample alone")
    return _ran(parser.parse_args())


def _note(arguments: list[str]) -> int:
    plugin = Noting()
    status = _pytest([arguments[0]], plugin)
    plugin.write(Path(arguments[1]))
    return status


def _attacked(arguments: list[str]) -> int:
    names = json.loads(Path(arguments[0]).read_text())
    gc.freeze()
    return _pytest(sorted({name.partition("::")[0] for name in names}), Chosen(names), "-x")


if __name__ == "__main__":
    sys.exit(main())
