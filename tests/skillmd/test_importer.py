"""Import of folders: handwritten skills, and every way a folder can be wrong."""

import gzip
import re
from pathlib import Path

import pytest
from skills_ref.validator import validate

from tests.skills.examples import roaming_skill
from trace2skill.errors import InputError
from trace2skill.skillmd.folder import (
    JSON_FILE,
    JSON_LIMIT,
    export_skill,
    import_skill,
    packed,
    read_exported,
)
from trace2skill.skills.model import ModuleName

BY_HAND = """\
---
name: pdf-forms
description: "Fill PDF forms: check, fill, verify."
license: MIT
---
# Fill *PDF* forms

Some words.

## Workflow

1. Run `check.py` on
   the form.
2. Fill it in.

```
# not a heading
- not an item
```

### When it fails

- Never guess a field name.

## Resources

- [A page](http://example.com) with more
"""


def write(folder: Path, text: str | bytes) -> Path:
    """A skill folder with this SKILL.md."""
    folder.mkdir()
    (folder / "SKILL.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_handwritten_skill_is_kept_and_read(tmp_path: Path) -> None:
    """The body verbatim, and lessons from lists under telling headings, not from code or resources."""
    skill = import_skill(write(tmp_path / "pdf-forms", BY_HAND))
    assert (skill.name, skill.title, skill.family) == ("pdf-forms", "Fill *PDF* forms", "pdf-forms")
    assert skill.human_text == BY_HAND.split("---\n", 2)[2].strip("\n")
    assert [(rule.module, rule.text, rule.finding) for rule in skill.rules] == [
        (ModuleName.PROCEDURE, "Run `check.py` on the form.", None),
        (ModuleName.PROCEDURE, "Fill it in.", None),
        (ModuleName.PITFALLS, "Never guess a field name.", None),
    ]


def test_an_imported_handwritten_skill_exports_and_returns(tmp_path: Path) -> None:
    """Valid under the specification, and without loss."""
    skill = import_skill(write(tmp_path / "pdf-forms", BY_HAND))
    folder = export_skill(skill, 1, tmp_path / "out")
    assert validate(folder) == []
    assert import_skill(folder) == skill


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    """SKILL.md stands for its folder."""
    folder = write(tmp_path / "pdf-forms", BY_HAND)
    assert import_skill(folder / "SKILL.md") == import_skill(folder)


def test_byte_order_mark_and_crlf_are_accepted(tmp_path: Path) -> None:
    """Windows editors write them."""
    plain = import_skill(write(tmp_path / "one", BY_HAND))
    assert (
        import_skill(write(tmp_path / "two", b"\xef\xbb\xbf" + BY_HAND.replace("\n", "\r\n").encode()))
        == plain
    )


def test_a_missing_name_comes_from_the_folder(tmp_path: Path) -> None:
    """As a slug."""
    skill = import_skill(write(tmp_path / "My PDF_Skill", "---\ndescription: d\n---\nbody\n"))
    assert (skill.name, skill.title) == ("my-pdf-skill", "My pdf skill")


def test_long_lists_are_capped(tmp_path: Path) -> None:
    """Forty notes at most; the body holds them all."""
    items = "".join(f"- Do the thing number {number}\n" for number in range(60))
    skill = import_skill(write(tmp_path / "many", f"---\ndescription: d\n---\n## Steps\n\n{items}"))
    assert len(skill.rules) == 40
    assert "number 59" in skill.human_text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# No frontmatter\n", r"SKILL\.md:1: no frontmatter; a skill starts with"),
        ("---\nname: x\n", r"SKILL\.md:1: the frontmatter is never closed"),
        ("---\nname: x\ndescription: a: b\n---\n", r"SKILL\.md:3: the frontmatter is not valid YAML .*quote"),
        ("---\n- name\n---\n", r"SKILL\.md:2: the frontmatter is not a list of `key: value`"),
        ("---\nname: x\n---\nbody\n", r"SKILL\.md:1: description is missing; add"),
        ("---\ndescription: d\nname: My Skill\n---\n", r"SKILL\.md:3: name .* write `my-skill`"),
        ("---\nname: ../up\ndescription: d\n---\n", r"SKILL\.md:2: name .* write `up`"),
        (f"---\nname: x\ndescription: {'d' * 1025}\n---\n", r"SKILL\.md:3: description has 1025 characters"),
        (f"---\nname: {'[' * 5000}\n---\n", r"SKILL\.md:2: the frontmatter is"),
        (b"---\nname: x\ndescription: \xff\n---\n", r"SKILL\.md:3: is not UTF-8"),
        ("---\ndescription: d\n---\n" + "x" * 600_000, r"SKILL\.md: has \d+ bytes; at most"),
    ],
    ids=[
        "no frontmatter",
        "not closed",
        "not YAML",
        "a list",
        "no description",
        "a title as name",
        "a path as name",
        "long description",
        "deep nesting",
        "not UTF-8",
        "too large",
    ],
)
def test_a_wrong_file_is_named_with_line_and_fix(tmp_path: Path, text: str | bytes, message: str) -> None:
    """Never a stack trace."""
    with pytest.raises(InputError, match=message):
        import_skill(write(tmp_path / "skill", text))


def test_a_folder_without_a_skill_is_said(tmp_path: Path) -> None:
    """So is one that is not there."""
    with pytest.raises(InputError, match=r"holds no SKILL\.md"):
        import_skill(tmp_path / "nothing")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A SKILL.md that points elsewhere is refused."""
    secret = tmp_path / "secret"
    secret.write_text("---\nname: x\ndescription: d\n---\n")
    (tmp_path / "skill").mkdir()
    (tmp_path / "skill" / "SKILL.md").symlink_to(secret)
    with pytest.raises(InputError, match="is not a plain file"):
        import_skill(tmp_path / "skill")


def test_a_linked_reference_folder_is_not_followed(tmp_path: Path) -> None:
    """Nor is the folder of the machine-readable half."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    (folder / "references").rename(tmp_path / "moved")
    (folder / "references").symlink_to(tmp_path / "moved")
    with pytest.raises(InputError, match="is a symbolic link"):
        import_skill(folder)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"{"), r"skill\.json\.gz: .*export the skill again"),
        (gzip.compress(b'{"version": 1}'), r"skill\.json\.gz: markdown: Field required"),
        (gzip.compress(b"[" * 100_000), r"skill\.json\.gz: .*export the skill again"),
        (b"{}", r"skill\.json\.gz: is not compressed"),
        (gzip.compress(b"{}")[:-5], r"skill\.json\.gz: is cut off"),
        (gzip.compress(b"{}") * 2, r"skill\.json\.gz: .* more than one export"),
        (gzip.compress(bytes(JSON_LIMIT + 1)), r"skill\.json\.gz: unpacks to more than"),
    ],
    ids=["not JSON", "a field missing", "deep nesting", "plain", "cut off", "two in one", "a bomb"],
)
def test_a_broken_machine_half_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    """With the place inside it."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    (folder / JSON_FILE).write_bytes(data)
    with pytest.raises(InputError, match=message):
        import_skill(folder)


def test_edits_of_an_older_layout_are_refused(tmp_path: Path) -> None:
    """Their rules could not be told from text; unedited, such a folder is imported whole."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    found = read_exported(folder)
    markdown = re.sub(r"  digest: .*\n", "", found.markdown)
    (folder / JSON_FILE).write_bytes(packed(found.model_copy(update={"markdown": markdown})))
    (folder / "SKILL.md").write_text(markdown)
    assert import_skill(folder) == roaming_skill()
    (folder / "SKILL.md").write_text(markdown + "\nA thought.\n")
    with pytest.raises(InputError, match=r"SKILL\.md: was edited after an older version"):
        import_skill(folder)


def test_a_missing_machine_half_is_said(tmp_path: Path) -> None:
    """Numbers in prose are no evidence, so the text alone is not taken for the export."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    (folder / JSON_FILE).unlink()
    with pytest.raises(InputError, match=r"skill\.json\.gz: is missing; export the skill again"):
        import_skill(folder)
