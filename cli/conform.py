"""`trace2skill conform`: which runs follow a skill, and where others leave it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    JsonOption,
    LibraryOption,
    MapOption,
    StrictOption,
)
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.skills.model import Skill
    from trace2skill.traces.model import Trace


def conform(
    skill: Annotated[
        str, typer.Argument(metavar="SKILL", help="Name of a skill in the library, or an exported folder.")
    ],
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Trace files, folders or globs.")],
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    mapping: MapOption = None,
    strict: StrictOption = False,
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
    as_json: JsonOption = False,
) -> None:
    """Check runs against a skill.

    Says of each run whether it followed the skill, left it (where, and which rule), or is not the skill's
    business; and of the skill whether it is followed less as time goes by. Secrets are removed before
    anything is shown, and nothing is written. Exits with 1 when the skill applies to none of the runs.
    """
    from trace2skill.cli.conform_page import show_conformance
    from trace2skill.cli.output import note, print_json
    from trace2skill.skills.checks import MIN_HOLD
    from trace2skill.skills.conformance import conform as check

    chosen, kept = _skill(skill, library)
    read, problems = _read(paths, mapping, strict)
    found = check(
        chosen,
        read,
        families=_families(chosen, kept, read),
        min_hold=MIN_HOLD if min_hold is None else min_hold,
    )
    print_json(found) if as_json else show_conformance(found, problems)
    if not found.drift.overall.trials:
        note(f"{chosen.name} applies to none of the {len(read)} runs")
        raise typer.Exit(1)


def _skill(name: str, library: Path) -> "tuple[Skill, list[Trace]]":
    """The skill, and the traces of the library that holds it; none for a folder."""
    from trace2skill.skills.importer import import_skill
    from trace2skill.store.library import Library

    if (Path(name) / "SKILL.md").is_file() or Path(name).name.lower() == "skill.md":
        return import_skill(Path(name)), []
    with Library(library, create=False) as opened:
        return opened.skill(name).skill, list(opened.traces())


def _read(paths: list[str], mapping: Path | None, strict: bool) -> "tuple[list[Trace], list[str]]":
    from trace2skill.traces.read import Intake
    from trace2skill.traces.redact import redact

    source = Intake(paths, mapping=mapping, strict=strict)
    read = [redact(trace)[0] for trace in source]
    if not read:
        first = f"; the first problem: {source.problems[0]}" if source.problems else ""
        raise InputError(f"no trace could be read{first}")
    return read, [str(problem) for problem in source.problems]


def _families(skill: "Skill", kept: "list[Trace]", read: "list[Trace]") -> dict[str, str]:
    """The runs' task families as the library tells them apart; without a library as the runs say."""
    from trace2skill.mining.membership import members

    own = [trace for trace in kept if trace.hash in set(skill.traces)]
    others = {trace.hash: trace for trace in (*kept, *read)}
    return members(skill.family, own, list(others.values())) if own else {}
