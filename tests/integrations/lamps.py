"""A lamp shop as LangChain tools, and the skill that its runs teach."""

from collections.abc import Mapping
from typing import Any

from langchain_core.tools import BaseTool, ToolException, tool

from trace2skill.claims.model import ActionPattern, Claim, Compare, Constant, FactTerm, Rule, Slot
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import ArgumentUse, FactSource, Policy
from trace2skill.evidence.rows import Summary, Support, Tier
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.traces.model import Actor


def state(value: str, quantifier: Any = "exists") -> Compare:
    """Some lamp, or every lamp, is in this state."""
    return Compare(
        left=FactTerm(key="lamp.state"), operator="=", right=Constant(value=value), quantifier=quantifier
    )


LAMP = Slot(name="lamp", sources=("lamp.lamp_id",))
SWITCH = ActionPattern(tool="switch", arguments=(("lamp", LAMP),))
TIGHTEN = ActionPattern(tool="tighten_bulb", actor=Actor.USER)
LOOK = ActionPattern(
    tool="get_lamp", arguments=(("lamp", Slot(name="lamp_id", sources=("customer.lamp_ids",))),)
)
WHO = ActionPattern(tool="get_customer", arguments=(("customer", Slot(name="customer", sources=("task",))),))
BULB = ActionPattern(tool="check_bulb", actor=Actor.USER)
LOOSE = Compare(left=FactTerm(key="bulb"), operator="=", right=Constant(value="loose"))

POLICY = Policy(
    rules=(Rule(when=state("off"), then=SWITCH),),
    readings=(
        FactSource(key="lamp.state", by=LOOK),
        FactSource(key="lamp.lamp_id", by=LOOK),
        FactSource(key="customer.lamp_ids", by=WHO),
    ),
    goals=(state("on", "all"),),
    uses=(ArgumentUse(tool="get_customer", name="customer", look=r"C\d+"),),
)
ASKING = POLICY.model_copy(
    update={
        "rules": (Rule(when=LOOSE, then=TIGHTEN), *POLICY.rules),
        "readings": (*POLICY.readings, FactSource(key="bulb", by=BULB)),
    }
)
"""The user looks at the bulb and tightens it."""


def lamps(policy: Policy = POLICY, *claims: Claim) -> Skill:
    """A skill of this policy, with its rules and these claims as what it shows."""
    summary = Summary(support=Support(opportunities=9, held=9, traces=9, tasks=9, sources=1))
    rules = tuple(
        SkillRule(
            name=f"C{number}",
            module=ModuleName.CONDITIONS,
            text="A rule.",
            finding=Finding(family="lamps", aspect="a", claim=claim, summary=summary, tier=Tier.MINED),
        )
        for number, claim in enumerate([*policy.rules, *claims], 1)
    )
    return Skill(
        name="light-lamps",
        title="Light lamps",
        description="A lamp of the customer is dark.",
        family="lamps",
        policy=policy,
        rules=rules,
    )


class Shop:
    """A shop with lamps, behind three tools; `calls` is what was called, with the last argument."""

    def __init__(self, lamps: Mapping[str, str], *, broken: bool = False) -> None:
        self.lamps = dict(lamps)
        self.broken = broken
        self.calls: list[str] = []

    @property
    def tools(self) -> list[BaseTool]:
        """The shop's tools."""

        @tool
        def get_customer(customer: str) -> dict[str, Any]:
            """Look a customer up."""
            self.calls.append(f"get_customer {customer}")
            return {"customer_id": customer, "lamp_ids": list(self.lamps)}

        @tool
        def get_lamp(lamp: str) -> dict[str, str]:
            """Look at a lamp."""
            self.calls.append(f"get_lamp {lamp}")
            return {"lamp_id": lamp, "state": self.lamps[lamp]}

        @tool
        def switch(lamp: str) -> str:
            """Switch a lamp."""
            self.calls.append(f"switch {lamp}")
            if self.lamps[lamp] == "fused":
                raise ToolException("the fuse blew")
            if not self.broken:
                self.lamps[lamp] = "on" if self.lamps[lamp] == "off" else "off"
            return f"The lamp {lamp} was switched."

        return [get_customer, get_lamp, switch]
