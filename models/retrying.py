"""Attempts at one call: with exponential backoff and jitter, or as late as the server asks for."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from trace2skill.models.failures import Meaning, asked_to_wait, meaning
from trace2skill.models.gate import Gate
from trace2skill.models.settings import ModelSettings

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

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
    return isinstance(error, Exception) and meaning(error) is Meaning.RETRY
