"""Batch: decide which runs a model reads together, and what it is asked about them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from langgraph.runtime import Runtime

from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, ReadTask, returned_analysts
from trace2skill.prompts.load import prompt
from trace2skill.proposals.batches import batches
from trace2skill.proposals.failure_batches import MOST_FAILED, failure_batches
from trace2skill.proposals.failures import failed_runs
from trace2skill.proposals.glossary import Glossary, glossary
from trace2skill.proposals.reading import aspects_in_groups
from trace2skill.proposals.transcript import Seen, Transcript
from trace2skill.tokenizer import count
from trace2skill.traces.model import Label, Trace

ABOUT_THE_QUESTION = 600
"""About how many tokens a question has, with the findings it shows."""

ROOM_FOR_FAILURES = 2
"""Failed runs are read by themselves while all reading stays within so many times `tokens_per_run`."""


def batch(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Pack each family's runs into batches and plan one call for each batch and group of aspects.

    Each aspect is asked about in a call of its own, unless that would take more than `tokens_per_run` tokens
    of prompt per run; then several are asked about in one call. Failed runs are asked about one by one: in
    batches of their own, beside runs that went well, if the budget has room for them, else where they stand.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    reads: list[ReadTask] = []
    seen, runs, asked, unasked = Seen(), 0, 0, 0
    for family, analysts in returned_analysts(state).items():
        reading = [analyst for analyst in roster if analyst.name in analysts and analyst.prompt]
        pool = family_pool(context.library, state["run"], family)
        words = glossary(pool)
        artifacts.put_glossary(family, words)
        planned = _planned(pool.traces, words, reading, context)
        for number, shown in enumerate(planned.batches):
            artifacts.put_batch(family, number, shown)
        seen = sum((shown.seen for shown in planned.shared), seen)
        runs += len(pool.traces)
        asked += planned.asked
        unasked += planned.unasked
        reads += [
            ReadTask(run=state["run"], round=state["round"], family=family, batch=number, analysts=names)
            for number, names in planned.calls
        ]
    runtime.stream_writer({"stage": "batch", "calls": len(reads), "runs": runs})
    shown_share = {"runs": runs, "steps": seen.steps, "steps_uncut": seen.uncut}
    failed = {"failures": asked, "failures_not_asked": unasked}
    return {"reads": reads, "reads_sent": 0, "reading": {"calls": len(reads), **shown_share, **failed}}


class _Planned(NamedTuple):
    """A family's batches, shared ones first; its calls, as batch number and analysts.

    `asked` counts the failed runs that are asked about, `unasked` those that fit into no batch.
    """

    shared: list[Transcript]
    own: list[Transcript]
    calls: list[tuple[int, list[str]]]
    asked: int
    unasked: int

    @property
    def batches(self) -> list[Transcript]:
        return [*self.shared, *self.own]


def _planned(
    traces: Sequence[Trace], words: Glossary, reading: Sequence[Analyst], context: DistillSettings
) -> _Planned:
    aspects = [analyst.name for analyst in reading if not analyst.each_failure]
    each = [analyst.name for analyst in reading if analyst.each_failure]
    if not any(trace.outcome.label is Label.SUCCESS for trace in traces):
        each = []  # what decided a failure is checked against a success
    allowed = context.tokens_per_run * len(traces)
    shared = batches(traces, tokens=context.batch_tokens, share=context.run_tokens)
    once = _tokens_per_pass(shared, words)
    failed = {number: failed_runs(shown) for number, shown in enumerate(shared)} if each else {}
    own: list[Transcript] = []
    if any(failed.values()):
        apart = failure_batches(traces, tokens=context.batch_tokens, share=context.run_tokens)
        fits = once + _tokens_per_pass(apart, words) <= ROOM_FOR_FAILURES * allowed
        if fits or any(len(aliases) > MOST_FAILED for aliases in failed.values()):
            own = apart
    groups = [list(group) for group in aspects_in_groups(aspects, allowed // max(1, once))] if aspects else []
    where_they_stand = each if not own else []
    calls = list(_calls(groups, where_they_stand, len(shared), failed))
    calls += [(len(shared) + number, each) for number in range(len(own))]
    asked = sum(map(len, failed.values() if not own else map(failed_runs, own)))
    failures = sum(trace.outcome.label is Label.FAILURE for trace in traces) if each else 0
    return _Planned(shared, own, calls, asked, failures - asked)


def _calls(
    groups: Sequence[list[str]], each: Sequence[str], batches: int, failed: dict[int, tuple[str, ...]]
) -> Iterator[tuple[int, list[str]]]:
    """Every group about every batch; with the first goes what is asked about its failed runs."""
    for number in range(batches):
        first = [*each] if failed.get(number) else []
        for group in groups or [[]]:
            if group or first:
                yield number, [*group, *first]
            first = []


def _tokens_per_pass(packed: Sequence[Transcript], words: Glossary) -> int:
    """About how many prompt tokens it takes to ask about every batch once."""
    around = count(prompt("read")) + count("\n".join(words.lines)) + ABOUT_THE_QUESTION
    return sum(count(shown.text) + around for shown in packed)
