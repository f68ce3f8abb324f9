"""One call to a model: under the limits, at the rate, retried, counted; and what a failure means."""

import random
import re
import threading
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from math import isfinite
from ssl import SSLCertVerificationError
from time import time
from traceback import walk_tb
from typing import TYPE_CHECKING, TypeVar

from httpx import TransportError

from trace2skill.errors import AnswerError, LimitError, Trace2SkillError
from trace2skill.llm.attempts import Attempt, PendingQuestion, RejectedError
from trace2skill.llm.http import UnsafeReplyError, causes, in_time
from trace2skill.llm.replies import ENDINGS
from trace2skill.llm.resolve import failed
from trace2skill.llm.settings import Limits, ModelSettings, ModelUsage, UsageLedger
from trace2skill.tokenizer import count
from trace2skill.traces.redact import redact_text

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_core.rate_limiters import InMemoryRateLimiter
    from tenacity import RetryCallState, Retrying


ErrorT = TypeVar("ErrorT", bound=Trace2SkillError)

LONGEST_WAIT = 120.0
"""Seconds: a server that asks for more is not waited for that long; one that limits the rate ends the run."""

SHORT = 200
KEY_REFUSED = {401, 403}
"""Here the server's words quote the key, perhaps in part."""

METHOD = re.compile(
    r"response_?(?:format|(?:json_?)?schema|mime)|json[_ ]?(?:schema|mode|object)|output_(?:config|format)"
    r"|structured|guided|grammar|tool|function",
    re.I,
)
OVERFLOW = re.compile(r"context.length|context window|prompt is too long|maximum context", re.I)

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
CLIENTS = ("openai.", "anthropic.", "google.genai.", "ollama.", "langchain_")
"""What these raise in these is a reply without choices, or a web page in place of one."""


class FailureAction(Enum):
    """What to do about a failed call."""

    RETRY = auto()
    ANSWER = auto()
    METHOD = auto()
    STOP = auto()
    BUG = auto()


def meaning(error: Exception) -> FailureAction:
    """The action to take after one failed attempt."""
    from langchain_core.exceptions import ModelError as LangChainModelError

    if isinstance(final := _final(error), UnsafeReplyError) and not final.everywhere:
        return FailureAction.ANSWER
    if final is not None:
        return FailureAction.STOP
    status, kinds = status_of(error), {each.__name__ for each in type(error).__mro__}
    if kinds & {*ENDINGS, "ContextOverflowError"}:
        return FailureAction.ANSWER
    if status is None:
        if _is_passing(error, kinds):
            return FailureAction.RETRY
        return FailureAction.STOP if isinstance(error, LangChainModelError) else FailureAction.BUG
    quota = getattr(error, "code", None) == "insufficient_quota"
    if status == 429 and (quota or (asked_to_wait(error) or 0.0) > LONGEST_WAIT):
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
    """The HTTP status of an error, or of the one that it was made from, or None."""
    for each in (error, error.__cause__):
        for name in ("status_code", "code"):
            if isinstance(status := getattr(each, name, None), int):
                return status
    return None


def asked_to_wait(error: BaseException | None) -> float | None:
    """Seconds that the server asked for by Retry-After, as a number or a date."""
    responses = (getattr(each, "response", None) for each in (error, error and error.__cause__))
    headers = next((found for each in responses if (found := getattr(each, "headers", None))), None)
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
    return max(seconds, 0.0) if isfinite(seconds) else None


def described(error: Exception) -> str:
    """One line on a failure: kind, status and the server's message, shortened and without secrets."""
    name = type(error).__name__
    if name in ENDINGS:
        return ENDINGS[name]
    if (final := _final(error)) is not None:
        return redact_text(str(final))[: 2 * SHORT]
    status = status_of(error)
    if status == 429 and (wait := asked_to_wait(error) or 0.0) > LONGEST_WAIT:
        return (
            f"status 429: it asks to wait {wait:,.0f} s, and {LONGEST_WAIT:.0f} s are the most; what was "
            "answered is kept: run again then"
        )
    kind = f"{name}, status {status}" if status else name
    words = "" if status in KEY_REFUSED else _words(error)
    return f"{kind}: {words}" if words else kind


def _words(error: Exception) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, dict):  # OpenAI's holds the message, Anthropic's the error that holds it
        inner = body.get("error")
        body = inner if isinstance(inner, dict) else body
    said = str(body.get("message") or "") if isinstance(body, dict) else str(error)
    first = next(filter(None, map(str, reversed(list(causes(error))))), "")
    if status_of(error) is None and first not in said:  # clients say "Connection error."
        said = f"{said} ({first})"
    return redact_text(" ".join(said.split()))[:SHORT]


def _final(error: Exception) -> BaseException | None:
    """What no further attempt changes, in what an error was made from: an unsafe reply, a bad certificate."""
    kinds = (UnsafeReplyError, SSLCertVerificationError)
    return next((each for each in causes(error) if isinstance(each, kinds)), None)


def _is_passing(error: Exception, kinds: set[str]) -> bool:
    """Whether an error without a status is temporary: a failed connection or an unreadable body."""
    if getattr(error, "is_retryable", False) or isinstance(error, TransportError | OSError):
        return True
    return bool(kinds & {"APIConnectionError", "APIResponseValidationError", "JSONDecodeError"}) or (
        isinstance(error, UNREADABLE) and _innermost(error).startswith(CLIENTS)
    )


def _innermost(error: Exception) -> str:
    """The name of the module that raised the error."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""


LONGEST_BACKOFF = 60.0


def retrying(settings: ModelSettings, stopped: threading.Event) -> "Retrying":
    """A retrier that calls a function until it succeeds or no attempt is left, and raises the last failure.

    Args:
        settings: How many attempts, how far apart.
        stopped: Ends a wait.
    """
    from tenacity import (
        Retrying,
        retry_if_exception,
        sleep_using_event,
        stop_after_attempt,
        wait_exponential_jitter,
    )

    backoff = wait_exponential_jitter(settings.backoff_s, max=LONGEST_BACKOFF, jitter=settings.backoff_s)

    def wait(state: "RetryCallState") -> float:
        asked = asked_to_wait(state.outcome.exception() if state.outcome else None)
        if asked is None:
            return backoff(state)
        return min(asked, LONGEST_WAIT) + random.uniform(0, settings.backoff_s)  # noqa: S311 - spreads those told the same

    return Retrying(
        sleep=sleep_using_event(stopped),
        stop=stop_after_attempt(settings.retries + 1),
        wait=wait,
        retry=retry_if_exception(_passing),
        reraise=True,
    )


def _passing(error: BaseException) -> bool:
    return isinstance(error, Exception) and meaning(error) is FailureAction.RETRY


LOOK_SECONDS = 0.05
"""How often a call that waits for its turn, or for room under a limit, looks again."""


class Calls:
    """Makes the calls of an `Asker`, until one shows that none can succeed, or a limit is reached.

    Args:
        settings: How, and what they may cost.
        ledger: Where usage is counted.
    """

    def __init__(self, settings: ModelSettings, ledger: UsageLedger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._limits = Limits(settings)
        self._limiter = _limiter(settings)
        self._mutex = threading.Lock()
        self._stopped = threading.Event()
        self._cause: Trace2SkillError | None = None

    def call(self, job: PendingQuestion, attempt: Attempt) -> "AIMessage":
        """The reply to an attempt.

        Raises:
            RejectedError: The model cannot be asked in that way.
            AnswerError: The call failed, but others succeed.
            LimitError: There is no room for it.
            ModelError: The call failed, and others would too.
            SettingError: There is no such provider.
        """
        self._check()
        caller = job.client.caller(job.schema, attempt.method)
        if caller is None:
            raise RejectedError(f"it has no structured output by {attempt.method}")

        def invoke() -> "AIMessage":
            while self._limiter and not self._limiter.acquire(blocking=False):
                self._pause()
            self._check()
            return in_time(lambda: caller.invoke(attempt.messages), self._settings.timeout_s)

        room, usage, answered = self._room(job, attempt), ModelUsage(), job.client.answered
        attempts = retrying(self._settings, self._stopped)
        try:
            reply = attempts(invoke)
            usage = job.bill(attempt, reply)
            job.client.answered += 1
        except Trace2SkillError:
            raise
        except Exception as error:
            usage = job.bill_of(attempt, error)
            self._explain(job, attempt, error, others=job.client.answered > answered)
            raise
        finally:
            self._limits.settle(room, (usage.cost or 0.0) if usage.calls else None)
            usage += ModelUsage(retries=attempts.statistics["attempt_number"] - 1)
            job.usage += usage
            self._ledger.add(job.question.node, job.question.subject, usage)
        return reply

    def stop(self, error: ErrorT) -> ErrorT:
        """End every other call with an error, unless another did so before; the error itself."""
        with self._mutex:
            self._cause = self._cause or error
        self._stopped.set()
        return error

    def _check(self) -> None:
        """Raise the error that stopped all calls, as a new exception for each call."""
        if self._stopped.is_set():
            assert self._cause is not None
            raise type(self._cause)(*self._cause.args)

    def _pause(self) -> None:
        self._stopped.wait(LOOK_SECONDS)
        self._check()

    def _room(self, job: PendingQuestion, attempt: Attempt) -> float:
        """Wait for room under the limits and return the amount reserved for the call."""
        prompt = count(attempt.text) if self._settings.max_cost is not None else 0
        most = job.client.cost_at_most(prompt)
        try:
            while not self._limits.reserve(most):
                self._pause()
        except LimitError as error:
            raise self.stop(error) from None
        return most

    def _explain(self, job: PendingQuestion, attempt: Attempt, error: Exception, *, others: bool) -> None:
        """Raise what the error means, also by whether others succeeded meanwhile; a bug is left as it is."""
        found = meaning(error)
        if found is FailureAction.BUG:
            return
        if found is FailureAction.METHOD and attempt.method != "prompt":
            raise RejectedError(described(error)) from None
        if found is FailureAction.ANSWER or (found is FailureAction.RETRY and others):
            raise AnswerError(job.unanswered(described(error))) from None
        raise self.stop(failed(job.client.name, described(error))) from None


def _limiter(settings: ModelSettings) -> "InMemoryRateLimiter | None":
    if settings.requests_per_minute is None:
        return None
    from langchain_core.rate_limiters import InMemoryRateLimiter

    return InMemoryRateLimiter(requests_per_second=settings.requests_per_minute / 60)
