"""Why a measured rule is no finding."""

import pytest

from tests.skills.findings import agent, fact, finding
from trace2skill.claims.model import Rule
from trace2skill.evidence.rows import Contrast, Practice, Selection, Tier
from trace2skill.mining.wanting import wanting


@pytest.mark.parametrize(
    ("among", "reason"),
    [(30, ""), (194, "some 19 conditions would fit as well by chance")],
)
def test_of_so_many_conditions_one_must_fit_so_few_runs(among: int, reason: str) -> None:
    """Three runs of six that did it, and all three had the reading: among 194 readings some 19 do as much."""
    unlock = Rule(when=fact("door.status", "locked"), then=agent("unlock"))
    apart = Contrast(hits=3, trials=3, other_hits=0, other_trials=3, p=0.1)
    found = finding(unlock, tier=Tier.HYPOTHESIS, association=apart)
    summary = found.summary.model_copy(update={"practice": Practice(due=3, kept=3, tasks=3)})
    update = {"summary": summary, "selection": Selection(among=among, stability=0.7)}
    assert wanting(found.model_copy(update=update), few=False) == reason


@pytest.mark.parametrize(
    ("others", "reason"),
    [(2, ""), (11, "a word of the task that 5 of the 16 runs that did it have")],
)
def test_a_word_of_the_task_must_tell_more_than_half(others: int, reason: str) -> None:
    """However sure it is that those who say that they are angry return something; most who do are not."""
    returns = Rule(when=fact("task", "angry"), then=agent("return_items"))
    told = Contrast(hits=5, trials=5, other_hits=others, other_trials=67, p=0.0003)
    found = finding(returns, tier=Tier.MINED, association=told)
    assert wanting(found, few=False) == reason
