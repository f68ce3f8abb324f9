"""τ-bench results: `[{task_id, reward, traj, trial}]`, the trajectory as OpenAI chat messages."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, JsonValue

from trace2skill.traces.conversation import first_request, to_steps
from trace2skill.traces.files import Record, each_item, traces_from
from trace2skill.traces.messages import Message, to_turns
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.outcomes import from_score
from trace2skill.traces.problem import Problem

_MARKER = re.compile(r"\s*###[A-Z][A-Z _-]*###\s*")


def strip_end_markers(text: str) -> str:
    """Remove end markers such as `###STOP###`; text that is nothing else becomes empty."""
    return _MARKER.sub(" ", text).strip() if "###" in text else text


NAME = "tau-bench"
SUCCESS_AT = 1.0


class Run(BaseModel):
    """One run on one task."""

    task_id: str | int
    trial: int = 0
    reward: float | None = None
    traj: list[Message]


def recognises(sample: JsonValue) -> bool:
    """Whether a value is an object, or a list of objects, with `task_id`, `reward` and `traj`."""
    first = sample[0] if isinstance(sample, list) and sample else sample
    return isinstance(first, dict) and {"task_id", "reward", "traj"} <= first.keys()


def read(record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
    """Yield one trace per run; success means `reward >= success_at` (default 1.0)."""
    threshold = SUCCESS_AT if success_at is None else success_at
    yield from traces_from(
        record, NAME, each_item(record.value), lambda item, source: _trace(item, source, threshold)
    )


def _trace(item: JsonValue, source: Source, success_at: float) -> Trace:
    run = Run.model_validate(item)
    turns = list(to_turns(run.traj, failed=_failed, clean=strip_end_markers))
    return Trace(
        id=f"{run.task_id}/{run.trial}",
        task=first_request(turns),
        task_key=str(run.task_id),
        steps=to_steps(turns),
        instructions="\n\n".join(each.text for each in run.traj if each.role == "system") or None,
        outcome=from_score(run.reward, success_at, "reward"),
        source=source,
    )


def _failed(content: str) -> bool:
    return content.startswith("Error")
