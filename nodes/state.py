"""The state of the distil graph: small, plain JSON without traces.

Traces are in the library, the rest is among the run's artifacts; the state names and counts them. For who
watches a run it also shows the first findings and drafts in words (`nodes/shown.py`), which no node reads.
"""

import operator
from collections import defaultdict
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class DistillInput(TypedDict, total=False):
    """The input: paths of traces, traces in our own format, one conversation's messages, or libraries."""

    paths: Annotated[
        list[str], Field(description="trace files, folders or globs on the server", examples=[["runs/"]])
    ]
    traces: Annotated[list[dict[str, Any]], Field(description="traces in trace2skill's own format")]
    messages: Annotated[
        list[dict[str, Any]],
        Field(
            description="one conversation: OpenAI's, Anthropic's or LangChain's messages",
            examples=[[{"role": "user", "content": "Open door D9."}]],
        ),
    ]
    libraries: Annotated[list[str], Field(description="folders of libraries to unite in the library")]


class MineTask(TypedDict):
    """One analyst and one family: the payload of a `Send`. `round` counts how often the run was planned.

    The run's settings are added when it is sent.
    """

    run: str
    round: int
    family: str
    analyst: str
    settings: NotRequired[dict[str, Any]]


class Mined(TypedDict):
    """The result of one analyst: the number of its claims, which are among the artifacts."""

    round: int
    family: str
    analyst: str
    claims: int


class ReadTask(TypedDict):
    """One batch of a family and the analysts that a model reads it for: the payload of a `Send`."""

    run: str
    round: int
    family: str
    batch: int
    analysts: list[str]
    settings: NotRequired[dict[str, Any]]


class Read(TypedDict):
    """The result of one reader; its claims and notes are among the artifacts.

    `problem` says why there are none: an unusable answer or, if `stopped`, a limit.
    """

    round: int
    family: str
    batch: int
    analysts: list[str]
    proposed: int
    problem: str
    stopped: bool


def first(known: list[dict[str, str]], new: list[dict[str, str]]) -> list[dict[str, str]]:
    """Reducer that keeps the first error, however many nodes report one; an empty list clears it."""
    return new and (known or new)


class DistillOutput(TypedDict, total=False):
    """The parts of a `Report` (nodes/report.py), and the error that ended the run, if any."""

    counts: dict[str, int]
    held: list[str]
    redactions: dict[str, int]
    problems: list[str]
    families: dict[str, int]
    joined: dict[str, int]
    formed: list[str]
    rejected_claims: int
    skills: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    judging: dict[str, Any]
    reading: dict[str, Any]
    usage: dict[str, Any]
    calls_planned: dict[str, Any]
    stopped: str
    refused: list[dict[str, Any]]
    failures: Annotated[list[dict[str, Any]], operator.add]
    errors: Annotated[list[dict[str, str]], first]


class DistillState(DistillInput, DistillOutput, total=False):
    """Everything that the nodes pass to each other."""

    run: str
    settings: dict[str, Any]
    round: int
    generation: int
    obsolete: list[str]
    tasks: list[MineTask]
    dispatched: int
    mined: Annotated[list[Mined], operator.add]
    reads: list[ReadTask]
    reads_sent: int
    read: Annotated[list[Read], operator.add]
    rules: dict[str, int]
    findings: dict[str, dict[str, list[dict[str, str]]]]
    drafts: list[str]
    pages: dict[str, str]
    changed: dict[str, str]
    revisions: int
    objections: dict[str, list[str]]
    decided: dict[str, Any]
    saved: bool


CHUNK = 500
"""Most tasks in a superstep, whose cost grows with the square of its pending tasks."""


def returned_analysts(state: DistillState) -> dict[str, list[str]]:
    """The analysts that have proposed claims in this round, by family; both sorted."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mined in state.get("mined", []):
        if mined["round"] == state["round"]:
            found[mined["family"]].append(mined["analyst"])
    return {family: sorted(found[family]) for family in sorted(found)}


def with_settings(state: DistillState, task: MineTask | ReadTask) -> dict[str, Any]:
    """The payload of a `Send`: the task with the settings kept with the run."""
    return {**task, "settings": state["settings"]} if "settings" in state else {**task}
