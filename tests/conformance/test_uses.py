"""Which skills a run was given or loaded, and what became of these runs."""

from typing import Any

import pytest

from tests.building import act, run
from trace2skill.conformance.uses import Use, uses
from trace2skill.traces.model import SkillMention, Tool, Trace

DIGEST = "0123456789abcdef"
PAGE = f"---\nname: open-doors\nmetadata:\n  digest: {DIGEST}\n---\n# Doors"


def loading(tool: str, observation: str = PAGE, **arguments: Any) -> Trace:
    """A run that calls a tool once."""
    return run(act(tool, observation, **arguments))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Read", {"file_path": "/home/me/.claude/skills/open-doors/SKILL.md"}),
        ("read_file", {"path": "/skills/open-doors/SKILL.md"}),
        ("Bash", {"command": "cat .agents/skills/open-doors/SKILL.md"}),
        ("shell", {"command": ["bash", "-lc", "cat .agents/skills/open-doors/SKILL.md | head"]}),
        ("Skill", {"skill": "open-doors"}),
        ("activate_skill", {"name": "open-doors"}),
        ("mcp__library__read_skill", {"name": "open-doors"}),
        ("skills", {"read": "open-doors"}),
    ],
)
def test_a_skill_is_loaded(tool: str, arguments: dict[str, Any]) -> None:
    """By its file, or by its name with a tool for skills; the page tells the version."""
    assert uses(loading(tool, **arguments), ["open-doors"]) == [
        Use(skill="open-doors", how="loaded", digest=DIGEST)
    ]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Read", {"file_path": "/home/me/notes/open-doors.md"}),
        ("search", {"query": "open-doors"}),
        ("improve_skills_page", {"name": "open-doors"}),
        ("Read", {"file_path": ".claude/skills/other/SKILL.md"}),
    ],
)
def test_what_only_looks_like_it_is_none(tool: str, arguments: dict[str, Any]) -> None:
    """A name in a search, another file, another skill."""
    assert uses(loading(tool, **arguments), ["open-doors"]) == []


LISTED = {
    "deepagents": "**Available Skills:**\n\n- **open-doors**: Open doors (MIT)\n  -> Allowed tools: look\n"
    "  -> Read `/skills/open-doors/SKILL.md` for full instructions",
    "the format's own block": "<available_skills>\n<skill>\n<name>\nopen-doors\n</name>\n</skill>",
}


@pytest.mark.parametrize("listed", LISTED.values(), ids=LISTED)
def test_a_listed_skill_is_offered(listed: str) -> None:
    """In the instructions, or in the description of a tool for skills; loading it is more."""
    offered = [Use(skill="open-doors", how="offered")]
    told = run(act("look", "")).model_copy(update={"instructions": listed})
    tool = run(act("look", "")).model_copy(update={"tools": (Tool(name="Skill", description=listed),)})
    assert uses(told, ["open-doors"]) == uses(tool, ["open-doors"]) == offered
    loaded = loading("Read", file_path="open-doors/SKILL.md").model_copy(update={"instructions": listed})
    assert uses(loaded, ["open-doors"]) == [Use(skill="open-doors", how="loaded", digest=DIGEST)]


def test_a_page_in_the_instructions_is_given() -> None:
    """A prompt that came from a registry; its frontmatter tells the version, another page's does not."""
    page = f"{PAGE}\n\n---\nname: other\n---\n"
    told = run(act("look", "")).model_copy(update={"instructions": page})
    assert uses(told, ["open-doors", "other"]) == [Use(skill="open-doors", how="given", digest=DIGEST)]


def test_what_a_record_names() -> None:
    """On offer in a version; a load without a digest is of that version."""
    mentions = (
        SkillMention(name="open-doors", version="2"),
        SkillMention(name="light-lamps", version="1"),
        SkillMention(name="open-doors", how="loaded"),
    )
    told = run(act("look", "")).model_copy(update={"skills": mentions})
    assert uses(told, ["open-doors", "light-lamps"]) == [
        Use(skill="light-lamps", how="offered", version="1"),
        Use(skill="open-doors", how="loaded", version="2"),
    ]


def test_guidance_in_the_instructions_is_given() -> None:
    """As the middleware puts it there; loading it too counts as loading."""
    told = 'Be kind.\n<skill-guidance name="open-doors">\n# Doors\n</skill-guidance>'
    told_run = run(act("look", "")).model_copy(update={"instructions": told})
    assert uses(told_run, ["open-doors"]) == [Use(skill="open-doors", how="given")]
