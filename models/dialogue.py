"""The course of one question: ask, read the reply, have it mended once, ask in another way.

A generator, so that threads and coroutines share it: it yields what to send and is given what came back.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from trace2skill.models.question import Question
from trace2skill.models.reading import UnusableError, read, text_of
from trace2skill.models.structured import Ladder, Method

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

T = TypeVar("T", bound=BaseModel)

VERSION = 1
"""Of the words below: a change of it makes every cached answer one to another question."""

BY_PROMPT = (
    "Answer with one JSON object and nothing else: no prose, no code fence. It must follow this JSON "
    "schema:\n"
)
QUOTED = 4000
"""Characters of an unusable reply that the model is shown again."""


@dataclass(frozen=True)
class Attempt:
    """What to send next."""

    method: Method
    system: str
    user: str

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.system}\n{self.user}"


class RejectedError(Exception):
    """The model, or its server, has no such way of holding it to a schema."""


def dialogue(question: Question, schema: type[T], ladder: Ladder) -> Generator[Attempt, "AIMessage", T]:
    """The attempts at an answer, each to be answered by the reply, or by raising `RejectedError` here.

    Returns:
        The answer.

    Raises:
        UnusableError: No reply could be used.
        RejectedError: The last way, or the only one allowed, is rejected.
    """
    while True:
        method = ladder.method
        try:
            answer = yield from _one_way(question, schema, method, ladder)
        except RejectedError:
            if not ladder.step_down(method):
                raise
        except UnusableError as error:
            if error.hopeless or ladder.proved or not ladder.step_down(method):
                raise
        else:
            ladder.prove(method)
            return answer


def _one_way(
    question: Question, schema: type[T], method: Method, ladder: Ladder
) -> Generator[Attempt, "AIMessage", T]:
    attempt = _attempt(question, schema, method)
    reply = yield attempt
    try:
        return read(reply, schema)
    except UnusableError as error:
        ignored = error.prose and not ladder.proved
        if error.hopeless or ignored:
            raise
        reply = yield _mending(attempt, reply, error)
        return read(reply, schema)


def _attempt(question: Question, schema: type[BaseModel], method: Method) -> Attempt:
    system = question.system
    if method == "prompt":
        system = f"{system}\n\n{BY_PROMPT}{json.dumps(schema.model_json_schema(), sort_keys=True)}".strip()
    return Attempt(method, system, "\n\n".join(filter(None, (question.common, question.body))))


def _mending(attempt: Attempt, reply: "AIMessage", error: UnusableError) -> Attempt:
    """The question and what was wrong, as one message: not every provider takes its own replies back."""
    said = text_of(reply)[:QUOTED]
    complaint = (
        f"An earlier reply to this could not be used: {error.reason}\nIt began:\n{said}\n"
        "Reply again with the whole object, corrected."
    )
    return Attempt(attempt.method, attempt.system, f"{attempt.user}\n\n{complaint}")
