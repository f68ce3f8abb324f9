"""Batch: decide which runs a model reads together, and what it is asked about them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from langgraph.runtime import Runtime

from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, ReadTask, returned_analysts
from trace2skill.prompts.load import VERSION
from trace2skill.proposals.batches import batches, reader_instructions
from trace2skill.proposals.failure_batches import MOST_FAILED, failure_batches
from trace2skill.proposals.failures import FAILED, failed_runs
from trace2skill.proposals.glossary import Glossary, glossary
from trace2skill.proposals.reading import aspects_in_groups
from trace2skill.proposals.sampling import read_first
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
    Of a large family a stratified sample is read, as large as the budget allows.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    reads: list[ReadTask] = []
    seen, runs, mined, asked, unasked = Seen(), 0, 0, 0, 0
    for family, analysts in returned_analysts(state).items():
        reading = [analyst for analyst in roster if analyst.name in analysts and analyst.prompt]
        pool = family_pool(context.library, state["run"], family)
        words = glossary(pool)
        artifacts.put_glossary(family, words)
        planned = _planned(pool.traces, words, reading, context)
        for number, shown in enumerate(planned.batches):
            artifacts.put_batch(family, number, shown)
        seen = sum((shown.seen for shown in planned.shared), seen)
        runs += planned.runs
        mined += len(pool.traces)
        asked += planned.asked
        unasked += planned.unasked
        reads += [
            ReadTask(run=state["run"], round=state["round"], family=family, batch=number, analysts=names)
            for number, names in planned.calls
        ]
    runtime.stream_writer({"stage": "batch", "calls": len(reads), "runs": runs})
    shown_share = {"runs": runs, "runs_mined": mined, "steps": seen.steps, "steps_uncut": seen.uncut}
    failed = {"failures": asked, "failures_not_asked": unasked, "prompts_version": VERSION}
    return {"reads": reads, "reads_sent": 0, "reading": {"calls": len(reads), **shown_share, **failed}}


class _Planned(NamedTuple):
    """A family's batches, shared ones first; its calls, as batch number and analysts.

    `runs` counts the runs that are read, `asked` the failed ones that are asked about, `unasked` those that
    are too long to be shown to their end.
    """

    shared: list[Transcript]
    own: list[Transcript]
    calls: list[tuple[int, list[str]]]
    runs: int
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
    around, room = _around(words), {"tokens": context.batch_tokens, "share": context.run_tokens}
    read = read_first(traces, allowed=allowed, around=around, **room)
    shared = batches(read, **room)
    once = _tokens_per_pass(shared, around)
    own: list[Transcript] = []
    if each:
        own = failure_batches(read, **room)
        if once + _tokens_per_pass(own, around) > ROOM_FOR_FAILURES * allowed:
            own, shared = [], batches(read, most_failed=MOST_FAILED, **room)
    groups = [list(group) for group in aspects_in_groups(aspects, allowed // max(1, once))] if aspects else []
    failed = [failed_runs(shown) if each else () for shown in own or shared]
    calls = list(_calls(groups, len(shared), [] if own else [each if aliases else [] for aliases in failed]))
    calls += [(len(shared) + number, each) for number in range(len(own))]
    asked = sum(map(len, failed))
    failures = sum(trace.outcome.label in FAILED for trace in read) if each else 0
    return _Planned(shared, own, calls, len(read), asked, failures - asked)


def _calls(
    groups: Sequence[list[str]], batches: int, each: Sequence[Sequence[str]]
) -> Iterator[tuple[int, list[str]]]:
    """Every group about every batch; with the first goes what is asked about the batch's failed runs."""
    for number in range(batches):
        first = [*each[number]] if each else []
        for group in groups or [[]]:
            if group or first:
                yield number, [*group, *first]
            first = []


def _around(words: Glossary) -> int:
    """About how many tokens a prompt has beside the runs that it shows."""
    return count(reader_instructions()) + count("\n".join(words.lines)) + ABOUT_THE_QUESTION


def _tokens_per_pass(packed: Sequence[Transcript], around: int) -> int:
    """About how many prompt tokens it takes to ask about every batch once."""
    return sum(count(shown.text) + around for shown in packed)
