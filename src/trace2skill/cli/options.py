"""Options that several commands share, and the only place where the environment is read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trace2skill.errors import SettingError


def _known_embedding(name: str | None) -> str | None:
    """Refuse an unknown name here, where the message can say which option or variable holds it."""
    if name is not None:
        from trace2skill.store.embeddings import check_name

        try:
            check_name(name)
        except SettingError as error:
            raise typer.BadParameter(str(error)) from error
    return name


LibraryOption = Annotated[
    Path,
    typer.Option("--library", metavar="DIR", envvar="TRACE2SKILL_LIBRARY", help="Folder of the library."),
]
EmbeddingOption = Annotated[
    str | None,
    typer.Option(
        "--embedding",
        metavar="NAME",
        envvar="TRACE2SKILL_EMBEDDING",
        callback=_known_embedding,
        help="Embedding of the search index, e.g. `wordllama` or `openai:text-embedding-3-small`.",
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the skill.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="Mapping file (TOML) for step logs of unknown field names."),
]
SuccessAtOption = Annotated[
    float | None, typer.Option("--success-at", metavar="SCORE", help="A score of at least this is a success.")
]
OutcomesOption = Annotated[
    Path | None, typer.Option("--outcomes", metavar="FILE", help="Outcomes that beat those in the traces.")
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Stop at the first broken record, do not skip it.")
]
WorkersOption = Annotated[
    int,
    typer.Option("--workers", metavar="N", min=1, help="Processes that read and measure; changes no result."),
]


CheckpointsOption = Annotated[
    str | None,
    typer.Option(
        "--checkpoints",
        metavar="URL",
        envvar="TRACE2SKILL_CHECKPOINTS",
        help="Keep the run's checkpoints in Postgres (postgresql://...; needs the extra `postgres`).",
    ),
]


class Engine(StrEnum):
    """What spreads the work."""

    PROCESSES = "processes"
    RAY = "ray"


EngineOption = Annotated[
    Engine, typer.Option("--engine", help="What spreads the work; `ray` needs the extra of that name.")
]
DEFAULT_LIBRARY = Path(".trace2skill")
