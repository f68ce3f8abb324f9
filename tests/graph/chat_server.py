"""An OpenAI-compatible server on loopback whose model says what it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Chat(NamedTuple):
    """Its address, and the requests it got."""

    url: str
    asked: list[dict[str, Any]]


@contextmanager
def chat_server(*messages: dict[str, Any], status: int = 200) -> Iterator[Chat]:
    """Reply with these assistant messages in order, or always with an error status."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            message = {"role": "assistant", "content": None, **messages[min(len(asked), len(messages)) - 1]}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
            failure = {"error": {"message": "key sk-secret is wrong"}}
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body if status == 200 else failure).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Chat(f"http://127.0.0.1:{server.server_address[1]}/v1", asked)
        finally:
            server.shutdown()
            thread.join()
