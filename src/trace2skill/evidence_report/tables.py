"""Entries, evidence rows and runs as flat tables, written as CSV."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from trace2skill.claims.model import canonical
from trace2skill.errors import SettingError
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Row, Table, TraceFacts
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen


def needed(module: str, purpose: str) -> Any:  # noqa: ANN401 - a module that may be absent has no type
    """The module.

    Raises:
        SettingError: It is not installed; the message names the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise SettingError(
            f"{purpose} need {package}, which is not installed: pip install 'trace2skill[evidence]'"
        ) from error


ClaimStatus = Literal["rule", "rejected"]


class ClaimEntry(Frozen):
    """A measured claim and what became of it: a rule of a skill, or rejected for a reason."""

    finding: Finding
    status: ClaimStatus
    text: str = ""
    skill: str = ""
    version: int = 0
    rule: str = ""
    reason: str = ""


def of_rules(skill: Skill, version: int) -> list[ClaimEntry]:
    """The measured rules of a skill, in order."""
    return [
        ClaimEntry(
            finding=rule.finding,
            status="rule",
            text=rule.text,
            skill=skill.name,
            version=version,
            rule=rule.name,
        )
        for rule in skill.rules
        if rule.finding
    ]


def of_rejected(rejected: Iterable[tuple[Finding, str]], skill: str = "") -> list[ClaimEntry]:
    """Findings that were left out, with the reasons."""
    from trace2skill.wording.claims import statement

    return [
        ClaimEntry(finding=finding, status="rejected", text=statement(finding), skill=skill, reason=reason)
        for finding, reason in rejected
    ]


Cell: TypeAlias = str | int | float | bool | None
Rows: TypeAlias = Sequence[dict[str, Cell]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def claims_table(entries: Iterable[ClaimEntry]) -> Rows:
    """One row per claim: what became of it, its tier, its test and every number of its summary."""
    return [_claim(entry) for entry in entries]


def evidence_table(rows: Iterable[Row]) -> Rows:
    """One row per claim and run."""
    return [
        {
            "claim": row.claim,
            "trace": row.trace,
            "opportunities": row.opportunities,
            "held": row.held,
            **_counts("association", row.association),
            **_counts("step_effect", row.step_effect),
            "held_at": " ".join(map(str, row.held_at)),
            "broken_at": " ".join(map(str, row.broken_at)),
        }
        for row in rows
    ]


def runs_table(facts: Iterable[TraceFacts]) -> Rows:
    """One row per run: what the statistics know of it."""
    return [
        {
            "trace": fact.trace,
            "task": fact.stratum,
            "family": fact.family,
            "source": fact.source,
            "outcome": str(fact.label),
            "judged_by_model": fact.judged,
            "held_out": fact.held_out,
        }
        for fact in facts
    ]


def write_csv(rows: Rows, path: Path) -> None:
    """Write UTF-8 with a heading; text that a spreadsheet would run as a formula is quoted."""
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _inert(cell) for name, cell in row.items()} for row in rows)


def _claim(entry: ClaimEntry) -> dict[str, Cell]:
    finding = entry.finding
    test = finding.test
    return {
        "claim": finding.id,
        "skill": entry.skill,
        "version": entry.version,
        "rule": entry.rule,
        "status": entry.status,
        "reason": entry.reason,
        "text": entry.text,
        "family": finding.family,
        "aspect": finding.aspect,
        "kind": finding.claim.kind,
        "tier": str(finding.tier),
        "stop_condition": finding.stop_condition,
        "protected": finding.protected,
        "tested": test is not None,
        "test_p": test.p if test else None,
        "test_q": test.q if test else None,
        "tested_among": test.among if test else None,
        "tested_on_tasks": test.tasks if test else None,
        "preselected": test.preselected if test else None,
        **dict(_flat("", finding.summary)),
        **dict(_flat("held_out_", finding.held_out or finding.summary, empty=finding.held_out is None)),
        "body": canonical(finding.claim).decode(),
    }


def _flat(prefix: str, summary: BaseModel, *, empty: bool = False) -> Iterator[tuple[str, Cell]]:
    """The numbers of a summary under `part_field`, those of an absent part (or all, if `empty`) as None."""
    from trace2skill.evidence.rows import Contrast, Lift, Support

    kinds: Mapping[str, type[BaseModel]] = {
        "support": Support,
        "association": Contrast,
        "step_effect": Contrast,
        "lift": Lift,
    }
    for part, kind in kinds.items():
        found = None if empty else getattr(summary, part)
        for name in kind.model_fields:
            yield f"{prefix}{part}_{name}", getattr(found, name, None)


def _counts(name: str, table: Table) -> dict[str, Cell]:
    return {f"{name}_{field}": count for field, count in table._asdict().items()}


def _inert(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
