"""What can be wrong with a skill, as records."""

from enum import StrEnum

from pydantic import Field

from trace2skill.traces.model import Frozen


class ObjectionKind(StrEnum):
    """The checks that a skill must pass; the last three are a critic's, who is a model."""

    UNMEASURED = "unmeasured"
    NUMBER = "number"
    CONTRADICTION = "contradiction"
    INSTANCE = "instance"
    SECRET = "secret"  # noqa: S105 - the name of a check
    PLANTED = "planted"
    SIZE = "size"
    NAME = "name"
    DESCRIPTION = "description"
    WORDING = "wording"
    REDUNDANT = "redundant"
    IRRELEVANT = "irrelevant"


class Objection(Frozen):
    """One thing wrong with a skill. The message never repeats a secret."""

    rule: str | None = Field(description="name of the rule; None where it is about the skill")
    kind: ObjectionKind
    message: str
