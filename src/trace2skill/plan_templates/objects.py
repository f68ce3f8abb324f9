"""Which thing is meant: of what is in sight or remembered, the likest to what runs took for the purpose."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from trace2skill.evidence.policy import Example, ObjectPreference, PlanTemplate
from trace2skill.plan_templates.surroundings import Surroundings
from trace2skill.plan_templates.text import amount

_UNKNOWN = 0.3
_BY_WORDS = 0.9
_PRIOR = 0.2
_REMEMBERED = 0.5
_UNRELATED = 0.3
_DECIDES = 0.6
_ENOUGH = 3
_FEW = 6
_MOST = 4
EVERY = 0
"""The turn that stands for all uses of a tool together."""


class Purpose(NamedTuple):
    """What a thing is wanted for: an argument of the n-th use of a tool."""

    tool: str
    argument: str
    turn: int


Relation = Literal["said", "least", "beside"]
RELATIONS: tuple[Relation, ...] = ("said", "least", "beside")


def relations(
    around: Surroundings, taken: Collection[str], also: str = ""
) -> Mapping[Relation, frozenset[str]]:
    """Of the things in sight, not taken: those the latest answer named, the least, those beside taken ones.

    Args:
        around: What was seen.
        taken: Things that stand for something already.
        also: A thing that counts as in sight.
    """
    shown = {*around.scene, *([also] if also else [])} - set(taken)
    amounts = {thing: size for thing in shown if (size := amount(thing)) is not None}
    least = min(amounts.values(), default=None)
    beside = (group for group in around.groups if not group.isdisjoint(taken) and len(group) <= _FEW)
    return {
        "said": around.said & shown,
        "least": frozenset(thing for thing, size in amounts.items() if size == least),
        "beside": frozenset(thing for group in beside for thing in group) & shown,
    }


class Preferences:
    """The preferences of a course, looked up by purpose."""

    def __init__(self, course: PlanTemplate) -> None:
        self._of: dict[tuple[Purpose, str, str], ObjectPreference] = {
            (Purpose(taste.tool, taste.argument, taste.turn), taste.kind, taste.value): taste
            for taste in course.tastes
        }

    def liking(self, purpose: Purpose, thing: str) -> float:
        """How likely a run takes the thing for the purpose, by its name; 0 to 1."""
        whole = self._of.get((purpose, "whole", thing))
        if whole is not None:
            return _share(whole)
        known = [self._of.get((purpose, "word", word)) for word in thing.split()]
        shares = [_share(taste) if taste else _UNKNOWN for taste in known]
        return _BY_WORDS * sum(shares) / len(shares)

    def deciding(self, purpose: Purpose) -> Iterator[tuple[Relation, float]]:
        """The relations in which what runs took mostly stood, and how mostly."""
        for relation in RELATIONS:
            taste = self._of.get((purpose, relation, ""))
            if taste is None or taste.shown < _ENOUGH:
                taste = self._of.get((purpose._replace(turn=EVERY), relation, ""))
            if taste and taste.shown >= _ENOUGH and _share(taste) >= _DECIDES:
                yield relation, _share(taste)


def things(
    purpose: Purpose,
    examples: Sequence[Example],
    around: Surroundings,
    tastes: Preferences,
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
    standing = relations(around, taken)
    deciding = [
        (standing[relation], share) for relation, share in tastes.deciding(purpose) if standing[relation]
    ]
    scored = []
    for order, thing in enumerate(around.memory):
        related = any(thing in members for members, _ in deciding)
        if thing in taken or not (related or thing in named or not alike.isdisjoint(thing.split())):
            continue
        score = tastes.liking(purpose, thing) * (1.0 if thing in around.scene else _REMEMBERED)
        for members, share in deciding:
            score = score + share if thing in members else score * _UNRELATED
        scored.append((score, order, thing))
    scored.sort(key=lambda each: (-each[0], each[1]))
    found = [thing for _, _, thing in scored[:_MOST]]
    yield from found
    yield from sorted(named - set(found) - set(taken))[: _MOST - len(found)]


def _share(taste: ObjectPreference) -> float:
    return (taste.taken + _PRIOR) / (taste.shown + 2 * _PRIOR)
