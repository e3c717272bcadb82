"""Shards of one sweep put together: the store that one machine would have made.

Each shard told apart the designs of its own. Those with one print in several shards are told apart again, and what was
found of one that is now a duplicate goes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from propcheck.sweep import running
from propcheck.sweep.courses import Engine
from propcheck.sweep.running import Setting, Tell
from propcheck.sweep.store import Store, told
from propcheck.verdict import InputError

_ALIKE = ("space", "setting", "versions", "name", "total")


def merge(
    into: Store, shards: Sequence[Path], engine: Engine, window: int, tell: Tell = lambda *_: None
) -> dict[str, int]:
    """Puts shards into a store, which may hold some of them, and goes on with what is left to do."""
    for path in shards:
        with Store(path, write=False) as part:
            _check(into, part)
        _taken(into, path)
    setting = into.meta("setting")
    assert setting is not None
    into.put("""UPDATE designs SET same_as = NULL, relation = NULL, done = NULL WHERE mark IN (
                SELECT mark FROM designs WHERE mark != '' GROUP BY mark HAVING count(*) > 1)""")
    into.set_meta("shard", "1/1" if _whole(into) else "some")
    into.commit()
    counts = running.sweep(into, Setting.from_json(json.loads(setting)), engine, window, tell)
    for table in ("results", "spent"):
        into.put(f"DELETE FROM {table} WHERE place IN (SELECT place FROM designs WHERE state = ?)", running.DUPLICATE)
    into.commit()
    return counts


def missing(store: Store) -> int:
    """How many designs of the space are in no shard that was merged."""
    ((there,),) = store.ask("SELECT count(*) FROM designs")
    return int(store.meta("total") or 0) - there


def _whole(store: Store) -> bool:
    return missing(store) == 0


def _check(into: Store, part: Store) -> None:
    if part.meta("space") is None:
        raise InputError(f"{part.path} holds no sweep yet")
    for name in _ALIKE:
        mine, theirs = into.meta(name), part.meta(name)
        if name != "name" and mine is not None and mine != theirs:  # a file may be called otherwise elsewhere
            raise InputError(f"{part.path} differs in its {name} from the shards before it; merge those of one sweep")
        if mine is None and theirs is not None:
            into.set_meta(name, theirs)


def _taken(into: Store, path: Path) -> None:
    """All of a shard in one transaction."""
    into.commit()
    with told(path):
        into.db.execute("COMMIT")
        into.db.execute("ATTACH DATABASE ? AS part", (f"{path.resolve().as_uri()}?mode=ro",))
        try:
            into.db.execute("BEGIN IMMEDIATE")
            for table in ("designs", "results", "spent"):
                into.db.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM part.{table}")
            into.db.execute("COMMIT")
        except BaseException:
            into.db.execute("ROLLBACK")
            raise
        finally:
            into.db.execute("DETACH DATABASE part")
            into.db.execute("BEGIN IMMEDIATE")
