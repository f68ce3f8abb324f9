"""Literal claims and findings of a telecom and a shop domain, shared by the tests of making skills."""

from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Guard,
    Known,
    Milestones,
    Operator,
    OwnTerm,
    Quantifier,
    Rule,
    Scalar,
    Slot,
)
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Contrast, Lift, LiftTest, Practice, Summary, Support, Tier
from trace2skill.traces.model import Actor

HELPS = Lift(
    with_success=12, with_total=14, without_success=2, without_total=12, informative=5, odds_ratio=8.14,
    p=0.0031, pooled_p=0.001, enough=True,
)  # fmt: skip
HARMS = HELPS.model_copy(update={"with_success": 2, "without_success": 11, "odds_ratio": 0.12})


def user(tool: str, **constants: Scalar) -> ActionPattern:
    """A user's action with fixed arguments."""
    return ActionPattern(
        tool=tool, actor=Actor.USER, arguments=tuple((n, Constant(value=v)) for n, v in constants.items())
    )


def agent(tool: str, **constants: Scalar) -> ActionPattern:
    """An agent's action with fixed arguments."""
    return ActionPattern(tool=tool, arguments=tuple((n, Constant(value=v)) for n, v in constants.items()))


def fact(key: str, value: Scalar, operator: Operator = "=", quantifier: Quantifier = "exists") -> Compare:
    """A fact compared with a constant."""
    right = Constant(value=value)
    return Compare(left=FactTerm(key=key), operator=operator, right=right, quantifier=quantifier)


CUSTOMER = Slot(name="customer_id", sources=("customer.customer_id",))
PAYMENT = ActionPattern(tool="send_payment_request", arguments=(("customer_id", CUSTOMER),))

ORDER = Milestones(actions=(agent("get_customer_by_phone"), PAYMENT, user("run_speed_test")))
PAY = Rule(when=fact("line.status", "Suspended"), then=PAYMENT)
AIRPLANE = Rule(when=fact("status_bar", "Airplane Mode"), then=user("toggle_airplane_mode"))
KNOWN_USAGE = Guard(action=agent("transfer_to_human_agents"), require=Known(key="line.data_used_gb"))
RETRY = Avoid(
    action=agent("book_reservation"),
    when=Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True)),
)
TOGGLE = Effect(
    action=user("toggle_airplane_mode"),
    before=fact("toggle_airplane_mode says: Airplane Mode is now {1}", "ON"),
    after=fact("toggle_airplane_mode says: Airplane Mode is now {1}", "OFF"),
)
EXCELLENT = Closing(require=fact("speed_test_result.label", "Excellent"))


def finding(  # noqa: PLR0917 - everything a finding varies in
    claim: Claim,
    held: int = 12,
    opportunities: int = 14,
    tasks: int = 7,
    tier: Tier = Tier.MINED,
    lift: Lift | None = None,
    association: Contrast | None = None,
    step_effect: Contrast | None = None,
    protected: bool = False,
    at: tuple[Citation, ...] = (),
    broken_at: tuple[Citation, ...] = (),
) -> Finding:
    """A finding of the telecom family, due in ten good runs; a lift that is given was tested with others."""
    practice = Practice(due=min(10, opportunities), kept=min(9, held), tasks=tasks if held else 0)
    return Finding(
        family="mobile data",
        aspect="rules",
        claim=claim,
        summary=Summary(
            support=Support(opportunities=opportunities, held=held, due=10, traces=9, tasks=tasks, sources=1),
            practice=practice,
            lift=lift,
            association=association,
            step_effect=step_effect,
        ),
        tier=tier,
        test=LiftTest(p=lift.p, q=min(1.0, 5 * lift.p), among=5, tasks=7) if lift and lift.p else None,
        protected=protected,
        stop_condition=isinstance(claim, Closing),
        held_at=at,
        broken_at=broken_at,
    )
