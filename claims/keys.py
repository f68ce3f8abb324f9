"""Which fact keys a claim or predicate reads, and what they are about."""

from collections.abc import Iterator

from pydantic import BaseModel

from trace2skill.claims.model import FactTerm, Known, SizeTerm, Slot, Unknown
from trace2skill.facts.templates import SAYS
from trace2skill.traces.model import Actor

TASK = "task"
"""The key under which the task's text can be compared: which words are in it, which entity it names."""

SAID = {"user.said": Actor.USER, "agent.said": Actor.AGENT}
"""Keys of what an actor said last, in lower case: a text that conditions can match."""


def fact_keys(node: BaseModel) -> Iterator[str]:
    """Every fact key that occurs anywhere in a claim, predicate or pattern (with repetitions)."""
    if isinstance(node, FactTerm | Known | Unknown | SizeTerm):
        yield node.key
    if isinstance(node, Slot):
        yield from node.sources
    for _, value in node:
        yield from _inside(value)


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from fact_keys(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def entity_type(key: str) -> str:
    """`line.status` -> `line`; world facts and sentences have none."""
    return "" if SAYS in key else key.partition(".")[0]
