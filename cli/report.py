"""The report of a distil run, for a terminal."""

from pathlib import Path

from trace2skill.cli.model_report import show_plan, show_reading
from trace2skill.cli.output import add_row, console, listed, say, table
from trace2skill.nodes.report import LeftOut, Report, TraceCounts


def show_report(report: Report, library: Path) -> None:
    """Print what was read, what became of each skill, and what went wrong."""
    say(_counted(report.traces))
    if report.redactions:
        kinds = ", ".join(f"{count} {kind}" for kind, count in report.redactions.items())
        say(f"Secrets removed: {kinds}.")
    listed("Not read", report.problems)
    if report.calls_planned:
        show_plan(report.calls_planned)
        return
    if report.up_to_date:
        say(f"Nothing new: {library} already rests on these traces.")
        return
    _show_skills(report)
    listed("Left out", [_left_out(each) for each in report.left_out])
    listed("Rejected at a review", [f"{each.skill}: {each.reason or 'no reason'}" for each in report.refused])
    listed("Failed", [f"{each.analyst} of {each.family}: {each.message}" for each in report.failures])
    show_reading(report)
    say(f"{report.rejected_claims} further claims were tested and rejected. {report.seconds:.1f} s.")
    if report.skills:
        say(f"Read one: trace2skill skills show {report.skills[0].name} --library {library}")


def _counted(counts: TraceCounts) -> str:
    parts = [f"{counts.read} traces read", f"{counts.new} new", f"{counts.duplicates} duplicates"]
    parts += [f"{counts.rejected} records rejected"] if counts.rejected else []
    parts += [f"{counts.skipped_files} files skipped"] if counts.skipped_files else []
    return ", ".join(parts) + "."


def _show_skills(report: Report) -> None:
    if not report.skills:
        return
    grid = table("skill", "done", "#version", "#rules", "by tier", "note")
    for change in report.skills:
        tiers = ", ".join(f"{count} {tier}" for tier, count in change.rules.items())
        rules = sum(change.rules.values())
        add_row(grid, change.name, change.operation, change.version or "", rules, tiers, change.note)
    console().print(grid)


def _left_out(each: LeftOut) -> str:
    what = f"{each.skill}, {each.rule or 'the whole skill'}" if each.skill else each.family
    return f"{what}: {'; '.join(each.reasons)}"
