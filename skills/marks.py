"""The two marks of a rule's prose, code spans and emphasis, which nothing a trace said can break."""

import json
import re

from trace2skill.claims.model import Scalar
from trace2skill.skills.escape import code_span, one_line
from trace2skill.skills.escape import literal as unmarked

VALUE_LIMIT = 80
EMPTY = '""'
_SPAN = re.compile(
    r"(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?<![\w*\\])\*(?P<emphasis>(?![\s*])(?:\\.|[^\\*`])+?(?<!\s))\*(?![\w*])"
)
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


def shortened(text: str, limit: int = VALUE_LIMIT) -> str:
    """The text on one line of at most `limit` characters; a cut shows as `…`."""
    line = one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def code(text: str) -> str:
    """An inline code span."""
    return code_span(text or EMPTY)


def italic(text: str) -> str:
    """An emphasis span whose text shows literally."""
    return f"*{unmarked(one_line(text)) or EMPTY}*"


def bare(text: str) -> str:
    """Rule text without its marks, for places that show plain text: titles, descriptions, embeddings."""
    return _SPAN.sub(lambda found: (found["code"] or _unescaped(found["emphasis"])).strip(), one_line(text))


def plain(value: Scalar) -> str:
    """A value as prose shows it: `20` for 20.0, quotes only where the edges would not show."""
    if isinstance(value, str):
        edged = value.strip() != value or not value
        return literal(value) if edged else shortened(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def literal(value: Scalar) -> str:
    """A value as code shows it: strings in double quotes."""
    if not isinstance(value, str):
        return plain(value)
    return json.dumps(value if len(value) <= VALUE_LIMIT else shortened(value), ensure_ascii=False)


def _unescaped(text: str) -> str:
    return _BACKSLASH.sub(r"\1", text)
