"""An OTLP/HTTP server: takes batches of spans and log records, and says so once they are on the disk."""

import hmac
import math
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from trace2skill.collector.body import Pending, Share, read_body
from trace2skill.collector.otlp import (
    JSON,
    KINDS,
    PROTOBUF,
    RECORDS,
    SIGNALS,
    TRACES,
    Batch,
    RefusedError,
    accepted,
    read_batch,
    refused,
)

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LINGER = 1.0
"""Seconds for which a refused client may go on sending before the connection is cut, so that it reads why."""
GRACE = 5.0
"""Seconds that requests under way have when the server stops."""
DISK_RETRY = 5
TURNED_AWAY = 16
"""Connections beyond the limit that are answered at a time."""
Keep = Callable[[Batch], None]


@dataclass(frozen=True)
class Limits:
    """What clients may take up.

    Attributes:
        max_body: Bytes of one request, packed or unpacked.
        max_pending: Bytes of all requests that are being taken.
        max_connections: Connections at a time.
        timeout: Seconds for one request, from the end of the one before it to its answer.
    """

    max_body: int = 16_000_000
    max_pending: int = 64_000_000
    max_connections: int = 64
    timeout: float = 30.0


@dataclass
class Watch:
    """A connection, when it is cut, and whether a request is under way on it."""

    connection: socket.socket
    deadline: float
    busy: bool = field(default=False)

    def cut(self) -> None:
        """End it, also for a thread that waits for it."""
        with suppress(OSError):  # the client was quicker
            self.connection.shutdown(socket.SHUT_RDWR)


class CollectorServer(ThreadingHTTPServer):
    """Listens from the moment it is made.

    Args:
        address: Host and port; port 0 is any free one.
        keep: Writes a batch; when it returns, the batch is acknowledged. It raises OSError if it cannot.
        limits: What clients may take up.
        token: What clients show as `Authorization: Bearer TOKEN`; none if empty.

    Raises:
        OSError: The address cannot be listened on.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], keep: Keep, limits: Limits, token: str = "") -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.limits = limits
        self.pending = Pending(limits.max_pending)
        self.counts: Counter[str] = Counter()
        self._keep = keep
        self._token = token.encode()
        self._slots = threading.BoundedSemaphore(limits.max_connections)
        self._doors = threading.BoundedSemaphore(TURNED_AWAY)
        self._watches: dict[int, Watch] = {}
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def keep(self, batch: Batch) -> None:
        """Write a batch.

        Raises:
            RefusedError: It cannot be written now.
        """
        if batch.count:
            try:
                self._keep(batch)
            except OSError as error:
                told = f"the batch cannot be written ({error.strerror or error})"
                raise RefusedError(503, told, retry_after=DISK_RETRY) from error
        self.count("requests")
        self.count(batch.signal.what, batch.count)
        if batch.passed_over:
            self.count("log records passed over", batch.passed_over)

    def count(self, what: str, number: int = 1) -> None:
        """Add to `counts`."""
        with self._lock:
            self.counts[what] += number

    def admits(self, authorization: str) -> bool:
        """Whether a client showed the token, or none is asked for."""
        scheme, _, shown = authorization.strip().partition(" ")
        fits = hmac.compare_digest(shown.strip().encode(), self._token)
        return not self._token or (fits and scheme.lower() == "bearer")

    def watch(self, connection: socket.socket) -> Watch:
        """Begin the time that a connection has for its next request."""
        watch = Watch(connection, time.monotonic() + self.limits.timeout)
        with self._lock:
            self._watches[id(connection)] = watch
        return watch

    def service_actions(self) -> None:
        """Cut the connections whose time is over."""
        now = time.monotonic()
        with self._lock:
            late = [watch for watch in self._watches.values() if watch.deadline <= now]
        for watch in late:
            watch.deadline = math.inf
            watch.cut()
            self.count("cut off" if watch.busy else "idle")

    def stop(self) -> None:
        """End `serve_forever`, cut what is idle, let requests under way end within `GRACE`, and close."""
        self.shutdown()
        self.socket.close()
        ends = time.monotonic() + GRACE
        while watches := self._watched():
            for watch in watches:
                if not watch.busy or time.monotonic() >= ends:
                    watch.cut()
            time.sleep(0.01)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base has it
        """Answer on a thread, or 503 at once where there are too many connections."""
        if not self._slots.acquire(blocking=False):
            self.count("refused with 503")
            self._turn_away(request)
            return
        self.watch(request)
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._unwatch(request)
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer the requests of a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._unwatch(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A client that went away or was cut off is no error of ours; everything else is told."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def _turn_away(self, request: socket.socket) -> None:
        """Answer 503, on a thread so that nobody waits; beyond `TURNED_AWAY` of them without an answer."""
        if not self._doors.acquire(blocking=False):
            self.shutdown_request(request)
            return

        def answer() -> None:
            try:
                with suppress(OSError):
                    request.settimeout(LINGER)
                    request.sendall(BUSY)
                    drain(request)
                self.shutdown_request(request)
            finally:
                self._doors.release()

        threading.Thread(target=answer, name="turned away", daemon=True).start()

    def _watched(self) -> list[Watch]:
        with self._lock:
            return list(self._watches.values())

    def _unwatch(self, request: socket.socket) -> None:
        with self._lock:
            self._watches.pop(id(request), None)
        self._slots.release()


def drain(connection: socket.socket) -> None:
    """Send no more, and read on until the client has closed, for `LINGER` seconds at most.

    A connection that is closed on unread data is reset, and the client may never read the answer.

    Raises:
        OSError: The client is gone.
    """
    ends = time.monotonic() + LINGER
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(LINGER)
    while time.monotonic() < ends and connection.recv(1 << 16):
        pass


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "trace2skill"
    sys_version = ""
    disable_nagle_algorithm = True  # else an answer waits 40 ms for the client to confirm its headers
    server: CollectorServer

    def handle_one_request(self) -> None:
        """Wait for a request and answer it."""
        self._watch = self.server.watch(self.connection)
        self._read = False
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read the headers."""
        self._watch.busy = True
        return super().parse_request()

    def do_GET(self) -> None:
        """Say what is taken."""
        self._refuse(RefusedError(405, f"traces are sent by POST to {TRACES.path}, logs to {RECORDS.path}"))

    do_PUT = do_GET  # noqa: N815 - the base's naming
    do_DELETE = do_GET  # noqa: N815
    do_OPTIONS = do_GET  # noqa: N815

    def do_POST(self) -> None:
        """Take a batch, and acknowledge it once it is written."""
        try:
            with self.server.pending.share() as share:
                batch = self._batch(share)
                self.server.keep(batch)
        except RefusedError as refusal:
            self._refuse(refusal)
        else:
            self._answer(200, accepted(batch, self._kind))

    def _batch(self, share: Share) -> Batch:
        if not self.server.admits(self.headers.get("Authorization", "")):
            raise RefusedError(401, "send the collector's token as the header Authorization: Bearer TOKEN")
        if "Origin" in self.headers:  # a page in somebody's browser may not write here
            raise RefusedError(403, "requests of web pages are not taken")
        signal = SIGNALS.get(self.path.partition("?")[0])
        if signal is None:
            told = f"only {' and '.join(SIGNALS)} are taken; set OTEL_METRICS_EXPORTER to none"
            raise RefusedError(404, told)
        if self._kind not in KINDS:
            raise RefusedError(415, f"the Content-Type is neither {JSON} nor {PROTOBUF}")
        body = read_body(self.rfile, self.headers, self.server.limits.max_body, share)
        self._read = True
        return read_batch(body, self._kind, signal)

    @property
    def _kind(self) -> str:
        return str(self.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    def _refuse(self, refusal: RefusedError) -> None:
        self.server.count(f"refused with {refusal.status}")
        self.close_connection = self.close_connection or not self._read
        body = refused(refusal.message, self._kind)
        self._answer(refusal.status, body, refusal.retry_after)
        if not self._read:
            with suppress(OSError):
                drain(self.connection)

    def _answer(self, status: int, body: bytes, retry_after: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", PROTOBUF if self._kind == PROTOBUF else JSON)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (("Retry-After", retry_after), ("Allow", "POST" if status == 405 else None)):
            if value is not None:
                self.send_header(name, str(value))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the command tells counts."""
