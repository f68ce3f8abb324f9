"""An evaluation as one self-contained page: intervals of every arm, and every task. It needs no network."""

from collections.abc import Sequence
from typing import NamedTuple

from trace2skill.evaluation.comparison import MEASURES, ArmSummary, Comparison, Evaluation
from trace2skill.evaluation.pairs import percent, points
from trace2skill.evidence_report.tables import needed
from trace2skill.store.validations import Interval

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ found.suite }}: evaluation</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
         color: light-dark(#1f2933, #e4e7eb); background: light-dark(#ffffff, #12181f); }
  h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
  table { border-collapse: collapse; width: 100%; font-size: 13px; }
  th, td { text-align: left; padding: .3rem .8rem .3rem 0; min-width: 9rem;
           border-bottom: 1px solid light-dark(#d9e2ec, #3e4c59); }
  td.n, th.n { text-align: right; white-space: nowrap; min-width: 0; font-variant-numeric: tabular-nums; }
  figcaption { color: light-dark(#7b8794, #9aa5b1); } .scroll { overflow-x: auto; }
  figure { margin: 1.5rem 0; } svg { max-width: 100%; height: auto; }
  svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
  svg text.faint { color: light-dark(#7b8794, #9aa5b1); }
  svg line.axis { stroke: light-dark(#d9e2ec, #3e4c59); }
  svg.narrow { display: none; }
  @media (max-width: 44rem) { svg.wide { display: none; } svg.narrow { display: block; } }
  .good, .bad, .open { stroke: currentColor; fill: currentColor; }
  .good { color: light-dark(#0b7285, #66d9e8); } .bad { color: light-dark(#c2410c, #ffa97a); }
  .open { color: light-dark(#52606d, #cbd2d9); }
  details { margin: 1rem 0; } summary { cursor: pointer; }
</style>
</head>
<body>
<h1>{{ found.suite }}</h1>
<p>{{ found.tasks }} tasks, {{ found.repeats }} times in each arm, by {{ found.solver }}
{%- if found.models %} ({{ found.models | join(", ") }}){% endif %}.
Tasks written by:
{% for author, count in found.authors.items() -%}
{{ author or "nobody named" }} ({{ count }}){{ ", " if not loop.last }}
{%- endfor %}.</p>
{% if plots %}
<h2>Success against {{ found.comparisons[0].control }}</h2>
<figure>
{% for plot in plots %}
<svg class="{{ plot.kind }}" viewBox="0 0 {{ plot.width }} {{ plot.height }}" role="img"
 aria-label="Differences of success with intervals">
{% for tick in plot.ticks %}
<line class="axis" x1="{{ tick.x }}" x2="{{ tick.x }}" y1="10" y2="{{ plot.height - 24 }}"></line>
<text class="faint" x="{{ tick.x }}" y="{{ plot.height - 8 }}" text-anchor="middle">{{ tick.label }}</text>
{% endfor %}
{% for row in plot.rows %}
<text x="8" y="{{ row.text_y }}">{{ row.name }}</text>
<line class="{{ row.kind }}" x1="{{ row.low }}" x2="{{ row.high }}" y1="{{ row.y }}" y2="{{ row.y }}"
 stroke-width="2"></line>
<circle class="{{ row.kind }}" cx="{{ row.mean }}" cy="{{ row.y }}" r="4"></circle>
<text x="{{ plot.width - 8 }}" y="{{ row.text_y }}" text-anchor="end">{{ row.points }}</text>
{% endfor %}
</svg>
{% endfor %}
<figcaption>Points of success, paired by task, with 95&nbsp;% bootstrap intervals over tasks.</figcaption>
</figure>
{% endif %}
{% if bars %}
<h2>Spent: {{ bars.measure }} a run</h2>
<figure>
{% for plot in bars.plots %}
<svg class="{{ plot.kind }}" viewBox="0 0 {{ plot.width }} {{ plot.height }}" role="img"
 aria-label="{{ bars.measure }} of each arm">
{% for row in plot.rows %}
<text x="8" y="{{ row.text_y }}">{{ row.name }}</text>
<line class="open" x1="{{ row.low }}" x2="{{ row.high }}" y1="{{ row.y }}" y2="{{ row.y }}"
 stroke-width="8"></line>
<text x="{{ plot.width - 8 }}" y="{{ row.text_y }}" text-anchor="end">{{ row.points }}</text>
{% endfor %}
</svg>
{% endfor %}
<figcaption>Means over tasks. A skill may pay by cost alone, where success is no less.</figcaption>
</figure>
{% endif %}
<div class="scroll"><table>
<thead><tr><th>arm</th><th class="n">runs</th><th class="n">success</th><th class="n">difference</th>
<th class="n">p</th><th class="n">better/tied/worse</th><th class="n">cost</th><th class="n">tokens</th>
<th class="n">turns</th><th class="n">spent more (+) or less (-)</th></tr></thead>
<tbody>
{% for arm in arms %}
<tr><td>{{ arm.name }}</td>{% for cell in arm.cells %}<td class="n">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
<h2>Tasks</h2>
{% for comparison in found.comparisons %}
<details><summary>{{ comparison.arm }} against {{ comparison.control }}</summary>
<div class="scroll"><table>
<thead><tr><th>task</th><th class="n">{{ comparison.control }}</th><th class="n">{{ comparison.arm }}</th>
<th class="n">difference</th></tr></thead>
<tbody>
{% for task in comparison.tasks %}
<tr><td>{{ task.task }}</td><td class="n">{{ "%.2f" | format(task.control) }}</td>
<td class="n">{{ "%.2f" | format(task.treatment) }}</td>
<td class="n">{{ "%+.2f" | format(task.difference) }}</td></tr>
{% endfor %}
</tbody></table></div></details>
{% endfor %}
</body>
</html>
"""

LEAST = 25
"""Points that the axis reaches at least; then 50 and 100."""


class _Layout(NamedTuple):
    """A plot's width, the room left and right of the intervals, a row's height, and its text above them."""

    kind: str
    width: int
    left: int
    right: int
    row: int
    above: int


WIDE = _Layout("wide", 900, 260, 190, 30, 0)
NARROW = _Layout("narrow", 400, 24, 24, 46, 20)
"""On a narrow screen a row's text stands above its interval."""


class _Row(NamedTuple):
    name: str
    y: int
    text_y: int
    low: float
    mean: float
    high: float
    kind: str
    points: str


class _Tick(NamedTuple):
    x: float
    label: str


class _Plot(NamedTuple):
    kind: str
    width: int
    height: int
    ticks: list[_Tick]
    rows: list[_Row]


class _Bars(NamedTuple):
    measure: str
    plots: list[_Plot]


class _ArmRow(NamedTuple):
    name: str
    cells: list[str]


def page(found: Evaluation) -> str:
    """The page as HTML; every text in it is escaped.

    Raises:
        SettingError: jinja2 is not installed.
    """
    environment = needed("jinja2", "pages").Environment(autoescape=True, trim_blocks=True)
    rendered: str = environment.from_string(PAGE).render(
        found=found,
        plots=[_differences(found.comparisons, layout) for layout in (WIDE, NARROW)]
        if found.comparisons
        else [],
        bars=_spent(found.arms),
        arms=arm_rows(found),
    )
    return rendered


def _differences(found: Sequence[Comparison], layout: _Layout) -> _Plot:
    """The difference of each arm with its interval, on an axis as wide as they need."""
    furthest = max(100 * max(abs(each.success.low), abs(each.success.high)) for each in found)
    end = next((limit for limit in (LEAST, 50) if furthest <= limit), 100)

    def x(difference: float) -> float:
        return _x(layout, (100 * difference / end + 1) / 2)

    rows = []
    for number, each in enumerate(found):
        success = each.success
        kind = "good" if success.low > 0 else "bad" if success.high < 0 else "open"
        places = (x(success.low), x(success.mean), x(success.high))
        rows.append(_row(layout, number, each.arm, places, kind, points(success)))
    ticks = [
        _Tick(x(value / 100), f"{value:+.4g}" if value else "0")
        for value in (-end, -end / 2, 0, end / 2, end)
    ]
    return _Plot(layout.kind, layout.width, _height(layout, len(found)), ticks, rows)


def _spent(arms: Sequence[ArmSummary]) -> _Bars | None:
    """What runs took, by the first of cost, tokens and turns that all arms tell and in which they differ."""
    for measure in MEASURES:
        told = [getattr(arm, measure) for arm in arms]
        if None not in told and len(set(told)) > 1:
            return _Bars(measure, [_bars(arms, told, layout) for layout in (WIDE, NARROW)])
    return None


def _bars(arms: Sequence[ArmSummary], told: Sequence[float], layout: _Layout) -> _Plot:
    rows = []
    for number, (arm, value) in enumerate(zip(arms, told, strict=True)):
        places = (_x(layout, 0), 0.0, _x(layout, value / max(told)))
        rows.append(_row(layout, number, arm.arm, places, "open", _number(value)))
    return _Plot(layout.kind, layout.width, _height(layout, len(arms)), [], rows)


def _row(  # noqa: PLR0913, PLR0917 - what a row shows
    layout: _Layout, number: int, name: str, places: tuple[float, float, float], kind: str, told: str
) -> _Row:
    y = 25 + layout.above + layout.row * number
    text_y = y - 12 if layout.above else y + 4
    longest = 28 if layout.above else 40
    name = name if len(name) <= longest else f"{name[: longest - 1]}\u2026"
    return _Row(name, y, text_y, *places, kind, told)


def _height(layout: _Layout, rows: int) -> int:
    return layout.row * rows + 50


def _x(layout: _Layout, share: float) -> float:
    return round(layout.left + (layout.width - layout.left - layout.right) * share, 1)


def arm_rows(found: Evaluation) -> list[_ArmRow]:
    """A row for each arm: runs, success, difference, p, better/tied/worse, cost, tokens, turns, saving."""
    against = {each.arm: each for each in found.comparisons}
    rows = []
    for summary in found.arms:
        cells = [str(summary.runs), f"{summary.success:.2f}", *_compared(against.get(summary.arm))]
        cells[5:5] = [_number(value) for value in (summary.cost, summary.tokens, summary.turns)]
        rows.append(_ArmRow(summary.arm, cells))
    return rows


def _compared(found: Comparison | None) -> Sequence[str]:
    if found is None:
        return ("", "", "", "")
    saving = f"{percent(found.saving)} {found.saved}" if found.saving else ""
    tally = f"{found.better}/{found.tied}/{found.worse}"
    return (_difference(found.success), f"{found.p:.2g}", tally, saving)


def _difference(found: Interval) -> str:
    return points(found).replace(" points", "")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
