"""The skills that the tests of reading and writing skills share."""

from trace2skill.claims.model import ActionPattern, Avoid, Compare, Constant, FactTerm, Rule
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Contrast, Lift, Practice, Selection, Summary, Support, Tier
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule

ROAMING_OFF = Compare(left=FactTerm(key="line.roaming"), operator="=", right=Constant(value=False))


def roaming_rule(*, held: int = 12, tier: Tier = Tier.MINED) -> Finding:
    """When roaming is off, enable it: `held` of 14 good runs did, and one of five that failed."""
    return Finding(
        family="mobile data",
        aspect="rules",
        claim=Rule(when=ROAMING_OFF, then=ActionPattern(tool="enable_roaming")),
        summary=Summary(
            support=Support(opportunities=20, held=held, due=19, traces=held, tasks=8, sources=1),
            practice=Practice(due=14, kept=held, tasks=8, failed_due=5, failed_kept=1),
            association=Contrast(hits=held, trials=14, other_hits=1, other_trials=70, ratio=60.0, p=1.5e-9),
            lift=Lift(
                with_success=7, with_total=8, without_success=1, without_total=4, informative=3, needed=6
            ),
        ),
        tier=tier,
        selection=Selection(among=6, stability=0.925),
        held_at=tuple(Citation(f"{number:016x}", number) for number in range(1, 6)),
        broken_at=(Citation("00000000000000ff", 7),),
    )


def transfer_pitfall() -> Finding:
    """Never transfer to a human: a hypothesis."""
    return Finding(
        family="mobile data",
        aspect="sequences",
        claim=Avoid(action=ActionPattern(tool="transfer_to_human")),
        summary=Summary(
            support=Support(opportunities=10, held=7, due=10, traces=7, tasks=7, sources=1),
            practice=Practice(due=4, kept=4, tasks=4, failed_due=6, failed_kept=3),
        ),
        tier=Tier.HYPOTHESIS,
        broken_at=(Citation("00000000000000aa", 3),),
    )


def roaming_skill(**changes: object) -> Skill:
    """A small skill with a measured rule, a measured pitfall and a note."""
    skill = Skill(
        name="mobile-data-roaming",
        title="Restore mobile data abroad",
        description="Restore mobile data for a customer who travels. Use when data does not work abroad.",
        goal="The customer's mobile data works again.",
        when_to_use="A customer reports that mobile data does not work abroad.",
        family="mobile data",
        domain="telecom",
        parameters=(
            Parameter(
                name="customer_id",
                description="The customer id, stated in the task or read as customer.customer_id.",
                sources=("task", "customer.customer_id"),
                example="C1001",
            ),
        ),
        rules=(
            SkillRule(
                name="C1",
                module=ModuleName.CONDITIONS,
                text="When `line.roaming` is false: call `enable_roaming`.",
                finding=roaming_rule(),
            ),
            SkillRule(
                name="X1",
                module=ModuleName.PITFALLS,
                text="Do not call `transfer_to_human`.",
                finding=transfer_pitfall(),
            ),
            SkillRule(
                name="N1",
                module=ModuleName.PITFALLS,
                text="Ask before changing a plan.",
                quotes=(Citation("00000000000000bb", 2),),
            ),
        ),
        example_task="My data is gone since I landed.",
        example=(
            ExampleStep(
                citation=Citation("0000000000000001", 0),
                actor="agent",
                action='get_line(line_id="L1")',
                observation='{"roaming": false}',
            ),
            ExampleStep(
                citation=Citation("0000000000000001", 1),
                actor="agent",
                action='enable_roaming(line_id="L1")',
                observation="ok",
            ),
        ),
        traces=("0000000000000001", "0000000000000002"),
    )
    return skill.model_copy(update=changes)
