"""What is held of traces."""

import pytest

from tests.building import act, run
from trace2skill.facts.belief import belief_of
from trace2skill.facts.held import Held, forget
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace


def test_the_first_results_are_held_until_they_are_forgotten() -> None:
    """Of three, two; the third is made each time."""
    made: list[str] = []

    def make(trace: Trace) -> str:
        made.append(trace.id)
        return trace.id

    held = Held(make, most=2)
    one, two, three = (run(name=name) for name in ("one", "two", "three"))
    for trace in (one, two, three, one, two, three):
        assert held.of(trace) == trace.id
    assert made == ["one", "two", "three", "three"]
    forget()
    held.of(three)
    held.of(three)
    assert made[4:] == ["three"]


def test_a_belief_that_others_share_reads_no_further_step() -> None:
    """Its parts belong to other vocabularies too."""
    trace = run(act("look", "The door is open."))
    belief = belief_of(trace, Vocabulary.of(["look says: The door is open"]))
    with pytest.raises(TypeError, match="whole trace"):
        belief.read(trace.steps[0])


def test_a_tool_named_like_choices_is_believed_as_a_whole() -> None:
    """A new choice withdraws what the sentences of such a tool said before."""
    said = "choices.menu says: All is well"
    trace = run(act("choices.menu", "All is well"), act("pick", "Size [S] [M]\n[Buy]"))
    readings = belief_of(trace, Vocabulary.of([said])).timeline(said)[""]
    assert [(reading.step, reading.value) for reading in readings] == [(0, True), (1, None)]
