"""What may be spent: a call is reserved before it is made, so that calls at once cannot exceed it."""

import threading
from dataclasses import dataclass

from trace2skill.errors import LimitError
from trace2skill.models.settings import ModelSettings


@dataclass(frozen=True)
class Reservation:
    """Room for one call."""

    cost: float


class Limits:
    """The calls and the money left under `max_calls` and `max_cost`. Threads may share it."""

    def __init__(self, settings: ModelSettings) -> None:
        self._max_calls = settings.max_calls
        self._max_cost = settings.max_cost
        self._mutex = threading.Lock()
        self._calls = 0
        self._cost = 0.0
        self._reserved: list[Reservation] = []

    def reserve(self, cost: float) -> Reservation | None:
        """Room for a call that costs at most `cost`; None when that shows once the calls under way are done.

        Raises:
            LimitError: There is no room, whatever the calls under way come to.
        """
        with self._mutex:
            self._check(self._calls, self._cost + cost)
            under_way = sum(each.cost for each in self._reserved)
            if self._reserved and self._exceeds(
                self._calls + len(self._reserved), self._cost + under_way + cost
            ):
                return None
            reservation = Reservation(cost)
            self._reserved.append(reservation)
            return reservation

    def settle(self, reservation: Reservation, cost: float | None) -> None:
        """Give the room back; count what the call did cost, None for a call that was not answered."""
        with self._mutex:
            self._reserved.remove(reservation)
            if cost is not None:
                self._calls += 1
                self._cost += cost

    def _exceeds(self, calls: int, cost: float) -> bool:
        try:
            self._check(calls, cost)
        except LimitError:
            return True
        return False

    def _check(self, calls: int, cost: float) -> None:
        if self._max_calls is not None and calls >= self._max_calls:
            raise LimitError(
                f"stopped after {self._calls} calls to the model, the limit; what was answered is "
                "kept: raise max_calls and run again to go on"
            )
        if self._max_cost is not None and cost > self._max_cost:
            raise LimitError(
                f"stopped at {self._cost:.4f} USD: the next call may exceed the limit of {self._max_cost:g}; "
                "what was answered is kept: raise max_cost and run again to go on"
            )
