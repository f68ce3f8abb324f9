"""What failures mean, of providers without a server here."""

from email.utils import formatdate
from time import time
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ContextOverflowError, ModelTimeoutError

from trace2skill.llm.calls import FailureAction, asked_to_wait, described, meaning


class StatusError(Exception):
    """As providers' clients raise."""

    def __init__(self, status: int, words: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(words)
        self.status_code = status
        self.response = httpx.Response(status, headers=headers)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (StatusError(529), FailureAction.RETRY),
        (StatusError(408), FailureAction.RETRY),
        (StatusError(403), FailureAction.STOP),
        (StatusError(400, "temperature"), FailureAction.STOP),
        (StatusError(400, "unknown parameter: response_format"), FailureAction.METHOD),
        (StatusError(404, "No endpoints found that support tool use"), FailureAction.METHOD),
        (StatusError(413, "the maximum context length is 8192"), FailureAction.ANSWER),
        (ContextOverflowError("long"), FailureAction.ANSWER),
        (ModelTimeoutError("late"), FailureAction.RETRY),
        (httpx.ReadError("cut"), FailureAction.RETRY),
        (ConnectionResetError(), FailureAction.RETRY),
        (ZeroDivisionError(), FailureAction.BUG),
        (KeyError("ours"), FailureAction.BUG),
    ],
    ids=repr,
)
def test_each_failure_has_a_meaning(error: Exception, found: FailureAction) -> None:
    """By its status, else by its kind."""
    assert meaning(error) is found


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("86400", 86400),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_seconds(given: str, seconds: float | None) -> None:
    """As asked; how long is waited at most is the caller's to say."""
    assert asked_to_wait(StatusError(429, headers={"retry-after": given})) == seconds


def test_retry_after_as_a_date() -> None:
    """Half a minute from now."""
    date = formatdate(time() + 30, usegmt=True)
    seconds: Any = asked_to_wait(StatusError(429, headers={"retry-after": date}))
    assert 25 < seconds <= 30


def test_a_description_is_short_and_holds_no_secret() -> None:
    """A line, without the key."""
    key = "sk-proj-" + "a1B2c3D4" * 5
    line = described(StatusError(400, f"bad\nrequest with {key} " + "x" * 1000))
    assert line.startswith("StatusError, status 400: bad request with <secret:")
    assert len(line) < 300
