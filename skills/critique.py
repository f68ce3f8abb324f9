"""The checks that every skill passes before it is stored, in code."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from trace2skill.claims.evidence import Tier
from trace2skill.skills.conflict import conflict
from trace2skill.skills.figures import numbers_in, unfounded
from trace2skill.skills.instance import identities_in, instance_values, mentions_instance
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.naming import DESCRIPTION_LIMIT, NAME_LIMIT, slug
from trace2skill.skills.objections import Objection, ObjectionKind
from trace2skill.skills.planted import planted_in_claim, planted_in_prose, planted_parts
from trace2skill.skills.revise import revise
from trace2skill.skills.size import TOKEN_LIMIT, size
from trace2skill.skills.strength import strength
from trace2skill.skills.wording import statement
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import find_secrets

__all__ = ["Objection", "ObjectionKind", "critique", "revise"]

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def critique(
    skill: Skill, traces: Sequence[Trace] = (), *, token_limit: int = TOKEN_LIMIT
) -> tuple[Objection, ...]:
    """Everything wrong with the skill, rule by rule and then as a whole; nothing when it may be stored.

    Args:
        skill: The skill as it would be stored.
        traces: The traces it was made from, if at hand; they tell identifiers from vocabulary, and names
            that would give a task away.
        token_limit: The most tokens the skill may take as SKILL.md, its human text aside.
    """
    identities = identities_in(traces)
    objections = [found for rule in skill.rules for found in _rule(skill, rule, identities)]
    objections += _contradictions(skill)
    objections += _whole(skill, traces, token_limit)
    return tuple(objections)


def _rule(skill: Skill, rule: SkillRule, identities: frozenset[str]) -> Iterator[Objection]:
    for check in (_measured, _figures, _leaks):
        if problem := check(skill, rule):
            yield Objection(rule=rule.name, kind=problem[0], message=problem[1])
    own: list[str] = []
    if rule.finding:
        tasks = rule.finding.summary.support.tasks
        own = instance_values(rule.finding.claim, tasks, identities)
        own += mentions_instance(rule.text, statement(rule.finding))
        if own:
            message = f"names what belongs to one run: {', '.join(own)}; it needs a slot"
            yield Objection(rule=rule.name, kind=ObjectionKind.INSTANCE, message=message)
    if not own and (problem := _planted(skill, rule)):
        yield Objection(rule=rule.name, kind=problem[0], message=problem[1])


Problem = tuple[ObjectionKind, str] | None


def _measured(skill: Skill, rule: SkillRule) -> Problem:
    if rule.finding is None:
        cited = bool(rule.quotes or skill.human_text)
        return None if cited else (ObjectionKind.UNMEASURED, "rests on no finding and cites no step")
    if rule.finding.summary.support.opportunities == 0 and rule.tier is not Tier.HYPOTHESIS:
        return ObjectionKind.UNMEASURED, "no trace had the opportunity to follow it"
    return None


def _figures(_skill: Skill, rule: SkillRule) -> Problem:
    """A note that quotes traces may carry no number; a person's own note may say "wait 2 hours"."""
    if rule.finding is None:
        loose = numbers_in(rule.text) if rule.quotes else []
    else:
        loose = unfounded(rule.text, rule.finding)
    message = f"states {', '.join(loose)}, which nothing measured gives"
    return (ObjectionKind.NUMBER, message) if loose else None


def _leaks(_skill: Skill, rule: SkillRule) -> Problem:
    kinds = find_secrets(rule.text)
    return (ObjectionKind.SECRET, f"holds a secret ({', '.join(sorted(kinds))})") if kinds else None


def _planted(skill: Skill, rule: SkillRule) -> Problem:
    """A rule may say nothing that reads like an order of a trace's; a person's own note may."""
    problem = planted_in_claim(rule.finding.claim) if rule.finding else None
    worded = (
        rule.text != statement(rule.finding) if rule.finding else bool(rule.quotes and not skill.human_text)
    )
    if not problem and worded and (reason := planted_in_prose(rule.text)):
        problem = f"its text {reason}"
    return (ObjectionKind.PLANTED, f"may have been planted: {problem}") if problem else None


def _contradictions(skill: Skill) -> Iterator[Objection]:
    """Against the weaker rule of each pair that cannot both be followed."""
    for one, other in combinations(skill.rules, 2):
        if one.finding and other.finding and (reason := conflict(one.finding, other.finding)):
            firm, weak = (one, other) if strength(one.finding) <= strength(other.finding) else (other, one)
            message = f"contradicts {firm.name}: {reason}"
            yield Objection(rule=weak.name, kind=ObjectionKind.CONTRADICTION, message=message)


def _whole(skill: Skill, traces: Sequence[Trace], token_limit: int) -> Iterator[Objection]:
    if problem := _name(skill, traces):
        yield Objection(rule=None, kind=ObjectionKind.NAME, message=problem)
    if problem := _description(skill):
        yield Objection(rule=None, kind=ObjectionKind.DESCRIPTION, message=problem)
    if kinds := find_secrets(_own_text(skill)):
        message = f"description, parameters or example hold a secret ({', '.join(sorted(kinds))})"
        yield Objection(rule=None, kind=ObjectionKind.SECRET, message=message)
    for part, reason in planted_parts(skill).items():
        message = f"may have been planted: {part} {reason}"
        yield Objection(rule=None, kind=ObjectionKind.PLANTED, message=message)
    if (tokens := size(skill)) > token_limit:
        message = f"takes about {tokens} tokens, {tokens - token_limit} too many"
        yield Objection(rule=None, kind=ObjectionKind.SIZE, message=message)


def _own_text(skill: Skill) -> str:
    """Everything the skill says outside its rules, the person's text aside."""
    parameters = (f"{one.name}: {one.description} {one.example}" for one in skill.parameters)
    steps = (f"{step.action}\n{step.observation}" for step in skill.example)
    said = (skill.title, skill.description, skill.goal, skill.when_to_use, skill.example_task)
    return "\n".join([*said, *parameters, *steps])


def _name(skill: Skill, traces: Sequence[Trace]) -> str | None:
    if not _NAME.fullmatch(skill.name) or len(skill.name) > NAME_LIMIT:
        return "the name is not 1 to 64 lower-case letters, digits and single hyphens"
    keys = {slug(key, 10**6) for trace in traces for key in (trace.task_key, trace.id) if key}
    return "the name gives a task's key away" if skill.name in keys else None


def _description(skill: Skill) -> str | None:
    if not skill.description.strip():
        return "the description is empty"
    if len(skill.description) > DESCRIPTION_LIMIT:
        return (
            f"the description has {len(skill.description)} characters, at most {DESCRIPTION_LIMIT} are read"
        )
    return "the description holds angle brackets" if re.search(r"[<>]", skill.description) else None
