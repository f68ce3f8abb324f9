"""Which steps of a run show its rules at work: what was read, what was done about it, and the end."""

from collections.abc import Iterator, Sequence

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.keys import TASK, fact_keys
from trace2skill.claims.measure import tally_of
from trace2skill.claims.model import Claim, Closing, Predicate, Rule
from trace2skill.claims.view import View
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.anatomy import parts_of
from trace2skill.skills.model import SkillRule
from trace2skill.traces.model import Trace


def steps_at_work(trace: Trace, rules: Sequence[SkillRule], most: int) -> list[int]:
    """The steps at which the run did what rules ask for, then those that showed why, the end first.

    Of readings of several things that is taken in which the condition held. Nothing where no rule has a
    condition: then any step of the run may be as good as another.
    """
    claims = [rule.finding.claim for rule in rules if rule.finding]
    keys = {key for claim in claims for key in fact_keys(claim)}
    view = View(trace, Vocabulary.of(keys))
    done = list(_done(view, claims))
    if not done:
        return []
    ends = [
        place
        for claim in claims
        if isinstance(claim, Closing)
        for place in _readings(claim.require, view, view.length)
    ]
    reasons = [place for rule, step in done for place in _readings(rule.when, view, step)]
    chosen = dict.fromkeys([*(step for _, step in done), *ends, *reasons])
    return sorted(list(chosen)[:most])


def _done(view: View, claims: Sequence[Claim]) -> Iterator[tuple[Rule, int]]:
    for claim in claims:
        if isinstance(claim, Rule):
            yield from ((claim, step) for step in tally_of(claim, view).held[:1])


def _readings(when: Predicate, view: View, before: int) -> Iterator[int]:
    """The last step before the given one at which each fact of a condition was read."""
    for part in parts_of(when):
        kind = entity_type_of(part)
        entities = {each for each, truth in view.by_entity(part).items() if truth[before]} if kind else None
        for key in sorted(set(fact_keys(part)) - {TASK}):
            steps = [
                reading.step
                for entity, readings in view.belief.timeline(key).items()
                if entities is None or entity in entities
                for reading in readings
                if 0 <= reading.step < before
            ]
            if steps:
                yield max(steps)
