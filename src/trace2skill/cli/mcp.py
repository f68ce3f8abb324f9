"""`trace2skill mcp`: the library for clients that speak the Model Context Protocol."""

import signal
from typing import Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, LibraryOption, mcp_token
from trace2skill.cli.output import note
from trace2skill.errors import SettingError


def mcp(
    library: LibraryOption = DEFAULT_LIBRARY,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            metavar="PORT",
            min=1,
            max=65535,
            help="Serve on http://127.0.0.1:PORT/mcp, not on stdio.",
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Any but loopback needs a secret in TRACE2SKILL_MCP_TOKEN, which clients show.",
        ),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A further name under which clients reach it, e.g. that of a proxy; others are refused.",
        ),
    ] = None,
    embedding: EmbeddingOption = None,
) -> None:
    """Serve the library to MCP clients, on stdio or over HTTP.

    Tools: search_skills, read_skill, list_skills, report_outcome; resources: skill://NAME/SKILL.md, listed
    by the Skills extension too. The library may be made, or change, while the server runs. Over HTTP the Host
    of a request, and the Origin of a page, must be loopback or a name that was allowed; with
    TRACE2SKILL_MCP_TOKEN set, clients send it as `Authorization: Bearer`. It speaks no TLS: let a proxy do
    that.
    """
    from trace2skill.integrations.service import SkillService
    from trace2skill.store.guidance import Guide

    try:
        from trace2skill.integrations.mcp_http import HttpSettings
        from trace2skill.integrations.mcp_server import SkillServer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise SettingError(
            "this needs the package mcp; install it with `pip install 'trace2skill[mcp]'`"
        ) from None
    settings = HttpSettings(http, host, mcp_token(), tuple(allow_host or ())) if http else None
    server = SkillServer(SkillService(Guide(library, embedding=embedding)), settings)
    if settings is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler cannot interrupt a read of stdin
    else:
        settings.check()
        note(f"serving {library} on http://{host}:{http}/mcp; stop with Ctrl-C")
    server.serve()
