"""What a compiled tool must be told: slots that no observation fills, as a pydantic schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, create_model

from trace2skill.claims.model import Scalar, Slot
from trace2skill.claims.traversal import TASK, fact_keys
from trace2skill.evidence.policy import ArgumentUse
from trace2skill.policies.knowledge import policy_of
from trace2skill.skills.compose import parameters
from trace2skill.skills.model import Skill

SPOKEN = frozenset({"task", "utterance"})
Schemas = Mapping[str, Mapping[str, Any]]
_TYPES: Mapping[object, type] = {"string": str, "integer": int, "number": float, "boolean": bool}


OWN = frozenset({"task", "dry_run", "run", "answers"})
"""Arguments that every compiled tool may have, or has."""


def parameter(slot: str) -> str:
    """The name of a slot as an argument: one that pydantic takes and that stands for nothing else."""
    name = re.sub(r"\W", "_", slot).strip("_") or "value"
    return f"{name}_" if name in OWN or hasattr(BaseModel, name) else name


class _Place(NamedTuple):
    tool: str
    argument: str
    slot: Slot


class ToolParameters:
    """The parameters of a skill: one for each slot whose value past runs took from what they were told.

    A slot that an observation can fill as well is optional; one that only observations fill is none.

    Args:
        skill: The skill.
        schemas: For each tool the JSON Schema of its arguments, by name.
    """

    def __init__(self, skill: Skill, schemas: Schemas) -> None:
        self._skill = skill
        self._policy = policy_of(skill)
        self._schemas = schemas
        self._places = tuple(self._told())
        whens = [*(rule.when for rule in self._policy.rules), *self._policy.goals]
        self.needs_task = any(key.partition(".")[0] == TASK for when in whens for key in fact_keys(when))

    def schema(self, title: str, further: Mapping[str, Any]) -> type[BaseModel]:
        """The arguments of a tool of that title: the parameters, the task where it decides, and `further`."""
        fields: dict[str, Any] = {}
        if self.needs_task:
            fields["task"] = (str, Field(description="The task, in the user's own words."))
        for place in self._places:
            name = parameter(place.slot.name)
            if name not in fields:
                kind, words = self._type(place), self._description(place)
                needed = SPOKEN.issuperset(place.slot.sources)
                fields[name] = (
                    (kind, Field(description=words))
                    if needed
                    else (kind | None, Field(None, description=words))
                )
        return create_model(title, **fields, **further)

    def task(self, given: Mapping[str, Any]) -> str:
        """The text of the task that the arguments tell."""
        names = dict.fromkeys(parameter(place.slot.name) for place in self._places)
        lines = [f"{name}: {given[name]}" for name in names if given.get(name) is not None]
        return "\n".join(filter(None, [str(given.get("task") or ""), *lines]))

    def bound(self, given: Mapping[str, Any]) -> Skill:
        """The skill with its told slots bound to the values given."""
        uses = {(use.tool, use.name): use for use in self._policy.uses}
        for tool, argument, slot in self._places:
            value: Scalar = given.get(parameter(slot.name))
            if value is not None:
                uses[tool, argument] = ArgumentUse(tool=tool, name=argument, values=(value,))
        policy = self._policy.model_copy(update={"uses": tuple(uses.values())})
        return self._skill.model_copy(update={"policy": policy})

    def _told(self) -> Iterator[_Place]:
        policy = self._policy
        patterns = [*(reading.by for reading in policy.readings), *(rule.then for rule in policy.rules)]
        for pattern in dict.fromkeys([*patterns, *policy.last]):
            for argument, value in pattern.arguments:
                if isinstance(value, Slot) and not SPOKEN.isdisjoint(value.sources):
                    yield _Place(pattern.tool, argument, value)

    def _type(self, place: _Place) -> type:
        declared = self._schemas.get(place.tool, {}).get(place.argument, {}).get("type")
        if declared in _TYPES:
            return _TYPES[declared]
        kinds = {type(value) for value in self._use(place).values}
        return kinds.pop() if len(kinds) == 1 and kinds <= {str, int, float, bool} else str

    def _description(self, place: _Place) -> str:
        known = {each.name: each for each in (*parameters(self._policy.rules), *self._skill.parameters)}
        name = place.slot.name
        words = known[name].description if name in known else f"The {name.replace('_', ' ')}."
        use = self._use(place)
        seen = ", ".join(map(str, use.values))
        if seen:
            return f"{words} In past runs: {seen}."
        return f"{words} In past runs it looked like {use.look}" if use.look else words

    def _use(self, place: _Place) -> ArgumentUse:
        found = (use for use in self._policy.uses if (use.tool, use.name) == (place.tool, place.argument))
        return next(found, ArgumentUse(tool=place.tool, name=place.argument))
