"""Secrets in a text that is about to be stored, by kind."""

from collections import Counter

from trace2skill.traces.model import Trace


def find_secrets(text: str) -> Counter[str]:
    """How many secrets of each kind the redaction would remove from `text`; never their values."""
    from trace2skill.traces.redact import redact

    _, found = redact(Trace(id="text", task=text))
    return found
