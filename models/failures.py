"""What a failed call means: try again, give this answer up, ask in another way, or stop."""

import re
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from time import time
from traceback import walk_tb

from httpx import TransportError

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


class Meaning(Enum):
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


def meaning(error: Exception) -> Meaning:
    """What the failure of one attempt means."""
    from langchain_core.exceptions import ModelError as LangChainModelError

    status, kinds = status_of(error), {each.__name__ for each in type(error).__mro__}
    if kinds & {*ENDINGS, "ContextOverflowError"}:
        return Meaning.ANSWER
    if status is None:
        if _is_passing(error, kinds):
            return Meaning.RETRY
        return Meaning.STOP if isinstance(error, LangChainModelError) else Meaning.BUG
    if status == 429 and getattr(error, "code", None) == "insufficient_quota":
        return Meaning.STOP
    if status in {408, 409, 429} or status >= 500:
        return Meaning.RETRY
    if status in {400, 413} and OVERFLOW.search(f"{getattr(error, 'code', '')} {error}"):
        return Meaning.ANSWER
    return Meaning.METHOD if status in {400, 404, 422} and METHOD.search(str(error)) else Meaning.STOP


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
