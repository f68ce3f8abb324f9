"""How long exported skills are, and how much of them is bookkeeping.

    python -m benchmarks.skill_text                   # skills of the bundled example
    python -m benchmarks.skill_text LIBRARY ...       # of libraries, or folders of exported skills

Of every SKILL.md: lines; tokens, by the project's tokenizer and as characters / 4; the share of tokens that
are bookkeeping, and that are sentences of rules; characters of the description. The last line of a set is the
largest of each figure.

Bookkeeping is what tells where a statement comes from, and not what to do:

- `metadata` in the frontmatter, and HTML comments;
- at the end of a line, a mark in square brackets that is no link, such as `[19 of 19 runs]` or `[few runs]`;
- at the start of a list item, the name and tier of a rule: `**P1** (mined)`;
- nested list items of evidence and places: `Evidence:`, `Seen at:`, `Not so at:`, `Cited from:`;
- citations of a step, `(step `365f11422dd8c6a6#14`)`, and other hashes in code spans;
- a section `Evidence`, and lines that link into `references/`.

A sentence of a rule is a list item with a mark or a name, without its bookkeeping. Shares are of the tokens
of the whole file: tokens do not add up over cuts, so what is left is counted anew and taken from the whole.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import frontmatter

from trace2skill import Library, distill
from trace2skill.errors import Trace2SkillError
from trace2skill.skillmd.folder import export_skill
from trace2skill.store.library import FILE
from trace2skill.tokenizer import tokenizer

ROOT = Path(__file__).resolve().parents[1]

BUNDLED = ROOT / "examples" / "telecom" / "traces.jsonl"
MARK = r"[ \t]+\[[^\[\]\n]+\](?=[ \t]*$)"
NAMED = r"(?<=[-*] )\*\*[A-Z]\d+\*\*(?: \([a-z]+\))?[ \t]*"
BOOKKEEPING = re.compile(
    "|".join((
        r"^metadata:.*\n(?:[ \t]+.*\n)*",
        r"<!--.*?-->\n?",
        r"^[ \t]+[-*] (?:Evidence|Seen at|Not so at|Cited from)\b.*\n?",
        r"^## Evidence\n(?:(?!## ).*\n?)*",
        r"^.*\]\(references/.*\n?",
        r"[ \t]*\((?:step|at) `[0-9a-f]{8,}#\d+`\)",
        r"`[0-9a-f]{8,}(?:#\d+)?`,?[ \t]*",
        rf"(?<=\S){MARK}",
        NAMED,
    )),
    re.MULTILINE,
)  # fmt: skip
RULE = re.compile(rf"^(?:[-*]|\d+\.) (?:{NAMED}.*|.*{MARK})$", re.MULTILINE)


class Measured(NamedTuple):
    """What was measured of one SKILL.md."""

    skill: str
    lines: int
    tokens: int
    quarters: int
    bookkeeping: float
    sentences: float
    description: int


def measured(text: str) -> Measured:
    """Measure the text of a SKILL.md."""
    head = frontmatter.loads(text).metadata
    whole = tokens(text)
    rules = "\n".join(without_bookkeeping(found.group()) for found in RULE.finditer(text))
    return Measured(
        skill=str(head.get("name", "")),
        lines=len(text.splitlines()),
        tokens=whole,
        quarters=len(text) // 4,
        bookkeeping=round(1 - tokens(without_bookkeeping(text)) / whole, 4),
        sentences=round(tokens(rules) / whole, 4),
        description=len(str(head.get("description", ""))),
    )


def without_bookkeeping(text: str) -> str:
    """The text, as the module says what bookkeeping is."""
    return BOOKKEEPING.sub("", text)


def tokens(text: str) -> int:
    """How many tokens the project's tokenizer makes of a text."""
    return len(tokenizer().encode(text, add_special_tokens=False).ids)


def main() -> None:
    """Export what is named, measure it, print a table for each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "sources", type=Path, nargs="*", metavar="FOLDER", help="libraries or exported skills"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file besides")
    arguments = parser.parse_args()
    sets: dict[str, list[Measured]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        try:
            if not arguments.sources:
                distill(BUNDLED, library=scratch / "example")
                arguments.sources = [scratch / "example"]
            for number, source in enumerate(arguments.sources):
                files = documents(source, scratch / f"exported-{number}")
                sets[source.name] = [measured(file.read_text("utf-8")) for file in files]
        except Trace2SkillError as error:
            sys.exit(str(error))
    sys.stdout.write("\n".join(page(sets)) + "\n")
    if arguments.json:
        found = {name: [each._asdict() for each in of] for name, of in sets.items()}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def documents(source: Path, scratch: Path) -> list[Path]:
    """The SKILL.md files of exported skills; those of a library are written to `scratch` first."""
    if (source / FILE).exists():
        with Library(source, create=False) as library:
            for stored in library.skills():
                export_skill(stored.skill, stored.version, scratch)
        source = scratch
    return sorted(source.rglob("SKILL.md"))


def page(sets: dict[str, list[Measured]]) -> Iterator[str]:
    """The table, a line for each skill and the largest of each set."""
    yield "| set | skill | lines | tokens | characters / 4 | bookkeeping | sentences of rules | description |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, skills in sets.items():
        for skill in [*skills, *_largest(skills)]:
            shares = f"{skill.bookkeeping:.1%} | {skill.sentences:.1%}"
            yield (
                f"| {name} | {skill.skill} | {skill.lines} | {skill.tokens} | {skill.quarters} | {shares} "
                f"| {skill.description} |"
            )


def _largest(skills: Sequence[Measured]) -> list[Measured]:
    columns = list(zip(*skills, strict=True))[1:]
    return [Measured("largest", *map(max, columns))] if columns else []


if __name__ == "__main__":
    main()
