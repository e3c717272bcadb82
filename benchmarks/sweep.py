"""What a sweep costs beside the work on its designs: python benchmarks/sweep.py

overhead   processor time of the parent for a design, of the local engine and of an executor, and the clock's
simulated  64 processes that sleep in place of working, 0.2 s an order: how many of 320 orders a second arrive
rank       10,000 stored designs filtered and sorted
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from propcheck.study import designs as drawn
from propcheck.sweep import running
from propcheck.sweep.designs import Design
from propcheck.sweep.engines.away import Away
from propcheck.sweep.engines.local import Local
from propcheck.sweep.store import Store

RULES = running.Rules.of(["lipschitz <= 1.2"], ["affine or undefined"])
SLEEP, PROCESSES = 0.2, 64


def sleepy(text: str, limit: float, memory: int) -> str:
    """In place of work: sleep, and an answer of the usual size."""
    orders = json.loads(text)["orders"]
    time.sleep(SLEEP * len(orders))
    found = []
    for order in orders:
        mark = hashlib.sha256(json.dumps(order["design"]).encode()).hexdigest()[:24]
        known = {f"range.{k}": [1.0 / (k + 1), "enclosed", 0.0, 1.0] for k in range(60)}
        answer = {"mark": mark, "at": "1", "size": "1"} if order["ask"] == "print" else {"known": known, "open": {}}
        found.append([answer, SLEEP])
    return json.dumps(found)


def numbered(count: int) -> Iterator[Design]:
    return (Design(f"tanh({k}*x)") for k in range(1, count + 1))


def timed(path: Path, engine: Any, designs: Iterator[Design], window: int, **given: Any) -> tuple[float, float, float]:
    """Seconds by the clock, the parent's and its children's on the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock, own = time.perf_counter(), time.process_time()
    with Store(path) as store:
        with closing(engine):
            running.lay_out(store, "here", designs)
            running.sweep(store, running.Setting(RULES, whole=False, **given), engine, window)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - clock, time.process_time() - own, children


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        texts = [Design(text) for text in drawn.drawn(150).values()]
        for workers in (1, 2):
            clock, own, children = timed(place / f"local{workers}.db", Local(15, workers), iter(texts), 8 * workers + 8)
            print(f"local, {workers}: {1000 * own / len(texts):.1f} ms of the parent a design, "
                  f"{children / len(texts):.3f} s of the children, {clock:.1f} s by the clock")  # fmt: skip
        pool = Away(ProcessPoolExecutor(2), 2, 15)
        clock, own, children = timed(place / "pool.db", pool, iter(texts), 400)
        print(f"executor, 2: {1000 * own / len(texts):.1f} ms of the parent a design, {clock:.1f} s by the clock")
        count = 3000
        engine = Away(ProcessPoolExecutor(PROCESSES), PROCESSES, 15, work=sleepy)
        clock, own, _ = timed(place / "asleep.db", engine, numbered(count), 4000)
        arrived = 2 * count / clock
        print(f"simulated: {arrived:.0f} orders a second of {PROCESSES / SLEEP:.0f}, {1000 * own / count:.2f} ms of "
              f"the parent a design, {clock:.1f} s")  # fmt: skip
        size = (place / "asleep.db").stat().st_size
        print(f"store: {size / count / 1000:.1f} kB a design of quick facts")
        _ranked(place / "local1.db", place / "many.db")


def _ranked(source: Path, many: Path) -> None:
    """Ten thousand designs, copies of a few."""
    many.write_bytes(source.read_bytes())
    with closing(sqlite3.connect(many)) as db:
        (there,) = db.execute("SELECT count(*) FROM designs").fetchone()
        for k in range(1, 10_000 // there + 1):
            db.execute("INSERT INTO designs SELECT place + ?, id, expression, design, printed, mark, at, size, "
                       "same_as + ?, relation, state, reason, done FROM designs WHERE place <= ?",
                       (k * there, k * there, there))  # fmt: skip
            db.execute("INSERT INTO results SELECT place + ?, stage, key, lost, note, leaves, known, open, analysis "
                       "FROM results WHERE place <= ?", (k * there, there))  # fmt: skip
        db.commit()
        (count,) = db.execute("SELECT count(*) FROM designs").fetchone()
    condition = "lipschitz <= 3 and not affine"
    command = [sys.executable, "-m", "propcheck", "rank", "--store", str(many), "--where", condition,
               "--by", "lipschitz", "--by", "-range.inf", "--pareto", "--state", "kept,rejected"]  # fmt: skip
    for _ in range(3):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
        clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"rank: {count} designs in {spent:.2f} s of processor time, {clock:.2f} s by the clock")


if __name__ == "__main__":
    main()
