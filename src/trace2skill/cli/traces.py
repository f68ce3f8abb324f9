"""`trace2skill traces`: what is read from trace files, before anything is distilled from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, cast

import typer

from trace2skill.cli.options import (
    JsonOption,
    MapOption,
    OutcomesOption,
    RedactOption,
    ScoreOption,
    StrictOption,
    SuccessAtOption,
    UnitOption,
    given,
)
from trace2skill.cli.output import add_row, console, listed, print_json, say, table
from trace2skill.cli.pulling import SOURCES, KeepOption, RefetchOption, local_paths
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.traces.model import Trace
    from trace2skill.traces.overview import Overview
    from trace2skill.traces.problem import Problem
    from trace2skill.traces.read import IntakeSummary
    from trace2skill.traces.redact import Level


SHOWN = 15
WIDE = 110
"""Characters of advice that is not repeated."""

WHY = {
    "spans of kind": "neither a model's call nor a tool's",
    "messages that cannot be read": "no known role; limits on attributes cut long histories",
    "failed model calls": "nothing came back",
    "model calls without recorded messages": "their content was not captured",
    "model calls recorded twice": "by two layers of the program",
    "tool calls recorded twice": "by both sides of the call",
    "earlier attempts of a tool": "the step has the last result",
    "prompts of sub-agents": "the calls that started them hold the request",
    "runs without a model or a tool": "of no agent",
}
"""Why what is in no trace is in none."""


def show_overview(
    summary: "IntakeSummary",
    counts: "Overview",
    families: Mapping[str, int],
    problems: Sequence[str],
    trace: "Trace",
) -> None:
    """Print the counts, the tools, what was not read, and one trace as it was read."""
    from trace2skill.cli.report import note_silent
    from trace2skill.traces.overview import render_trace
    from trace2skill.wording.evidence import count

    say(
        f"{count(summary.read, 'trace')} from {count(summary.files, 'file')}, "
        f"{count(summary.duplicates, 'duplicate')}, {count(summary.rejected, 'record')} rejected, "
        f"{count(summary.skipped, 'file')} skipped."
    )
    if summary.judging:
        say(f"{count(summary.judging, 'file')} of feedback, scores or annotations beside them.")
    if summary.joined:
        say(f"{count(summary.joined, 'file')} read with another one that it belongs to.")
    note_silent(summary.without_calls, summary.read)
    _show_formats(counts)
    for heading, values in _lines(counts, families):
        say(f"{heading:>14}  {values}")
    _show_outcomes(counts)
    _show_tools(counts)
    listed("In no trace", _dropped(summary))
    listed("Not read", list(problems))
    say()
    say(render_trace(trace))


def _lines(counts: "Overview", families: Mapping[str, int]) -> list[tuple[str, str]]:

    return [
        ("outcome", _counted(counts.outcomes)),
        ("steps", f"{counts.steps} in all, median {counts.steps_median:g}, longest {counts.steps_max}"),
        ("steps by", _counted(counts.actors)),
        ("tasks", f"{counts.distinct_tasks} distinct"),
        ("task families", _counted(families)),
        ("tools", f"{len(counts.tools)} used, {counts.offered_tools} offered"),
    ]


def _show_formats(counts: "Overview") -> None:
    grid = table("format", "#traces", "#of known outcome", "#without calls", "#steps", "#calls", "#tools")
    for use in counts.by_format:
        add_row(grid, use.name, use.traces, use.known, use.silent, use.steps, use.calls, use.tools)
    console().print(grid)


def _show_outcomes(counts: "Overview") -> None:
    """Who told the outcomes of each format, and on what ground."""
    grid = table("outcome told by", "as", "format", "#success", "#failure", "#partial", "#unknown")
    for told in counts.told[:SHOWN]:
        numbers = (told.success, told.failure, told.partial, told.unknown)
        add_row(grid, told.told_by, told.origin, told.format, *(number or "" for number in numbers))
    console().print(grid)
    if len(counts.told) > SHOWN:
        say(f"and {len(counts.told) - SHOWN} more origins (--json lists them)")


def _dropped(summary: "IntakeSummary") -> list[str]:
    """What of each format is in no trace, how much of it, and why."""
    return [
        f"{form}: {number} {what}" + (f" ({why})" if (why := _why(what)) else "")
        for form, parts in summary.dropped.items()
        for what, number in parts.items()
    ]


def _why(what: str) -> str:
    return next((why for start, why in WHY.items() if what.startswith(start)), "")


def _show_tools(counts: "Overview") -> None:
    grid = table("tool", "called by", "#calls", "#errors", "#traces")
    for use in counts.tools[:SHOWN]:
        add_row(grid, use.name, use.actor, use.calls, use.errors if use.judged else "unknown", use.traces)
    console().print(grid)
    if len(counts.tools) > SHOWN:
        say(f"and {len(counts.tools) - SHOWN} more tools (--json lists them)")


def _counted(values: Mapping[str, int]) -> str:

    shown = [f"{name} {count}" for name, count in list(values.items())[:SHOWN]]
    return ", ".join(shown) + (f", and {len(values) - SHOWN} more" if len(values) > SHOWN else "")


def traces(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=f"{SOURCES}.")],
    *,
    mapping: MapOption = None,
    success_at: SuccessAtOption = None,
    outcomes: OutcomesOption = None,
    score: ScoreOption = None,
    unit: UnitOption = None,
    strict: StrictOption = False,
    redact: RedactOption = None,
    keep: KeepOption = None,
    refetch: RefetchOption = False,
    show: Annotated[
        str, typer.Option("--show", metavar="N|ID", help="The trace to print: its number from 1, or its id.")
    ] = "1",
    as_json: JsonOption = False,
) -> None:
    """Show what is understood of traces.

    Prints the counts of each format, outcomes and who decided them, tools, actors, task families, what is in
    no trace, what could not be read, and one trace. Secrets and what belongs to people are
    replaced before anything is shown, and nothing is written, unless --keep keeps what is pulled.
    """
    from trace2skill.mining.families import assign_families
    from trace2skill.traces.overview import overview
    from trace2skill.traces.read import Intake
    from trace2skill.traces.redact import DEFAULT, redact_path
    from trace2skill.traces.redact import redact as redacted

    options = given(
        mapping=mapping, success_at=success_at, outcomes=outcomes, strict=strict, score=score, unit=unit
    )
    level = cast("Level", redact or DEFAULT)
    with local_paths(paths, keep, refetch=refetch) as local:
        source = Intake(local, **options)
        read = [redacted(trace, level)[0] for trace in source]
    if not read:
        raise InputError(source.nothing)
    shown = _chosen(read, show)
    families = dict(sorted(Counter(assign_families(read).values()).items()))
    if not as_json:
        told = [redact_path(each, level) for each in _briefly(source.problems)]
        show_overview(source.summary, overview(read), families, told, shown)
        return
    problems = [redact_path(str(problem), level) for problem in source.problems]
    print_json(
        {
            "intake": source.summary,
            "overview": overview(read),
            "task_families": families,
            "problems": problems,
            "trace": shown,
        }
    )


def _briefly(problems: "list[Problem]") -> list[str]:
    """The problems in words; advice that takes a line or more is given once."""
    told: list[str] = []
    given: set[str] = set()
    for each in problems:
        repeated = each.fix in given and len(each.fix) > WIDE
        told.append(str(replace(each, fix="As above.") if repeated else each))
        given.add(each.fix)
    return told


def _chosen(read: "list[Trace]", wanted: str) -> "Trace":
    for trace in read:
        if wanted in (trace.id, trace.hash):
            return trace
    if wanted.isdecimal() and 1 <= int(wanted) <= len(read):
        return read[int(wanted) - 1]
    raise InputError(f"no trace {wanted!r} among the {len(read)} read; give --show a number from 1, or an id")
