"""What a run's state shows to who watches it: findings, pages and their changes, in words and bounded."""

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from itertools import islice

from trace2skill.nodes.artifacts import Artifacts
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import to_markdown
from trace2skill.wording.claims import numbers, statement

FAMILIES = 12
"""Most families that the state shows; the report and the library have them all."""

FINDINGS = 8
"""Most findings of one analyst that are shown."""

LINES = 40
"""Most lines of a change that are shown."""

Found = dict[str, dict[str, list[dict[str, str]]]]


def findings(artifacts: Artifacts, analysts: Mapping[str, Iterable[str]]) -> Found:
    """What each analyst found, by family: id, sentence and what was counted."""
    shown: Found = {}
    for family in islice(sorted(analysts), FAMILIES):
        shown[family] = {}
        for analyst in sorted(analysts[family]):
            kept = artifacts.analysis(family, analyst).findings
            shown[family][analyst] = [
                {"id": each.id, "sentence": statement(each), "counted": numbers(each)}
                for each in kept[:FINDINGS]
            ]
    return shown


def pages(drafts: Mapping[str, Skill]) -> dict[str, str]:
    """The drafts as they would be read, by family."""
    return {family: to_markdown(drafts[family], 1) for family in islice(sorted(drafts), FAMILIES)}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What became of the pages that changed, as the first lines of a diff."""
    return {
        family: "\n".join(islice(_diff(before.get(family, ""), page), LINES))
        for family, page in after.items()
        if page != before.get(family)
    }


def _diff(before: str, after: str) -> Iterable[str]:
    return unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=1)
