"""A skill as SKILL.md: frontmatter and Markdown that the Agent Skills specification accepts."""

import re
from collections.abc import Iterable

import yaml

from trace2skill.claims.evidence import Citation
from trace2skill.skills.escape import code_span, one_line, visible
from trace2skill.skills.evidence_wording import count
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import playbook, unshown

GENERATOR = "trace2skill"
BY_HAND = "<!-- trace2skill: everything below this line is kept as written -->"
EVIDENCE_FILE = "references/evidence.md"
DESCRIPTION_LIMIT = 1024
SEPARATORS = re.compile(r"-{3,}")


def to_markdown(skill: Skill, version: int) -> str:
    """SKILL.md for one version of a skill; equal skills give equal bytes.

    After the frontmatter comes the playbook, then where its evidence lies. The human's text comes last, below
    a marker, so that nothing in it can disturb the rest.
    """
    parts = [_frontmatter(skill, version), playbook(skill)]
    if any(rule.finding for rule in skill.rules):
        parts.append(f"{_evidence_note(skill)}\n")
    if skill.human_text:
        parts.append(f"## Written by hand\n\n{BY_HAND}\n\n{visible(skill.human_text).strip()}\n")
    return "\n".join(parts)


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
            "digest": skill.hash,
        },
    }
    body = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10**9)
    return f"---\n{body}---\n"


def _plain(text: str) -> str:
    """One line without `---`, at which simple readers would end the frontmatter."""
    return SEPARATORS.sub("--", one_line(text))


def _evidence_note(skill: Skill) -> str:
    runs = count(len({*skill.traces, *skill.policy.traces}), "recorded run")
    hidden = unshown(skill)
    note = f"Counted over {runs}: `{EVIDENCE_FILE}`."
    if not hidden:
        return note
    return f"{note} Not shown, for too few runs: {count(hidden, 'rule')} that an executor tries too."
