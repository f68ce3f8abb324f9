"""SKILL.md as text: valid, deterministic, and of the intended structure whatever the skill holds."""

from pathlib import Path

import yaml
from hypothesis import given
from markdown_it import MarkdownIt
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate_metadata
from syrupy.assertion import SnapshotAssertion

from tests.skills.examples import roaming_skill
from tests.skills.hostile import HOSTILE
from trace2skill.claims.evidence import Citation
from trace2skill.skills.evidence_page import to_evidence
from trace2skill.skills.markdown import BY_HAND, to_markdown
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def headings(markdown: str) -> list[str]:
    """The headings of the Markdown after the frontmatter."""
    tokens = GFM.parse(markdown.split("\n---\n", 1)[1])
    return [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_whole_file(snapshot: SnapshotAssertion) -> None:
    """A change of wording or layout shows in review."""
    assert to_markdown(roaming_skill(), 3) == snapshot


def test_the_whole_evidence_page(snapshot: SnapshotAssertion) -> None:
    """The page holds every number, citation and claim."""
    assert to_evidence(roaming_skill(), 3) == snapshot


def test_frontmatter_holds_only_what_the_specification_knows() -> None:
    """Name, description and metadata, all metadata as text."""
    fields, _ = parse_frontmatter(to_markdown(roaming_skill(), 3))
    assert set(fields) == {"name", "description", "metadata"}
    assert fields["metadata"] == {
        "generator": "trace2skill",
        "version": "3",
        "family": "mobile data",
        "domain": "telecom",
    }


@given(HOSTILE)
def test_hostile_frontmatter_stays_valid(text: str) -> None:
    """No description or family can end the frontmatter early or make it invalid."""
    markdown = to_markdown(roaming_skill(description=text, family=text), 1)
    fields, _ = parse_frontmatter(markdown)
    assert validate_metadata(fields, Path("mobile-data-roaming")) == []
    assert yaml.safe_load(markdown.split("\n---\n", 1)[0])["metadata"]["version"] == "1"


def hostile_skill(text: str) -> Skill:
    """A skill that holds the text wherever text can stand."""
    place = Citation(text, 1)
    return Skill(
        name="hostile",
        title=f"T {text}",
        description="d",
        goal=f"G {text}",
        when_to_use=f"W {text}",
        family=text,
        parameters=(Parameter(name=f"p{text}", description=text, sources=(text,), example=text),),
        rules=(
            SkillRule(name="P1", module=ModuleName.PROCEDURE, text=text, quotes=(place,)),
            SkillRule(name="P2", module=ModuleName.PROCEDURE, text=f"then {text}"),
        ),
        example_task=text,
        example=(ExampleStep(citation=place, actor=f"a{text}", action=text, observation=text),),
        human_text=f"{text}\n# Own heading\n```\nunclosed {text}",
    )


@given(HOSTILE)
def test_hostile_text_keeps_the_structure(text: str) -> None:
    """Headings and list items are the intended ones before the human's text, whatever stands in them."""
    head, _, by_hand = to_markdown(hostile_skill(text), 1).partition(BY_HAND)
    fixed = ["Goal", "When to use", "Parameters", "Procedure", "Worked example", "Written by hand"]
    assert headings(head)[1:] == fixed
    tokens = GFM.parse(head.split("\n---\n", 1)[1])
    items = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
    assert len(items) == 4
    assert not [
        token.type for token in tokens if token.type in {"fence", "html_block", "hr", "blockquote_open"}
    ]
    assert "# Own heading\n```\nunclosed" in by_hand


@given(HOSTILE)
def test_hostile_text_keeps_the_evidence_page(text: str) -> None:
    """Two rules, two sections."""
    tokens = GFM.parse(to_evidence(hostile_skill(text), 1))
    titles = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert titles == ["Evidence for hostile, version 1", "P1", "P2"]


def test_empty_sections_are_left_out() -> None:
    """A skill with a title alone has no other heading."""
    skill = Skill(name="bare", title="Bare", description="d", family="f")
    assert headings(to_markdown(skill, 1)) == ["Bare"]
