"""`trace2skill mcp`: the library for clients that speak the Model Context Protocol."""

import signal
from typing import Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, LibraryOption
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
    embedding: EmbeddingOption = None,
) -> None:
    """Serve the library to MCP clients, on stdio or on loopback HTTP.

    Tools: search_skills, read_skill, list_skills, report_outcome; resources: skill://NAME. The library may be
    made, or change, while the server runs.
    """
    from trace2skill.integrations.service import SkillService
    from trace2skill.store.guidance import Guide

    try:
        from trace2skill.integrations.mcp_server import HOST, SkillServer, check_port
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise SettingError(
            "this needs the package mcp; install it with `pip install 'trace2skill[mcp]'`"
        ) from None
    server = SkillServer(SkillService(Guide(library, embedding=embedding)))
    if http is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler cannot interrupt a read of stdin
        server.run()
        return
    check_port(http)
    note(f"serving {library} on http://{HOST}:{http}/mcp; stop with Ctrl-C")
    server.run("streamable-http", host=HOST, port=http)
