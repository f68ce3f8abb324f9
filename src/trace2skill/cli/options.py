"""Options that several commands share, and the only place where the environment is read."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand

from trace2skill.errors import SettingError

LIMITS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
"""How pydantic's limits are written."""


def setting(flag: str, metavar: str | None = None, panel: str | None = None) -> Any:  # noqa: ANN401 - as typer.Option
    """The option for the field of `DistillSettings` that the command's parameter is named after.

    Not given it is None, so that the field's default counts. The field checks its values and explains it
    (`SettingsCommand`), when that is needed: `--help` of the whole has no time for it.
    """
    return typer.Option(flag, metavar=metavar, rich_help_panel=panel, callback=_checked)


def given(**options: object) -> dict[str, Any]:
    """The options that were used, as settings."""
    used = {name: value for name, value in options.items() if value is not None and value is not False}
    return {name: str(value) if isinstance(value, Path) else value for name, value in used.items()}


def _checked(option: typer.CallbackParam, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    for name, used in given(**{str(option.name): value}).items():
        from pydantic import TypeAdapter, ValidationError

        from trace2skill.nodes.settings import DistillSettings

        field = DistillSettings.model_fields[name]
        kind: Any = Annotated[field.annotation, field]
        try:
            TypeAdapter(kind).validate_python(used)
        except ValidationError as error:
            raise typer.BadParameter(error.errors(include_url=False)[0]["msg"]) from None
    return value


class SettingsCommand(TyperCommand):
    """A command whose options for settings are explained by the settings themselves."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer's own types are private
        """Write the help."""
        from trace2skill.nodes.settings import DistillSettings

        options: list[Any] = self.params
        for option in options:
            if option.name in DistillSettings.model_fields and not option.help:
                option.help = _explained(option.name)
        super().format_help(ctx, formatter)


def _explained(name: str) -> str:
    """What a setting is, the variable that stands in for it, its default and its limits."""
    from trace2skill.llm.settings import PREFIX, ModelSettings
    from trace2skill.nodes.settings import DistillSettings

    field = DistillSettings.model_fields[name]
    told = str(field.description)
    notes = [f"env var: {PREFIX}{name.upper()}"] if name in ModelSettings.model_fields else []
    if field.default is not None and field.default is not False:
        notes.append(f"default: {field.default}")
    if get_origin(field.annotation) is Literal:
        notes.append(" or ".join(get_args(field.annotation)))
    for limit in field.metadata:
        notes += [f"x{sign}{getattr(limit, key)}" for key, sign in LIMITS.items() if hasattr(limit, key)]
    return f"{told[0].upper()}{told[1:]}." + (f"  [{'; '.join(notes)}]" if notes else "")


def _known_embedding(name: str | None) -> str | None:
    """Refuse an unknown name here, where the message can say which option or variable holds it."""
    if name is not None:
        from trace2skill.store.embeddings import check_name

        try:
            check_name(name)
        except SettingError as error:
            raise typer.BadParameter(str(error)) from error
    return name


def _known_place(given: str | None) -> str | None:
    if given is not None:
        from trace2skill.store.index import place_of

        try:
            place_of(given)
        except SettingError as error:
            raise typer.BadParameter(str(error)) from error
    return given


def collect_token() -> str:
    """The secret that agents show the collector; empty if none is set. Options would show in `ps`."""
    return os.environ.get("TRACE2SKILL_COLLECT_TOKEN", "")


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
ChromaOption = Annotated[
    str | None,
    typer.Option(
        "--chroma",
        metavar="URL",
        envvar="TRACE2SKILL_CHROMA",
        callback=_known_place,
        help="Chroma server for the search index (http://HOST:PORT), or `folder`: the library's own. "
        "The library remembers it.",
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the skill.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
MapOption = Annotated[Path | None, setting("--map", "FILE")]
SuccessAtOption = Annotated[float | None, setting("--success-at", "SCORE")]
OutcomesOption = Annotated[Path | None, setting("--outcomes", "FILE")]
ScoreOption = Annotated[str | None, setting("--score", "NAME")]
UnitOption = Annotated[str | None, setting("--unit", "UNIT")]
StrictOption = Annotated[bool, setting("--strict")]
RedactOption = Annotated[str | None, setting("--redact", "LEVEL")]
WorkersOption = Annotated[int | None, setting("--workers", "N")]
EngineOption = Annotated[str | None, setting("--engine", "NAME")]
CheckpointsOption = Annotated[
    str | None,
    typer.Option(
        "--checkpoints",
        metavar="URL",
        envvar="TRACE2SKILL_CHECKPOINTS",
        help="Keep the run's checkpoints in Postgres (postgresql://...; needs the extra `postgres`).",
    ),
]
DEFAULT_LIBRARY = Path(".trace2skill")
