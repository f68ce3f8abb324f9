"""What a user sees of each fault of a model's server: a Markdown table.

    python -m benchmarks.model_faults

A small set of traces is distilled by the command line with a server that has the fault once (at its first
request), at every fifth request, and always.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from tests.chat_server import FAULTS, Asked, Reply, Script, answered, chat_server, fault
from tests.graph.errands import doors, lamps, write
from tests.scripted_analyst import answer
from trace2skill.cli.main import build
from trace2skill.store.library import Library

TIMES: dict[str, Callable[[int], bool]] = {
    "once": lambda number: number == 0,
    "every 5th": lambda number: number % 5 == 4,
    "always": lambda _: True,
}
SETTINGS = {"RETRIES": "2", "BACKOFF_S": "0.01", "TIMEOUT_S": "1.2"}
SHOWN = 130


def failing(name: str, when: Callable[[int], bool]) -> Script:
    """The fault at these requests, answers at the others."""

    def script(number: int, asked: Asked) -> Reply:
        value = answer(asked)
        return fault(name, asked, value) if when(number) else answered(value, asked)

    return script


def row(name: str, times: str, runs: Path, library: Path) -> str:
    """How a run with the fault ended."""
    with chat_server(script=failing(name, TIMES[times])) as chat:
        asking = ["--library", str(library), "--model", "openai:m", "--base-url", chat.url]
        result = CliRunner().invoke(build(), ["distill", str(runs), *asking])
    with Library(library, create=False) as opened:
        kept = f"{len(opened.skills())} skills, {len(opened.trace_hashes())} traces"
    said = result.stderr or next(
        (line for line in result.stdout.splitlines() if line.startswith("An answer could not")), "the report"
    )
    if "Traceback" in result.output or not isinstance(result.exception, SystemExit | None):
        said = f"STACK TRACE: {result.exception}"
    message = " ".join(said.split()).replace("|", "/")[:SHOWN]
    return f"| {name} | {times} | {result.exit_code} | {len(chat.asked)} | {kept} | {message} |"


def main() -> None:
    """Each fault, three times."""
    os.environ.update({f"TRACE2SKILL_{name}": value for name, value in SETTINGS.items()})
    print("| fault | when | exit | requests | kept | what the user sees |\n|---|---|---|---|---|---|")  # noqa: T201
    with tempfile.TemporaryDirectory() as scratch:
        runs = write(Path(scratch) / "runs.jsonl", doors() + lamps())
        for name in FAULTS:
            for times in TIMES:
                print(row(name, times, runs, Path(scratch) / f"{name}-{times}"), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
