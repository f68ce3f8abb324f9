"""`trace2skill runs`: the distil runs of a library and their states."""

from typing import TYPE_CHECKING

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, console, print_json, say, table

if TYPE_CHECKING:
    from trace2skill.store.runs import RunRecord

STATES = {
    "stopped": "stopped, can be resumed",
    "failed": "failed, can be resumed",
    "waiting": "waiting for review",
}


def runs(library: LibraryOption = DEFAULT_LIBRARY, as_json: JsonOption = False) -> None:
    """List the distil runs of a library, newest first.

    A run that was killed, that failed, or that waits for a review goes on with `distill --resume`; a week
    after its last sign of life it is swept away.
    """
    from trace2skill.store.runs import runs as recorded

    known = recorded(library)
    if as_json:
        print_json(known)
        return
    if not known:
        say(f"{library} has no runs.")
        return
    grid = table("run", "started (UTC)", "state", "stage", "done")
    for each in known:
        started = each.started[:19].replace("T", " ")
        add_row(grid, each.id, started, STATES.get(each.state, each.state), each.stage, _done(each))
    console().print(grid)


def _done(run: "RunRecord") -> str:
    if run.state == "failed":
        return run.message
    if run.state == "waiting":
        return f"asks about {', '.join(run.waiting)}"
    if run.state == "finished":
        return ", ".join(run.result) or "nothing new"
    return ", ".join(f"{stage} {count}" for stage, count in run.done.items())
