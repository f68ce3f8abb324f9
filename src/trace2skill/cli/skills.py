"""`trace2skill skills`: the commands on a library."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.installing import export, install
from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    EmbeddingOption,
    JsonOption,
    LibraryOption,
    NameArgument,
    SettingsCommand,
)
from trace2skill.cli.output import add_row, clean, console, note, print_json, say, table
from trace2skill.cli.quarantine import approve, discard, import_, quarantine
from trace2skill.cli.upkeep import drop, forget, merge, reindex, rollback
from trace2skill.errors import LibraryError

if TYPE_CHECKING:
    from trace2skill.skills.model import Skill, SkillRule
    from trace2skill.store.records import StoredSkill


def show_skill(stored: "StoredSkill") -> None:
    """Print a skill, rendered on a terminal, as SKILL.md in a pipe."""
    from trace2skill.skills.playbook import to_markdown

    text = to_markdown(stored.skill, stored.version)
    if not sys.stdout.isatty():
        say(text.rstrip("\n"))
        return
    _, _, body = text.removeprefix("---\n").partition("\n---\n")
    out = console()
    out.print(f"{stored.skill.name}, version {stored.version} ({stored.status})", style="bold", markup=False)
    out.print(stored.skill.description, markup=False)
    if stored.validation:
        found = stored.validation
        told = f"{found.verdict} on {found.suite} ({found.time[:10]}): {found.reason}"
        out.print(clean(told), markup=False)
    _lay_out(body)


def show_evidence(stored: "StoredSkill", library: Path | None = None) -> None:
    """Print a skill's evidence page, rendered on a terminal, as Markdown in a pipe.

    With what leaving its rules out showed, if that was tried of this version.
    """
    from trace2skill.evaluation.rule_marks import read_marks, told
    from trace2skill.skillmd.evidence_page import to_evidence

    text = to_evidence(stored.skill, stored.version)
    marks = read_marks(library / "evaluations", stored.skill) if library else None
    text = f"{text.rstrip()}\n\n{told(marks)}\n" if marks else text
    if sys.stdout.isatty():
        _lay_out(text)
    else:
        say(text.rstrip("\n"))


def _lay_out(markdown: str) -> None:
    from rich.markdown import Markdown

    console().print(Markdown(clean(markdown), hyperlinks=False))


def list_skills(
    library: LibraryOption = DEFAULT_LIBRARY,
    everything: Annotated[bool, typer.Option("--all", help="Rejected and retired skills too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the skills of a library."""
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        stored = opened.skills(status=None if everything else "active")
        aside = len(opened.quarantine.held()) + len(opened.skills(status="withheld"))
    if aside:
        note(f"{aside} more must be looked at: trace2skill skills quarantine --library {library}")
    if as_json:
        print_json(
            [
                {
                    "name": each.skill.name,
                    "version": each.version,
                    "status": each.status,
                    "family": each.skill.family,
                }
                | ({"validation": each.validation} if each.validation else {})
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
        if each.validation and each.validation.verdict in {"helps", "stale"}:
            tiers = f"{'validated' if each.validation.verdict == 'helps' else 'stale'}; {tiers}"
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
    from trace2skill.skillmd.evidence_page import policy_page
    from trace2skill.skills.citations import citations_text, cited_steps
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        stored = opened.skill(name, version)
        if cite is not None:
            rule = _rule(stored.skill, cite)
            cited = cited_steps(rule, opened.trace, taken=opened.arrivals())
            print_json(cited) if as_json else say(citations_text(rule, cited))
        elif policy:
            found = stored.skill.policy
            print_json(found) if as_json else say(policy_page(found).rstrip())
        elif evidence and not as_json:
            show_evidence(stored, library)
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


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A task, or what it is about.")],
    *,
    limit: Annotated[int, typer.Option("--limit", "-k", metavar="K", min=1, help="How many to show.")] = 5,
    rules: Annotated[bool, typer.Option("--rules", help="Search single rules instead of skills.")] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the skills, or rules, that fit a task best."""
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        hits = opened.search(query, k=limit, kind="rule" if rules else "skill")
    if as_json:
        print_json(hits)
        return
    if not hits:
        say("Nothing found.")
        return
    grid = table("#score", "skill", "rule", "text")
    for hit in hits:
        add_row(grid, f"{hit.score:.2f}", hit.skill, hit.rule or "", hit.text.partition("\n")[0])
    console().print(grid)


def rejected(
    withdraw: Annotated[
        str | None,
        typer.Option(
            "--withdraw", metavar="NAME", help="Take back what was rejected under this skill's name."
        ),
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """List what was rejected: skills and rules at reviews, skills that did harm when validated, stale ones.

    What was rejected is not proposed, or offered, again while its rules are the same; a stale version is
    offered as a hypothesis. What is withdrawn is proposed again when its task family is next mined
    (`distill --again` mines all), or offered again at once.
    """
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        if withdraw is not None:
            count = opened.withdraw_refusals(withdraw) + opened.withdraw_validations(withdraw)
            print_json({"withdrawn": count}) if as_json else say(f"{withdraw}: {count} rejections withdrawn")
            return
        known = opened.refusals()
        against = {"harms", "stale"}
        harmful = [each for each in opened.validations() if each.verdict in against and each.standing]
    if as_json:
        print_json([*known, *harmful])
        return
    if not known and not harmful:
        say(f"Nothing was rejected in {library}.")
        return
    grid = table("when (UTC)", "what", "skill", "#rules", "reason")
    for each in known:
        add_row(grid, each.time[:16].replace("T", " "), each.scope, each.skill, len(each.rules), each.reason)
    for harm in harmful:
        reason = f"{harm.verdict} on {harm.suite}: {harm.reason}"
        add_row(grid, harm.time[:16].replace("T", " "), harm.solver, harm.skill, "", reason)
    console().print(grid)


app = typer.Typer(
    help="Read and mend the skills of a library.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("list")(list_skills)
app.command("show")(show)
app.command("search")(search)
app.command("history")(history)
app.command("diff")(diff)
app.command("rollback")(rollback)
app.command("rejected")(rejected)
app.command("drop")(drop)
app.command("export")(export)
app.command("install")(install)
app.command("import")(import_)
app.command("quarantine")(quarantine)
app.command("approve")(approve)
app.command("discard")(discard)
app.command("merge", cls=SettingsCommand)(merge)
app.command("reindex")(reindex)
app.command("forget")(forget)
