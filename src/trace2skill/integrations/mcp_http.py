"""Where the MCP server listens over HTTP, which hosts and pages may ask, and the token they show."""

import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import is_loopback

HOST = "127.0.0.1"
TOKEN = "TRACE2SKILL_MCP_TOKEN"  # noqa: S105 - the name of the variable that holds it
SHORTEST_TOKEN = 16
MAX_BODY = 256 * 1024
"""Most bytes of one request; a task and a note fit many times."""
MAX_SESSIONS = 64
IDLE_SECONDS = 600.0


@dataclass(frozen=True)
class HttpSettings:
    """Where the server listens, and who may ask.

    Attributes:
        port: The port.
        host: Loopback, or with a token any address.
        token: What clients show as `Authorization: Bearer TOKEN`; none if empty.
        names: Further names under which clients reach it, as in their URLs: behind a proxy, its name.
    """

    port: int
    host: str = HOST
    token: str = ""
    names: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse settings that would let strangers in, or cannot be served, while a message can say so.

        Raises:
            SettingError: Others can reach the address and there is no token, or no name to tell requests by;
                the token is short; or the port cannot be used.
        """
        if not is_loopback(self.host) and not self.token:
            raise SettingError(
                f"{self.host} can be reached by others: set {TOKEN} to a secret that clients send as "
                "`Authorization: Bearer SECRET`, or leave --host out"
            )
        if self.token and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise SettingError(
                f"{TOKEN} needs at least {SHORTEST_TOKEN} characters, all of them ASCII; take another one"
            )
        if _is_any(self.host) and not self.names:
            raise SettingError(
                f"{self.host} is every address of this machine: say with --allow-host NAME under which name "
                "clients reach it, so that requests meant for other hosts are refused"
            )
        self._check_port()

    @property
    def hosts(self) -> list[str]:
        """What a request may name as its `Host`, at any port, so that no page's rebound name gets through."""
        names = [*self.names]
        if is_loopback(self.host):
            names += ["127.0.0.1", "localhost", "[::1]"]
        elif not _is_any(self.host):
            names.append(f"[{self.host}]" if ":" in self.host else self.host)
        return [form for name in names for form in (name, f"{name}:*")]

    @property
    def origins(self) -> list[str]:
        """From which pages (`Origin`) a browser may send a request."""
        return [f"{scheme}://{host}" for host in self.hosts for scheme in ("http", "https")]

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise SettingError(
                    f"cannot serve on {self.host}, port {self.port}: {error.strerror}; choose another with "
                    "--http PORT"
                ) from error


def _is_any(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return False
