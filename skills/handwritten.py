"""A SKILL.md that a person wrote, read as the start of a skill."""

import re
from collections.abc import Iterator
from typing import Any

from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.skills.parse import Document, sections
from trace2skill.skills.prose import prose

MOST_NOTES = 40
SHORTEST_NOTE, LONGEST_NOTE = 8, 400

MODULE_OF_HEADING = (
    (
        ModuleName.PITFALLS,
        r"pitfall|avoid|mistake|warning|gotcha|caution|do not|don.t|never|anti-?pattern|fail",
    ),
    (
        ModuleName.CONDITIONS,
        r"condition|rule|guideline|polic|constraint|requirement|principle|best practice|tips",
    ),
    (
        ModuleName.PROCEDURE,
        r"step|procedure|workflow|instruction|process|how to|quick start|checklist|approach",
    ),
)


def from_hand(document: Document, folder: str) -> dict[str, Any]:
    """The fields of the skill: the body verbatim, and cited notes from the list items that are lessons.

    A list item is a lesson when its heading, or one above it, names steps, conditions or pitfalls. Items
    shorter than 8 or longer than 400 characters, and those after the fortieth, stay in the body alone.
    """
    name = document.fields.get("name", "").strip() or _slug(folder)
    titles = [section.title for section in sections(document.body) if section.level == 1]
    return {
        "name": name,
        "title": prose(titles[0]) if titles else name.replace("-", " ").capitalize(),
        "description": document.fields.get("description", "").strip(),
        "family": document.metadata.get("family") or name,
        "domain": document.metadata.get("domain", ""),
        "rules": tuple(
            SkillRule(name=f"N{number}", module=module, text=text)
            for number, (module, text) in zip(range(1, MOST_NOTES + 1), _lessons(document.body), strict=False)
        ),
        "human_text": document.body,
    }


def _lessons(body: str) -> Iterator[tuple[ModuleName, str]]:
    above: list[tuple[int, ModuleName | None]] = []
    seen: set[str] = set()
    for section in sections(body):
        above = [(level, module) for level, module in above if level < section.level]
        inherited = above[-1][1] if above else None
        module = _module(section.title) or inherited
        above.append((section.level, module))
        for item in section.items:
            text = prose(item.text)
            if module and SHORTEST_NOTE <= len(text) <= LONGEST_NOTE and text not in seen:
                seen.add(text)
                yield module, text


def _module(heading: str) -> ModuleName | None:
    for module, pattern in MODULE_OF_HEADING:
        if re.search(rf"\b(?:{pattern})", heading, re.IGNORECASE):
            return module
    return None


def _slug(folder: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", folder.lower()))[:64].strip("-")
