"""Parse SKILL.md into frontmatter, sections and list items; make a skill of a page that a person wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from trace2skill.errors import InputError
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.wording.escape import prose

if TYPE_CHECKING:
    from markdown_it.token import Token


BOM = "\ufeff"
TEMPLATE = "a first line `---`, then `name: ...` and `description: ...`, then a line `---`"


@dataclass(frozen=True)
class ParsedFile:
    """A file with frontmatter: its text fields, its `metadata` mapping, and the Markdown after them."""

    fields: dict[str, str]
    metadata: dict[str, str]
    body: str


@dataclass(frozen=True)
class ListItem:
    """A top-level list item: its first paragraph as written, and the range of its lines (from 0)."""

    text: str
    first: int
    end: int


@dataclass(frozen=True)
class Section:
    """A heading and what follows up to the next one; level 0 and no title before the first heading."""

    level: int
    title: str
    lines: tuple[str, ...]
    items: tuple[ListItem, ...]

    @property
    def text(self) -> str:
        """The section's Markdown without its heading and surrounding blank lines."""
        return "\n".join(self.lines).strip()


def read_document(text: str, source: str) -> ParsedFile:
    """Split a SKILL.md into frontmatter and body. A byte order mark and CRLF line ends are accepted.

    Raises:
        InputError: There is no frontmatter, or it is not a YAML mapping; the message names `source` and
            the line.
    """
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    text = unix(text)
    handler = YAMLHandler()
    if not handler.detect(text):
        _refuse(source, 1, f"no frontmatter; a skill starts with {TEMPLATE}")
    try:
        head, body = handler.split(text)
    except ValueError:
        _refuse(source, 1, "the frontmatter is never closed; end it with a line `---`")
    start = text[: text.index(head)].count("\n") + 1
    first_line = start + len(head) - len(head.lstrip("\n"))
    try:
        fields = handler.load(head, Loader=yaml.BaseLoader)
    except RecursionError:
        _refuse(source, first_line, "the frontmatter is nested too deeply; it needs plain `key: value` lines")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = start + mark.line if mark else first_line
        problem = getattr(error, "problem", None) or "not YAML"
        _refuse(
            source, line, f"the frontmatter is not valid YAML ({problem}); quote values that hold `:` or `#`"
        )
    if not isinstance(fields, dict):
        _refuse(source, first_line, "the frontmatter is not a list of `key: value` lines; write it so")
    metadata = fields.get("metadata")
    return ParsedFile(
        fields={str(key): value for key, value in fields.items() if isinstance(value, str)},
        metadata=_texts(metadata) if isinstance(metadata, dict) else {},
        body=body.strip("\n"),
    )


def unix(text: str) -> str:
    """The text without byte order mark and with LF line ends."""
    return text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def same_text(one: str, other: str) -> bool:
    """Whether two texts are equal except for line ends, byte order mark and trailing blanks."""
    left, right = ([line.rstrip() for line in unix(text).rstrip().split("\n")] for text in (one, other))
    return left == right


def sections(body: str) -> list[Section]:
    """The sections of a Markdown body, in order; fenced code is never taken as a heading or a list."""
    lines = body.split("\n")
    tokens = _blocks(body)
    heads = [(0, 0, 0, "")]
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            heads.append((token.map[0], token.map[1], int(token.tag[1]), tokens[place + 1].content))
    items = list(_items(tokens))
    ends = [head[0] for head in heads[1:]] + [len(lines)]
    return [
        Section(
            level,
            title,
            tuple(lines[after:end]),
            tuple(
                ListItem(item.text, item.first - after, item.end - after)
                for item in items
                if after <= item.first < end
            ),
        )
        for (_, after, level, title), end in zip(heads, ends, strict=True)
    ]


def marker_line(body: str, marker: str) -> int | None:
    """The line (from 0) of the first HTML block that is exactly `marker`, or None."""
    for token in _blocks(body):
        if token.type == "html_block" and token.level == 0 and token.map and token.content.strip() == marker:
            return token.map[0]
    return None


def _blocks(body: str) -> "list[Token]":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable("inline").parse(body)


def _items(tokens: "list[Token]") -> Iterator[ListItem]:
    for place, token in enumerate(tokens[:-2]):
        paragraph, content = tokens[place + 1], tokens[place + 2]
        if token.type == "list_item_open" and token.level == 1 and paragraph.type == "paragraph_open":
            assert content.map
            yield ListItem(content.content, *content.map)


def _texts(mapping: dict[object, object]) -> dict[str, str]:
    return {str(key): value for key, value in mapping.items() if isinstance(value, str)}


def _refuse(source: str, line: int, problem: str) -> NoReturn:
    raise InputError(f"{source}:{line}: {problem}")


MOST_NOTES = 40
SHORTEST_NOTE, LONGEST_NOTE = 8, 400

MODULE_OF_HEADING = (
    (
        ModuleName.PITFALLS,
        r"pitfall|avoid|mistake|warning|gotcha|caution|do not|don.t|never|anti-?pattern|fail",
    ),
    (
        ModuleName.CONDITIONS,
        r"condition|rule|guideline|polic|constraint|requirement|principle|best practice|tips",
    ),
    (
        ModuleName.PROCEDURE,
        r"step|procedure|workflow|instruction|process|how to|quick start|checklist|approach",
    ),
)


def from_hand(document: ParsedFile, folder: str) -> dict[str, Any]:
    """The fields of a skill for a page that a person wrote: the body verbatim, and cited notes.

    A list item becomes a note if its heading, or one above it, names steps, conditions or pitfalls. Items
    shorter than 8 or longer than 400 characters, and those after the fortieth note, stay only in the body.
    """
    name = document.fields.get("name", "").strip() or _slug(folder)
    titles = [section.title for section in sections(document.body) if section.level == 1]
    return {
        "name": name,
        "title": prose(titles[0]) if titles else name.replace("-", " ").capitalize(),
        "description": document.fields.get("description", "").strip(),
        "family": document.metadata.get("family") or name,
        "domain": document.metadata.get("domain", ""),
        "rules": tuple(
            SkillRule(name=f"N{number}", module=module, text=text)
            for number, (module, text) in zip(range(1, MOST_NOTES + 1), _lessons(document.body), strict=False)
        ),
        "human_text": document.body,
    }


def _lessons(body: str) -> Iterator[tuple[ModuleName, str]]:
    above: list[tuple[int, ModuleName | None]] = []
    seen: set[str] = set()
    for section in sections(body):
        above = [(level, module) for level, module in above if level < section.level]
        inherited = above[-1][1] if above else None
        module = _module(section.title) or inherited
        above.append((section.level, module))
        for item in section.items:
            text = prose(item.text)
            if module and SHORTEST_NOTE <= len(text) <= LONGEST_NOTE and text not in seen:
                seen.add(text)
                yield module, text


def _module(heading: str) -> ModuleName | None:
    for module, pattern in MODULE_OF_HEADING:
        if re.search(rf"\b(?:{pattern})", heading, re.IGNORECASE):
            return module
    return None


def _slug(folder: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", folder.lower()))[:64].strip("-")
