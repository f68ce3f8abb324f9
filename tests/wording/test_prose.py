"""Sentences of a skill: code and emphasis count, the rest is literal."""

from hypothesis import given
from markdown_it import MarkdownIt

from tests.skills.hostile import HOSTILE
from trace2skill.wording.escape import prose

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ALLOWED = {"text", "code_inline", "em_open", "em_close", "strong_open", "strong_close"}


@given(HOSTILE)
def test_prose_is_one_paragraph_without_links_or_html(text: str) -> None:
    """Whatever the text, nothing but code spans and emphasis comes of it."""
    line = prose(text)
    if line:
        start, content, _ = GFM.parse(line)
        assert start.type == "paragraph_open"
        assert {child.type for child in content.children or ()} <= ALLOWED


@given(HOSTILE)
def test_prose_settles_at_once(text: str) -> None:
    """Going through twice changes nothing."""
    assert prose(prose(text)) == prose(text)


def test_code_and_emphasis_are_kept() -> None:
    """A sentence of our own wording is left alone."""
    sentence = "When `line[0].status` is *Suspended* and a < b: call `send(bill = bill.id)`."
    assert prose(sentence) == sentence


def test_links_and_html_show_as_typed() -> None:
    """They are text, not links."""
    assert prose("see [this](http://x) <b>now</b>") == r"see \[this](http://x) \<b>now\</b>"
