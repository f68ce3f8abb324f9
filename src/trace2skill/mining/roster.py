"""The roster of analysts, one per aspect; it is data, so that users can add their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trace2skill.claims.model import Claim
from trace2skill.mining import effects, milestones, rules, sequences
from trace2skill.mining.pool import CodedClaim, Pool, measured_codes

Choices = Callable[[Pool], Iterable[CodedClaim]]
Miner = Callable[[Pool], Sequence[Claim]]


def mine_nothing(_pool: Pool) -> Sequence[Claim]:
    """The miner of an analyst that works by reading alone."""
    return ()


@dataclass(frozen=True)
class Analyst:
    """One analyst, which proposes claims about one aspect of a pool.

    `mine` proposes the claims. `prompt` is the question on the same aspect for a model that reads the runs:
    the name of a file in `prompts/`, or the text itself; without it no model is asked. `choices` lists,
    without knowledge of outcomes, the claims whose lift may be tested; without it an analyst's claims are
    tested only if they have the same trace set as another's choices. `each_failure` says that the question
    is answered once for each failed run; its prompt is then a file that takes `runs` and `longest`.
    """

    name: str
    aspect: str
    mine: Miner = mine_nothing
    prompt: str | None = None
    choices: Choices | None = None
    each_failure: bool = False


def _coded(choices: Callable[[Pool], Iterable[Claim]]) -> Choices:
    """The same choices, paired with their codes on the pool's views."""

    def coded(pool: Pool) -> Iterator[CodedClaim]:
        for claim in choices(pool):
            yield claim, measured_codes(claim, pool.together)

    return coded


def _blind(mine: Miner) -> Choices:
    """The proposals of a miner that does not see the outcomes."""
    return _coded(lambda pool: mine(pool.blinded))


ROSTER: tuple[Analyst, ...] = (
    Analyst("effects", "state transitions", effects.mine, "read_effects"),
    Analyst("sequences", "action sequences", sequences.mine, "read_sequences", _blind(sequences.mine)),
    Analyst("rules", "conditional logic", rules.mine, "read_rules", _coded(rules.choices)),
    Analyst("milestones", "goal decomposition", milestones.mine, "read_milestones"),
    Analyst("failures", "failure cause", prompt="read_failures", each_failure=True),
)
