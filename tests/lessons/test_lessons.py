"""Lessons found by hand in real traces, stated as claims and measured.

Each count is what `measure` and `summarise` give; the comments say where a definition differs from a
cruder count of the same lesson.
"""

from collections.abc import Iterable
from pathlib import Path

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Avoid,
    Claim,
    Closing,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Guard,
    Known,
    Never,
    OwnTerm,
    Slot,
)
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Contrast, Lift, Summary, Tier
from trace2skill.evidence.statistics import summarise
from trace2skill.mining.analyse import analyse
from trace2skill.mining.pool import Pool, trace_facts
from trace2skill.mining.roster import ROSTER
from trace2skill.traces.model import Trace
from trace2skill.traces.read import read_traces

MAPS = Path(__file__).resolve().parents[2] / "examples" / "maps"

TRANSFER = ActionPattern(tool="transfer_to_human_agents")
BUY = ActionPattern(tool="click", arguments=(("target", Constant(value="Buy Now")),))
OPTION = ActionPattern(tool="click", arguments=(("target", Slot(name="option", sources=("choices",))),))
HAS_CHOICES = Compare(left=FactTerm(key="choices.count"), operator=">=", right=Constant(value=1))


def summary_of(claim: Claim, traces: Iterable[Trace]) -> Summary:
    """The claim measured over these traces as one family."""
    pool = list(traces)
    facts = {trace.hash: trace_facts(trace, "all") for trace in pool}
    return summarise(claim, list(measure([claim], pool)), facts)


def success(lift: Lift | None) -> tuple[str, str]:
    """Success with the claim held, and without."""
    assert lift is not None
    return f"{lift.with_success}/{lift.with_total}", f"{lift.without_success}/{lift.without_total}"


def data_issues(shared_traces: Path) -> list[Trace]:
    """Telecom runs that are not about phone service (by the marker in the task key, for this test only)."""
    traces = read_traces(shared_traces / "tau2" / "telecom_gpt-4.1.json")
    return [trace for trace in traces if "[service_issue]" not in (trace.task_key or "")]


def test_telecom_last_check_passed_before_closing(shared_traces: Path) -> None:
    """Mobile data and MMS issues: the last speed or MMS check was good when the run ended."""
    excellent = Compare(
        left=FactTerm(key="speed_test_result.label"), operator="=", right=Constant(value="Excellent")
    )
    can_send = Compare(
        left=FactTerm(key="can_send_mms says: Your messaging app can send MMS messages"),
        operator="=",
        right=Constant(value=True),
    )
    claim = Closing(require=AnyOf(parts=(excellent, can_send)))
    assert success(summary_of(claim, data_issues(shared_traces)).lift) == ("6/6", "0/19")


def test_telecom_transfer_without_having_read_data_usage(shared_traces: Path) -> None:
    """Giving up before looking. Here success is told with the pitfall avoided first."""
    claim = Avoid(action=TRANSFER, when=Never(action=ActionPattern(tool="get_data_usage")))
    assert success(summary_of(claim, data_issues(shared_traces)).lift) == ("6/14", "0/11")


def test_airline_retry_after_own_error(shared_traces: Path) -> None:
    """A booking or change called again after its own last call failed: runs in which it errs again."""
    failed = Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True))
    traces = list(read_traces(shared_traces / "tau_bench"))
    effects: list[Contrast] = []
    for tool in ("book_reservation", "update_reservation_flights"):
        effect = summary_of(Avoid(action=ActionPattern(tool=tool), when=failed), traces).step_effect
        assert effect is not None
        effects.append(effect)
    again = (sum(effect.hits for effect in effects), sum(effect.trials for effect in effects))
    fresh = (sum(effect.other_hits for effect in effects), sum(effect.other_trials for effect in effects))
    # A run counts once on each side, however often it retried: 32 of 54 retries, 30 of 74 other calls failed.
    assert again == (12, 24)
    assert fresh == (28, 61)


def webshop(shared_traces: Path) -> list[Trace]:
    """The WebShop runs, read through the mapping that ships with the project."""
    return list(read_traces(shared_traces / "webshop_react", mapping=MAPS / "webshop.toml"))


def test_webshop_options_clicked_before_buying(shared_traces: Path) -> None:
    """Where the item has options: at least one was chosen before the purchase."""
    once = Compare(left=CountTerm(action=OPTION), operator=">=", right=Constant(value=1))
    claim = Guard(action=BUY, require=once, scope=HAS_CHOICES)
    # A click counts when its text is an option that the page offered; invented options do not.
    assert success(summary_of(claim, webshop(shared_traces)).lift) == ("67/159", "0/13")


def test_webshop_price_above_the_limit_bought_anyway(shared_traces: Path) -> None:
    """The price on the page against the limit in the task, both known."""
    limit, price = FactTerm(key="task.price_lower_than"), FactTerm(key="price.low")
    claim = Guard(
        action=BUY,
        require=Compare(left=price, operator="<=", right=limit),
        scope=AllOf(parts=(Known(key="price.low"), Known(key="task.price_lower_than"))),
    )
    # For a price range the lower end is compared, so that one purchase more is within the limit.
    assert success(summary_of(claim, webshop(shared_traces)).lift) == ("86/213", "0/17")


def test_webshop_as_many_options_as_groups(shared_traces: Path) -> None:
    """One click for each group of options."""
    each = Compare(left=CountTerm(action=OPTION), operator=">=", right=FactTerm(key="choices.count"))
    claim = Guard(action=BUY, require=each, scope=HAS_CHOICES)
    assert success(summary_of(claim, webshop(shared_traces)).lift) == ("59/133", "8/39")


def test_webshop_lessons_are_found_without_being_told(shared_traces: Path) -> None:
    """Mining proposes them itself, and their lifts survive false-discovery control."""
    (rules,) = [analyst for analyst in ROSTER if analyst.name == "rules"]
    analysis = analyse(rules, Pool("webshop", webshop(shared_traces)))
    found = [finding for finding in analysis.findings if finding.tier == Tier.MINED]
    guards = [finding.claim for finding in found if isinstance(finding.claim, Guard)]
    bought = [guard for guard in guards if guard.action.arguments == BUY.arguments]
    terms = [str(guard.require) for guard in bought]
    assert any("price_lower_than" in term for term in terms)
    assert any("count" in term and "value=1" in term for term in terms)
    # A choice for each group is less than nine in ten good purchases made: no requirement.
    assert not any("count" in term and "choices.count" in term for term in terms)
