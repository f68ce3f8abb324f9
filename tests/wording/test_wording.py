"""Claims as English, and the evidence line."""

import pytest

from tests.skills.findings import (
    AIRPLANE,
    EXCELLENT,
    HARMS,
    HELPS,
    KNOWN_USAGE,
    ORDER,
    PAY,
    PAYMENT,
    RETRY,
    TOGGLE,
    agent,
    fact,
    finding,
    user,
)
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentTerm,
    Avoid,
    Claim,
    Closing,
    Combined,
    Compare,
    Constant,
    CountTerm,
    Effect,
    FactTerm,
    Guard,
    Known,
    Like,
    Never,
    OwnTerm,
    Rule,
    Sequence,
    SizeTerm,
    Slot,
    Unknown,
)
from trace2skill.evidence.rows import Contrast, Lift, Tier
from trace2skill.wording.claims import numbers, sentence, statement
from trace2skill.wording.escape import bare, prose

BUY = agent("click", element="Buy Now")
CLICK = ActionPattern(tool="click", arguments=(("element", Anything()),))
PRICE, LIMIT = FactTerm(key="item.price"), FactTerm(key="task.price_lower_than")
STATUS_BAR = FactTerm(key="status_bar")
NO_SIGNAL = Constant(value="No Signal")

CASES: dict[str, tuple[Claim, str]] = {
    "rule": (
        PAY,
        "When some line has *status = Suspended*: call `send_payment_request(customer_id)`.",
    ),
    "the user acts": (
        AIRPLANE,
        "When *status_bar = Airplane Mode*: ask the user to run `toggle_airplane_mode`.",
    ),
    "conditions of one entity share it": (
        Rule(
            when=AllOf(
                parts=(
                    fact("line.status", "Suspended"),
                    fact("bill.status", "Overdue"),
                    fact("line.data_used_gb", 5.0, ">="),
                )
            ),
            then=agent("resume_line"),
        ),
        "When some line has *status = Suspended* and *data_used_gb ≥ 5*, "
        "and some bill has *status = Overdue*: call `resume_line`.",
    ),
    "list membership": (
        Rule(
            when=Compare(left=NO_SIGNAL, operator="in", right=STATUS_BAR),
            then=user("set_mode", mode="4g_5g_preferred"),
        ),
        'When *status_bar* includes *No Signal*: ask the user to run `set_mode(mode = "4g_5g_preferred")`.',
    ),
    "consent": (
        Rule(when=fact("user.consents", True), then=agent("cancel")),
        "When the user has just agreed: call `cancel`.",
    ),
    "guard": (
        KNOWN_USAGE,
        "Before calling `transfer_to_human_agents`, make sure that *line.data_used_gb* is known.",
    ),
    "guard with a scope": (
        Guard(
            action=BUY,
            require=Compare(left=PRICE, operator="<=", right=LIMIT),
            scope=Known(key="task.price_lower_than"),
        ),
        'When the task states *price lower than*, before calling `click(element = "Buy Now")`, '
        "make sure that the latest item has *price* at most the task's *price lower than*.",
    ),
    "counts": (
        Guard(
            action=BUY,
            require=Compare(left=CountTerm(action=CLICK), operator=">=", right=SizeTerm(key="choices")),
        ),
        'Before calling `click(element = "Buy Now")`, make sure that '
        "the number of `click(element)` calls so far is at least the number of *choices*.",
    ),
    "arguments and arithmetic": (
        Guard(
            action=agent("refuel"),
            require=Compare(
                left=ArgumentTerm(name="gb"),
                operator="<",
                right=Combined(operator="*", left=FactTerm(key="plan.limit"), right=Constant(value=2)),
            ),
        ),
        "Before calling `refuel`, make sure that "
        "its argument `gb` is below the product of *plan.limit* and 2.",
    ),
    "never and unknown": (
        Guard(
            action=agent("pay"),
            require=AllOf(parts=(Never(action=user("reboot")), Unknown(key="line.status"))),
        ),
        "Before calling `pay`, make sure that the user has not run `reboot` yet "
        "and *line.status* is not known yet.",
    ),
    "avoid a retry": (RETRY, "Do not call `book_reservation` when its latest call failed."),
    "avoid always": (Avoid(action=agent("cancel")), "Do not call `cancel`."),
    "avoid by history": (
        Avoid(
            action=agent("*"),
            when=AllOf(
                parts=(
                    fact("last.outcome", "error"),
                    Compare(left=OwnTerm(attribute="calls"), operator=">", right=Constant(value=2)),
                )
            ),
        ),
        "Do not call any tool when the last call failed and it has been called more than twice.",
    ),
    "effect turns": (
        TOGGLE,
        "`toggle_airplane_mode`, run by the user, "
        "turns *Airplane Mode is now ON* into *Airplane Mode is now OFF*.",
    ),
    "effect adds": (
        Effect(
            action=agent("lock"),
            before=Compare(left=NO_SIGNAL, operator="not in", right=STATUS_BAR),
            after=Compare(left=NO_SIGNAL, operator="in", right=STATUS_BAR),
        ),
        "`lock` adds *No Signal* to *status_bar*.",
    ),
    "effect says": (
        Effect(action=agent("open"), after=fact("open says: The {object} is now open", True)),
        "After `open`, it says *The {object} is now open*.",
    ),
    "effect under a condition": (
        Effect(
            action=agent("resume_line"),
            before=fact("bill.status", "Paid"),
            after=fact("line.status", "Active", quantifier="last"),
        ),
        "When some bill has *status = Paid*: after `resume_line`, the latest line has *status = Active*.",
    ),
    "sequence": (
        Sequence(actions=(agent("search"), CLICK, BUY), gap=3),
        'Call `search`, then `click(element)`, then `click(element = "Buy Now")`, '
        "each at most 3 actions after the one before.",
    ),
    "sequence with two actors": (
        Sequence(actions=(PAYMENT, user("pay"), user("reboot"), agent("resume_line")), gap=1),
        "Call `send_payment_request(customer_id)`, then ask the user to run `pay`, "
        "then `reboot`, then call `resume_line`, directly after one another.",
    ),
    "milestones": (
        ORDER,
        "In this order: call `get_customer_by_phone` and `send_payment_request(customer_id)`; "
        "ask the user to run `run_speed_test`.",
    ),
    "closing": (EXCELLENT, "Close only when *speed_test_result.label = Excellent*."),
    "closing with a scope and a choice": (
        Closing(
            require=AnyOf(
                parts=(fact("line.status", "Active", quantifier="all"), fact("note", "^ok", "matches"))
            ),
            scope=fact("line.roaming", False, "!=", "last"),
        ),
        "When the latest line has *roaming ≠ false*, close only when "
        "every line has *status = Active* or *note* matches `^ok`.",
    ),
    "values told, stated and of a look": (
        Rule(
            when=fact("last.tool", "search"),
            then=ActionPattern(
                tool="book",
                arguments=(
                    ("phone", Slot(name="phone", sources=("utterance", "task"))),
                    ("flight", Like(name="flight", pattern="[A-Z]{3}")),
                ),
            ),
        ),
        "When the last call was `search`: call `book(phone, flight)`.",
    ),
    "values of facts by other names": (
        Rule(
            when=fact("order.status", "pending"),
            then=ActionPattern(
                tool="cancel",
                arguments=(
                    ("item", Slot(name="item", sources=("order.item_ids",))),
                    ("pay_back", Slot(name="pay_back", sources=("order.card", "task"))),
                ),
            ),
        ),
        "When some order has *status = pending*: "
        "call `cancel(item = one of order.item_ids, pay_back = order.card)`.",
    ),
    "free text is an argument by its name": (
        Rule(
            when=fact("sim.locked", True),
            then=ActionPattern(tool="transfer", arguments=(("summary", Anything()),)),
        ),
        "When some sim has *locked = true*: call `transfer(summary)`.",
    ),
    "either of several reasons": (
        Rule(when=AnyOf(parts=(fact("mode", "2g"), fact("mode", "3g"))), then=user("reset")),
        "When *mode = 2g* or *mode = 3g*: ask the user to run `reset`.",
    ),
    "the entity that the task names": (
        Rule(
            when=AllOf(
                parts=(
                    Compare(left=FactTerm(key="line.phone"), operator="in", right=FactTerm(key="task")),
                    fact("line.status", "Active"),
                )
            ),
            then=agent("refuel"),
        ),
        "When the line whose *phone* the task names has *status = Active*: call `refuel`.",
    ),
    "a word of the task": (
        Rule(
            when=Compare(left=Constant(value="abroad"), operator="in", right=FactTerm(key="task")),
            then=agent("enable_roaming"),
        ),
        "When the task says *abroad*: call `enable_roaming`.",
    ),
    "foreign text cannot break out": (
        Rule(when=fact("note", "a `b` *c*\n# d <b>"), then=agent("we`ird")),
        "When *note = a \\`b\\` \\*c\\* # d \\<b>*: call ``we`ird``.",
    ),
}


@pytest.mark.parametrize(("claim", "text"), CASES.values(), ids=list(CASES))
def test_a_claim_reads_as_english(claim: Claim, text: str) -> None:
    """Every kind of claim, term, operator and quantifier has a sentence."""
    assert sentence(claim) == text


@pytest.mark.parametrize("claim", [claim for claim, _ in CASES.values()], ids=list(CASES))
def test_a_sentence_is_markdown_already(claim: Claim) -> None:
    """The Markdown writer changes nothing in a sentence: its spans are closed, all else is escaped."""
    assert prose(sentence(claim)) == sentence(claim)


def test_bare_text_has_no_marks() -> None:
    """Where plain text is shown the marks and the escapes go."""
    assert bare("When *a\\*b = 1*: call `x(y = 2)`.") == "When a*b = 1: call x(y = 2)."


def test_what_hurts_is_a_warning() -> None:
    """A rule that went with failure within tasks is worded against."""
    text = "When some line has *status = Suspended*, do not simply call"
    assert statement(finding(PAY, lift=HARMS)).startswith(text)
    assert statement(finding(PAY, lift=HELPS)) == sentence(PAY)


def test_support_and_stratified_lift() -> None:
    """Support, the raw table, the estimate and the exact p within strata."""
    assert numbers(finding(PAY, lift=HELPS)) == (
        "held 12 of 14 times in 9 traces on 7 tasks; success 12/14 with it, 2/12 without "
        "(Mantel-Haenszel odds ratio 8.1, p = .003, within task; q = .015 among 5 tested)"
    )


def test_too_few_tasks_is_an_answer() -> None:
    """A lift that could not have become significant says how many tasks would be enough."""
    lift = Lift(with_success=6, with_total=6, without_total=19, informative=2, needed=9)
    assert numbers(finding(PAY, lift=lift)).endswith(
        "success 6/6 with it, 0/19 without, "
        "too few tasks to say whether it changes the outcome (2 informative of about 9 needed)"
    )


def test_pooled_and_stratified_disagree() -> None:
    """A pooled p that stratification takes away is shown as what it is."""
    lift = HELPS.model_copy(update={"p": 0.56, "pooled_p": 0.0006})
    assert numbers(finding(PAY, lift=lift)).endswith("; pooled p = .0006 mostly reflects which task it was")


def test_nothing_to_compare_with() -> None:
    """Without a single run that did otherwise there is no lift, and it says so."""
    lift = Lift(with_success=3, with_total=9)
    assert numbers(finding(PAY, lift=lift)).endswith(
        "success 3/9 with it, never without, so nothing to compare"
    )


def test_association_and_errors() -> None:
    """Association as a ratio of rates over good runs, step effect as runs that err so and otherwise."""
    association = Contrast(hits=40, trials=50, other_hits=8, other_trials=52, ratio=5.2, p=0.00001)
    errors = Contrast(hits=32, trials=54, other_hits=30, other_trials=74, ratio=1.46, p=0.049)
    line = numbers(finding(PAY, association=association, step_effect=errors))
    assert (
        "done in 40/50 good runs when so, in 8/52 when known to be otherwise (5.2x as often, p < .0001)"
        in line
    )
    assert "errs 32/54 so, 30/74 otherwise (p = .049)" in line


def test_an_infinite_ratio_is_shown_as_rates() -> None:
    """Where the other rate is zero there is no ratio to print."""
    association = Contrast(hits=9, trials=12, other_hits=0, other_trials=87, p=0.00001)
    line = numbers(finding(PAY, association=association))
    assert "done in 9/12 good runs when so, in 0/87 when known to be otherwise (p < .0001)" in line


def test_avoiding_is_counted_in_traces() -> None:
    """For a claim of what not to do, held means avoided, and the other side did it."""
    lift = HELPS.model_copy(update={"odds_ratio": None})
    line = numbers(finding(RETRY, held=1, opportunities=1, tasks=1, lift=lift))
    assert line.startswith("avoided in 1 of 1 trace on 1 task; success 12/14 when avoided, 2/12 when done")
    assert "odds ratio infinite" in line


def test_a_hypothesis_says_that_runs_are_few() -> None:
    """How many good runs kept to it, and a claim without any opportunity says that."""
    line = numbers(finding(PAY, held=1, tasks=1, tier=Tier.HYPOTHESIS))
    assert line.endswith("too few runs to tell it from chance: 1 run on 1 task")
    assert numbers(finding(PAY, held=0, opportunities=0)) == "no trace had the opportunity yet"
