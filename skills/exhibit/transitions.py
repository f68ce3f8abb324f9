"""Transition graph: what follows what, and what each action turns into what, one line for each rule."""

from collections.abc import Sequence
from typing import TypeAlias

from trace2skill.claims.model import (
    ActionPattern,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Milestones,
    Predicate,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.skills.exhibit.drawing import FAINT, FOR, INK, Drawing, drawing, figure, label
from trace2skill.skills.exhibit.entries import Entry
from trace2skill.skills.fact_wording import phrase
from trace2skill.skills.predicate_wording import clause, state

MOST_LINES = 16
_MOST_ACROSS = 4
"""Boxes side by side; a longer way goes on below."""

_WIDTH, _HEIGHT = 2.6, 0.5  # inches of a box with its arrow
Node: TypeAlias = tuple[str, bool]
"""What a box says, and whether it is an action rather than a state of the world."""


def transitions(entries: Sequence[Entry]) -> Drawing | None:
    """Actions as boxes, what they bring about as coloured text; None when no rule tells of either.

    Above each line's first arrow stands how often it held when due; the thicker, the oftener.
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
            _draw(axes, sum(heights[:number]), entry, way)
        return drawing(canvas)


def _way(entry: Entry) -> list[Node]:
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


def _draw(axes: object, top: int, entry: Entry, way: Sequence[Node]) -> None:
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
