"""Trigger evals: is each skill offered for what it is for, and for nothing else; and which skills collide."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from trace2skill.conformance.check import rate
from trace2skill.conformance.model import Rate
from trace2skill.evaluation.trigger_queries import TriggerQuery
from trace2skill.evidence.statistics import Share
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen


class Asked(Frozen):
    """A query that was answered otherwise than it is to be: what is right, and what was offered."""

    query: str
    right: tuple[str, ...] = Field(description="the skills that it is wanted of; none for a near miss of all")
    offered: str = Field(description="the skill that was offered; empty for none")
    nearest: str = Field(description="the skill of the highest score, offered or not")


class SkillTriggers(Frozen):
    """How a skill fares with the queries."""

    skill: str
    authors: dict[str, int] = Field(description="who wrote its queries, and how many; empty if unknown")
    recall: Rate = Field(description="of its wanted queries, those for which it was offered")
    precision: Rate = Field(description="of all queries for which it was offered, those that want it")
    near_misses: Rate = Field(description="of its near misses, those for which it was offered")
    wrong: tuple[Asked, ...]


class Collision(Frozen):
    """Wanted queries of one skill for which another was offered, or scored higher."""

    skill: str
    taken_by: str
    offered: int = Field(description="of the queries, those for which the other was offered")
    queries: tuple[str, ...]


class TriggerReport(Frozen):
    """Trigger evals of a library."""

    skills: tuple[SkillTriggers, ...]
    recall: Rate
    precision: Rate
    collisions: tuple[Collision, ...]


def trigger_report(library: Library, queries: Mapping[str, Sequence[TriggerQuery]]) -> TriggerReport:
    """Ask the library every query, as an agent's message is asked, and count.

    Shares have 95 % Wilson intervals, as if the queries had been drawn from many like them. A query that
    several skills want is right with each of them.

    Args:
        library: The library.
        queries: Of each skill; those of skills that the library does not hold are left out.

    Raises:
        IndexMismatchError: The library's vectors were made with another embedding.
        LibraryError: The library cannot be read.
    """
    names = {stored.skill.name for stored in library.skills()}
    known = {name: list(asked) for name, asked in queries.items() if name in names}
    right = _right(known)
    answers = {query: _answer(library, query, wanted) for query, wanted in right.items()}
    told = tuple(_of(name, asked, answers) for name, asked in sorted(known.items()))
    return TriggerReport(
        skills=told,
        recall=_summed(each.recall for each in told),
        precision=_summed(each.precision for each in told),
        collisions=tuple(_collisions(answers.values())),
    )


def _right(queries: Mapping[str, Sequence[TriggerQuery]]) -> dict[str, tuple[str, ...]]:
    """The skills that are right for each query."""
    found: dict[str, set[str]] = {}
    for name, asked in sorted(queries.items()):
        for each in asked:
            found.setdefault(each.query, set()).update({name} if each.should_trigger else {each.right} - {""})
    return {query: tuple(sorted(wanted)) for query, wanted in found.items()}


def _answer(library: Library, query: str, right: tuple[str, ...]) -> Asked:
    found = library.retrieve(query)
    nearest = max(found.considered, key=lambda offer: offer.score, default=None)
    return Asked(
        query=query,
        right=right,
        offered=found.offered[0].skill if found.offered else "",
        nearest=nearest.skill if nearest else "",
    )


def _of(name: str, asked: Sequence[TriggerQuery], answers: Mapping[str, Asked]) -> SkillTriggers:
    wanted = [answers[each.query] for each in asked if each.should_trigger]
    near = [answers[each.query] for each in asked if not each.should_trigger]
    offered = [each for each in answers.values() if each.offered == name]
    wrong = [each for each in wanted if each.offered != name] + [
        each for each in offered if name not in each.right
    ]
    return SkillTriggers(
        skill=name,
        authors=dict(sorted(Counter(each.author for each in asked).items())),
        recall=rate(Share(sum(each.offered == name for each in wanted), len(wanted))),
        precision=rate(Share(sum(name in each.right for each in offered), len(offered))),
        near_misses=rate(Share(sum(each.offered == name for each in near), len(near))),
        wrong=tuple(dict.fromkeys(wrong)),
    )


def _summed(rates: Iterable[Rate]) -> Rate:
    found = list(rates)
    return rate(Share(sum(each.hits for each in found), sum(each.trials for each in found)))


def _collisions(answers: Iterable[Asked]) -> list[Collision]:
    """The pairs of skills of which one takes queries of the other, those with most queries first."""
    taken: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for each in answers:
        other = each.offered or each.nearest
        if each.right and other and other not in each.right:
            for own in each.right:
                taken[own, other].append(each)
    return [
        Collision(
            skill=own,
            taken_by=other,
            offered=sum(each.offered == other for each in lost),
            queries=tuple(each.query for each in lost),
        )
        for (own, other), lost in sorted(taken.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
