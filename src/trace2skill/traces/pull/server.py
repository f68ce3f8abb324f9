"""Questions to a server over HTTP: retried, bounded, and without a key in any message."""

import os
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import orjson

from trace2skill.errors import InputError, SettingError

ATTEMPTS = 6
FIRST_WAIT = 0.5
"""Seconds before the second attempt; doubled before each further one."""

LONGEST_WAIT = 60.0
"""The most seconds that are waited at once, whatever the server asks for."""

TIMEOUT = 60.0
"""Seconds without a byte after which an attempt has failed."""

LARGEST = 256 << 20
"""The most bytes of one answer, unpacked."""

_AGAIN = frozenset((408, 429, 500, 502, 503, 504))

Params = Mapping[str, str | int | list[str]]


class CutError(InputError):
    """The server stopped answering, after every attempt; what came before can be used."""


class AbsentError(InputError):
    """The server has no such thing (404)."""


def required(variable: str, scheme: str, what: str) -> str:
    """The value of an environment variable.

    Raises:
        SettingError: It is not set.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SettingError(f"{scheme}:// needs {what}: set {variable} in the environment")
    return value


class Server:
    """One server, with the key that it is asked with.

    Args:
        base: The address that paths are put behind; a user and password in it are taken out of it.
        variable: The environment variable that holds the address, for messages.
        keys: The variables that hold the key, for messages.
        headers: Those of each request.
        login: A user and a password, instead of a key in the headers.
        wait: Called with the seconds to wait before another attempt.

    Raises:
        SettingError: The address is none of HTTP.
    """

    def __init__(  # noqa: PLR0913 - keyword only
        self,
        base: str,
        *,
        variable: str,
        keys: str,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingError(f"{variable} is no address of a server: set it to http://... or https://...")
        if parts.username:
            login = (parts.username, parts.password or "")
        host = parts.netloc.rpartition("@")[2]
        self.base = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._shown = host
        self._variable = variable
        self._keys = keys
        self._wait = wait
        if any(not value.isascii() or not value.isprintable() for value in (headers or {}).values()):
            raise SettingError(f"{keys}: the value holds signs that no key has; set it again")
        self._client = httpx.Client(headers=dict(headers or {}), auth=login, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, params: Params | None = None) -> Any:  # noqa: ANN401 - JSON
        """The JSON value at a path, as `post` gets it."""
        return self._ask("GET", path, params=dict(params or {}))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The JSON value that answers a body.

        Raises:
            CutError: There was no whole answer, after every attempt.
            AbsentError: There is nothing at that path.
            SettingError: The key is refused.
            InputError: The answer cannot be used.
        """
        return self._ask("POST", path, json={key: each for key, each in body.items() if each is not None})

    def _ask(self, method: str, path: str, **content: Any) -> Any:  # noqa: ANN401 - what httpx takes
        told, asked = "", 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                self._wait(min(max(asked, FIRST_WAIT * 2 ** (attempt - 1)), LONGEST_WAIT))
            try:
                status, headers, body = self._once(method, path, content)
            except httpx.TransportError as error:
                told, asked = _fault(error), 0.0
                continue
            if status not in _AGAIN:
                return self._value(status, body)
            told, asked = f"answered with status {status}", _asked_wait(headers.get("retry-after"))
        raise CutError(f"{self._shown} {told}, {ATTEMPTS} times. Check {self._variable}, or try again later")

    def _once(self, method: str, path: str, content: Any) -> tuple[int, httpx.Headers, bytes]:  # noqa: ANN401
        with self._client.stream(method, self.base + path, **content) as answer:
            size, pieces = 0, []
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > LARGEST:
                    raise InputError(
                        f"{self._shown} answered with more than {LARGEST >> 20} MiB at once; "
                        "pull less, with since and until"
                    )
                pieces.append(piece)
            return answer.status_code, answer.headers, b"".join(pieces)

    def _value(self, status: int, body: bytes) -> Any:  # noqa: ANN401 - JSON
        if status in (401, 403):
            raise SettingError(f"{self._shown} refuses the key (status {status}): check {self._keys}")
        if status in (404, 405, 410):
            raise AbsentError(f"{self._shown} has nothing there (status {status})")
        if 300 <= status < 400:
            raise SettingError(
                f"{self._shown} sends to another address (status {status}), where the key is not sent: "
                f"set {self._variable} to that one"
            )
        if status >= 400:
            raise InputError(
                f"{self._shown} refuses the request (status {status}); check the address's options"
            )
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            told = (
                f"{self._shown} answered with no JSON: check that {self._variable} is the address of its API"
            )
            raise InputError(told) from None


def _asked_wait(value: str | None) -> float:
    """Seconds out of `Retry-After`, a number or a date; 0 where it says nothing."""
    try:
        return max(float(value or 0), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(str(value)).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0


def _fault(error: httpx.TransportError) -> str:
    """What happened, without the request, which holds the key."""
    if isinstance(error, httpx.ConnectError):
        return "could not be reached"
    if isinstance(error, httpx.TimeoutException):
        return f"did not answer within {TIMEOUT:.0f} s"
    return "cut the connection"
