"""`trace2skill usage`: what came of the skills: receipts, and the runs that had them."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from trace2skill.cli.conform import read_runs
from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    JsonOption,
    LibraryOption,
    MapOption,
    RedactOption,
    StrictOption,
)
from trace2skill.cli.output import add_row, console, listed, print_json, say, table

if TYPE_CHECKING:
    from trace2skill.conformance.model import Rate
    from trace2skill.conformance.uses import SkillUsage
    from trace2skill.store.library import Library
    from trace2skill.traces.model import Trace
    from trace2skill.traces.redact import Level


def usage(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="Runs of agents that may have had the skills: files, folders, globs."
        ),
    ] = None,
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    mapping: MapOption = None,
    strict: StrictOption = False,
    redact: RedactOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what came of the skills.

    From the receipts of this library: how often each version was offered and used, helped and harmed. From
    runs, if any are given: which skills they were offered (listed by their client, or named in their spans),
    given (as guidance) or loaded (by reading a SKILL.md, or with a client's own tool for skills), whether
    they followed them, and how they ended, beside runs of the same task family without the skill. A skill
    that is followed less as time goes by is stale.
    """
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        level = opened.redaction(cast("Level | None", redact))
        receipts = _receipts(opened)
        runs, problems = read_runs(paths, mapping, strict, level) if paths else ([], [])
        found = _found(opened, runs) if runs else []
    if as_json:
        print_json({"receipts": receipts, "runs": found})
        return
    if receipts:
        say("Receipts:")
        grid = table("skill", "#version", "#offered", "#used", "#helped", "#harmed")
        for each in receipts:
            add_row(grid, *each.values())
        console().print(grid)
    elif not paths:
        say(f"{library} has no receipts yet: nothing asked it for a skill. Name runs to see their use.")
    if found:
        _show(found, len(runs))
    listed("not read", problems)


def _receipts(library: "Library") -> list[dict[str, Any]]:
    lines = [each for each in library.usage() if each.skill]
    counted: Counter[tuple[str, int, str]] = Counter(
        (str(each.skill), each.version or 0, each.event) for each in lines
    )
    keys = sorted({(skill, version) for skill, version, _ in counted})
    events = ("offered", "used", "helped", "harmed")
    return [
        {"skill": skill, "version": version, **{event: counted[skill, version, event] for event in events}}
        for skill, version in keys
    ]


def _found(library: "Library", runs: "list[Trace]") -> "list[SkillUsage]":
    from trace2skill.cli.conform import families_of
    from trace2skill.conformance.uses import usage as measured
    from trace2skill.integrations.registries import noted

    kept = list(library.traces())
    current = [each.skill for each in library.skills()]
    versions = {
        skill.name: [(each.version, each.skill) for each in library.history(skill.name)] for skill in current
    }
    families = {skill.name: families_of(skill, kept, runs) for skill in current}
    return measured(versions, runs, families, noted(library.path))


def _show(found: "list[SkillUsage]", runs: int) -> None:
    say(f"{runs} runs:")
    grid = table(
        "skill",
        "#version",
        "#offered",
        "#given",
        "#loaded",
        "followed",
        "went well",
        "without it",
        "over time",
    )
    for each in found:
        over_time = each.drift.verdict if each.given + each.loaded else "no run had it"
        cells = (_rate(each.followed), _rate(each.well), _rate(each.without), over_time)
        add_row(grid, each.skill, each.version or "?", each.offered, each.given, each.loaded, *cells)
    console().print(grid)
    if stale := sorted({each.skill for each in found if each.drift.verdict == "stale"}):
        say(f"Stale: {', '.join(stale)}: followed less than before; `trace2skill conform` says which rules.")


def _rate(rate: "Rate") -> str:
    return f"{rate.hits} of {rate.trials}" if rate.trials else ""
