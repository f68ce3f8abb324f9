"""`trace2skill traces`: what is read from trace files, before anything is distilled from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from trace2skill.cli.options import (
    JsonOption,
    MapOption,
    OutcomesOption,
    RedactOption,
    StrictOption,
    SuccessAtOption,
)
from trace2skill.cli.output import add_row, console, listed, print_json, say, table
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.traces.model import Trace
    from trace2skill.traces.overview import Overview
    from trace2skill.traces.read import IntakeSummary
    from trace2skill.traces.redact import Level


SHOWN = 15


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
    note_silent(summary.without_calls, summary.read)
    for heading, values in _lines(counts, families):
        say(f"{heading:>14}  {values}")
    _show_tools(counts)
    listed("Not read", list(problems))
    say()
    say(render_trace(trace))


def _lines(counts: "Overview", families: Mapping[str, int]) -> list[tuple[str, str]]:

    origins = {origin or "nothing": count for origin, count in counts.origins.items()}
    return [
        ("format", _counted(counts.formats)),
        ("outcome", _counted(counts.outcomes)),
        ("decided by", _counted(origins)),
        ("steps", f"{counts.steps} in all, median {counts.steps_median:g}, longest {counts.steps_max}"),
        ("steps by", _counted(counts.actors)),
        ("tasks", f"{counts.distinct_tasks} distinct"),
        ("task families", _counted(families)),
        ("tools", f"{len(counts.tools)} used, {counts.offered_tools} offered"),
    ]


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
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Trace files, folders or globs.")],
    *,
    mapping: MapOption = None,
    success_at: SuccessAtOption = None,
    outcomes: OutcomesOption = None,
    strict: StrictOption = False,
    redact: RedactOption = None,
    show: Annotated[
        str, typer.Option("--show", metavar="N|ID", help="The trace to print: its number from 1, or its id.")
    ] = "1",
    as_json: JsonOption = False,
) -> None:
    """Show what is understood of traces.

    Prints counts, outcomes, tools, actors, task families and one trace. Secrets and
    what belongs to people are replaced before anything is shown, and nothing is written.
    """
    from trace2skill.mining.families import assign_families
    from trace2skill.traces.overview import overview
    from trace2skill.traces.read import Intake
    from trace2skill.traces.redact import DEFAULT, redact_path
    from trace2skill.traces.redact import redact as redacted

    source = Intake(paths, mapping=mapping, success_at=success_at, outcomes=outcomes, strict=strict)
    level = cast("Level", redact or DEFAULT)
    read = [redacted(trace, level)[0] for trace in source]
    if not read:
        raise InputError(source.nothing)
    shown = _chosen(read, show)
    families = dict(sorted(Counter(assign_families(read).values()).items()))
    problems = [redact_path(str(problem), level) for problem in source.problems]
    if not as_json:
        show_overview(source.summary, overview(read), families, problems, shown)
        return
    print_json(
        {
            "intake": source.summary,
            "overview": overview(read),
            "task_families": families,
            "problems": problems,
            "trace": shown,
        }
    )


def _chosen(read: "list[Trace]", wanted: str) -> "Trace":
    for trace in read:
        if wanted in (trace.id, trace.hash):
            return trace
    if wanted.isdecimal() and 1 <= int(wanted) <= len(read):
        return read[int(wanted) - 1]
    raise InputError(f"no trace {wanted!r} among the {len(read)} read; give --show a number from 1, or an id")
