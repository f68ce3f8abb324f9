"""Calibration of tiers: how regular a claim was where it was mined, against how regular on other tasks."""

from collections import Counter
from collections.abc import Sequence

from trace2skill.claims.evidence import Support, Tier
from trace2skill.skills.exhibit.drawing import AGAINST, FAINT, FOR, Drawing, drawing, figure
from trace2skill.skills.exhibit.entries import Entry

_LOOK = {
    Tier.HYPOTHESIS: (FAINT, "o"),
    Tier.MINED: (AGAINST, "^"),
    Tier.CORROBORATED: (FOR, "s"),
    Tier.VALIDATED: (FOR, "*"),
}


def calibration(entries: Sequence[Entry]) -> Drawing | None:
    """One mark per claim due on both sides, larger where it was due more often on unseen tasks.

    None if no task was held out. A tier is well calibrated when its marks lie about the diagonal; claims that
    were mined by chance fall below it.
    """
    points = [entry for entry in entries if _rate(_unseen(entry)) is not None]
    if not points:
        return None
    with figure(6.2, 5.4) as canvas:
        axes = canvas.subplots()
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=0)
        counts = Counter(entry.finding.tier for entry in points)
        for tier, (colour, marker) in _LOOK.items():
            own = [entry for entry in points if entry.finding.tier == tier]
            if own:
                axes.scatter(
                    [_rate(entry.finding.summary.support) or 0.0 for entry in own],
                    [_rate(_unseen(entry)) for entry in own],
                    s=[18 + 6 * min(20, _unseen(entry).opportunities) for entry in own],
                    c=colour,
                    marker=marker,
                    alpha=0.55,
                    linewidths=0,
                    label=f"{tier} ({counts[tier]})",
                )
        axes.set_xlim(-0.04, 1.04)
        axes.set_ylim(-0.04, 1.04)
        axes.set_aspect("equal")
        axes.set_xlabel("held / due, on the tasks it was mined from")
        axes.set_ylabel("held / due, on tasks kept from mining")
        axes.legend(frameon=False, loc="upper left")
        return drawing(canvas)


def _unseen(entry: Entry) -> Support:
    held_out = entry.finding.held_out
    return held_out.support if held_out else Support()


def _rate(support: Support) -> float | None:
    return support.held / support.opportunities if support.opportunities else None
