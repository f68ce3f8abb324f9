"""One question on its way to its answer, and what it took so far."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue

from trace2skill.models.client import Client
from trace2skill.models.dialogue import VERSION, Attempt, RejectedError, dialogue
from trace2skill.models.question import Question
from trace2skill.models.tokens import count
from trace2skill.models.usage import Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

T = TypeVar("T", bound=BaseModel)


class Job(Generic[T]):
    """A question, the model it goes to, what to send next, and the answer once it is there."""

    def __init__(self, question: Question, schema: type[T], client: Client) -> None:
        self.question = question
        self.schema = schema
        self.client = client
        self.usage = Usage()
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

    def bill(self, reply: "AIMessage") -> Usage:
        """What a reply took: as the provider counts, else as we do."""
        if reply.usage_metadata:
            return self._usage(reply.usage_metadata["input_tokens"], reply.usage_metadata["output_tokens"])
        return self._usage(count(self.attempt.text), count(str(reply.text)), estimated=1)

    def bill_of(self, error: Exception) -> Usage:
        """The same for a reply that the client raised, as OpenAI's does with one that was cut."""
        usage: Any = getattr(getattr(error, "completion", None), "usage", None)
        return self._usage(usage.prompt_tokens, usage.completion_tokens) if usage else Usage()

    def unanswered(self, cause: str) -> str:
        """The sentence that says so."""
        asked = self.question
        return (
            f"the model {self.client.name} gave no usable answer to {asked.node} of {asked.subject}: {cause}"
        )

    def _usage(self, prompt: int, completion: int, estimated: int = 0) -> Usage:
        cost = self.client.cost(prompt, completion)
        return Usage(prompt, completion, calls=1, estimated_calls=estimated, cost=cost)


@lru_cache(64)
def _json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    return schema.model_json_schema()
