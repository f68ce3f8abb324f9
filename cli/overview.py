"""What was understood of traces, for a terminal."""

from collections.abc import Mapping, Sequence

from trace2skill.cli.output import add_row, console, listed, say, table
from trace2skill.traces.model import Trace
from trace2skill.traces.overview import Overview
from trace2skill.traces.read import IntakeSummary
from trace2skill.traces.render import render_trace

SHOWN = 15


def show_overview(
    summary: IntakeSummary,
    counts: Overview,
    families: Mapping[str, int],
    problems: Sequence[str],
    trace: Trace,
) -> None:
    """Print the counts, the tools, what was not read, and one trace as it was read."""
    say(
        f"{summary.read} traces from {summary.files} files, {summary.duplicates} duplicates, "
        f"{summary.rejected} records rejected, {summary.skipped} files skipped."
    )
    for heading, values in _lines(counts, families):
        say(f"{heading:>14}  {values}")
    _show_tools(counts)
    listed("Not read", list(problems))
    say()
    say(render_trace(trace))


def _lines(counts: Overview, families: Mapping[str, int]) -> list[tuple[str, str]]:
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


def _show_tools(counts: Overview) -> None:
    grid = table("tool", "called by", "#calls", "#errors", "#traces")
    for use in counts.tools[:SHOWN]:
        add_row(grid, use.name, use.actor, use.calls, use.errors if use.judged else "unknown", use.traces)
    console().print(grid)
    if len(counts.tools) > SHOWN:
        say(f"and {len(counts.tools) - SHOWN} more tools (--json lists them)")


def _counted(values: Mapping[str, int]) -> str:
    shown = [f"{name} {count}" for name, count in list(values.items())[:SHOWN]]
    return ", ".join(shown) + (f", and {len(values) - SHOWN} more" if len(values) > SHOWN else "")
