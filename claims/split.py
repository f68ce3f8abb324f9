"""Splitting tasks in two by their hash: no seed, no order, and all runs on a task fall on one side."""

import hashlib


def drawn(task: str, fraction: float, purpose: str) -> bool:
    """Whether the task is among the `fraction` drawn for a purpose; draws for two purposes are unrelated."""
    digest = hashlib.sha256(f"{purpose}\x1f{task}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2**64
