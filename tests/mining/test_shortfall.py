"""One line that says why nothing stands, and what would be enough."""

import pytest

from tests.skills.findings import agent, fact, finding
from trace2skill.claims.model import Rule
from trace2skill.evidence.rows import Contrast, Practice, Selection, Tier, TraceFacts
from trace2skill.mining.judge import Rejected
from trace2skill.mining.shortfall import shortfall
from trace2skill.traces.model import Label

UNLOCK = Rule(when=fact("door.status", "locked"), then=agent("unlock"))


def runs(good: int, tasks: int, failed: int = 0) -> list[TraceFacts]:
    """Good runs, evenly on so many tasks, and failed ones."""
    labels = [Label.SUCCESS] * good + [Label.FAILURE] * failed
    return [
        TraceFacts(trace=f"t{at}", stratum=f"task {at % tasks}", family="doors", source="s", label=label)
        for at, label in enumerate(labels)
    ]


def tried(kept: int, otherwise: int, among: int = 4) -> list[Rejected]:
    """A rule that `kept` good runs followed, and that `otherwise` other runs did not call for."""
    association = Contrast(hits=kept, trials=kept, other_hits=0, other_trials=otherwise)
    found = finding(UNLOCK, tier=Tier.HYPOTHESIS, association=association)
    summary = found.summary.model_copy(update={"practice": Practice(due=kept, kept=kept, tasks=kept)})
    update = {"summary": summary, "selection": Selection(among=among, stability=1.0)}
    return [Rejected(finding=found.model_copy(update=update), reason="could well be chance")]


@pytest.mark.parametrize(
    ("facts", "rejected", "line"),
    [
        (
            runs(0, 1, failed=8),
            [],
            "0 good runs on 0 tasks, of 8 runs in all; there is nothing to imitate; about 10 good runs on 3 "
            "or more tasks per action are needed",
        ),
        (
            runs(8, 8),
            [],
            "8 good runs on 8 tasks; no action recurs on enough of them; about 10 good runs on 3 or more "
            "tasks per action are needed",
        ),
        (
            runs(8, 5),
            tried(2, 2),
            "8 good runs on 5 tasks; no condition can be told from chance (the likeliest rule: could well be "
            "chance); about 10 good runs on 3 or more tasks per action are needed",
        ),
        (
            runs(12, 6),
            tried(12, 0),
            "12 good runs on 6 tasks; no condition can be told from chance (the likeliest rule: could well "
            "be chance); good runs in which the action is not called for are needed",
        ),
        (
            runs(12, 6, failed=1),
            tried(1, 11),
            "12 good runs on 6 tasks, of 13 runs in all; no condition can be told from chance (the likeliest "
            "rule: could well be chance); about 24 good runs on 3 or more tasks per action are needed",
        ),
    ],
)
def test_the_line_fits_the_case(facts: list[TraceFacts], rejected: list[Rejected], line: str) -> None:
    """No good run; nothing in common; few runs; no contrast; too little of it."""
    assert shortfall(facts, rejected) == line
