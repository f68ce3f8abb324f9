"""Conditional logic: the decision list, what may not be done otherwise, and how arguments are written."""

from collections.abc import Iterator

from trace2skill.claims.model import Claim
from trace2skill.mining.looks import written_so
from trace2skill.mining.pitfalls import bounds, only_if, pitfalls
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.skills.logic import united


def mine(pool: Pool) -> list[Claim]:
    """The rules that the executor follows too, what to do only so, and how to write arguments.

    Where several reasons call for one action they are proposed as one rule besides: a reader needs one line.
    """
    rules = policy_of(pool).rules
    return [*rules, *united(rules), *only_if(pool, rules), *bounds(pool), *written_so(pool)]


def choices(pool: Pool) -> Iterator[Claim]:
    """What may be tested against outcomes: nothing here is chosen by how runs ended."""
    yield from pitfalls(pool)
