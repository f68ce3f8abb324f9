"""Reading commands on a library: list, show, history, diff."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption, NameArgument
from trace2skill.errors import LibraryError

if TYPE_CHECKING:
    from trace2skill.skills.model import Skill, SkillRule


def list_skills(
    library: LibraryOption = DEFAULT_LIBRARY,
    everything: Annotated[bool, typer.Option("--all", help="Retired skills too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the skills of a library."""
    from trace2skill.cli.output import add_row, console, print_json, say, table
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        stored = opened.skills(status=None if everything else "active")
    if as_json:
        print_json(
            [
                {
                    "name": each.skill.name,
                    "version": each.version,
                    "status": each.status,
                    "family": each.skill.family,
                }
                | {"title": each.skill.title, "rules": _tiers(each.skill), "traces": len(each.skill.traces)}
                for each in stored
            ]
        )
        return
    if not stored:
        say(f"{library} holds no skills.")
        return
    grid = table("skill", "#version", "#rules", "by tier", "#traces", "title")
    for each in stored:
        tiers = ", ".join(f"{count} {tier}" for tier, count in _tiers(each.skill).items())
        name = each.skill.name if each.status == "active" else f"{each.skill.name} ({each.status})"
        add_row(
            grid, name, each.version, len(each.skill.rules), tiers, len(each.skill.traces), each.skill.title
        )
    console().print(grid)


def show(  # noqa: PLR0917 - typer passes options by name
    name: NameArgument,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="A version other than the current one.")
    ] = None,
    cite: Annotated[
        str | None, typer.Option("--cite", metavar="RULE", help="Print the steps that this rule cites.")
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Print what every rule rests on, with the names of the rules.")
    ] = False,
    policy: Annotated[
        bool, typer.Option("--policy", help="Print what an executor does when, and what that rests on.")
    ] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Show a skill, its evidence, the steps a rule rests on, or its policy.

    On a terminal it is laid out; piped, it is the Markdown of SKILL.md, or of references/evidence.md.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.cli.skill_page import show_evidence, show_skill
    from trace2skill.skills.citations import citations_text, cited_steps
    from trace2skill.skills.policy_page import policy_page
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        stored = opened.skill(name, version)
        if cite is not None:
            rule = _rule(stored.skill, cite)
            cited = cited_steps(rule, opened.trace)
            print_json(cited) if as_json else say(citations_text(rule, cited))
        elif policy:
            found = stored.skill.policy
            print_json(found) if as_json else say(policy_page(found).rstrip())
        elif evidence and not as_json:
            show_evidence(stored)
        elif evidence:
            print_json([*stored.skill.rules, *stored.skill.background])
        elif as_json:
            print_json(stored)
        else:
            show_skill(stored)


def history(
    name: NameArgument, library: LibraryOption = DEFAULT_LIBRARY, as_json: JsonOption = False
) -> None:
    """List the versions of a skill."""
    from trace2skill.cli.output import add_row, console, print_json, table
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        versions = opened.history(name)
    if as_json:
        print_json(versions)
        return
    grid = table("#version", "done", "#rules", "#traces", "note")
    for each in versions:
        add_row(grid, each.version, each.operation, len(each.skill.rules), len(each.skill.traces), each.note)
    console().print(grid)


def diff(
    name: NameArgument,
    old: Annotated[
        int | None, typer.Argument(metavar="OLD", help="A version; by default the last but one.")
    ] = None,
    new: Annotated[int | None, typer.Argument(metavar="NEW", help="A version; by default the last.")] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two versions of a skill."""
    from trace2skill.cli.output import print_json, say
    from trace2skill.skills.compare import diff as compare
    from trace2skill.skills.compare import diff_text
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        last = opened.history(name)[-1].version
        newer = opened.skill(name, last if new is None else new)
        older = opened.skill(name, max(1, last - 1) if old is None else old)
    changes = compare(older.skill, newer.skill)
    if as_json:
        print_json(changes)
    else:
        say(diff_text(changes, f"version {older.version}", f"version {newer.version}").rstrip())


def _rule(skill: "Skill", name: str) -> "SkillRule":
    rules = (*skill.rules, *skill.background)
    for rule in rules:
        if rule.name.lower() == name.lower():
            return rule
    names = ", ".join(rule.name for rule in rules) or "none"
    raise LibraryError(f"skill {skill.name!r} has no rule {name!r}; its rules are {names}")


def _tiers(skill: "Skill") -> dict[str, int]:
    return dict(sorted(Counter(str(rule.tier) for rule in skill.rules).items()))
