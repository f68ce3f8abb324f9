"""One call to a model: under the limits, at the rate, retried, counted, its failure explained."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trace2skill.errors import AnswerError, LimitError, ModelError, Trace2SkillError
from trace2skill.models.dialogue import RejectedError
from trace2skill.models.failures import Meaning, described, meaning
from trace2skill.models.gate import Gate
from trace2skill.models.job import Job
from trace2skill.models.limits import Limits, Reservation
from trace2skill.models.retrying import retrying
from trace2skill.models.settings import ModelSettings
from trace2skill.models.tokens import count
from trace2skill.models.usage import Ledger, Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_core.rate_limiters import InMemoryRateLimiter

LOOK_SECONDS = 0.05
"""How often a call that waits for its turn, or for room under a limit, looks again."""


@dataclass
class _Course:
    """How a call went."""

    room: Reservation
    answered_before: int
    retries: int = 0
    reply: "AIMessage | None" = None

    def retried(self) -> None:
        self.retries += 1


class Calls:
    """Makes the calls of an `Asker`.

    Args:
        settings: How, and what they may cost.
        gate: Stopped when no call can succeed, or a limit is reached.
        ledger: Where usage is counted.
    """

    def __init__(self, settings: ModelSettings, gate: Gate, ledger: Ledger) -> None:
        self._settings = settings
        self._gate = gate
        self._ledger = ledger
        self._limits = Limits(settings)
        self._limiter = _limiter(settings)

    def call(self, job: Job[Any]) -> "AIMessage | RejectedError":
        """The reply to what the job wants to send, or that it cannot be asked in that way.

        Raises:
            AnswerError: The call failed, but others succeed.
            LimitError: There is no room for it.
            ModelError: The call failed, and others would too.
            SettingError: There is no such provider.
        """
        caller = job.client.caller(job.schema, job.attempt.method)
        if caller is None:
            return RejectedError(f"it has no structured output by {job.attempt.method}")

        def attempt() -> "AIMessage":
            while self._limiter and not self._limiter.acquire(blocking=False):
                self._gate.pause(LOOK_SECONDS)
            self._gate.check()
            return caller.invoke(job.messages)

        course = _Course(self._room(job), job.client.answered)
        try:
            with self._accounted(job, course):
                course.reply = retrying(self._settings, self._gate, course.retried)(attempt)
        except RejectedError as error:
            return error
        assert course.reply is not None
        return course.reply

    def stop(self, job: Job[Any], cause: str) -> ModelError:
        """End every other question; the error to raise."""
        stopped = ModelError(
            f"the model {job.client.name} failed ({cause}); check its name, its key and the server's address"
        )
        self._gate.stop(stopped)
        return stopped

    def _room(self, job: Job[Any]) -> Reservation:
        prompt = count(job.attempt.text) if self._settings.max_cost is not None else 0
        most = job.client.cost_at_most(prompt)
        try:
            while (room := self._limits.reserve(most)) is None:
                self._gate.pause(LOOK_SECONDS)
        except LimitError as error:
            self._gate.stop(error)
            raise
        return room

    @contextmanager
    def _accounted(self, job: Job[Any], course: _Course) -> Iterator[None]:
        """Count what the call took, give its room back, say what a failure means."""
        usage = Usage()
        try:
            yield
            assert course.reply is not None
            usage = job.bill(course.reply)
            job.client.answered += 1
        except Trace2SkillError:
            raise
        except Exception as error:
            usage = job.bill_of(error)
            self._explain(job, course, error)
            raise
        finally:
            self._limits.settle(course.room, (usage.cost or 0.0) if usage.calls else None)
            job.usage += usage + Usage(retries=course.retries)
            self._ledger.add(job.question.node, job.question.subject, usage + Usage(retries=course.retries))

    def _explain(self, job: Job[Any], course: _Course, error: Exception) -> None:
        """Raise what the error means; a bug is left as it is."""
        found = meaning(error)
        if found is Meaning.BUG:
            return
        if found is Meaning.METHOD and job.attempt.method != "prompt":
            raise RejectedError(described(error)) from None
        passing = found is Meaning.RETRY and job.client.answered > course.answered_before
        if found is Meaning.ANSWER or passing:
            raise AnswerError(job.unanswered(described(error))) from None
        raise self.stop(job, described(error)) from None


def _limiter(settings: ModelSettings) -> "InMemoryRateLimiter | None":
    if settings.requests_per_minute is None:
        return None
    from langchain_core.rate_limiters import InMemoryRateLimiter

    return InMemoryRateLimiter(requests_per_second=settings.requests_per_minute / 60)
