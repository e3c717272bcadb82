"""The live page over real HTTP: what it answers, to whom, and what a formula may do to it without harm to the next."""

from __future__ import annotations

import base64
import hashlib
import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from pathlib import Path
from urllib.parse import urlencode

import pytest
from test_page import Reader

from propcheck import spec
from propcheck.criteria import NUMBERS
from propcheck.families import slider
from propcheck.report.page import hashed
from propcheck.serve import answers, still
from propcheck.serve.pool import Pool, _Line
from propcheck.serve.question import Question, read
from propcheck.serve.server import LONGEST, Server
from propcheck.spec import Parameter
from propcheck.verdict import InputError

LIMIT = 30.0  # of what is to end by itself
HASTE = 1.6  # of what is to be stopped
HANGING = "x*sin(exp(x))"  # the Gaussian moments are asked for until the time is up
LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the children are looked up in /proc")
SCRIPT = "<script>alert(1)</script>"


@contextmanager
def serving(pool):
    server = Server("127.0.0.1", 0, pool)
    pool.warm_up()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.end()
        thread.join()


@pytest.fixture(scope="module")
def server():
    with serving(Pool(LIMIT)) as made:
        yield made


@pytest.fixture(scope="module")
def hasty():
    with serving(Pool(HASTE)) as made:
        yield made


def send(server, path, method="GET", **headers):
    """Status, headers and body of one request; a header that is None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    for name, value in ({"Host": f"127.0.0.1:{server.server_port}"} | headers).items():
        if value is not None:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.headers, response.read().decode()


def address(path, formula, **params):
    """`with_` is the function that it is compared with, `to` a language."""
    names = {"with_": "with", "to": "to"}
    return f"{path}?{urlencode({'formula': formula} | {names.get(k, f'param.{k}'): v for k, v in params.items()})}"


def parts(server, path, formula, **params):
    """The parts of an answer, in the order in which they came."""
    status, _, body = send(server, address(path, formula, **params))
    assert status == 200
    *made, end = [json.loads(line) for line in body.splitlines()]
    assert end == {"end": ""}
    return made


def last(server, path, formula, **params):
    """All that the page shows in the end."""
    return {name: text for part in parts(server, path, formula, **params) for name, text in part.items()}


# ---------------------------------------------------------------------------------------------- answers


def test_a_formula_has_its_card_and_its_curves(server):
    made = last(server, "/facts", "x*tanh(exp(x))")
    card = Reader(made["card"])
    assert card.faults == [] and made["working"] == "" and made["sliders"] == ""
    assert (
        "x*tanh(exp(x))" in card.text and "none" in card.text and len(re.findall('class="verdict"', made["card"])) == 8
    )
    assert not card.links
    curves = Reader(last(server, "/curves", "x*tanh(exp(x))")["curves"])
    assert curves.faults == [] and len(curves.named("svg")) >= 2


def test_an_answer_that_was_given_lately_is_not_worked_out_again(server, monkeypatch):
    first = last(server, "/facts", "max(x, -3*x)")
    monkeypatch.setattr(Pool, "answers", lambda *asked: pytest.fail("asked again"))
    assert last(server, "/facts", "max(x, -3*x)") == first


def test_a_parameter_moves_the_verdicts(server):
    asked = "max(a*x, x)"
    dead, leaky = (last(server, "/facts", asked, a=a)["card"] for a in ("0", "1/4"))
    assert "P[g&#39;(z) = 0]</th><td>1/2" in dead and "P[g&#39;(z) = 0]</th><td>0<" in leaky


def test_a_name_of_the_catalogue_has_its_own_range_and_its_claims(server):
    made = last(server, "/facts", "leaky_relu", a="0.2", b="7")
    assert "0 &lt; a &lt; 1" in made["sliders"] and 'value="0.2"' in made["sliders"] and "Claims:" in made["card"]
    assert "outside its range 0 &lt; a &lt; 1" in last(server, "/facts", "leaky_relu", a="2")["fault"]


def test_two_functions_stand_side_by_side_and_what_differs_is_marked(server):
    made = last(server, "/beside", "a*max(x, 0)", a="2", with_="relu")
    table = Reader(made["beside"])
    assert table.faults == [] and "are not equal" in table.text and "stopped" not in made
    rows = re.findall(
        r'<tr( class="differing")?><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', made["beside"]
    )
    told = {name: (bool(mark), left, right) for mark, name, left, right in rows}
    assert told["Lipschitz constant"] == (True, "2", "1") and told["parity"] == (False, "none", "none")
    drawn = last(server, "/curves", "a*max(x, 0)", a="2", with_="relu")["curves"]
    assert 'class="beside"' in drawn and "dashed and coloured: ReLU" in drawn
    assert 'class="beside"' not in last(server, "/curves", "a*max(x, 0)", a="2")["curves"]
    for wrong in ("/etc/passwd", "specs/elu.toml", "x*geluu(x)", SCRIPT):
        said = last(server, "/beside", "relu", with_=wrong)
        assert list(said) == ["fault"] and "<script>" not in said["fault"]


def test_the_source_of_what_is_shown_is_there_to_copy(server):
    assert r"1 - \tanh^{2}(x)" in last(server, "/code", "tanh", to="latex")["code"]
    numpy = last(server, "/code", "a*tanh(x)", a="2", to="numpy")["code"]
    compile(numpy, "copied", "exec")
    assert "np.tanh" in numpy and "There is no code in cobol" in last(server, "/code", "relu", to="cobol")["code"]
    assert "fault" in last(server, "/code", "x*geluu(x)", to="c")


def test_the_page_opens_on_the_catalogue_in_pictures_and_an_example(server):
    _, _, body = send(server, "/")
    page = Reader(body)
    assert page.faults == [] and "A worked example" in page.text
    assert {f"?formula={name}" for name in spec.names()} <= {*page.links}
    gallery = Reader(last(server, "/gallery", "")["gallery"])
    assert gallery.faults == [] and len(gallery.named("polyline")) > 0.9 * len(spec.names())
    assert "A worked example" not in send(server, address("/", "tanh"))[2]


def test_the_page_finds_what_the_command_line_finds(server):
    from propcheck import analyze

    *_, found = server.recent.parts(answers.facts, Question("elu"), server.pool)
    told, by_command = json.loads(found["analysis"]), analyze("elu").to_json()
    for part in ("facts", "criteria"):
        assert json.dumps(told[part], sort_keys=True) == json.dumps(by_command[part], sort_keys=True)


FAULTS = {
    "a bracket": ("x*tanh(exp(x)", "never closed.*<pre>  x\\*tanh\\(exp\\(x\\)\n        \\^"),
    "an unknown function": ("x*geluu(x)", "unknown function.*\n    \\^"),
    "an unknown name": ("geluu", "did you mean gelu"),
    "code": ("__import__('os').system('true')", "__import__"),
    "a spec file": ("specs/elu.toml", "unknown|attribute|\\^|missing"),
    "a folder": ("./specs", "\\^"),
    "a file outside": ("/etc/passwd", "\\^"),
    "a home": ("~/x.toml", "\\^"),
    "nothing": (" ", "no formula yet"),
    "no real value": ("log(-1 - x**2)", "not a real number"),
    "a long text": ("x+" * 4999 + "x", "nested too deeply"),
    "a script": (SCRIPT, "&lt;script&gt;alert\\(1\\)&lt;/script&gt;"),
    "marks that turn the line": ("x*\u202egelu\x00", "column 3"),
}


@pytest.mark.parametrize(("formula", "said"), FAULTS.values(), ids=FAULTS)
def test_a_bad_formula_is_told_what_is_wrong_with_it_and_where(server, formula, said):
    made = last(server, "/facts", formula)
    assert list(made) == ["fault"] and re.search(said, made["fault"], re.DOTALL), made
    assert Reader(made["fault"]).faults == [] and "script" not in dict(Reader(made["fault"]).elements)
    assert list(last(server, "/curves", formula)) == ["fault"]


# ---------------------------------------------------------------------------------------------- the page


def test_the_page_works_without_its_script(server):
    status, headers, body = send(server, address("/", "a*tanh(x)", a="1/3"))
    page = Reader(body)
    assert status == 200 and page.faults == [] and len(set(page.ids)) == len(page.ids)
    fields = {field.get("name"): field["value"] for field in page.named("input") if field["type"] == "text"}
    assert fields == {"formula": "a*tanh(x)", "with": "", "param.a": "1/3"}
    assert page.named("form")[0]["method"] == "get" and "f-live" in page.ids and page.named("svg")
    assert {option["value"] for option in page.named("option")} == {*spec.names(), *NUMBERS}
    assert all(link.startswith(("?formula=", "#")) for link in page.links)


def test_the_page_says_what_the_browser_may_do_with_it(server):
    _, headers, body = send(server, "/")
    policy = headers["Content-Security-Policy"]
    for tag in ("script", "style"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", body, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ") and "connect-src 'self'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and "Set-Cookie" not in headers


@pytest.mark.parametrize("field", ["formula", "param.a", f"param.{SCRIPT}", SCRIPT])
@pytest.mark.parametrize("path", ["/", "/facts", "/curves"])
def test_a_text_in_the_address_is_never_markup(server, path, field):
    hostile = f"\"'>{SCRIPT}"
    _, headers, body = send(server, f"{path}?{urlencode({'formula': 'a*x', field: hostile})}")
    if path == "/":
        page = Reader(body)
        assert page.faults == [] and len(page.named("script")) == 1 and "alert" not in page.inside["script"]
    else:
        assert headers["Content-Type"].startswith("application/x-ndjson") and SCRIPT not in body


# ---------------------------------------------------------------------------------------------- who is answered

OWN = "127.0.0.1:{port}"
REQUESTS = {
    "its address": (200, {}, {}),
    "its name": (200, {"Host": "localhost:{port}"}, {}),
    "a name that was pointed here": (403, {"Host": "evil.example:{port}"}, {}),
    "another port": (403, {"Host": "127.0.0.1:1"}, {}),
    "no port": (403, {"Host": "127.0.0.1"}, {}),
    "no name": (403, {"Host": None}, {}),
    "a broken name": (403, {"Host": "[::1"}, {}),
    "its own page": (200, {"Origin": f"http://{OWN}", "Sec_Fetch_Site": "same-origin"}, {}),
    "a page elsewhere": (403, {"Origin": "http://evil.example"}, {}),
    "a page without origin": (403, {"Origin": "null"}, {}),
    "an image elsewhere": (403, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, {"path": "/facts"}),
    "a link elsewhere": (200, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, {}),
    "a link to an answer": (403, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, {"path": "/facts"}),
    "another method": (405, {}, {"method": "POST"}),
    "no body": (405, {}, {"method": "HEAD"}),
    "another path": (404, {}, {"path": "/../../etc/passwd"}),
    "a long address": (414, {}, {"path": "/?formula=" + "x" * LONGEST}),
    "a longer address": (414, {}, {"path": "/?formula=" + "x" * 100_000}),
    "many fields": (400, {}, {"path": "/facts?" + "a=1&" * 1000}),
}


@pytest.mark.parametrize(("status", "headers", "request_"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_answered_where_it_is_from_here(server, status, headers, request_):
    filled = {name: value and value.format(port=server.server_port) for name, value in headers.items()}
    found, sent, body = send(server, **{"path": "/"} | request_, **filled)
    assert found == status
    if status != 200:
        assert sent["Content-Type"].startswith("text/plain") and "Content-Security-Policy" in sent


def test_a_server_on_every_address_is_called_by_numbers_alone():
    server = Server("0.0.0.0", 0, Pool(LIMIT))
    try:
        port = server.server_port
        assert server.is_own(f"192.0.2.7:{port}") and server.is_own(f"[2001:db8::1]:{port}")
        assert not server.is_own(f"evil.example:{port}")
    finally:
        server.end()


# ---------------------------------------------------------------------------------------------- harm


def test_a_hanging_formula_comes_back_as_open_while_others_are_answered(hasty):
    came = []
    thread = threading.Thread(target=lambda: came.extend(parts(hasty, "/facts", HANGING)))
    thread.start()
    time.sleep(0.5)
    assert "ReLU" in last(hasty, "/curves", "relu")["curves"] and thread.is_alive()
    thread.join()
    shown = [part for part in came if "card" in part]
    assert len(shown) > 1 and all(part["working"] and "still being worked on" in part["card"] for part in shown[:-1])
    assert shown[-1]["working"] == "" and "of the target were used up" in shown[-1]["card"] and shown[-1]["stopped"]
    assert "card" in last(hasty, "/facts", "max(x, 0)")


def children():
    """The children at work; multiprocessing's own list must not be asked beside the threads of the server."""
    origin = forkserver._forkserver._forkserver_pid
    return Path(f"/proc/{origin}/task/{origin}/children").read_text().split()


def eventually(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@LINUX
def test_a_worker_that_is_killed_costs_its_own_answer_and_no_other(hasty):
    came = {}
    thread = threading.Thread(target=lambda: came.update(last(hasty, "/facts", f"3*{HANGING}")))
    thread.start()
    seen, killed = {}, set()
    while thread.is_alive():
        for child in set(children()) - killed:
            if time.monotonic() - seen.setdefault(child, time.monotonic()) > 0.5:
                os.kill(int(child), signal.SIGKILL)
                killed.add(child)
        time.sleep(0.02)
    assert killed and came["stopped"] and "the process was killed" in came["card"]
    assert "card" in last(hasty, "/facts", "max(x, 1)")


def test_a_formula_that_wants_more_memory_than_there_is_comes_back_as_open():
    formula = "tanh(x) + x/64"  # of which nothing is kept
    with serving(Pool(LIMIT, memory=1 << 26)) as small:
        made = last(small, "/facts", formula)
        assert made["stopped"] and len(re.findall('class="badge ', made["card"])) == 8
        # What the process had at hand before it was limited may be enough for a picture.
        drawn = last(small, "/curves", formula)["curves"]
        assert "There is no curve" in drawn or "<svg" in drawn


@LINUX
def test_a_reader_who_leaves_ends_the_work(server):
    assert eventually(lambda: not children())
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("GET", address("/facts", f"5*{HANGING}"))
    assert eventually(children)
    connection.close()
    assert eventually(lambda: not children(), LIMIT / 2)


def test_ten_at_once_are_all_answered(server):
    came = {}

    def one(place):
        formula = f"max({place}*x, x)"
        came[place] = last(server, "/facts", formula)["card"], last(server, "/curves", formula)["curves"]

    threads = [threading.Thread(target=one, args=(place,)) for place in range(2, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came) == 10
    for place, (card, curves) in came.items():
        assert f"max({place}*x, x)" in card and "<svg" in curves


# ---------------------------------------------------------------------------------------------- parts


def idle(server, said=b""):
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=30)
    connection.sendall(said)
    return connection


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n", b"\x00"], ids=["nothing", "a part", "no request"])
def test_who_says_nothing_keeps_nobody_out(server, said):
    threads = threading.active_count()
    guests = [idle(server, said) for _ in range(200)]
    assert send(server, "/")[0] == 200
    assert threading.active_count() <= threads + 2
    for guest in guests:
        guest.close()


def test_who_says_nothing_for_long_or_little_at_a_time_is_shown_out(server, monkeypatch):
    monkeypatch.setattr("propcheck.serve.server.PATIENCE", 1.0)
    silent, slow = idle(server), idle(server)
    for character in b"GET / HTTP/1.1":
        with suppress(OSError):
            slow.send(bytes([character]))
        time.sleep(0.15)
    for guest in (silent, slow):
        with suppress(ConnectionResetError):
            assert guest.recv(100) == b""
        guest.close()


def test_a_request_may_come_in_parts_and_a_head_that_does_not_end_is_refused(server):
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode()
    with idle(server) as guest:
        for start in range(0, len(head), 7):
            guest.sendall(head[start : start + 7])
        assert guest.recv(100).startswith(b"HTTP/1.0 200 ")
    with idle(server) as guest:
        with suppress(OSError):
            guest.sendall(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 60_000)
        with suppress(ConnectionResetError):
            assert b"200" not in guest.recv(100)
    assert send(server, "/")[0] == 200


def test_who_is_quick_comes_before_who_is_patient_and_has_a_place_more():
    line = _Line(1)
    patient, late = line.join(False), line.join(False)
    quick, last_ = line.join(True), line.join(True)
    called = [place.called.is_set() for place in (patient, late, quick, last_)]
    assert called == [True, False, True, False]
    line.leave(patient)
    assert last_.called.is_set() and not late.called.is_set()
    line.leave(quick)
    assert late.called.is_set()
    waiting = line.join(True), line.join(True)
    line.leave(waiting[1])
    line.leave(late)
    assert waiting[0].called.is_set()


def test_no_more_answers_are_remembered_than_there_is_room_for():
    recent, asked = answers.Recent(2), []

    def answer(question, pool):
        asked.append(question.formula)
        yield {"card": question.formula} | ({"stopped": "x"} if question.formula == "c" else {})

    for formula in "aabaccdb":
        (part,) = recent.parts(answer, Question(formula), Pool(1))
        assert part["card"] == formula
    assert asked == ["a", "b", "c", "c", "d", "b"]


SLIDERS = {
    "no range": ((None, "1"), ("-5", "5", "0.1")),
    "a closed range": (("0 <= a and a <= 1", "1/4"), ("0", "1", "0.01")),
    "an open range": (("0 < a < 1", "1/4"), ("0.01", "0.99", "0.01")),
    "no end": (("a >= 0", "1"), ("0", "5", "0.05")),
    "no end and none at 0": (("a > 0", "1"), ("0.05", "5", "0.05")),
    "no beginning": (("a < -10", "-12"), ("-34", "-10.2", "0.2")),
    "a value far out": ((None, "1000"), ("-2000", "2000", "20")),
}


@pytest.mark.parametrize(("parameter", "expected"), SLIDERS.values(), ids=SLIDERS)
def test_a_slider_stays_in_the_range_and_reaches_the_value(parameter, expected):
    made = slider.of(Parameter("a", "constant", parameter[1], parameter[0]))
    assert (made["low"], made["high"], made["step"]) == expected
    assert float(made["low"]) <= float(made["at"]) <= float(made["high"])


@pytest.mark.parametrize("entry", spec.index(), ids=lambda entry: entry.name)
def test_each_parameter_of_the_catalogue_has_a_slider_that_it_admits(entry):
    for parameter in spec.find(entry.name).parameters:
        if parameter.role != "random":
            made = slider.of(parameter)
            assert all(parameter.admits(spec.constant(made[end])) for end in ("low", "high"))


def test_a_question_is_read_from_an_address_and_written_into_one():
    question = read("formula=a*tanh%28b*x%29&param.b=2&param.a=1%2F3&param.c=+&other=1")
    assert question == Question("a*tanh(b*x)", (("a", "1/3"), ("b", "2"))) == read(question.query())
    with pytest.raises(InputError, match="more than 200 characters"):
        read(f"formula=a*x&param.a={'1' * 201}")


def test_the_track_of_a_slider_comes_in_parts_and_does_not_depend_on_its_value(server):
    asked = "/track?formula=leaky_relu&over.a=0.1:0.9"
    *made, end = [json.loads(line) for line in send(server, asked)[2].splitlines()]
    assert end == {"end": ""} and len(made) > 1
    tracks = json.loads(made[-1]["track"])
    assert set(tracks) == set(NUMBERS) and 'class="strip partly"' in tracks["zero_mean"]
    assert "Verdicts along a" in made[-1]["along"] and "Verdicts along a" in made[0]["along"]
    started = time.monotonic()
    again = send(server, f"{asked}&param.a=0.3")[2].splitlines()
    assert len(again) == 2 and json.loads(again[0])["track"] == made[-1]["track"]
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("formula=elu", "over.a=0:5"),
        ("formula=elu&over.a=5:1", "reversed"),
        ("formula=elu&over.q=0:1", "no parameter"),
        ("formula=sin(&over.q=0:1", "sin("),
        (f"formula=a*x&over.a={SCRIPT}", "script"),
    ],
)
def test_a_track_that_cannot_be_shown_is_a_sentence(server, asked, said):
    status, _, body = send(server, f"/track?{asked.replace('<', '%3C').replace('>', '%3E')}")
    made = json.loads(body.splitlines()[0])
    assert status == 200 and said in made["fault"] and "<script" not in made["fault"]


# ---------------------------------------------------------------------------------------------- a copy without a server


def test_a_copy_keeps_the_answers_of_the_server_at_each_place_of_its_slider(server, monkeypatch):
    monkeypatch.setattr(still, "STEPS", 2)
    made = still.copy(["leaky_relu"], "relu", {"Elsewhere": "index.html"})
    assert (
        Reader(made).faults == []
        and 'href="index.html"' in made
        and "//" not in re.sub(r"<script.*?</script>", "", made, flags=re.S)
    )
    data = json.loads(re.search(r'<script type="application/json" id="kept">(.*?)</script>', made)[1])

    def told(question, part):
        return "\n".join(data["lines"][line] for line in data["answers"][question][part])

    values = ["0.01", "0.5"]
    asked = [Question("leaky_relu", params, other) for params in ((), *((("a", one),) for one in values))
             for other in ("", "relu")]  # fmt: skip
    assert data["answers"].keys() == {question.query() for question in asked}
    for question in ("formula=leaky_relu&param.a=0.5", "formula=leaky_relu"):
        status, _, body = send(server, f"/facts?{question}")
        assert status == 200 and told(question, "card") == json.loads(body.splitlines()[-2])["card"]
        pair = f"{question}&with=relu"
        assert told(pair, "curves") == json.loads(send(server, f"/curves?{pair}")[2].splitlines()[0])["curves"]
        assert "Leaky ReLU beside ReLU" in told(pair, "beside")
        assert 'type="range" min="0.5" max="0.5"' in told(question, "sliders") and "readonly" in told(
            question, "sliders"
        )
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', made)[1])
    for tag in ("script", "style"):
        assert hashed(made.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]) in policy
    assert "connect-src" not in policy and policy.startswith("default-src 'none'")


# ---------------------------------------------------------------------------------------------- the command


@LINUX
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_nothing_outlives_a_server_that_is_told_to_end(name):
    number = getattr(signal, name)
    program = [sys.executable, "-m", "propcheck", "serve", "--port", "0"]
    run = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stderr is not None
    port = int(run.stdout.readline().rstrip("/\n").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address("/facts", HANGING))
    connection.getresponse().readline()
    below = descendants(run.pid)
    assert len(below) > 2  # the server of forks and the tracker of resources, and a child at work
    run.send_signal(number)
    assert run.wait(60) == 128 + number and run.stderr.read() == ""
    assert eventually(lambda: not any(map(is_alive, below)))


def descendants(origin):
    """The processes that a process has started, and those that these have."""
    text = "".join(path.read_text() for path in Path(f"/proc/{origin}/task").glob("*/children"))
    return [found for child in text.split() for found in (child, *descendants(child))]


def is_alive(process):
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_the_command_prints_where_the_page_is_and_ends_by_an_interrupt(propcheck):
    program = [sys.executable, "-m", "propcheck", "serve", "--port", "0"]
    run = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    url = run.stdout.readline().strip()
    port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", url)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address("/facts", HANGING))
    connection.getresponse().readline()
    status, _, message = propcheck("serve", "--port", str(port))
    assert status == 2 and "give another with --port" in message
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130 and run.stderr is not None and run.stderr.read() == ""
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)


@pytest.mark.parametrize(
    "arguments", [("--port", "99999"), ("--time-limit", "0"), ("--host", "no.such.host.invalid"), ("--host", "")]
)
def test_the_command_refuses_what_it_cannot_use(propcheck, arguments):
    status, out, message = propcheck("serve", *arguments)
    assert status == 2 and out == "" and message.startswith("propcheck: ")
