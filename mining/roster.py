"""The analysts: who mines which aspect. Data, so that a user can add one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trace2skill.claims.model import Claim
from trace2skill.mining import codes, effects, milestones, rules, sequences
from trace2skill.mining.pool import Pool

Choices = Callable[[Pool], Iterable[codes.Choice]]
Miner = Callable[[Pool], Sequence[Claim]]


@dataclass(frozen=True)
class Analyst:
    """One analyst: `mine` proposes claims about its aspect of a pool; code measures them.

    `prompt` names the prompt file with which a model reads the same aspect, once one is configured.
    `choices` lists, blind to outcomes, what `mine` may choose from by looking at them, so that the choice
    can be tested honestly; what it proposes without looking needs no listing.
    """

    name: str
    aspect: str
    mine: Miner
    prompt: str | None = None
    choices: Choices | None = None


ROSTER: tuple[Analyst, ...] = (
    Analyst("effects", "state transitions", effects.mine),
    Analyst("sequences", "action sequences", sequences.mine),
    Analyst("rules", "conditional logic", rules.mine, choices=codes.guards_and_pitfalls),
    Analyst("milestones", "goal decomposition", milestones.mine),
)
