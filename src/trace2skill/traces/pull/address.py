"""What is pulled, as a user names it: `langsmith://PROJECT?since=2026-11-01&tag=prod&limit=500`."""

import ipaddress
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from trace2skill.errors import SettingError
from trace2skill.traces.times import to_time

SCHEMES = ("langsmith", "langfuse", "phoenix", "mlflow")
OPTIONS = ("since", "until", "tag", "name", "limit")
FOLDER = "pulled"
"""The folder of a library in which what was pulled is kept."""

_SCHEME = re.compile(rf"({'|'.join(SCHEMES)})://", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """Which traces of which project.

    Attributes:
        scheme: The kind of server, one of `SCHEMES`.
        project: The project or experiment; empty where the key decides.
        since: The earliest start of a trace, in UTC seconds since 1970.
        until: The start before which traces lie.
        tag: A tag that they have.
        name: The name that they have.
        limit: The most traces that one pull takes, the oldest first.
    """

    scheme: str
    project: str
    since: float | None = None
    until: float | None = None
    tag: str = ""
    name: str = ""
    limit: int | None = None

    def __str__(self) -> str:
        return f"{self.scheme}://{self.project}"


def is_address(path: object) -> bool:
    """Whether a path names a server that is pulled from."""
    return isinstance(path, str) and bool(_SCHEME.match(path))


def parse_address(text: str, offered: Collection[str] = OPTIONS) -> Address:
    """Read an address. What is wrong with one is told without its text, in which there may be a key.

    Args:
        text: The address.
        offered: The options that may be given.

    Raises:
        SettingError: It cannot be read.
    """
    split = urlsplit(text)
    scheme = split.scheme.lower()
    if "@" in split.netloc:
        raise SettingError(
            f"a {scheme}:// address holds no user or key; they come from the environment alone. "
            f"Write {scheme}://PROJECT, and %40 for an @ in the project's name"
        )
    given = dict(parse_qsl(split.query, keep_blank_values=True))
    if given.keys() - set(OPTIONS):
        raise SettingError(
            f"a {scheme}:// address has an option that there is none of; give any of {', '.join(offered)}, "
            "and keys in the environment alone"
        )
    if unknown := sorted(given.keys() - set(offered)):
        raise SettingError(
            f"{scheme}:// takes no {unknown[0]}, since its server has none; give any of {', '.join(offered)}"
        )
    project = unquote(split.netloc + split.path).strip("/")
    if not project and scheme != "langfuse":
        raise SettingError(f"{scheme}:// names no project; write {scheme}://PROJECT")
    limit = given.get("limit")
    if limit is not None and not (limit.isdecimal() and int(limit) > 0):
        raise SettingError("limit is a number of traces from 1 on, e.g. limit=500")
    return Address(
        scheme,
        project,
        _moment("since", given.get("since")),
        _moment("until", given.get("until")),
        given.get("tag", ""),
        given.get("name", ""),
        int(limit) if limit else None,
    )


def _moment(option: str, value: str | None) -> float | None:
    if value is None:
        return None
    time: datetime | None = to_time(value.replace(" ", "+")) if not value.isdecimal() else None
    if time is None:
        raise SettingError(f"{option} is a date or a time, e.g. {option}=2026-11-01 or 2026-11-01T08:30:00Z")
    return time.timestamp()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone; a name other than localhost may be any."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
