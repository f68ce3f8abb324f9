"""Which skills a run was given or loaded, and what became of these runs."""

from typing import Any

import pytest

from tests.building import act, run
from trace2skill.conformance.uses import Use, uses
from trace2skill.traces.model import Trace

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
        Use(skill="open-doors", loaded=True, digest=DIGEST)
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


def test_guidance_in_the_instructions_is_given() -> None:
    """As the middleware puts it there; loading it too counts as loading."""
    told = 'Be kind.\n<skill-guidance name="open-doors">\n# Doors\n</skill-guidance>'
    told_run = run(act("look", "")).model_copy(update={"instructions": told})
    assert uses(told_run, ["open-doors"]) == [Use(skill="open-doors", loaded=False)]
