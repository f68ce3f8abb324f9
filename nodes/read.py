"""Read: a model reads one batch of runs for some analysts; code checks what it answers."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from langchain_core.runnables import Runnable, RunnableLambda
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import Send

from trace2skill.claims.model import claim_id
from trace2skill.errors import AnswerError, LimitError, ModelError, Trace2SkillError
from trace2skill.llm.ask import Asker
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import Models, Reading, asker, reader_question
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.runtime import Keeper, ended_by
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import CHUNK, DistillState, Read, ReadTask, with_settings
from trace2skill.proposals.failures import FailureAnswer, ReadingWithCauses, causes_sorted_out, joined
from trace2skill.proposals.reading import ReadingAnswer, RunReading, sorted_out
from trace2skill.proposals.transcript import Transcript

Roster = Sequence[Analyst]
Answer = ReadingAnswer | FailureAnswer


def reader(roster: Roster, keeper: Keeper) -> Runnable[ReadTask, DistillState]:
    """The node that asks about a batch and stores the usable part of the answer among the artifacts.

    An unusable answer or a reached limit is recorded in the state; the other readers go on. The asynchronous
    form holds no thread while it waits, so that a server's few threads do not bound the calls.

    Raises:
        ModelError: The model cannot be reached, or refuses every call.
        SettingError: There is no such provider.
    """
    return RunnableLambda(
        partial(read, roster=roster, keeper=keeper), partial(aread, roster=roster, keeper=keeper), name="read"
    )


def read(task: ReadTask, *, roster: Roster, keeper: Keeper) -> DistillState:
    """Ask on this thread."""
    try:
        return _read(task, roster, keeper)
    except Trace2SkillError as error:
        return ended_by(error)


async def aread(task: ReadTask, *, roster: Roster, keeper: Keeper) -> DistillState:
    """The same on an event loop."""
    try:
        return await _aread(task, roster, keeper)
    except Trace2SkillError as error:
        return ended_by(error)


def _read(task: ReadTask, roster: Roster, keeper: Keeper) -> DistillState:
    runtime = keeper.settled(task, get_runtime(DistillSettings), asks=True)
    given = _reader_input(task, settings(runtime), roster, keeper.models)
    answer: Answer | AnswerError | LimitError
    try:
        answer = given.asker.ask(given.asked.question, given.asked.schema)
    except (AnswerError, LimitError) as error:
        answer = error
    return _result(task, given, answer, roster, runtime)


async def _aread(task: ReadTask, roster: Roster, keeper: Keeper) -> DistillState:
    runtime = keeper.settled(task, get_runtime(DistillSettings), asks=True)
    given = await asyncio.to_thread(_reader_input, task, settings(runtime), roster, keeper.models)
    answer: Answer | AnswerError | LimitError
    try:
        answer = await given.asker.aask(given.asked.question, given.asked.schema)
    except (AnswerError, LimitError) as error:
        answer = error
    return await asyncio.to_thread(_result, task, given, answer, roster, runtime)


class _ReaderInput(NamedTuple):
    """What is needed to ask a reader and to check its answer."""

    asker: Asker
    artifacts: Artifacts
    shown: Transcript
    asked: Reading


def _reader_input(task: ReadTask, context: DistillSettings, roster: Roster, models: Models) -> _ReaderInput:
    artifacts = Artifacts(context.library, task["run"])
    pool = family_pool(context.library, task["run"], task["family"])
    traces = {trace.hash: trace for trace in pool.traces}
    shown = artifacts.batch(task["family"], task["batch"]).transcript(traces)
    asked = reader_question(task, shown, roster, artifacts)
    return _ReaderInput(asker(context, task["run"], models), artifacts, shown, asked)


def _result(
    task: ReadTask,
    given: _ReaderInput,
    answer: Answer | AnswerError | LimitError,
    roster: Roster,
    runtime: Runtime[DistillSettings],
) -> DistillState:
    result = Read(
        round=task["round"],
        family=task["family"],
        batch=task["batch"],
        analysts=task["analysts"],
        proposed=0,
        problem="",
        stopped=False,
    )
    if isinstance(answer, AnswerError | LimitError):
        result["problem"], result["stopped"] = str(answer), isinstance(answer, LimitError)
    else:
        reading = _usable(task, given, answer, _known(given.artifacts, task["family"], roster))
        given.artifacts.put_reading(task, reading)
        result["proposed"] = reading.proposed
    runtime.stream_writer({"stage": "answer", "family": task["family"], "proposed": result["proposed"]})
    return {"read": [result]}


def _usable(task: ReadTask, given: _ReaderInput, answer: Answer, known: frozenset[str]) -> RunReading:
    words, asked = given.artifacts.glossary(task["family"]), given.asked
    parts: list[RunReading] = []
    if isinstance(answer, ReadingAnswer):
        parts.append(sorted_out(answer, words, given.shown, known, aspects=asked.aspects))
    if isinstance(answer, FailureAnswer | ReadingWithCauses):
        parts.append(causes_sorted_out(answer.causes, words, given.shown, known, asked.failed))
    return joined(parts)


def _known(artifacts: Artifacts, family: str, roster: Roster) -> frozenset[str]:
    return frozenset(
        claim_id(claim) for analyst in roster for claim in artifacts.claims(family, analyst.name)
    )


def gather(state: DistillState, _runtime: Runtime[DistillSettings]) -> DistillState:
    """Count the readers that have finished.

    Raises:
        ModelError: All have finished, and no answer could be used, for other reasons than a limit.
    """
    sent = state["reads_sent"] + len(_chunk(state))
    answered = [each for each in state.get("read", []) if each["round"] == state["round"]]
    if (
        sent == len(state["reads"])
        and answered
        and all(each["problem"] and not each["stopped"] for each in answered)
    ):
        raise ModelError(
            f"none of the model's {len(answered)} answers could be used; the first: {answered[0]['problem']}"
        )
    return {"reads_sent": sent}


def send_readers(state: DistillState) -> list[Send] | str:
    """The next chunk of readers, `measure_proposals` when all are done, or the end on an error."""
    if state.get("errors"):
        return "__end__"
    return [Send("read", with_settings(state, task)) for task in _chunk(state)] or "measure_proposals"


def _chunk(state: DistillState) -> list[ReadTask]:
    return state["reads"][state["reads_sent"] :][:CHUNK]
