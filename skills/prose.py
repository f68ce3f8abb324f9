"""A skill's sentences are one line of Markdown: code spans and emphasis count, anything else is literal."""

from functools import cache
from typing import TYPE_CHECKING

from trace2skill.skills.escape import code_span, literal, not_a_block, one_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def prose(text: str) -> str:
    """The text as one line of Markdown that can stand in a paragraph, a heading or a list item.

    Code spans and emphasis are kept; links, images, HTML, entities and the openings of blocks show as they
    were typed. A text that went through once is not changed by going through again.
    """
    (line,) = _parser().parseInline(one_line(text))
    parts = []
    for token in line.children or ():
        if token.type == "code_inline":
            parts.append(code_span(token.content))
        elif token.type == "text":
            parts.append(literal(token.content))
        else:
            parts.append(token.markup)
    return not_a_block("".join(parts))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["escape", "backticks", "emphasis"])
