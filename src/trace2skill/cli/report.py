"""Print the report of a distil run on a terminal."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace2skill.cli.output import add_row, console, listed, note, say, table
from trace2skill.nodes.report import LeftOut, Report, TraceCounts


def show_plan(planned: Mapping[str, Any]) -> None:
    """Print the calls that a dry run has planned."""
    grid = table("step", "#calls", "#prompt tokens", "#answer tokens, about")
    for node, each in planned["by_node"].items():
        add_row(grid, node, each["calls"], each["prompt_tokens"], each["completion_tokens"])
    add_row(grid, "in all", planned["calls"], planned["prompt_tokens"], planned["completion_tokens"])
    console().print(grid)
    cost = planned["cost"]
    say("Price unknown: give --price IN,OUT." if cost is None else f"About {cost:.4f} USD.")
    if planned["model"] is None:
        say("No model is configured: without --model none of these calls is made.")
    say("Nothing was asked and nothing was saved.")


def show_prompts(planned: Mapping[str, Any]) -> None:
    """Print the first prompt of each kind, by step and aspects, with the number of calls like it."""
    kinds: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for each in planned.get("prompts", ()):
        kinds.setdefault((each["node"], *each["aspects"]), []).append(each)
    for (node, *aspects), prompts in kinds.items():
        first, calls = prompts[0], sum(each["calls"] for each in prompts)
        about = f" about {', '.join(aspects)}" if aspects else ""
        say(f"########## {node}{about}: the first of {calls} calls, on {first['subject']}")
        if not first["as_sent"]:
            say("The real one depends on what was answered before; this one shows the draft without a model.")
        say(f"\n##### system\n\n{first['system']}\n\n##### question\n\n{first['question']}\n")
    for name, schema in planned.get("answers", {}).items():
        users = sorted({each["node"] for each in planned["prompts"] if each["answer"] == name})
        say(f"########## the JSON schema of what {', '.join(users)} answers\n\n{json.dumps(schema)}\n")


SAID = {
    "good": "good",
    "failed": "failed",
    "cannot_tell": "cannot be told",
    "not_borne_out": "left unknown because what it cited is not there",
}
"""What a model says of runs without an outcome, as the report words it."""


def show_judging(judging: Mapping[str, Any]) -> None:
    """Print how a model judged the runs without an outcome; nothing if it was not asked to."""
    if "taken_back" in judging:
        say(f"Taken back: {judging['taken_back']} outcomes that a model had judged.")
    if "model" not in judging:
        return
    parts = [f"{judging[key]} {words}" for key, words in SAID.items() if judging.get(key)]
    say(f"Runs without an outcome, judged by {judging['model']}: {', '.join(parts) or 'none'}.")
    if judging.get("first_problem"):
        say(f"{judging['unusable']} answers could not be used; the first: {judging['first_problem']}")


def show_reading(report: Report) -> None:
    """Print what a model proposed and how much of it was kept; nothing if no model was asked."""
    reading = report.reading
    if not reading:
        return
    uncut = f"{reading['steps_uncut']} of {reading['steps']} steps uncut"
    of = f" of {reading['runs_mined']}" if reading["runs"] < reading["runs_mined"] else ""
    say(f"A model read {reading['runs']}{of} runs in {reading['calls']} calls, {uncut}.")
    if reading.get("failures"):
        more = reading["failures_not_asked"]
        rest = f"; {more} more are too long for one prompt" if more else ""
        say(f"It was asked what decided each of {reading['failures']} failed runs{rest}.")
    if "proposed" in reading:
        say(
            f"It proposed {reading['proposed']} claims and notes; {reading['measured']} claims were new and "
            f"measured, {reading['kept']} stand."
        )
        listed("Not taken", [f"{count} x {reason}" for reason, count in _dropped(reading)])
    for part in ("first_problem", "wordings_first_problem", "criticisms_first_problem"):
        if reading.get(part):
            say(f"An answer could not be used: {reading[part]}")
    if report.stopped:
        say(f"Stopped early: {report.stopped}")
    if report.usage:
        say(_usage(report.usage["total"]))


def _dropped(reading: Mapping[str, Any]) -> list[tuple[str, int]]:
    every = {**reading.get("dropped", {}), **reading.get("wordings_dropped", {})}
    return sorted(every.items(), key=lambda item: (-item[1], item[0]))


def _usage(total: Mapping[str, Any]) -> str:
    cost = "" if total["cost"] is None or not total["cost"] else f", {total['cost']:.4f} USD"
    cached = f", {total['cached_calls']} more from the cache" if total["cached_calls"] else ""
    return (
        f"{total['calls']} calls{cached}, {total['prompt_tokens']} prompt and "
        f"{total['completion_tokens']} completion tokens{cost}."
    )


def show_report(report: Report, library: Path) -> None:
    """Print what was read, what changed in each skill, and what failed."""
    from trace2skill.wording.evidence import count

    say(_counted(report.traces))
    note_silent(report.traces.without_calls, report.traces.read)
    if report.redactions:
        kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in report.redactions.items())
        say(f"Replaced in the traces: {kinds}.")
    listed("Not read", report.problems)
    if report.calls_planned:
        show_prompts(report.calls_planned)
        show_plan(report.calls_planned)
        return
    show_judging(report.judging)
    listed("Task families formed anew", report.formed)
    listed(
        "Joined, and changed nothing yet (--again mines them now)",
        [f"{family}: {count(runs, 'run')}" for family, runs in report.joined.items()],
    )
    if report.up_to_date:
        unmoved = "No skill changes: the runs that joined do not move the evidence."
        say(unmoved if report.joined else f"Nothing new: {library} already rests on these traces.")
        return
    _show_skills(report)
    listed("Left out", [_left_out(each) for each in report.left_out])
    listed("Rejected at a review", [f"{each.skill}: {each.reason or 'no reason'}" for each in report.refused])
    listed("Failed", [f"{each.analyst} of {each.family}: {each.message}" for each in report.failures])
    show_reading(report)
    say(f"{report.rejected_claims} further claims were tested and rejected. {report.seconds:.1f} s.")
    if report.skills:
        say(f"Read one: trace2skill skills show {report.skills[0].name} --library {library}")


def note_silent(silent: int, read: int) -> None:
    """Warn of traces without a tool call: a format that was misread looks like agents that did nothing."""
    if silent:
        note(
            f"{silent} of the {read} traces read hold no tool call. Was their format read right? "
            "`trace2skill traces` shows what was understood; other field names need a mapping (--map)."
        )


def _counted(counts: TraceCounts) -> str:
    from trace2skill.wording.evidence import count

    parts = [
        f"{count(counts.read, 'trace')} read",
        f"{counts.new} new",
        count(counts.duplicates, "duplicate"),
    ]
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
