"""One call to a model: under the limits, at the rate, retried, counted; and what a failure means."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from time import time
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from httpx import TransportError

from trace2skill.errors import AnswerError, LimitError, ModelError, Trace2SkillError
from trace2skill.llm.attempts import PendingQuestion, RejectedError
from trace2skill.llm.gate import Gate
from trace2skill.llm.settings import Limits, ModelSettings, ModelUsage, Reservation, UsageLedger
from trace2skill.tokenizer import count

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_core.rate_limiters import InMemoryRateLimiter
    from tenacity import RetryCallState, Retrying


LONGEST_WAIT = 120.0
"""Seconds: a server that asks for more is not waited for that long."""

SHORT = 200
KEY_REFUSED = {401, 403}
"""Here the server's words quote the key, perhaps in part."""

METHOD = re.compile(r"response_format|json_schema|structured|guided|grammar|tool|function", re.I)
OVERFLOW = re.compile(r"context.length|context window|prompt is too long|maximum context", re.I)

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
CLIENTS = ("openai.", "langchain_")
"""What these raise in these is a reply without choices, or a web page in place of one."""


class FailureAction(Enum):
    """What to do about a failed call."""

    RETRY = auto()
    ANSWER = auto()
    METHOD = auto()
    STOP = auto()
    BUG = auto()


ENDINGS = {
    "LengthFinishReasonError": "cut at the token limit (max_output_tokens)",
    "ContentFilterFinishReasonError": "withheld by a content filter",
}
"""Replies that the OpenAI client raises instead of returning."""


def meaning(error: Exception) -> FailureAction:
    """What the failure of one attempt means."""
    from langchain_core.exceptions import ModelError as LangChainModelError

    status, kinds = status_of(error), {each.__name__ for each in type(error).__mro__}
    if kinds & {*ENDINGS, "ContextOverflowError"}:
        return FailureAction.ANSWER
    if status is None:
        if _is_passing(error, kinds):
            return FailureAction.RETRY
        return FailureAction.STOP if isinstance(error, LangChainModelError) else FailureAction.BUG
    if status == 429 and getattr(error, "code", None) == "insufficient_quota":
        return FailureAction.STOP
    if status in {408, 409, 429} or status >= 500:
        return FailureAction.RETRY
    if status in {400, 413} and OVERFLOW.search(f"{getattr(error, 'code', '')} {error}"):
        return FailureAction.ANSWER
    return (
        FailureAction.METHOD
        if status in {400, 404, 422} and METHOD.search(str(error))
        else FailureAction.STOP
    )


def status_of(error: Exception) -> int | None:
    """The HTTP status it carries."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def asked_to_wait(error: BaseException | None) -> float | None:
    """Seconds that the server asked for by Retry-After, as a number or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    given = headers.get("retry-after") if headers is not None else None
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def described(error: Exception) -> str:
    """The failure in a line: its kind, the status, and the server's words, cut and without secrets."""
    name = type(error).__name__
    if name in ENDINGS:
        return ENDINGS[name]
    status = status_of(error)
    kind = f"{name}, status {status}" if status else name
    words = "" if status in KEY_REFUSED else _words(error)
    return f"{kind}: {words}" if words else kind


def _words(error: Exception) -> str:
    from trace2skill.traces.redact import redact_text

    body = getattr(error, "body", None)
    said = str(body.get("message") or "") if isinstance(body, dict) else str(error)
    return redact_text(" ".join(said.split()))[:SHORT]


def _is_passing(error: Exception, kinds: set[str]) -> bool:
    """No status: the connection failed, or what came over it could not be read."""
    if getattr(error, "is_retryable", False) or isinstance(error, TransportError | OSError):
        return True
    return bool(kinds & {"APIConnectionError", "APIResponseValidationError", "JSONDecodeError"}) or (
        isinstance(error, UNREADABLE) and _innermost(error).startswith(CLIENTS)
    )


def _innermost(error: Exception) -> str:
    """The module that raised it."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""


LONGEST_BACKOFF = 60.0


def retrying(settings: ModelSettings, gate: Gate, retried: Callable[[], None]) -> "Retrying":
    """What calls a function until it succeeds, or no attempt is left; the last failure is raised.

    Args:
        settings: How many attempts, how far apart.
        gate: Its waits end when that is stopped.
        retried: Told of each further attempt.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

    backoff = wait_exponential_jitter(settings.backoff_s, max=LONGEST_BACKOFF, jitter=settings.backoff_s)

    def wait(state: "RetryCallState") -> float:
        asked = asked_to_wait(state.outcome.exception() if state.outcome else None)
        if asked is None:
            return backoff(state)
        return asked + random.uniform(0, settings.backoff_s)  # noqa: S311 - spreads those told the same

    return Retrying(
        sleep=gate.pause,
        stop=stop_after_attempt(settings.retries + 1),
        wait=wait,
        retry=retry_if_exception(_passing),
        before_sleep=lambda _: retried(),
        reraise=True,
    )


def _passing(error: BaseException) -> bool:
    return isinstance(error, Exception) and meaning(error) is FailureAction.RETRY


LOOK_SECONDS = 0.05
"""How often a call that waits for its turn, or for room under a limit, looks again."""


@dataclass
class _CallRecord:
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

    def __init__(self, settings: ModelSettings, gate: Gate, ledger: UsageLedger) -> None:
        self._settings = settings
        self._gate = gate
        self._ledger = ledger
        self._limits = Limits(settings)
        self._limiter = _limiter(settings)

    def call(self, job: PendingQuestion[Any]) -> "AIMessage | RejectedError":
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

        course = _CallRecord(self._room(job), job.client.answered)
        try:
            with self._accounted(job, course):
                course.reply = retrying(self._settings, self._gate, course.retried)(attempt)
        except RejectedError as error:
            return error
        assert course.reply is not None
        return course.reply

    def stop(self, job: PendingQuestion[Any], cause: str) -> ModelError:
        """End every other question; the error to raise."""
        stopped = ModelError(
            f"the model {job.client.name} failed ({cause}); check its name, its key and the server's address"
        )
        self._gate.stop(stopped)
        return stopped

    def _room(self, job: PendingQuestion[Any]) -> Reservation:
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
    def _accounted(self, job: PendingQuestion[Any], course: _CallRecord) -> Iterator[None]:
        """Count what the call took, give its room back, say what a failure means."""
        usage = ModelUsage()
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
            job.usage += usage + ModelUsage(retries=course.retries)
            self._ledger.add(
                job.question.node, job.question.subject, usage + ModelUsage(retries=course.retries)
            )

    def _explain(self, job: PendingQuestion[Any], course: _CallRecord, error: Exception) -> None:
        """Raise what the error means; a bug is left as it is."""
        found = meaning(error)
        if found is FailureAction.BUG:
            return
        if found is FailureAction.METHOD and job.attempt.method != "prompt":
            raise RejectedError(described(error)) from None
        passing = found is FailureAction.RETRY and job.client.answered > course.answered_before
        if found is FailureAction.ANSWER or passing:
            raise AnswerError(job.unanswered(described(error))) from None
        raise self.stop(job, described(error)) from None


def _limiter(settings: ModelSettings) -> "InMemoryRateLimiter | None":
    if settings.requests_per_minute is None:
        return None
    from langchain_core.rate_limiters import InMemoryRateLimiter

    return InMemoryRateLimiter(requests_per_second=settings.requests_per_minute / 60)
