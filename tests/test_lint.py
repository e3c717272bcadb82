"""`propcheck lint`: everything that is wrong with a folder of specs, at once."""

import json
import os
import re

import pytest

from propcheck import spec

FINE = 'name = "fine"\naliases = ["fine_one"]\nexpression = "x*tanh(x)"\n'
FILES = {
    "fine.toml": FINE,
    "many.toml": 'name = "many"\nexpression = "x +* 2"\ncolour = 1\n'
    '[claims]\nparity = "od"\n"range.inf" = [\n  {is = "z"},\n]\n',
    "broken.toml": 'name = "broken"\nexpression = "x\n',
    "other.toml": 'name = "another"\nexpression = "x"\n',
    "again.toml": 'aliases = ["again_one", "fine_one"]\nname = "fine"\nexpression = "x"\n',
    "gelu.toml": 'name = "gelu"\nexpression = "x"\n',
    "nowhere.toml": 'name = "nowhere"\n\nexpression = "log(-1 - x**2)"\n',
    "pyproject.toml": "[tool.ruff]\nline-length = 120\n",
    "empty.toml": "",
    "CAPITALS.TOML": FINE,
    "README.md": "Our designs.\n",
    "deeper/more.toml": FINE,
    ".hidden": "",
}  # fmt: skip
FOUND = [
    ("CAPITALS.TOML", 1, "warning", "its name does not end in .toml in lower case"),
    ("README.md", 1, "note", "only .toml files are read"),
    ("again.toml", 1, "error", "aliases: fine_one is taken by designs/fine.toml"),
    ("again.toml", 2, "error", "name: fine is taken by designs/fine.toml"),
    ("again.toml", 2, "warning", "name: fine differs from the file's name, again.toml"),
    ("broken.toml", 2, "error", "is not TOML"),
    ("deeper", 1, "note", "name it as a target of its own"),
    ("empty.toml", 1, "error", "neither a name nor a formula"),
    ("gelu.toml", 1, "note", "name: gelu is also gelu of the catalogue"),
    ("many.toml", 2, "error", "expression: column 4"),
    ("many.toml", 3, "error", "colour: is no key of a spec"),
    ("many.toml", 5, "error", "claims.parity: 'od' is none of odd, even, none (did you mean odd?)"),
    ("many.toml", 6, "error", "claims.range.inf[0]: column 1: unknown name 'z'"),
    ("nowhere.toml", 3, "error", "not a real number at any x"),
    ("other.toml", 1, "warning", "name: another differs from the file's name, other.toml"),
    ("pyproject.toml", 1, "error", "neither a name nor a formula"),
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(folder, **files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_all_faults_of_all_files_are_told_at_once(tmp_path, propcheck):
    write(tmp_path / "designs", **FILES)
    status, out, err = propcheck("lint", "designs/", "--json")
    data = json.loads(out)
    assert (status, data["schema"], data["files"]) == (1, "propcheck.lint/1", 9)
    found = [(item["file"].removeprefix("designs/"), item["line"], item["severity"]) for item in data["findings"]]
    assert found == [item[:3] for item in FOUND]
    for item, (*_, message) in zip(data["findings"], FOUND, strict=True):
        assert message in item["message"]
    status, out, err = propcheck("lint", "designs")
    assert status == 1
    assert "designs/many.toml:2: error: expression: column 4" in out
    assert err == "9 files: 10 errors, 3 warnings, 3 notes\n"


CLEAN = {
    "one file": {"fine.toml": FINE},
    "dashes in the file's name": {"my-act.toml": 'name = "my_act"\nexpression = "x"\n'},
    "a note alone": {"fine.toml": FINE, "README.md": ""},
    "a contradicted claim, which is for check": {"a.toml": 'name = "a"\nexpression = "x"\n[claims]\nparity = "even"\n'},
}


@pytest.mark.parametrize("files", CLEAN.values(), ids=CLEAN)
def test_a_folder_without_faults_ends_with_status_0(tmp_path, propcheck, files):
    write(tmp_path, **files)
    assert propcheck("lint", ".")[0] == 0


def test_a_file_is_examined_once_however_often_it_is_named(tmp_path, propcheck):
    write(tmp_path, **{"fine.toml": FINE})
    assert propcheck("lint", "fine.toml", ".", "fine.toml") == (0, "", "1 file: nothing wrong\n")


def test_names_are_compared_between_folders(tmp_path, propcheck):
    write(tmp_path, **{"a/fine.toml": FINE, "b/fine.toml": FINE})
    status, out, _ = propcheck("lint", "a", "b")
    assert status == 1
    assert "b/fine.toml:1: error: name: fine is taken by a/fine.toml" in out


def test_the_catalogue_is_clean(propcheck):
    status, out, _ = propcheck("lint", str(spec.folder()))
    assert (status, out) == (0, "")


def test_a_formula_that_takes_too_long_is_told(tmp_path, propcheck):
    steps = "".join(f"{k}/7 if x < {k} else (" for k in range(200))
    write(tmp_path, **{"long.toml": re.sub("expression = .*", f'expression = "{steps}1{")" * 200}"', FINE)})
    status, out, _ = propcheck("lint", "long.toml", "--time-limit", "0.2")
    assert status == 1
    assert re.search("long.toml:[0-9]: warning: was not examined", out)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_need_not_end_is_not_read(tmp_path, propcheck):
    write(tmp_path, **{"fine.toml": FINE})
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zeros.toml").symlink_to("/dev/zero")
    status, out, _ = propcheck("lint", ".")
    assert status == 1
    assert [line.partition(" error: ")[2] for line in out.splitlines()] == 2 * [
        "is not a regular file; a spec is a TOML file"
    ]


WRONG = {
    "nothing": ([], "Missing argument"),
    "a missing folder": (["nowhere"], "there is no file or folder 'nowhere'"),
    "a folder without specs": (["empty"], "holds no .toml file, so there is nothing to examine"),
    "no name that a file could have": (["a\0b"], "a.x00b"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_where_there_is_nothing_to_examine_the_status_is_2(tmp_path, propcheck, arguments, message):
    (tmp_path / "empty").mkdir()
    status, out, err = propcheck("lint", *arguments)
    assert (status, out) == (2, "")
    assert re.search(message, err) and "Traceback" not in err


def test_a_name_of_several_lines_hides_no_fault(tmp_path, propcheck):
    odd = tmp_path / "no\n  nothing.toml"
    for text in ("name =", "", 'name = "no"\nexpression = "x +* 2"\n'):
        odd.write_text(text)
        status, out, _ = propcheck("lint", "--json", str(odd))
        assert status == 1 and any(found["severity"] == "error" for found in json.loads(out)["findings"]), text


def test_a_link_that_leads_nowhere_is_told_as_one(tmp_path, propcheck):
    for name in ("round.toml", "away.toml"):
        (tmp_path / name).symlink_to("round.toml" if name == "round.toml" else "gone")
        assert propcheck("analyze", str(tmp_path / name))[::2] == (
            2,
            f"propcheck: {tmp_path / name} is a link that leads to no file\n",
        )
