"""Which tasks of other families a family is told apart from."""

from tests.building import act, run
from trace2skill.mining.task_features import brief
from trace2skill.nodes.pools import choose, siblings

RUNS = [
    run(act("go"), name=f"{family}{at}", task=f"{family} {at % 3}", key=f"{family}{at}").model_copy(
        update={"domain": domain, "family": family}
    )
    for family, domain in (("boil", "lab"), ("melt", "lab"), ("bake", "kitchen"))
    for at in range(9)
]
FAMILY_OF = {trace.hash: trace.family or "" for trace in RUNS}


def test_two_runs_of_each_text_of_the_other_families_in_the_domain() -> None:
    """Not of the own one, and not of another domain."""
    chosen = siblings("boil", choose(map(brief, RUNS), FAMILY_OF)["lab"])
    tasks = {trace.hash: trace.task for trace in RUNS}
    assert {family: sorted(map(tasks.get, runs)) for family, runs in chosen.items()} == {
        "melt": ["melt 0", "melt 0", "melt 1", "melt 1", "melt 2", "melt 2"]
    }


def test_the_order_of_traces_does_not_matter() -> None:
    """What is chosen depends on the set of traces alone."""
    assert choose(map(brief, RUNS[::-1]), FAMILY_OF) == choose(map(brief, RUNS), FAMILY_OF)
