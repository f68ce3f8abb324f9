"""Attempts at one call: with exponential backoff and jitter, or as late as the server asks for."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trace2skill.models.failures import Meaning, asked_to_wait, meaning
from trace2skill.models.gate import Gate
from trace2skill.models.settings import ModelSettings

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState, Retrying

LONGEST_BACKOFF = 60.0


def retrying(settings: ModelSettings, gate: Gate, retried: Callable[[], None]) -> "Retrying":
    """Calls a function until it succeeds; `retried` is told of each further attempt."""
    from tenacity import Retrying

    return Retrying(sleep=gate.pause, **_policy(settings, retried))


def aretrying(settings: ModelSettings, gate: Gate, retried: Callable[[], None]) -> "AsyncRetrying":
    """The same for a coroutine function."""
    from tenacity import AsyncRetrying

    return AsyncRetrying(sleep=gate.apause, **_policy(settings, retried))


def _policy(settings: ModelSettings, retried: Callable[[], None]) -> dict[str, Any]:
    from tenacity import retry_if_exception, stop_after_attempt, wait_exponential_jitter

    backoff = wait_exponential_jitter(settings.backoff_s, max=LONGEST_BACKOFF, jitter=settings.backoff_s)

    def wait(state: "RetryCallState") -> float:
        asked = asked_to_wait(state.outcome.exception() if state.outcome else None)
        if asked is None:
            return backoff(state)
        return asked + random.uniform(0, settings.backoff_s)  # noqa: S311 - spreads those told the same

    return {
        "stop": stop_after_attempt(settings.retries + 1),
        "wait": wait,
        "retry": retry_if_exception(
            lambda error: isinstance(error, Exception) and meaning(error) is Meaning.RETRY
        ),
        "before_sleep": lambda _: retried(),
        "reraise": True,
    }
