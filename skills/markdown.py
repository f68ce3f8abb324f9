"""A skill as SKILL.md: frontmatter and Markdown that the Agent Skills specification accepts."""

import re
from collections.abc import Iterable, Iterator

import yaml

from trace2skill.claims.evidence import Citation
from trace2skill.skills.escape import code_span, inline, one_line, visible
from trace2skill.skills.evidence_wording import count
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule
from trace2skill.skills.prose import prose
from trace2skill.skills.wording import numbers

GENERATOR = "trace2skill"
BY_HAND = "<!-- trace2skill: everything below this line is kept as written -->"
EVIDENCE_FILE = "references/evidence.md"
DESCRIPTION_LIMIT = 1024
CITATIONS_SHOWN = 3
SEPARATORS = re.compile(r"-{3,}")


def to_markdown(skill: Skill, version: int) -> str:
    """SKILL.md for one version of a skill; equal skills give equal bytes.

    Rules stand in their module as one list item each (name, tier, sentence), with the evidence and the
    citations in nested items. The human's text comes last, below a marker, so that nothing in it can
    disturb the rest.
    """
    parts = [_frontmatter(skill, version), f"# {prose(skill.title)}\n"]
    parts += [f"## {title}\n\n{body}\n" for title, body in _sections(skill) if body]
    if skill.human_text:
        parts.append(f"## Written by hand\n\n{BY_HAND}\n\n{visible(skill.human_text).strip()}\n")
    return "\n".join(parts)


def rule_line(rule: SkillRule) -> str:
    """The list item that states a rule: `- **P1** (mined) the sentence`."""
    return f"- **{rule.name}** ({rule.tier}) {prose(rule.text)}"


def citation_list(citations: Iterable[Citation]) -> str:
    """Citations as code spans, separated by commas."""
    return ", ".join(code_span(str(citation)) for citation in citations)


def _frontmatter(skill: Skill, version: int) -> str:
    fields = {
        "name": skill.name,
        "description": (_plain(skill.description) or skill.name)[:DESCRIPTION_LIMIT],
        "metadata": {
            "generator": GENERATOR,
            "version": str(version),
            "family": _plain(skill.family),
            "domain": _plain(skill.domain),
        },
    }
    body = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10**9)
    return f"---\n{body}---\n"


def _plain(text: str) -> str:
    """One line without `---`, at which simple readers would end the frontmatter."""
    return SEPARATORS.sub("--", one_line(text))


def _sections(skill: Skill) -> Iterator[tuple[str, str]]:
    yield "Goal", prose(skill.goal)
    yield "When to use", prose(skill.when_to_use)
    yield "Parameters", "\n".join(map(_parameter, skill.parameters))
    for module in ModuleName:
        yield module.title(), "\n".join(map(_rule, skill.module(module)))
    yield "Worked example", _example(skill)
    yield "Evidence", _evidence_note(skill)


def _parameter(parameter: Parameter) -> str:
    found = f"found in {', '.join(map(code_span, parameter.sources))}" if parameter.sources else ""
    line = f"- **{inline(parameter.name)}**: {prose(parameter.description) or found}"
    return f"{line} (for example {code_span(parameter.example)})" if parameter.example else line


def _rule(rule: SkillRule) -> str:
    lines = [rule_line(rule)]
    if rule.finding:
        protected = " (protected: a refusal or guard of good runs)" if rule.finding.protected else ""
        lines.append(f"  - Evidence: {inline(numbers(rule.finding))}{protected}")
        lines += _places("Seen at", rule.finding.held_at)
        lines += _places("Not so at", rule.finding.broken_at)
    lines += _places("Cited from", rule.quotes)
    return "\n".join(lines)


def _places(label: str, citations: tuple[Citation, ...]) -> list[str]:
    return [f"  - {label}: {citation_list(citations[:CITATIONS_SHOWN])}"] if citations else []


def _example(skill: Skill) -> str:
    if not skill.example:
        return ""
    steps = "\n".join(f"{number}. {_example_step(step)}" for number, step in enumerate(skill.example, 1))
    return f"Task: {inline(skill.example_task)}\n\n{steps}" if skill.example_task else steps


def _example_step(step: ExampleStep) -> str:
    line = f"{inline(step.actor)}: {code_span(step.action)}"
    if step.observation:
        line += f" gave {code_span(step.observation)}"
    return f"{line} (step {code_span(str(step.citation))})"


def _evidence_note(skill: Skill) -> str:
    if not any(rule.finding for rule in skill.rules):
        return ""
    return (
        f"Every number was counted by code over {count(len(skill.traces), 'recorded run')}; "
        f"`trace#step` names a step of one of them. All of it: [{EVIDENCE_FILE}]({EVIDENCE_FILE})."
    )
