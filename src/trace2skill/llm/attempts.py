"""One question on its way to its answer: asked, read, mended once, and what that took."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, JsonValue

from trace2skill.llm.question import Question
from trace2skill.llm.replies import ENDINGS, Ladder, Method, UnusableError, read, text_of
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


IN_WORDS: tuple[Method, ...] = ("json_mode", "prompt")
"""Ways in which the schema must stand in the instructions."""

QUOTED = 4000
"""Characters of an unusable reply that the model is shown again."""


@dataclass(frozen=True)
class Attempt:
    """The next request to send for a question."""

    method: Method
    system: str
    user: str

    @property
    def text(self) -> str:
        """The whole prompt as text."""
        return f"{self.system}\n{self.user}"

    @property
    def messages(self) -> "list[BaseMessage]":
        """The prompt as chat messages."""
        from langchain_core.messages import HumanMessage, SystemMessage

        first: list[BaseMessage] = [SystemMessage(self.system)] if self.system else []
        return [*first, HumanMessage(self.user)]


Send = Callable[[Attempt], "AIMessage"]


class RejectedError(Exception):
    """The model or its server does not support this way of enforcing a schema."""


def answered(question: Question, schema: type[T], ladder: Ladder, send: Send) -> T:
    """The model's answer, by as many attempts as it takes.

    Args:
        question: What is asked.
        schema: What the answer is a record of.
        ladder: The ways of holding the model to it.
        send: Gives the reply to an attempt, or raises `RejectedError`.

    Raises:
        UnusableError: No reply could be used.
        RejectedError: The last way, or the only one allowed, is rejected.
    """
    while True:
        method = ladder.method
        try:
            answer = _one_way(_attempt(question, schema, method), schema, ladder, send)
        except RejectedError:
            if not ladder.step_down(method):
                raise
        except UnusableError as error:
            if error.hopeless or ladder.proved or not ladder.step_down(method):
                raise
        else:
            ladder.prove(method)
            return answer


def _one_way(attempt: Attempt, schema: type[T], ladder: Ladder, send: Send) -> T:
    reply = send(attempt)
    try:
        return read(reply, schema)
    except UnusableError as error:
        ignored = error.prose and not ladder.proved
        if error.hopeless or ignored:
            raise
        return read(send(_mending(attempt, reply, error)), schema)


def _attempt(question: Question, schema: type[BaseModel], method: Method) -> Attempt:
    system = question.system
    if method in IN_WORDS:
        system = f"{system}\n\n{BY_PROMPT}{json.dumps(schema.model_json_schema(), sort_keys=True)}".strip()
    return Attempt(method, system, question.user)


def _mending(attempt: Attempt, reply: "AIMessage", error: UnusableError) -> Attempt:
    """The question with what was wrong, as one message: some providers refuse their own replies."""
    said = text_of(reply)[:QUOTED]
    complaint = (
        f"An earlier reply to this could not be used: {error.reason}\nIt began:\n{said}\n"
        "Reply again with the whole object, corrected."
    )
    return Attempt(attempt.method, attempt.system, f"{attempt.user}\n\n{complaint}")


@dataclass
class PendingQuestion:
    """A question, the model it goes to, and what it took so far."""

    question: Question
    schema: type[BaseModel]
    client: Client
    usage: ModelUsage = field(default_factory=ModelUsage)

    @property
    def shape(self) -> JsonValue:
        """Everything that the answer depends on, as JSON; the cache key is made of it."""
        asked = self.question
        return {
            "version": VERSION,
            "model": self.client.identity,
            "schema": _json_schema(self.schema),
            "question": [asked.system, asked.common, asked.body],
        }

    def bill(self, attempt: Attempt, reply: "AIMessage") -> ModelUsage:
        """The usage of a reply: the provider's count, or our own if there is none."""
        if reply.usage_metadata:
            return self._usage(reply.usage_metadata["input_tokens"], reply.usage_metadata["output_tokens"])
        return self._usage(count(attempt.text), count(str(reply.text)), estimated=1)

    def bill_of(self, attempt: Attempt, error: Exception) -> ModelUsage:
        """The usage of a reply that the client raised as an error: its count, or ours of the prompt."""
        usage: Any = getattr(getattr(error, "completion", None), "usage", None)
        if usage:
            return self._usage(usage.prompt_tokens, usage.completion_tokens)
        if type(error).__name__ in ENDINGS:
            return self._usage(count(attempt.text), 0, estimated=1)
        return ModelUsage()

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
