"""Output: results go to stdout, messages about the run to stderr; and text edited in a person's editor."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


PIPED_WIDTH = 200
SHOWN = 10
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: str = "") -> None:
    """Print one or more lines on stdout, without control characters."""
    typer.echo(clean(text))


def note(text: str) -> None:
    """Print a message that is not a result on stderr, without control characters."""
    typer.echo(clean(text), err=True)


def clean(text: str) -> str:
    """The text without control characters other than line ends and tabs."""
    return _CONTROL.sub("?", text)


def listed(heading: str, lines: list[str] | tuple[str, ...]) -> None:
    """Print the first `SHOWN` lines under a heading, and the number of the others; nothing without lines."""
    if not lines:
        return
    say(f"{heading}:")
    for line in lines[:SHOWN]:
        say(f"  - {line}")
    if len(lines) > SHOWN:
        say(f"  - and {len(lines) - SHOWN} more (--json lists them)")


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON or records
    """Print records (or plain values) as indented JSON on stdout, and nothing else."""
    import orjson

    typer.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2))


def print_error(kind: str, message: str, exit_code: int) -> None:
    """Print an error as a JSON object on stdout, instead of the result."""
    print_json({"error": {"kind": kind, "message": message, "exit_code": exit_code}})


def _plain(value: Any) -> Any:  # noqa: ANN401 - the contract of orjson
    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


def console(*, stderr: bool = False) -> "Console":
    """A console as wide as the terminal; for a pipe, `PIPED_WIDTH` characters wide."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, emoji=False)


def table(*columns: str) -> "Table":
    """An empty table with these columns; `#` before a heading aligns its column to the right."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in columns:
        grid.add_column(heading.removeprefix("#"), justify="right" if heading.startswith("#") else "left")
    return grid


def add_row(grid: "Table", *cells: object) -> None:
    """Add a row of plain texts, in which brackets are not markup."""
    from rich.text import Text

    grid.add_row(*(Text(clean(str(cell))) for cell in cells))


Event = dict[str, Any]
STAGES = {
    "pull": "pulled {traces} traces from {source}",
    "read": "read {done} traces",
    "judge outcomes": "a model judged {done} runs",
    "plan": "mining {families} task families",
    "mine": "mined {analyst} of {family}",
    "measure": "measured {traces} traces of {family}",
    "decide": "mined the decisions of {family}",
    "batch": "planned {calls} calls over {runs} runs",
    "answer": "a model read runs of {family}",
    "measure proposals": "measured {measured} proposals, kept {kept}",
    "write": "worded {drafts} drafts",
    "compose": "composed {family}",
    "critique": "checked {drafts} drafts, {objected} objected to",
    "save": "saved {skills} skills",
}


@contextmanager
def shown_progress() -> Iterator[Callable[[Event], None] | None]:
    """Show a progress bar and yield its callback for a run's events; None if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task("reading", total=None)

        def show(event: Event) -> None:
            bars.update(bar, description=STAGES[event["stage"]].format_map(event))
            if event["stage"] == "plan":
                bars.update(bar, total=event["tasks"])
            elif event["stage"] == "batch":
                bars.reset(bar, total=event["calls"])
            elif event["stage"] in {"mine", "answer"}:
                bars.advance(bar)

        yield show


def edited_text(text: str) -> str:
    """Open the text in the editor that VISUAL or EDITOR names, and return it as saved.

    Raises:
        SettingError: Neither is set, or the editor cannot be started or failed.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise SettingError("set EDITOR to the command of your editor, e.g. EDITOR=nano")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "SKILL.md"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - the person's own editor
        except (OSError, subprocess.CalledProcessError) as error:
            raise SettingError(f"the editor {editor!r} failed: {error}") from error
        return file.read_text(encoding="utf-8", errors="replace")
