"""The store of a sweep: one SQLite file that outlives whatever stops the program, power included.

    designs   one row each, by its place in the space: what it is, its print, of which earlier one it is a duplicate,
              and how it stands (kept, rejected, undecided, duplicate, lost) by the rules of the sweep, and why
    results   what a stage (quick, full) found: `known` by path as [value, standing, ends], `leaves` the values alone,
              why facts are open, the analysis, of which a card is drawn; `key` is the hash of all that determines it
    spent     seconds, which differ from run to run; nothing else here does
    meta      the schema's version, the space, the rules, the versions

A change is in the file whole or not at all (a transaction, written ahead and flushed). There is one writer at a time;
whoever reads reads on. What was torn all the same (a disk that lied, a log of another day beside the file) is found out
when it is opened.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from propcheck.sweep.designs import Design
from propcheck.verdict import InputError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

APPLICATION, VERSION = 0x70726F70, 1
EVERY = 0.25  # seconds between two commits
PATIENCE = 5.0  # seconds for another process that writes
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE designs (
  place INTEGER PRIMARY KEY, id TEXT, expression TEXT NOT NULL, design TEXT NOT NULL,
  printed TEXT, mark TEXT, at TEXT, size TEXT, same_as INTEGER, relation TEXT,
  state TEXT, reason TEXT, done TEXT
);
CREATE INDEX designs_mark ON designs (mark, place);
CREATE INDEX designs_done ON designs (done);
CREATE TABLE results (
  place INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, lost TEXT, note TEXT,
  leaves TEXT, known TEXT, open TEXT, analysis TEXT, PRIMARY KEY (place, stage)
) WITHOUT ROWID;
CREATE TABLE spent (
  place INTEGER NOT NULL, stage TEXT NOT NULL, seconds REAL, PRIMARY KEY (place, stage)
) WITHOUT ROWID;
CREATE TABLE measured (name TEXT PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
"""
SAME = {  # what is the same however a sweep was run: the columns of each table
    "designs": "place, id, expression, design, mark, at, size, same_as, relation, state, reason",
    "results": "place, stage, key, lost, note, leaves, known, open, analysis",
}


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's errors as a sentence; what was committed stands."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        advice = {
            "locked": "another process writes there; wait for it, or name another store",
            "full": "make room; what was found stands, and the same command goes on",
            "readonly": "name another with --store, where you may write",
            "unable to open": "its folder is missing or may not be written; name another with --store",
            "not a database": "it is no store of a sweep; name another with --store",
            "malformed": "it is damaged; take it away, or name another with --store",
            "I/O": "what was committed stands; look at the disk, and give the same command again",
        }
        way = next((words for sign, words in advice.items() if sign in said), "name another with --store")
        raise InputError(f"the store {path} cannot be used: {said}; {way}") from None


class Store:
    """An open store; a `with` closes it. What was put since the last commit is lost when the power is."""

    def __init__(self, path: str | Path, *, write: bool = True, new: bool = True):
        self.path, self._write = Path(path), write
        self._guard: int | None = None
        self._committed = time.monotonic()
        if not self.path.exists() and not (write and new):
            raise InputError(f"there is no store {self.path}; `propcheck sweep SPACE --store {self.path}` makes one")
        if self.path.is_dir():
            raise InputError(f"the store {self.path} is a folder; name a file, such as {self.path / 'sweep.db'}")
        try:
            with told(self.path):
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._db: sqlite3.Connection | None = None
        if self._write:
            self._lock()
            fresh = not self.path.exists() or not self.path.stat().st_size
            self._db = sqlite3.connect(self.path.resolve().as_uri(), uri=True, timeout=PATIENCE, isolation_level=None)
            if not fresh:
                self._check()
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            if fresh or not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA application_id = {APPLICATION};"
                                       f"PRAGMA user_version = {VERSION};COMMIT;")  # fmt: skip
            self._db.execute("BEGIN IMMEDIATE")
            return
        quoted = self.path.resolve().as_uri()
        try:
            self._db = sqlite3.connect(f"{quoted}?mode=ro", uri=True, timeout=PATIENCE, isolation_level=None)
            self._check()
        except sqlite3.OperationalError as error:  # a folder that may not be written, where no log can be laid
            log = self.path.with_name(f"{self.path.name}-wal")
            if "locked" in str(error):
                raise
            if log.exists() and log.stat().st_size:
                raise InputError(
                    f"the store {self.path} lies where nothing may be written, beside a log without which it is not "
                    f"whole; copy it and {log.name} to a folder where you may write"
                ) from None
            self._db = sqlite3.connect(f"{quoted}?mode=ro&immutable=1", uri=True, isolation_level=None)
            self._check()

    def _check(self) -> None:
        found, version = (
            self.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if not found and not version and not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return
        if found != APPLICATION:
            raise InputError(f"{self.path} is a database, but no store of a sweep; name another with --store")
        if version > VERSION:
            raise InputError(
                f"{self.path} was written by a newer propcheck (version {version} of the store, and this one knows "
                f"{VERSION}); use that one, or name another with --store"
            )
        damage = self.db.execute("PRAGMA integrity_check(1)").fetchone()[0]  # 0.1 s for 10,000 designs
        if damage != "ok":
            said = " ".join(damage.split())[:120]
            raise InputError(f"the store {self.path} is damaged ({said}); take it away, or name another with --store")

    def _lock(self) -> None:
        """One writer at a time, where the system can tell."""
        if fcntl is None or not self.path.parent.is_dir():
            return
        try:
            self._guard = os.open(self._side, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._guard) if self._guard is not None else None
            self._guard = None
            raise InputError(f"another process sweeps into {self.path}; wait for it, or name another store") from None
        except OSError:
            pass  # a folder that may not be written: SQLite says so

    @property
    def _side(self) -> Path:
        return self.path.with_name(f"{self.path.name}-sweeping")

    @property
    def db(self) -> sqlite3.Connection:
        assert self._db is not None
        return self._db

    def close(self) -> None:
        """Commits what was put, and lets others write."""
        try:
            if getattr(self, "_db", None) is not None:
                if self._write and self.db.in_transaction:
                    with told(self.path):
                        self.db.execute("COMMIT")
                self.db.close()
        finally:
            self._db = None
            if self._guard is not None:
                with suppress(OSError):
                    os.unlink(self._side)
                os.close(self._guard)
                self._guard = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0] is not None and issubclass(error[0], InputError):
            with suppress(InputError, sqlite3.Error):
                self.close()
            return
        self.close()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with told(self.path):
            return self.db.execute(query, values).fetchall()

    def put(self, query: str, *values: Any) -> None:
        """A change; it is on the disk EVERY so many seconds, with all before it."""
        with told(self.path):
            self.db.execute(query, values)
            if time.monotonic() - self._committed > EVERY:
                self.commit()

    def commit(self) -> None:
        with told(self.path):
            if self.db.in_transaction:  # a full disk has taken it back
                self.db.execute("COMMIT")
            self.db.execute("BEGIN IMMEDIATE")
            self._committed = time.monotonic()

    # -- what is told of the whole

    def meta(self, name: str) -> str | None:
        found = self.ask("SELECT value FROM meta WHERE name = ?", name)
        return found[0][0] if found else None

    def set_meta(self, name: str, value: str) -> None:
        self.put("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    def lay_out(self, designs: Iterable[tuple[int, Design]], meta: Mapping[str, str]) -> None:
        """The designs of a new store, all of them or, where this is stopped, none."""
        rows = ((place, None if design.id is None else str(design.id), design.told, dumped(design.to_json()))
                for place, design in designs)  # fmt: skip
        with told(self.path):
            self.db.executemany("INSERT INTO designs (place, id, expression, design) VALUES (?, ?, ?, ?)", rows)
            self.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", sorted(meta.items()))
        self.commit()

    # -- what is told of a design

    def design(self, place: int) -> Design:
        ((design, name),) = self.ask("SELECT design, id FROM designs WHERE place = ?", place)
        return replace_id(Design.from_json(json.loads(design)), name)

    def waiting(self, done: str) -> Iterator[int]:
        """The places of designs that a sweep of this key has not been through."""
        last = -1
        while rows := self.ask("SELECT place FROM designs WHERE place > ? AND done IS NOT ? ORDER BY place LIMIT 512",
                               last, done):  # fmt: skip
            yield from (place for (place,) in rows)
            last = rows[-1][0]

    def result(self, place: int, stage: str, key: str) -> dict[str, Any] | None:
        """What a stage found, where it was found under this key."""
        rows = self.ask("SELECT lost, note, known, open FROM results WHERE place = ? AND stage = ? AND key = ?",
                        place, stage, key)  # fmt: skip
        if not rows:
            return None
        lost, note, known, open_ = rows[0]
        return {"lost": lost, "note": note} if lost else {"known": json.loads(known), "open": json.loads(open_)}

    def put_result(self, place: int, stage: str, key: str, found: Mapping[str, Any], seconds: float) -> None:
        if "lost" in found:
            row = (found["lost"], found["note"], None, None, None, None)
        else:
            leaves = {path: item[0] for path, item in found["known"].items()}
            analysis = dumped(found["analysis"]) if "analysis" in found else None
            row = (None, None, dumped(leaves), dumped(found["known"]), dumped(found["open"]), analysis)
        self.put("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", place, stage, key, *row)
        self.put("INSERT OR REPLACE INTO spent VALUES (?, ?, ?)", place, stage, round(seconds, 6))

    def settle(self, place: int, done: str, state: str, reason: str | None) -> None:
        self.put("UPDATE designs SET state = ?, reason = ?, done = ? WHERE place = ?", state, reason, done, place)

    def counts(self) -> dict[str, int]:
        """How many designs stand how."""
        rows = self.ask("SELECT coalesce(state, 'waiting'), count(*) FROM designs GROUP BY 1 ORDER BY 1")
        return dict(rows)

    def same(self) -> Iterator[tuple[Any, ...]]:
        """All that is the same however the sweep was run: on which engine, stopped how often, in how many parts."""
        for table, columns in SAME.items():
            order = "place" if table == "designs" else "place, stage"
            for row in self.ask(f"SELECT {columns} FROM {table} ORDER BY {order}"):
                yield table, *row


def replace_id(design: Design, name: str | None) -> Design:
    return Design(design.expression, design.parameters, design.spec, name)
