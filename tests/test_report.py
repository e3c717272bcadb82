"""The record, and what is drawn from it: escaping, determinism, files that are whole."""

import csv
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import propcheck
from propcheck import files
from propcheck.claims import Finding
from propcheck.files import dump, folders
from propcheck.inquiries.analysis import Analysis
from propcheck.report import formats, guide, phrases, record, tables
from propcheck.report.formats import FORMATS, Cell, Table
from propcheck.report.notebook import sheets, text
from propcheck.spec import Claim
from propcheck.verdict import Fact, Facts, InputError, Number, Standing, Verdict

PROVED, OPEN = Standing.PROVED, Standing.OPEN
KEYS = (
    "differentiability",
    "gradient_flow",
    "dead_units",
    "zero_mean",
    "cost",
    "sparsity",
    "convergence",
    "noise_robustness",
)


def exactly(value, exact=None):
    return Number(float(value), float(value), float(value), exact or str(value), PROVED)


INF = Number(math.inf, math.inf, math.inf, "oo", PROVED)


def leaky(name="leaky", title="Leaky", seconds=0.25, **described):
    """A hand-made analysis of x if x >= 0 else -x/2, some of its facts open."""
    counts = {"add": 0, "mul": 1, "div": 0, "compare": 1, "transcendental": 0}
    kink = {"at": exactly(0), "order": 1, "left": exactly(-0.5, "-1/2"), "right": exactly(1)}
    facts = Facts(
        {
            "smoothness": Fact("smoothness", PROVED, {"class": "C^0", "kinks": [kink]}),
            "range": Fact(
                "range", PROVED, {"inf": exactly(0), "sup": INF, "inf_attained": True, "sup_attained": False}
            ),
            "derivative_range": Fact("derivative_range", OPEN, {}, "stopped after 15 s"),
            "saturation": Fact("saturation", PROVED, {"left": "none", "right": None}),
            "gaussian": Fact("gaussian", PROVED, {"mean": Number(0.598413, 0.598413, 0.598414), "variance": None}),
            "zero_region": Fact("zero_region", PROVED, {"intervals": [], "mass": exactly(0)}),
            "lipschitz": Number.missing("stopped after 7.5 s"),
            "cost": Fact("cost", PROVED, {"value": counts, "together": counts}),
        }
    )
    findings = (
        Finding(Claim("dead_units", "-", "section 2", "units die"), "contradicts", "holds", PROVED),
        Finding(Claim("range", "[0, inf)", "", ""), "agrees", "[0, inf)", PROVED),
        Finding(Claim("affine", False), "open", "", OPEN, "not decided"),
    )
    words = ("partly", "holds", "holds", "open", "holds", "fails", "holds", "partly")
    return Analysis(
        description={
            "name": name,
            "title": title,
            "expression": "Piecewise((x, x >= 0), (-x/2, True))",
            "parameters": {"a": {"value": "1/2", "role": "constant", "range": None, "distribution": None}},
            "source": "",
            "note": "",
            "pieces": [],
            "derivative": "Piecewise((1, x >= 0), (-1/2, True))",
            "latex": {"expression": "g", "derivative": "g'"},
        }
        | described,
        facts=facts,
        criteria=tuple(
            Verdict(
                number,
                key,
                word,
                OPEN if word == "open" else PROVED,
                ("a reason",),
                None,
                "contradicts" if key == "dead_units" else None,
            )
            for number, (key, word) in enumerate(zip(KEYS, words, strict=True), 1)
        ),  # fmt: skip
        claims=findings,
        provenance={"propcheck": "0", "python": "3", "sympy": "1", "seed": None, "seconds": seconds},
    )


def recorded(*analyses):
    return record.record(analyses or [leaky()], {"time_limit": 30.0})


def cells(markdown):
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in markdown.splitlines()[4:]]


def test_the_record_is_json_and_its_bytes_do_not_depend_on_the_time_taken():
    slow, quick = recorded(leaky(seconds=9.0)), recorded(leaky(seconds=0.1))
    assert dump(slow) == dump(quick)
    read = json.loads(dump(slow))
    assert read["schema"] == "propcheck.record/1"
    assert read["settings"] == {"time_limit": 30.0} and read["seeds"] == []
    assert [page["key"] for page in read["criteria"]] == list(KEYS)
    assert all(set(page["rule"]) == {"holds", "partly", "fails"} for page in read["criteria"])
    assert read["activations"][0]["facts"]["range"]["sup"]["value"] == "inf"


def test_the_tables_need_nothing_but_the_record_as_it_is_read_back():
    made = recorded()
    again = json.loads(dump(made))
    assert tables.draw(made) == tables.draw(again)
    assert guide.guide(made, FORMATS) == guide.guide(again, FORMATS)


def test_each_format_has_its_six_files():
    assert sorted(tables.draw(recorded(), ["latex", "csv"])) == [
        "claims.csv", "claims.tex", "criteria.csv", "criteria.tex", "departures.csv", "departures.tex",
        "initialisation.csv", "initialisation.tex", "legend.csv", "legend.tex", "properties.csv", "properties.tex",
    ]  # fmt: skip


def test_the_initialisation_table_says_where_gradients_keep_their_size_and_where_that_is_open():
    (row,) = cells(tables.draw(recorded(), ["md"])["initialisation.md"])
    assert row[1:8] == ["?"] * 7
    law = {"kind": "power", "scale": None, "exponent": 2.0, "coefficient": 44.0, "said": "like 44 l^-2"}
    edge = {"kind": "every length", "lengths_stay": True, "sigma_w2": exactly(2), "sigma_b2": exactly(0)}
    edge |= {"q": exactly(1), "chi_parallel": 1.0, "length": law | {"said": "not at all"}, "correlation": law}
    known = replace(leaky(), facts=Facts({**leaky().facts, "edge_of_chaos": Fact("edge_of_chaos", PROVED, edge)}))
    (row,) = cells(tables.draw(recorded(known), ["md"])["initialisation.md"])
    assert row[1:8] == ["every q", "2", "0", "every q", "not at all", "44 l^-2", "proved"]


def test_the_criteria_table_has_a_symbol_for_each_verdict_and_the_claim_beside_it():
    (row,) = cells(tables.draw(recorded(), ["md"])["criteria.md"])
    assert row == ["Leaky", "~", "+", "+ (-)!", "?", "+", "-", "+", "~"]


def test_the_property_table_says_what_is_open_and_what_does_not_exist():
    (row,) = cells(tables.draw(recorded(), ["md"])["properties.md"])
    assert row == [
        "Leaky", "`Piecewise((x, x >= 0), (-x/2, True))`", "`Piecewise((1, x >= 0), (-1/2, True))`",
        "[0, inf)", "?", "C^0, kink at 0", "none / ?", "0.598413", "0", "?", "1 mul, 1 compare",
    ]  # fmt: skip


def test_an_analysis_of_which_nothing_is_known_is_drawn():
    nothing = replace(leaky(pieces=None, derivative=None, latex=None), facts=Facts({}), claims=())
    made = recorded(nothing)
    (row,) = cells(tables.draw(made, ["md"])["properties.md"])
    assert set(row[2:]) == {"`?`", "?", "? / ?"}
    assert guide.guide(made, FORMATS) and shown(nothing)


def test_a_report_on_no_function_is_drawn():
    assert len(tables.draw(record.record([], {}))) == 20


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (exactly(0.5, "1/2"), "1/2"),
        (exactly(0.3989422804014327, "sqrt(2)/(2*sqrt(pi))"), "0.398942"),
        (Number(1.0884981612517278, 1.088, 1.089), "1.0885"),
        (INF, "inf"),
        (Number.missing("cut off"), "?"),
        (Number.missing("does not exist", PROVED), "none"),
    ],
    ids=["short exact form", "long exact form", "enclosure", "infinite", "open", "does not exist"],
)
def test_a_number_is_said(number, said):
    assert phrases.number(number.to_json()) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"inf_attained": True, "sup_attained": True}, "[0, 1]"),
        ({"inf_attained": False, "sup_attained": True}, "(0, 1]"),
        ({"inf_attained": None, "sup_attained": False}, "(?0, 1)"),
        ({"inf_attained": True, "sup_attained": True, "sup": exactly(0)}, "{0}"),
        ({"inf_attained": None, "sup_attained": None, "sup": INF}, "(?0, inf)"),
        ({"sup": None}, "?"),
    ],
)
def test_an_interval_is_said(fields, said):
    fact = Fact("range", PROVED, {"inf": exactly(0), "sup": exactly(1)} | fields)
    assert phrases.span({"range": fact.to_json()}, "range") == said


# ---------------------------------------------------------------------------------------------- other people's words

HOSTILE = {
    "a pipe": "a|b",
    "markup": "<script>alert(1)</script> & <b>",
    "a link": "[here](javascript:alert(1)) ![x](y)",
    "emphasis": "*a* _b_ ~c~ `d` \\| $e$",
    "LaTeX": r"\input{/etc/passwd} \\ & % # $ _ { } ~ ^ \end{tabular}",
    "a formula": '=HYPERLINK("http://a","b")',
    "a plus": "+cmd|' /C calc'!A0",
    "a minus": "-2+3",
    "an at": "@SUM(1)",
    "lines": "a\nb\r\nc\td",
    "quotes": "\"a\" 'b' “c” ''d''",
    "other letters": "激活 ü ß é λ − × 𝔤",
    "a mark that turns the line": "a\u202eb\x07",
}


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request):
    return request.param


def table_of(text):
    words = (Cell(text), Cell("x"), Cell(text))
    return Table("t", "Title", ("first", "second", "third"), (words, words))


def test_hostile_words_stay_in_their_cell_of_markdown(hostile):
    lines = formats.markdown(table_of(hostile)).splitlines()
    assert len(lines) == 6
    for row in cells("\n".join(lines)):
        assert len(row) == 3 and row[1] == "x"
        assert not re.search(r"<|(?<!\\)[\[\]*_`$]", row[0])


def test_hostile_words_stay_in_their_cell_of_latex(hostile):
    lines = formats.latex(table_of(hostile)).splitlines()
    begins = lines.index(r"\begin{tabular}{lll}")
    assert lines[begins + 1] == r"\toprule" and lines[-2:] == [r"\end{tabular}", r"\end{table}"]
    body = lines[begins + 4 : -3]
    assert len(body) == 2
    for line in body:
        assert line.endswith(r"\\") and line.isascii()
        rest = line[:-2].rstrip()
        assert len(re.findall(r"(?<!\\)&", rest)) == 2
        assert not re.search(r"(?<!\\)[%#_]|(?<!\\)\\\\", rest)
        assert len(re.findall(r"(?<!\\)\$", rest)) % 2 == 0
        assert len(re.findall(r"(?<!\\)\{", rest)) == len(re.findall(r"(?<!\\)\}", rest))
        commands = set(re.findall(r"\\([A-Za-z]+)", rest))
        assert not commands & {"input", "end"}


def test_hostile_words_stay_in_their_cell_of_csv(hostile):
    rows = list(csv.reader(io.StringIO(formats.comma_separated(table_of(hostile)))))
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[1][0][:1] not in tuple("=+-@\t\r")
    assert " ".join(hostile.split())[:3] in rows[1][0].removeprefix("'") or not hostile.isprintable()


def test_json_gives_the_words_back(hostile):
    assert json.loads(formats.json_rows(table_of(hostile)))["rows"][0]["first"] == hostile


@pytest.mark.parametrize("text", ["-0.5", "+", "-", "-inf", "-1/2"])
def test_signs_and_numbers_are_left_alone_in_csv(text):
    assert formats.comma_separated(table_of(text)).splitlines()[1].split(",")[0] == text


def test_hostile_titles_do_no_harm_anywhere(hostile):
    made = recorded(leaky(title=hostile))
    files = tables.draw(made)
    assert len(files) == 24
    readme = guide.guide(made, FORMATS)
    assert "<script" not in readme and readme.count("\n") == guide.guide(recorded(), FORMATS).count("\n")
    harmless = tables.draw(recorded())
    for name in ("criteria.tex", "properties.tex", "claims.tex"):
        table = "longtable" if name == "claims.tex" else "tabular"
        for command in (rf"\begin{{{table}}}", rf"\end{{{table}}}"):
            assert files[name].count(command) == harmless[name].count(command) > 0


def test_latex_uses_no_command_beyond_booktabs_and_amsmath():
    known = set(  # longtable's own among them
        "begin end toprule midrule bottomrule infty sim textasciicircum text operatorname geq tanh left right frac"
        " caption label centering textbackslash usepackage"
        " footnotesize sloppy setlength tabcolsep par medskip smallskip noindent textbf"
        " nopagebreak ge le endhead endfoot multicolumn tabularnewline raggedright allowbreak linewidth".split()
    )
    files = tables.draw(recorded(leaky(latex={"expression": r"\frac{x}{2}", "derivative": r"\tanh{x}"})), ["latex"])
    for content in files.values():
        assert set(re.findall(r"\\([A-Za-z]+)", content)) <= known


def test_values_are_set_as_mathematics_in_latex():
    text = tables.draw(recorded(), ["latex"])["properties.tex"]
    assert r"[0, $\infty$)" in text and r"$C^{0}$, kink at 0" in text and r"P[g'(z) = 0]" in text


# ---------------------------------------------------------------------------------------------- the folder


def test_files_are_replaced_whole_and_nothing_else_is_left(tmp_path):
    folder = tmp_path / "a" / "b"
    record.write(folder, {"x.md": "old\n"})
    record.write(folder, {"x.md": "new é\n", "y.md": "\n"})
    assert sorted(path.name for path in folder.iterdir()) == ["x.md", "y.md"]
    assert (folder / "x.md").read_bytes() == "new é\n".encode()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without end")
def test_a_file_without_end_is_no_record():
    with pytest.raises(InputError, match="/dev/zero is not JSON .it has more than 64 MiB"):
        record.read(Path("/dev/zero"))


def test_a_name_of_a_file_that_is_no_text_is_read_back_from_the_record():
    text = dump({"command": "propcheck report d\udcff/"})
    assert json.loads(text.encode()) == {"command": "propcheck report d\udcff/"}


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    record.write(tmp_path, {"x.md": "old"})
    with pytest.raises(UnicodeEncodeError):
        record.write(tmp_path, {"x.md": "\udc80"})
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]
    assert (tmp_path / "x.md").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="cannot be written to .*name another folder with -o"):
            record.check_writable(place)
        with pytest.raises(InputError, match="cannot be written to"):
            record.write(place, {"x": ""})
    record.check_writable(tmp_path / "not" / "yet")
    assert not (tmp_path / "not").exists()


# What is written is whole: the same files by a process that is killed, on a disk that is full, among others' files.

OLD = {"both.md": b"old", "one.md": b"one" * 40_000, "functions/a.html": b"a"}
NEW = {"both.md": b"new", "two.md": b"two" * 40_000, "functions/b.html": b"b"}
OTHERS = {"notes.txt": b"mine", "figures/f.svg": b"f", "functions/mine.html": b"m"}


def found(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=[True, False], ids=["in one step", "one by one"])
def whole(request):
    return request.param


def put_others(folder):
    for name, content in OTHERS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("notes.txt")


def test_a_folder_is_changed_for_another_and_what_others_have_there_stays(tmp_path, whole):
    folder = tmp_path / "report"
    folders.replace(folder, OLD, whole=whole)
    assert found(folder) == OLD
    put_others(folder)
    folder.chmod(0o750)
    folders.replace(folder, NEW, OLD.keys() - NEW.keys(), whole=whole)
    (folder / "link").unlink()
    assert found(folder) == NEW | OTHERS and (folder / "empty").is_dir() and folder.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


def test_a_folder_that_is_a_link_goes_on_being_one(tmp_path, whole):
    (tmp_path / "there").mkdir()
    (tmp_path / "report").symlink_to("there")
    folders.replace(tmp_path / "report", NEW, whole=whole)
    assert (tmp_path / "report").is_symlink() and found(tmp_path / "there") == NEW


def test_where_one_stands_in_the_folder_it_stays_the_same_folder(tmp_path, monkeypatch):
    folder = tmp_path / "report"
    (folder / "below").mkdir(parents=True)
    before = folder.stat().st_ino
    for place in (folder, folder / "below"):
        monkeypatch.chdir(place)
        folders.replace(folder, NEW)
        assert folder.stat().st_ino == before and found(folder) == NEW


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_to_writing_stays_so(tmp_path):
    (tmp_path / "report").mkdir(mode=0o555)
    with pytest.raises(InputError, match="cannot be written to .*: Permission denied"):
        record.write(tmp_path / "report", {"x": ""})


def test_what_another_wrote_meanwhile_is_not_lost(tmp_path, monkeypatch):
    folder, linked = tmp_path / "report", folders._linked
    folders.replace(folder, OLD)
    put_others(folder)

    def late(*given):
        linked(*given)
        (folder / "late.txt").write_text("late")
        (folder / "notes.txt").unlink()
        (folder / "notes.txt").write_text("newer")

    monkeypatch.setattr(folders, "_linked", late)
    folders.replace(folder, NEW, OLD.keys() - NEW.keys())
    assert (folder / "late.txt").read_text() == "late" and (folder / "notes.txt").read_text() == "newer"


@pytest.mark.parametrize("step", ["_exchange", "_linked", "_alike"])
def test_where_one_step_cannot_be_taken_the_files_are_moved(tmp_path, monkeypatch, step):
    folder = tmp_path / "report"
    folders.replace(folder, OLD)
    put_others(folder)

    def refused(*given):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(folders, step, (lambda: refused) if step == "_exchange" else refused)
    folders.replace(folder, NEW, OLD.keys() - NEW.keys())
    (folder / "link").unlink()
    assert found(folder) == NEW | OTHERS and len(os.listdir(tmp_path)) == 1


ALTERNATING = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from propcheck.files import folders
from test_report import NEW, OLD
print("begun", flush=True)
for made, other in itertools.cycle([(NEW, OLD), (OLD, NEW)]):
    folders.replace(Path(sys.argv[1]), made, other.keys() - made.keys(), whole=sys.argv[2] == "True")
"""


def test_a_folder_is_old_or_new_whenever_its_writer_is_killed(tmp_path, whole):
    folder = tmp_path / "report"
    folders.replace(folder, OLD)
    put_others(folder)
    (folder / "link").unlink()
    states = [OLD | OTHERS, NEW | OTHERS]
    command = [sys.executable, "-c", ALTERNATING, str(folder), str(whole), str(Path(__file__).parent)]
    generator = random.Random(1)
    for _ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout and process.stdout.readline() == b"begun\n"
        time.sleep(generator.uniform(0, 0.2))
        process.kill()
        process.wait()
        process.stdout.close()
        if whole:
            assert found(folder) in states
        folders.recover(folder)
        assert found(folder) in states and os.listdir(tmp_path) == ["report"]


def test_what_is_begun_by_one_is_not_taken_away_by_another(tmp_path):
    folder = tmp_path / "report"
    command = [sys.executable, "-c", ALTERNATING, str(folder), "True", str(Path(__file__).parent)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == b"begun\n"
    time.sleep(0.5)
    assert [process.poll() for process in processes] == [None, None]
    for process in processes:
        process.kill()
        assert process.communicate()[1] == b""
    folders.recover(folder)
    assert found(folder) in (OLD, NEW)


LIMITED = """
import resource, sys
from pathlib import Path
from propcheck import files
from propcheck.files import folders
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    if sys.argv[2] == "file":
        files.put(Path(sys.argv[1]) / "both.md", b"b" * 5000)
    else:
        folders.replace(Path(sys.argv[1]), {"both.md": b"b", "big.md": b"b" * 5000}, ["one.md"], sys.argv[2] == "whole")
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize("what", ["file", "whole", "moved"])
def test_a_full_disk_leaves_what_was_there(tmp_path, what):
    pytest.importorskip("resource")
    folder = tmp_path / "report"
    folders.replace(folder, OLD)
    run = subprocess.run([sys.executable, "-c", LIMITED, str(folder), what], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("File too large\n", "")
    assert found(folder) == OLD and os.listdir(tmp_path) == ["report"]


def test_a_file_keeps_its_mode_and_a_link_its_goal_and_a_device_is_no_file(tmp_path):
    path, link = tmp_path / "a.svg", tmp_path / "link.svg"
    files.write(path, "one")
    path.chmod(0o640)
    link.symlink_to(path)
    files.write(link, "two")
    assert link.is_symlink() and path.read_text() == "two" and path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(InputError, match="already there; .* --force"):
        files.write(path, "three", replace=False)
    with pytest.raises(InputError, match="cannot be written: Is a directory; name another"):
        files.write(tmp_path, "three")
    with pytest.raises(InputError, match="cannot be written: No such file"):
        files.write(tmp_path / "not" / "there.svg", "three")
    files.write(tmp_path / "new.svg", b"new", replace=False)
    assert sorted(os.listdir(tmp_path)) == ["a.svg", "link.svg", "new.svg"]
    if Path("/dev/full").exists():
        files.write(Path("/dev/null"), "nothing")
        with pytest.raises(InputError, match="/dev/full cannot be written: No space left on device"):
            files.write(Path("/dev/full"), "nothing")
        assert not Path("/dev/null").is_file()


def test_names_and_records_tell_what_is_a_reports_own(tmp_path):
    run = {"schema": record.RUN_SCHEMA, "files": ["README.md", "gone.md", "../outside", "functions/a.html"]}
    for name in ("README.md", "notes.md", "criteria.md", "curves.json"):
        (tmp_path / name).write_text("{}")
    assert record.owned(tmp_path) == set()
    with pytest.raises(InputError, match=f"no report wrote {tmp_path}/criteria.md, .* or --force to replace it"):
        record.check_own(tmp_path, ["other.md", "criteria.md"])
    record.check_own(tmp_path, ["other.md", "functions/a.html"])
    (tmp_path / "run.json").write_text(dump(run))
    assert record.owned(tmp_path) == {"README.md", "run.json"}
    (tmp_path / "run.json").write_text(dump({"schema": record.RUN_SCHEMA}))  # of a run that listed nothing
    assert record.owned(tmp_path) == {"README.md", "criteria.md", "run.json"}
    (tmp_path / "functions").write_text("mine")
    with pytest.raises(InputError, match="no report wrote .*functions, "):
        record.check_own(tmp_path, ["functions/a.html"])


# ---------------------------------------------------------------------------------------------- the card


def shown(analysis):
    """The card as it goes into a pipe."""
    return text.draw(sheets.KINDS["analysis"](analysis.to_json()), text.UNFOLDED)


def test_the_plain_card_has_every_part_a_line_an_item():
    page = shown(leaky())
    lines = page.splitlines()
    assert lines[0] == "Leaky (leaky)"
    for part in ("Criteria", "Facts", "Claims: 1 agree, 1 contradict, 1 open", "Not decided"):
        assert part in lines
    assert any(line.split()[:5] == ["+", "3", "dead", "units", "holds"] for line in lines)
    assert any("derivative_range" in line and "stopped after 15 s" in line for line in lines)
    assert page.isascii() and not any(line != line.rstrip() for line in lines)


def test_facts_that_are_open_for_one_reason_are_one_row():
    page = shown(propcheck.analyze("abs(sin(x))*exp(-x**2)", only=["range", "lipschitz", "limits"]))
    below = page[page.index("Not decided") :]
    assert below.count("infinitely many breakpoints") == 1
    assert "range, lipschitz, limits" in below


def test_the_card_on_a_terminal_says_the_same_and_takes_no_markup_from_titles():
    from rich.console import Console

    out = io.StringIO()
    analysis = leaky(title="[red]x[/red] [/]")
    sheet = sheets.KINDS["analysis"](analysis.to_json())
    text.show(sheet, Console(file=out, width=200, force_terminal=True, color_system=None))
    terminal = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert "[red]x[/red] [/]" in terminal
    assert terminal.split() == shown(analysis).split()
