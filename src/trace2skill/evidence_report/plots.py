"""Plots of the evidence as SVG, drawn by matplotlib without a display; equal input gives equal bytes."""

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any, TypeAlias

from trace2skill.claims.model import ActionPattern, Compare, Constant, Effect, FactTerm, Milestones, Predicate
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.evidence.rows import Lift
from trace2skill.evidence_report.tables import ClaimEntry, needed
from trace2skill.wording.claims import clause, state
from trace2skill.wording.evidence import decimal, p_value
from trace2skill.wording.terms import phrase

INK, FAINT, FOR, AGAINST = "#1f2933", "#9aa5b1", "#0b7285", "#c2410c"
_PAGE_COLOURS = {INK: "ink", FAINT: "faint", FOR: "for", AGAINST: "against", "#ffffff": "paper"}
_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "trace2skill",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,
}


def inline(svg: str) -> str:
    """The SVG element of a document without prolog, comments and metadata, to stand inside a page.

    Its colours become variables of the page (ink, paper, faint, for, against), for light and dark.
    """
    svg = _METADATA.sub("", _COMMENT.sub("", _PROLOG.sub("", svg, count=1)))
    for colour, name in _PAGE_COLOURS.items():
        svg = svg.replace(f": {colour}", f": var(--{name})")
    return svg


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """A matplotlib figure of the given size in inches, in the report's style.

    Raises:
        SettingError: matplotlib is not installed.
    """
    matplotlib = needed("matplotlib", "plots")
    kind = needed("matplotlib.figure", "plots").Figure
    with matplotlib.rc_context(_STYLE):
        yield kind(figsize=(width, height), layout="constrained")


def svg_of(figure: Any) -> str:  # noqa: ANN401 - matplotlib loads late
    """The figure as an SVG document."""
    sink = io.StringIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()


def label(text: str, longest: int = 60) -> str:
    """Text that can be drawn: one line, cut to length, characters without a glyph shown as `?`."""
    line = " ".join(text.replace("`", "").replace("*", "").split())
    line = "".join(char if " " <= char < "\u0250" and char != "\x7f" else "?" for char in line)
    return line if len(line) <= longest else f"{line[: longest - 3].rstrip()}..."


MOST_ROWS = 30
_LEAST_STRATA = 2
"""Informative strata that an untested claim needs to be drawn: one task is an anecdote."""

_EDGE = 100.0
"""Odds ratios beyond this, or its inverse, are drawn at the edge with an arrow."""


def forest(entries: Sequence[ClaimEntry]) -> str | None:
    """A forest plot of the claims that were tested, and of others with at least two informative strata.

    A square is the Mantel-Haenszel odds ratio, the bar its 95 % interval; an arrow marks what lies beyond the
    edge. A filled square was tested, a hollow one is descriptive.

    Returns:
        An SVG document; None if there is no such claim.
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
                _draw_forest(axes, row, lift, tested=entry.finding.test is not None)
                axes.text(1.02, row, _numbers(entry, lift), **beside)
        return svg_of(canvas)


def _telling(entry: ClaimEntry) -> bool:
    lift = entry.finding.summary.lift
    if lift is None or entry.finding.stop_condition:
        return False
    return entry.finding.test is not None or lift.informative >= _LEAST_STRATA or lift.enough


def _order(entry: ClaimEntry) -> tuple[object, ...]:
    test = entry.finding.test
    return (test is None, test.q if test else 1.0, entry.status != "rule", entry.rule, entry.finding.id)


def _name(entry: ClaimEntry) -> str:
    text = label(f"{entry.rule or '(left out)'}  {entry.text}", 124)
    return "\n".join(wrap(text, 64))


def _draw_forest(axes: object, row: int, lift: Lift, *, tested: bool) -> None:
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


def _numbers(entry: ClaimEntry, lift: Lift) -> str:
    ratio = "infinite" if lift.odds_ratio is None else decimal(lift.odds_ratio)
    test = entry.finding.test
    verdict = f"q{p_value(test.q)[1:]} of {test.among}" if test else "not tested"
    p = p_value(lift.p) if lift.p is not None else ""
    return f"{ratio}   {lift.favouring}/{lift.opposing}   {p}   {verdict}"


MOST_LINES = 16
_MOST_ACROSS = 4
"""Boxes side by side; a longer line continues below."""

_WIDTH, _HEIGHT = 2.6, 0.5  # inches of a box with its arrow
Node: TypeAlias = tuple[str, bool]
"""What a box says, and whether it is an action rather than a state of the world."""


def transitions(entries: Sequence[ClaimEntry]) -> str | None:
    """A transition graph, one line per rule: actions as boxes, states of the world as coloured text.

    Above a line's first arrow stands held / opportunities; arrows are wider the higher that rate is.

    Returns:
        An SVG document; None if no rule is a sequence, milestones or an effect.
    """
    lines = [(entry, way) for entry in entries if entry.status == "rule" and (way := _way(entry))]
    lines = lines[:MOST_LINES]
    if not lines:
        return None
    heights = [-(-len(way) // _MOST_ACROSS) for _, way in lines]
    across = min(_MOST_ACROSS, max(len(way) for _, way in lines))
    with figure(0.6 + _WIDTH * across, 0.2 + _HEIGHT * sum(heights)) as canvas:
        axes = canvas.subplots()
        axes.axis("off")
        axes.set_xlim(-0.75, across - 0.45)
        axes.set_ylim(sum(heights) - 0.4, -0.6)
        for number, (entry, way) in enumerate(lines):
            _draw_transitions(axes, sum(heights[:number]), entry, way)
        return svg_of(canvas)


def _way(entry: ClaimEntry) -> list[Node]:
    claim = entry.finding.claim
    if isinstance(claim, SequenceClaim | Milestones):
        return [_action(action) for action in claim.actions]
    if isinstance(claim, Effect):
        before = [(_state(claim.before), False)] if claim.before else []
        return [*before, _action(claim.action), (_state(claim.after), False)]
    return []


def _state(predicate: Predicate) -> str:
    """The state of the world in a few words, for a list the member it has or lacks; any other as a clause."""
    match predicate:
        case Compare(left=Constant() as member, operator="in" | "not in" as has, right=FactTerm(key=key)):
            return f"{'' if has == 'in' else 'no '}{phrase(member)} in {key}"
        case _:
            return state(predicate) or clause(predicate)


def _action(pattern: ActionPattern) -> Node:
    return (f"{pattern.actor}: {pattern.tool}" if pattern.actor else pattern.tool), True


def _draw_transitions(axes: object, top: int, entry: ClaimEntry, way: Sequence[Node]) -> None:
    support = entry.finding.summary.support
    text, annotate = axes.text, axes.annotate  # type: ignore[attr-defined]
    width = 0.6 + 1.8 * support.held / max(1, support.opportunities)
    text(-0.72, top, entry.rule, va="center", fontweight="bold")
    for at, (says, acts) in enumerate(way):
        x, y = at % _MOST_ACROSS, top + at // _MOST_ACROSS
        frame = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": INK if acts else "white"}
        ink = INK if acts else FOR
        text(x, y, label(says, 27), ha="center", va="center", fontsize=8, bbox=frame, color=ink)
        if at and not x:
            text(-0.6, y, "\u21b3", va="center", color=FAINT)
        if x:
            arrow = {"arrowstyle": "-|>", "color": FAINT, "linewidth": width, "shrinkA": 64, "shrinkB": 64}
            annotate("", xy=(x, y), xytext=(x - 1, y), arrowprops=arrow, zorder=0)
    if len(way) > 1:
        text(0.5, top - 0.28, f"{support.held}/{support.opportunities}", ha="center", fontsize=7, color=INK)
