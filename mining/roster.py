"""The analysts: who mines which aspect. Data, so that a user can add one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trace2skill.claims.model import Claim
from trace2skill.mining import codes, effects, milestones, rules, sequences
from trace2skill.mining.pool import Pool

Choices = Callable[[Pool], Iterable[codes.Choice]]
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


def _blind(mine: Miner) -> Choices:
    """What the miner would propose if it did not know how the runs ended."""

    def choices(pool: Pool) -> Iterator[codes.Choice]:
        for claim in mine(pool.blinded):
            yield claim, codes.measured_codes(claim, pool.views)

    return choices


def _rules(pool: Pool) -> Iterator[codes.Choice]:
    yield from _blind(rules.mine)(pool)
    yield from codes.guards_and_pitfalls(pool)


ROSTER: tuple[Analyst, ...] = (
    Analyst("effects", "state transitions", effects.mine, "read_effects"),
    Analyst("sequences", "action sequences", sequences.mine, "read_sequences", _blind(sequences.mine)),
    Analyst("rules", "conditional logic", rules.mine, "read_rules", _rules),
    Analyst("milestones", "goal decomposition", milestones.mine, "read_milestones", _blind(milestones.mine)),
)
