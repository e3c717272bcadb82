"""`propcheck screen`: lines of candidates in, lines of verdicts out, and hostile text is a verdict as any other."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from harm import act

from propcheck.processes import worker
from propcheck.sweep import conditions, orders, screening
from propcheck.sweep.engines.local import Local

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
REJECT = "affine or lipschitz > 10 or undefined"
CANDIDATES = [
    {"id": "swish", "expression": "x*sigmoid(a*x)", "parameters": {"a": 1.5}},
    "2*x + 1",
    "x/(1 + exp(-3*x/2))",
    {"id": 3, "expression": "log(x)"},
    "relu",
    "x**3",
    "max(0, x) + y",
    "./spec.toml",
    "(" * 5000,
    "9" * 30000,
    "__import__('os').system('touch /tmp/never')",
    5,
    {"expression": ["x"]},
    {"id": {}, "expression": "x"},
    {"expression": "a*x", "parameters": {"a": "open('x')"}},
]


def call(lines: bytes | str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    data = lines if isinstance(lines, bytes) else lines.encode()
    command = [sys.executable, "-m", "propcheck", "screen", *arguments]
    return subprocess.run(command, input=data, capture_output=True, env=ENVIRONMENT, timeout=120)


def read(run: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_each_line_has_its_verdict_in_order_whatever_it_holds() -> None:
    lines = "".join(json.dumps(item) + "\n" for item in CANDIDATES)
    hostile = b"[" * 100000 + b"\n\xff\xfe\n\n" + b'"' + b"x" * (2 << 20) + b'"\nnot json\n"tanh(x)"'
    run = call(lines.encode() + hostile, "--reject", REJECT, "--workers", "2")
    assert run.returncode == 0 and run.stderr == b""
    found = read(run)
    assert [item["id"] for item in found] == ["swish", 2, 3, 3, *range(5, 13), 13, 14, 15, *range(16, 21)]
    assert [item["rejected"] for item in found[:6]] == [None, "affine", None, "undefined", None, "lipschitz > 10"]
    assert {item["rejected"] for item in found[6:-1]} == {"wrong input"}
    assert all(item["note"] for item in found[6:-1])
    assert (found[2]["duplicate_of"], found[2]["relation"]) == ("swish", {"times": "1", "stretch": "1"})
    assert found[4]["facts"]["lipschitz"] == 1 and found[4]["facts"]["monotonicity"] == "non-decreasing"
    assert found[1]["standing"] == "proved" and "monotonicity" not in found[1]["facts"]  # no more was asked
    assert found[-1]["rejected"] is None and found[-1]["facts"]["parity"] == "odd"
    assert not Path("/tmp/never").exists()
    keys = ["schema", "id", "expression", "facts", "criteria", "rejected", "duplicate_of", "seconds"]
    assert all([key for key in item if key in keys] == keys for item in found)


def test_a_loop_gets_its_verdict_before_it_sends_the_next_candidate() -> None:
    command = [sys.executable, "-m", "propcheck", "screen", "--workers", "1", "--facts", "affine"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT) as loop:
        assert loop.stdin and loop.stdout
        watch = threading.Timer(60, loop.kill)
        watch.start()
        for text, affine in (("tanh(x)", False), ("3*x", True)):
            loop.stdin.write(json.dumps(text).encode() + b"\n")
            loop.stdin.flush()
            assert json.loads(loop.stdout.readline())["facts"]["affine"] is affine
        loop.send_signal(signal.SIGINT)
        assert loop.wait(30) == 130
        watch.cancel()


WRONG = {
    ("--reject", "lipschits > 3"): "did you mean lipschitz",
    ("--facts", "lipschits"): "lipschitz",
    ("--criteria", "zero_men"): "zero_mean",
    ("--time-limit", "0"): "time limit",
    ("--workers", "0"): "workers is a number",
}


@pytest.mark.parametrize("arguments", WRONG, ids=lambda arguments: arguments[0])
def test_wrong_options_have_a_sentence(arguments: tuple[str, ...], propcheck) -> None:
    status, out, err = propcheck("screen", *arguments)
    assert status == 2 and out == "" and WRONG[arguments] in err


# ---------------------------------------------------------------------------------------------- whoever is lost


def test_who_hangs_eats_memory_or_crashes_is_told_and_the_others_go_on(monkeypatch) -> None:
    monkeypatch.setattr(worker, "_start_method", lambda: "fork")
    monkeypatch.setattr(orders, "_fact", act)
    texts = ["tanh(x)", "111*x", "222*x", "333*x", "relu"]
    source = io.BytesIO("".join(json.dumps(text) + "\n" for text in texts).encode())
    screen = screening.Screen(orders.Wanted(facts=("affine",)), conditions.read("affine"), "none")
    engine = Local(0.5, 2, 1 << 29)
    try:
        found = list(screening.screened(screen, engine, source, True, 2))
    finally:
        engine.close()
    assert [item["rejected"] for item in found] == [None, "time", "memory", "crash", None]
    assert [item["id"] for item in found] == [1, 2, 3, 4, 5]
