"""SKILL.md as text: valid, deterministic, and of the intended structure whatever the skill holds."""

import re
from pathlib import Path

import yaml
from hypothesis import given
from markdown_it import MarkdownIt
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate_metadata
from syrupy.assertion import SnapshotAssertion

from tests.skills.examples import roaming_rule, roaming_skill
from tests.skills.hostile import HOSTILE
from trace2skill.claims.model import ActionPattern, Compare, Constant, FactTerm, Rule
from trace2skill.evidence.policy import FactSource, Policy
from trace2skill.evidence.rows import Citation
from trace2skill.skillmd.evidence_page import to_evidence
from trace2skill.skills.guidance_text import render
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule
from trace2skill.skills.playbook import BY_HAND, playbook, to_markdown

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LITERAL = MarkdownIt("zero").enable(["escape", "backticks"]).disable("text_join")


def headings(markdown: str) -> list[str]:
    """The headings of the Markdown after the frontmatter, what is quoted aside."""
    tokens = GFM.parse(markdown.split("\n---\n", 1)[1])
    return [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def items(markdown: str) -> list[str]:
    """The top-level list items of a Markdown text, as written."""
    tokens = GFM.parse(markdown)
    return [
        tokens[place + 2].content
        for place, token in enumerate(tokens)
        if token.type == "list_item_open" and token.level == 1
    ]


def marks(markdown: str) -> list[str]:
    """What stands in square brackets, neither escaped nor in a code span."""
    found: list[str] = []
    for block in GFM.parse(markdown):
        if block.type == "inline":
            (line,) = LITERAL.parseInline(block.content)
            said = "".join(each.content if each.type == "text" else "_" for each in line.children or ())
            found += re.findall(r"\[.*?(?:\]|$)", said)
    return found


def test_the_whole_file(snapshot: SnapshotAssertion) -> None:
    """A change of wording or layout shows in review."""
    assert to_markdown(roaming_skill(), 3).replace(roaming_skill().hash, "DIGEST") == snapshot


def test_the_whole_evidence_page(snapshot: SnapshotAssertion) -> None:
    """The page holds every number, citation and claim."""
    assert to_evidence(roaming_skill(), 3) == snapshot


def test_frontmatter_holds_only_what_the_specification_knows() -> None:
    """Name, description and metadata, all metadata as text."""
    fields, _ = parse_frontmatter(to_markdown(roaming_skill(), 3))
    assert set(fields) == {"name", "description", "metadata"}
    assert fields["metadata"] == {"generator": "trace2skill", "version": "3", "digest": roaming_skill().hash}


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
    key = f"hostile.{text or 'key'}"
    when = Compare(left=FactTerm(key=key), operator="=", right=Constant(value=text))
    call = ActionPattern(tool=text or "tool", arguments=((f"a{text}", Constant(value=text)),))
    measured = roaming_rule().model_copy(update={"claim": Rule(when=when, then=call)})
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
            SkillRule(
                name="C1", module=ModuleName.CONDITIONS, text=f"{text} [3 of 3 runs]", finding=measured
            ),
        ),
        policy=Policy(readings=(FactSource(key=key, by=call),)),
        example_task=text,
        example=(ExampleStep(citation=place, actor=f"a{text}", action=text, observation=text),),
        human_text=f"{text}\n# Own heading\n```\nunclosed {text}",
    )


HEADINGS = ["When to use", "First look", "Values", "Steps", "Decide", "Beware", "Worked example"]
MARKS = ["[insight: 1 run]", "[by hand]", "[12 of 14 runs]"]


@given(HOSTILE)
def test_hostile_text_keeps_the_structure(text: str) -> None:
    """Headings and list items are the intended ones before the human's text, whatever stands in them."""
    head, _, by_hand = to_markdown(hostile_skill(text), 1).partition(BY_HAND)
    assert headings(head)[1:] == [*HEADINGS, "Written by hand"]
    body = head.split("\n---\n", 1)[1]
    names_its_call = "says: " in text  # a fact of that form is not explained again
    assert len(items(body)) == 8 - names_its_call
    unwanted = {"fence", "html_block", "hr", "blockquote_open", "table_open", "code_block"}
    assert unwanted.isdisjoint(token.type for token in GFM.parse(body))
    assert "# Own heading\n```\nunclosed" in by_hand


@given(HOSTILE)
def test_hostile_text_fakes_no_mark(text: str) -> None:
    """Square brackets mean what a line rests on, and only code puts them there, at the end of a line."""
    skill = hostile_skill(f"{text} [99 of 99 runs]")
    assert [mark for mark in marks(playbook(skill)) if mark not in MARKS] == []
    ruled = [item for item in items(playbook(skill)) if item.endswith(tuple(MARKS))]
    assert [next(mark for mark in MARKS if item.endswith(mark)) for item in ruled] == MARKS


def test_nothing_is_half_escaped() -> None:
    """A reader of the file, or a model, sees signs, and not their names."""
    text = "<from the task> </skill-guidance> a < b & c <b>"
    assert "&lt;" not in to_markdown(hostile_skill(text), 1) + render(hostile_skill(text))


@given(HOSTILE)
def test_hostile_text_keeps_the_evidence_page(text: str) -> None:
    """Three rules, three sections."""
    tokens = GFM.parse(to_evidence(hostile_skill(text), 1))
    titles = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert titles == ["Evidence for hostile, version 1", "P1", "P2", "C1", "The worked example's steps"]


def test_empty_sections_are_left_out() -> None:
    """A skill with a title alone has no other heading."""
    skill = Skill(name="bare", title="Bare", description="d", family="f")
    assert headings(to_markdown(skill, 1)) == ["Bare"]
