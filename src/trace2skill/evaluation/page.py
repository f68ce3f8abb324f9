"""An evaluation as one self-contained page: intervals of every arm, and every task. It needs no network."""

from collections.abc import Sequence
from typing import NamedTuple

from trace2skill.evaluation.comparison import Comparison, Evaluation
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
  th, td { text-align: left; padding: .3rem .6rem .3rem 0; overflow-wrap: anywhere;
           border-bottom: 1px solid light-dark(#d9e2ec, #3e4c59); }
  td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  figcaption { color: light-dark(#7b8794, #9aa5b1); } .scroll { overflow-x: auto; }
  figure { margin: 1.5rem 0; } svg { max-width: 100%; height: auto; }
  svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
  svg text.faint { color: light-dark(#7b8794, #9aa5b1); }
  svg line.axis { stroke: light-dark(#d9e2ec, #3e4c59); }
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
{% if rows %}
<h2>Success against {{ found.comparisons[0].control }}</h2>
<figure>
<svg viewBox="0 0 {{ width }} {{ height }}" role="img" aria-label="Differences of success with intervals">
{% for tick in ticks %}
<line class="axis" x1="{{ tick.x }}" x2="{{ tick.x }}" y1="10" y2="{{ height - 24 }}"></line>
<text class="faint" x="{{ tick.x }}" y="{{ height - 8 }}" text-anchor="middle">{{ tick.label }}</text>
{% endfor %}
{% for row in rows %}
<text x="8" y="{{ row.y + 4 }}">{{ row.name }}</text>
<line class="{{ row.kind }}" x1="{{ row.low }}" x2="{{ row.high }}" y1="{{ row.y }}" y2="{{ row.y }}"
 stroke-width="2"></line>
<circle class="{{ row.kind }}" cx="{{ row.mean }}" cy="{{ row.y }}" r="4"></circle>
<text x="{{ width - 8 }}" y="{{ row.y + 4 }}" text-anchor="end">{{ row.points }}</text>
{% endfor %}
</svg>
<figcaption>Points of success, paired by task, with 95&nbsp;% bootstrap intervals over tasks.</figcaption>
</figure>
{% endif %}
<div class="scroll"><table>
<thead><tr><th>arm</th><th class="n">runs</th><th class="n">success</th><th class="n">difference</th>
<th class="n">p</th><th class="n">better/tied/worse</th><th class="n">cost</th><th class="n">tokens</th>
<th class="n">turns</th><th class="n">against the control</th></tr></thead>
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

WIDTH, LEFT, RIGHT, ROW = 900, 260, 190, 30
"""Of the plot: its width, the room left and right of the intervals, and the height of a row."""


class _Row(NamedTuple):
    name: str
    y: int
    low: float
    mean: float
    high: float
    kind: str
    points: str


class _Tick(NamedTuple):
    x: float
    label: str


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
        width=WIDTH,
        height=ROW * len(found.comparisons) + 50,
        ticks=[_Tick(_x(value / 100), f"{value:+d}" if value else "0") for value in range(-100, 101, 50)],
        rows=[_row(number, each) for number, each in enumerate(found.comparisons)],
        arms=arm_rows(found),
    )
    return rendered


def _row(number: int, found: Comparison) -> _Row:
    success = found.success
    kind = "good" if success.low > 0 else "bad" if success.high < 0 else "open"
    places = (_x(success.low), _x(success.mean), _x(success.high))
    return _Row(found.arm[:40], 25 + ROW * number, *places, kind, points(success))


def _x(difference: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (difference + 1) / 2, 1)


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
