"""What a run is doing, on stderr, for a person who waits."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Event = dict[str, Any]
SAYINGS = {
    "read": "read {done} traces",
    "plan": "mining {families} task families",
    "mine": "mined {analyst} of {family}",
    "measure": "measured {traces} traces of {family}",
    "decide": "mined the decisions of {family}",
    "lay out": "planned {calls} calls over {runs} runs",
    "answer": "a model read runs of {family}",
    "weigh": "measured {measured} proposals, kept {kept}",
    "word": "worded {drafts} drafts",
    "compose": "composed {family}",
    "critique": "checked {drafts} drafts, {objected} objected to",
    "save": "saved {skills} skills",
}


@contextmanager
def shown_progress() -> Iterator[Callable[[Event], None] | None]:
    """A callback for the events of a run while its bar is shown; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    from trace2skill.cli.output import console

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task("reading", total=None)

        def show(event: Event) -> None:
            bars.update(bar, description=SAYINGS[event["stage"]].format_map(event))
            if event["stage"] == "plan":
                bars.update(bar, total=event["tasks"])
            elif event["stage"] == "lay out":
                bars.reset(bar, total=event["calls"])
            elif event["stage"] in {"mine", "answer"}:
                bars.advance(bar)

        yield show
