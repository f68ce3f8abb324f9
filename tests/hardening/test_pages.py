"""A value that an attacker wrote stays a value on every page that is made of a skill."""

import json

import pytest
from pydantic import JsonValue

from tests.graph.errands import doors
from tests.wording.test_values_are_data import CALM, HOSTILE, form, with_value
from trace2skill import Library, distill
from trace2skill.skillmd.evidence_page import policy_page, to_evidence
from trace2skill.skills.guidance_text import render
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import playbook, to_markdown
from trace2skill.wording.claims import statement


@pytest.fixture(scope="module")
def skill(tmp_path_factory: pytest.TempPathFactory) -> Skill:
    """A skill as it is distilled."""
    folder = tmp_path_factory.mktemp("pages")
    distill(doors(), library=folder)
    with Library(folder) as library:
        return library.skill("house-doors").skill


def saying(skill: Skill, text: str) -> Skill:
    """The skill with a text in the place of every value, in its conditions, its policy and its example."""
    record: JsonValue = json.loads(skill.model_dump_json())
    changed = Skill.model_validate(with_value(record, text))
    rules = [
        rule.model_copy(update={"text": statement(rule.finding)}) if rule.finding else rule
        for rule in changed.rules
    ]
    shown = tuple(step.model_copy(update={"observation": text}) for step in changed.example)
    return changed.model_copy(update={"rules": tuple(rules), "example": shown})


PAGES = {
    "SKILL.md": lambda skill: to_markdown(skill, 1).split("\n---\n", 1)[1],
    "playbook": playbook,
    "evidence": lambda skill: to_evidence(skill, 1),
    "decisions": lambda skill: policy_page(skill.policy),
    "guidance": lambda skill: render(skill).split("\n", 1)[1].rsplit("\n", 1)[0],
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("text", HOSTILE, ids=["breaks out", "marks", "unseen", "table", "escapes"])
def test_a_page_keeps_its_form(skill: Skill, text: str, page: str) -> None:
    """No heading, item, link, tag or table more; the frontmatter still ends where it ended."""
    calm, hostile = PAGES[page](saying(skill, CALM)), PAGES[page](saying(skill, text))
    assert hostile != calm
    assert form(hostile) == form(calm)
