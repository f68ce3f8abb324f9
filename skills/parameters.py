"""A skill's parameters: the slots of its rules, and where past runs found their values."""

from collections.abc import Iterable

from trace2skill.claims.model import Claim, Slot
from trace2skill.skills.action_wording import stands_for_itself
from trace2skill.skills.anatomy import slots_of
from trace2skill.skills.marks import code, italic
from trace2skill.skills.model import Parameter
from trace2skill.skills.predicate_wording import listed

_SHOWN_SOURCES = 3
_SPOKEN = {"task": "stated in the task", "utterance": "told by the user"}


def parameters(claims: Iterable[Claim]) -> tuple[Parameter, ...]:
    """One parameter per slot that no fact is named like, sorted; its sources in the order of the claims.

    No example value is shown: a value that fills a slot belongs to one run, and may be personal.
    """
    sources: dict[str, dict[str, None]] = {}
    for claim in claims:
        for slot in filter(_needs_words, slots_of(claim)):
            sources.setdefault(slot.name, {}).update(dict.fromkeys(slot.sources))
    return tuple(
        Parameter(name=name, description=_describe(name, list(found)), sources=tuple(found))
        for name, found in sorted(sources.items())
    )


def _needs_words(slot: Slot) -> bool:
    """Whether a rule shows the slot by its name alone, and no fact of that name was read."""
    read = any(source.rpartition(".")[2] == slot.name for source in slot.sources)
    return stands_for_itself(slot.name, slot) and not read


def _describe(name: str, sources: list[str]) -> str:
    shown = sources[:_SHOWN_SOURCES]
    where = [words for source, words in _SPOKEN.items() if source in shown]
    if read := [_reading(source) for source in shown if source not in _SPOKEN]:
        where.append(f"read as {listed(read, 'or')}")
    return f"{listed(where, 'or')}." if where else f"the {' '.join(name.replace('_', ' ').split())}."


def _reading(source: str) -> str:
    tool, says, _ = source.partition(" says: ")
    return f"a word of {code(tool)}'s reply" if says else italic(source)
