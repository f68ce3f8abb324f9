"""Batch: decide which runs a model reads together, and what it is asked about them."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, ReadTask, returned_analysts
from trace2skill.prompts.load import prompt
from trace2skill.proposals.batches import batches
from trace2skill.proposals.glossary import Glossary, glossary
from trace2skill.proposals.reading import aspects_in_groups
from trace2skill.proposals.transcript import Seen, Transcript
from trace2skill.tokenizer import count

ABOUT_THE_QUESTION = 600
"""About how many tokens a question has, with the findings it shows."""


def batch(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Pack each family's runs into batches and plan one call for each batch and group of aspects.

    Each aspect is asked about in a call of its own, unless that would take more than `tokens_per_run` tokens
    of prompt per run; then several are asked about in one call.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    reads: list[ReadTask] = []
    seen, runs = Seen(), 0
    for family, analysts in returned_analysts(state).items():
        aspects = [analyst.name for analyst in roster if analyst.name in analysts and analyst.prompt]
        pool = family_pool(context.library, state["run"], family)
        packed = batches(pool.traces, tokens=context.batch_tokens, share=context.run_tokens)
        words = glossary(pool)
        artifacts.put_glossary(family, words)
        for number, shown in enumerate(packed):
            artifacts.put_batch(family, number, shown)
            seen += shown.seen
        runs += len(pool.traces)
        allowed = context.tokens_per_run * len(pool.traces)
        groups = max(1, min(len(aspects), allowed // max(1, _tokens_per_pass(packed, words))))
        reads += [
            ReadTask(
                run=state["run"], round=state["round"], family=family, batch=number, analysts=list(group)
            )
            for number in range(len(packed))
            for group in aspects_in_groups(aspects, groups)
        ]
    runtime.stream_writer({"stage": "batch", "calls": len(reads), "runs": runs})
    shown_share = {"runs": runs, "steps": seen.steps, "steps_uncut": seen.uncut}
    return {"reads": reads, "reads_sent": 0, "reading": {"calls": len(reads), **shown_share}}


def _tokens_per_pass(packed: Sequence[Transcript], words: Glossary) -> int:
    """About how many prompt tokens it takes to ask about every batch once."""
    around = count(prompt("read")) + count("\n".join(words.lines)) + ABOUT_THE_QUESTION
    return sum(count(shown.text) + around for shown in packed)
