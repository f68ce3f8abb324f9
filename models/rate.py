"""How fast calls are made."""

from typing import TYPE_CHECKING

from trace2skill.models.gate import Gate

if TYPE_CHECKING:
    from langchain_core.rate_limiters import InMemoryRateLimiter

LOOK_SECONDS = 0.05


class Rate:
    """Spreads calls over time, if they are to be; those that wait end when the gate is stopped."""

    def __init__(self, per_minute: float | None, gate: Gate) -> None:
        self._gate = gate
        self._limiter: InMemoryRateLimiter | None = None
        if per_minute is not None:
            from langchain_core.rate_limiters import InMemoryRateLimiter

            self._limiter = InMemoryRateLimiter(requests_per_second=per_minute / 60)

    def wait(self) -> None:
        """Until it is the caller's turn."""
        while self._limiter and not self._limiter.acquire(blocking=False):
            self._gate.pause(LOOK_SECONDS)

    async def await_(self) -> None:
        """The same, without holding a thread."""
        while self._limiter and not self._limiter.acquire(blocking=False):
            await self._gate.apause(LOOK_SECONDS)
