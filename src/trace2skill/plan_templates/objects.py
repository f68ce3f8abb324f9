"""Choose things: rank what is in sight or remembered by how often runs took its like for the purpose."""

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
"""As a purpose's turn: all uses of a tool together."""


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
    """Which things in sight and not taken stand in each relation.

    Args:
        around: What was seen.
        taken: Things already used in the run.
        also: A further thing to count as in sight; empty for none.

    Returns:
        `said`: things that the latest answer named; `least`: those with the smallest amount; `beside`: those
        named in one line with a taken one.
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
    """The object preferences of a plan template, looked up by purpose."""

    def __init__(self, template: PlanTemplate) -> None:
        self._of: dict[tuple[Purpose, str, str], ObjectPreference] = {
            (Purpose(each.tool, each.argument, each.turn), each.kind, each.value): each
            for each in template.tastes
        }

    def liking(self, purpose: Purpose, thing: str) -> float:
        """How likely a run takes the thing for the purpose, judged by its name; 0 to 1."""
        whole = self._of.get((purpose, "whole", thing))
        if whole is not None:
            return _share(whole)
        known = [self._of.get((purpose, "word", word)) for word in thing.split()]
        shares = [_share(preference) if preference else _UNKNOWN for preference in known]
        return _BY_WORDS * sum(shares) / len(shares)

    def deciding(self, purpose: Purpose) -> Iterator[tuple[Relation, float]]:
        """The relations in which most of the things that runs took stood, with their share."""
        for relation in RELATIONS:
            preference = self._of.get((purpose, relation, ""))
            if preference is None or preference.shown < _ENOUGH:
                preference = self._of.get((purpose._replace(turn=EVERY), relation, ""))
            if preference and preference.shown >= _ENOUGH and _share(preference) >= _DECIDES:
                yield relation, _share(preference)


def things(
    purpose: Purpose,
    examples: Sequence[Example],
    around: Surroundings,
    preferences: Preferences,
    taken: Collection[str] = (),
) -> Iterator[str]:
    """The things to try, the likeliest first; after those seen, the ones that runs took.

    Args:
        purpose: What the thing is wanted for.
        examples: What the thing was in each run.
        around: What was seen.
        preferences: The preferences of the plan template.
        taken: Things that stand for something else already.
    """
    named = {example.value for example in examples}
    alike = {word for value in named for word in value.split()}
    standing = relations(around, taken)
    deciding = [
        (standing[relation], share) for relation, share in preferences.deciding(purpose) if standing[relation]
    ]
    scored = []
    for order, thing in enumerate(around.memory):
        related = any(thing in members for members, _ in deciding)
        if thing in taken or not (related or thing in named or not alike.isdisjoint(thing.split())):
            continue
        score = preferences.liking(purpose, thing) * (1.0 if thing in around.scene else _REMEMBERED)
        for members, share in deciding:
            score = score + share if thing in members else score * _UNRELATED
        scored.append((score, order, thing))
    scored.sort(key=lambda each: (-each[0], each[1]))
    found = [thing for _, _, thing in scored[:_MOST]]
    yield from found
    yield from sorted(named - set(found) - set(taken))[: _MOST - len(found)]


def _share(preference: ObjectPreference) -> float:
    return (preference.taken + _PRIOR) / (preference.shown + 2 * _PRIOR)
