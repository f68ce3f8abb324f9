"""Read-only actions: those that look at the world and leave it as it is.

What such an action shows was so before it, so no effect is credited to it and nothing must be made sure of
before it. The name tells (English verbs, as tools are named): `get_...`, `check_...`, `run_speed_test`.
"""

import re

_FIRST = frozenset({
    "calculate", "can", "check", "count", "describe", "examine", "fetch", "find", "get", "has", "inspect",
    "inventory", "is", "list", "look", "lookup", "measure", "query", "read", "retrieve", "search", "show",
    "test", "think", "verify", "view",
})  # fmt: skip
_LAST = frozenset({"check", "details", "info", "inventory", "search", "status", "test"})


def is_read_only(tool: str) -> bool:
    """Whether a tool only reads, by the first or the last word of its name."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", tool)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    return bool(words) and (words[0] in _FIRST or words[-1] in _LAST)
