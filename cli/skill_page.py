"""One skill, or its evidence, for a terminal or for a pipe."""

import sys

from trace2skill.cli.output import clean, console, say
from trace2skill.skills.evidence_page import to_evidence
from trace2skill.skills.markdown import to_markdown
from trace2skill.store.records import StoredSkill


def show_skill(stored: StoredSkill) -> None:
    """Lay the skill out on a terminal; write its SKILL.md into a pipe."""
    text = to_markdown(stored.skill, stored.version)
    if not sys.stdout.isatty():
        say(text.rstrip("\n"))
        return
    _, _, body = text.removeprefix("---\n").partition("\n---\n")
    out = console()
    out.print(f"{stored.skill.name}, version {stored.version} ({stored.status})", style="bold", markup=False)
    out.print(stored.skill.description, markup=False)
    _lay_out(body)


def show_evidence(stored: StoredSkill) -> None:
    """The same with the page of its evidence."""
    text = to_evidence(stored.skill, stored.version)
    if sys.stdout.isatty():
        _lay_out(text)
    else:
        say(text.rstrip("\n"))


def _lay_out(markdown: str) -> None:
    from rich.markdown import Markdown

    console().print(Markdown(clean(markdown), hyperlinks=False))
