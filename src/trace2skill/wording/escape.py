"""Escapes untrusted text for Markdown and prompts, and writes code spans and emphasis."""

import json
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from trace2skill.claims.model import Scalar

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


KEPT_FORMATS = "\u200c\u200d"  # joiners that words of some scripts and emoji need
NEWLINES = re.compile(r"\r\n|\r")
BACKTICKS = re.compile(r"`+")
UNDERSCORES = re.compile(r"_+")
MARKS = re.compile(r"[`*\[~|]|<(?=[A-Za-z/!?|])|&(?=#|[A-Za-z][A-Za-z0-9]*;)")
BACKSLASHES = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")
TAGS = re.compile(r"<(?=[A-Za-z/!?|])")
UNTAGGED = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
OPENERS = re.compile(r"^(?:[#>+=-]|[0-9]{1,9}(?=[.)]))")
CLOSERS = re.compile(r"(?<= )#+$")


def visible(text: str, *, keep: str = "\n\t") -> str:
    r"""The text with control, bidirectional and other invisible characters written as `\uXXXX`."""
    return "".join(_spelt(char) if char not in keep and _unseen(char) else char for char in text)


def one_line(text: str) -> str:
    """The text on one line: whitespace collapsed to single spaces, invisible characters spelt out."""
    return visible(" ".join(text.split()), keep="")


def inline(text: str) -> str:
    """One line of Markdown that renders as the given plain text.

    Only characters that Markdown would interpret are escaped, so that `tool_names` and `a < b` stay readable.
    """
    return not_a_block(unmarked(one_line(text)))


def unmarked(line: str) -> str:
    """Part of a line with inline markup escaped."""
    line = BACKSLASHES.sub(r"\\\\", line)
    line = MARKS.sub(r"\\\g<0>", line)
    return UNDERSCORES.sub(_underscores, line)


def not_a_block(line: str) -> str:
    """A line of inline Markdown, escaped so that it does not start a heading, list, quote or rule."""
    return OPENERS.sub(_opener, CLOSERS.sub(r"\\\g<0>", line))


def code_span(text: str) -> str:
    """The text as a code span on one line, with enough backticks; empty for an empty text."""
    line = one_line(text)
    if not line:
        return ""
    ticks = "`" * (max((len(run) for run in BACKTICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def code_block(text: str, language: str = "") -> str:
    """The text as a fenced code block, with a long enough fence and a final newline."""
    body = visible(NEWLINES.sub("\n", text)).removesuffix("\n")
    longest = max((len(run) for run in BACKTICKS.findall(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}\n"


def no_tags(text: str) -> str:
    """The text with an angle quotation mark for each `<` that could start a tag; comparisons keep theirs."""
    return TAGS.sub(UNTAGGED, text)


def _unseen(char: str) -> bool:
    category = unicodedata.category(char)
    return category in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in KEPT_FORMATS


def _spelt(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _underscores(run: re.Match[str]) -> str:
    text, start, end = run.string, run.start(), run.end()
    inside = text[max(0, start - 1)].isalnum() and text[end : end + 1].isalnum()
    return run.group() if inside else "\\_" * len(run.group())


def _opener(start: re.Match[str]) -> str:
    mark = start.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def prose(text: str) -> str:
    """The text as one line of Markdown that can stand in a paragraph, a heading or a list item.

    Code spans and emphasis are kept; links, images, HTML, entities and block openings are escaped. The
    function is idempotent.
    """
    (line,) = _parser().parseInline(one_line(text))
    parts = []
    for token in line.children or ():
        if token.type == "code_inline":
            parts.append(code_span(token.content))
        elif token.type == "text":
            parts.append(unmarked(token.content))
        else:
            parts.append(token.markup)
    return not_a_block("".join(parts))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["escape", "backticks", "emphasis"])


VALUE_LIMIT = 80
EMPTY = '""'
_SPAN = re.compile(
    r"(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?<![\w*\\])\*(?P<emphasis>(?![\s*])(?:\\.|[^\\*`])+?(?<!\s))\*(?![\w*])"
)
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


def shortened(text: str, limit: int = VALUE_LIMIT) -> str:
    """The text on one line of at most `limit` characters; a truncated text ends in `…`."""
    line = one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def code(text: str) -> str:
    """An inline code span."""
    return code_span(text or EMPTY)


def italic(text: str) -> str:
    """The text, escaped, as an emphasis span."""
    return f"*{unmarked(one_line(text)) or EMPTY}*"


def bare(text: str) -> str:
    """Rule text without code and emphasis marks, for titles, descriptions and embeddings."""
    return _SPAN.sub(lambda found: (found["code"] or _unescaped(found["emphasis"])).strip(), one_line(text))


def plain(value: Scalar) -> str:
    """A value as in prose: `20` for 20.0; quotes only for empty strings or outer spaces."""
    if isinstance(value, str):
        edged = value.strip() != value or not value
        return literal(value) if edged else shortened(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def literal(value: Scalar) -> str:
    """A value as in code: strings in double quotes."""
    if not isinstance(value, str):
        return plain(value)
    return json.dumps(value if len(value) <= VALUE_LIMIT else shortened(value), ensure_ascii=False)


def _unescaped(text: str) -> str:
    return _BACKSLASH.sub(r"\1", text)
