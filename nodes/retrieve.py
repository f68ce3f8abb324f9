"""Retrieve: which skills the library offers for the task, if any."""

import uuid

from langgraph.runtime import Runtime

from trace2skill.errors import InputError
from trace2skill.facts.topic import leaves_topic
from trace2skill.nodes.report import plain
from trace2skill.nodes.solve_state import Guides, SolveContext, SolveState, guide, solve_settings
from trace2skill.store.receipts import receipt
from trace2skill.store.records import Retrieval


def retrieve(state: SolveState, runtime: Runtime[SolveContext], *, guides: Guides = guide) -> SolveState:
    """Ask the library. One that cannot be used offers nothing and says why; the task is solved anyway.

    On a thread, a task that no skill fits and that stays on the topic ("yes, please") keeps the last offer.

    Raises:
        InputError: The input gives no task.
        SettingError: The embedding's name has no known form, or what it needs is missing.
    """
    task = asked(state)
    if isinstance(task, str) and not task.strip():
        raise InputError("the task is empty; say what is to be done")
    if not isinstance(task, str):
        raise InputError('give a task, e.g. {"task": "Open the locked door."}, or messages that end with one')
    found = guides(solve_settings(runtime)).retrieve(task)
    if found.abstained and (earlier := _still_in_force(state, task)):
        found = earlier
    runtime.stream_writer(
        {
            "stage": "retrieve",
            "offered": [offer.skill for offer in found.offered],
            "considered": [[offer.skill, offer.score] for offer in found.considered],
            "reason": found.reason,
        }
    )
    blank: SolveState = {
        "answer": "",
        "stopped": "",
        "guidance": "",
        "errors": [],
        "injected": [],
        "model": None,
    }
    return {
        **blank,
        "task": task,
        "retrieval": plain(found),
        "receipt": plain(receipt(uuid.uuid4().hex[:16], found)),
    }


def asked(state: SolveState) -> object:
    """What the user asks: in a chat the last message, unless it was answered; else the task."""
    said = state.get("messages") or []
    return str(said[-1].text) if said and said[-1].type == "human" else state.get("task")


def _still_in_force(state: SolveState, task: str) -> Retrieval | None:
    """The thread's earlier offer, unless there is none or the task is about something else."""
    guidance = state.get("guidance")
    if not guidance:
        return None
    said = [str(message.text) for message in state.get("messages", []) if message.type in ("human", "ai")]
    if leaves_topic(task, [*said, guidance]):
        return None
    return Retrieval.model_validate(state["retrieval"])


def after_retrieve(state: SolveState) -> str:
    """Inject what is offered; abstain when nothing is."""
    return "solve" if Retrieval.model_validate(state["retrieval"]).abstained else "inject"
