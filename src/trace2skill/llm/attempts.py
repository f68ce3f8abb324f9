"""One question on its way to its answer: asked, read, mended once, and what that took."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue

from trace2skill.llm.question import Question
from trace2skill.llm.replies import Ladder, Method, UnusableError, read, text_of
from trace2skill.llm.resolve import Client
from trace2skill.llm.settings import ModelUsage
from trace2skill.tokenizer import count

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage


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


class PendingQuestion(Generic[T]):
    """A question, the model it goes to, what to send next, and the answer once it is there."""

    def __init__(self, question: Question, schema: type[T], client: Client) -> None:
        self.question = question
        self.schema = schema
        self.client = client
        self.usage = ModelUsage()
        self.answer: T | None = None
        self._dialogue = dialogue(question, schema, client.ladder)
        self._attempt: Attempt | None = None

    @property
    def shape(self) -> JsonValue:
        """All that shapes the answer."""
        asked = self.question
        return {
            "version": VERSION,
            "model": self.client.identity,
            "schema": _json_schema(self.schema),
            "question": [asked.system, asked.common, asked.body],
        }

    @property
    def attempt(self) -> Attempt:
        """What to send next."""
        if self._attempt is None:
            self._attempt = next(self._dialogue)
        return self._attempt

    @property
    def messages(self) -> "list[BaseMessage]":
        """The same as messages."""
        from langchain_core.messages import HumanMessage, SystemMessage

        attempt = self.attempt
        first: list[BaseMessage] = [SystemMessage(attempt.system)] if attempt.system else []
        return [*first, HumanMessage(attempt.user)]

    def take(self, outcome: "AIMessage | RejectedError") -> None:
        """Go on with what came back: there is an answer then, or another attempt.

        Raises:
            UnusableError: No reply could be used.
            RejectedError: No way of asking is left.
        """
        try:
            if isinstance(outcome, RejectedError):
                self._attempt = self._dialogue.throw(outcome)
            else:
                self._attempt = self._dialogue.send(outcome)
        except StopIteration as end:
            self.answer = end.value

    def bill(self, reply: "AIMessage") -> ModelUsage:
        """What a reply took: as the provider counts, else as we do."""
        if reply.usage_metadata:
            return self._usage(reply.usage_metadata["input_tokens"], reply.usage_metadata["output_tokens"])
        return self._usage(count(self.attempt.text), count(str(reply.text)), estimated=1)

    def bill_of(self, error: Exception) -> ModelUsage:
        """The same for a reply that the client raised, as OpenAI's does with one that was cut."""
        usage: Any = getattr(getattr(error, "completion", None), "usage", None)
        return self._usage(usage.prompt_tokens, usage.completion_tokens) if usage else ModelUsage()

    def unanswered(self, cause: str) -> str:
        """The sentence that says so."""
        asked = self.question
        return (
            f"the model {self.client.name} gave no usable answer to {asked.node} of {asked.subject}: {cause}"
        )

    def _usage(self, prompt: int, completion: int, estimated: int = 0) -> ModelUsage:
        cost = self.client.cost(prompt, completion)
        return ModelUsage(prompt, completion, calls=1, estimated_calls=estimated, cost=cost)


@lru_cache(64)
def _json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    return schema.model_json_schema()
