"""Recognises read-only tools, which observe the state without changing it.

What a read-only action reports was already true before it, so no effect is attributed to it and it needs no
guard. It is recognised by the English verb or noun in its name: `get_...`, `check_...`, `run_speed_test`.
"""

import re
from functools import lru_cache

_FIRST = frozenset({
    "calculate", "can", "check", "count", "describe", "examine", "fetch", "find", "get", "has", "inspect",
    "inventory", "is", "list", "look", "lookup", "measure", "query", "read", "retrieve", "search", "show",
    "test", "think", "verify", "view",
})  # fmt: skip
_LAST = frozenset({"check", "details", "info", "inventory", "search", "status", "test"})


@lru_cache(maxsize=1 << 12)
def is_read_only(tool: str) -> bool:
    """Whether a tool is read-only, judged by the first and the last word of its name."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", tool)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    return bool(words) and (words[0] in _FIRST or words[-1] in _LAST)
