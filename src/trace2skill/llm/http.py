"""What a reply of a server may do: lead nowhere else, be of bounded size, and come to an end."""

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import lru_cache
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

MOST_BYTES = 64 << 20
"""Of one reply; a long answer has a hundred thousand."""

PATIENCE = 10
"""A reply must be whole after so many times the seconds of silence that are borne: gateways send spaces
while a model thinks, so that silence alone bounds nothing."""

T = TypeVar("T")


class UnsafeReplyError(Exception):
    """A reply that is not taken; asking again would bring it again.

    Args:
        why: What it did.
        everywhere: Whether every other call would meet the same.
    """

    def __init__(self, why: str, *, everywhere: bool = False) -> None:
        super().__init__(why)
        self.everywhere = everywhere


def client_arguments(seconds: float) -> dict[str, Any]:
    """Arguments for a client of httpx, or of a package with its interface, that bound the replies to it.

    Args:
        seconds: The silence that is borne.
    """
    hooks = {"response": [_Bounds(seconds * PATIENCE)]}
    return {"event_hooks": hooks, "headers": {"accept-encoding": "identity"}}


def in_time(call: Callable[[], T], seconds: float) -> T:
    """What a call gives, if it does so in time; else its thread is left to itself.

    For a server that sends its headers byte by byte no client has a bound.

    Raises:
        TimeoutError: It takes more than `PATIENCE` times `seconds`.
    """
    done: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised below
            done.put((None, error))

    threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
    try:
        given, error = done.get(timeout=seconds * PATIENCE)
    except Empty:
        raise TimeoutError(_late(seconds * PATIENCE)) from None
    if error is not None:
        raise error
    return given  # type: ignore[return-value]


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was made from, and so on."""
    each: BaseException | None = error
    seen: set[int] = set()
    while each is not None and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__ or each.__context__


class _Bounds:
    """The hook that runs when the headers of a reply are there, before a redirect is followed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, response: Any) -> None:  # noqa: ANN401 - httpx's or its successor's
        if response.has_redirect_location:
            _check_redirect(str(response.request.url), response.headers["location"])
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity"):
            raise UnsafeReplyError(f"its replies are compressed ({coding[:20]}), unasked", everywhere=True)
        stream = response.stream
        base = next(kind for kind in type(stream).__mro__ if kind.__name__ == "SyncByteStream")
        response.stream = _bounded(base)(stream, self._seconds)


@lru_cache
def _bounded(base: type) -> Callable[[Any, float], Any]:
    """A stream of the client's own package that stops another one at the bounds."""

    class Bounded(base):  # type: ignore[misc]
        def __init__(self, stream: Any, seconds: float) -> None:  # noqa: ANN401
            self._stream = stream
            self._seconds = seconds

        def __iter__(self) -> Iterator[bytes]:
            end, size = monotonic() + self._seconds, 0
            for chunk in self._stream:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise UnsafeReplyError(f"a reply is larger than {MOST_BYTES >> 20} MB")
                if monotonic() > end:
                    raise TimeoutError(_late(self._seconds))
                yield chunk

        def close(self) -> None:
            self._stream.close()

    return Bounded


def _check_redirect(here: str, location: str) -> None:
    """Raise where a redirect leads to another server, which would be sent the prompt and perhaps the key."""
    one, other = urlsplit(here), urlsplit(urljoin(here, location))
    secured = (one.scheme, other.scheme, one.port, other.port) == ("http", "https", None, None)
    same = (one.scheme, one.port) == (other.scheme, other.port) or secured
    if one.hostname != other.hostname or not same:
        place = f"{other.scheme}://{other.hostname}{f':{other.port}' if other.port else ''}"[:100]
        raise UnsafeReplyError(
            f"it redirects to {place}, where nothing was sent; give that as base_url if you trust it",
            everywhere=True,
        )


def _late(seconds: float) -> str:
    return f"no whole reply within {seconds:g} s ({PATIENCE} times timeout_s)"
