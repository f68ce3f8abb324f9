"""Where text goes: results to stdout, everything about the run to stderr."""

import re
import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PIPED_WIDTH = 200
SHOWN = 10
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: str = "") -> None:
    """Print a line, or several, on stdout, without what could steer a terminal."""
    typer.echo(clean(text))


def note(text: str) -> None:
    """Tell the person at the terminal something that is no result."""
    typer.echo(clean(text), err=True)


def clean(text: str) -> str:
    """The text without control characters other than line ends and tabs."""
    return _CONTROL.sub("?", text)


def listed(heading: str, lines: list[str] | tuple[str, ...]) -> None:
    """Print the first of some lines under a heading, and how many more there are; nothing for none."""
    if not lines:
        return
    say(f"{heading}:")
    for line in lines[:SHOWN]:
        say(f"  - {line}")
    if len(lines) > SHOWN:
        say(f"  - and {len(lines) - SHOWN} more (--json lists them)")


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever a command has to say
    """Print records (or plain values) as indented JSON on stdout, and nothing else."""
    import orjson

    typer.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2))


def print_error(kind: str, message: str, exit_code: int) -> None:
    """Print a mistake as a JSON object on stdout, in place of the result."""
    print_json({"error": {"kind": kind, "message": message, "exit_code": exit_code}})


def _plain(value: Any) -> Any:  # noqa: ANN401 - the contract of orjson
    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


def console(*, stderr: bool = False) -> "Console":
    """A console as wide as the terminal; for a pipe, plain and wide."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, emoji=False)


def table(*columns: str) -> "Table":
    """An empty table with these columns; `#` before a heading sets its numbers to the right."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in columns:
        grid.add_column(heading.removeprefix("#"), justify="right" if heading.startswith("#") else "left")
    return grid


def add_row(grid: "Table", *cells: object) -> None:
    """Add a row of plain texts; brackets in them are no markup."""
    from rich.text import Text

    grid.add_row(*(Text(clean(str(cell))) for cell in cells))
