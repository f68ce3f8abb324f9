"""The analysts: who mines which aspect. Data, so that a user can add one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trace2skill.claims.model import Claim
from trace2skill.mining import effects, milestones, rules, sequences
from trace2skill.mining.pool import CodedClaim, Pool, measured_codes

Choices = Callable[[Pool], Iterable[CodedClaim]]
Miner = Callable[[Pool], Sequence[Claim]]


@dataclass(frozen=True)
class Analyst:
    """One analyst: `mine` proposes claims about its aspect of a pool; code measures them.

    `prompt` is the question about the same aspect for a model that reads the runs: the name of a file in
    `prompts/`, or the question itself; without it no model is asked.
    `choices` lists, blind to outcomes, the claims whose lift may be tested; without it an analyst's claims
    are tested only where they split the runs as another's choices do.
    """

    name: str
    aspect: str
    mine: Miner
    prompt: str | None = None
    choices: Choices | None = None


def _coded(choices: Callable[[Pool], Iterable[Claim]]) -> Choices:
    """Choices with their codes on the pool's views."""

    def coded(pool: Pool) -> Iterator[CodedClaim]:
        for claim in choices(pool):
            yield claim, measured_codes(claim, pool.views)

    return coded


def _blind(mine: Miner) -> Choices:
    """What the miner would propose if it did not know how the runs ended."""
    return _coded(lambda pool: mine(pool.blinded))


ROSTER: tuple[Analyst, ...] = (
    Analyst("effects", "state transitions", effects.mine, "read_effects"),
    Analyst("sequences", "action sequences", sequences.mine, "read_sequences", _blind(sequences.mine)),
    Analyst("rules", "conditional logic", rules.mine, "read_rules", _coded(rules.choices)),
    Analyst("milestones", "goal decomposition", milestones.mine, "read_milestones"),
)
