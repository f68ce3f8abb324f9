"""A folder with a SKILL.md as a skill: one we exported, or one a person wrote."""

import re
from pathlib import Path
from typing import Any, NoReturn

from trace2skill.errors import InputError
from trace2skill.skills.edits import take_edits
from trace2skill.skills.exported import JSON_FILE, read_exported, read_inside, refuse
from trace2skill.skills.handwritten import from_hand
from trace2skill.skills.markdown import GENERATOR
from trace2skill.skills.model import Skill
from trace2skill.skills.parse import Document, read_document, same_text

SKILL_FILE = "SKILL.md"
MARKDOWN_LIMIT = 512 * 1024
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def import_skill(path: Path) -> Skill:
    """The skill in a folder (or in the folder of the SKILL.md that `path` names).

    An export of ours comes back without loss; what was edited in its SKILL.md since is taken over by the
    rule that `trace2skill.skills.edits` states. A SKILL.md of anybody else's is kept verbatim as
    `human_text`, and its list items under headings that name steps, conditions or pitfalls become cited
    notes. Only SKILL.md and references/skill.json.gz are read (skill.json of older exports), and never
    through a symbolic link.

    Raises:
        InputError: a file is missing, too large, a link, not UTF-8 or not valid; the message names the file
            and the fix.
    """
    folder = (path.parent if path.name.lower() == "skill.md" else path).resolve()
    file = _skill_file(folder)
    text = read_inside(file, MARKDOWN_LIMIT)
    document = read_document(text, str(file))
    if document.metadata.get("generator") != GENERATOR:
        fields = from_hand(document, folder.name)
        return _skill(fields, file, text)
    stored = read_exported(folder)
    if same_text(text, stored.markdown):
        return stored.skill
    exported = read_document(stored.markdown, str(folder / JSON_FILE))
    if "digest" not in exported.metadata:
        refuse(
            file,
            "was edited after an older version had exported it, in a layout that is no longer read; import "
            "the folder as it was exported, and edit the export of that",
        )
    return _edited(stored.skill, exported, document, file, text)


def with_edits(skill: Skill, exported: str, text: str) -> Skill:
    """The skill with what a person changed in its SKILL.md, by the rule of `trace2skill.skills.edits`.

    Raises:
        InputError: the edited text is no skill; the message names the line and the fix.
    """
    if same_text(text, exported):
        return skill
    if len(text.encode()) > MARKDOWN_LIMIT:
        raise InputError(f"{SKILL_FILE}: at most {MARKDOWN_LIMIT} bytes are read")
    document = read_document(text, SKILL_FILE)
    return _edited(skill, read_document(exported, SKILL_FILE), document, Path(SKILL_FILE), text)


def _skill_file(folder: Path) -> Path:
    for file in (folder / SKILL_FILE, folder / SKILL_FILE.lower()):
        if file.is_symlink() or file.exists():
            return file
    raise InputError(f"{folder}: holds no {SKILL_FILE}; name a folder that does")


def _edited(skill: Skill, exported: Document, document: Document, file: Path, text: str) -> Skill:
    fields = {name: getattr(skill, name) for name in Skill.model_fields}
    return _skill(fields | take_edits(skill, exported, document), file, text)


def _skill(fields: dict[str, Any], file: Path, text: str) -> Skill:
    if not NAME.fullmatch(fields["name"]) or len(fields["name"]) > 64:
        slug = "-".join(re.findall(r"[a-z0-9]+", fields["name"].lower()))[:64].strip("-") or "my-skill"
        _refuse_field(
            file, text, "name", f"`{fields['name']}` is not lower-case words joined by `-`; write `{slug}`"
        )
    if not fields["description"].strip():
        _refuse_field(
            file, text, "description", "is missing; add `description: what the skill does and when to use it`"
        )
    if len(fields["description"]) > 1024:
        _refuse_field(
            file, text, "description", f"has {len(fields['description'])} characters; shorten it to 1024"
        )
    return Skill.model_validate(fields)


def _refuse_field(file: Path, text: str, field: str, problem: str) -> NoReturn:
    lines = text.splitlines()
    line = next((number for number, line in enumerate(lines, 1) if line.startswith(f"{field}:")), 1)
    raise InputError(f"{file}:{line}: {field} {problem}")
