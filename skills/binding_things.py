"""Which thing is meant: of what is in sight or remembered, the likest to what runs took for the purpose."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from trace2skill.skills.course import Course, Example, Taste
from trace2skill.skills.surroundings import Surroundings

_UNKNOWN = 0.3
_BY_WORDS = 0.9
_PRIOR = 0.2
_REMEMBERED = 0.5
_MOST = 4


class Purpose(NamedTuple):
    """What a thing is wanted for: an argument of the n-th use of a tool."""

    tool: str
    argument: str
    turn: int


class Tastes:
    """The preferences of a course, looked up by purpose."""

    def __init__(self, course: Course) -> None:
        self._of: dict[tuple[Purpose, str, bool], Taste] = {
            (Purpose(taste.tool, taste.argument, taste.turn), taste.value, taste.whole): taste
            for taste in course.tastes
        }

    def liking(self, purpose: Purpose, thing: str) -> float:
        """How likely a run takes the thing for the purpose, 0 to 1."""
        whole = self._of.get((purpose, thing, True))
        if whole is not None:
            return _share(whole)
        known = [self._of.get((purpose, word, False)) for word in thing.split()]
        shares = [_share(taste) if taste else _UNKNOWN for taste in known]
        return _BY_WORDS * sum(shares) / len(shares)


def things(
    purpose: Purpose,
    examples: Sequence[Example],
    around: Surroundings,
    tastes: Tastes,
    taken: Collection[str] = (),
) -> Iterator[str]:
    """The things to try, the likeliest first; what runs took themselves where nothing like it was seen.

    Args:
        purpose: What the thing is wanted for.
        examples: What it was in runs.
        around: What was seen.
        tastes: The preferences.
        taken: Things that stand for something else already.
    """
    named = {example.value for example in examples}
    alike = {word for value in named for word in value.split()}
    scored = [
        (tastes.liking(purpose, thing) * (1.0 if thing in around.scene else _REMEMBERED), order, thing)
        for order, thing in enumerate(around.memory)
        if thing not in taken and (thing in named or not alike.isdisjoint(thing.split()))
    ]
    scored.sort(key=lambda each: (-each[0], each[1]))
    found = [thing for _, _, thing in scored[:_MOST]]
    yield from found
    yield from sorted(named - set(found) - set(taken))[: _MOST - len(found)]


def _share(taste: Taste) -> float:
    return (taste.taken + _PRIOR) / (taste.shown + 2 * _PRIOR)
