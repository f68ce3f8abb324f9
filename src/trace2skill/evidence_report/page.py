"""One self-contained page: the skills' evidence with the plots inside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trace2skill.evidence.rows import TraceFacts
from trace2skill.evidence.statistics import FDR_LEVEL
from trace2skill.evidence_report.plots import inline
from trace2skill.evidence_report.tables import ClaimEntry, needed
from trace2skill.traces.model import Label
from trace2skill.wording.evidence import numbers

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Evidence</title>
<style>
  :root { color-scheme: light dark; --ink: light-dark(#1f2933, #e4e7eb); --paper: light-dark(#fff, #12181f);
          --faint: light-dark(#9aa5b1, #7b8794); --line: light-dark(#d9e2ec, #3e4c59);
          --muted: light-dark(#616e7c, #9aa5b1); --for: light-dark(#0b7285, #66d9e8);
          --against: light-dark(#c2410c, #ffa97a); }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
         margin: 2rem auto; padding: 0 1rem; }
  h1, h2, h3 { line-height: 1.2; }
  h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
  table { border-collapse: collapse; width: 100%; font-size: 13px; }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
           border-bottom: 1px solid var(--line); }
  th { font-weight: 600; color: var(--muted); }
  td.n { white-space: nowrap; font-variant-numeric: tabular-nums; }
  td.text { overflow-wrap: anywhere; min-width: 18rem; }
  .muted, figcaption { color: var(--muted); } .scroll { overflow-x: auto; }
  figure { margin: 1.5rem 0; } figure svg { max-width: 100%; min-width: 42rem; height: auto; }
  .tier { border-radius: 3px; padding: 0 .4em; white-space: nowrap;
          background: light-dark(#e4e7eb, #3e4c59); }
  .tier.mined { background: light-dark(#ffe8d6, #5c3a1e); }
  .tier.corroborated, .tier.validated { background: light-dark(#c5f0f5, #0b4f5c); }
  details { margin: 1rem 0; } summary { cursor: pointer; }
</style>
</head>
<body>
<h1>Evidence</h1>
<p>{{ claims }} claims measured on {{ runs }} runs of {{ tasks }} tasks ({{ success }} succeeded,
{{ failure }} fell short, {{ unlabelled }} without an outcome{% if judged %}; a model judged {{ judged }} of
the outcomes{% endif %}). {{ tested }} claims had their effect on the
outcome tested, {{ significant }} of them significantly (q &lt; {{ level }}); what is said of the outcome of
the others is descriptive.{% if unseen %} {{ unseen }} runs were kept from mining.{% endif %}</p>
{% for part in parts %}
<h2>{{ part.title }}</h2>
{% if part.name %}<p class="muted">{{ part.name }}, version {{ part.version }}</p>{% endif %}
{% if part.forest %}
<figure><div class="scroll">{{ part.forest }}</div>
<figcaption>How the odds of success go with each claim within strata. Filled squares were tested, hollow ones
are descriptive; bars are 95&nbsp;% intervals, arrows leave the plot. For/against counts the strata that point
each way.</figcaption></figure>
{% endif %}
{% if part.transitions %}
<figure><div class="scroll">{{ part.transitions }}</div>
<figcaption>What follows what (boxes) and what it turns into what (coloured), with how often it held when
due.</figcaption></figure>
{% endif %}
{% if part.rules %}
<div class="scroll"><table>
<thead><tr><th>rule</th><th>tier</th><th>what it says, and its evidence</th></tr></thead>
<tbody>
{% for entry in part.rules %}
<tr><td class="n">{{ entry.rule }}</td><td><span class="tier {{ entry.tier }}">{{ entry.tier }}</span></td>
<td class="text">{{ entry.text }}<br><span class="muted">{{ entry.numbers }}</span></td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
{% if part.rejected %}
<details><summary>{{ part.rejected | length }} claims that were measured and left out</summary>
<div class="scroll"><table>
<thead><tr><th>claim</th><th>why not</th><th>what it says, and its evidence</th></tr></thead>
<tbody>
{% for entry in part.rejected %}
<tr><td class="n">{{ entry.id }}</td><td>{{ entry.reason }}</td>
<td class="text">{{ entry.text }}<br><span class="muted">{{ entry.numbers }}</span></td></tr>
{% endfor %}
</tbody></table></div></details>
{% endif %}
{% endfor %}
</body>
</html>
"""


class SkillEvidence(NamedTuple):
    """One skill on the page (or what no skill holds, under a title of its own)."""

    title: str
    name: str
    version: int
    entries: Sequence[ClaimEntry]
    forest: str | None
    transitions: str | None


def page(parts: Sequence[SkillEvidence], facts: Mapping[str, TraceFacts]) -> str:
    """The page as HTML. Every text is escaped, whatever a trace or a tool put into it.

    Raises:
        SettingError: jinja2 is not installed.
    """
    environment = needed("jinja2", "pages").Environment(autoescape=True, trim_blocks=True)
    entries = [entry for part in parts for entry in part.entries]
    tested = [entry.finding.test for entry in entries if entry.finding.test]
    labels = Counter(fact.label for fact in facts.values())
    rendered: str = environment.from_string(PAGE).render(
        claims=len(entries),
        runs=len(facts),
        tasks=len({fact.stratum for fact in facts.values()}),
        success=labels[Label.SUCCESS],
        failure=labels[Label.FAILURE] + labels[Label.PARTIAL],
        unlabelled=labels[Label.UNKNOWN],
        judged=sum(fact.judged for fact in facts.values()),
        tested=len(tested),
        significant=sum(test.q < FDR_LEVEL for test in tested),
        level=FDR_LEVEL,
        unseen=sum(fact.held_out for fact in facts.values()),
        parts=[_part(part) for part in parts],
    )
    return rendered


def _part(part: SkillEvidence) -> dict[str, object]:
    return {
        "title": part.title,
        "name": part.name,
        "version": part.version,
        "forest": _inline(part.forest),
        "transitions": _inline(part.transitions),
        "rules": [_entry(entry) for entry in part.entries if entry.status == "rule"],
        "rejected": [_entry(entry) for entry in part.entries if entry.status == "rejected"],
    }


def _entry(entry: ClaimEntry) -> dict[str, str]:
    return {
        "id": entry.finding.id,
        "rule": entry.rule,
        "tier": str(entry.finding.tier),
        "text": entry.text.replace("`", "").replace("*", ""),
        "numbers": numbers(entry.finding),
        "reason": entry.reason,
    }


def _inline(svg: str | None) -> object:
    """Our own SVG, the one thing on the page that is not escaped."""
    return needed("markupsafe", "pages").Markup(inline(svg)) if svg else ""
