"""From rows to summaries."""

import pytest
from scipy.stats import fisher_exact

from trace2skill.claims.model import ActionPattern, Claim, Effect, Guard, Known, Rule
from trace2skill.evidence.rows import Practice, Row, Table, TraceFacts
from trace2skill.evidence.statistics import contrast, fdr, outcome_contrast, stratification, summarise
from trace2skill.traces.model import Label

RULE = Rule(when=Known(key="bill.status"), then=ActionPattern(tool="pay"))
EFFECT = Effect(action=ActionPattern(tool="toggle"), after=Known(key="phone.airplane"))


def fact(trace: str, task: str, success: bool | Label, family: str = "f", source: str = "s") -> TraceFacts:
    """What is known of a trace."""
    label = success if isinstance(success, Label) else Label.SUCCESS if success else Label.FAILURE
    return TraceFacts(trace=trace, stratum=task, family=family, source=source, label=label)


def row(trace: str, held: int, opportunities: int = 1, **tables: Table) -> Row:
    """What one trace says of the claim under test."""
    return Row(claim="c", trace=trace, opportunities=opportunities, held=held, **tables)


def pool(*runs: tuple[str, str, int, bool]) -> tuple[list[Row], dict[str, TraceFacts]]:
    """Rows and facts of runs given as (family, task, held, success)."""
    rows = [row(f"t{index}", held) for index, (_, _, held, _) in enumerate(runs)]
    facts = {
        f"t{index}": fact(f"t{index}", task, success, family)
        for index, (family, task, _, success) in enumerate(runs)
    }
    return rows, facts


def test_support_counts_distinct_ground_on_which_the_claim_held() -> None:
    """Opportunities and holds are summed, runs where it was due; traces, tasks and sources where it held."""
    facts = {
        "a": fact("a", "task1", True, source="x"),
        "b": fact("b", "task1", True, source="y"),
        "c": fact("c", "task2", False, source="y"),
    }
    support = summarise(RULE, [row("a", 2, 3), row("b", 1, 1), row("c", 0, 4)], facts).support
    assert support.model_dump() == {
        "opportunities": 8,
        "held": 3,
        "due": 3,
        "traces": 2,
        "tasks": 1,
        "sources": 2,
        "due_sources": 2,
    }


def test_practice_counts_runs_worth_imitating_and_failed_ones_apart() -> None:
    """A run counts once however often the claim was due in it; a run in which it never was counts nowhere."""
    facts = {
        "good": fact("good", "1", True),
        "lapse": fact("lapse", "2", True),
        "idle": fact("idle", "3", True),
        "failed": fact("failed", "1", False),
        "partly": fact("partly", "2", Label.PARTIAL),
        "unknown": fact("unknown", "4", Label.UNKNOWN),
    }
    rows = [row("good", 2, 3), row("lapse", 0, 2), row("idle", 0, 0), row("failed", 0)]
    practice = summarise(RULE, [*rows, row("partly", 1), row("unknown", 1)], facts).practice
    assert practice == Practice(due=2, kept=1, tasks=1, failed_due=2, failed_kept=1)
    assert practice.rate == 0.5


def test_a_guard_is_kept_by_a_run_that_keeps_it_each_time() -> None:
    """Of two purchases one came without what is required; a rule followed once counts as followed."""
    facts = {"good": fact("good", "1", True), "failed": fact("failed", "1", False)}
    rows = [row("good", 1, 2), row("failed", 2, 2)]
    guard = Guard(action=ActionPattern(tool="buy"), require=Known(key="price"))
    of_guard, of_rule = (summarise(claim, rows, facts).practice for claim in (guard, RULE))
    assert (of_guard.kept, of_guard.failed_kept) == (0, 1)
    assert (of_rule.kept, of_rule.failed_kept) == (1, 1)


def test_without_outcomes_all_runs_are_worth_imitating() -> None:
    """Nobody knows which failed, so that none counts as failed."""
    facts = {name: fact(name, name, Label.UNKNOWN) for name in "ab"}
    practice = summarise(RULE, [row("a", 1), row("b", 0)], facts).practice
    assert practice == Practice(due=2, kept=1, tasks=1)


def test_a_rule_is_associated_over_good_runs_alone() -> None:
    """What failed runs did under its condition is no pattern to follow; an effect is seen in any run."""
    facts = {"good": fact("good", "1", True), "failed": fact("failed", "1", False)}
    rows = [row("good", 1, association=Table(1, 1)), row("failed", 0, association=Table(0, 1))]
    of_rule, of_effect = (summarise(claim, rows, facts).association for claim in (RULE, EFFECT))
    assert of_rule is not None
    assert of_effect is not None
    assert (of_rule.trials, of_effect.trials) == (1, 2)


def test_same_row_twice_adds_nothing() -> None:
    """Rows are a set: repeating one changes no number."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False), ("f", "3", 1, True))
    assert summarise(RULE, rows + rows, facts) == summarise(RULE, rows, facts)


def test_order_of_rows_does_not_matter() -> None:
    """Reversed rows give an equal summary."""
    rows, facts = pool(("f", "1", 1, True), ("g", "2", 0, False), ("f", "3", 1, False), ("g", "4", 1, True))
    assert summarise(RULE, rows[::-1], facts) == summarise(RULE, rows, facts)


def test_rows_outside_the_pool_are_left_out() -> None:
    """A row of a trace that `facts` does not know counts nowhere."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False))
    assert summarise(RULE, [*rows, row("stranger", 5, 5)], facts) == summarise(RULE, rows, facts)


def test_no_opportunity_is_not_in_the_lift_table() -> None:
    """A trace without opportunity is neither with nor without the claim."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False))
    facts["idle"] = fact("idle", "3", True)
    lift = summarise(RULE, [*rows, row("idle", 0, 0)], facts).lift
    assert lift is not None
    assert (lift.with_total, lift.without_total) == (1, 1)


def test_partial_counts_as_failure_and_unknown_is_left_out() -> None:
    """Only success is success; traces of unknown outcome say nothing."""
    facts = {
        "p": fact("p", "1", Label.PARTIAL),
        "u": fact("u", "2", Label.UNKNOWN),
        "s": fact("s", "3", Label.SUCCESS),
    }
    lift = summarise(RULE, [row("p", 1), row("u", 1), row("s", 1)], facts).lift
    assert lift is not None
    assert (lift.with_success, lift.with_total) == (1, 2)


def test_runs_that_never_came_to_the_end_tell_nothing_of_outcomes() -> None:
    """Compared with finished runs they would only show that a run must end."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False), ("f", "3", 0, False))
    facts["t2"] = facts["t2"].model_copy(update={"finished": False})
    lift = summarise(RULE, rows, facts).lift
    assert lift is not None
    assert (lift.with_total, lift.without_total) == (1, 1)


def test_no_lift_without_labels() -> None:
    """Unlabelled traces have support and contrasts, but no lift."""
    facts = {"u": fact("u", "1", Label.UNKNOWN)}
    assert summarise(RULE, [row("u", 1)], facts).lift is None


def test_effects_have_no_lift() -> None:
    """That an effect was seen is a fact about the world, not something the run did."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False))
    assert summarise(EFFECT, rows, facts).lift is None


def test_tasks_run_once_are_stratified_by_family() -> None:
    """Where no task repeats, the family takes its place."""
    _, facts = pool(("f", "1", 1, True), ("f", "2", 0, False), ("g", "3", 1, True))
    assert stratification(facts) == "family"


def test_repeated_tasks_are_strata() -> None:
    """Where half of the traces or more share their task with another, tasks are the strata."""
    _, facts = pool(("f", "1", 1, True), ("f", "1", 0, False), ("f", "2", 1, True), ("f", "3", 1, True))
    assert stratification(facts) == "task"


def test_few_repeated_tasks_do_not_make_strata() -> None:
    """One repeated task among many does not throw the others away."""
    _, facts = pool(("f", "1", 1, True), ("f", "1", 0, False), *(("f", str(n), 1, True) for n in range(2, 9)))
    assert stratification(facts) == "family"


def test_simpsons_paradox_is_seen_through() -> None:
    """The claim goes with easy tasks: highly significant pooled, nothing within tasks."""
    easy = [("f", "easy", 1, True)] * 36 + [("f", "easy", 1, False)] * 4 + [("f", "easy", 0, True)] * 9
    hard = [("f", "hard", 0, False)] * 36 + [("f", "hard", 0, True)] * 4 + [("f", "hard", 1, False)] * 9
    rows, facts = pool(*easy, ("f", "easy", 0, False), *hard, ("f", "hard", 1, True))
    lift = summarise(RULE, rows, facts).lift
    assert lift is not None
    assert lift.stratified_by == "task"
    assert lift.odds_ratio == pytest.approx(1.0)
    assert lift.p == pytest.approx(1.0)
    assert lift.pooled_p == pytest.approx(fisher_exact([[37, 13], [13, 37]])[1])
    assert (lift.pooled_p or 1) < 1e-5


def test_lift_of_one_family_is_fishers_test() -> None:
    """Six of six with, none of nineteen without, in one family."""
    rows, facts = pool(
        *(("f", f"a{n}", 1, True) for n in range(6)), *(("f", f"b{n}", 0, False) for n in range(19))
    )
    lift = summarise(RULE, rows, facts).lift
    assert lift is not None
    assert (lift.with_success, lift.with_total, lift.without_success, lift.without_total) == (6, 6, 0, 19)
    assert lift.p == pytest.approx(fisher_exact([[6, 0], [0, 19]])[1])
    assert (lift.informative, lift.odds_ratio, lift.enough, lift.needed) == (1, None, True, None)


def test_not_enough_data_says_how_much_would_be() -> None:
    """Two discordant pairs cannot be significant; six could."""
    rows, facts = pool(("f", "1", 1, True), ("f", "1", 0, False), ("f", "2", 1, True), ("f", "2", 0, False))
    lift = summarise(RULE, rows, facts).lift
    assert lift is not None
    assert (lift.informative, lift.enough, lift.needed) == (2, False, 6)


def test_contrast_sums_over_traces() -> None:
    """Counts are summed, also those of traces without opportunity, and compared by Fisher's test."""
    rows = [row("a", 1, association=Table(3, 4, 1, 10)), row("b", 0, 0, association=Table(0, 0, 1, 10))]
    facts = {"a": fact("a", "1", True), "b": fact("b", "2", True)}
    found = summarise(RULE, rows, facts).association
    assert found is not None
    assert (found.hits, found.trials, found.other_hits, found.other_trials) == (3, 4, 2, 20)
    assert found.ratio == pytest.approx(0.75 / 0.1)
    assert found.p == pytest.approx(fisher_exact([[3, 1], [2, 18]])[1])


def test_retried_calls_err_again() -> None:
    """32 of 54 retrying runs err again, 30 of 74 others do: 1.46 times as often."""
    found = contrast([Table(32, 54, 30, 74)])
    assert found is not None
    assert found.ratio == pytest.approx(1.4617, abs=1e-4)
    assert found.p == pytest.approx(0.0488, abs=1e-4)


def test_no_steps_no_contrast() -> None:
    """A claim without step counts has no contrasts."""
    rows, facts = pool(("f", "1", 1, True))
    summary = summarise(RULE, rows, facts)
    assert (summary.association, summary.step_effect) == (None, None)


@pytest.mark.parametrize("table", [Table(3, 4, 0, 0), Table(0, 0, 3, 4)])
def test_one_sided_contrast_has_no_ratio_and_no_p(table: Table) -> None:
    """Without steps on one side the rates cannot be compared."""
    found = contrast([table])
    assert found is not None
    assert (found.ratio, found.p) == (None, None)


def test_infinite_ratio_is_none() -> None:
    """Never without the condition: no finite ratio, but a p."""
    found = contrast([Table(4, 4, 0, 9)])
    assert found is not None
    assert found.ratio is None
    assert found.p == pytest.approx(fisher_exact([[4, 0], [0, 9]])[1])


def test_fdr_skips_none() -> None:
    """Adjusted by Benjamini and Hochberg; what was not tested is not counted."""
    assert fdr([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03),
        None,
        pytest.approx(0.04),
        pytest.approx(0.04),
    ]


@pytest.mark.parametrize("values", [[], [None, None]])
def test_fdr_of_nothing(values: list[None]) -> None:
    """Nothing tested, nothing adjusted."""
    assert fdr(values) == values


def test_stratification_can_be_passed_in() -> None:
    """A caller with many claims over one pool works it out once."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, False))
    given: Claim = RULE
    lift = summarise(given, rows, facts, stratified_by="task").lift
    assert lift is not None
    assert (lift.stratified_by, lift.informative) == ("task", 0)


def test_runs_that_a_model_judged_are_compared_with_each_other_alone() -> None:
    """A judge that calls good whatever keeps to the claim makes no lift among runs that others labelled.

    The labelled runs of this task all succeeded, the judged ones all failed: who told the outcome is all that
    goes with it, and pooled it would look like an effect of the claim.
    """
    rows, facts = pool(*[("f", "1", 1, True)] * 6, *[("f", "1", 0, False)] * 6)
    pooled = summarise(RULE, rows, facts).lift
    assert pooled is not None
    assert pooled.p is not None
    assert pooled.p < 0.01
    judged = {
        name: each.model_copy(update={"judged": True}) if each.label is Label.FAILURE else each
        for name, each in facts.items()
    }
    lift = summarise(RULE, rows, judged).lift
    assert lift is not None
    assert (lift.informative, lift.p, lift.judged) == (0, None, 6)
    contrast = outcome_contrast(RULE, rows, judged, "family")
    assert contrast is not None
    assert contrast.p is None


def test_practice_tells_judged_runs_apart() -> None:
    """Those that a model judged are counted by themselves too."""
    rows, facts = pool(("f", "1", 1, True), ("f", "2", 0, True), ("f", "3", 1, False), ("f", "4", 1, True))
    judged = {"t1", "t2"}
    facts = {name: each.model_copy(update={"judged": name in judged}) for name, each in facts.items()}
    practice = summarise(RULE, rows, facts).practice
    assert (practice.due, practice.kept, practice.failed_due, practice.failed_kept) == (3, 2, 1, 1)
    assert practice.judged == Practice(due=1, kept=0, tasks=0, failed_due=1, failed_kept=1)
    assert "judged" not in Practice(due=1).model_dump()
