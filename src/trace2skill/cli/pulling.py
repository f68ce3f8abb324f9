"""Addresses of servers among the paths of a command: what is new is pulled, its folder takes their place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trace2skill.traces.pull.pulling import Pulled

SOURCES = (
    "Trace files, folders or globs; or langsmith://PROJECT, langfuse://, phoenix://PROJECT, "
    "mlflow://EXPERIMENT, with ?since=DATE&until=DATE&tag=TAG&name=NAME&limit=N"
)

KeepOption = Annotated[
    Path | None,
    typer.Option("--keep", metavar="FOLDER", help="Keep what is pulled from a server in this folder."),
]
RefetchOption = Annotated[
    bool,
    typer.Option("--refetch", help="Pull everything again, not only what is new; replaces what was pulled."),
]


@contextmanager
def local_paths(paths: Sequence[str], keep: Path | None, *, refetch: bool) -> Iterator[list[str]]:
    """The paths, with folders of what was pulled in the place of addresses.

    Args:
        paths: Paths and addresses.
        keep: The folder for what is pulled; without one it is gone with the context.
        refetch: Pull everything again.

    Raises:
        SettingError: An address cannot be read, or its server needs a key; nothing was pulled then.
        InputError: Nothing could be pulled.
    """
    from trace2skill.traces.pull.address import is_address

    if not any(map(is_address, paths)):
        yield list(paths)
        return
    from trace2skill.cli.output import note, shown_progress
    from trace2skill.traces.pull.pulling import insist, pull

    for each in filter(is_address, paths):
        insist(each)
    with TemporaryDirectory() as temporary:
        found = []
        for path in paths:
            if not is_address(path):
                found.append(path)
                continue
            with shown_progress() as progress:
                pulled = pull(path, keep or Path(temporary), refetch=refetch, progress=progress)
            for line in _told(path.partition("?")[0], pulled):
                note(line)
            found.append(str(pulled.folder))
        yield found


def _told(address: str, pulled: "Pulled") -> Iterator[str]:
    from trace2skill.wording.evidence import count

    left = f", {pulled.waiting} left for a later pull" if pulled.waiting else ""
    judged = f", {pulled.judgements} of feedback" if pulled.judgements else ""
    yield f"{address}: {count(pulled.traces, 'new trace')}{judged}{left}"
    if pulled.cut:
        yield f"the pull ended early: {pulled.cut}. What had come is kept; pull again for the rest"
