"""What in a skill from outside a person should look at before they let it guide an agent.

A person's own skill may name commands and addresses; so these are no reason to refuse one, but to read it.
"""

from collections.abc import Iterator

from trace2skill.facts.untrusted_text import signs
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.untrusted_content import planted_in_claim, planted_parts
from trace2skill.traces.model import Frozen


class Suspicion(Frozen):
    """A kind of text, in words that follow "it", and where it stands; the text itself is not repeated."""

    kind: str
    place: str


def suspicions(skill: Skill) -> list[Suspicion]:
    """Hidden and look-alike characters, addresses, commands, turns of a conversation, words to an agent.

    All texts of the skill are looked at, rules, policy, example and a person's words alike, line by line.
    """
    return list(dict.fromkeys(_found(skill)))


def kinds(skill: Skill) -> tuple[str, ...]:
    """The kinds of suspicious text in a skill, sorted."""
    return tuple(sorted({each.kind for each in suspicions(skill)}))


def _found(skill: Skill) -> Iterator[Suspicion]:
    for place, text in _texts(skill):
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            where = f"{place}, line {number}" if len(lines) > 1 else place
            yield from (Suspicion(kind=kind, place=where) for kind in signs(line))
    for part, reason in planted_parts(skill).items():
        yield Suspicion(kind=reason, place=part)
    measured = [(f"rule {rule.name}", rule.finding.claim) for rule in _rules(skill) if rule.finding]
    decisions = [(f"decision {number}", rule) for number, rule in enumerate(skill.policy.rules, 1)]
    for place, claim in (*measured, *decisions):
        if planted := planted_in_claim(claim):
            yield Suspicion(kind=f"has a claim in which {planted}", place=place)


def _rules(skill: Skill) -> tuple[SkillRule, ...]:
    return (*skill.rules, *skill.background)


def _texts(skill: Skill) -> Iterator[tuple[str, str]]:
    for part in ("title", "description", "goal", "when_to_use", "family", "domain"):
        yield part, getattr(skill, part)
    yield from ((f"rule {rule.name}", rule.text) for rule in _rules(skill))
    for parameter in skill.parameters:
        yield f"parameter {parameter.name}", f"{parameter.description}\n{parameter.example}"
    yield (
        "the example",
        "\n".join([skill.example_task, *(f"{step.action}\n{step.observation}" for step in skill.example)]),
    )
    yield "the text", skill.human_text
