"""`trace2skill ui`: pages about the library, for a browser on this machine."""

from typing import Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, CheckpointsOption, EmbeddingOption, LibraryOption
from trace2skill.cli.output import note
from trace2skill.errors import SettingError

DEFAULT_PORT = 8717
EXTRA = {"jinja2", "markupsafe", "starlette", "uvicorn"}


def ui(
    library: LibraryOption = DEFAULT_LIBRARY,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help="Loopback port; 0 for any that is free."),
    ] = DEFAULT_PORT,
    open_: Annotated[bool, typer.Option("--open", help="Open the pages in the browser.")] = False,
    embedding: EmbeddingOption = None,
    checkpoints: CheckpointsOption = None,
) -> None:
    """Look at the library in a browser, and decide on reviews.

    Shows skills and their evidence down to the steps, versions, transitions, conformance and use. Serves
    pages on 127.0.0.1 and nowhere else; they load nothing from the network and run no script. The address it
    prints holds a key: a browser opened with it may decide on reviews, others may only read.
    """
    try:
        from trace2skill.ui.desk import Desk
        from trace2skill.ui.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise SettingError(
            f"this needs the package {error.name}; install it with `pip install 'trace2skill[ui]'`"
        ) from None

    def ready(address: str) -> None:
        note(f"serving {library} on {address} ; stop with Ctrl-C")
        if open_:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(Desk(library, embedding, checkpoints), port, ready)
    except KeyboardInterrupt:  # raised again by the server, once it has stopped
        return
