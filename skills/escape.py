"""Foreign text made safe to stand in Markdown and in prompts: it can be read, and can do nothing else."""

import re
import unicodedata

KEPT_FORMATS = "\u200c\u200d"  # joiners that ordinary words and emoji need
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
    r"""The text with control, bidirectional and other invisible characters spelt out as `\uXXXX`."""
    return "".join(_spelt(char) if char not in keep and _unseen(char) else char for char in text)


def one_line(text: str) -> str:
    """The text on one line: every run of whitespace is one space, invisible characters are spelt out."""
    return visible(" ".join(text.split()), keep="")


def inline(text: str) -> str:
    """Plain text as Markdown that renders as that text, on one line.

    Escapes only what Markdown would act on, so that `tool_names` and `a < b` stay readable in the source.
    """
    return not_a_block(literal(one_line(text)))


def literal(line: str) -> str:
    """Part of a line, with what Markdown would read as inline markup escaped."""
    line = BACKSLASHES.sub(r"\\\\", line)
    line = MARKS.sub(r"\\\g<0>", line)
    return UNDERSCORES.sub(_underscores, line)


def not_a_block(line: str) -> str:
    """A line of inline Markdown that cannot open a heading, list, quote or rule where it stands."""
    return OPENERS.sub(_opener, CLOSERS.sub(r"\\\g<0>", line))


def code_span(text: str) -> str:
    """The text as a code span on one line, in more backticks than any run inside. No text gives nothing."""
    line = one_line(text)
    if not line:
        return ""
    ticks = "`" * (max((len(run) for run in BACKTICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def code_block(text: str, language: str = "") -> str:
    """The text as a fenced block, its fence longer than any run of backticks inside, ending in a newline."""
    body = visible(NEWLINES.sub("\n", text)).removesuffix("\n")
    longest = max((len(run) for run in BACKTICKS.findall(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}\n"


def no_tags(text: str) -> str:
    """The text with another sign for each `<` that could open or close a tag; comparisons keep theirs."""
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
