"""Conversation end markers of simulated users, such as `###STOP###`: they tell how a run ended."""

import re

_MARKER = re.compile(r"\s*###[A-Z][A-Z _-]*###\s*")


def strip_end_markers(text: str) -> str:
    """Remove every marker; text that was nothing else becomes empty."""
    return _MARKER.sub(" ", text).strip() if "###" in text else text
