"""A skill's full evidence as one Markdown page: every number, every test, every citation."""

from collections.abc import Iterator

import orjson

from trace2skill.claims.notation import claim_text
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Basis, Policy
from trace2skill.evidence.rows import Contrast, Lift, Practice, Selection, Summary, Support
from trace2skill.evidence.tiers import adjusted
from trace2skill.skills.changes import nothing_else
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.playbook import citation_list
from trace2skill.wording.claims import clause, listed, sentence
from trace2skill.wording.escape import code_block, code_span, inline, prose
from trace2skill.wording.evidence import count
from trace2skill.wording.terms import call, imperative

NOTHING = "No policy: it is executed by its rules.\n"


def policy_page(policy: Policy) -> str:
    """The decisions in the order in which they are tried, each with its counts, as Markdown."""
    if policy.empty:
        return NOTHING
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    runs = f" mined from {count(len(policy.traces), 'run')}" if policy.traces else ""
    yield f"Decisions{runs}; the first that applies is due.\n"
    bases = policy.basis or (None,) * len(policy.rules)
    for number, (rule, basis) in enumerate(zip(policy.rules, bases, strict=True), 1):
        yield f"{number}. {prose(sentence(rule))}"
        if basis is not None:
            yield from _basis(basis)
    if policy.goals:
        yield "\nThe goal:\n"
        yield from (f"- {prose(clause(goal))}" for goal in policy.goals)
    if policy.last:
        yield "\nNothing is done after:\n"
        yield from (f"- {prose(imperative(action))}" for action in policy.last)


def _basis(basis: Basis) -> Iterator[str]:
    support = basis.support
    ground = f"{count(support.traces, 'good run')} on {count(support.tasks, 'task')}"
    times = f"done {support.held} of the {count(support.opportunities, 'time')} that it was so, in {ground}"
    yield f"    - Evidence: {inline(times)}"
    if basis.seen_at:
        yield f"    - Seen at: {citation_list(basis.seen_at)}"


def to_evidence(skill: Skill, version: int) -> str:
    """The page for one version of a skill: a section for each rule, then the runs it was distilled from."""
    parts = [f"# Evidence for {skill.name}, version {version}\n"]
    known = [rule.finding for rule in (*skill.rules, *skill.background) if rule.finding]
    sources = max((finding.summary.support.due_sources for finding in known), default=0)
    if sources > 1:
        parts.append(f"Runs from {sources} sources; a source is a format, and a folder of runs.\n")
    parts += [_section(rule, sources) for rule in skill.rules]
    if skill.background:
        parts.append("# Known too, and not among the rules\n")
        parts += [_section(rule, sources) for rule in skill.background]
    if found := nothing_else(skill):
        parts.append(f"# Nothing else was changed\n\n{_whole(*found)}\n")
    if skill.example:
        cited = "\n".join(f"{n}. {code_span(str(step.citation))}" for n, step in enumerate(skill.example, 1))
        parts.append(f"# The worked example's steps\n\n{cited}\n")
    if traces := sorted({*skill.traces, *skill.policy.traces}):
        own = set(skill.traces)
        lines = (f"- {code_span(trace)}{'' if trace in own else ', of the same domain'}" for trace in traces)
        parts.append("# Traces\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _whole(kept: int, runs: int) -> str:
    return (
        f"In {kept} of {count(runs, 'good run')} the rules ask for every change that was made. A change is a "
        "call of a tool whose name does not say that it only reads."
    )


FEW_SOURCES = 3
"""A rule that rests on fewer sources than this, where there are more, says so."""


def _section(rule: SkillRule, sources: int) -> str:
    lines = [f"- Tier: {rule.tier}"]
    if rule.finding:
        resting = rule.finding.summary.support.sources
        if 0 < resting < min(FEW_SOURCES, sources):
            lines.append(
                f"- Few sources: it held only in runs from {resting} of {sources}; look at those first"
            )
        lines += _measured(rule.finding)
    if rule.quotes:
        lines.append(f"- Cited from: {citation_list(rule.quotes)}")
    text = f"## {rule.name}\n\n{prose(rule.text)}\n\n" + "\n".join(lines) + "\n"
    if rule.finding:
        claim = orjson.dumps(claim_text(rule.finding.claim), option=orjson.OPT_INDENT_2).decode()
        text += f"\nClaim {code_span(rule.finding.id)}:\n\n{code_block(claim, 'json')}"
    return text


def _measured(finding: Finding) -> Iterator[str]:
    summary = finding.summary
    yield f"- Found by: {inline(finding.aspect)}, in family {inline(finding.family)}"
    if finding.protected:
        yield "- Protected: a refusal or guard of a good run"
    if finding.stop_condition:
        yield "- A stop condition: about the end of the run, not a cause of its outcome"
    if ended_by := getattr(finding.claim, "ended_by", ()):
        yield f"- Runs cut short are no opportunity: those that end with {listed(map(call, ended_by), 'or')}"
    yield f"- Support: {_support(summary.support)}"
    yield f"- Runs in which it was due: {_practice(summary.practice)}"
    yield from _chosen(finding)
    if summary.association:
        yield f"- Association: {_contrast(summary.association)}"
    if summary.step_effect:
        yield f"- Step effect (errors): {_contrast(summary.step_effect)}"
    if summary.lift:
        yield f"- Outcome: {_lift(summary.lift)}"
        yield f"- Outcome test: {_test(finding)}"
    if finding.held_out:
        yield from _held_out(finding.held_out)
    if finding.held_at:
        yield f"- Seen at: {citation_list(finding.held_at)}"
    if finding.broken_at:
        yield f"- Not so at: {citation_list(finding.broken_at)}"


def _test(finding: Finding) -> str:
    test = finding.test
    if test is None:
        return "not tested; what is said of the outcome is descriptive"
    ground = "tasks other than those that chose it" if test.preselected else "all tasks"
    return (
        f"p {test.p:.3g}, q {test.q:.3g} among {test.among} tested in the family, "
        f"on {count(test.tasks, 'task')} ({ground})"
    )


def _held_out(summary: Summary) -> Iterator[str]:
    yield f"- Tasks kept from mining: {_support(summary.support)}"
    if summary.association:
        yield f"- Association there: {_contrast(summary.association)}"
    if summary.step_effect:
        yield f"- Step effect there (errors): {_contrast(summary.step_effect)}"
    if summary.lift:
        yield f"- Outcome there: {_lift(summary.lift)}"


def _chosen(finding: Finding) -> Iterator[str]:
    """How a rule's condition was chosen, and its association where no better rule for the action was due."""
    if finding.selection:
        yield f"- {_selection(finding, finding.selection)}"
    if finding.residual:
        yield f"- Where no other rule for the same action was due: {_contrast(finding.residual)}"


def _practice(practice: Practice) -> str:
    failed = (
        f"; {practice.failed_kept} of {practice.failed_due} failed ones kept to it"
        if practice.failed_due
        else ""
    )
    ground = (
        f"{practice.kept} of {practice.due} worth imitating kept to it, on {count(practice.tasks, 'task')}"
    )
    return ground + failed + (f"; {_judged(practice.judged)}" if practice.judged else "")


def _judged(part: Practice) -> str:
    """The part of the runs whose outcome a model judged; the others' was told by the data or by rules."""
    failed = f", {part.failed_kept} of {part.failed_due} failed ones" if part.failed_due else ""
    ground = f"of these a model judged the outcome of {part.outcomes}"
    return f"{ground}: {part.kept} of {part.due} kept to it{failed}"


def _selection(finding: Finding, selection: Selection) -> str:
    chance = adjusted(finding.residual or finding.summary.association, selection)
    return (
        f"Its condition was chosen among {selection.among}: p times that {chance:.3g}; none explains more on "
        f"{selection.stability:.0%} of half-samples of the tasks"
    )


def _support(support: Support) -> str:
    return (
        f"held {support.held} of {support.opportunities} opportunities; "
        f"{count(support.traces, 'trace')}, "
        f"{count(support.tasks, 'task')}, {count(support.sources, 'source')}"
    )


def _contrast(contrast: Contrast) -> str:
    text = (
        f"{contrast.hits} of {contrast.trials} runs with the condition, "
        f"{contrast.other_hits} of {contrast.other_trials} without"
    )
    return text + _number("ratio", contrast.ratio) + _number("p", contrast.p)


def _lift(lift: Lift) -> str:
    text = (
        f"success {lift.with_success} of {lift.with_total} with, "
        f"{lift.without_success} of {lift.without_total} without; stratified by {inline(lift.stratified_by)}"
        f" ({lift.informative} informative, {lift.favouring} for it, {lift.opposing} against)"
    )
    if lift.judged:
        text += f"; a model judged the outcome of {count(lift.judged, 'run')}, compared with each other alone"
    text += _number("odds ratio", lift.odds_ratio) + _number("p", lift.p)
    text += _number("pooled p (never tested on)", lift.pooled_p)
    if lift.enough:
        return text
    needed = f" (about {lift.needed} informative would be enough)" if lift.needed else ""
    return f"{text}; not enough data{needed}"


def _number(label: str, value: float | None) -> str:
    return "" if value is None else f"; {label} {value:.3g}"
