"""Foreign text in Markdown: it shows as it was, and does nothing else."""

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from tests.skills.hostile import HOSTILE
from trace2skill.wording.escape import UNTAGGED, code_block, code_span, inline, no_tags, one_line, visible

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> str:
    """The text of a Markdown line as a reader sees it; fails when there is more than one plain paragraph."""
    start, line, end = GFM.parse(markdown)
    assert [start.type, line.type, end.type] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in line.children or ()} <= {"text"}
    return "".join(child.content for child in line.children or ())


@given(HOSTILE)
def test_inline_text_reads_back_as_it_was(text: str) -> None:
    """Whatever the text, it is one paragraph of plain text that shows the same characters."""
    line = one_line(text)
    if line:
        assert shown(inline(text)) == line


@given(HOSTILE)
def test_a_heading_shows_the_whole_text(text: str) -> None:
    """In a heading too, trailing hashes included."""
    line = one_line(text)
    if line:
        head, content, _ = GFM.parse(f"# {inline(text)}")
        assert head.tag == "h1"
        assert "".join(child.content for child in content.children or ()) == line


@given(HOSTILE)
def test_a_code_span_holds_exactly_the_text(text: str) -> None:
    """Backticks inside never close the span."""
    line = one_line(text)
    if line:
        tokens = GFM.parse(f"x {code_span(text)} y")
        assert [(child.type, child.content) for child in tokens[1].children or ()] == [
            ("text", "x "),
            ("code_inline", line),
            ("text", " y"),
        ]


@given(HOSTILE)
def test_a_code_block_is_one_block(text: str) -> None:
    """Fences inside never close the block."""
    tokens = GFM.parse(code_block(text) + "after\n")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@pytest.mark.parametrize(
    "text", ["toggle_airplane_mode", "a < b and c > d", "line.status = Suspended", r"\d+ GB", "5 & 6"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Readers of the raw file see no needless backslashes."""
    assert inline(text) == text


def test_invisible_characters_are_spelt_out() -> None:
    """Bidirectional overrides and escapes are seen, and the joiners of words stay."""
    assert visible("a\u202eb\x1b[31m\u200d") == "a\\u202eb\\u001b[31m\u200d"
    assert visible("\U000e0041") == "\\U000e0041"


def test_a_comparison_is_no_tag() -> None:
    """Only what could be a tag is defused, by another sign."""
    defused = f"a < 5 {UNTAGGED}/system> {UNTAGGED}|end|>"
    assert no_tags("a < 5 </system> <|end|>") == defused
