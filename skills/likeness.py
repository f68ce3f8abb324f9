"""How far two skills are about the same thing: family, traces shared, words shared."""

import re
from typing import NamedTuple

from trace2skill.skills.anatomy import actions_of
from trace2skill.skills.model import Skill
from trace2skill.skills.naming import without_exclusions

SHARED_TRACES = 0.5
"""The part of the smaller skill's traces that the other must share to be the same skill."""

SHARED_WORDS = 0.35
"""The part of a skill's own words that a person's skill must use to be its starting point."""

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    """about after all and any are been best carry condition for from hand hands has have how into its
    made mistakes not order out past procedure rules run runs skill speaks step steps task tasks that
    the their them then this tool tools under use user uses using was what when where which while who
    with work your
    """.split()  # noqa: SIM905 - a list would put each word on a line of its own
)


class Likeness(NamedTuple):
    """Sorts by how good a match is; false when it is none."""

    family: bool = False
    traces: float = 0.0
    words: float = 0.0

    @property
    def matches(self) -> bool:
        """Whether the two are one skill."""
        return self.family or self.traces >= SHARED_TRACES or self.words >= SHARED_WORDS


def likeness(new: Skill, old: Skill) -> Likeness:
    """How like `old` the new skill is.

    A family or name counts unless the rules of the two are about wholly different tools. Words count only
    where `old` is a person's skill that holds no measured rule yet.
    """
    unmeasured = is_unmeasured(old)
    same_domain = new.domain == old.domain or (unmeasured and not old.domain)
    same = new.family.lower() == old.family.lower() or new.name == old.name
    tools, others = _tools(new), _tools(old)
    strangers = bool(tools and others) and tools.isdisjoint(others)
    return Likeness(
        family=same and same_domain and not strangers,
        traces=_shared(frozenset(new.traces), frozenset(old.traces)),
        words=_words_shared(new, old) if unmeasured else 0.0,
    )


def is_unmeasured(skill: Skill) -> bool:
    """Whether a skill is a person's, with no measured rule yet."""
    return bool(skill.human_text) and not any(rule.finding for rule in skill.rules)


def _tools(skill: Skill) -> frozenset[str]:
    """The tools that the skill's measured rules are about."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding)
    return frozenset(action.tool for claim in claims for action in actions_of(claim)) - {"*"}


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _words_shared(new: Skill, old: Skill) -> float:
    """The share of the new skill's words that the person uses: half for its name, half for its trigger."""
    written = _words(f"{old.name} {old.title} {old.description} {old.human_text}")
    named, about = (
        _words(f"{new.name} {new.family}"),
        _words(f"{' '.join(new.tags)} {without_exclusions(new.when_to_use)}"),
    )
    return (_used(named, written) + _used(about, written)) / 2


def _used(words: frozenset[str], written: frozenset[str]) -> float:
    return len(words & written) / len(words) if words else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _COMMON
