"""Deciding on proposed skills at a terminal, one page a skill."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trace2skill.cli.editor import edited_text
from trace2skill.cli.output import add_row, clean, console, note, say, table
from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from trace2skill.nodes.report import Report
    from trace2skill.skills.proposed import ProposedChange

COLOURS = {"+": "green", "-": "red", "@": "cyan"}
CHOICE = "[a]ccept, [e]dit, [r]eject, [q]uit for now"
Answers = dict[str, dict[str, str]]


def decide(report: "Report", library: Path, checkpoints: str | None) -> "Report":
    """Ask until every skill is decided on or the person wants to stop; the report after that."""
    from trace2skill.graph.run import resume_run

    while report.waiting:
        answers, stopped = asked(report.waiting)
        if answers:
            report = resume_run(library, report.run, answers=answers, checkpoints=checkpoints)
        if stopped:
            break
    return report


def asked(changes: Sequence["ProposedChange"]) -> tuple[Answers, bool]:
    """What the person answers for each skill, and whether they stopped before the last one."""
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
            return {"decision": "accept"}
        if choice == "r":
            return {"decision": "reject", "reason": typer.prompt("why", default="", err=True)}
        if choice == "q":
            return None
        if choice == "e" and (text := _edited(change)):
            return {"decision": "edit", "markdown": text}


def _edited(change: "ProposedChange") -> str | None:
    """The text as it was saved in the editor; None where there is nothing to take from it."""
    from trace2skill.skills.answers import refuse_secrets

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
