"""What may be tested against outcomes, and what the decision list says not to do."""

from tests.building import act, run
from tests.mining.pools import lamp_shop
from trace2skill.claims.model import ActionPattern, Avoid, Claim, Compare, Constant, FactTerm, Guard
from trace2skill.mining.analyse import analyse
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.mining.rules import only_if, pitfalls
from trace2skill.traces.model import Trace

SING = ActionPattern(tool="sing")


def payer(number: int, *, sings: bool = False, success: bool = True) -> Trace:
    """A run that pays, and sings before or does not."""
    steps = [act("look", "x"), *([act("sing", "la")] if sings else []), act("pay", "ok")]
    return run(*steps, name=f"{number}-{success}", key=str(number), success=success)


def kept(pool: Pool) -> list[Claim]:
    """What the analyst of rules finds."""
    return [finding.claim for finding in analyse(ROSTER[2], pool).findings]


def test_what_fails_is_to_be_done_only_on_its_condition() -> None:
    """One guard an action, on whatever calls for it: to switch fails where no lamp is known to be off."""
    off = Compare(left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="off"))
    guards = list(only_if(lamp_shop(), policy_of(lamp_shop()).rules))
    assert guards == [Guard(action=ActionPattern(tool="switch"), require=off)]


def test_whatever_changes_something_may_be_one_to_avoid() -> None:
    """Looking aside; which runs sang successfully does not matter."""
    pool = Pool("shop", [payer(at, sings=at % 2 == 0, success=at % 3 == 0) for at in range(12)])
    avoided = [claim.action.tool for claim in pitfalls(pool) if isinstance(claim, Avoid)]
    assert avoided == ["pay", "sing"]


def test_what_failed_runs_alone_did_is_to_be_avoided() -> None:
    """Half of those that fail sing, and none that succeed."""
    runs = [payer(at) for at in range(12)]
    runs += [payer(at, sings=at % 2 == 0, success=False) for at in range(12)]
    assert Avoid(action=SING) in kept(Pool("choir", runs))


def test_what_a_rule_calls_for_is_not_forbidden_altogether() -> None:
    """Failed runs sing although nobody wishes it; three of thirty good runs sang when it was wished."""

    def choir(number: int, wish: str, *, sings: bool, success: bool) -> Trace:
        steps = [act("look", f"Wish: {wish}"), *([act("sing", "la")] if sings else []), act("pay", "ok")]
        return run(*steps, name=f"{number}-{success}", key=str(number), success=success)

    runs = [choir(at, "song" if at < 3 else "peace", sings=at < 3, success=True) for at in range(30)]
    runs += [choir(at, "peace", sings=True, success=False) for at in range(12)]
    assert Avoid(action=SING) not in kept(Pool("choir", runs))


def test_a_number_that_the_task_states_is_a_bound() -> None:
    """Buying above the limit of the task may be a pitfall; so may any action that changes something."""
    runs = [
        run(
            act("look", f"Price: ${price}"),
            act("buy", "ok"),
            name=str(at),
            key=str(at),
            task=f"A lamp, price lower than {limit} dollars",
        )
        for at, (price, limit) in enumerate([(10, 20), (30, 20), (15, 40), (50, 40)])
    ]
    bounds = [claim.require for claim in pitfalls(Pool("shop", runs)) if isinstance(claim, Guard)]
    price, limit = FactTerm(key="price"), FactTerm(key="task.price_lower_than")
    assert Compare(left=price, operator="<=", right=limit) in bounds
