"""The live page over HTTP, for the people at this computer.

A page elsewhere must neither read the answers nor have work done. So the server answers GET alone, to its own names
(a name that somebody pointed at this address is none of them), and to no request that another site's page sent.

A connection waits in the hall until its whole request is there, and takes no thread and no room till then. Whoever says
nothing for long is shown out, and where the hall is full, so is the one who has waited longest.
"""

from __future__ import annotations

import io
import ipaddress
import json
import select
import selectors
import socket
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from propcheck.serve import answers, page
from propcheck.serve.pool import Pool
from propcheck.serve.question import Question, read
from propcheck.verdict import InputError

LONGEST = 40_000  # characters of an address: a formula of the longest kind, written in percent signs
LONGEST_HEAD = LONGEST + 64_000  # bytes of a request
PATIENCE = 10  # seconds for a request to arrive, and for a reader to take what is sent
MOST = 64  # requests at once
WAITING = 96  # connections that have sent no whole request yet
SHOWN = ("/facts", "/curves", "/beside")  # what a page shows of a question
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(HTTPServer):
    """The server on one address; `recent` are the answers it remembers."""

    allow_reuse_address = sys.platform != "win32"  # there it would share the port with another program
    request_queue_size = 128

    def __init__(self, host: str, port: int, pool: Pool):
        self.pool = pool
        self.recent = answers.Recent()
        self.answers = {  # what is answered, and of what of a question it depends
            "/facts": (answers.facts, Question.alone.fget),
            "/curves": (answers.curves, Question.pair.fget),
            "/beside": (self.recent.beside, Question.pair.fget),
            "/track": (answers.track, Question.tracked.fget),
            "/code": (answers.code, lambda question: question),
            "/gallery": (answers.gallery, lambda question: Question("")),
        }
        self.ending = threading.Event()
        self.room = threading.BoundedSemaphore(MOST)
        self.host = host
        if not host.strip():
            raise InputError("--host is empty; give an address of this computer, such as 127.0.0.1")
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"port {port} of {host} cannot be listened on: {reason}; give another with --port, 0 for any free one,"
                " or another address with --host"
            ) from None
        self.hall = _Hall(self._admit)  # its thread is for a server that listens

    def server_bind(self) -> None:
        """Binds, and asks no name service what this computer is called."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address))
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.host, self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.server_port}/"

    def is_own(self, name: str | None) -> bool:
        """Is this what a browser calls this server, host and port?"""
        try:
            parts = urlsplit(f"//{name or ''}")
            host, port = (parts.hostname or "").lower(), parts.port or 80
        except ValueError:
            return False
        return port == self.server_port and (host in _LOOPBACK or host == self.host.lower() or self._is_wide(host))

    def _is_wide(self, host: str) -> bool:
        """Does the server listen on every address of this computer, and is this one? A number is nobody's name."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified and bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    def process_request(self, request: Any, client_address: Any) -> None:
        """Has the connection wait for its request."""
        self.hall.enter(request, client_address)

    def _admit(self, connection: socket.socket, address: Any, head: bytes) -> None:
        """Answers a request that has arrived, in a thread of its own where there is room."""
        if self.room.acquire(blocking=False):
            try:
                threading.Thread(target=self._answer, args=(connection, address, head), daemon=True).start()
                return
            except RuntimeError:  # the system has no thread more
                self.room.release()
        with suppress(OSError):
            _Handler(connection, address, self)
        self.shutdown_request(connection)

    def _answer(self, connection: socket.socket, address: Any, head: bytes) -> None:
        try:
            _Handler(connection, address, self, head)
        except Exception:
            self.handle_error(connection, address)
        finally:
            self.shutdown_request(connection)
            self.room.release()

    def end(self) -> None:
        """Stops what is at work."""
        self.ending.set()
        self.server_close()
        self.hall.close()
        for _ in range(MOST):
            if not self.room.acquire(timeout=1):
                break

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):  # a reader that left
            print(f"propcheck: a request could not be answered: {type(error).__name__}: {error}", file=sys.stderr)


class _Hall:
    """Connections whose requests are arriving; `admit` gets each with its address and what it said, when all is there.

    One thread serves them all.
    """

    def __init__(self, admit: Callable[[socket.socket, Any, bytes], None]):
        self._admit = admit
        self._waiting: OrderedDict[socket.socket, _Guest] = OrderedDict()  # who came first is first
        self._selector = selectors.DefaultSelector()
        self._entering: deque[tuple[socket.socket, Any]] = deque()
        self._bell, self._button = socket.socketpair()
        self._closed = False
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def enter(self, connection: socket.socket, address: Any) -> None:
        self._entering.append((connection, address))
        self._ring()

    def close(self) -> None:
        """Shows everybody out."""
        self._closed = True
        self._ring()
        self._thread.join()

    def _ring(self) -> None:
        with suppress(OSError):
            self._button.send(b".")

    def _run(self) -> None:
        while not self._closed:
            oldest = next(iter(self._waiting.values()), None)
            for key, _ in self._selector.select(None if oldest is None else max(0.0, oldest.end - time.monotonic())):
                if key.fileobj is self._bell:
                    self._bell.recv(4096)
                else:
                    self._listen(cast(socket.socket, key.fileobj))
            while self._entering:
                self._seat(*self._entering.popleft())
            now = time.monotonic()
            for connection in [one for one, guest in self._waiting.items() if guest.end <= now]:
                self._show_out(connection)
        for connection in [*self._waiting]:
            self._show_out(connection)
        for connection in (*(connection for connection, _ in self._entering), self._bell, self._button):
            connection.close()
        self._selector.close()

    def _seat(self, connection: socket.socket, address: Any) -> None:
        if len(self._waiting) >= WAITING:
            self._show_out(next(iter(self._waiting)))
        connection.setblocking(False)
        self._waiting[connection] = _Guest(address, time.monotonic() + PATIENCE)
        self._selector.register(connection, selectors.EVENT_READ)

    def _listen(self, connection: socket.socket) -> None:
        """Takes what has come; when it is a whole request, or more than one may be, the guest is admitted."""
        guest = self._waiting[connection]
        try:
            came = connection.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        guest.said += came
        whole = any(end in guest.said for end in (b"\r\n\r\n", b"\n\n", b"\n\r\n"))
        if not (came or guest.said):
            self._show_out(connection)
        elif not came or whole or len(guest.said) > LONGEST_HEAD:
            self._selector.unregister(connection)
            del self._waiting[connection]
            self._admit(connection, guest.address, bytes(guest.said))

    def _show_out(self, connection: socket.socket) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection)
        self._waiting.pop(connection, None)
        connection.close()


@dataclass
class _Guest:
    """Who is in the hall: from where, until when, and what was said."""

    address: Any
    end: float
    said: bytearray = field(default_factory=bytearray)


class _Handler(BaseHTTPRequestHandler):
    """Answers one request, whose bytes are there; where none are, there is no room for it."""

    server: Server
    timeout = PATIENCE
    server_version, sys_version = "propcheck", ""

    def __init__(self, connection: socket.socket, address: Any, server: Server, head: bytes = b""):
        self.head = head
        super().__init__(connection, address, server)

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(io.BytesIO(self.head))  # type: ignore[arg-type]

    def handle(self) -> None:
        if self.head:
            super().handle()
        else:
            self.requestline = self.request_version = self.command = ""
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "there are too many requests; try again")

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if len(self.path) > LONGEST:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG, f"an address has at most {LONGEST} characters")
        elif not self.server.is_own(self.headers.get("Host")):
            self.send_error(HTTPStatus.FORBIDDEN, f"this server is {self.server.url}, and has no other name")
        elif self._is_from_elsewhere(path):
            self.send_error(HTTPStatus.FORBIDDEN, "pages elsewhere may link to this one, and ask nothing of it")
        elif path == "/":
            self._page(query)
        elif path in self.server.answers:
            self._answer(path, query)
        else:
            self.send_error(HTTPStatus.NOT_FOUND, "there is nothing here; the page is at /")

    def _is_from_elsewhere(self, path: str) -> bool:
        """Did a page of another site send this? A link that somebody follows there is another matter."""
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site")
        if origin is not None and not (origin.startswith("http://") and self.server.is_own(origin[7:])):
            return True
        linked = path == "/" and self.headers.get("Sec-Fetch-Mode") == "navigate"
        return site not in (None, "same-origin", "none") and not linked

    def _page(self, query: str) -> None:
        """The whole page, with the answer where a question is asked."""
        given: dict[str, str] = {}
        question = Question("")
        try:
            question = read(query)
            for path in SHOWN if question.formula else ():
                for part in self._parts(path, question) if question.other or path != "/beside" else ():
                    given.update(part)
        except InputError as refusal:
            given["fault"] = page.fault(str(refusal))
        self._head("text/html; charset=utf-8")
        self.wfile.write(page.whole(question, given).encode("utf-8", "xmlcharrefreplace"))

    def _answer(self, path: str, query: str) -> None:
        """An answer as it is found, a JSON object a line; the last one has an `end`."""
        try:
            question = read(query)
        except InputError as refusal:
            self.send_error(HTTPStatus.BAD_REQUEST, str(refusal))
            return
        self._head("application/x-ndjson; charset=utf-8")
        for part in self._parts(path, question):
            if part:
                self._say({name: text for name, text in part.items() if name != "analysis"})
        self._say({"end": ""})

    def _parts(self, path: str, question: Question) -> Iterator[Mapping[str, str]]:
        """The parts of an answer, as long as somebody reads them."""
        answer, of = self.server.answers[path]
        with closing(self.server.recent.parts(answer, of(question), self.server.pool)) as parts:
            for part in parts:
                if self.server.ending.is_set() or self._has_left():
                    raise ConnectionAbortedError
                yield part

    def _has_left(self) -> bool:
        """Has the reader closed the connection?"""
        with suppress(ValueError):
            if select.select([self.connection], [], [], 0)[0]:
                return not self.connection.recv(1, socket.MSG_PEEK)
        return False

    def _say(self, part: Mapping[str, str]) -> None:
        self.wfile.write(json.dumps(part).encode() + b"\n")

    def _head(self, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Security-Policy": page.policy(), "Connection": "close", **_HEADERS}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A sentence as plain text. A method other than GET is none that the server has."""
        status = HTTPStatus(code)
        if status == HTTPStatus.NOT_IMPLEMENTED:
            status, message = HTTPStatus.METHOD_NOT_ALLOWED, "this server answers GET alone"
        self.close_connection = True
        with suppress(OSError):
            self._head("text/plain; charset=utf-8", status)
            self.wfile.write(f"{message or status.phrase}\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what people ask is theirs."""
