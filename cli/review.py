"""`trace2skill review`: decide what a run may save."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, CheckpointsOption, JsonOption, LibraryOption
from trace2skill.errors import InputError, LimitError, SettingError

if TYPE_CHECKING:
    from trace2skill.nodes.report import Report

WAITING = 7
"""Exit code of a run that waits for a person."""


def review(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The run; the latest one that waits if absent.")
    ] = None,
    *,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="NAME", help="Save this skill.")
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
    answers |= {name: {"decision": "accept"} for name in accept or ()}
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
    """Print the report; first ask about what waits, if a person is there.

    Raises:
        typer.Exit: Nothing was saved, or something still waits.
    """
    from trace2skill.cli.output import note, print_json
    from trace2skill.cli.report import show_report

    if report.waiting and ask and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        from trace2skill.cli.review_page import decide

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
    from trace2skill.cli.output import note, say

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
