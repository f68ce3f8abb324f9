"""Lay out: which runs a model reads together, and about what it is asked."""

from collections.abc import Sequence

from langgraph.runtime import Runtime
from pydantic import Field

from trace2skill.dialogue.asking import reading_question
from trace2skill.dialogue.batches import batches
from trace2skill.dialogue.glossary import Glossary, glossary
from trace2skill.dialogue.reading import aspects_in_groups
from trace2skill.dialogue.transcript import Seen, Transcript
from trace2skill.mining.judge import Analysis
from trace2skill.mining.roster import Analyst
from trace2skill.models.question import Question
from trace2skill.models.tokens import count
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.state import DistillState, ReadTask
from trace2skill.nodes.workbench import Workbench
from trace2skill.prompts.load import prompt
from trace2skill.skills.finding import Finding
from trace2skill.skills.render import approx_tokens
from trace2skill.traces.model import Frozen, Trace

ABOUT_THE_QUESTION = 600
"""Tokens of a question with the findings it shows, about."""


class Batch(Frozen):
    """A transcript on the workbench: its text, and the hash of the run behind each alias."""

    text: str
    steps: int
    uncut: int = Field(description="steps shown in full")
    aliases: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, shown: Transcript) -> "Batch":
        """The transcript to be laid down."""
        return cls(
            text=shown.text,
            steps=shown.seen.steps,
            uncut=shown.seen.uncut,
            aliases=tuple((alias, trace.hash) for alias, trace in shown.aliases.items()),
        )

    def transcript(self, traces: dict[str, Trace]) -> Transcript:
        """The transcript again, over the traces by hash."""
        aliases = {alias: traces[name] for alias, name in self.aliases}
        return Transcript(self.text, approx_tokens(self.text), Seen(self.steps, self.uncut), aliases)


def lay_out(
    state: DistillState, runtime: Runtime[DistillContext], *, roster: Sequence[Analyst]
) -> DistillState:
    """Pack each family's runs into batches and plan the calls: per batch, one for each group of aspects.

    All aspects of a small family are asked about one by one; where that would take more than
    `tokens_per_run` tokens of prompt per run, several are asked about in one call.
    """
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    reads: list[ReadTask] = []
    seen, runs = Seen(), 0
    for family, analysts in home(state).items():
        aspects = [analyst.name for analyst in roster if analyst.name in analysts and analyst.prompt]
        pool = family_pool(context.library, state["run"], family)
        packed = batches(pool.traces, tokens=context.batch_tokens, share=context.run_tokens)
        words = glossary(pool)
        bench.put(words, family)
        for number, shown in enumerate(packed):
            bench.put(Batch.of(shown), family, str(number))
            seen += shown.seen
        runs += len(pool.traces)
        allowed = context.tokens_per_run * len(pool.traces)
        groups = max(1, min(len(aspects), allowed // max(1, _once(packed, words))))
        reads += [
            ReadTask(
                run=state["run"], round=state["round"], family=family, batch=number, analysts=list(group)
            )
            for number in range(len(packed))
            for group in aspects_in_groups(aspects, groups)
        ]
    runtime.stream_writer({"stage": "lay out", "calls": len(reads), "runs": runs})
    shown_share = {"runs": runs, "steps": seen.steps, "steps_uncut": seen.uncut}
    return {"reads": reads, "reads_sent": 0, "reading": {"calls": len(reads), **shown_share}}


def question(task: ReadTask, shown: Transcript, roster: Sequence[Analyst], bench: Workbench) -> Question:
    """What a reader is asked about a batch."""
    asked: dict[str, Sequence[Finding]] = {}
    for analyst in roster:
        if analyst.name in task["analysts"] and analyst.prompt:
            asked[analyst.prompt] = bench.get(Analysis, task["family"], analyst.name).findings
    words, members = bench.get(Glossary, task["family"]), bench.get(Members, task["family"])
    return reading_question(task["family"], len(members.facts), words, shown, asked)


def _once(packed: Sequence[Transcript], words: Glossary) -> int:
    """About how many tokens of prompt it takes to ask about every batch once."""
    around = count(prompt("read")) + count("\n".join(words.lines)) + ABOUT_THE_QUESTION
    return sum(count(shown.text) + around for shown in packed)
