"""The frozen records that go into a library and come out of it."""

from typing import Literal, NamedTuple

from pydantic import Field

from trace2skill.claims.model import Claim
from trace2skill.errors import LibraryError
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Row, Tier, TraceFacts
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal
from trace2skill.store.approvals import Origin
from trace2skill.store.increments import Joined
from trace2skill.store.validations import Validation
from trace2skill.traces.model import Frozen

Operation = Literal["add", "strengthen", "revise", "split", "rollback", "import", "forget"]
Status = Literal["active", "rejected", "retired", "withheld"]
"""A rejected skill did harm when it was validated: it is kept and, unless asked for, not offered. A withheld
one is not as it was saved or approved: it is never used."""
Kind = Literal["skill", "rule"]


class StaleLibraryError(LibraryError):
    """The library changed since it was read; the caller must read it again and decide again."""


class StoredSkill(Frozen):
    """One version of a skill, and the operation that made it.

    `status` is the skill's, not the version's; `validation` is the verdict that holds for the version.
    """

    skill: Skill
    version: int = Field(ge=1)
    operation: Operation
    status: Status = "active"
    note: str = ""
    validation: Validation | None = Field(None, exclude_if=lambda validation: validation is None)
    origin: Origin | None = Field(
        None, exclude_if=lambda origin: origin is None, description="of what was taken from outside"
    )
    withheld: str = Field("", exclude_if=lambda reason: not reason, description="why it must not be used")


class Outline(NamedTuple):
    """A skill's current version without its rules, of which `tiers` has one each; `traces` counts."""

    name: str
    title: str
    family: str
    description: str
    version: int
    status: Status
    validation: Validation | None
    tiers: tuple[str, ...]
    traces: int


class Change(Frozen):
    """A new version of a skill."""

    skill: Skill
    operation: Operation
    note: str = ""
    origin: Origin | None = Field(None, description="of what is imported, which is approved by being saved")


class Rejection(Frozen):
    """A finding that was tested and left out, and why; kept so that the tests made can be counted."""

    finding: Finding
    reason: str


class Commit(Frozen):
    """Everything that one run saves, completely or not at all.

    Rows replace earlier rows of the same (claim, trace), facts those of the same trace, rejections those of
    the same claim and family. Every row's claim must be in `claims` or already stored.
    """

    run: str = Field("", description="whose staged traces to keep; a commit ends the run's stage either way")
    once: bool = Field(
        False, description="a run killed just after its commit repeats it: change nothing then"
    )
    changes: tuple[Change, ...] = ()
    rows: tuple[Row, ...] = ()
    row_file: str | None = Field(None, description="a `RowFile` with further rows, too many to hold")
    claims: tuple[Claim, ...] = ()
    facts: tuple[TraceFacts, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    refused: tuple[Refusal, ...] = Field((), description="what a person rejected at the run's review")
    validations: tuple[Validation, ...] = ()
    keep_traces: bool = Field(True, description="False: the run's citations will not resolve to steps")
    retire: tuple[str, ...] = Field((), description="names of skills to retire")
    released: tuple[tuple[str, str], ...] = Field((), description="name and digest of what leaves quarantine")
    accepted: tuple[str, ...] = Field((), description="withheld skills that a person approved as they are")
    joined: tuple[Joined, ...] = Field((), description="kept runs that no skill rests on yet")
    settled: tuple[str, ...] = Field(
        (), description="runs that had joined and need not be told apart any more"
    )

    @property
    def only_joins(self) -> bool:
        """Whether runs join families and nothing else happens, so that nothing is found by other words."""
        further = (
            self.changes
            or self.retire
            or self.validations
            or self.refused
            or self.facts
            or self.released
            or self.accepted
        )
        return bool(self.joined) and not further


class Staged(Frozen):
    """Sorted hashes of staged traces: those new to the library, and those it already keeps."""

    new: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class Hit(Frozen):
    """A skill or rule found for a query, with its text.

    `score`, at most 1, can be compared between queries: for a skill it is that of an `Offer`, for a rule the
    cosine. Ranks count from 1; None means that this ranking did not list it.
    """

    skill: str
    version: int
    rule: str | None = None
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    text: str


class Wanted(Frozen):
    """Which skills may be offered, and at most how many (`k`).

    All `tags` are required. With a `status` of "rejected" or None, skills are offered too that did harm when
    they were validated. `min_tier` is the least tier of a skill's best rule, `min_tasks` the fewest
    distinct tasks that one of its rules must rest on. `threshold` is the least score of an offer; None for 0.
    """

    k: int = Field(1, ge=1)
    tags: tuple[str, ...] = ()
    min_tier: Tier | None = None
    min_tasks: int = Field(0, ge=0)
    status: Status | None = "active"
    threshold: float | None = None


class Offer(Frozen):
    """A skill ranked for a task. `score`, at most 1, can be compared between tasks; by default 0 is enough.

    Ranks count from 1; None means that this ranking did not list it. `rules` names the skill's rules, those
    nearest to the task first; empty for a skill that is only considered.
    """

    skill: str
    version: int
    score: float
    tier: Tier
    tasks: int
    dense_rank: int | None = None
    lexical_rank: int | None = None
    rules: tuple[str, ...] = ()


class Retrieval(Frozen):
    """The answer for one task: the skills offered, best first, or none and why.

    `considered` are the best-ranked skills, offered or not. `threshold` is the score that an offer needs;
    None if there was nothing to rank. `generation` is the library's; None if it could not be read.
    """

    query: str
    generation: int | None = None
    offered: tuple[Offer, ...] = ()
    considered: tuple[Offer, ...] = ()
    threshold: float | None = None
    reason: str

    @property
    def abstained(self) -> bool:
        """Whether nothing is offered; `reason` says why."""
        return not self.offered


class SkillUse(Frozen):
    """One line of a receipt, or feedback on it. `skill` is None if none was offered."""

    receipt: str
    event: Literal["offered", "used", "abstained", "helped", "harmed"]
    skill: str | None = None
    version: int | None = None
    score: float | None = None
    note: str = ""


class Forgotten(Frozen):
    """What forgetting a trace changed.

    `skills` are the skills that changed, `dropped` the rules that lost their support (`skill/rule`),
    `retired` the skills left without rules. `erased` is False if another process was still reading: the
    write-ahead log has old pages until that process closes the library.
    """

    trace: str
    rows: int = 0
    skills: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    erased: bool = True
