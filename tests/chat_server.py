"""An OpenAI-compatible chat server on loopback that answers, or fails, as it is told to.

`python -m tests.chat_server --delay 0.25 --fault 500 --every 10` runs one for measurements; the address is
its first line. `--analyst` answers a distil run by its prompts, `--log FILE` writes what came and what went.
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests import scripted_analyst

Asked = dict[str, Any]
"""The body of a request."""


class Reply(NamedTuple):
    """What goes back: after `delay` seconds, and only the first half of it when `cut`."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    cut: bool = False


Script = Callable[[int, Asked], Reply]
"""What to reply to the request of this number, counted from 0."""

Log = Callable[[dict[str, Any]], None]
"""Told of each request, and of each reply: whether it went out whole to someone who was still there."""


class Chat(NamedTuple):
    """Its address, the requests it got with their heads, and how many it held at once at most."""

    url: str
    asked: list[Asked]
    peak: list[int]
    heads: list[str]


def said(message: Asked, asked: Asked | None = None, *, finish: str = "stop") -> Reply:
    """An assistant's message; a word is a token."""
    prompt = sum(len(str(each.get("content")).split()) for each in (asked or {}).get("messages", []))
    completion = len(str(message.get("content") or message.get("tool_calls")).split())
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": None, **message},
        "finish_reason": finish,
    }
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Reply(json.dumps({**body, "usage": usage}).encode())


def answered(value: object, asked: Asked) -> Reply:
    """A JSON value, by the tool that was asked for, or as text."""
    text = json.dumps(value)
    if not asked.get("tools"):
        return said({"content": text}, asked)
    function = {"name": asked["tools"][0]["function"]["name"], "arguments": text}
    return said({"tool_calls": [{"id": "1", "type": "function", "function": function}]}, asked)


def refused(status: int, message: str, *, code: str | None = None, after: str | None = None) -> Reply:
    """An error status, with an error's body."""
    headers = (("retry-after", after),) if after else ()
    return Reply(json.dumps({"error": {"message": message, "code": code}}).encode(), status, headers)


LEAKY = "key sk-secret0123456789abcdefghij"

FAULTS: dict[str, Callable[[Asked, object], Reply]] = {
    "429": lambda *_: refused(429, "slow down", after="0.05"),
    "quota": lambda *_: refused(429, "you have no credit left", code="insufficient_quota"),
    "500": lambda *_: refused(500, "out of order"),
    "bad key": lambda *_: refused(401, f"{LEAKY} is wrong"),
    "unknown model": lambda *_: refused(404, "no model m"),
    "bad request": lambda *_: refused(400, f"temperature is too high; {LEAKY}"),
    "too long": lambda *_: refused(400, "prompt is too long", code="context_length_exceeded"),
    "slow": lambda asked, value: answered(value, asked)._replace(delay=1.5),
    "cut": lambda asked, value: answered(value, asked)._replace(cut=True),
    "malformed": lambda asked, value: said({"content": json.dumps(value)[:-1]}, asked),
    "prose": lambda asked, _: said({"content": "I would rather talk about it."}, asked),
    "no http json": lambda *_: Reply(b'{"id": "c", "choices": [{'),
    "web page": lambda *_: Reply(b"<html>Welcome</html>", headers=(("content-type", "text/html"),)),
    "wrong schema": lambda asked, _: answered({"unexpected": True}, asked),
    "refusal": lambda asked, _: said({"refusal": "I cannot help with that."}, asked),
    "huge": lambda asked, _: said({"content": json.dumps({"answer": "x" * 3_000_000})}, asked),
    "no choices": lambda *_: Reply(b'{"id": "c", "object": "chat.completion", "choices": []}'),
    "empty": lambda asked, _: said({"content": ""}, asked),
    "length": lambda asked, value: said({"content": json.dumps(value)[:5]}, asked, finish="length"),
    "filtered": lambda asked, _: said({"content": ""}, asked, finish="content_filter"),
    "think": lambda asked, value: said(
        {"content": f"<think>Is it {{5}}?</think>\n{json.dumps(value)}"}, asked
    ),
}
"""Replies that are none, given the request and the answer that is due."""


def fault(name: str, asked: Asked, value: object) -> Reply:
    """The fault of this name, in place of the answer `value`."""
    return FAULTS[name](asked, value)


def faults(answer: Callable[[Asked], object], *names: str, delay: float = 0.0) -> Script:
    """These faults in order (`ok` for none), then answers."""

    def script(number: int, asked: Asked) -> Reply:
        name = names[number] if number < len(names) else "ok"
        reply = answered(answer(asked), asked) if name == "ok" else fault(name, asked, answer(asked))
        return reply._replace(delay=reply.delay or delay)

    return script


def always(answer: Callable[[Asked], object], name: str) -> Script:
    """This fault every time."""
    return lambda _, asked: fault(name, asked, answer(asked))


@contextmanager
def chat_server(*messages: Asked, status: int = 200, script: Script | None = None) -> Iterator[Chat]:
    """A server in a thread: by a script, or these assistant messages in order, or always an error status."""

    def in_order(number: int, _: Asked) -> Reply:
        if status != 200:
            return refused(status, "key sk-secret is wrong")
        return said(messages[min(number, len(messages) - 1)])

    service = _Service(script or in_order)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(service.start(), loop).result(10)
        yield Chat(f"http://127.0.0.1:{port}/v1", service.asked, service.peak, service.heads)
    finally:
        asyncio.run_coroutine_threadsafe(service.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Service:
    def __init__(self, script: Script, log: Log | None = None) -> None:
        self.asked: list[Asked] = []
        self.peak = [0]
        self.heads: list[str] = []
        self._script = script
        self._log = log
        self._numbers = itertools.count()
        self._holding = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, backlog=1024)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A task that was cancelled before its first step has closed nothing.
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def serve(self) -> None:
        await self._server.serve_forever()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
        body = await reader.readexactly(length)
        asked = json.loads(body or b"{}")
        number = next(self._numbers)
        self._note({"number": number, "hash": hashlib.sha256(body).hexdigest(), "asked": asked})
        self.asked.append(asked)
        self.heads.append(head)
        self._holding += 1
        self.peak[0] = max(self.peak[0], self._holding)
        try:
            reply = self._script(number, asked)
            await asyncio.sleep(reply.delay)
        finally:
            self._holding -= 1
        gone = reader.at_eof()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(reply.body)),
            **dict(reply.headers),
        }
        lines = [f"HTTP/1.1 {reply.status} _", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        writer.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        await writer.drain()
        self._note({"number": number, "whole": not (gone or reply.cut), "reply": reply.body.decode()})
        return not reply.cut

    def _note(self, event: dict[str, Any]) -> None:
        if self._log:
            self._log({"at": time.time(), **event})


def _log_to(path: Path) -> Log:
    file = path.open("a", encoding="utf-8", buffering=1)
    return lambda event: print(json.dumps(event), file=file)


async def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--delay", type=float, default=0.0, help="seconds before each reply")
    options.add_argument("--fault", default="500", help="the fault of every --every-th request")
    options.add_argument("--every", type=int, default=0)
    options.add_argument("--answer", default='{"answer": "yes"}', help="the JSON value it answers")
    options.add_argument("--analyst", action="store_true", help="answer a distil run by its prompts")
    options.add_argument("--log", type=Path, help="a line of JSON for each request and each reply")
    given = options.parse_args()
    constant = json.loads(given.answer)

    def script(number: int, asked: Asked) -> Reply:
        value = scripted_analyst.answer(asked) if given.analyst else constant
        broken = given.every and (number + 1) % given.every == 0
        reply = fault(given.fault, asked, value) if broken else answered(value, asked)
        return reply._replace(delay=reply.delay or given.delay)

    service = _Service(script, _log_to(given.log) if given.log else None)
    print(f"http://127.0.0.1:{await service.start(given.port)}/v1", flush=True)  # noqa: T201 - its output
    await service.serve()


if __name__ == "__main__":
    asyncio.run(_main())
