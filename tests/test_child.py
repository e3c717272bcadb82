"""A child process is spoken to, watched, ended, and started again, and its death is told."""

import os
import signal
import time

import pytest

from propcheck.processes.child import Child, Ended


def echo(pipe, add):
    while True:
        order = pipe.recv()
        if order == "end":
            return
        if isinstance(order, signal.Signals):
            os.kill(os.getpid(), order)
        while order == "hang":
            pass
        pipe.send(order + add)


@pytest.fixture(params=["fork", "spawn"])
def child(request):
    made = Child(echo, 1)
    made.start(request.param)
    yield made
    made.kill()


def test_it_answers_what_it_is_told(child):
    for order in (1, 2):
        child.send(order)
        assert child.says(60) and child.receive() == order + 1
    assert child.alive and not child.says(0)


@pytest.mark.parametrize(
    ("order", "by_signal", "told"),
    [
        ("end", False, "the process ended"),
        (signal.SIGKILL, True, "the process was killed, perhaps for want of memory"),
        (signal.SIGTERM, True, "the process was ended by SIGTERM"),
    ],
    ids=str,
)
def test_its_death_is_told_and_another_takes_its_place(child, order, by_signal, told):
    child.send(order)
    assert child.says(60)
    with pytest.raises(Ended, match=f"^{told}$") as ended:
        child.receive()
    assert ended.value.by_signal is by_signal and not child.alive and child.spent() == 0
    child.start("fork")
    child.send(4)
    assert child.says(60) and child.receive() == 5


def test_its_time_on_the_processor_is_counted_once_and_killing_it_ends_it(child):
    child.send(1)
    assert child.receive() == 2 and child.spent() >= 0
    child.send("hang")
    used, patient = 0.0, time.monotonic() + 60
    while used < 0.05 and time.monotonic() < patient:
        assert not child.says(0.01)
        used += child.spent()
    assert used >= 0.05
    child.kill()
    child.kill()
    assert not child.alive
