"""Forest plot: for each claim, how the odds of success go with it within strata."""

import math
from collections.abc import Sequence
from textwrap import wrap

from trace2skill.claims.evidence import Lift
from trace2skill.skills.evidence_wording import decimal, p_value
from trace2skill.skills.exhibit.drawing import AGAINST, FAINT, FOR, INK, Drawing, drawing, figure, label
from trace2skill.skills.exhibit.entries import Entry

MOST_ROWS = 30
_LEAST_STRATA = 2
"""An untested claim of fewer informative strata is left out: one task is an anecdote."""

_EDGE = 100.0
"""Odds ratios beyond this, or its inverse, are drawn at the edge with an arrow."""


def forest(entries: Sequence[Entry]) -> Drawing | None:
    """The claims that were tested, and others in which at least two strata tell; None if there are none.

    A square is the Mantel-Haenszel odds ratio, the bar its 95 % interval, an arrow what goes beyond the edge.
    Filled: tested. Hollow: descriptive.
    """
    shown = sorted((entry for entry in entries if _telling(entry)), key=_order)[:MOST_ROWS]
    if not shown:
        return None
    with figure(12.5, 1.3 + 0.42 * len(shown)) as canvas:
        axes = canvas.subplots()
        axes.set_xscale("log")
        axes.set_xlim(1 / (_EDGE * 1.6), _EDGE * 1.6)
        axes.set_ylim(len(shown) - 0.4, -1.2)
        axes.axvline(1, color=FAINT, linewidth=1)
        axes.set_yticks(range(len(shown)), [_name(entry) for entry in shown])
        axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.minorticks_off()
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("odds of success with the claim against without it, within strata")
        beside = {"transform": axes.get_yaxis_transform(), "va": "center"}
        axes.text(1.02, -0.9, "odds ratio, strata for/against, p, q", color=FAINT, **beside)
        for row, entry in enumerate(shown):
            lift = entry.finding.summary.lift
            if lift:
                _draw(axes, row, lift, tested=entry.finding.test is not None)
                axes.text(1.02, row, _numbers(entry, lift), **beside)
        return drawing(canvas)


def _telling(entry: Entry) -> bool:
    lift = entry.finding.summary.lift
    if lift is None or entry.finding.stop_condition:
        return False
    return entry.finding.test is not None or lift.informative >= _LEAST_STRATA or lift.enough


def _order(entry: Entry) -> tuple[object, ...]:
    test = entry.finding.test
    return (test is None, test.q if test else 1.0, entry.status != "rule", entry.rule, entry.finding.id)


def _name(entry: Entry) -> str:
    text = label(f"{entry.rule or '(left out)'}  {entry.text}", 124)
    return "\n".join(wrap(text, 64))


def _draw(axes: object, row: int, lift: Lift, *, tested: bool) -> None:
    ratio = math.inf if lift.odds_ratio is None else lift.odds_ratio
    colour = FOR if ratio > 1 else AGAINST if ratio < 1 else INK
    at = min(max(ratio, 1 / _EDGE), _EDGE)
    plot = axes.plot  # type: ignore[attr-defined]
    if lift.low is not None and lift.high is not None:
        low, high = max(lift.low, 1 / _EDGE), min(lift.high, _EDGE)
        plot([low, high], [row, row], color=colour, linewidth=1.4)
        for end, beyond, mark in ((low, lift.low < 1 / _EDGE, "<"), (high, lift.high > _EDGE, ">")):
            if beyond:
                plot([end], [row], marker=mark, color=colour, markersize=5)
    marker = "s" if 1 / _EDGE <= ratio <= _EDGE else "<" if ratio < 1 else ">"
    plot(
        [at], [row], marker=marker, color=colour, markersize=7, markerfacecolor=colour if tested else "white"
    )


def _numbers(entry: Entry, lift: Lift) -> str:
    ratio = "infinite" if lift.odds_ratio is None else decimal(lift.odds_ratio)
    test = entry.finding.test
    verdict = f"q{p_value(test.q)[1:]} of {test.among}" if test else "not tested"
    p = p_value(lift.p) if lift.p is not None else ""
    return f"{ratio}   {lift.favouring}/{lift.opposing}   {p}   {verdict}"
