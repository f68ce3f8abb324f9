"""The prompts of a reading, put together so that their common part comes first."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from trace2skill.claims.model import Claim
from trace2skill.claims.notation import claim_text
from trace2skill.dialogue.glossary import Glossary
from trace2skill.dialogue.reading import MOST_CLAIMS, MOST_NOTES
from trace2skill.dialogue.transcript import Transcript
from trace2skill.dialogue.untrusted import fence
from trace2skill.models.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.skills.finding import Finding
from trace2skill.skills.strength import strength

MOST_FINDINGS = 8
"""Findings shown per aspect, the strongest."""


def reading_question(
    family: str, runs: int, words: Glossary, shown: Transcript, asked: Mapping[str, Sequence[Finding]]
) -> Question:
    """The question about one batch.

    Args:
        family: Whose runs.
        runs: How many the family has.
        words: What claims may name.
        shown: The batch.
        asked: Each aspect's prompt, with what code has found about it.
    """
    mark = fence(shown.text)
    common = prompt(
        "read_runs",
        runs=str(runs),
        glossary="\n".join(words.lines),
        fence=mark,
        transcript=shown.text.strip(),
    )
    body = prompt(
        "read_question",
        aspects="\n\n".join(aspect_text(name) for name in asked),
        findings="\n".join(_found(asked)) or "(nothing)",
        claims=str(MOST_CLAIMS * len(asked)),
        notes=str(MOST_NOTES * len(asked)),
    )
    return Question(system=prompt("read"), common=common, body=body, node="read", subject=family)


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
