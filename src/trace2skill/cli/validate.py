"""`trace2skill validate`: does a skill help an agent, and which of its rules harms?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, clean, console, note, print_json, say, table
from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from rich.table import Table

    from trace2skill.evaluation.ablation import Ablation
    from trace2skill.evaluation.gate import Judgement
    from trace2skill.evaluation.suite import Suite
    from trace2skill.evaluation.validation import Agent, Subject
    from trace2skill.skillmd.review import ProposedChange
    from trace2skill.store.library import Library
    from trace2skill.store.validations import Validation


SuiteOption = Annotated[
    str,
    typer.Option(
        "--suite", metavar="SUITE", help="The tasks: MODULE:NAME, FILE.py:NAME or a path of an evals.json."
    ),
]
SolverOption = Annotated[
    str,
    typer.Option(
        "--solver",
        metavar="SOLVER",
        help="The agent: MODULE:NAME, FILE.py:NAME or a command (JSON in and out).",
    ),
]
GraderOption = Annotated[
    str | None,
    typer.Option(
        "--grader", metavar="MODULE:NAME", help="Judges answers by the assertions of an evals.json."
    ),
]
LabelOption = Annotated[
    str,
    typer.Option(
        "--label", metavar="TEXT", help="Version of the agent; runs under another label are not used again."
    ),
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        "--results", metavar="FILE", help="Where runs are kept (JSONL).  [default: in the library's folder]"
    ),
]
ParallelOption = Annotated[
    int, typer.Option("--parallel", metavar="N", min=1, help="Runs made at a time; threads.")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, help="Most seconds of a command's run.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Decides which tasks are drawn, and the agent's seeds.")
]


def load(
    suite: str, solver: str, *, grader: str | None, label: str, parallel: int, timeout: float
) -> "tuple[Suite, Agent]":
    """The suite and the agent that the options name."""
    from trace2skill.evaluation.solver import load_solver
    from trace2skill.evaluation.suite import load_object, load_suite
    from trace2skill.evaluation.validation import Agent
    from trace2skill.traces.redact import redact_text

    grade = load_object(grader, "--grader") if grader else None
    agent = Agent(load_solver(solver, timeout), redact_text(f"{solver} {label}".strip()), parallel)
    return load_suite(suite, grade), agent


def validate(
    name: Annotated[str, typer.Argument(metavar="SKILL", help="A skill's name, or NAME@VERSION.")],
    *,
    suite: SuiteOption,
    solver: SolverOption,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="ARM",
            help="What to compare with: none, placebo, another skill, NAME@VERSION, a folder, raw:K.",
        ),
    ] = "none",
    harm_budget: Annotated[
        float,
        typer.Option(
            "--harm-budget",
            metavar="SHARE",
            min=0.0,
            max=0.99,
            help="Most loss of success that a cheaper skill may have.",
        ),
    ] = 0.05,
    max_runs: Annotated[
        int | None,
        typer.Option(
            "--max-runs", metavar="N", min=1, help="Most runs of all arms.  [default: 600; --ablate: 1500]"
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            "--repeats", metavar="N", min=1, help="At most so many pairs for each task, on average."
        ),
    ] = None,
    ablate: Annotated[
        bool,
        typer.Option("--ablate", help="Leave each rule out in turn: which helps, which harms."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it may take, and run nothing.")
    ] = False,
    grader: GraderOption = None,
    label: LabelOption = "",
    results: ResultsOption = None,
    parallel: ParallelOption = 1,
    timeout: TimeoutOption = 600.0,
    seed: SeedOption = 0,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Run an agent with a skill and without, and say whether the skill helps, harms or neither is shown.

    Tasks that the skill was distilled from are left out. Pairs of runs are made until the verdict is clear,
    at a risk of error of 5 %; the runs are kept, so that the same command goes on from there and runs nothing
    twice. First the agent is compared with itself; a solver that differs from itself is refused.

    The verdict is recorded in the library. A skill that harms is no longer offered (`skills rejected
    --withdraw` brings it back); one that helps is `validated`, in this version alone. Exits with 1 unless the
    skill helps. --ablate records nothing: it proposes which rules to drop.
    """
    from trace2skill.evaluation.gate import GateSettings
    from trace2skill.evaluation.validation import ablated, subject, write_proposal
    from trace2skill.evaluation.validation import validate as run
    from trace2skill.store.library import Library

    tasks, agent = load(suite, solver, grader=grader, label=label, parallel=parallel, timeout=timeout)
    with Library(library, create=False) as opened:
        found = subject(opened, name, tasks)
        limit = _limit(max_runs, repeats, len(found.tasks), ablate=ablate)
        _estimate(found, against, limit, ablate=ablate)
        if dry_run:
            if as_json:
                print_json({"tasks": len(found.tasks), "seen": found.seen, "max_runs": limit})
            return
        options: dict[str, Any] = {"suite": tasks, "agent": agent, "results": results}
        if ablate:
            with live(_ablation_table) as show:
                ablation, change = ablated(opened, name, max_runs=limit, seed=seed, progress=show, **options)
            file = write_proposal(library, change) if change else None
            _tell_ablation(ablation, change, file, as_json=as_json)
            return
        settings = GateSettings(harm_budget=harm_budget, max_runs=limit, seed=seed)
        with live(_judgement_table) as show:
            judgement, validation = run(
                opened, name, against=against, settings=settings, progress=show, **options
            )
        _tell(opened, judgement, validation, as_json=as_json)
    if judgement.verdict != "helps":
        raise typer.Exit(1)


def _limit(max_runs: int | None, repeats: int | None, tasks: int, *, ablate: bool) -> int:
    from trace2skill.evaluation.gate import GateSettings

    if repeats is not None and ablate:
        raise SettingError("--repeats is for verdicts; with --ablate give --max-runs")
    checks = 2 * GateSettings().check_pairs
    limits = [max_runs] if max_runs is not None else []
    limits += [2 * repeats * tasks + checks] if repeats is not None else []
    return min(limits) if limits else 1500 if ablate else 600


def _estimate(found: "Subject", against: str, limit: int, *, ablate: bool) -> None:
    skill = found.stored.skill
    seen = f", {len(found.seen)} left out that it was distilled from" if found.seen else ""
    what = "the whole skill, and without each rule" if ablate else f"against {against}"
    note(
        f"{skill.name} version {found.stored.version}, {what}: at most {limit} runs on {len(found.tasks)} "
        f"held-out tasks{seen}"
    )


@contextmanager
def live(draw: "Callable[[str, Any], Table]") -> Iterator[Callable[[str, Any], None] | None]:
    """Redraw a table as a run goes on, and yield the callback for that; None if stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.live import Live

    with Live(console=console(stderr=True), transient=True, refresh_per_second=4) as shown:
        yield lambda what, found: shown.update(draw(what, found))


def _judgement_table(what: str, found: "Judgement") -> "Table":
    from trace2skill.evaluation.pairs import points

    grid = table("", "#pairs", "#runs", "#without", "#with", "difference", "about")
    about = f"{found.needed} pairs for 20 points" if found.needed else ""
    shares = (f"{found.control:.2f}", f"{found.treatment:.2f}")
    add_row(grid, what, found.pairs, found.runs, *shares, points(found.success), about)
    return grid


def _tell(library: "Library", found: "Judgement", validation: "Validation | None", *, as_json: bool) -> None:
    if as_json:
        print_json({"judgement": found, "validation": validation})
        return
    from trace2skill.evaluation.pairs import percent, points

    say(f"{found.verdict}: {found.reason}")
    say(
        f"{found.pairs} pairs on {found.tasks} tasks, {found.runs} runs; success {found.control:.2f} "
        f"without, {found.treatment:.2f} with: {points(found.success)}"
    )
    if found.saving and found.spent:
        without, with_it = found.spent
        say(f"{found.saved}: {without:.4g} without, {with_it:.4g} with: {percent(found.saving)}")
    same = found.same_twice
    say(f"The same arm twice: {points(same.difference)} in {same.pairs} pairs.")
    if validation is None:
        note("nothing was recorded")
    elif validation.verdict == "harms":
        note(
            f"{validation.skill} is rejected: it is no longer offered. Undo: trace2skill skills rejected "
            f"--withdraw {validation.skill} --library {library.path}"
        )
    elif validation.verdict == "helps":
        note(f"{validation.skill} version {validation.version} is validated ({validation.hash})")


def _ablation_table(_: str, found: "Ablation") -> "Table":
    from trace2skill.evaluation.pairs import points
    from trace2skill.wording.escape import bare, shortened

    grid = table("rule", "verdict", "effect", "#pairs", "text")
    for each in found.rules:
        text = shortened(bare(each.text), 80)
        add_row(grid, each.rule, each.verdict, points(each.effect), each.pairs, text)
    return grid


def _tell_ablation(
    found: "Ablation", change: "ProposedChange | None", file: Path | None, *, as_json: bool
) -> None:
    if as_json:
        print_json({"ablation": found, "proposal": change, "file": str(file) if file else None})
        return
    console().print(_ablation_table("", found))
    say(f"{found.runs} runs; the effect is success with the rule less success without it.")
    if change and file:
        names = " ".join(found.named("harms"))
        say(clean(change.note))
        note(
            f"proposed in {file}; nothing is changed. To drop: trace2skill skills drop {change.name} {names}"
        )
