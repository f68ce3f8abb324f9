"""How many calls are made at once, and how they all end when one shows that none can succeed."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

from trace2skill.errors import Trace2SkillError


class Gate:
    """Lets `width` calls in at once, threads and coroutines of any loop alike, in the order they came.

    Once it is stopped, everyone who waits, pauses or comes gets the error it was stopped with.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[Future[None]] = deque()
        self._mutex = threading.Lock()
        self._stopped = threading.Event()
        self._error: Trace2SkillError | None = None

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A place inside, waited for."""
        ticket = self._ticket()
        try:
            ticket.result()
            yield
        finally:
            self._leave(ticket)

    @asynccontextmanager
    async def aslot(self) -> AsyncIterator[None]:
        """A place inside, waited for."""
        ticket = self._ticket()
        try:
            await asyncio.wrap_future(ticket)
            yield
        finally:
            self._leave(ticket)

    def stop(self, error: Trace2SkillError) -> None:
        """Let nobody in any more; the first error stays."""
        with self._mutex:
            if self._error is None:
                self._error = error
            self._stopped.set()
            waiting, self._waiting = self._waiting, deque()
        for ticket in waiting:
            if ticket.set_running_or_notify_cancel():
                ticket.set_exception(self._copy())

    def check(self) -> None:
        """Raise the error it was stopped with."""
        if self._stopped.is_set():
            raise self._copy()

    def pause(self, seconds: float) -> None:
        """Sleep, unless it is stopped meanwhile."""
        self._stopped.wait(seconds)
        self.check()

    def _ticket(self) -> "Future[None]":
        ticket: Future[None] = Future()
        with self._mutex:
            self.check()
            if self._free:
                self._free -= 1
                ticket.set_result(None)
            else:
                self._waiting.append(ticket)
        return ticket

    def _leave(self, ticket: "Future[None]") -> None:
        if ticket.cancel() or ticket.exception() is not None:
            return
        with self._mutex:
            while self._waiting:
                following = self._waiting.popleft()
                if following.set_running_or_notify_cancel():
                    following.set_result(None)
                    return
            self._free += 1

    def _copy(self) -> Trace2SkillError:
        """An exception of its own for each who gets it: raising one twice would mix their tracebacks."""
        assert self._error is not None
        return type(self._error)(*self._error.args)
