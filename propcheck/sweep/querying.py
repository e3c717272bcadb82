"""Questions in SQL that read alone: the file is opened for reading, and SQLite is asked before each step."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from propcheck.sweep.store import Store
from propcheck.verdict import InputError

SECONDS = 60.0
_MAY = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def asked(store: Store, sql: str, most: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns and the rows; InputError where a question is none, changes something, or takes long."""
    end = time.monotonic() + SECONDS
    store.db.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY)
    store.db.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        cursor = store.db.execute(sql)
        rows = cursor.fetchmany(most + 1)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        said = {
            "interrupted": f"it took more than {SECONDS:g} s",
            "not authorized": "it may only read: write SELECT ...",
        }
        told = said.get(str(error), str(error))
        raise InputError(
            f"the query cannot be answered: {told}; the tables are designs, results, spent, meta"
        ) from None
    finally:
        store.db.set_authorizer(None)
        store.db.set_progress_handler(None, 0)
    if len(rows) > most:
        raise InputError(f"the query has more than {most} rows; add LIMIT")
    return [column[0] for column in cursor.description or ()], rows
