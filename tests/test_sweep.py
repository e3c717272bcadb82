"""A sweep: what is kept outlives whatever stops it, and is the same by any engine and in any number of parts."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from harm import act

from propcheck import InputError
from propcheck.processes import worker
from propcheck.sweep import conditions, merging, orders, ranking, running, spaces
from propcheck.sweep.courses import each
from propcheck.sweep.designs import Design
from propcheck.sweep.engines import away
from propcheck.sweep.engines.away import Away
from propcheck.sweep.engines.local import Local
from propcheck.sweep.store import Store

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
SPACE = """
[[template]]
formula = "x if x >= 0 else {n}"
holes.n = ["{a}*x", "log(x)", "y*x", "x"]
holes.a = [0.1, 1]
[[composition]]
unary = ["{x}", "tanh({x})", "2*{x}"]
binary = ["{u}*{v}"]
"""
RULES = running.Rules.of(["lipschitz <= 1.2"], ["affine or lipschitz > 10 or undefined"])
SETTING = running.Setting(RULES, whole=False)
OPTIONS = ("--keep", "lipschitz <= 1.2", "--reject", "affine or lipschitz > 10 or undefined", "--quick")


def call(*arguments: str | Path, **given) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "propcheck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **{"env": ENVIRONMENT} | given)


def swept(path: Path, engine, shard=(1, 1), setting=SETTING, designs: list[Design] | None = None) -> list[tuple]:
    space = designs if designs is not None else spaces._space("here", spaces.tomllib.loads(SPACE), Path()).designs()
    with Store(path) as store, closing(engine):
        running.lay_out(store, "here", iter(space), shard)
        running.sweep(store, setting, engine, 24)
        return list(store.same())


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, list[tuple]]:
    path = tmp_path_factory.mktemp("sweep") / "whole.db"
    return path, swept(path, Local(15, 1))


def test_each_design_stands_by_the_rules(whole) -> None:
    with Store(whole[0], write=False) as store:
        found = store.ask("SELECT expression, state, reason, same_as FROM designs ORDER BY place")
    assert found == [
        ("x if x >= 0 else (0.1*x)", "kept", None, 1),
        ("x if x >= 0 else (1*x)", "rejected", "affine", 2),
        ("x if x >= 0 else log(x)", "rejected", "undefined", 3),
        ("x if x >= 0 else (y*x)", "lost", "wrong input", None),
        ("x if x >= 0 else x", "duplicate", "of 2", 2),
        ("x*x", "rejected", "not (lipschitz <= 1.2)", 6),
        ("x*tanh(x)", "kept", None, 7),
        ("x*(2*x)", "duplicate", "of 6", 6),
        ("tanh(x)*x", "duplicate", "of 7", 7),
        ("tanh(x)*tanh(x)", "kept", None, 10),
        ("tanh(x)*(2*x)", "duplicate", "of 7", 7),
        ("(2*x)*x", "duplicate", "of 6", 6),
        ("(2*x)*tanh(x)", "duplicate", "of 7", 7),
        ("(2*x)*(2*x)", "duplicate", "of 6", 6),
    ]


def test_nothing_is_done_twice(whole) -> None:
    class Nobody:
        def room(self) -> int:
            return 1

        def give(self, tag, order) -> None:
            raise AssertionError(order)

        def finished(self, beside=(), seconds=0.0) -> Iterator:
            raise AssertionError("nothing was ordered")

        def close(self) -> None: ...

    assert swept(whole[0], Nobody()) == whole[1]


@pytest.mark.parametrize("pool", [ProcessPoolExecutor, ThreadPoolExecutor], ids=lambda pool: pool.__name__)
def test_another_engine_finds_the_same_bytes(whole, pool, tmp_path: Path) -> None:
    assert swept(tmp_path / "s.db", Away(pool(2), 2, 15)) == whole[1]


def test_a_worker_of_other_versions_is_refused() -> None:
    text = json.dumps({"versions": orders.versions() | {"sympy": "0.1"}, "orders": []})
    with pytest.raises(InputError, match="a worker has sympy"):
        away.answered(text, 15, worker.MEMORY)
    with pytest.raises(RuntimeError, match="lost"):
        engine = away.Away(Broken(), 1, 15)
        engine.give(0, {})
        list(engine.finished())


class Broken(ThreadPoolExecutor):
    """Takes nothing any more."""

    def submit(self, *_, **__):
        raise RuntimeError("the pool is lost")


def test_shards_merged_are_the_same_bytes(whole, tmp_path: Path) -> None:
    parts = [tmp_path / f"{k}.db" for k in (1, 2, 3)]
    for k, part in enumerate(parts, 1):
        swept(part, Local(15, 1), (k, 3))
    with Store(tmp_path / "all.db") as store, closing(Local(15, 1)) as engine:
        merging.merge(store, parts[1:], engine, 16)
        assert merging.missing(store) == 5
        merging.merge(store, parts[:1], engine, 16)
        assert merging.missing(store) == 0 and list(store.same()) == whole[1]
        with pytest.raises(InputError, match="no sweep"):
            Store(tmp_path / "none.db").close()
            merging.merge(store, [tmp_path / "none.db"], engine, 16)


def test_other_rules_use_what_was_found(whole, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(whole[0].read_bytes())
    other = running.Setting(running.Rules.of(["parity == even"], []), whole=False)
    before = dict(Store(copy, write=False).ask("SELECT place, key FROM results"))
    found = swept(copy, Local(15, 1), setting=other)
    assert [row[1] for row in found if row[0] == "designs" and row[-2] == "kept"] == [6, 7, 10]
    assert dict(Store(copy, write=False).ask("SELECT place, key FROM results")) == before


def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    command = [sys.executable, "-m", "propcheck", "sweep", "space.toml", "--store", "s.db", "--workers", "2", *OPTIONS]
    rng = random.Random(7)
    for kill_worker in (True, False):
        run = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(1.0, 3.0))
        if kill_worker and run.poll() is None and sys.platform.startswith("linux"):
            for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()[:1]:
                os.kill(int(child), signal.SIGKILL)
            time.sleep(0.3)
        run.kill()
        run.wait(30)
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    undisturbed = subprocess.run([*command, "--store", "t.db"], cwd=tmp_path, env=ENVIRONMENT, timeout=120)
    assert undisturbed.returncode == 0
    one, other = (list(Store(tmp_path / name, write=False).same()) for name in ("s.db", "t.db"))
    assert one == other and not (tmp_path / "s.db-sweeping").exists()


# ---------------------------------------------------------------------------------------------- whoever is lost


def test_who_hangs_eats_memory_or_crashes_is_recorded(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(worker, "_start_method", lambda: "fork")
    monkeypatch.setattr(orders, "_fact", act)
    monkeypatch.setattr(running.Setting, "wanted", lambda self, stage: orders.Wanted(("affine",)))
    texts = ["tanh(x)", "111*x", "222*x", "333*x", "relu"]
    setting = running.Setting(running.Rules.of(["not affine"], []), "none", 0.5, whole=False)
    swept(tmp_path / "s.db", Local(0.5, 2, 1 << 29), setting=setting, designs=[Design(text) for text in texts])
    with Store(tmp_path / "s.db", write=False) as store:
        states = store.ask("SELECT state, reason FROM designs ORDER BY place")
    assert states == [("kept", None), ("lost", "time"), ("lost", "memory"), ("lost", "crash"), ("kept", None)]


# ---------------------------------------------------------------------------------------------- the file


def test_a_store_that_cannot_be_used_has_a_sentence(whole, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but some text that is long enough to be looked at" * 20)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    newer = tmp_path / "newer.db"
    newer.write_bytes(whole[0].read_bytes())
    with closing(sqlite3.connect(newer)) as db:
        db.execute("PRAGMA user_version = 99")
    (tmp_path / "folder").mkdir()
    cases = {"text.db": "no store", "other.db": "no store", "newer.db": "newer propcheck", "folder": "is a folder",
             "missing/s.db": "missing"}  # fmt: skip
    for name, said in cases.items():
        with pytest.raises(InputError, match=said):
            Store(tmp_path / name)
    with pytest.raises(InputError, match="there is no store"):
        Store(tmp_path / "none.db", write=False)
    assert newer.read_bytes() != b""


def _torn(how: str, copies: list[dict[str, bytes]], draw: random.Random) -> dict[str, bytes]:
    """The files of a store as a disk may leave them that loses power."""
    files = dict(draw.choice(copies))
    if how == "the log is of another moment":
        files["s.db-wal"] = draw.choice(copies)["s.db-wal"]
    elif how == "the log is lost":
        files["s.db-wal"] = b""
    elif how == "the log is cut off":
        files["s.db-wal"] = files["s.db-wal"][: draw.randrange(1 + len(files["s.db-wal"]))]
    elif how == "the store is cut off":
        files["s.db"] = files["s.db"][: draw.randrange(1, len(files["s.db"]))]
    elif how == "a page is of another moment":
        at = 4096 * draw.randrange(len(files["s.db"]) // 4096)
        page = draw.choice(copies)["s.db"][at : at + 4096]
        files["s.db"] = files["s.db"][:at] + page + files["s.db"][at + len(page) :]
    return files


def test_a_store_that_was_torn_is_whole_or_has_a_sentence(tmp_path: Path) -> None:
    draw, copies, path = random.Random(3), [], tmp_path / "s.db"
    with Store(path) as store:
        store.lay_out([(k, Design(f"{k}*x", id=str(k))) for k in range(120)], {"space": "here"})
        for k in range(120):
            known = {f"fact{j}": [draw.random(), "proved", []] for j in range(draw.randint(1, 60))}
            store.put_result(k, "quick", f"key{k}", {"known": known, "open": {}}, 0.1)
            store.settle(k, "done", "kept", None)
            if draw.random() < 0.3:
                store.commit()
            if draw.random() < 0.1:
                store.db.execute("COMMIT")
                store.db.execute("PRAGMA wal_checkpoint(RESTART)")
                store.db.execute("BEGIN IMMEDIATE")
            copies.append({name: (tmp_path / name).read_bytes() for name in ("s.db", "s.db-wal")})
    ends: dict[str, set[bool]] = {}
    hows = ["the log is of another moment", "the log is lost", "the log is cut off", "the store is cut off",
            "a page is of another moment", "nothing is lost"]  # fmt: skip
    for k in range(120):
        how, folder = hows[k % len(hows)], tmp_path / str(k)
        folder.mkdir()
        for name, held in _torn(how, copies, draw).items():
            (folder / name).write_bytes(held)
        try:
            with Store(folder / "s.db") as store:
                rows, waiting = list(store.same()), set(store.waiting("done"))
        except InputError as said:
            assert re.search("damaged|malformed|no store|not a database", str(said)), (how, said)
            ends.setdefault(how, set()).add(False)
            continue
        found = {row[1] for row in rows if row[0] == "results"}
        assert len([row for row in rows if row[0] == "designs"]) in (0, 120)
        assert not rows or found == set(range(120)) - waiting, how
        ends.setdefault(how, set()).add(True)
    assert ends["nothing is lost"] == ends["the log is lost"] == {True}
    assert False in ends["the store is cut off"] and False in ends["the log is of another moment"]


def test_two_do_not_write_at_once_and_readers_read_on(whole, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(whole[0].read_bytes())
    with Store(copy):
        with pytest.raises(InputError, match="another process"):
            Store(copy)
        with Store(copy, write=False) as reader:
            assert reader.counts()["kept"] == 3


def test_who_may_only_read_reads_what_is_whole(whole, monkeypatch, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(whole[0].read_bytes())
    monkeypatch.setattr("propcheck.sweep.store.PATIENCE", 0.1)
    with closing(sqlite3.connect(copy, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for write in (True, False):
            with pytest.raises(InputError, match="locked; another process writes there"):
                Store(copy, write=write)
    connect = sqlite3.connect

    def connected(name: str, **asked: object) -> sqlite3.Connection:
        """As in a folder that may not be written."""
        if "immutable" not in name:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name, **asked)

    monkeypatch.setattr(sqlite3, "connect", connected)
    with Store(copy, write=False) as store:
        assert store.counts()["kept"] == 3
    copy.with_name("copy.db-wal").write_bytes(b"what was written last")
    with pytest.raises(InputError, match="beside a log without which it is not whole; copy it and copy.db-wal"):
        Store(copy, write=False)


def test_a_full_disk_loses_nothing(whole, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with pytest.raises(InputError, match="full; make room"), Store(path) as store, closing(Local(15, 1)) as engine:
        pages = store.ask("PRAGMA page_count")[0][0]
        store.ask(f"PRAGMA max_page_count = {pages + 3}")
        space = spaces._space("here", spaces.tomllib.loads(SPACE), Path()).designs()
        running.lay_out(store, "here", space)
        running.sweep(store, SETTING, engine, 24)
    assert swept(path, Local(15, 1)) == whole[1]


def test_another_space_goes_into_another_store(whole) -> None:
    with pytest.raises(InputError, match="holds a sweep of here"):
        swept(whole[0], Local(15, 1), designs=[Design("x")])


# ---------------------------------------------------------------------------------------------- ranked and asked


def test_designs_are_filtered_and_sorted(whole) -> None:
    with Store(whole[0], write=False) as store:
        found = ranking.ranked(store, [ranking.key("-range.inf"), ranking.key("lipschitz")])
        assert [row.place for row in found.rows] == [10, 7, 1]
        assert [row.copies for row in found.rows] == [0, 3, 0]
        even = ranking.ranked(store, [], conditions.read("parity == even and lipschitz < 1"))
        assert [row.place for row in even.rows] == [10]
        front = ranking.ranked(store, [ranking.key("lipschitz"), ranking.key("-kinks")], pareto=True)
        assert [row.place for row in front.rows if row.front] == [10, 1]
        with pytest.raises(InputError, match="not all was asked"):
            ranking.card(store, 8)
        with pytest.raises(InputError, match="no design 99"):
            ranking.card(store, 99)


def test_a_front_is_what_no_other_is_better_than() -> None:
    rng = random.Random(3)
    values = sorted([rng.randrange(6), rng.randrange(6), rng.randrange(6)] for _ in range(200))
    better = lambda a, b: all(x <= y for x, y in zip(a, b, strict=True)) and a != b  # noqa: E731
    assert set(ranking._front(values)) == {k for k, v in enumerate(values) if not any(better(o, v) for o in values)}


def test_the_commands_show_what_is_stored(whole, tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    path = tmp_path / "s.db"
    made = call("sweep", tmp_path / "space.toml", "--store", path, "--workers", "1", *OPTIONS[:-1])
    assert made.returncode == 0 and "kept       3" in made.stdout
    card = call("rank", "--store", path, "--card", "7", "--json")
    assert json.loads(card.stdout)["activation"]["expression"] == "x*tanh(x)"
    assert "zero mean" in call("rank", "--store", path, "--card", "7").stdout
    page = tmp_path / "page.html"
    assert (
        call(
            "rank", "--store", path, "--by", "lipschitz", "--by", "nonlinearity", "--format", "html", "-o", page
        ).returncode
        == 0
    )
    assert page.read_text().count("<circle") == 3 and page.read_text().count("<main>") == 1
    for asked in (("rank", "--by", "lipschitz", "--columns", "range.inf,range.sup,monotonicity"),
                  ("query", "SELECT * FROM designs")):  # fmt: skip
        for width in ("80", "120"):
            shown = call(*asked, "--store", path, env=ENVIRONMENT | {"COLUMNS": width})
            assert shown.returncode == 0 and "x*tanh(x)" in shown.stdout
            assert max(map(len, shown.stdout.splitlines())) <= int(width)
    rows = call("query", "SELECT count(*) AS n FROM designs", "--store", path, "--format", "json")
    assert json.loads(rows.stdout) == [{"n": 14}]
    for sql in (
        "DROP TABLE designs",
        "PRAGMA user_version = 3",
        "ATTACH '/tmp/x.db' AS y",
        "UPDATE designs SET state = 1",
    ):
        refused = call("query", sql, "--store", path)
        assert refused.returncode == 2 and "may only read" in refused.stderr
    wrong = call("rank", "--store", path, "--by", "lipschits")
    assert wrong.returncode == 2 and "did you mean lipschitz" in wrong.stderr


def test_what_is_asked_comes_as_json_and_as_parquet_whatever_its_columns_hold(whole, tmp_path: Path, propcheck) -> None:
    question = ("SELECT place, place, CASE WHEN place = 2 THEN 'inf' ELSE 1.5 END AS size, x'00ff' AS raw,"
                " 9e999 AS top, CASE WHEN place = 2 THEN 'x' ELSE 7 END AS mixed,"
                " CASE WHEN place > 1 THEN 3 END AS some FROM designs WHERE place < 4 ORDER BY place")  # fmt: skip
    status, out, err = propcheck("query", question, "--store", str(whole[0]), "--format", "json")
    rows = json.loads(out)
    assert (status, err) == (0, "") and [row["place_2"] for row in rows] == [row["place"] for row in rows]
    assert {row["raw"] for row in rows} == {"00ff"} and {row["top"] for row in rows} == {"inf"}
    arguments = ("query", question, "--store", str(whole[0]), "--format", "parquet", "-o", str(tmp_path / "q.parquet"))
    if importlib.util.find_spec("pyarrow") is None or importlib.util.find_spec("pandas") is None:
        status, _, err = propcheck(*arguments)
        assert status == 2 and "pip install pandas pyarrow" in err
        return
    assert propcheck(*arguments)[0] == 0
    frame = importlib.import_module("pandas").read_parquet(tmp_path / "q.parquet")
    assert list(frame.columns) == ["place", "place_2", "size", "raw", "top", "mixed", "some"]
    assert list(frame["place"]) == [row["place"] for row in rows] and frame["place"].dtype.kind == "i"
    assert list(frame["size"]) == [float(row["size"]) for row in rows]
    assert list(frame["mixed"]) == [str(row["mixed"]) for row in rows]
    assert list(frame["raw"]) == [b"\x00\xff"] * len(rows)


def test_a_page_shows_a_strangers_text_as_text(tmp_path: Path) -> None:
    from propcheck.report import ranking as drawn
    from propcheck.sweep.known import Leaf
    from propcheck.verdict import Standing

    evil = '<script>alert(1)</script>"x'
    leaf = Leaf(1.0, Standing.PROVED, 1.0, 1.0)
    found = ranking.Ranking(
        (ranking.Row(1, evil, evil, "kept", {"lipschitz": leaf}),), ("lipschitz",), (ranking.key("lipschitz"),)
    )
    text = drawn.page(found, evil)
    assert "<script" not in text and text.count("&lt;script&gt;") == 4


# ---------------------------------------------------------------------------------------------- spaces


def made(text: str, place: Path = Path()) -> list[Design]:
    return list(spaces._space("here", spaces.tomllib.loads(text), place).designs())


def test_a_space_lists_its_designs(tmp_path: Path) -> None:
    (tmp_path / "designs").mkdir()
    (tmp_path / "designs" / "mine.toml").write_text(
        'name = "mine"\nexpression = "a*x"\n[parameters.a]\nrole = "constant"\ndefault = 2\n'
    )
    (tmp_path / "c.jsonl").write_text('"tanh(x)"\n\n{"expression": "a*x", "parameters": {"a": 2}}\n')
    grammar = '[[grammar]]\nstart = "E"\ndepth = 2\nrules.E = ["x", "tanh({E})", "{E}*{E}"]\n'
    assert [item.expression for item in made(grammar)] == ["x", "tanh(x)", "x*x"]
    assert len(made(grammar.replace("depth = 2", "depth = 3"))) == 3 + 2 + 8
    grid = '[[grid]]\ntarget = "swish"\nover.beta = {from = 0, to = 1, steps = 4}\n'
    assert [item.parameters["beta"] for item in made(grid)] == ["0", "1/3", "2/3", "1"]
    files = made('[[folder]]\npath = "designs"\n[[stream]]\npath = "c.jsonl"\n', tmp_path)
    assert [str(item.read().formula) for item in files] == ["a*x", "tanh(x)", "a*x"]


WRONG = {
    "": "has no designs",
    "[[templates]]\n": "did you mean template",
    "[[template]]\nformula = 'x + {a}'\n": "nothing is said of the hole",
    "[[template]]\nformula = 'x + {a}'\nholes.a = ['{a}']\n": "without end",
    "[[template]]\nformula = 'x + {a}'\nholes.a = {from = 0, to = 1}\n": "even steps",
    "[[grammar]]\nstart = 'E'\ndepth = 99\nrules.E = ['x']\n": "depth from 1",
    "[[grammar]]\nstart = 'E'\ndepth = 9\nrules.E = ['x', '{E}*{E}*{E}']\n": "lesser depth",
    "[[composition]]\nunary = ['{y}']\nbinary = ['{u}']\n": "has the hole",
    "[[grid]]\ntarget = 'swish'\n": "over.beta",
    "[[folder]]\npath = 'nowhere'\n": "holds no .toml",
    "[[stream]]\npath = 'nowhere.jsonl'\n": "cannot be read",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:40])
def test_a_space_that_is_none_has_a_sentence(text: str, monkeypatch) -> None:
    monkeypatch.setattr(spaces.grammar, "MOST", 2000)
    with pytest.raises(InputError, match=WRONG[text]):
        made(text)


def test_the_spaces_that_come_along_have_as_many_designs_as_promised() -> None:
    counts = {name: len({json.dumps(d.to_json()) for d in spaces.read(name).designs()}) for name in spaces.shipped()}
    assert counts["negative_halves"] >= 200 and counts["unary_binary"] >= 2000


def test_courses_wait_for_those_before_them_with_the_same_mark() -> None:
    from propcheck.sweep.courses import Leave, Turn

    class Shuffled:
        """Finishes whatever it likes first."""

        def __init__(self, seed: int):
            self.rng, self.orders = random.Random(seed), []

        def room(self) -> int:
            return 5 - len(self.orders)

        def give(self, tag, order) -> None:
            self.orders.append((tag, order))

        def finished(self, beside=(), seconds=0.0):
            yield self.orders.pop(self.rng.randrange(len(self.orders)))[0], {}, 0.0

        def close(self) -> None: ...

    for seed in range(20):
        met: dict[str, list[int]] = {}

        def course(place: int, mark: str, met=met):
            yield {"print": place}
            yield Turn(mark)
            yield {"alike": place}
            met.setdefault(mark, []).append(place)
            yield Leave()
            yield {"facts": place}
            return place

        ways = ((place, course(place, "abc"[place % 3])) for place in range(40))
        ordered = [found for _, found, _ in each(Shuffled(seed), ways, 12, ordered=True)]
        assert ordered == list(range(40))
        assert met == {mark: list(range(k, 40, 3)) for k, mark in enumerate("abc")}
