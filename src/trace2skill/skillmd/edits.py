"""Apply a person's edits of an exported SKILL.md to the skill: their words are taken, their numbers are not.

- Name, description, family, domain, title, goal (the text under the title) and when-to-use are taken as
  edited.
- A rule whose sentence is unchanged keeps its evidence and gets its new position and module.
- A rule whose sentence was reworded becomes a cited note, since its evidence was for the old words.
- A rule, parameter or section that was deleted is removed.
- A list item added under the heading of a part (Done when, First look, Steps, Decide, Beware) becomes a
  cited note.
- The text below the marker replaces the human text; every other added line is appended to it.
- Square brackets at the end of an item are ignored.
"""

import re
from difflib import SequenceMatcher
from typing import Any

from trace2skill.skillmd.parse import ParsedFile, Section, marker_line, sections
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.skills.playbook import BY_HAND, said
from trace2skill.wording.escape import inline, prose

MARK = re.compile(r"\s*\[[^\[\]]*\]\s*$")
BLANKS = re.compile(r"\n{3,}")
FIELDS = {"When to use": "when_to_use"}
MODULES = {module.heading: module for module in ModuleName}
SIMILAR = 0.5
"""Least similarity (difflib's ratio) at which an item is taken as a reworded rule."""


def take_edits(skill: Skill, exported: ParsedFile, edited: ParsedFile) -> dict[str, Any]:
    """The fields of `skill` to update, from the differences between its export and the edited file."""
    old_body, _ = _split(exported.body)
    new_body, by_hand = _split(edited.body)
    old = {section.title: section for section in sections(old_body)}
    new = sections(new_body)
    fields = _texts(old, new) | _metadata(exported, edited)
    rules, leftovers = _rules(skill, old, new)
    titles = {section.title for section in new}
    stated = [item.text for section in new if section.title == "Values" for item in section.items]
    kept = [
        _kept(section, old, leftovers.get(section.title, set()))
        for section in new
        if section.title not in FIELDS and section.level != 1
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


def _description(skill: Skill, exported: ParsedFile, edited: ParsedFile) -> str:
    new = edited.fields.get("description", "")
    return skill.description if new == exported.fields.get("description") else new


def _metadata(exported: ParsedFile, edited: ParsedFile) -> dict[str, str]:
    changed = (key for key in ("family", "domain") if exported.metadata.get(key) != edited.metadata.get(key))
    return {key: edited.metadata.get(key, "") for key in changed}


def _texts(old: dict[str, Section], new: list[Section]) -> dict[str, str]:
    before, after = _own_texts(list(old.values())), _own_texts(new)
    return {
        field: prose(after.get(field, ""))
        for field in ("title", "goal", "when_to_use")
        if before.get(field, "") != after.get(field, "")
    }


def _own_texts(parts: list[Section]) -> dict[str, str]:
    """The title, goal and when-to-use that the sections have, by field name."""
    texts = {FIELDS[section.title]: section.text for section in parts if section.title in FIELDS}
    first = next((section for section in parts if section.level == 1), None)
    return texts | ({"title": first.title, "goal": first.text} if first else {})


def _rules(
    skill: Skill, old: dict[str, Section], new: list[Section]
) -> tuple[tuple[SkillRule, ...], dict[str, set[int]]]:
    """The rules that the edited parts state, and for each section the lines that they take."""
    known = {said(skill, rule): rule for rule in skill.rules}
    parts = [section for section in new if section.title in MODULES]
    still = {_sentence(item.text) for section in parts for item in section.items}
    gone = {sentence: rule for sentence, rule in known.items() if sentence not in still}
    rules: list[SkillRule] = []
    accounted: dict[str, set[int]] = {}
    for section in parts:
        module = MODULES[section.title]
        written = {item.text for item in old[section.title].items} if section.title in old else set()
        accounted[section.title] = set()
        for item in section.items:
            accounted[section.title] |= set(range(item.first, item.end))
            sentence = _sentence(item.text)
            if rule := known.pop(sentence, None):
                rules.append(rule.model_copy(update={"module": module}))
            elif sentence and item.text not in written:
                taken = {rule.name for rule in (*rules, *skill.rules)}
                rules.append(_note(_reworded(sentence, module, gone), sentence, module, taken))
    return tuple(rules), accounted


def _sentence(item: str) -> str:
    return MARK.sub("", item)


def _reworded(sentence: str, module: ModuleName, gone: dict[str, SkillRule]) -> SkillRule | None:
    """Remove from `gone` and return the module's rule that the sentence most likely rewords, if any."""
    likely = [
        (SequenceMatcher(None, sentence, other, autojunk=False).ratio(), other)
        for other, rule in gone.items()
        if rule.module == module
    ]
    share, best = max(likely, default=(0.0, ""))
    return gone.pop(best) if share >= SIMILAR else None


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


def _kept(section: Section, old: dict[str, Section], accounted: set[int]) -> str:
    """The lines of a section that were added and are in no rule, under the section's heading."""
    if section.title not in old:
        added = [line for number, line in enumerate(section.lines) if number not in accounted]
    else:
        added = [
            line
            for number, line in enumerate(section.lines)
            if (line not in old[section.title].lines or not line) and number not in accounted
        ]
    text = BLANKS.sub("\n\n", "\n".join(added)).strip("\n")
    return f"{'#' * section.level} {section.title}\n\n{text}".strip() if text and section.level else text
