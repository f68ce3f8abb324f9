"""Make docs/cli.md from the `--help` texts: `python -m trace2skill.cli.reference > docs/cli.md`."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from trace2skill.cli.main import build

WIDTH = 96
INTRODUCTION = """\
# The command line

Every command takes `-h`. Results go to stdout, everything about the run to stderr, so that a pipe holds
results alone; with `--json` stdout is one JSON value. Progress is drawn only on a terminal.

A mistake is one message on stderr that names the fix, and an exit code. With `--json` it is the JSON value on
stdout: `{"error": {"kind": "InputError", "message": "...", "exit_code": 3}}`.

| code | means |
|---|---|
| 0 | done |
| 1 | nothing was saved, or something failed |
| 2 | wrong usage |
| 3 | the input cannot be used |
| 4 | the library cannot be used, or does not hold what was asked for |
| 5 | the model cannot be used |
| 6 | a limit on calls or cost was reached; what was done by then is saved |
| 7 | changes wait for a review; nothing is saved yet |
| 130 | interrupted; the library is as it was |

`TRACE2SKILL_LIBRARY`, `TRACE2SKILL_EMBEDDING`, `TRACE2SKILL_CHROMA`, `TRACE2SKILL_MODEL` and
`TRACE2SKILL_CHECKPOINTS` stand in for the options of those names; the option wins.

This page is made of the help texts by `python -m trace2skill.cli.reference`.
"""


def reference() -> str:
    """The page's Markdown: an introduction, and the help text of every command."""
    return "\n".join([INTRODUCTION, *_sections(get_command(build()), "trace2skill", None)])


def _sections(command: Any, path: str, parent: Any) -> Iterator[str]:  # noqa: ANN401 - typer's types are private
    name = path.rpartition(" ")[2]
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = typer.Context(command, info_name=name, parent=parent, **settings)
    yield f"## {path}\n\n```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, TyperGroup):
        for inner in command.list_commands(context):
            yield from _sections(command.get_command(context, inner), f"{path} {inner}", context)


if __name__ == "__main__":
    typer.echo(reference(), nl=False)
