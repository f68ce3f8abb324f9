"""A finding: a claim with its evidence and its tier, from one analyst over one family."""

from pydantic import Field

from trace2skill.claims.evidence import Citation, Contrast, LiftTest, Selection, Summary, Tier
from trace2skill.claims.model import Claim, claim_id
from trace2skill.traces.model import Frozen


class Finding(Frozen):
    """A claim with its evidence, made by one analyst (aspect) over one family."""

    family: str
    aspect: str
    claim: Claim
    summary: Summary
    tier: Tier
    test: LiftTest | None = Field(None, description="the test of its lift; None: not tested")
    held_out: Summary | None = Field(None, description="the same claim on tasks kept from mining")
    selection: Selection | None = Field(None, description="how a mined rule's condition was chosen")
    residual: Contrast | None = Field(
        None, description="its association where no other rule for the same action was due"
    )
    protected: bool = Field(False, description="a refusal or guard of a good run: never pruned for low lift")
    stop_condition: bool = Field(False, description="near-tautology: about the end of the run, not a cause")
    held_at: tuple[Citation, ...] = Field((), description="example citations, at most a handful")
    broken_at: tuple[Citation, ...] = ()

    @property
    def id(self) -> str:
        """The claim's id."""
        return claim_id(self.claim)

    @property
    def q(self) -> float | None:
        """The adjusted p of its lift; None if that was not tested."""
        return self.test.q if self.test else None
