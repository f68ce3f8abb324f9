"""Which runs are read together, and the prompts of that reading."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest

import orjson

from trace2skill.claims.model import Claim
from trace2skill.claims.notation import claim_text
from trace2skill.evidence.finding import Finding, strength
from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.failures import FAILED
from trace2skill.proposals.glossary import Glossary
from trace2skill.proposals.reading import (
    LONGEST_NOTE,
    MOST_CLAIMS,
    MOST_FURTHER,
    MOST_NOTES,
    SHORTEST_QUOTE,
)
from trace2skill.proposals.transcript import LONGEST_COPY, Transcript, fence
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.tokenizer import count
from trace2skill.traces.model import Label, Trace
from trace2skill.wording.escape import visible

SAMPLED, WHOLE, MOST_CHARACTERS = 3, 1_000_000, 40_000


def batches(
    traces: Iterable[Trace], *, tokens: int, share: int, most_failed: int | None = None
) -> list[Transcript]:
    """All steps of all runs in as few transcripts as the order allows.

    Runs on one task that ended differently stand together, and every transcript gets its part of those that
    failed, so that they can be contrasted. The order depends on the runs alone.

    Args:
        traces: Runs of one family.
        tokens: Most tokens of a transcript.
        share: Tokens above which the long texts of one run are cut.
        most_failed: Most failed runs in a transcript.
    """
    runs = sorted(traces, key=lambda trace: trace.hash)
    scale = density(runs)
    packer = _Packer(int(tokens / scale), int(min(share, tokens) / scale), most_failed)
    for trace in _contrasted(runs):
        packer.put(trace)
    packer.close()
    return packer.packed


def density(traces: Sequence[Trace]) -> float:
    """The ratio of real tokens to the rough count in a sample of the runs; at least 1."""
    sample = Transcript()
    for trace in traces[:SAMPLED]:
        sample.add(trace, WHOLE, WHOLE)
    text = sample.text[:MOST_CHARACTERS]
    return max(1.0, count(text) / approx_tokens(text)) if text else 1.0


class _Packer:
    """Fills one transcript after the other."""

    def __init__(self, tokens: int, share: int, most_failed: int | None) -> None:
        self.packed: list[Transcript] = []
        self._current = Transcript()
        self._tokens = tokens
        self._share = share
        self._most_failed = most_failed

    def put(self, trace: Trace) -> None:
        """Add a run to the open transcript if it fits, else to a new one, or to several if it is long."""
        room = self._tokens - self._current.tokens
        if (
            self._current.aliases
            and self._admits(trace)
            and self._current.add_whole(trace, self._share, room)
        ):
            return
        self.close()
        start = 0
        while (start := self._current.add(trace, self._share, self._tokens, start)) < len(trace.steps):
            self.close()

    def _admits(self, trace: Trace) -> bool:
        """Whether the open transcript may have another run of this outcome."""
        if self._most_failed is None or trace.outcome.label not in FAILED:
            return True
        failed = sum(other.outcome.label in FAILED for other in self._current.aliases.values())
        return failed < self._most_failed

    def close(self) -> None:
        """Close the open transcript, unless it is empty."""
        if self._current.aliases:
            self.packed.append(self._current)
            self._current = Transcript()


def _contrasted(traces: Sequence[Trace]) -> Iterator[Trace]:
    """Tasks with both outcomes first, the rest mixed so that failures are spread evenly."""
    by_task: defaultdict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        by_task[trace.stratum].append(trace)
    contrasts = [runs for _, runs in sorted(by_task.items()) if len({run.outcome.label for run in runs}) > 1]
    rest = [run for _, runs in sorted(by_task.items()) if runs not in contrasts for run in runs]
    return chain(chain.from_iterable(contrasts), _mixed(rest))


def _mixed(runs: Sequence[Trace]) -> Iterator[Trace]:
    good = [run for run in runs if run.outcome.label is Label.SUCCESS]
    other = [run for run in runs if run.outcome.label is not Label.SUCCESS]
    few, many = sorted((good, other), key=len)
    if not few:
        yield from many
        return
    each = -(-len(many) // len(few))
    for one, some in zip_longest(few, (many[at : at + each] for at in range(0, len(many), each))):
        yield from some or ()
        if one is not None:
            yield one


LONGEST_INSTRUCTIONS = 24_000
"""Characters of a policy or system prompt that a reader is shown."""

MOST_FINDINGS = 8
"""Findings shown per aspect, the strongest."""


def reading_question(  # noqa: PLR0913 - what a reader is shown, and what it is asked
    family: str,
    runs: int,
    words: Glossary,
    shown: Transcript,
    asked: Mapping[str, Sequence[Finding]],
    *,
    failed: Mapping[str, Sequence[str]] | None = None,
) -> Question:
    """The question about one batch.

    Args:
        family: Whose runs.
        runs: How many the family has.
        words: What claims may name.
        shown: The batch.
        asked: Each aspect's prompt, with what code has found about it.
        failed: The prompt of each aspect that is asked about run by run, with the aliases of the runs.
    """
    mark = fence(shown.text)
    common = prompt(
        "read_runs",
        runs=str(runs),
        instructions=_instructions(shown.aliases.values()),
        glossary="\n".join(words.lines),
        fence=mark,
        transcript=shown.text.strip(),
    )
    parts = [_about_all(asked)] if asked else []
    parts += [_about_each(name, aliases) for name, aliases in (failed or {}).items()]
    return Question(
        system=reader_instructions(), common=common, body="\n\n".join(parts), node="read", subject=family
    )


def reader_instructions() -> str:
    """What every reader is told, whatever it reads."""
    return prompt("read", shortest=str(SHORTEST_QUOTE), copied=str(LONGEST_COPY))


def _about_all(asked: Mapping[str, Sequence[Finding]]) -> str:
    return prompt(
        "read_question",
        aspects="\n\n".join(aspect_text(name) for name in asked),
        findings="\n".join(_found(asked)) or "(nothing)",
        claims=str(MOST_CLAIMS * len(asked)),
        notes=str(MOST_NOTES * len(asked)),
        longest=str(LONGEST_NOTE),
        further=str(MOST_FURTHER),
    )


def _about_each(name: str, aliases: Sequence[str]) -> str:
    return prompt(name, runs=", ".join(aliases), longest=str(LONGEST_NOTE))


def _instructions(runs: Iterable[Trace]) -> str:
    """What most of these agents were told, fenced; it is context for the reader, and no order to it."""
    told = Counter(run.instructions for run in runs if run.instructions)
    if not told:
        return ""
    text = min(told, key=lambda each: (-told[each], each))
    if len(text) > LONGEST_INSTRUCTIONS:
        text = f"{text[:LONGEST_INSTRUCTIONS].rsplit(maxsplit=1)[0]} [...]"
    return prompt("read_instructions", fence=fence(text), text=visible(text).strip()) + "\n\n"


def aspect_text(name: str) -> str:
    """The question about an aspect: a file of `prompts/` by its name, or the question itself."""
    return name.strip() if " " in name.strip() else prompt(name)


def finding_text(claim: Claim) -> str:
    """A claim on one line of JSON, as an answer would write it."""
    return orjson.dumps(claim_text(claim)).decode()


def _found(asked: Mapping[str, Iterable[Finding]]) -> Iterable[str]:
    for findings in asked.values():
        for finding in sorted(findings, key=strength)[:MOST_FINDINGS]:
            yield f"- {finding_text(finding.claim)}  ({_counted(finding)})"


def _counted(finding: Finding) -> str:
    support, lift = finding.summary.support, finding.summary.lift
    text = f"held {support.held} of {support.opportunities} times, {support.tasks} tasks"
    if lift and lift.with_total and lift.without_total:
        text += (
            f"; success {lift.with_success}/{lift.with_total} with it, "
            f"{lift.without_success}/{lift.without_total} without"
        )
    return text
