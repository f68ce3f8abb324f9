"""A picture of where runs leave a skill, as one SVG file that needs nothing beside it."""

import io
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from trace2skill.errors import InputError, SettingError
from trace2skill.skills.conformance_model import Conformance, Deviation, Role, RuleConformance, Verdict
from trace2skill.skills.marks import bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_RULES = 24
LABEL_WIDTH = 64
"""Characters in a line of a label; it has two."""
FOLLOWED, LEFT, IDLE, INK, FAINT = "#4c9a6a", "#c8553d", "#e4e4e0", "#2b2b2b", "#8a8a86"
STYLE: Any = {  # matplotlib's own type lists all its parameters
    "svg.hashsalt": "trace2skill",  # the ids in the file, so that equal pictures are equal bytes
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "text.parse_math": False,
}


def write_picture(conformance: Conformance, path: Path) -> None:
    """Draw the picture into an SVG file; the same conformance gives the same bytes.

    On the left, for each rule that a run can follow or leave, how many runs followed it, left it, and had no
    opportunity, the most often left first. On the right, where along its course each run first left the rule.

    Raises:
        SettingError: matplotlib is not installed.
        InputError: the file cannot be written.
    """
    svg = picture(conformance)
    try:
        path.write_bytes(svg)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name another file") from error


def picture(conformance: Conformance) -> bytes:
    """The SVG.

    Raises:
        SettingError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise SettingError(
            "a picture needs matplotlib; install it with: pip install 'trace2skill[plots]'"
        ) from None
    rules = shown_rules(conformance)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 1.5 + 0.42 * max(len(rules), 2)), layout="constrained")
        _draw(figure, rules, conformance)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "trace2skill"})
    return buffer.getvalue()


def shown_rules(conformance: Conformance) -> list[RuleConformance]:
    """The rules that a run can follow or leave and that were due, the most often left first."""
    due = [
        rule
        for rule in conformance.rules
        if rule.role in {Role.BINDING, Role.ADVICE} and rule.traces_followed + rule.traces_broken
    ]
    ranked = sorted(due, key=lambda rule: (rule.role, -rule.traces_broken, -rule.traces_followed))
    return sorted(ranked, key=lambda rule: rule.role is not Role.BINDING)[:MOST_RULES]


def _draw(figure: "Figure", rules: Sequence[RuleConformance], conformance: Conformance) -> None:
    bars, course = figure.subplots(1, 2, sharey=True, width_ratios=(4, 3))
    figure.suptitle(_title(conformance), x=0.01, ha="left", fontsize=11)
    _draw_bars(bars, rules)
    _draw_course(course, rules, conformance)
    for axes in (bars, course):
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(FAINT)
        axes.tick_params(length=0)
    bars.set_yticks(range(len(rules)), [_label(rule) for rule in rules], fontsize=8)
    bars.set_ylim(max(len(rules), 1) - 0.4, -0.6)


def _draw_bars(axes: "Axes", rules: Sequence[RuleConformance]) -> None:
    left = [0] * len(rules)
    columns = (
        ("followed", FOLLOWED, "white", [rule.traces_followed for rule in rules]),
        ("left", LEFT, "white", [rule.traces_broken for rule in rules]),
        ("no opportunity", IDLE, FAINT, [rule.traces_idle for rule in rules]),
    )
    for label, colour, ink, widths in columns:
        faded = [0.5 if rule.role is Role.ADVICE else 1.0 for rule in rules]
        boxes = axes.barh(range(len(rules)), widths, left=left, height=0.72, color=colour, label=label)
        for box, alpha in zip(boxes, faded, strict=True):
            box.set_alpha(alpha)
        texts = [str(width) if width else "" for width in widths]
        axes.bar_label(boxes, texts, label_type="center", color=ink, fontsize=8)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlim(0, max([1, *left]))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=8, borderpad=0)


def _draw_course(axes: "Axes", rules: Sequence[RuleConformance], conformance: Conformance) -> None:
    rows = {rule.rule: number for number, rule in enumerate(rules)}
    for trace in conformance.traces:
        first: dict[str, Deviation] = {}
        for one in trace.deviations:
            first.setdefault(one.rule, one)
        for name, one in first.items():
            if name in rows:
                span = [one.step / max(trace.steps - 1, 1), one.until / max(trace.steps - 1, 1)]
                axes.plot(span, [rows[name]] * 2, color=LEFT, lw=3, alpha=0.15, solid_capstyle="butt")
                axes.plot(span[0], rows[name], "o", ms=5, color=LEFT, alpha=0.55, mec="none")
    axes.hlines(range(len(rules)), 0, 1, color=IDLE, lw=0.6, zorder=0)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1], ["start", "half-way", "end of the run"])
    axes.set_title("where runs first left it; band: until when it was due", loc="left", fontsize=8)


def _title(conformance: Conformance) -> str:
    rate = conformance.drift.overall
    applicable = f"{rate.hits} of {rate.trials} runs followed it"
    away = conformance.count(Verdict.NOT_APPLICABLE)
    aside = f", {away} more are not its business" if away else ""
    return _drawable(f"{conformance.skill}: {applicable} ({rate.low:.0%} to {rate.high:.0%}){aside}")


def _label(rule: RuleConformance) -> str:
    advice = " (advice)" if rule.role is Role.ADVICE else ""
    text = _drawable(f"{rule.rule}{advice}  {bare(rule.text)}")
    return "\n".join(wrap(text, LABEL_WIDTH, max_lines=2, placeholder=" …"))


def _drawable(text: str) -> str:
    """The text without characters that the font has no sign for, which would show as boxes."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    return "".join(char for char in text if font.get_char_index(ord(char)))
