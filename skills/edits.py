"""What a person changed in an exported SKILL.md, taken over into the skill.

The rule: a human's words count, a human's numbers do not.

- Name, description, family, domain, title, goal and when-to-use are taken as they now read.
- A rule whose sentence still stands keeps its evidence, in the place and module where it now stands.
- A rule whose sentence was reworded becomes a cited note in the new words: the evidence was for the old ones.
- A rule, parameter or section that was deleted is gone.
- A list item added under Procedure, Conditions or Pitfalls becomes a cited note.
- The text below the marker replaces the human text; every other line that was added is kept there too.
- Tiers, evidence lines and citations are never read from Markdown.
"""

import re
from typing import Any

from trace2skill.skills.escape import inline
from trace2skill.skills.markdown import BY_HAND
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.skills.parse import Document, Section, marker_line, sections
from trace2skill.skills.prose import prose

STATED = re.compile(r"\*\*(?P<name>[A-Z][0-9]+)\*\*\s*(?:\([a-z]+\)\s*)?(?P<sentence>.*)", re.DOTALL)
GENERATED = re.compile(r"\s+- (?:Evidence|Seen at|Not so at|Cited from): ")
BLANKS = re.compile(r"\n{3,}")
FIELDS = {"Goal": "goal", "When to use": "when_to_use"}
MODULES = {module.title(): module for module in ModuleName}


def take_edits(skill: Skill, exported: Document, edited: Document) -> dict[str, Any]:
    """The fields of `skill` that follow from the difference between its export and the edited file."""
    old_body, _ = _split(exported.body)
    new_body, by_hand = _split(edited.body)
    old = {section.title: section for section in sections(old_body)}
    new = sections(new_body)
    fields = _texts(old, new) | _metadata(exported, edited)
    rules, leftovers = _rules(skill, old, new)
    titles = {section.title for section in new}
    stated = [item.text for section in new if section.title == "Parameters" for item in section.items]
    kept = [
        _kept(section, old, leftovers.get(section.title)) for section in new if section.title not in FIELDS
    ]
    return fields | {
        "name": edited.fields.get("name", skill.name),
        "description": _description(skill, exported, edited),
        "rules": rules,
        "parameters": tuple(
            parameter
            for parameter in skill.parameters
            if any(item.startswith(f"**{inline(parameter.name)}**") for item in stated)
        ),
        "example": skill.example if "Worked example" in titles else (),
        "example_task": skill.example_task if "Worked example" in titles else "",
        "human_text": "\n\n".join(part for part in (by_hand, *kept) if part),
    }


def _split(body: str) -> tuple[str, str]:
    line = marker_line(body, BY_HAND)
    if line is None:
        return body, ""
    lines = body.split("\n")
    return "\n".join(lines[:line]), "\n".join(lines[line + 1 :]).strip("\n")


def _description(skill: Skill, exported: Document, edited: Document) -> str:
    new = edited.fields.get("description", "")
    return skill.description if new == exported.fields.get("description") else new


def _metadata(exported: Document, edited: Document) -> dict[str, str]:
    changed = (key for key in ("family", "domain") if exported.metadata.get(key) != edited.metadata.get(key))
    return {key: edited.metadata.get(key, "") for key in changed}


def _texts(old: dict[str, Section], new: list[Section]) -> dict[str, str]:
    before = {field: old[title].text for title, field in FIELDS.items() if title in old}
    after = {FIELDS[section.title]: section.text for section in new if section.title in FIELDS}
    before |= {"title": next((section.title for section in old.values() if section.level == 1), "")}
    after |= {"title": next((section.title for section in new if section.level == 1), "")}
    return {
        field: prose(after.get(field, ""))
        for field in ("title", "goal", "when_to_use")
        if before.get(field, "") != after.get(field, "")
    }


def _rules(
    skill: Skill, old: dict[str, Section], new: list[Section]
) -> tuple[tuple[SkillRule, ...], dict[str, set[int]]]:
    """The rules as the edited modules state them, and per section the lines that this accounts for."""
    known = {rule.name: rule for rule in skill.rules}
    sentences = dict(_stated(item.text) for title in MODULES if title in old for item in old[title].items)
    rules: list[SkillRule] = []
    accounted: dict[str, set[int]] = {}
    for section in new:
        if section.title not in MODULES:
            continue
        accounted[section.title] = set()
        for item in section.items:
            name, sentence = _stated(item.text)
            rule = known.pop(name, None)
            accounted[section.title] |= set(range(item.first, item.end))
            if rule and sentence == sentences.get(name):
                rules.append(rule.model_copy(update={"module": MODULES[section.title]}))
            elif sentence:
                taken = {*known, *(rule.name for rule in rules), *(rule.name for rule in skill.rules)}
                rules.append(_note(rule, sentence, MODULES[section.title], taken))
    return tuple(rules), accounted


def _stated(item: str) -> tuple[str, str]:
    match = STATED.fullmatch(item)
    return (match["name"], match["sentence"]) if match else ("", item)


def _note(rule: SkillRule | None, sentence: str, module: ModuleName, taken: set[str]) -> SkillRule:
    finding = rule.finding if rule else None
    quotes = (*(rule.quotes if rule else ()), *(finding.held_at if finding else ()))
    return SkillRule(
        name=rule.name if rule else free_name(taken), module=module, text=prose(sentence), quotes=quotes
    )


def free_name(taken: set[str]) -> str:
    """The first of N1, N2, ... that is not taken."""
    number = 1
    while f"N{number}" in taken:
        number += 1
    return f"N{number}"


def _kept(section: Section, old: dict[str, Section], accounted: set[int] | None) -> str:
    """The lines of a section that no export wrote and no rule took, under the section's heading."""
    if section.title not in old:
        return f"{'#' * section.level} {section.title}\n\n{section.text}".strip() if section.text else ""
    added = [
        line
        for number, line in enumerate(section.lines)
        if line not in old[section.title].lines or not line
        if number not in (accounted or set())
        if accounted is None or not GENERATED.match(line)
    ]
    text = BLANKS.sub("\n\n", "\n".join(added)).strip("\n")
    if not text or section.level <= 1:
        return text
    return f"{'#' * section.level} {section.title}\n\n{text}"
