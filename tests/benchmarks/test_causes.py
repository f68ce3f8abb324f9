"""Why a run failed: told from what it did and what its rules knew, in the executor's lamp shop."""

from benchmarks.held_out.causes import Fault, fault
from tests.policies.test_executor import OFF, POLICY, SWITCH, Shop, skill
from trace2skill.claims.model import ActionPattern, Compare, Constant, FactTerm, Rule
from trace2skill.evidence.policy import Policy
from trace2skill.policies.executor import execute
from trace2skill.policies.knowledge import Knowledge
from trace2skill.traces.model import Action, Actor

FUSE = ActionPattern(tool="fuse")


def call(tool: str, **arguments: str) -> tuple[Actor, Action]:
    """A call that the task needs."""
    return Actor.AGENT, Action(tool=tool, arguments=dict(arguments))


def found(
    policy: Policy,
    world: dict[str, str],
    *gold: tuple[Actor, Action],
    needs_approval: frozenset[str] = frozenset(),
) -> Fault:
    """The fault of a run by this policy that needed these calls."""
    skills = [skill(policy)]
    run = execute(skills, Shop(world), needs_approval=needs_approval)
    return fault(run, Knowledge.of(skills), gold, frozenset({"note"}))


def ruled(*rules: Rule) -> Policy:
    """The shop's policy with these rules."""
    return POLICY.model_copy(update={"rules": rules})


def test_a_call_that_no_rule_makes_is_a_missing_rule() -> None:
    """Nobody taught it about fuses."""
    assert found(POLICY, {"L001": "off"}, call("fuse")).cause == "missing rule"


def test_another_argument_is_a_wrong_slot() -> None:
    """The wrong lamp was dark."""
    told = found(POLICY, {"L001": "off", "L002": "on"}, call("switch", lamp="L002"))
    assert (told.cause, told.tool) == ("wrong slot", "switch")


def test_a_condition_on_what_was_never_read_is_an_unread_fact() -> None:
    """Nothing reads the voltage."""
    low = Compare(left=FactTerm(key="voltage"), operator="=", right=Constant(value="low"))
    told = found(ruled(Rule(when=low, then=FUSE)), {"L001": "off"}, call("fuse"))
    assert (told.cause, told.detail) == ("unread fact", "voltage")


def test_a_condition_that_never_held_is_too_narrow() -> None:
    """The lamp was on all the time."""
    assert found(POLICY, {"L001": "on"}, call("switch", lamp="L001")).cause == "condition too narrow"


def test_what_stood_against_a_call_is_a_veto() -> None:
    """It needed approval."""
    needed = call("switch", lamp="L001")
    assert found(POLICY, {"L001": "off"}, needed, needs_approval=frozenset({"switch"})).cause == "vetoed"


def test_a_run_that_ended_before_a_call_that_was_due_is_a_wrong_order() -> None:
    """It closed first."""
    close = ActionPattern(tool="close")
    policy = ruled(Rule(when=OFF, then=close), Rule(when=OFF, then=SWITCH)).model_copy(
        update={"last": (close,)}
    )
    assert found(policy, {"L001": "off"}, call("switch", lamp="L001")).cause == "wrong order"


def test_all_calls_in_another_order_are_a_wrong_order() -> None:
    """The fuse came after the switch, and the note does not matter."""
    policy = ruled(Rule(when=OFF, then=SWITCH), Rule(when=OFF, then=FUSE))
    both = found(policy, {"L001": "off"}, call("fuse"), call("switch", lamp="L001", note="x"))
    assert (both.cause, both.tool) == ("wrong order", "switch")


def test_a_call_too_many_is_a_needless_call() -> None:
    """The switch would have done."""
    policy = ruled(Rule(when=OFF, then=FUSE), Rule(when=OFF, then=SWITCH))
    told = found(policy, {"L001": "off"}, call("switch", lamp="L001"))
    assert (told.cause, told.tool) == ("needless call", "fuse")
