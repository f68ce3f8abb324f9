"""A server on loopback that answers as the API of an observability server documents."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request: its path, its query, its body and its headers in lower case."""

    path: str
    query: dict[str, list[str]]
    body: dict[str, Any]
    headers: dict[str, str]


class Status(NamedTuple):
    """An answer that is none; status 0 cuts the connection within the answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Asked], Any]
"""A JSON value, or a `Status`, for a request."""


class Served(NamedTuple):
    """Its address, and what it was asked."""

    url: str
    asked: list[Asked]

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [each.path for each in self.asked]


@contextmanager
def serving(answer: Answer) -> Iterator[Served]:
    """A server in a thread."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.append(Asked(split.path, parse_qs(split.query), json.loads(body or b"{}"), headers))
            given = answer(asked[-1])
            status, extra = given if isinstance(given, Status) else (200, ())
            text = b'{"error": "no"}' if isinstance(given, Status) else json.dumps(given).encode()
            self.send_response(status or 200)
            for name, value in extra:
                self.send_header(name, value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text if status else text[:3])

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
