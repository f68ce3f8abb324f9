"""What stands between a browser and the pages: which requests are answered, and with which headers.

The pages are served on loopback, which protects from other machines, not from other web pages in the same
browser. So the Host must be ours (against DNS rebinding), and writing takes a key that only whoever started
the server was told: it comes in the first address, stays in a cookie that no other site can send along, and
signs every form. A request that writes must also state our own Origin.
"""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
KEY = "key"
"""The parameter of the first address that holds the key."""
MOST_BODY = 2_000_000
"""Bytes of the largest form: a SKILL.md is some kilobytes."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
READING = {"GET", "HEAD"}


class Key:
    """The secret of one start of the server.

    Args:
        port: The port served on; cookies do not know ports, so that their name has to.
    """

    def __init__(self, port: int) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.cookie = f"trace2skill-{port}"

    @property
    def form_token(self) -> str:
        """What a form has to bring; the secret itself is in no page."""
        return hmac.digest(self.secret.encode(), b"form", hashlib.sha256).hex()

    def is_secret(self, given: str) -> bool:
        """Whether it is the secret."""
        return hmac.compare_digest(given.encode(), self.secret.encode())

    def is_form_token(self, given: str) -> bool:
        """Whether it is what our forms bring."""
        return hmac.compare_digest(given.encode(), self.form_token.encode())

    def is_known(self, headers: Headers) -> bool:
        """Whether the browser was opened with the address that the command printed."""
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and self.is_secret(found.value)


class Guard:
    """Answers only requests to our own address, and writes only for our own pages.

    Args:
        app: The pages.
        port: The port served on.
        key: The key of this start.
    """

    def __init__(self, app: ASGIApp, port: int, key: Key) -> None:
        self._app = app
        self._hosts = {f"{HOST}:{port}", f"localhost:{port}"}
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an allowed request on, and put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._refused(scope) or self._entered(scope)
        await (answer or self._app)(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("This server answers only under its own loopback address.\n", 421)
        if scope["method"] in READING:
            return None
        if headers.get("origin") != f"http://{host}":
            return PlainTextResponse("Forms of other sites are not taken.\n", 403)
        if not self._key.is_known(headers):
            return PlainTextResponse("Open the address that `trace2skill ui` printed, and try again.\n", 403)
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BODY:
            return PlainTextResponse("The form is too large.\n", 413)
        return None

    def _entered(self, scope: Scope) -> RedirectResponse | None:
        """The way from the first address to the pages, with the key in a cookie from then on."""
        given = Request(scope).query_params.get(KEY)
        if given is None:
            return None
        answer = RedirectResponse("/", 303)
        if self._key.is_secret(given):
            answer.set_cookie(self._key.cookie, self._key.secret, httponly=True, samesite="strict")
        return answer
