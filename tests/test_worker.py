"""What a question may do to its child process without harm to the others."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from importlib import import_module

import pytest

from propcheck.processes import worker
from propcheck.processes.worker import Job, Stopped, run
from propcheck.verdict import InputError

LIMIT = 1.0
MEMORY = 1 << 29


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    """Children are forked, though tests before these may have left a thread: questions made here cannot be sent."""
    monkeypatch.setattr(worker, "_start_method", lambda: "fork")


def ask(job, limit: float | None = LIMIT):
    """The answers to one job that is not refused."""
    (answers,) = run([job], limit, MEMORY)
    assert not isinstance(answers, InputError)
    return answers


def subject():
    return 7


def twice(subject, answers):
    return 2 * subject


def hang_in_python(subject, answers):
    while True:
        pass


def hang_in_c(subject, answers):
    return any(itertools.repeat(0))


def hang_against_sigterm(subject, answers):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hang_in_python(subject, answers)


def hang_against_exceptions(subject, answers):
    while True:
        try:
            hang_in_python(subject, answers)
        except BaseException:
            pass


def sleep(seconds, subject, answers):
    time.sleep(seconds)
    return subject


def eat_memory(subject, answers):
    return len(bytearray(1 << 40))


def eat_memory_bit_by_bit(subject, answers):
    eaten = []
    while True:
        eaten.append(bytes(1 << 24))


def crash(subject, answers):
    os.abort()


def leave(subject, answers):
    os._exit(0)


def get_killed(subject, answers):
    os.kill(os.getpid(), signal.SIGKILL)


def raise_a_bug(subject, answers):
    return 1 / 0


def recurse(subject, answers):
    return recurse(subject, answers)


def answer_what_cannot_be_sent(subject, answers):
    return lambda: None


def print_a_lot(subject, answers):
    print("noise")
    os.write(1, b"noise\n")
    os.write(2, b"noise\n")
    return "printed"


MISCHIEF = {
    "hangs in Python": (hang_in_python, "stopped after 0.5 s"),
    "hangs in C": (hang_in_c, "stopped after 0.5 s"),
    "ignores SIGTERM": (hang_against_sigterm, "stopped after 0.5 s"),
    "swallows exceptions": (hang_against_exceptions, "stopped after 0.5 s"),
    "asks for a terabyte": (eat_memory, "the 0.5 GiB of memory were used up"),
    "eats memory bit by bit": (eat_memory_bit_by_bit, "the 0.5 GiB of memory were used up"),
    "aborts": (crash, "the process was ended by SIGABRT"),
    "exits": (leave, "the process ended"),
    "is killed": (get_killed, "the process was killed, perhaps for want of memory"),
    "has a bug": (raise_a_bug, "ZeroDivisionError: division by zero"),
    "recurses without end": (recurse, "the expression is nested too deeply"),
}


@pytest.mark.parametrize(("question", "note"), MISCHIEF.values(), ids=MISCHIEF)
def test_a_question_that_misbehaves_loses_its_own_answer_and_no_other(question, note):
    job = Job(subject, (("before", twice), ("bad", question), ("after", twice)), (("closing", twice),))
    answers = ask(job)
    assert answers == {"before": 14, "bad": Stopped(note), "after": 14, "closing": 14}
    assert list(answers) == ["before", "bad", "after", "closing"]


def test_an_answer_that_cannot_be_sent_is_stopped():
    answers = ask(Job(subject, (("bad", answer_what_cannot_be_sent), ("after", twice))))
    assert isinstance(answers["bad"], Stopped) and "pickle" in answers["bad"].note and answers["after"] == 14


def test_questions_see_the_answers_before_them_even_those_of_an_earlier_child():
    job = Job(subject, (("one", twice), ("bad", crash), ("two", lambda subject, answers: (subject, answers["one"]))))
    answers = ask(job)
    assert answers["two"] == (7, 14)


def test_each_question_that_overruns_gets_half_of_what_the_last_one_had_and_the_closing_questions_still_run():
    names = "abcdef"
    job = Job(subject, tuple((name, hang_in_c) for name in names), (("closing", twice),))
    before = processor_time_of_children()
    answers = ask(job)
    notes = [answers[name].note for name in names]
    assert notes[:2] == ["stopped after 0.5 s", "stopped after 0.25 s"]
    assert notes[-1] == "the 1 s of the target were used up"
    assert answers["closing"] == 14
    assert LIMIT * (1 - worker.RESERVE) <= processor_time_of_children() - before < 3 * LIMIT


def processor_time_of_children():
    times = os.times()
    return times.children_user + times.children_system


def test_only_time_on_the_processor_counts():
    job = Job(subject, (("waits", partial(sleep, 2 * LIMIT)), ("works", hang_in_c), ("after", twice)))
    assert ask(job) == {"waits": 7, "works": Stopped("stopped after 0.5 s"), "after": 14}


def test_who_sleeps_for_long_is_stopped_by_the_clock(monkeypatch):
    monkeypatch.setattr(worker, "PATIENCE", 1)
    job = Job(subject, (("sleeps", partial(sleep, 3600)), ("after", twice)))
    assert ask(job) == {"sleeps": Stopped("stopped after 0.5 s"), "after": 14}


def test_whoever_waits_hears_of_every_beat_and_may_leave():
    job = Job(subject, (("works", hang_in_python),))
    heard = list(worker.answers(job, LIMIT, beat=0.05))
    assert heard[-1] == ("works", Stopped("the 1 s of the target were used up")) and None in heard
    assert set(heard[:-1]) == {None}


def test_a_subject_that_cannot_be_built_leaves_every_question_without_an_answer():
    job = Job(partial(hang_in_c, 0, {}), (("a", twice), ("b", twice)), (("closing", twice),))
    answers = ask(job)
    assert answers == dict.fromkeys(("a", "b", "closing"), Stopped("stopped after 0.5 s"))


def refuse():
    raise InputError("this cannot be used")


def test_a_refused_subject_is_the_outcome_and_the_next_job_goes_on():
    jobs = [Job(refuse, (("a", twice),)), Job(subject, (("a", twice),))]
    for limit in (LIMIT, None):
        refused, answers = run(jobs, limit)
        assert isinstance(refused, InputError) and str(refused) == "this cannot be used"
        assert answers == {"a": 14}


def test_one_child_serves_all_jobs_until_it_is_lost():
    def where(subject, answers):
        return os.getpid()

    jobs = [Job(subject, (("pid", where),)) for _ in range(3)]
    jobs += [Job(subject, (("pid", where), ("bad", crash))), *jobs]
    pids = [answers["pid"] for answers in run(jobs, LIMIT) if not isinstance(answers, InputError)]
    assert len(set(pids[:4])) == 1 and len(set(pids[4:])) == 1 and pids[0] != pids[4] and os.getpid() not in pids


def test_the_child_writes_nothing_to_the_terminal(capfd):
    answers = ask(Job(subject, (("loud", print_a_lot), ("bad", crash))))
    assert answers["loud"] == "printed"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("start", "note"),
    [
        (lambda memory: os.kill(os.getpid(), signal.SIGKILL), "the process was killed, perhaps for want of memory"),
        (lambda memory: os.kill(os.getpid(), signal.SIGTERM), "the process was ended by SIGTERM"),
    ],
)
def test_a_child_that_is_lost_at_its_start_leaves_the_questions_without_an_answer(monkeypatch, start, note):
    monkeypatch.setattr(worker, "_confine", start)
    job = Job(subject, (("a", twice),), (("b", twice),))
    assert list(run([job, job], LIMIT)) == [{"a": Stopped(note), "b": Stopped(note)}] * 2


def test_a_child_that_ends_at_its_start_is_told_of(monkeypatch):
    monkeypatch.setattr(worker, "_confine", lambda memory: os._exit(1))
    with pytest.raises(RuntimeError, match="the process ended.*__main__"):
        ask(Job(subject, (("a", twice),)))


def test_closing_the_generator_kills_the_child():
    def where(subject, answers):
        return os.getpid()

    running = run([Job(subject, (("pid", where),)), Job(subject, (("bad", hang_against_sigterm),))], 60)
    first = next(running)
    assert not isinstance(first, InputError)
    pid = first["pid"]
    running.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_a_limit_the_questions_are_asked_here():
    answers = ask(Job(subject, (("pid", lambda s, a: os.getpid()), ("bad", raise_a_bug)), (("end", twice),)), None)
    assert answers == {"pid": os.getpid(), "bad": Stopped("ZeroDivisionError: division by zero"), "end": 14}


def test_processes_that_are_spawned_answer_as_those_that_are_forked(monkeypatch):
    monkeypatch.setattr("threading.active_count", lambda: 2)
    job = Job(subject, (("before", twice), ("bad", crash), ("after", twice)))
    answers = ask(job)
    assert answers == {"before": 14, "bad": Stopped("the process was ended by SIGABRT"), "after": 14}


# ------------------------------------------------------------------------------------------------ the commands

HURRIED = {  # what each command says where no time is left
    "export": ("export", "gelu", "--to", "c"),
    "accuracy": ("accuracy", "gelu", "--dtype", "float16"),
    "plot": ("plot", "function", "gelu", "-o", "gelu.json"),
}


@pytest.mark.parametrize("arguments", HURRIED.values(), ids=HURRIED)
def test_a_command_that_is_not_finished_says_so_and_ends_with_status_1(arguments, propcheck, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = propcheck(*arguments, "--time-limit", "0.000001")
    assert (status, out) == (1, "")
    assert err == "propcheck: gelu: the 1e-06 s of the target were used up\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "asked", "arguments"),
    [
        (
            "accuracy",
            "_measured",
            ("accuracy", "relu", "x*x", "abs(x)", "--dtype=float16", "--order=0", "--json"),
        ),
        ("plot", "_map", ("plot", "maps", "relu", "x*x", "abs(x)", "-o", "maps.json")),
        ("plot", "_graph", ("plot", "function", "relu", "x*x", "abs(x)", "-o", "maps.json")),
    ],
)
def test_a_target_that_takes_too_long_loses_no_other(page, asked, arguments, propcheck, tmp_path, monkeypatch):
    module = import_module(f"propcheck.cli.{page}")
    before = getattr(module, asked)

    def hanging(*given):
        return busy(1e6) if given[-1].name == "x*x" else before(*given)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, asked, hanging)
    status, out, err = propcheck(*arguments, "--time-limit", "3")
    assert (status, err) == (1, "propcheck: x*x: the 3 s of the target were used up\n")
    found = json.loads(out or (tmp_path / "maps.json").read_text())
    names = [one["activation"] for one in found]
    assert [name if isinstance(name, str) else name["name"] for name in names] == ["relu", "abs(x)"]


def test_of_a_phase_that_is_not_found_the_object_is_open(propcheck):
    status, out, _ = propcheck("phase", "relu", "--json", "--strict", "--time-limit", "0.000001")
    assert status == 3
    assert json.loads(out)["standing"] == "open"
    assert propcheck("phase", "relu", "--time-limit", "0.000001")[0] == 0


def test_a_lone_question_has_all_the_time():
    started = time.process_time()
    assert worker.asked(partial(busy, 0.7 * LIMIT), LIMIT) == "done"
    assert worker.asked(partial(busy, 5 * LIMIT), LIMIT) == Stopped("the 1 s of the target were used up")
    assert time.process_time() - started < 5 * LIMIT
    with pytest.raises(InputError, match="no"):
        worker.asked(refused, LIMIT)


def busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def refused():
    raise InputError("no")


CLOSED = """
import os, sys
from pathlib import Path
for number in map(int, sys.argv[2]):
    os.close(number)
import propcheck
found = propcheck.analyze("relu", time_limit=60)["monotonicity"]["value"]
seeds = propcheck.probe("relu", depth=2, width=4, batch=4, seeds=1, workers=1, only=["zero_mean"]).seeds
Path(sys.argv[1]).write_text(f"{found} {seeds}")
"""


@pytest.mark.parametrize("numbers", ["12", "012", "2"])
def test_children_work_where_streams_are_closed(tmp_path, numbers):
    subprocess.run([sys.executable, "-c", CLOSED, str(tmp_path / "out"), numbers], timeout=120)
    assert (tmp_path / "out").read_text() == "non-decreasing (0,)"
