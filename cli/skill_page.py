"""One skill, for a terminal or for a pipe."""

import sys

from trace2skill.cli.output import clean, console, say
from trace2skill.skills.markdown import to_markdown
from trace2skill.store.records import StoredSkill


def show_skill(stored: StoredSkill) -> None:
    """Lay the skill out on a terminal; write its SKILL.md into a pipe."""
    text = to_markdown(stored.skill, stored.version)
    if not sys.stdout.isatty():
        say(text.rstrip("\n"))
        return
    from rich.markdown import Markdown

    _, _, body = text.removeprefix("---\n").partition("\n---\n")
    out = console()
    out.print(f"{stored.skill.name}, version {stored.version} ({stored.status})", style="bold", markup=False)
    out.print(stored.skill.description, markup=False)
    out.print(Markdown(clean(body), hyperlinks=False))
