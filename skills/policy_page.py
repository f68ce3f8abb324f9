"""A policy in words: what an executor does when, and what each decision rests on."""

from collections.abc import Iterator

from trace2skill.skills.action_wording import imperative
from trace2skill.skills.escape import inline
from trace2skill.skills.evidence_wording import count
from trace2skill.skills.markdown import citation_list
from trace2skill.skills.policy import Basis, Policy
from trace2skill.skills.predicate_wording import clause
from trace2skill.skills.prose import prose
from trace2skill.skills.wording import sentence

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
