"""The application: which page is at which address, what an error looks like, and serving it on loopback."""

import socket
import sqlite3
from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from trace2skill.errors import SettingError, Trace2SkillError
from trace2skill.ui.behaviour_pages import conformance_page, flow_page
from trace2skill.ui.desk import AbsentError, Desk
from trace2skill.ui.guard import HOST, KEY, Guard, Key
from trace2skill.ui.library_pages import library_page, use_page, verdicts_page, waiting
from trace2skill.ui.rendering import page
from trace2skill.ui.review_pages import review_page, reviews_page
from trace2skill.ui.skill_pages import rule_page, skill_page, trace_page, versions_page

STATIC = {"ui.css": "text/css", "icon.svg": "image/svg+xml"}


class Chrome(NamedTuple):
    """What every page shows around its content; `token` is empty where the browser may only read."""

    library: str
    waiting: int
    query: str
    token: str


def application(desk: Desk, port: int, key: Key) -> ASGIApp:
    """The pages of a library behind their guard.

    Args:
        desk: What reads the library.
        port: The port served on.
        key: What writing takes.
    """
    app = Starlette(
        routes=[
            Route("/", library_page),
            Route("/skills/{name}", skill_page),
            Route("/skills/{name}/rules/{rule}", rule_page),
            Route("/skills/{name}/versions", versions_page),
            Route("/skills/{name}/transitions", flow_page),
            Route("/skills/{name}/conformance", conformance_page),
            Route("/traces/{trace}", trace_page),
            Route("/reviews", reviews_page),
            Route("/reviews/{run}", review_page, methods=["GET", "POST"]),
            Route("/use", use_page),
            Route("/verdicts", verdicts_page),
            Route("/static/{file}", static_file),
        ],
        exception_handlers={
            HTTPException: _http_error,
            AbsentError: _absent,
            Trace2SkillError: _unusable,
            OSError: _unusable,
            sqlite3.Error: _unusable,
            ValidationError: _unusable,
        },
    )
    app.state.desk = desk
    app.state.key = key
    app.state.chrome = _chrome(desk, key)
    return Guard(app, port, key)


def _chrome(desk: Desk, key: Key) -> Callable[[Request], Chrome]:
    def chrome(request: Request) -> Chrome:
        return Chrome(
            library=str(desk.path),
            waiting=len(waiting(desk)),
            query=request.query_params.get("q", ""),
            token=key.form_token if key.is_known(request.headers) else "",
        )

    return chrome


def static_file(request: Request) -> Response:
    """The style sheet, or the icon."""
    name = request.path_params["file"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response((files("trace2skill.ui") / "static" / name).read_bytes(), media_type=STATIC[name])


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _told(request, 404, "There is no such page", "The address leads nowhere.")
    return _told(request, error.status_code, "That cannot be done here", error.detail)


def _absent(request: Request, error: Exception) -> Response:
    return _told(request, 404, "Not in this library", str(error))


def _unusable(request: Request, error: Exception) -> Response:
    if isinstance(error, SettingError):
        return _told(request, 409, "This takes another setting", str(error))
    desk: Desk = request.app.state.desk
    desk.close()
    return _told(request, 503, "The library cannot be read", str(error))


def _told(request: Request, status: int, title: str, message: str) -> Response:
    return page(request, "message.html", status=status, title=title, message=message)


def bound(port: int) -> socket.socket:
    """A socket on the loopback port; on any free one for 0.

    Raises:
        SettingError: The port is taken or not allowed.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise SettingError(
            f"cannot serve on port {port}: {error.strerror}; choose another with --port N, or 0 for any"
        ) from None
    return listener


def serve(desk: Desk, port: int, ready: Callable[[str], None]) -> None:
    """Serve the pages until interrupted.

    Args:
        desk: What reads the library.
        port: The loopback port; 0 for any free one.
        ready: Called with the first address, key included, once it can be opened.

    Raises:
        SettingError: The port cannot be served on.
    """
    import uvicorn

    with bound(port) as listener:
        port = listener.getsockname()[1]
        listener.listen()
        key = Key(port)
        # No access log: the first address holds the key.
        config = uvicorn.Config(
            application(desk, port, key), log_level="warning", access_log=False, server_header=False
        )
        ready(f"http://{HOST}:{port}/?{KEY}={key.secret}")
        uvicorn.Server(config).run(sockets=[listener])
