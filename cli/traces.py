"""`trace2skill traces`: what was understood of trace files, before anything is distilled."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import (
    JsonOption,
    MapOption,
    OutcomesOption,
    StrictOption,
    SuccessAtOption,
)
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.traces.model import Trace


def traces(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Trace files, folders or globs.")],
    *,
    mapping: MapOption = None,
    success_at: SuccessAtOption = None,
    outcomes: OutcomesOption = None,
    strict: StrictOption = False,
    show: Annotated[
        str, typer.Option("--show", metavar="N|ID", help="The trace to print: its number from 1, or its id.")
    ] = "1",
    as_json: JsonOption = False,
) -> None:
    """Show what is understood of traces.

    Prints counts, outcomes, tools, actors, task families and one trace. Secrets are removed before anything
    is shown, and nothing is written.
    """
    from trace2skill.cli.output import print_json
    from trace2skill.cli.overview import show_overview
    from trace2skill.mining.families import assign_families
    from trace2skill.traces.overview import overview
    from trace2skill.traces.read import Intake
    from trace2skill.traces.redact import redact

    source = Intake(paths, mapping=mapping, success_at=success_at, outcomes=outcomes, strict=strict)
    read = [redact(trace)[0] for trace in source]
    if not read:
        raise InputError(source.nothing)
    shown = _chosen(read, show)
    families = dict(sorted(Counter(assign_families(read).values()).items()))
    problems = [str(problem) for problem in source.problems]
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
