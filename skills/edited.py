"""A skill as a person edited it at a review, and what is wrong with the edit.

The rule is the importer's: a human's words count, a human's numbers do not. A reworded rule becomes a note in
the new words that cites the steps the old ones rested on.
"""

from collections.abc import Iterable, Sequence

from trace2skill.errors import InputError
from trace2skill.skills.answers import Answer
from trace2skill.skills.critique import critique
from trace2skill.skills.figures import unfounded
from trace2skill.skills.importer import with_edits
from trace2skill.skills.instance import mentions_instance
from trace2skill.skills.markdown import to_markdown
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.prose import prose
from trace2skill.skills.revise import settled
from trace2skill.skills.wording import statement
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import find_secrets

MARK = "Edited by a person at a review."
"""Stands in for a person's text where they wrote none: a skill with such a text keeps a person's words."""

_ONE_LINE = ("title", "goal", "when_to_use")


def edited(skill: Skill, answer: Answer, traces: Sequence[Trace] = ()) -> Skill:
    """The skill with the edit; the same skill if that changes nothing.

    Raises:
        InputError: It names a rule that is not there, or the skill would no longer pass the checks; the
            message says what is wrong.
    """
    after = (
        _from_markdown(skill, answer.markdown) if answer.markdown is not None else _from_fields(skill, answer)
    )
    if after == skill:
        return skill
    after = _marked(skill, after)
    if problems := _problems(skill, after, traces):
        raise InputError("; ".join(problems))
    return after


def gone(before: Skill, after: Skill) -> tuple[SkillRule, ...]:
    """The measured rules that the edit took out or put into other words."""
    left = {rule.finding.id for rule in after.rules if rule.finding}
    return tuple(rule for rule in before.rules if rule.finding and rule.finding.id not in left)


def _from_fields(skill: Skill, answer: Answer) -> Skill:
    known = {rule.name for rule in skill.rules}
    unknown = sorted({*answer.rules, *answer.drop} - known)
    if unknown:
        raise InputError(f"there is no rule {unknown[0]}; the rules are {', '.join(sorted(known))}")
    rules = [
        _reworded(rule, answer.rules[rule.name]) if rule.name in answer.rules else rule
        for rule in skill.rules
        if rule.name not in answer.drop
    ]
    texts = {name: prose(text) for name in _ONE_LINE if (text := getattr(answer, name)) is not None}
    if answer.description is not None:
        texts["description"] = answer.description.strip()
    if answer.human_text is not None:
        texts["human_text"] = answer.human_text.strip("\n")
    return settled(skill, skill.model_copy(update={**texts, "rules": tuple(rules)}))


def _reworded(rule: SkillRule, text: str) -> SkillRule:
    new = prose(text)
    if not new:
        raise InputError(f"rule {rule.name} has no text; to leave it out, drop it")
    if new == prose(rule.text):
        return rule
    cited = rule.finding.held_at if rule.finding else ()
    return SkillRule(name=rule.name, module=rule.module, text=new, quotes=(*rule.quotes, *cited))


def _from_markdown(skill: Skill, text: str) -> Skill:
    after = with_edits(skill, to_markdown(skill, 1), text)
    if (after.name, after.family) != (skill.name, skill.family):
        raise InputError("name and family cannot be changed at a review; leave them as they were")
    return settled(skill, after)


def _marked(before: Skill, after: Skill) -> Skill:
    """A person's words are carried over later on where the skill has a person's text."""
    texts = [name for name in ("description", *_ONE_LINE) if getattr(after, name) != getattr(before, name)]
    notes = {rule.text for rule in _notes(after)} - {rule.text for rule in _notes(before)}
    marked = (texts or notes) and not after.human_text.strip()
    return after.model_copy(update={"human_text": MARK}) if marked else after


def _problems(before: Skill, after: Skill, traces: Sequence[Trace]) -> list[str]:
    """What the checks find in the edited skill and did not find before."""
    if not after.rules:
        return ["no rule would be left; reject the skill instead"]
    known = {(each.kind, each.message) for each in critique(before, traces)}
    found = [each for each in critique(after, traces) if (each.kind, each.message) not in known]
    problems = [f"{each.rule}: {each.message}" if each.rule else each.message for each in found]
    problems += _beyond(before, after)
    if kinds := find_secrets(after.human_text):
        problems.append(f"human_text holds a secret ({', '.join(sorted(kinds))})")
    return problems


def _beyond(before: Skill, after: Skill) -> Iterable[str]:
    """Notes in place of measured rules that state other numbers, or what belongs to one run."""
    measured = {rule.name: rule.finding for rule in before.rules if rule.finding}
    known = _notes(before)
    for rule in (rule for rule in _notes(after) if rule not in known):
        finding = measured.get(rule.name)
        if finding and not rule.quotes and (loose := unfounded(rule.text, finding)):
            yield f"{rule.name}: states {', '.join(loose)}, which nothing measured gives"
        if own := mentions_instance(rule.text, statement(finding) if finding else ""):
            yield f"{rule.name}: names what belongs to one run: {', '.join(own)}"


def _notes(skill: Skill) -> list[SkillRule]:
    return [rule for rule in skill.rules if rule.finding is None]
