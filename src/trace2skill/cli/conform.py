"""`trace2skill conform`: which runs follow a skill, and where others deviate from it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    JsonOption,
    LibraryOption,
    MapOption,
    RedactOption,
    StrictOption,
)
from trace2skill.cli.output import SHOWN, add_row, console, listed, note, print_json, say, table
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.conformance.model import Conformance, Deviation, Rate, RuleConformance, TraceConformance
    from trace2skill.skills.model import Skill
    from trace2skill.traces.model import Trace
    from trace2skill.traces.redact import Level


def show_conformance(found: "Conformance", problems: Sequence[str]) -> None:
    """Print the rules, the runs that deviated from the skill, and how the rate changes over time."""
    from trace2skill.conformance.model import Verdict
    from trace2skill.wording.evidence import count

    listed("Not read", list(problems))
    reasons = Counter(trace.reason for trace in found.traces if trace.verdict is Verdict.NOT_APPLICABLE)
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in Verdict)
    say(f"{found.skill}: {count(len(found.traces), 'run')}, {counts}.")
    listed("Not applicable", [f"{count}: {reason}" for reason, count in sorted(reasons.items())])
    _show_rules(found)
    _show_deviations([trace for trace in found.traces if trace.verdict is Verdict.DEVIATED])
    surprises = [
        f"{trace.id} #{one.step}: {one.done} ({one.rule} expected: {one.expected})"
        for trace in found.traces
        for one in trace.surprises
    ]
    listed("Actions without the effect they used to have", surprises)
    if found.drift.overall.trials:
        say(_over_time(found))


def _show_rules(found: "Conformance") -> None:
    from trace2skill.wording.escape import bare, shortened

    grid = table("rule", "role", "#runs followed", "#left", "#idle", "#rate", "#before", "", "text")
    for rule in found.rules:
        cells = (rule.traces_followed, rule.traces_broken, rule.traces_idle)
        text = shortened(bare(rule.text), 80)
        add_row(
            grid,
            rule.rule,
            rule.role,
            *cells,
            _counts(rule.now),
            _counts(rule.known),
            _note_on_rate(rule),
            text,
        )
    console().print(grid)


def _counts(rate: "Rate | None") -> str:
    return f"{rate.hits}/{rate.trials}" if rate and rate.trials else ""


def _note_on_rate(rule: "RuleConformance") -> str:
    return f"holds less (p = {rule.p:.2g})" if rule.weaker else ""


def _show_deviations(traces: "Sequence[TraceConformance]") -> None:
    from trace2skill.wording.escape import shortened

    if not traces:
        return
    grid = table("run", "#step", "of", "rule", "kind", "expected", "done")
    for trace in traces[:SHOWN]:
        for number, one in enumerate(trace.deviations):
            name = ("" if number else trace.id, _place(one), "" if number else trace.steps)
            add_row(grid, *name, one.rule, one.kind, shortened(one.expected), shortened(one.done, 50))
    console().print(grid)
    if len(traces) > SHOWN:
        say(f"and {len(traces) - SHOWN} more runs that left it (--json lists them)")


def _place(one: "Deviation") -> str:
    return str(one.step) if one.step == one.until else f"{one.step}-{one.until}"


def _over_time(found: "Conformance") -> str:
    drift = found.drift
    order = "time" if drift.ordered_by == "time" else "the order given"
    halves = f"{_rate(drift.earlier)} in the earlier half by {order}, {_rate(drift.later)} in the later"
    p = f" (p = {drift.p:.2g})" if drift.p is not None else ""
    return f"Followed in {_rate(drift.overall)}; {halves}{p}: {drift.verdict}."


def _rate(rate: "Rate") -> str:
    if not rate.trials:
        return "no run"
    return f"{rate.hits} of {rate.trials} ({rate.low:.0%} to {rate.high:.0%})"


def conform(
    skill: Annotated[
        str, typer.Argument(metavar="SKILL", help="Name of a skill in the library, or an exported folder.")
    ],
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Trace files, folders or globs.")],
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    mapping: MapOption = None,
    strict: StrictOption = False,
    redact: RedactOption = None,
    min_hold: Annotated[
        float | None,
        typer.Option(
            "--min-hold",
            metavar="RATE",
            min=0.0,
            max=1.0,
            help="A rule binds when the lower end of its rate's interval is at least this.  [default: 0.5]",
        ),
    ] = None,
    demote: Annotated[
        bool,
        typer.Option(
            "--demote", help="If it is followed less as time goes by, record in the library: stale."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check runs against a skill.

    Says of each run whether it followed the skill, left it (where, and which rule), or is not the skill's
    business; and of the skill whether it is followed less as time goes by. Secrets and what belongs to people
    are replaced before anything is shown, and nothing is written but what --demote records: a stale skill is
    offered as a hypothesis (undo: `skills rejected --withdraw`). Exits with 1 when the skill applies to none
    of the runs.
    """
    from trace2skill.conformance.check import conform as check
    from trace2skill.conformance.checks import MIN_HOLD

    chosen, kept, level = _skill(skill, library, cast("Level | None", redact))
    read, problems = read_runs(paths, mapping, strict, level)
    found = check(
        chosen,
        read,
        families=families_of(chosen, kept, read),
        min_hold=MIN_HOLD if min_hold is None else min_hold,
    )
    print_json(found) if as_json else show_conformance(found, problems)
    if demote:
        _demote(library, found)
    if not found.drift.overall.trials:
        note(f"{chosen.name} applies to none of the {len(read)} runs")
        raise typer.Exit(1)


def _demote(library: Path, found: "Conformance") -> None:
    from trace2skill.store.demotions import by_conformance
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        stale = by_conformance(opened, found)
    if stale:
        note(f"{stale.skill} version {stale.version} is stale: {stale.reason}; it is offered as a hypothesis")
    else:
        note(f"{found.skill} is not demoted")


def _skill(name: str, library: Path, redact: "Level | None") -> "tuple[Skill, list[Trace], Level]":
    """The skill, the traces of its library (none for an exported folder), and the level for other runs."""
    from trace2skill.skillmd.folder import import_skill
    from trace2skill.store.library import Library
    from trace2skill.traces.redact import DEFAULT

    if (Path(name) / "SKILL.md").is_file() or Path(name).name.lower() == "skill.md":
        return import_skill(Path(name)), [], redact or DEFAULT
    with Library(library, create=False) as opened:
        return opened.skill(name).skill, list(opened.traces()), opened.redaction(redact)


def read_runs(
    paths: list[str], mapping: Path | None, strict: bool, level: "Level"
) -> "tuple[list[Trace], list[str]]":
    """The runs, redacted, and the problems with the rest.

    Raises:
        InputError: There is none.
    """
    from trace2skill.traces.read import Intake
    from trace2skill.traces.redact import redact, redact_path

    source = Intake(paths, mapping=mapping, strict=strict)
    read = [redact(trace, level)[0] for trace in source]
    if not read:
        first = f"; the first problem: {source.problems[0]}" if source.problems else ""
        raise InputError(f"no trace could be read{first}")
    return read, [redact_path(str(problem), level) for problem in source.problems]


def families_of(skill: "Skill", kept: "list[Trace]", read: "list[Trace]") -> dict[str, str]:
    """The task families of runs by trace hash, as the library assigns them; empty without a library."""
    from trace2skill.mining.families import members

    own = [trace for trace in kept if trace.hash in set(skill.traces)]
    others = {trace.hash: trace for trace in (*kept, *read)}
    return members(skill.family, own, list(others.values())) if own else {}
