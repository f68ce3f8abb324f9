"""One question on its way to its answer, and what it took so far."""

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
        self._talk = dialogue(question, schema, client.ladder)
        self._attempt: Attempt | None = None

    def __str__(self) -> str:
        return f"{self.question.node} of {self.question.subject!r}"

    @property
    def shape(self) -> JsonValue:
        """All that shapes the answer."""
        asked = self.question
        return {
            "version": VERSION,
            "model": self.client.identity,
            "schema": self.schema.model_json_schema(),
            "question": [asked.system, asked.common, asked.body],
        }

    @property
    def attempt(self) -> Attempt:
        """What to send next."""
        if self._attempt is None:
            self._attempt = next(self._talk)
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
                self._attempt = self._talk.throw(outcome)
            else:
                self._attempt = self._talk.send(outcome)
        except StopIteration as end:
            self.answer = end.value

    def bill(self, reply: "AIMessage", retries: int) -> Usage:
        """What the reply took: as the provider counts, else as we do."""
        said: Any = reply.usage_metadata
        if said:
            return self._usage(said["input_tokens"], said["output_tokens"], retries)
        attempt = self.attempt
        prompt, completion = count(f"{attempt.system}\n{attempt.user}"), count(str(reply.text))
        return self._usage(prompt, completion, retries, estimated=1)

    def _usage(self, prompt: int, completion: int, retries: int, estimated: int = 0) -> Usage:
        cost = self.client.cost(prompt, completion)
        return Usage(prompt, completion, 1, retries=retries, estimated_calls=estimated, cost=cost)
