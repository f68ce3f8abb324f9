"""The report of a conformance check, for a terminal."""

from collections import Counter
from collections.abc import Sequence

from trace2skill.cli.output import SHOWN, add_row, console, listed, say, table
from trace2skill.skills.conformance_model import (
    Conformance,
    Deviation,
    Rate,
    RuleConformance,
    TraceConformance,
    Verdict,
)
from trace2skill.skills.marks import bare, shortened


def show_conformance(found: Conformance, problems: Sequence[str]) -> None:
    """Print the rules, the runs that left the skill, and how the rate moves over time."""
    listed("Not read", list(problems))
    reasons = Counter(trace.reason for trace in found.traces if trace.verdict is Verdict.NOT_APPLICABLE)
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in Verdict)
    say(f"{found.skill}: {len(found.traces)} runs, {counts}.")
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


def _show_rules(found: Conformance) -> None:
    grid = table("rule", "role", "#runs followed", "#left", "#idle", "#rate", "#before", "", "text")
    for rule in found.rules:
        cells = (rule.traces_followed, rule.traces_broken, rule.traces_idle)
        text = shortened(bare(rule.text), 80)
        add_row(grid, rule.rule, rule.role, *cells, _counts(rule.now), _counts(rule.known), _mark(rule), text)
    console().print(grid)


def _counts(rate: Rate | None) -> str:
    return f"{rate.hits}/{rate.trials}" if rate and rate.trials else ""


def _mark(rule: RuleConformance) -> str:
    return f"holds less (p = {rule.p:.2g})" if rule.weaker else ""


def _show_deviations(traces: Sequence[TraceConformance]) -> None:
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


def _place(one: Deviation) -> str:
    return str(one.step) if one.step == one.until else f"{one.step}-{one.until}"


def _over_time(found: Conformance) -> str:
    drift = found.drift
    order = "time" if drift.ordered_by == "time" else "the order given"
    halves = f"{_rate(drift.earlier)} in the earlier half by {order}, {_rate(drift.later)} in the later"
    p = f" (p = {drift.p:.2g})" if drift.p is not None else ""
    return f"Followed in {_rate(drift.overall)}; {halves}{p}: {drift.verdict}."


def _rate(rate: Rate) -> str:
    if not rate.trials:
        return "no run"
    return f"{rate.hits} of {rate.trials} ({rate.low:.0%} to {rate.high:.0%})"
