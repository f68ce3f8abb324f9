"""`trace2skill solve` and `trace2skill feedback`: use the skills on a task."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, JsonOption, LibraryOption
from trace2skill.cli.output import note, print_json, say
from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from trace2skill.store.receipts import Receipt


def load_tool(name: str) -> Callable[..., Any]:
    """Import the LangChain tool or function `package.module:name`; the working folder is searched too.

    Raises:
        SettingError: There is no such module or attribute.
    """
    module, _, attribute = name.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        found: Callable[..., Any] | None = getattr(import_module(module), attribute, None)
    except (ModuleNotFoundError, ValueError) as error:
        raise SettingError(f"the tool {name!r} cannot be imported ({error}); give MODULE:NAME") from error
    if found is None:
        raise SettingError(f"the module {module} has no {attribute!r}; give a tool as MODULE:NAME")
    return found


def solve(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What to do.")],
    *,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            envvar="TRACE2SKILL_MODEL",
            help="Chat model, e.g. `openai:gpt-4.1-mini`. Without one: print the guidance.",
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible server.")
    ] = None,
    tool: Annotated[
        list[str] | None,
        typer.Option("--tool", metavar="MODULE:NAME", help="A tool the model may call; may be repeated."),
    ] = None,
    tool_calls: Annotated[
        bool, typer.Option(help="Off for models that cannot call tools: they choose actions as JSON.")
    ] = True,
    limit: Annotated[
        int, typer.Option("--limit", "-k", metavar="K", min=1, help="Most skills to offer.")
    ] = 1,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carry out a task under the guidance of the skills that fit, or under none.

    Prints the answer, or without a model the guidance, and the receipt that `feedback` takes.
    """
    from trace2skill.graph.solve import solve as run

    done = run(
        task,
        library=library,
        model=model,
        tools=[load_tool(name) for name in tool or []],
        base_url=base_url,
        tool_calls=tool_calls,
        k=limit,
        embedding=embedding,
    )
    if as_json:
        print_json(done)
        return
    say(done.answer or done.guidance)
    if done.stopped != "finished":
        note(f"{done.stopped}.")
    note(_summary(done.receipt))


def feedback(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="The id that `solve` printed.")],
    success: Annotated[bool, typer.Option("--success/--failure", help="Whether the task was solved.")],
    *,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Anything worth remembering.")] = "",
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Report how a task went, so that the library knows which skills helped."""
    from trace2skill.store.receipts import feedback as report

    lines = report(receipt, success, library=library, note=note)
    if as_json:
        print_json(lines)
        return
    for line in lines:
        say(f"{line.event}: {line.skill}")
    if not lines:
        say("Already known.")


def _summary(receipt: "Receipt") -> str:
    offered = ", ".join(f"{each.skill} v{each.version} ({each.score:.2f})" for each in receipt.offered)
    recorded = "" if receipt.recorded else f"; {receipt.note}"
    return f"receipt {receipt.id}: {offered or 'no skill'}; {receipt.reason}{recorded}"
