"""`trace2skill eval`: an agent under several arms, on the same tasks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, console, note, print_json, table
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

    from trace2skill.evaluation.arms import Arm
    from trace2skill.evaluation.comparison import Evaluation
    from trace2skill.evaluation.journal import Run


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
            help="none, a skill, NAME@VERSION, a folder with a SKILL.md, retrieved, raw:K. All are compared "
            "with the first.",
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
    chosen = [arm(each.strip(), opened) for each in arms.split(",") if each.strip()]
    _check(chosen)
    journal = Journal(results or results_file(library, tasks))
    seen: list[Run] = []
    most = len(chosen) * len(tasks.tasks) * repeats
    runner = Runner(tasks, agent.ask, solver=agent.name, journal=journal, max_runs=most, parallel=parallel)
    requests = planned(tasks.tasks, chosen, repeats, runner, seed)
    due = runner.due(requests)
    note(f"{len(tasks.tasks)} tasks, {len(chosen)} arms, {repeats} times: {most} runs, {due} to be made")
    if dry_run:
        if as_json:
            print_json({"runs": most, "due": due})
        return
    if max_runs is not None and due > max_runs:
        raise LimitError(f"{due} runs are to be made, more than --max-runs {max_runs}; nothing was run")
    with live(_table) as show:
        step = max(parallel, len(chosen))
        for start in range(0, len(requests), step):
            seen += runner.run(requests[start : start + step])
            if show:
                show("", compared(seen, chosen, repeats, runner))
    found = compared(seen, chosen, repeats, runner)
    if html is not None:
        _write(found, html)
    print_json(found) if as_json else console().print(_table("", found))


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
