"""What a careful run expects of its actions: effects that were measured, held against what is read next."""

from collections.abc import Iterator
from typing import NamedTuple

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import Effect
from trace2skill.claims.view import View
from trace2skill.skills.wording import sentence


class _Expected(NamedTuple):
    effect: Effect
    step: int


class Expectations:
    """Effects that are still to be seen."""

    def __init__(self, effects: tuple[Effect, ...]) -> None:
        self._effects = effects
        self._open: list[_Expected] = []

    @property
    def keys(self) -> Iterator[str]:
        """The facts that would show whether the open effects came."""
        yield from dict.fromkeys(key for each in self._open for key in fact_keys(each.effect.after))

    def take_in(self, view: View) -> str:
        """Look at the newest step: what it should bring about, and what it shows of earlier ones.

        Returns:
            The effect that did not come, in words; empty while nothing contradicts.
        """
        newest = view.length - 1
        self._open += [
            _Expected(effect, newest)
            for effect in self._effects
            if view.matches(effect.action)[newest]
            and (effect.before is None or view.truth(effect.before)[newest])
        ]
        shown = [each for each in self._open if _is_read(view, each)]
        self._open = [each for each in self._open if each not in shown]
        failed = (each for each in shown if not view.truth(each.effect.after)[-1])
        return next((f"expected otherwise: {sentence(each.effect)}" for each in failed), "")


def _is_read(view: View, expected: _Expected) -> bool:
    """Whether all facts of the effect were read at the action or since."""
    return all(_last_read(view, key) >= expected.step for key in fact_keys(expected.effect.after))


def _last_read(view: View, key: str) -> int:
    return max(
        (reading.step for found in view.belief.timeline(key).values() for reading in found), default=-1
    )
