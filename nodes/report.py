"""Records of what a distil run did: parts of the graph's output, and together the API's `Report`."""

from typing import Any

from pydantic import Field

from trace2skill.skillmd.review import ProposedChange
from trace2skill.traces.model import Frozen


class TraceCounts(Frozen):
    """Counts of the input. Every trace read is either a duplicate or new."""

    read: int = 0
    rejected: int = Field(0, description="broken records, skipped")
    skipped_files: int = Field(0, description="files that could not be used at all")
    duplicates: int = Field(0, description="already in the library, or twice in the input")
    new: int = 0
    without_calls: int = Field(0, description="traces read in which no tool is called: perhaps misread")


class Mistake(Frozen):
    """An expected error that ended the run: the class of the exception and its message."""

    error: str
    message: str


class Failure(Frozen):
    """An analyst that failed on a family; the others went on."""

    node: str
    family: str
    analyst: str
    message: str


class LeftOut(Frozen):
    """What is in no skill, and why.

    Either a rule that was taken out of a skill after the critique, or a whole skill with open objections, or
    a family without a usable rule, with what would be enough.
    """

    skill: str = Field(description="empty where nothing of the family stands")
    family: str
    rule: str | None = Field(None, description="the rule's sentence; its claim's id where it held a secret")
    reasons: tuple[str, ...]


class SkillChange(Frozen):
    """What the run did to one skill of the library."""

    name: str
    operation: str = Field(description="add, strengthen, revise, split, leave or retire")
    version: int | None = Field(None, description="the version it stands at; None once retired")
    rules: dict[str, int] = Field(default_factory=dict, description="tier -> number of rules")
    note: str = ""


class Refused(Frozen):
    """A proposed skill that a person has rejected, in this run or in an earlier one."""

    skill: str
    family: str
    reason: str


class Report(Frozen):
    """The account of one distil run."""

    run: str = Field("", description="its id, with which it is resumed")
    traces: TraceCounts = TraceCounts()
    redactions: dict[str, int] = Field(default_factory=dict, description="kind of value -> times replaced")
    held: tuple[str, ...] = Field((), description="skills of merged libraries that wait in quarantine")
    problems: tuple[str, ...] = Field((), description="the first broken records: where, what, how to mend it")
    families: dict[str, int] = Field(default_factory=dict, description="family mined -> its traces")
    joined: dict[str, int] = Field(
        default_factory=dict,
        description="family left as it is -> runs that joined it since its skill was mined, and that did not "
        "move its evidence",
    )
    formed: tuple[str, ...] = Field(
        (), description="domains whose families stood and were formed anew, and why"
    )
    skills: tuple[SkillChange, ...] = ()
    rejected_claims: int = Field(0, description="claims tested and not kept")
    left_out: tuple[LeftOut, ...] = ()
    refused: tuple[Refused, ...] = ()
    waiting: tuple[ProposedChange, ...] = Field(
        (), description="what a person is asked; nothing is saved yet"
    )
    failures: tuple[Failure, ...] = ()
    judging: dict[str, Any] = Field(
        default_factory=dict,
        description="how a model judged the runs without an outcome, by what it said; those taken back",
    )
    reading: dict[str, Any] = Field(
        default_factory=dict,
        description="what a model read, proposed and worded, and what of it code let pass",
    )
    usage: dict[str, Any] = Field(default_factory=dict, description="what its calls took, in all and by node")
    calls_planned: dict[str, Any] = Field(
        default_factory=dict, description="of a dry run: the calls it would make"
    )
    stopped: str = Field(
        "", description="the limit at which no further calls were made; what was done is saved"
    )
    seconds: float = 0.0

    @property
    def up_to_date(self) -> bool:
        """Whether there was nothing to do because the library already rests on exactly these traces."""
        return not (self.families or self.skills or self.failures)

    @property
    def succeeded(self) -> bool:
        """Whether the library was up to date or has skills from the run.

        Also true if runs have joined families that are left as they are, if a person has rejected skills or
        is to review them, and for a dry run.
        """
        decided = bool(self.refused or self.waiting or self.calls_planned or self.joined)
        return self.up_to_date or decided or any(change.version is not None for change in self.skills)


def plain(record: Frozen) -> dict[str, Any]:
    """The record as plain JSON values, the only kind of value in graph state."""
    return record.model_dump(mode="json")
