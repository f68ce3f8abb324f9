"""What calls took: tokens, money, retries; by node, by subject, in all."""

import threading
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """What some calls took.

    Args:
        prompt_tokens: As the provider counted them.
        completion_tokens: As the provider counted them.
        calls: Requests that were answered, usably or not.
        cached_calls: Questions answered from the cache, without a request.
        retries: Attempts that failed and were made again.
        estimated_calls: Calls whose tokens are our count, for want of the provider's.
        cost: USD; None when a call's price is not known.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    cached_calls: int = 0
    retries: int = 0
    estimated_calls: int = 0
    cost: float | None = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.calls + other.calls,
            self.cached_calls + other.cached_calls,
            self.retries + other.retries,
            self.estimated_calls + other.estimated_calls,
            None if self.cost is None or other.cost is None else self.cost + other.cost,
        )


class Ledger:
    """Usage so far. Threads may share it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._entries: dict[tuple[str, str], Usage] = {}

    def add(self, node: str, subject: str, usage: Usage) -> None:
        """Count what a node spent on a subject."""
        with self._mutex:
            self._entries[node, subject] = self._entries.get((node, subject), Usage()) + usage

    def total(self) -> Usage:
        """All of it."""
        return sum(self._snapshot().values(), Usage())

    def by_node(self) -> dict[str, Usage]:
        """Per node, sorted by name."""
        return self._grouped(0)

    def by_subject(self) -> dict[str, Usage]:
        """Per subject, sorted by name."""
        return self._grouped(1)

    def as_json(self) -> dict[str, Any]:
        """The total, and the same per node and per subject, as plain JSON."""
        groups = {"by_node": self.by_node(), "by_subject": self.by_subject()}
        plain = {name: {key: asdict(each) for key, each in group.items()} for name, group in groups.items()}
        return {"total": asdict(self.total()), **plain}

    def _snapshot(self) -> dict[tuple[str, str], Usage]:
        with self._mutex:
            return dict(self._entries)

    def _grouped(self, part: int) -> dict[str, Usage]:
        grouped: dict[str, Usage] = {}
        for names, usage in sorted(self._snapshot().items()):
            grouped[names[part]] = grouped.get(names[part], Usage()) + usage
        return grouped
