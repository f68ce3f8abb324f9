"""Forget a trace: remove its rows, facts, citations and words from every version that rested on it."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping

import orjson

from trace2skill.claims.model import Rule
from trace2skill.errors import LibraryError
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Citation, Row, Tier, TraceFacts
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.store import evidence, prepared, reviews, skills, traces
from trace2skill.store.documents import active_cards, documents, wanted_texts
from trace2skill.store.records import Change, Forgotten, Rejection, StoredSkill
from trace2skill.store.vectors import prune
from trace2skill.traces.model import Trace, to_json


def forget(connection: sqlite3.Connection, ref: str) -> Forgotten:
    """Remove a trace inside the caller's transaction (`Library.forget` states the contract).

    Raises:
        LibraryError: No trace has that reference, or several have.
    """
    trace = traces.resolve(connection, ref)
    try:
        content = traces.load(connection, trace)
    except LibraryError:
        content = None
    affected = evidence.claims_of(connection, trace)
    rows = evidence.delete_trace(connection, trace)
    traces.delete(connection, trace)
    remains = Remains(connection, trace, content, affected | _resting_claims(connection, trace))
    _forget_rejections(connection, remains)
    evidence.delete_orphans(connection, affected)
    reviews.forget_orphans(connection)
    outcome = _forget_skills(connection, remains)
    rules = documents(skills.current(connection), "rule")
    prune(connection, wanted_texts(active_cards(connection), rules))
    prepared.clear(connection)
    return outcome.model_copy(update={"trace": trace, "rows": rows})


def _resting_claims(connection: sqlite3.Connection, trace: str) -> set[str]:
    """Ids of the claims of skills that rest on the trace, which may change even without a row of it."""
    known = (stored.skill for stored in skills.every(connection))
    resting = [skill for skill in known if trace in {*skill.traces, *skill.policy.traces}]
    rules = (rule for skill in resting for rule in (*skill.rules, *skill.background))
    return {rule.finding.id for rule in rules if rule.finding}


class Remains:
    """The evidence that remains without a trace, and what it still supports.

    Args:
        connection: The library, from which the trace's rows and facts have been deleted.
        trace: The trace's hash.
        content: The trace, if it was kept; values in it are removed from the skills' parameters.
        affected: Ids of the claims that it had rows of, and of those measured on runs including it.
    """

    def __init__(
        self, connection: sqlite3.Connection, trace: str, content: Trace | None, affected: set[str]
    ) -> None:
        self.trace = trace
        self._task = content.task if content else ""
        self._text = to_json(content).decode() if content else ""
        self._affected = affected
        self._facts = evidence.facts(connection)
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for row in evidence.rows(connection, affected):
            self._rows[row.claim].append(row)

    def without_trace(self, skill: Skill) -> Skill:
        """The skill without the trace and without the rules that nothing supports any more.

        The trace's hash, citations, worked example and parameter values are removed. Of the policy, which
        rests on all traces together, only the hashes of the others are kept. Summaries are not changed.
        """
        update: dict[str, object] = {
            "rules": self._supported(skill.rules, skill),
            "background": self._supported(skill.background, skill),
            "traces": self._without(skill.traces),
            "parameters": tuple(
                each.model_copy(update={"example": ""}) if each.example and self._says(each.example) else each
                for each in skill.parameters
            ),
        }
        if self.trace in {*skill.traces, *skill.policy.traces}:
            update["policy"] = Policy(traces=self._without(skill.policy.traces))
        cited = any(step.citation.trace == self.trace for step in skill.example)
        if cited or (self._task and skill.example_task == self._task):
            update |= {"example": (), "example_task": ""}
        return skill.model_copy(update=update)

    def recomputed(self, skill: Skill) -> Skill:
        """The skill with the summaries and tiers of its affected rules recomputed from the remaining rows."""
        update = {
            part: tuple(
                rule.model_copy(update={"finding": rule.finding and self.measured(rule.finding, skill)})
                for rule in rules
            )
            for part, rules in (("rules", skill.rules), ("background", skill.background))
        }
        return skill.model_copy(update=update)

    def measured(self, finding: Finding, skill: Skill | None) -> Finding:
        """The finding recomputed from the remaining rows; its tier may fall, but never rises.

        The test of its lift is removed, since its p value was adjusted for claims over all runs. So is, once
        the tier is found, its residual, which was counted over all runs too.

        Args:
            finding: A finding.
            skill: The skill that states it; None for a rejected finding.
        """
        if finding.id not in self._affected:
            return finding
        from trace2skill.evidence.statistics import summarise
        from trace2skill.evidence.tiers import RuleBasis, corroborates, tier

        facts, rows = self._pool(finding, skill), self._rows[finding.id]
        mined = {trace: fact for trace, fact in facts.items() if not fact.held_out}
        unseen = {trace: fact for trace, fact in facts.items() if fact.held_out}
        summary = summarise(finding.claim, rows, mined)
        held_out = summarise(finding.claim, rows, unseen) if finding.held_out else None
        tiers = [finding.tier]
        if finding.tier in (Tier.MINED, Tier.CORROBORATED):
            choice = RuleBasis(finding.selection, finding.residual)
            if tier(finding.claim, summary, choice=choice) == Tier.HYPOTHESIS:
                tiers.append(Tier.HYPOTHESIS)
            elif finding.held_out and not (held_out and corroborates(finding.claim, held_out)):
                tiers.append(Tier.MINED)
        gone = {"test": None, "residual": None}
        return finding.model_copy(
            update={"summary": summary, "held_out": held_out, "tier": tiers[-1], **gone}
        )

    def supports(self, finding: Finding, skill: Skill | None) -> bool:
        """Whether the claim has opportunities left and, if it held before, still holds somewhere."""
        if finding.id not in self._affected:
            return True
        facts = self._pool(finding, skill)
        rows = [row for row in self._rows[finding.id] if row.trace in facts and row.opportunities]
        held_before = finding.summary.support.held > 0
        return any(row.held for row in rows) if held_before else bool(rows)

    def uncited(self, finding: Finding) -> Finding:
        """The finding without the trace's citations."""
        return finding.model_copy(
            update={"held_at": self._others(finding.held_at), "broken_at": self._others(finding.broken_at)}
        )

    def _says(self, value: str) -> bool:
        return orjson.dumps(value).decode()[1:-1] in self._text

    def _supported(self, rules: Iterable[SkillRule], skill: Skill) -> tuple[SkillRule, ...]:
        return tuple(self._cleaned(rule) for rule in rules if self._is_supported(rule, skill))

    def _is_supported(self, rule: SkillRule, skill: Skill) -> bool:
        """Whether a rule is kept; a model's note that quotes only this trace is not, a person's is."""
        if rule.finding is None:
            return bool(skill.human_text or not rule.quotes or self._others(rule.quotes))
        return self.supports(rule.finding, skill)

    def _cleaned(self, rule: SkillRule) -> SkillRule:
        finding = self.uncited(rule.finding) if rule.finding else None
        return rule.model_copy(update={"finding": finding, "quotes": self._others(rule.quotes)})

    def _others(self, citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        return tuple(each for each in citations if each.trace != self.trace)

    def _without(self, hashes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for each in hashes if each != self.trace)

    def _pool(self, finding: Finding, skill: Skill | None) -> Mapping[str, TraceFacts]:
        """The facts of the traces that the finding was measured on.

        These are the traces that its skill was distilled from and, for a rule, those of the skill's policy.
        For a rejected finding they are those of its family and, for a rule, all with rows of it.
        """
        is_rule = isinstance(finding.claim, Rule)
        named = set(skill.traces) if skill else set()
        if skill and is_rule:
            named.update(skill.policy.traces)
        elif is_rule:
            named.update(row.trace for row in self._rows[finding.id])
        return {
            trace: fact
            for trace, fact in self._facts.items()
            if trace in named or (not (skill and named) and fact.family == finding.family)
        }


def _forget_skills(connection: sqlite3.Connection, remains: Remains) -> Forgotten:
    changed, dropped, retired = [], [], []
    for now in skills.every(connection):
        skill = now.skill
        for version in skills.history(connection, skill.name):
            _clean_version(connection, version, remains)
        if now.withheld:
            continue
        cleaned = remains.without_trace(skill)
        final = remains.recomputed(cleaned)
        if final == skill:
            continue
        changed.append(skill.name)
        kept = {rule.name for rule in final.rules}
        lost = [f"{skill.name}/{rule.name}" for rule in skill.rules if rule.name not in kept]
        dropped += lost
        _add_version(connection, final, len(lost))
        if now.status == "retired" or (lost and not final.rules and not final.human_text):
            skills.retire(connection, [skill.name])
            retired += [skill.name] if now.status == "active" else []
    return Forgotten(
        trace=remains.trace, skills=tuple(changed), dropped=tuple(dropped), retired=tuple(retired)
    )


def _clean_version(connection: sqlite3.Connection, stored: StoredSkill, remains: Remains) -> None:
    cleaned = remains.without_trace(stored.skill)
    note = "" if remains.trace in stored.note else stored.note
    if cleaned != stored.skill or note != stored.note:
        skills.overwrite(connection, stored, cleaned, note)


def _add_version(connection: sqlite3.Connection, skill: Skill, lost: int) -> None:
    note = "a trace was forgotten" + (f"; {lost} rules lost their support" if lost else "")
    skills.add_version(connection, Change(skill=skill, operation="forget", note=note))


def _forget_rejections(connection: sqlite3.Connection, remains: Remains) -> None:
    kept = []
    for rejection in evidence.rejections(connection):
        finding = rejection.finding
        if not remains.supports(finding, None):
            evidence.delete_rejection(connection, finding.family, finding.id)
            continue
        left = remains.measured(remains.uncited(finding), None)
        kept.append(Rejection(finding=left, reason=rejection.reason))
    evidence.save_rejections(connection, kept)
