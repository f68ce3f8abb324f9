"""The skill model: measured claims with a goal, a trigger, parameters, a worked example and prose."""

import hashlib
from enum import StrEnum

import orjson
from pydantic import Field

from trace2skill.claims.model import ActionPattern
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Citation, Tier
from trace2skill.traces.model import Frozen


class ModuleName(StrEnum):
    """The parts of a playbook, in the order in which a reader needs them."""

    GOAL = "goal"
    LOOK = "look"
    PROCEDURE = "procedure"
    CONDITIONS = "conditions"
    PITFALLS = "pitfalls"

    @property
    def heading(self) -> str:
        """The part's heading in SKILL.md."""
        return _HEADINGS[self]


_HEADINGS = {
    ModuleName.GOAL: "Done when",
    ModuleName.LOOK: "First look",
    ModuleName.PROCEDURE: "Steps",
    ModuleName.CONDITIONS: "Decide",
    ModuleName.PITFALLS: "Beware",
}


class SkillRule(Frozen):
    """One sentence of a skill and the finding it rests on.

    `finding` is None only for a `cited` note, which has no numbers: the words of a person, or of a model that
    quoted the steps in `quotes`.
    """

    name: str = Field(pattern=r"^[A-Z][0-9]+$", description="short name within the skill, e.g. `P1`")
    module: ModuleName
    text: str
    finding: Finding | None = None
    quotes: tuple[Citation, ...] = ()

    @property
    def tier(self) -> Tier:
        """The tier its evidence earned."""
        return self.finding.tier if self.finding else Tier.CITED


class Parameter(Frozen):
    """A value the skill needs, and where past runs found it."""

    name: str
    description: str
    sources: tuple[str, ...] = ()
    example: str = ""


class ExampleStep(Frozen):
    """One line of the worked example."""

    citation: Citation
    actor: str
    action: str
    observation: str = ""


class RunChanges(Frozen):
    """What so many good runs changed: for each change the places of the actions that it is, () if of none."""

    done: tuple[tuple[int, ...], ...]
    runs: int


class Changes(Frozen):
    """The changes of good runs, by the actions that a skill knows."""

    actions: tuple[ActionPattern, ...] = ()
    runs: tuple[RunChanges, ...] = ()


class Skill(Frozen):
    """A skill as it is stored, shown and exported, without its version, which the library keeps."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)
    title: str
    description: str = Field(max_length=1024, description="what it does and when to use it")
    goal: str = ""
    when_to_use: str = ""
    family: str
    domain: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    rules: tuple[SkillRule, ...] = ()
    background: tuple[SkillRule, ...] = Field(
        (), description="measured, and nothing that a reader of the rules lacks: what actions change"
    )
    example: tuple[ExampleStep, ...] = ()
    example_task: str = ""
    traces: tuple[str, ...] = Field((), description="hashes of the traces it was distilled from, sorted")
    policy: Policy = Field(Policy(), description="what an executor follows; empty in skills without one")
    changes: Changes = Field(
        Changes(), description="what good runs changed", exclude_if=lambda changes: not changes.runs
    )
    human_text: str = Field("", description="Markdown body of an imported, human-written skill")

    def module(self, name: ModuleName) -> tuple[SkillRule, ...]:
        """The rules of one module, in order."""
        return tuple(rule for rule in self.rules if rule.module == name)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        body = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(body).hexdigest()

    @property
    def hash(self) -> str:
        """Content hash, 16 hex digits: two versions with equal hashes are the same skill."""
        return self.digest[:16]
