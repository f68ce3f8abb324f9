"""`trace2skill skills merge`: several libraries become one."""

from pathlib import Path
from typing import Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    EmbeddingOption,
    Engine,
    EngineOption,
    JsonOption,
    LibraryOption,
    WorkersOption,
)


def merge(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Libraries to take from.")],
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    workers: WorkersOption = 1,
    engine: EngineOption = Engine.PROCESSES,
    as_json: JsonOption = False,
) -> None:
    """Unite libraries in the library.

    Their traces are distilled as one; what people wrote in their skills is kept, and what they rejected is
    not proposed again. The sources are only read; their order changes nothing, and merging them again adds
    nothing.
    """
    from trace2skill.cli.output import print_json
    from trace2skill.cli.progress import shown_progress
    from trace2skill.cli.report import show_report
    from trace2skill.graph.run import merge as run

    with shown_progress() as progress:
        report = run(
            sources,
            library=library,
            embedding=embedding,
            workers=workers,
            engine=engine.value,
            progress=progress,
        )
    if as_json:
        print_json(report)
    else:
        show_report(report, library)
