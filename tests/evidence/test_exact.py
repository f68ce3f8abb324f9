"""Exact tests against brute force, scipy and published examples."""

import math
from itertools import product

import pytest
from scipy.stats import fisher_exact

from trace2skill.evidence.exact import (
    fisher_p,
    informative,
    margins,
    odds_ratio,
    odds_ratio_interval,
    smallest_p,
    strata_needed,
    stratified_p,
)
from trace2skill.evidence.rows import Table

# Penicillin and rabbits (Mantel, 1963), R's `Rabbits`: cured / treated at once, cured / treated after 1.5 h.
RABBITS = [Table(0, 6, 0, 5), Table(3, 6, 0, 6), Table(6, 6, 2, 6), Table(5, 6, 6, 6), Table(2, 2, 5, 5)]

# Berkeley, R's `UCBAdmissions`, departments A to F: men admitted / applied, women admitted / applied.
BERKELEY = [
    Table(512, 825, 89, 108),
    Table(353, 560, 17, 25),
    Table(120, 325, 202, 593),
    Table(138, 417, 131, 375),
    Table(53, 191, 94, 393),
    Table(22, 373, 24, 341),
]


def cells(table: Table) -> list[list[int]]:
    """The table as [[hits, misses], [hits, misses]]."""
    return [
        [table.hits, table.trials - table.hits],
        [table.other_hits, table.other_trials - table.other_hits],
    ]


def by_enumeration(tables: list[Table]) -> float:
    """The two-sided exact p by listing every combination of tables with the same margins."""
    choices = []
    for table in tables:
        total, exposed, successes = margins(table)
        options = range(max(0, exposed + successes - total), min(exposed, successes) + 1)
        choices.append(
            [(x, math.comb(exposed, x) * math.comb(total - exposed, successes - x)) for x in options]
        )
    ways: dict[int, int] = {}
    for combination in product(*choices):
        size = sum(x for x, _ in combination)
        ways[size] = ways.get(size, 0) + math.prod(count for _, count in combination)
    observed = ways[sum(table.hits for table in tables)]
    return sum(count for count in ways.values() if count <= observed) / sum(ways.values())


def test_published_exact_p() -> None:
    """R: `mantelhaen.test(Rabbits, exact = TRUE)` prints p-value = 0.03994."""
    assert stratified_p(RABBITS) == pytest.approx(0.03994, abs=5e-6)


def test_published_odds_ratio() -> None:
    """R: `mantelhaen.test(Rabbits)` prints a common odds ratio of 7."""
    assert odds_ratio(RABBITS) == pytest.approx(7)


def test_published_large_strata() -> None:
    """R: `mantelhaen.test(UCBAdmissions)` gives 0.9046968 and, by chi-squared, .2323; pooled p is tiny."""
    pooled = Table(*(sum(column) for column in zip(*BERKELEY, strict=True)))
    assert odds_ratio(BERKELEY) == pytest.approx(0.9046968)
    assert stratified_p(BERKELEY) == pytest.approx(0.2323, abs=0.005)
    assert (fisher_p(pooled) or 1) < 1e-15


@pytest.mark.parametrize("table", [Table(3, 9, 1, 8), Table(7, 8, 1, 9), Table(5, 5, 2, 7), *BERKELEY])
def test_one_stratum_is_fishers_test(table: Table) -> None:
    """With one stratum the conditional test is Fisher's exact test."""
    assert stratified_p([table]) == pytest.approx(fisher_exact(cells(table))[1])


@pytest.mark.parametrize("table", [Table(29_700, 40_000, 44_900, 60_000), Table(31, 60, 40_000, 99_000)])
def test_a_hundred_thousand_runs(table: Table) -> None:
    """By logarithms, and not kept in memory: still Fisher's test, and a stratum more adds what it adds."""
    assert stratified_p([table]) == pytest.approx(fisher_p(table), rel=1e-6)
    assert stratified_p([table, Table(1, 1, 0, 1)]) != stratified_p([table])


@pytest.mark.parametrize(
    "tables",
    [
        RABBITS,
        [Table(1, 2, 0, 2)] * 4,
        [Table(2, 3, 1, 4), Table(0, 2, 2, 2), Table(3, 4, 0, 1)],
        [Table(1, 1, 0, 3), Table(2, 2, 1, 2), Table(1, 3, 1, 1)],
    ],
)
def test_exact_p_equals_enumeration(tables: list[Table]) -> None:
    """Convolution gives what listing every table with the same margins gives."""
    assert stratified_p(tables) == pytest.approx(by_enumeration(tables))


def test_order_of_strata_does_not_matter() -> None:
    """Shuffled strata give bit-identical numbers."""
    assert stratified_p(RABBITS[::-1]) == stratified_p(RABBITS)


def test_uninformative_strata_change_nothing() -> None:
    """Strata without variation in exposure or outcome are left out."""
    silent = [Table(5, 5, 9, 9), Table(0, 4, 0, 7), Table(3, 8, 0, 0), Table(0, 0, 1, 2), Table()]
    assert informative([*silent, *RABBITS]) == informative(RABBITS)
    assert stratified_p([*silent, *RABBITS]) == stratified_p(RABBITS)
    assert odds_ratio([*silent, *RABBITS]) == odds_ratio(RABBITS)


def test_nothing_informative() -> None:
    """Without an informative stratum there is no p, no odds ratio, and no attainable significance."""
    silent = [Table(5, 5, 9, 9), Table(0, 4, 0, 7)]
    assert (stratified_p(silent), odds_ratio(silent), smallest_p(silent)) == (None, None, 1.0)


def test_infinite_odds_ratio_is_none_and_zero_is_zero() -> None:
    """No failure with the claim anywhere: infinite, hence None; no success with it: zero."""
    assert odds_ratio([Table(6, 6, 0, 19)]) is None
    assert odds_ratio([Table(0, 6, 19, 19)]) == 0.0


def test_fisher_without_trials_on_a_side() -> None:
    """A side without trials leaves nothing to compare."""
    assert fisher_p(Table(3, 5, 0, 0)) is None


def test_fisher_on_known_table() -> None:
    """Fisher's tea: 3 of 4 cups right has p = .4857."""
    assert fisher_p(Table(3, 4, 1, 4)) == pytest.approx(0.4857, abs=5e-5)


@pytest.mark.parametrize(
    "tables", [RABBITS, [Table(1, 2, 0, 2)] * 3, [Table(2, 9, 3, 4)], [Table(1, 1, 0, 1)] * 7]
)
def test_smallest_p_is_the_least_of_all_outcomes(tables: list[Table]) -> None:
    """No assignment of outcomes with these margins has a smaller p."""
    options = []
    for table in informative(tables):
        total, exposed, successes = margins(table)
        options.append(
            [
                Table(x, exposed, successes - x, total - exposed)
                for x in range(max(0, exposed + successes - total), min(exposed, successes) + 1)
            ]
        )
    least = min(stratified_p(choice) or 1.0 for choice in product(*options))
    assert smallest_p(tables) == pytest.approx(least)


def test_six_pairs_are_needed() -> None:
    """Two-sided, k pairs of one success and one failure reach 2 / 2**k at best: below .05 from six."""
    assert strata_needed([]) == 6
    assert strata_needed([Table(1, 1, 0, 1)] * 2) == 6
    assert smallest_p([Table(1, 1, 0, 1)] * 5) > 0.05 > smallest_p([Table(1, 1, 0, 1)] * 6)


def test_needed_strata_follow_the_commonest_shape() -> None:
    """Strata of four runs, two exposed, two successful: (1/6)**k twice over, so three are enough."""
    assert strata_needed([Table(1, 2, 1, 2)]) == 3
    assert smallest_p([Table(1, 2, 1, 2)] * 2) > 0.05 > smallest_p([Table(1, 2, 1, 2)] * 3)


def test_huge_strata_do_not_underflow() -> None:
    """Ends of the distribution far beyond the smallest float are handled."""
    assert smallest_p([Table(5000, 10000, 5000, 10000)]) == 0.0
    assert stratified_p([Table(5000, 10000, 5000, 10000)]) == pytest.approx(1.0)


def test_interval_of_the_common_odds_ratio() -> None:
    """The ends that statsmodels' StratifiedTable gives for these strata; none without a finite ratio."""
    strata = [Table(8, 10, 4, 10), Table(5, 9, 2, 11), Table(6, 7, 5, 9)]
    low, high = odds_ratio_interval(strata) or (0.0, 0.0)
    assert (low, high) == pytest.approx((1.605436, 19.035185), rel=1e-6)
    assert odds_ratio_interval([Table(5, 5, 0, 5)]) is None
    assert odds_ratio_interval([]) is None
