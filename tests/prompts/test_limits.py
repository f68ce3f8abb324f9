"""Every limit that code enforces on an answer is told to the model, in the prompt or in the schema."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from tests.proposals.test_synthesis import POOL, RUNS, TOOLS, draft
from trace2skill.llm.question import Question
from trace2skill.proposals import (
    criticism,
    failure_batches,
    failures,
    fidelity,
    outcomes,
    reading,
    synthesis,
    transcript,
)
from trace2skill.proposals.batches import batches, reading_question
from trace2skill.proposals.criticism import critic_question
from trace2skill.proposals.failure_batches import failure_batches as packed_failures
from trace2skill.proposals.failures import FailureAnswer, ReadingWithCauses, failed_runs
from trace2skill.proposals.glossary import glossary
from trace2skill.proposals.outcomes import outcome_question
from trace2skill.proposals.synthesis import Editor, edit_question

WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
NOT_OF_ANSWERS = {
    "reading.MOST_PLACES",  # places of a note that a skill keeps
    "reading.MOST_KEPT",  # notes of all readers that a skill takes at least
    "failure_batches.MOST_FAILED",  # runs in a batch
    "failure_batches.MOST_BESIDE",
    "transcript.LONGEST_SAID",  # text that is shown
    "synthesis.LONGEST_TASK",
    "fidelity.SHORTEST_LIMIT",  # grows with the rule's own sentence; "one or two plain, direct sentences"
}
"""Limits on what is shown or kept, and those that the prompt tells in other words."""


def numbers(question: Question) -> set[int]:
    """Those in the instructions and the question, but for the recorded runs."""
    told = f"{question.system}\n{question.body}".lower()
    return {int(one) for one in re.findall(r"\d+", told)} | {
        WORDS[word] for word in re.findall(r"\w+", told) if word in WORDS
    }


def read(*aspects: str) -> Question:
    """The question about these aspects."""
    shown = batches(RUNS, tokens=10_000, share=2000)[0]
    return reading_question("doors", len(RUNS), glossary(POOL), shown, dict.fromkeys(aspects, ()))


def causes() -> Question:
    """The question about failed runs alone."""
    shown = packed_failures(RUNS, tokens=10_000, share=2000)[0]
    failed = {"read_failures": failed_runs(shown)}
    return reading_question("doors", len(RUNS), glossary(POOL), shown, {}, failed=failed)


TOLD = {
    "reading.LONGEST_NOTE": (read("read_rules"), causes()),
    "reading.SHORTEST_QUOTE": (read("read_rules"), causes()),
    "reading.MOST_CLAIMS": (read("read_rules"),),
    "reading.MOST_NOTES": (read("read_rules"),),
    "transcript.LONGEST_COPY": (read("read_rules"), causes()),
    "synthesis.LONGEST": (edit_question(Editor(draft(), RUNS, TOOLS)),),
    "reading.MOST_FURTHER": (read("read_rules"),),
    "transcript.LONGEST_REASON": (critic_question(draft(), ()),),
    "criticism.MOST": (critic_question(draft(), ()),),
    "outcomes.MOST": (outcome_question(RUNS[0], tokens=10_000, share=2000)[0],),
    "outcomes.SHORTEST": (outcome_question(RUNS[0], tokens=10_000, share=2000)[0],),
}


def limits(module: ModuleType) -> dict[str, tuple[int, ...]]:
    """The limits that a module defines, by name."""
    own = {
        name: value
        for name, value in vars(module).items()
        if re.match(r"(MOST|LONGEST|SHORTEST)", name) and f"\n{name} " in _source(module)
    }
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": tuple(value.values())
        if isinstance(value, dict)
        else (value,)
        for name, value in own.items()
    }


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


MODULES = (reading, failures, failure_batches, transcript, synthesis, fidelity, criticism, outcomes)
LIMITS = {name: values for module in MODULES for name, values in limits(module).items()}


def test_every_limit_is_told_or_said_to_be_none_of_answers() -> None:
    """A new one has to be put in one of the two lists."""
    assert LIMITS.keys() == TOLD.keys() | NOT_OF_ANSWERS
    assert not TOLD.keys() & NOT_OF_ANSWERS


@pytest.mark.parametrize("name", TOLD)
def test_a_limit_stands_in_the_prompt(name: str) -> None:
    """Its number, wherever it applies."""
    for question in TOLD[name]:
        assert set(LIMITS[name]) <= numbers(question)


def test_limits_grow_with_the_aspects_asked_about_at_once() -> None:
    """As code counts them."""
    told = numbers(read("read_rules", "read_effects", "read_sequences"))
    assert {3 * reading.MOST_CLAIMS, 3 * reading.MOST_NOTES} <= told


@pytest.mark.parametrize(
    "schema",
    [
        reading.ReadingAnswer,
        ReadingWithCauses,
        FailureAnswer,
        synthesis.Edit,
        criticism.Criticism,
        outcomes.OutcomeAnswer,
    ],
    ids=lambda schema: schema.__name__,
)
def test_the_schema_tells_the_rest(schema: type[BaseModel]) -> None:
    """How long texts and lists may be: what pydantic refuses stands in the JSON schema that is sent."""
    told = str(schema.model_json_schema())
    assert "maxLength" in told
    assert "maxItems" in told
