"""`trace2skill eval`: an agent under several arms, on the same tasks; `eval triggers` beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, console, note, print_json, say, table
from trace2skill.cli.triggers import triggers
from trace2skill.cli.validate import (
    GraderOption,
    LabelOption,
    ParallelOption,
    ResultsOption,
    SeedOption,
    SolverOption,
    TimeoutOption,
    live,
    load,
)
from trace2skill.errors import InputError, LimitError

if TYPE_CHECKING:
    from rich.table import Table

    from trace2skill.evaluation.arms import Arm, Write
    from trace2skill.evaluation.comparison import Evaluation
    from trace2skill.evaluation.journal import Journal, Run
    from trace2skill.skills.model import Skill
    from trace2skill.store.library import Library


def evaluate(
    suite: Annotated[
        str, typer.Argument(metavar="SUITE", help="MODULE:NAME, FILE.py:NAME or a path of an evals.json.")
    ],
    *,
    solver: SolverOption,
    arms: Annotated[
        str,
        typer.Option(
            "--arms",
            metavar="ARM,...",
            help="none, a skill, NAME@VERSION, a folder with a SKILL.md, retrieved, raw:K, placebo:NAME, "
            "gated:NAME, summary:NAME, patches:NAME. All are compared with the first.",
        ),
    ] = "none,retrieved",
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", min=1, help="Runs of each task in each arm.")
    ] = 3,
    max_runs: Annotated[
        int | None, typer.Option("--max-runs", metavar="N", min=1, help="Refuse to make more runs than that.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the page with intervals (extra `evidence`)."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PROVIDER:NAME",
            envvar="TRACE2SKILL_MODEL",
            help="Chat model that writes what summary:NAME and patches:NAME give; answers are kept.",
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible server.")
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", metavar="N", min=0, help="Most calls of that model.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it takes, and run nothing.")] = False,
    grader: GraderOption = None,
    label: LabelOption = "",
    results: ResultsOption = None,
    parallel: ParallelOption = 1,
    timeout: TimeoutOption = 600.0,
    seed: SeedOption = 0,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Run an agent on a suite under several arms, and compare them with the first.

    Every task is run so often in each arm, with the same seeds; the runs are kept, so that an interrupted
    evaluation goes on with the same command. Nothing is recorded in the library: `validate` does that.
    """
    from trace2skill.evaluation.arms import arm
    from trace2skill.evaluation.comparison import evaluate as compared
    from trace2skill.evaluation.comparison import planned
    from trace2skill.evaluation.journal import Journal
    from trace2skill.evaluation.runner import Runner
    from trace2skill.evaluation.validation import results_file
    from trace2skill.store.library import FILE, Library

    tasks, agent = load(suite, solver, grader=grader, label=label, parallel=parallel, timeout=timeout)
    opened = Library(library, create=False) if (library / FILE).is_file() else None
    names = [each.strip() for each in arms.split(",") if each.strip()]
    calls = _calls(names, opened) if opened else 0
    most = len(names) * len(tasks.tasks) * repeats
    journal = Journal(results or results_file(library, tasks))
    runner = Runner(tasks, agent.ask, solver=agent.name, journal=journal, max_runs=most, parallel=parallel)
    chosen = [arm(each, opened, write=_unwritten) for each in names]
    _check(chosen)
    due = runner.due(planned(tasks.tasks, chosen, repeats, runner, seed))
    note(f"{len(tasks.tasks)} tasks, {len(chosen)} arms, {repeats} times: {most} runs, {due} to be made")
    told = _estimate(journal, due, calls, parallel)
    if dry_run:
        if as_json:
            print_json({"runs": most, "due": due, "calls": calls, "like kept runs": told})
        return
    if max_runs is not None and due > max_runs:
        raise LimitError(f"{due} runs are to be made, more than --max-runs {max_runs}; nothing was run")
    if calls and opened:
        write = _writer(opened, model, base_url, max_calls)
        chosen = [arm(each, opened, write=write) for each in names]
    requests = planned(tasks.tasks, chosen, repeats, runner, seed)
    seen: list[Run] = []
    with live(_table) as show:
        step = max(parallel, len(chosen))
        for start in range(0, len(requests), step):
            seen += runner.run(requests[start : start + step])
            if show:
                show("", compared(seen, chosen, repeats, runner))
    found = compared(seen, chosen, repeats, runner)
    if html is not None:
        _write(found, html)
    if as_json:
        print_json(found)
        return
    console().print(_table("", found))
    by = ", ".join(f"{author or 'nobody named'} ({count})" for author, count in found.authors.items())
    say(f"Tasks written by: {by}.")


def _calls(names: list[str], library: "Library") -> int:
    """How many calls the arms take at most whose texts a model writes."""
    from trace2skill.evaluation.arms import OF_SKILL
    from trace2skill.proposals.controls import KINDS, calls

    found = (OF_SKILL.fullmatch(name) for name in names)
    return sum(
        calls(each["kind"], len(library.skill(each["name"]).skill.traces))
        for each in found
        if each and each["kind"] in KINDS
    )


def _unwritten(kind: str, skill: "Skill") -> str:
    """Stands for what a model would write, to count runs before it is asked."""
    return f"{kind} of {skill.name}"


def _writer(library: "Library", model: str | None, base_url: str | None, max_calls: int | None) -> "Write":
    """Has the model write from a skill's runs."""
    from trace2skill.llm.ask import Asker
    from trace2skill.llm.cache import CallCache
    from trace2skill.llm.settings import ModelSettings
    from trace2skill.proposals.controls import control_text
    from trace2skill.store.folder import CALLS

    settings = ModelSettings.from_environment(model=model, base_url=base_url, max_calls=max_calls)
    asker = Asker(settings, cache=CallCache(library.path / CALLS))
    return lambda kind, skill: control_text(kind, list(library.traces(skill.traces)), asker, skill.name)


def _estimate(journal: "Journal", due: int, calls: int, parallel: int) -> dict[str, float]:
    """Say what the runs take if they are like those kept, and how many calls a model that writes."""
    told = journal.spent(due)
    if told:
        note(f"like the {len(journal)} runs that are kept, these take about {_spent(told, parallel)}")
    if calls:
        note(f"at most {calls} calls of the model that writes; what it answered before is not asked again")
    return told


def _spent(told: dict[str, float], parallel: int) -> str:
    """Seconds, tokens and cost in words."""
    parts = [f"{told['seconds'] / parallel:.0f} s"]
    parts += [f"{told['tokens']:.0f} tokens"] if "tokens" in told else []
    parts += [f"{told['cost']:.4g} of cost"] if "cost" in told else []
    return ", ".join(parts)


def _check(arms: "list[Arm]") -> None:
    names = [each.name for each in arms]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError("--arms needs two or more different arms, e.g. --arms none,my-skill")


def _table(_: str, found: "Evaluation") -> "Table":
    from trace2skill.evaluation.page import arm_rows

    grid = table(
        "arm",
        "#runs",
        "#success",
        "#difference",
        "#p",
        "#better/tied/worse",
        "#cost",
        "#tokens",
        "#turns",
        "saving",
    )
    for row in arm_rows(found):
        add_row(grid, row.name, *row.cells)
    return grid


def _write(found: "Evaluation", file: Path) -> None:
    from trace2skill.evaluation.page import page

    text = page(found)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror or error})") from error
    note(f"written: {file}")


class SuiteOrCommand(TyperGroup):
    """`eval SUITE ...` is `eval suite SUITE ...`: what names no command is a suite."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own types are private
        """Put the command's name before its arguments where it was left out."""
        known = {*self.commands, *self.get_help_option_names(ctx)}
        return super().parse_args(ctx, args if not args or args[0] in known else ["suite", *args])


app = typer.Typer(
    cls=SuiteOrCommand,
    help="Compare an agent with and without skills (`eval SUITE`), or check what each skill is offered for.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("suite")(evaluate)
app.command("triggers")(triggers)
