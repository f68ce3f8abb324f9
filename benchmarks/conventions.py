"""Whether a local model keeps to the conventions of a house: with no skill, a wrong one, the right one.

    python -m benchmarks.conventions --base-url http://127.0.0.1:8115/v1 --model NAME [--tasks 20]

Worked runs (house_conventions.py) are distilled as they are by `distill`; held-out tasks go through
`solve`, which chooses the next action as an object held to a schema. An answer counts if it is the house's
answer, character for character. One reply a task, temperature 0 (servers that batch do not keep that to the
bit). Prints Markdown: answers right of those asked with 95 % intervals (Wilson), how often a skill was
offered, and the seconds a task took.

`distilled` retrieves from the library of all three conventions at the threshold that it learnt; `another` and
`by hand` hold one skill each, which is always offered.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from langchain.chat_models import init_chat_model
from langchain_core.tools import tool

from benchmarks.house_conventions import CONVENTIONS, Asked, Convention
from trace2skill import Library, distill
from trace2skill.evidence.statistics import (
    Share,
    wilson,
)
from trace2skill.graph.solve import solve
from trace2skill.skillmd.folder import import_skill
from trace2skill.store.records import (
    Change,
    Commit,
)

os.environ.setdefault("LANGSMITH_TRACING", "false")
ROOT = Path(__file__).resolve().parents[1]

ARMS = ("none", "another", "distilled", "by hand")
WORKED = 24
ALWAYS = -1.0
"""A threshold that every skill reaches."""


class Arm(NamedTuple):
    """What the model is given: a library, and a threshold other than the library's own."""

    name: str
    library: Path
    threshold: float | None = None


class Result(NamedTuple):
    """What came of the tasks of one convention in one arm."""

    right: Share
    offered: int
    seconds: float
    answers: list[str]


def empty(folder: Path) -> Path:
    """A library without skills."""
    Library(folder).close()
    return folder


def distilled(folder: Path, conventions: tuple[Convention, ...]) -> Path:
    """The library that the pipeline makes of the worked runs."""
    distill([run for each in conventions for run in each.runs(WORKED)], library=folder)
    return folder


def by_hand(folder: Path, convention: Convention) -> Path:
    """A library with the one skill that somebody wrote down."""
    name = f"house-{convention.name}"
    document = folder / name / "SKILL.md"
    document.parent.mkdir(parents=True)
    head = f"---\nname: {name}\ndescription: How the house treats {convention.name}.\n---\n\n"
    document.write_text(head + convention.by_hand + "\n", encoding="utf-8")
    with Library(folder / "library") as library:
        library.commit(Commit(changes=(Change(skill=import_skill(document.parent), operation="import"),)))
    return folder / "library"


def arms(folder: Path, number: int) -> list[Arm]:
    """The four arms for one of the conventions; the other skill is the next one's."""
    convention, other = CONVENTIONS[number], CONVENTIONS[(number + 1) % len(CONVENTIONS)]
    return [
        Arm("none", folder / "none"),
        Arm("another", distilled(folder / f"only-{other.name}", (other,)), ALWAYS),
        Arm("distilled", folder / "all"),
        Arm("by hand", by_hand(folder / f"hand-{convention.name}", convention), ALWAYS),
    ]


def ask(asked: Asked, arm: Arm, model: Any) -> tuple[str, bool]:  # noqa: ANN401 - any chat model
    """The model's answer to a task, and whether it was offered a skill."""
    handed_in: list[str] = []

    @tool
    def submit(answer: str) -> str:
        """Hand in the answer."""
        handed_in.append(answer)
        return "noted"

    settings = {"tool_calls": False, "max_steps": 1, "threshold": arm.threshold, "record": False}
    solution = solve(asked.task, library=arm.library, model=model, tools=[submit], **settings)
    return (handed_in or [solution.answer])[-1], bool(solution.receipt.offered)


def measure(convention: Convention, arm: Arm, model: Any, tasks: int, parallel: int) -> Result:  # noqa: ANN401
    """Ask every task; the same instructions come first, so that a server need not read them anew."""
    begun = time.perf_counter()
    held_out = convention.held_out(tasks)
    with ThreadPoolExecutor(parallel) as pool:
        replies = list(pool.map(lambda asked: ask(asked, arm, model), held_out))
    right = sum(answer == asked.answer for (answer, _), asked in zip(replies, held_out, strict=True))
    return Result(
        Share(right, len(replies)),
        sum(offered for _, offered in replies),
        (time.perf_counter() - begun) / len(replies),
        [answer for answer, _ in replies],
    )


def interval(share: Share) -> str:
    """`17/20 (.64-.95)`."""
    low, high = wilson(share)
    return f"{share.hits}/{share.trials} ({low:.2f}-{high:.2f})"


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--base-url", required=True, help="an OpenAI-compatible server")
    parser.add_argument("--model", required=True, help="the model's name on that server")
    parser.add_argument("--tasks", type=int, default=20, help="held-out tasks of each convention")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS, help="all of them")
    parser.add_argument("--parallel", type=int, default=1, help="tasks asked at a time")
    parser.add_argument("--show", action="store_true", help="print the answers as well")
    return parser.parse_args()


def main() -> None:
    """Distil, ask, print."""
    given = options()
    key = os.environ.get("OPENAI_API_KEY", "none")
    limits = {"temperature": 0, "max_tokens": 64, "timeout": 600}
    model = init_chat_model(f"openai:{given.model}", base_url=given.base_url, api_key=key, **limits)
    results: dict[tuple[str, str], Result] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty(folder / "none")
        distilled(folder / "all", CONVENTIONS)
        for number, convention in enumerate(CONVENTIONS):
            for arm in (each for each in arms(folder, number) if each.name in given.arms):
                found = measure(convention, arm, model, given.tasks, given.parallel)
                results[arm.name, convention.name] = found
                if given.show:
                    print(f"{convention.name}, {arm.name}: {found}", file=sys.stderr, flush=True)  # noqa: T201
    print(table(results))  # noqa: T201


def table(results: dict[tuple[str, str], Result]) -> str:
    """A row an arm, a column a convention, and all together."""
    names = [convention.name for convention in CONVENTIONS]
    lines = [
        f"| skill | {' | '.join(names)} | all | offered | s a task |",
        f"|---|{'---|' * len(names)}---|---|---|",
    ]
    for arm in dict.fromkeys(arm for arm, _ in results):
        row = [results[arm, name] for name in names]
        shares = [each.right for each in row]
        shares.append(Share(sum(one.hits for one in shares), sum(one.trials for one in shares)))
        offered = f"{sum(each.offered for each in row)}/{shares[-1].trials}"
        seconds = sum(each.seconds for each in row) / len(row)
        lines.append(f"| {arm} | {' | '.join(map(interval, shares))} | {offered} | {seconds:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
