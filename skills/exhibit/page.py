"""One self-contained page: the skills' evidence with the plots inside, readable without network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trace2skill.claims.evidence import TraceFacts
from trace2skill.claims.statistics import FDR_LEVEL
from trace2skill.skills.evidence_wording import numbers
from trace2skill.skills.exhibit.drawing import Drawing
from trace2skill.skills.exhibit.entries import Entry
from trace2skill.skills.exhibit.extra import needed
from trace2skill.skills.exhibit.template import PAGE
from trace2skill.traces.model import Label


class Part(NamedTuple):
    """One skill on the page (or what no skill holds, under a title of its own)."""

    title: str
    name: str
    version: int
    entries: Sequence[Entry]
    forest: Drawing | None
    transitions: Drawing | None


def page(parts: Sequence[Part], facts: Mapping[str, TraceFacts], calibration: Drawing | None) -> str:
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
        tested=len(tested),
        significant=sum(test.q < FDR_LEVEL for test in tested),
        level=FDR_LEVEL,
        unseen=sum(fact.held_out for fact in facts.values()),
        calibration=_inline(calibration),
        parts=[_part(part) for part in parts],
    )
    return rendered


def _part(part: Part) -> dict[str, object]:
    return {
        "title": part.title,
        "name": part.name,
        "version": part.version,
        "forest": _inline(part.forest),
        "transitions": _inline(part.transitions),
        "rules": [_entry(entry) for entry in part.entries if entry.status == "rule"],
        "rejected": [_entry(entry) for entry in part.entries if entry.status == "rejected"],
    }


def _entry(entry: Entry) -> dict[str, str]:
    return {
        "id": entry.finding.id,
        "rule": entry.rule,
        "tier": str(entry.finding.tier),
        "text": entry.text.replace("`", "").replace("*", ""),
        "numbers": numbers(entry.finding),
        "reason": entry.reason,
    }


def _inline(drawing: Drawing | None) -> object:
    """Our own SVG, the one thing on the page that is not escaped."""
    return needed("markupsafe", "pages").Markup(drawing.inline) if drawing else ""
