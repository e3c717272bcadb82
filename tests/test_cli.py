"""The commands from outside: what goes where, which status ends them, what a wrong input is told."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from propcheck import schemas
from propcheck.cli import main
from propcheck.cli.report import FORMATS
from propcheck.report import formats, making
from propcheck.spec import index

SCHEMA = json.loads(schemas.path("analysis").read_text(encoding="utf-8"))
PROGRAM = [sys.executable, "-m", "propcheck"]
ROOT = Path(__file__).parent.parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "", "PYTHONIOENCODING": "utf-8"}
MANY = ["x*tanh(x)", "x", "gelu", "relu", "tanh"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one.toml").write_text('name = "one"\nexpression = "tanh(x)"\n')
    (tmp_path / "bad.toml").write_text('name = "bad"\nexpresion = "tanh(x)"\n')
    (tmp_path / "bytes.toml").write_bytes(b"name = '\xff'")
    return tmp_path


WRONG = {
    "no command": ([], "Usage:"),
    "an unknown command": (["analyse", "relu"], "no command 'analyse' .did you mean analyze"),
    "a target in the place of a command": (["gelu"], "write `propcheck analyze gelu`"),
    "no target": (["analyze"], "Missing argument 'TARGET...'"),
    "an unknown option": (["analyze", "relu", "--jason"], "No such option '--jason'.*--json"),
    "an unknown format": (["report", "--format", "pdf"], "'pdf' is not one of 'md', 'latex', 'csv', 'json'"),
    "an unknown name": (["analyze", "geluu"], "no activation 'geluu' .did you mean gelu"),
    "an unknown preset": (["analyze", "maxout:absolut"], "did you mean absolute"),
    "a syntax error": (["analyze", "x +* 2"], r"column 4: .*\n  x \+\* 2\n     \^"),
    "an unknown function": (["analyze", "x*geluu(x)"], r"unknown function 'geluu'.*\n  x\*geluu\(x\)\n    \^"),
    "an import": (["analyze", "__import__('os').system('true')"], "__import__"),
    "an attribute": (["analyze", "x.__class__"], r"\^"),
    "an unbound parameter": (["analyze", "a*x"], "needs a value: --param a=VALUE"),
    "a parameter without a value": (["analyze", "a*x", "--param", "a"], "--param takes NAME=VALUE"),
    "a parameter twice": (["analyze", "a*x", "--param", "a=1", "--param", "a=2"], "gives a twice, as 1 and as 2"),
    "a parameter out of range": (["analyze", "leaky_relu", "--param", "a=2"], "outside its range 0 < a < 1"),
    "a parameter that is none": (["analyze", "relu", "--param", "b=2"], "relu has no parameter 'b'"),
    "a parameter that is code": (["analyze", "elu", "--param", "a=exit()"], "parameter a of elu"),
    "complex values": (["analyze", "sqrt(-1)*x"], "."),
    "nowhere defined": (["analyze", "log(-1 - x**2)"], "not a real number at any x"),
    "brackets without end": (["analyze", "(" * 100_000], "."),
    "a tower of powers": (["analyze", "9**9**9"], r"\^"),
    "a missing file": (["analyze", "mine/two.toml"], "there is no file mine/two.toml .did you mean one.toml"),
    "a missing folder": (["report", "./yours"], "there is no file or folder yours"),
    "a misspelt key": (["analyze", "bad.toml"], "expresion: is no key of a spec .did you mean expression"),
    "a file that is not UTF-8": (["analyze", "bytes.toml"], "bytes.toml is not UTF-8"),
    "no time": (["analyze", "relu", "--time-limit", "0"], "seconds above 0 .*, not 0"),
    "a time that is none": (["analyze", "relu", "--time-limit", "soon"], "'soon' is not a valid float"),
    "a file for a folder": (["report", "relu", "-o", "bad.toml"], "cannot be written to bad.toml: .* is a file"),
    "one wrong target of several": (["analyze", "relu", "x +", "--json"], "column"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_told_in_a_sentence_and_ends_with_status_2(here, propcheck, arguments, message):
    status, out, err = propcheck(*arguments)
    assert status == 2
    assert out == ""
    assert re.search(message, err, re.DOTALL)
    assert "Traceback" not in err and len(err) < 4500
    assert err.startswith(("propcheck: ", "Usage:")) and err.endswith("\n")
    assert sorted(path.name for path in here.iterdir()) == ["bad.toml", "bytes.toml", "mine"]


RIGHT = {
    "a name": ["relu"],
    "an alias in capitals": ["SiLU"],
    "a preset": ["maxout:absolute"],
    "an expression": ["x*tanh(log(1+exp(x)))"],
    "an expression that begins with a minus": ["-x*exp(-x**2)"],
    "an expression with a parameter": ["x*sigmoid(b*x)", "--param", "b=3/2"],
    "a parameter within its range": ["leaky_relu", "--param", "a=0.5"],
    "a file": ["mine/one.toml"],
}


@pytest.mark.parametrize("arguments", RIGHT.values(), ids=RIGHT)
def test_one_target_gives_one_object_on_standard_output(here, propcheck, arguments):
    status, out, err = propcheck("analyze", *arguments, "--json")
    assert (status, err) == (0, "")
    jsonschema.validate(json.loads(out), SCHEMA)


@pytest.mark.parametrize(("targets", "count"), [(["relu", "x"], 2), (["mine"], 1), (["mine", "relu"], 2)])
def test_several_targets_or_a_folder_give_a_list(here, propcheck, targets, count):
    status, out, _ = propcheck("analyze", *targets, "--json")
    assert status == 0
    found = json.loads(out)
    assert isinstance(found, list) and len(found) == count
    for item in found:
        jsonschema.validate(item, SCHEMA)


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "JSON"])
def test_a_target_that_no_network_can_be_made_of_is_wrong_input_beside_others(propcheck, arguments):
    small = ("--seeds", "1", "--depth", "2", "--width", "4", "--batch", "4", "--only", "zero_mean", "--workers", "1")
    status, out, err = propcheck("probe", "1/x", "relu", *small, *arguments)
    assert status == 2 and "1/x: " in err and "give --init lecun" in err
    if arguments:
        assert [found["activation"]["name"] for found in json.loads(out)] == ["1/x", "relu"]
    else:
        assert out.startswith("ReLU (relu)\n") and "1/x" not in out


def test_a_target_whose_maps_are_refused_is_wrong_input_beside_others(propcheck):
    status, out, err = propcheck("phase", "log(x)", "relu", "--json")
    assert status == 2 and err.startswith("propcheck: log(x) has no mean field")
    assert [found["activation"]["name"] for found in json.loads(out)] == ["relu"]


def test_a_fault_while_a_report_is_drawn_loses_no_record(here, propcheck, monkeypatch):
    monkeypatch.setattr("propcheck.report.page.draw", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main_with(monkeypatch, "report", "relu", "--no-probes", "-o", "made")
    assert {path.name for path in (here / "made").iterdir()} == {"record.json", "run.json", "curves.json"}
    monkeypatch.undo()
    status, _, err = propcheck("report", "--from", str(here / "made"))
    assert status == 0 and (here / "made" / "report.html").exists(), err


def main_with(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["propcheck", *arguments])
    main()


def test_a_parameter_goes_to_the_targets_that_have_it(propcheck):
    _, out, _ = propcheck("analyze", "relu", "leaky_relu", "--param", "a=1/3", "--json")
    assert [item["activation"]["parameters"].get("a", {}).get("value") for item in json.loads(out)] == [None, "1/3"]


def test_the_card_is_plain_where_output_is_no_terminal(propcheck):
    status, out, err = propcheck("analyze", "relu", "tanh")
    assert (status, err) == (0, "")
    assert out.isascii() and "\x1b" not in out
    assert out.startswith("ReLU (relu)\n") and "\n\ntanh\n" in out
    assert out.count("\nCriteria\n") == out.count("\nFacts\n") == 2


def test_only_what_is_wanted_is_asked_and_shown(propcheck):
    status, out, _ = propcheck("analyze", "relu", "--only", "parity, dead_units", "--strict")
    assert status == 0 and re.search(r"parity +none +proved", out) and re.search(r"- +3 dead units +fails", out)
    assert "range" not in out and "gradient" not in out and "Not decided" not in out
    found = json.loads(propcheck("analyze", "relu", "--only", "parity", "--json")[1])
    assert found["facts"]["parity"]["standing"] == "proved" and found["facts"]["range"]["standing"] == "open"
    status, _, err = propcheck("analyze", "relu", "--only", "pairty")
    assert status == 2 and "did you mean parity" in err


def test_strict_ends_with_status_3_where_something_is_open(propcheck, monkeypatch):
    assert propcheck("analyze", "relu", "--strict")[0] == 0
    # a fact that was left out is not asked for, while a verdict that is open for want of it is
    assert propcheck("analyze", "relu", "--strict", "--without", "parity")[0] == 0
    assert propcheck("analyze", "relu", "--strict", "--without", "propagation")[0] == 3
    from propcheck.inquiries import analysis as inquiry

    def undecided(activation):
        raise ValueError("no idea")

    questions = tuple((key, undecided if key == "parity" else old) for key, old in inquiry.QUESTIONS)
    monkeypatch.setattr(inquiry, "QUESTIONS", questions)
    status, out, _ = propcheck("analyze", "relu", "--json", "--strict")
    assert status == 3
    assert json.loads(out)["facts"]["parity"] == {"standing": "open", "note": "ValueError: no idea"}
    assert propcheck("analyze", "relu", "--json")[0] == 0


def test_list_shows_the_paper_first(propcheck):
    status, out, err = propcheck("list")
    assert (status, err) == (0, "")
    named = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert named[:3] == ["sigmoid", "tanh", "relu"]
    status, out, err = propcheck("list", "--json")
    entries = json.loads(out)
    assert len(entries) >= 45 and entries[2]["name"] == "relu" and entries[2]["title"] == "ReLU"


@pytest.mark.parametrize("command", [[], ["list"], ["analyze"], ["report"]], ids=" ".join)
def test_help_teaches_by_examples(propcheck, command):
    status, out, err = propcheck(*command, "--help")
    assert propcheck(*command, "-h") == (status, out, err)
    assert (status, err) == (0, "")
    assert "Examples:\n" in out


def test_version(propcheck):
    assert re.fullmatch(r"propcheck \d+\.\d+.*\n", propcheck("--version")[1])


# ---------------------------------------------------------------------------------------------- the report

NAMES, ENDINGS = ("criteria", "properties", "initialisation", "claims", "legend"), ("md", "tex", "csv", "json")
TABLES = {f"{name}.{ending}" for name in NAMES for ending in ENDINGS}
ALWAYS = {"record.json", "run.json", "README.md"}
WHOLE = {"report.html", "curves.json", "report.tex"}  # all of a report in one file, and the curves of the page


def test_the_formats_on_offer_are_those_that_there_are():
    assert FORMATS == tuple(formats.FORMATS) == tuple(formats.ENDINGS)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_report_has_its_files_and_the_same_bytes_each_time(here, propcheck):
    status, out, err = propcheck("report", "relu", "leaky_relu", "x*tanh(x)", "-o", "one", "--no-probes")
    assert (status, out) == (0, "")
    count = len(TABLES | ALWAYS | WHOLE) + 3  # certificates
    said = rf"one: {count} files, 3 functions, \d+ claims \(\d+ agree, \d+ contradict, \d+ open\)"
    assert re.fullmatch(rf"this will take about .+\n{said}\n", err)
    assert propcheck("report", "relu", "leaky_relu", "x*tanh(x)", "-o", "two", "--no-probes")[0] == 0
    one, two = contents(here / "one"), contents(here / "two")
    assert set(one) == TABLES | ALWAYS | WHOLE
    run = json.loads(one.pop("run.json"))
    two.pop("run.json")
    assert one == two
    assert [item["name"] for item in run["seconds"]] == ["relu", "leaky_relu", "x*tanh(x)"]
    assert set(run["versions"]) == {"propcheck", "python", "sympy", "python-flint"}
    made = json.loads(one["record.json"])
    assert made["schema"] == "propcheck.record/1"
    assert b"seconds" not in one["record.json"] and run["versions"]["sympy"].encode() not in one["record.json"]


def test_a_report_does_not_depend_on_the_order_of_sets(here):
    names = ["maxout:quadratic", "relu6", "x*exp(-a*x**2)*erf(b*x)", "--param", "a=1/2", "--param", "b=2"]
    for seed in ("1", "2"):
        run = [*PROGRAM, "report", *names, "-o", seed, "--no-probes"]
        subprocess.run(run, check=True, capture_output=True, env=ENVIRONMENT | {"PYTHONHASHSEED": seed})
    one, two = contents(here / "1"), contents(here / "2")
    assert {name for name in one if one[name] != two[name]} <= {"run.json"}


def test_a_report_has_the_formats_that_are_asked_for(here, propcheck):
    propcheck("report", "mine", "-o", "out", "--format", "csv", "--format", "md", "--no-probes")
    assert set(contents(here / "out")) == ALWAYS | {name for name in TABLES if name.endswith((".csv", ".md"))}


def test_a_report_has_its_page_and_pages_and_says_what_changed(here, propcheck):
    assert propcheck("report", "mine", "relu", "-o", "old", "--format", "html", "--no-probes")[0] == 0
    assert set(contents(here / "old")) == ALWAYS | {"report.html", "curves.json"}
    arguments = ("mine", "leaky_relu", "-o", "new", "--format", "md", "--pages", "--baseline", "old/record.json")
    status, _, err = propcheck("report", *arguments, "--no-probes")
    assert status == 0 and err.splitlines()[1] == "2 changes since the baseline"
    assert {path.name for path in (here / "new" / "functions").iterdir()} == {"one.html", "leaky-relu.html"}
    assert (here / "new" / "changes.md").read_text().count("in the report") == 2
    assert "changes.md" in (here / "new" / "README.md").read_text()
    status, _, err = propcheck("report", "mine", "-o", "new", "--columns", "formula,size")
    assert status == 2 and "there is no column 'size'; there are formula" in err
    status, _, err = propcheck("report", "mine", "-o", "new", "--baseline", "bad.toml")
    assert status == 2 and "bad.toml is not JSON" in err


def test_a_report_is_on_the_papers_seventeen_unless_told_otherwise(here, propcheck, monkeypatch):
    asked = []
    monkeypatch.setattr(making, "make", lambda given, *rest: asked.append(given))
    for targets in ([], ["relu", "gelu"]):
        propcheck("report", *targets, "-o", "out", "--format", "json", "--no-probes")
    names = [[one.name for one in given.specs] for given in asked]
    assert len(names[0]) == 17 and names == [[entry.name for entry in index() if entry.paper], ["relu", "gelu"]]


# ---------------------------------------------------------------------------------------------- processes


def test_a_closed_pipe_is_silent(here):
    for arguments in (["list"], ["analyze", *MANY], ["analyze", *MANY, "--json"]):
        process = subprocess.Popen(
            [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
        )
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
        process.stderr.close()


def test_a_full_disk_is_told():
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        run = subprocess.run([*PROGRAM, "list"], stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert run.returncode == 2
    assert run.stderr == "propcheck: the system refuses: No space left on device\n"


STREAMS = {
    "no standard output": (["list"], ">&-", 2, "", "propcheck: standard output is closed; .*\n"),
    "none for the help": (["--help"], ">&-", 2, "", "propcheck: standard output is closed; .*\n"),
    "none for an analysis": (["analyze", "relu", "--json"], ">&-", 2, "", "propcheck: standard output is closed; .*\n"),
    "a full disk for the help": (["--help"], ">/dev/full", 2, "", "propcheck: the system refuses: No space .*\n"),
    "a full disk for source": (
        ["export", "relu", "--to", "c"],
        ">/dev/full",
        2,
        "",
        "propcheck: the system refuses: No",
    ),
    "no standard error": (["analyze", "relu"], "2>&-", 0, "ReLU .*", ""),
    "a wrong input and no standard error": (["analyze", "geluu"], "2>&-", 2, "", ""),
    "a wrong input and a full disk": (["analyze", "geluu"], "2>/dev/full", 2, "", ""),
    "no stream at all": (["analyze", "relu"], "<&- >&- 2>&-", 2, "", ""),
    "nothing to print": (["export", "relu", "--to", "c", "-o", "relu.h"], "<&- >&- 2>&-", 0, "", ""),
    "what fails and no standard error": (
        ["check", "relu", "--require", "zero_mean=holds"],
        "2>&-",
        1,
        ".*FAILED.*",
        "",
    ),
}


@pytest.mark.parametrize(("arguments", "streams", "status", "out", "err"), STREAMS.values(), ids=STREAMS)
def test_a_stream_that_is_closed_or_full_is_never_taken_for_what_does_not_hold(
    here, arguments, streams, status, out, err
):
    if not Path("/dev/full").exists() or not shutil.which("sh"):
        pytest.skip("there is no /dev/full, or no shell")
    line = f"{shlex.join([*PROGRAM, *arguments])} {streams}"
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=ENVIRONMENT)
    assert run.returncode == status, run.stderr
    assert re.match(out, run.stdout, re.DOTALL) and bool(out) == bool(run.stdout)
    assert re.match(err, run.stderr, re.DOTALL) and bool(err) == bool(run.stderr)


def test_a_reader_that_has_left_changes_no_status_of_what_was_found(here):
    line = f"{shlex.join([*PROGRAM, 'check', 'relu', '--require', 'zero_mean=holds'])} 2>&1 >out.txt | true"
    run = subprocess.run(["bash", "-c", line + "; exit ${PIPESTATUS[0]}"], capture_output=True, env=ENVIRONMENT)
    assert run.returncode == 1 and b"FAILED" in (here / "out.txt").read_bytes()


HOSTILE = ["::error file=a::x.toml", "a\n::error ::x.toml", "##[error]x.toml", "e\x1b[31m.toml", "##vso[task]x.toml"]
EACH = """
import sys
from propcheck import schemas
from propcheck.cli import main
for name in sys.argv[1:]:
    sys.argv = [*COMMAND, "./" + name]
    try:
        main()
    except SystemExit as end:
        assert end.code in (0, 1, 2)
"""


@pytest.mark.parametrize(
    "command",
    [
        "analyze",
        "lint",
        "check",
        "check --format junit",
        "check --json",
        "check --format github --require sparsity=holds",
        "verify",
    ],
)
def test_a_name_of_a_file_is_no_command_to_the_log_of_a_build(here, command):
    for name in HOSTILE:
        (here / name).write_text('name = "one"\ntitle = "::error ::t ##[group]"\nexpression = "tanh(x)"\n')
    program = f"COMMAND = {['propcheck', *command.split()]!r}{EACH}"
    run = subprocess.run([sys.executable, "-c", program, *HOSTILE], capture_output=True, text=True, env=ENVIRONMENT)
    assert run.returncode == 0 and "Traceback" not in run.stderr
    told = (run.stdout + run.stderr).splitlines()
    commands = [line for line in told if line.lstrip().startswith("::")]
    expected = r"::error file=[^:,]*,line=\d+,title=one%3A sparsity failed::required"
    assert all(re.match(expected, line) for line in commands)
    assert len(commands) == (len(HOSTILE) if "github" in command else 0)
    assert not [line for line in told if "\x1b" in line or (re.search(r"##(vso)?\[", line) and line not in commands)]


HANGING = """
import pathlib, sys, time
from propcheck.inquiries import analysis as inquiry
def hang(activation):
    if activation.name == "tanh":
        pathlib.Path("hanging").touch()
        time.sleep(3600)
    return old(activation)
old = dict(inquiry.QUESTIONS)["parity"]
inquiry.QUESTIONS = tuple((key, hang if key == "parity" else question) for key, question in inquiry.QUESTIONS)
from propcheck import schemas
from propcheck.cli import main
sys.argv[0] = "propcheck"
main()
"""


def hanging(*arguments, workers="1"):
    """A program whose question on the parity of tanh never ends, one target after another."""
    return [sys.executable, "-c", HANGING, *arguments, "--workers", workers]


def wait_until_it_hangs(process):
    deadline = time.monotonic() + 60
    while not Path("hanging").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


def gone(group):
    """Is nothing left of a group of processes? Python's own tracker of resources ends a moment after its parent."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_an_interrupted_report_keeps_what_is_done(here):
    arguments = hanging("report", "relu", "sigmoid", "tanh", "gelu", "-o", "out", "--time-limit", "600")
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True)
    wait_until_it_hangs(process)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: to the child as well
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.endswith("interrupted after 2 of 4 functions\n") and "Traceback" not in err
    made = json.loads((here / "out" / "record.json").read_text())
    assert [entry["activation"]["name"] for entry in made["activations"]] == ["relu", "sigmoid"]
    assert gone(process.pid)


def test_an_interrupted_report_of_many_processes_asks_again_only_what_it_had_not_found(here):
    arguments = hanging("report", "tanh", "relu", "sigmoid", "-o", "out", "--time-limit", "600", workers="2")
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True)
    deadline = time.monotonic() + 120
    while len(list(here.glob("*unfinished*/*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30)[1].endswith("interrupted after 0 of 3 functions\n")
    again = [sys.executable, "-m", "propcheck", "report", "tanh", "relu", "sigmoid", "-o", "out", "--no-probes"]
    run = subprocess.run([*again, "--time-limit", "600"], capture_output=True, text=True, env=ENVIRONMENT)
    assert run.returncode == 0 and "2 of 3 functions were analysed before\n" in run.stderr, run.stderr


KILLED = """
import os, signal, sys
from propcheck.files import folders
from propcheck.inquiries import analysis as inquiry
from propcheck import schemas
from propcheck.cli import main
from propcheck.curves import collected
step, sys.argv = sys.argv[1], ["propcheck", *sys.argv[2:]]
def killed(*given):
    os.kill(os.getpid(), signal.SIGKILL)
def refuse(*given):
    raise AssertionError("asked again")
if step == "nothing new":
    inquiry.job = inquiry.compare_claims = collected._graph = refuse
elif step == "_exchange":
    folders._exchange = lambda: killed
else:
    setattr(folders, step, killed)
main()
"""


def killed_at(step, *arguments):
    return subprocess.run(
        [sys.executable, "-c", KILLED, step, *arguments], capture_output=True, text=True, env=ENVIRONMENT
    )


def test_a_report_that_is_killed_while_it_is_written_is_the_old_one_and_the_next_asks_nothing_twice(here, propcheck):
    old = ("report", "relu", "-o", "out", "--no-probes")
    new = ("report", "leaky_relu", "mine", "-o", "out", "--no-probes")
    assert propcheck(*old)[0] == 0 and propcheck(*new[:3], "-o", "new", "--no-probes")[0] == 0
    (here / "out" / "notes.txt").write_text("mine")
    before = contents(here / "out")
    for step in ("_filled", "_linked", "_exchange"):
        run = killed_at(step, *new)
        assert run.returncode == -signal.SIGKILL, run.stderr
        assert contents(here / "out") == before
    run = killed_at("nothing new", *new)
    assert run.returncode == 0 and "2 of 2 functions were analysed before\n" in run.stderr, run.stderr
    made, wanted = contents(here / "out"), contents(here / "new")
    assert made.pop("notes.txt") == b"mine" and made.keys() == wanted.keys()
    assert {name for name in made if made[name] != wanted[name]} <= {"run.json"}
    assert {path.name for path in here.iterdir()} == {"bad.toml", "bytes.toml", "mine", "new", "out"}


def test_a_report_replaces_no_file_that_no_report_wrote(here, propcheck):
    (here / "README.md").write_text("mine")
    (here / "criteria.csv").write_text("mine")
    for folder in (".", str(here)):
        status, out, err = propcheck("report", "relu", "-o", folder, "--no-probes")
        assert (status, out) == (2, "") and "no report wrote" in err and "--force to replace it" in err
    assert (here / "README.md").read_text() == "mine"
    (here / "README.md").rename(here / "other.md")
    status, _, err = propcheck("report", "relu", "-o", ".", "--no-probes", "--format", "md")
    assert status == 0, err
    assert propcheck("report", "relu", "-o", ".", "--no-probes", "--format", "csv")[0] == 2
    assert propcheck("report", "relu", "-o", ".", "--no-probes", "--format", "csv", "--force")[0] == 0
    assert (here / "criteria.csv").read_text() != "mine" and not (here / "criteria.md").exists()
    assert (here / "other.md").read_text() == "mine" and (here / "mine" / "one.toml").exists()


def test_what_an_earlier_report_left_goes_with_it_but_not_where_it_is_drawn_again(here, propcheck):
    propcheck("report", "relu", "-o", "out", "--no-probes", "--format", "md")
    propcheck("report", "--from", "out", "--format", "csv")
    assert {"criteria.md", "criteria.csv"} <= contents(here / "out").keys()
    propcheck("report", "tanh", "-o", "out", "--no-probes", "--format", "latex")
    assert not [name for name in contents(here / "out") if name.endswith((".md", ".csv")) and name != "README.md"]


def test_the_papers_figures_replace_no_others(here, propcheck):
    pytest.importorskip("matplotlib")
    (here / "figures").mkdir()
    (here / "figures" / "figure-07.svg").write_text("mine")
    status, _, err = propcheck("plot", "paper", "-o", "figures")
    assert status == 2 and "figures/figure-07.svg is no part of the paper's figures" in err


def test_an_interrupted_analysis_ends_with_status_130(here):
    process = subprocess.Popen(
        hanging("analyze", "tanh", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    wait_until_it_hangs(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "", "")


def test_the_time_limit_stops_the_work(here):
    started = time.monotonic()
    run = subprocess.run(
        hanging("analyze", "tanh", "--json", "--time-limit", "2"), capture_output=True, text=True, env=ENVIRONMENT
    )
    assert time.monotonic() - started < 60
    assert run.returncode == 0 and run.stderr == ""
    facts = json.loads(run.stdout)["facts"]
    assert facts["parity"] == {"standing": "open", "note": "stopped after 1 s"}
    assert facts["monotonicity"]["value"] == "increasing"


def test_output_in_an_encoding_that_lacks_a_letter_is_no_error(here):
    (here / "greek.toml").write_text('name = "greek"\ntitle = "λ-é"\nexpression = "tanh(x)"\n', encoding="utf-8")
    run = subprocess.run(
        [*PROGRAM, "analyze", "greek.toml"], capture_output=True, env=ENVIRONMENT | {"PYTHONIOENCODING": "latin-1"}
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"\\u03bb-\xe9 (greek)")
