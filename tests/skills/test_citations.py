"""Citations resolved: the cited step, the one before it, and an honest word when it is gone."""

import pytest

from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import Citation
from trace2skill.skills.citations import citations_text, cited_steps, cut_middle
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome, Trace

TRACE = Trace(
    id="run 1",
    task="My data is gone.",
    steps=(
        Step(index=0, actor=Actor.USER, text="Help!"),
        Step(
            index=1,
            action=Action(tool="get_line", arguments={"line_id": "L1"}),
            observation={"roaming": False},
            outcome=StepOutcome.OK,
        ),
        Step(index=2, thought="It is off.", action=Action(tool="enable_roaming"), observation="x" * 1000),
    ),
    outcome=Outcome(label=Label.SUCCESS),
)


def load(trace: str) -> Trace:
    """A library that holds one trace."""
    return {TRACE.hash: TRACE}[trace]


def rule(*places: tuple[str, int]) -> SkillRule:
    """A note that quotes these steps."""
    quotes = tuple(Citation(trace, step) for trace, step in places)
    return SkillRule(name="N1", module=ModuleName.PROCEDURE, text="Enable it.", quotes=quotes)


def test_a_citation_brings_the_step_before_it() -> None:
    """One by default."""
    (cited,) = cited_steps(rule((TRACE.hash, 2)), load)
    assert cited.step == TRACE.steps[2]
    assert cited.before == (TRACE.steps[1],)
    assert (cited.role, cited.task, cited.outcome) == ("quoted", "My data is gone.", Label.SUCCESS)


@pytest.mark.parametrize(("step", "around", "before"), [(0, 1, 0), (2, 0, 0), (2, 5, 2)])
def test_as_many_steps_before_as_there_are(step: int, around: int, before: int) -> None:
    """Never more than asked for, never before the start."""
    (cited,) = cited_steps(rule((TRACE.hash, step)), load, around=around)
    assert len(cited.before) == before


def test_a_step_that_is_not_there_is_said() -> None:
    """The others still resolve."""
    gone, there = cited_steps(rule((TRACE.hash, 9), (TRACE.hash, 0)), load)
    assert gone.missing == "the trace has no step 9, only 3 steps"
    assert there.step == TRACE.steps[0]


def test_a_forgotten_trace_is_said() -> None:
    """Whether the loader knows it by a missing key or by an error of the library."""

    def refuse(trace: str) -> Trace:
        raise LibraryError("no such trace")

    for loader in (load, refuse):
        (cited,) = cited_steps(rule(("feed", 1)), loader)
        assert cited.missing == "the library no longer holds this trace"


def test_the_text_shows_actor_action_and_both_ends_of_a_long_observation() -> None:
    """The cited step is marked, the cut is counted."""
    note = rule((TRACE.hash, 2))
    assert citations_text(note, cited_steps(note, load), limit=20) == (
        "N1 [cited] Enable it.\n"
        "\n"
        f"Quoted at {TRACE.hash}#2 (run ended: success)\n"
        "  task: My data is gone.\n"
        "   #1 agent (ok)\n"
        '       did: get_line(line_id="L1")\n'
        '       saw: {"roaming":false}\n'
        " > #2 agent (unknown)\n"
        "       thought: It is off.\n"
        "       did: enable_roaming()\n"
        "       saw: xxxxxxxxxx [... 980 characters cut ...] xxxxxxxxxx\n"
    )


def test_a_rule_without_citations_says_so() -> None:
    """An empty answer would look like a fault."""
    assert "cites no step" in citations_text(rule(), [])


def test_terminal_escapes_are_shown_not_obeyed() -> None:
    """A trace cannot recolour or clear the terminal."""
    trace = Trace(id="t", steps=(Step(index=0, text="\x1b[2Jgone"),))
    note = rule((trace.hash, 0))
    assert "\\u001b[2Jgone" in citations_text(note, cited_steps(note, lambda _: trace))


def test_only_a_cut_that_saves_something_is_made() -> None:
    """Both ends stay; a text hardly over the limit stays whole."""
    assert cut_middle("abcde", 4) == "abcde"
    assert cut_middle("ab" + "-" * 60 + "yz", 4) == "ab [... 60 characters cut ...] yz"
