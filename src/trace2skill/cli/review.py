"""`trace2skill review`: decide which changes a run may save."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, CheckpointsOption, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, clean, console, edited_text, note, print_json, say, table
from trace2skill.errors import InputError, LimitError, SettingError

if TYPE_CHECKING:
    from trace2skill.nodes.report import Report
    from trace2skill.skillmd.review import ProposedChange


COLOURS = {"+": "green", "-": "red", "@": "cyan"}
CHOICE = "[a]ccept, [e]dit, [r]eject, [q]uit for now"
Answers = dict[str, dict[str, str]]


def decide(report: "Report", library: Path, checkpoints: str | None) -> "Report":
    """Ask until every skill is decided on or the person stops; return the report after that."""
    from trace2skill.graph.run import resume_run

    while report.waiting:
        answers, stopped = asked(report.waiting)
        if answers:
            report = resume_run(library, report.run, answers=answers, checkpoints=checkpoints)
        if stopped:
            break
    return report


def asked(changes: Sequence["ProposedChange"]) -> tuple[Answers, bool]:
    """The person's answers by skill, and whether they stopped before the last one."""
    answers: Answers = {}
    for number, change in enumerate(changes, 1):
        _show(change, f"{number} of {len(changes)}")
        answer = _answer(change)
        if answer is None:
            return answers, True
        answers[change.name] = answer
    return answers, False


def _answer(change: "ProposedChange") -> dict[str, str] | None:
    while True:
        choice = typer.prompt(f"{change.name}: {CHOICE}", err=True).strip().lower()[:1]
        if choice == "a":
            return {"decision": "accept", "digest": change.digest}
        if choice == "r":
            why = typer.prompt("why", default="", err=True)
            return {"decision": "reject", "reason": why, "digest": change.digest}
        if choice == "q":
            return None
        if choice == "e" and (text := _edited(change)):
            return {"decision": "edit", "markdown": text, "digest": change.digest}


def _edited(change: "ProposedChange") -> str | None:
    """The text as saved in the editor; None if it is unchanged, holds a secret or the editor failed."""
    from trace2skill.skillmd.review import refuse_secrets

    try:
        text = edited_text(change.markdown)
        refuse_secrets(text)
    except SettingError as error:
        note(str(error))
        return None
    if text == change.markdown:
        note("nothing was changed")
        return None
    return text


def _show(change: "ProposedChange", place: str) -> None:
    out = console()
    out.print()
    out.rule(f"{change.name}, {change.operation} ({place})", style="bold")
    for label, text in (("", change.note), ("", change.earlier), ("not taken: ", change.problem)):
        if text:
            say(f"{label}{text}")
    for line in change.diff.splitlines():
        out.print(clean(line), style=COLOURS.get(line[:1]), markup=False)
    if change.diff.startswith("--- /dev/null"):
        return  # all rules were shown with their evidence
    grid = table("rule", "tier", "says", "evidence")
    for rule in change.rules:
        add_row(grid, rule.name, rule.tier, rule.text, rule.evidence)
    out.print(grid)


WAITING = 7
"""Exit code of a run that waits for a review."""


def review(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The run; the latest one that waits if absent.")
    ] = None,
    *,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="NAME[@DIGEST]",
            help="Save this skill; with the digest that --json shows, only if it is still what was shown.",
        ),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar="NAME=REASON", help="Do not save it, nor propose the same again."),
    ] = None,
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="NAME=FILE", help="Save it as edited in this SKILL.md."),
    ] = None,
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="Save everything that no other option names.")
    ] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    checkpoints: CheckpointsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide what a run that waits for a review may save.

    Without decisions it asks, on a terminal; elsewhere it lists what waits (with --json as the graph asks
    it: diff, rules, evidence). Skills left out wait on.
    """
    from trace2skill.graph.run import resume_run
    from trace2skill.store.runs import unfinished

    record = unfinished(library, run, {"waiting"}).record()
    answers: dict[str, Any] = {}
    if accept_all:
        answers = {name: {"decision": "accept"} for name in record.waiting}
    for each in accept or ():
        name, _, digest = each.partition("@")
        answers[name] = {"decision": "accept", "digest": digest}
    answers |= {name: {"decision": "reject", "reason": why} for name, why in _pairs(reject, "--reject")}
    answers |= {
        name: {"decision": "edit", "markdown": _read(file)}
        for name, file in _pairs(edit, "--edit", needed=True)
    }
    report = resume_run(library, record.id, answers=answers or None, checkpoints=checkpoints)
    settle(report, library, checkpoints, as_json=as_json, ask=not answers)


def settle(
    report: "Report", library: Path, checkpoints: str | None, *, as_json: bool, ask: bool = True
) -> None:
    """Print the report; on a terminal, first ask about the changes that wait for a review.

    Raises:
        typer.Exit: Nothing was saved, something still waits, or a limit was reached.
    """
    from trace2skill.cli.report import show_report

    if report.waiting and ask and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        report = decide(report, library, checkpoints)
    if as_json:
        print_json(report)
    elif not report.waiting:
        show_report(report, library)
    if report.waiting:
        _tell(report, library, as_json=as_json)
        raise typer.Exit(WAITING)
    if not report.succeeded:
        note("nothing was saved: no skill could be made of these traces")
        raise typer.Exit(1)
    if report.stopped:
        note("stopped early at a limit: what was done is saved; raise it and run again with --again to go on")
        raise typer.Exit(LimitError.exit_code)


def _tell(report: "Report", library: Path, *, as_json: bool) -> None:

    for change in report.waiting if not as_json else ():
        say(f"{change.name}: {change.operation}, {change.note}")
        if change.problem:
            note(f"{change.name}: the answer was not taken: {change.problem}")
    waiting = "1 change waits" if len(report.waiting) == 1 else f"{len(report.waiting)} changes wait"
    note(
        f"{waiting} for a review, nothing is saved yet; decide with: "
        f"trace2skill review {report.run} --library {library}"
    )


def _pairs(values: list[str] | None, option: str, *, needed: bool = False) -> list[tuple[str, str]]:
    pairs = [value.partition("=") for value in values or ()]
    if any(not name or (needed and not text) for name, _, text in pairs):
        raise SettingError(f"{option} takes NAME={'FILE' if needed else 'REASON'}")
    return [(name, text) for name, _, text in pairs]


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error})") from error
