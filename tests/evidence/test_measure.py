"""What counts as an opportunity and what as held, for each kind of claim."""

from tests.building import act, run
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
    OwnTerm,
    Rule,
    Sequence,
)
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Row, Table
from trace2skill.traces.model import Step, Trace

A, B, C = (ActionPattern(tool=name) for name in "abc")


def equals(key: str, value: object) -> Compare:
    """`key = value`."""
    return Compare(left=FactTerm(key=key), operator="=", right=Constant(value=value))  # type: ignore[arg-type]


def only_row(claim: Claim, *steps: Step) -> Row:
    """The row of one claim on one trace."""
    (row,) = measure([claim], [run(*steps)])
    return row


def test_effect_holds_at_the_next_reading() -> None:
    """A toggle is checked by the reading after it, whoever made it."""
    claim = Effect(action=A, before=equals("mode", "on"), after=equals("mode", "off"))
    row = only_row(
        claim, act("c", "Mode: on"), act("a"), act("c", "Mode: off"), act("a"), act("c", "Mode: on")
    )
    assert (row.opportunities, row.held, row.held_at) == (1, 1, (1,))


def test_effect_without_a_later_reading_is_no_opportunity() -> None:
    """Nothing was read, nothing is known."""
    claim = Effect(action=A, after=equals("mode", "off"))
    assert only_row(claim, act("c", "Mode: on"), act("a")).opportunities == 0


def test_sequence_counts_each_start() -> None:
    """The second start is not followed within the gap; to the association the run is one trial."""
    row = only_row(Sequence(actions=(A, B), gap=1), act("a"), act("b"), act("a"), act("c"), act("b"))
    assert (row.held_at, row.broken_at) == ((0,), (2,))
    assert row.association == Table(hits=1, trials=1, other_hits=0, other_trials=0)


def test_sequence_needs_all_of_its_actions() -> None:
    """The second action follows and the third does not: the run did not go on so."""
    row = only_row(Sequence(actions=(A, B, C)), act("a"), act("b"))
    assert (row.held, row.association) == (0, Table(hits=0, trials=1))


def test_sequence_is_compared_with_runs_that_do_not_begin_so() -> None:
    """Where the first action is not done, the others may still be done in their order."""
    claim = Sequence(actions=(A, B, C))
    assert only_row(claim, act("b"), act("c")).association == Table(other_hits=1, other_trials=1)
    assert only_row(claim, act("c"), act("b")).association == Table(other_hits=0, other_trials=1)


def test_avoid_is_broken_where_it_was_done() -> None:
    """One opportunity per trace; whether the run ever erred when doing it so, and when doing it otherwise."""
    failed = Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True))
    row = only_row(Avoid(action=A, when=failed), act("a", error=True), act("a", error=True), act("a"))
    assert (row.opportunities, row.held, row.broken_at) == (1, 0, (1,))
    assert row.step_effect == Table(hits=1, trials=1, other_hits=1, other_trials=1)


def test_rule_has_one_opportunity_per_stretch() -> None:
    """Followed on the first stretch, not on the second."""
    rule = Rule(when=equals("mode", "on"), then=A)
    row = only_row(
        rule,
        act("c", "Mode: on"),
        act("b"),
        act("a", "Mode: off"),
        act("c", "Mode: on"),
        act("b", "Mode: off"),
    )
    assert (row.opportunities, row.held_at, row.broken_at) == (2, (2,), (4,))


def test_rule_counts_a_run_once() -> None:
    """Due twice and followed once: one trial, one hit; its other moments are no contrast."""
    row = only_row(
        Rule(when=equals("mode", "on"), then=A),
        act("c", "Mode: on"),
        act("a", "Mode: off"),
        act("c", "Mode: on"),
        act("b", "Mode: off"),
    )
    assert (row.opportunities, row.association) == (2, Table(hits=1, trials=1))


def test_rule_is_associated_where_its_facts_are_known() -> None:
    """A run that never read the fact is no contrast; one that found it otherwise is."""
    rule = Rule(when=equals("mode", "on"), then=A)
    assert only_row(rule, act("a"), act("b")).association == Table()
    otherwise = only_row(rule, act("c", "Mode: off"), act("a"))
    assert otherwise.association == Table(other_hits=1, other_trials=1)


def test_rule_left_undone_at_the_end_is_broken() -> None:
    """The last step shows that it is due, and the run ends: no decision followed, and yet it was omitted."""
    row = only_row(Rule(when=equals("mode", "on"), then=A), act("b"), act("c", "Mode: on"))
    assert (row.opportunities, row.held, row.broken_at) == (1, 0, (1,))


def test_rule_in_a_run_cut_short_is_not_due() -> None:
    """A hand-over ends the run before its turn came; what was done all the same counts."""
    rule = Rule(when=equals("mode", "on"), then=A, ended_by=(C,))
    assert list(measure([rule], [run(act("b", "Mode: on"), act("c"))])) == []
    assert only_row(rule, act("b", "Mode: on"), act("a"), act("c")).held == 1
    assert only_row(rule, act("b", "Mode: on"), act("c"), act("b")).broken_at == (1,)


def test_guard_is_asked_only_in_its_scope() -> None:
    """The first purchase is out of scope, the second lacks what is required, the third has it."""
    guard = Guard(action=B, require=Known(key="price"), scope=equals("mode", "on"))
    row = only_row(guard, act("b"), act("c", "Mode: on"), act("b"), act("c", "Price: $3", page=2), act("b"))
    assert (row.held_at, row.broken_at) == ((4,), (2,))


def test_milestones_are_all_done_in_order() -> None:
    """Broken at the first done too early, and at the end where one is missing."""
    claim = Milestones(actions=(A, B, C))
    assert only_row(claim, act("a"), act("b"), act("a"), act("c")).held_at == (3,)
    assert only_row(claim, act("b"), act("a"), act("c")).broken_at == (0,)
    assert only_row(claim, act("a"), act("c"), act("a")).broken_at == (2,)


def test_closing_looks_at_the_end() -> None:
    """What held once and no more does not hold."""
    row = only_row(Closing(require=equals("mode", "on")), act("c", "Mode: on"), act("c", "Mode: off"))
    assert (row.opportunities, row.held, row.broken_at) == (1, 0, (1,))


def test_closing_is_not_asked_of_a_run_cut_short() -> None:
    """A run that ends with a hand-over had no chance to come to the goal."""
    closing = Closing(require=equals("mode", "on"), ended_by=(C,))
    assert list(measure([closing], [run(act("b", "Mode: off"), act("c"))])) == []
    assert only_row(closing, act("c"), act("b", "Mode: off")).broken_at == (1,)


def test_rows_do_not_depend_on_what_else_is_measured() -> None:
    """Measured alone or among others, a claim has the same row."""
    trace: Trace = run(act("a", "The lamp is on."), act("b"), act("a", "The lamp is off."))
    rule = Rule(when=equals("a says: The lamp is {1}", "on"), then=B)
    among = [row for row in measure([rule, Milestones(actions=(A, B))], [trace]) if row.held_at == (1,)]
    alone = list(measure([rule], [trace]))
    assert alone[0] in among
