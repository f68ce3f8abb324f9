"""`trace2skill evidence`: the evidence of skills as tables and one page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from trace2skill.evidence.rows import Row, TraceFacts
    from trace2skill.evidence_report.tables import ClaimEntry
    from trace2skill.store.library import Library


def evidence(
    skills: Annotated[
        list[str] | None, typer.Argument(metavar="SKILL...", help="Names of skills; all if none is given.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write into.")],
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Write the evidence of skills: CSV tables and a page that needs no network.

    `claims.csv` lists every claim that was measured, kept or not; `evidence.csv` has a row per claim and run,
    `runs.csv` one per run. `index.html` shows the claims of each skill with a forest plot and a transition
    graph, and needs the extra `evidence`.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        exhibited = _Exhibited(opened, skills or [])
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = [*exhibited.tables(out), exhibited.page(out)]
    except OSError as error:
        raise SettingError(
            f"cannot write into {out}: {error.strerror or error}; choose another folder with --out DIR"
        ) from error
    if as_json:
        print_json([str(path) for path in written])
    else:
        say(f"{len(exhibited.entries)} claims, {len(exhibited.rows)} rows of evidence. Written:")
        for path in written:
            say(f"  {path}")


class _Exhibited:
    """What is exhibited of a library: the skills asked for, their families' rejected claims, and the rows."""

    def __init__(self, library: "Library", names: Sequence[str]) -> None:
        from trace2skill.evidence_report.tables import of_rejected, of_rules

        stored = [library.skill(name) for name in names] if names else library.skills()
        self.skills = sorted(stored, key=lambda each: each.skill.name)
        self.of: dict[str, list[ClaimEntry]] = {}
        for each in self.skills:
            ruled = {rule.finding.id for rule in each.skill.rules if rule.finding}
            rejected = [
                (found.finding, found.reason)
                for found in library.rejections(each.skill.family)
                if found.finding.id not in ruled
            ]
            name = each.skill.name
            self.of[name] = [*of_rules(each.skill, each.version), *of_rejected(rejected, name)]
        self.entries = [entry for name in self.of for entry in self.of[name]]
        runs = {trace for each in self.skills for trace in each.skill.traces}
        self.facts: dict[str, TraceFacts] = {
            trace: fact for trace, fact in library.trace_facts().items() if trace in runs
        }
        claims = {entry.finding.id for entry in self.entries}
        self.rows: list[Row] = [row for row in library.rows(claims) if row.trace in runs]

    def tables(self, out: Path) -> Iterator[Path]:
        """Write the tables; their paths."""
        from trace2skill.evidence_report import tables

        for name, rows in {
            "claims": tables.claims_table(self.entries),
            "evidence": tables.evidence_table(self.rows),
            "runs": tables.runs_table(self.facts.values()),
        }.items():
            tables.write_csv(rows, out / f"{name}.csv")
            yield out / f"{name}.csv"

    def page(self, out: Path) -> Path:
        """Write the page; its path."""
        from trace2skill.evidence_report.page import SkillEvidence, page
        from trace2skill.evidence_report.plots import forest, transitions

        parts = []
        for each in self.skills:
            name, entries = each.skill.name, self.of[each.skill.name]
            parts.append(
                SkillEvidence(
                    each.skill.title, name, each.version, entries, forest(entries), transitions(entries)
                )
            )
        path = out / "index.html"
        path.write_text(page(parts, self.facts), encoding="utf-8")
        return path
