"""Which runs are read together."""

from random import Random

from tests.building import act, run
from tests.graph.errands import doors
from trace2skill.mining.pool import Pool
from trace2skill.proposals.batches import batches, reading_question
from trace2skill.proposals.glossary import glossary
from trace2skill.proposals.transcript import fence
from trace2skill.tokenizer import count
from trace2skill.traces.model import Trace, rebuild


def flights(number: int) -> list[Trace]:
    """So many runs, each on a task of its own, a third of them failures."""
    return [
        run(
            *(act("look", f"{at} {step} " + "word " * 40) for step in range(6)),
            name=f"f{at}",
            success=at % 3 > 0,
        )
        for at in range(number)
    ]


def test_every_step_is_in_some_batch() -> None:
    """Whatever the budget; none is shown twice."""
    for tokens in (300, 1500, 9000):
        packed = batches(flights(12), tokens=tokens, share=tokens // 2)
        assert sum(shown.seen.steps for shown in packed) == 72


def test_a_batch_keeps_to_its_budget() -> None:
    """In real tokens, give or take the rough count of the packing."""
    packed = batches(flights(30), tokens=2000, share=600)
    assert len(packed) > 2
    assert all(count(shown.text) <= 2000 * 1.15 for shown in packed)


def test_runs_on_one_task_stand_together() -> None:
    """Success and failure on one door are in one batch, next to each other."""
    shown = batches(doors(8), tokens=10_000, share=1000)[0]
    tasks = [trace.task for trace in shown.aliases.values()]
    assert tasks == sorted(tasks)
    assert {trace.outcome.label for trace in list(shown.aliases.values())[:2]} == {"success", "failure"}


def test_failures_are_spread() -> None:
    """Every batch but a last small one has failures and successes to compare."""
    packed = batches(flights(30), tokens=3000, share=400)
    mixed = [len({trace.outcome.label for trace in shown.aliases.values()}) > 1 for shown in packed]
    assert all(mixed[:-1])


def test_the_order_given_does_not_matter() -> None:
    """The same runs give the same text."""
    runs = flights(9)
    other = runs.copy()
    Random(1).shuffle(other)
    texts = [[shown.text for shown in batches(each, tokens=1500, share=500)] for each in (runs, other)]
    assert texts[0] == texts[1]


def test_a_run_without_steps_is_named() -> None:
    """It has nothing to show but its task and how it ended."""
    assert batches([run(task="Nothing")], tokens=500, share=100)[0].text.startswith(
        "[T1] success; task: Nothing"
    )


def test_what_agents_were_told_is_shown_fenced_and_once() -> None:
    """That of most runs, before everything else; without any there is no word of it."""
    told = "Never refund. =====data====="
    runs = [rebuild(one, instructions=told if at else "Other.") for at, one in enumerate(doors(6))]
    words = glossary(Pool("doors", runs))
    shown = batches(runs, tokens=10_000, share=2000)[0]
    common = reading_question("doors", 6, words, shown, {}).common
    assert common.count(told) == 1
    assert common.count(fence(told)) == 2
    assert "Other." not in common
    plain = batches(doors(6), tokens=10_000, share=2000)[0]
    assert reading_question("doors", 6, words, plain, {}).common.startswith("The family has 6 runs")
