"""Review: a person decides on each new or changed skill before it is saved.

The graph is interrupted with the proposals and resumed with the answers. It asks again for missing and
unusable answers. Decisions are kept, also if the run has to be planned again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from trace2skill.errors import InputError, SettingError
from trace2skill.evidence.finding import cited_in
from trace2skill.nodes.artifacts import Artifacts, Reviewed
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.report import Refused, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.skillmd.review import (
    Answer,
    ProposedChange,
    as_request,
    edited,
    proposed_change,
    read_answers,
    read_by_people,
    removed_rules,
)
from trace2skill.skills.consolidate import Proposal, without_replaced
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal, Refusals, refused_rules, refused_skill, said
from trace2skill.store.library import Library

MOST_UNUSABLE = 5
"""Answers in a row without anything usable, after which the run stops."""


class ReviewDecision(NamedTuple):
    """A usable answer, and the skill after it."""

    answer: Answer
    skill: Skill


def review(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Ask about every proposal that changes what people read, if the settings say so.

    A skill equal to one that was decided on before the run was planned again is not asked about again.

    Raises:
        SettingError: `MOST_UNUSABLE` answers in a row had nothing usable.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    proposals = artifacts.proposals()
    asked = _to_decide(context.library, proposals)
    if not context.review or not asked:
        return {}
    round_ = _ReviewRound(context.library, state["run"], asked)
    decided = state.get("decided", {})
    if known := {name: decided[key] for name, each in asked.items() if (key := _key(each.skill)) in decided}:
        round_.take(known)
    round_.ask()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rejected = [each for each in proposals if round_.rejects(each)]
    artifacts.put_reviewed(
        Reviewed(
            proposals=tuple(round_.reviewed(each) for each in proposals if each not in rejected),
            refusals=tuple(round_.refusals(now)),
        )
    )
    refused = [
        Refused(
            skill=each.skill.name,
            family=each.skill.family,
            reason=round_.decided[each.skill.name].answer.reason,
        )
        for each in rejected
    ]
    return {
        "decided": {**decided, **round_.answers()},
        "refused": [*state.get("refused", []), *(plain(each) for each in refused)],
        "obsolete": without_replaced(state["obsolete"], rejected),
    }


def _to_decide(library: str, proposals: Sequence[Proposal]) -> dict[str, Proposal]:
    """The proposals that change what people read, by name."""
    with Library(library) as opened:
        stored = {
            each.skill.name: read_by_people(each.skill)
            for each in opened.skills(status=None)
            if each.status != "retired"
        }
    changing = (each for each in proposals if each.operation != "leave")
    return {
        each.skill.name: each
        for each in changing
        if read_by_people(each.skill) != stored.get(each.skill.name)
    }


def _key(skill: Skill) -> str:
    return read_by_people(skill).hash


class _ReviewRound:
    """The proposals that are asked about, and the decisions so far."""

    def __init__(self, library: str, run: str, asked: Mapping[str, Proposal]) -> None:
        self._library = library
        self._run = run
        self._asked = asked
        self._problems: dict[str, str] = {}
        self.decided: dict[str, ReviewDecision] = {}

    def ask(self) -> None:
        """Interrupt until everything is decided."""
        unusable = 0
        while open_ := [name for name in self._asked if name not in self.decided]:
            given = interrupt(self._question(open_))
            taken = self.take(given)
            unusable = 0 if taken else unusable + 1
            if unusable == MOST_UNUSABLE:
                problems = "; ".join(self._problems.values())
                raise SettingError(
                    f"{MOST_UNUSABLE} answers could not be taken ({problems}); nothing was saved: resume the "
                    "run to be asked again"
                )

    def take(self, given: object) -> bool:
        """Record the usable answers; return whether there were any."""
        open_ = [name for name in self._asked if name not in self.decided]
        answers, self._problems = read_answers(given, open_)
        for name, answer in answers.items():
            if answer.digest not in {"", _key(self._asked[name].skill)}:
                self._problems[name] = "what was shown has changed since; this is what would be saved now"
                continue
            try:
                self.decided[name] = ReviewDecision(answer, self._edited(self._asked[name].skill, answer))
            except InputError as error:
                self._problems[name] = str(error)
        return any(name in self.decided for name in answers)

    def rejects(self, proposal: Proposal) -> bool:
        """Whether the proposal was rejected."""
        decision = self.decided.get(proposal.skill.name)
        return decision is not None and decision.answer.decision == "reject"

    def reviewed(self, proposal: Proposal) -> Proposal:
        """The proposal as it may be saved."""
        decision = self.decided.get(proposal.skill.name)
        if decision is None or decision.skill == proposal.skill:
            return proposal
        note = "; ".join(part for part in (proposal.note, "edited at a review") if part)
        return proposal.model_copy(update={"skill": decision.skill, "note": note})

    def refusals(self, now: str) -> list[Refusal]:
        """All rejections: whole proposals, and rules taken out of others."""
        found: list[Refusal] = []
        for name, (answer, skill) in self.decided.items():
            proposal = self._asked[name]
            if answer.decision == "reject":
                found.append(refused_skill(proposal, answer.reason, now))
            elif refusal := refused_rules(
                proposal.skill,
                removed_rules(proposal.skill, skill),
                answer.reason or "taken out at a review",
                now,
            ):
                found.append(refusal)
        return sorted(found, key=lambda refusal: refusal.skill)

    def answers(self) -> dict[str, Any]:
        """The answers, by the hash of the proposed skill."""
        return {
            _key(self._asked[name].skill): decision.answer.model_dump(mode="json", exclude_defaults=True)
            for name, decision in self.decided.items()
        }

    def _edited(self, skill: Skill, answer: Answer) -> Skill:
        if answer.decision != "edit":
            return skill
        cited = cited_in(rule.finding for rule in skill.rules if rule.finding)
        return edited(skill, answer, family_traces(self._library, self._run, skill.family, cited))

    def _question(self, names: Sequence[str]) -> dict[str, Any]:
        with Library(self._library) as library:
            stored = {each.skill.name: (each.skill, each.version) for each in library.skills(status=None)}
            known = Refusals(library.refusals())
        changes: list[ProposedChange] = []
        for name in names:
            proposal = self._asked[name]
            before = known.earlier(proposal)
            earlier = f"an earlier proposal was {said(before)}" if before else ""
            problem = self._problems.get(name, self._problems.get("", ""))
            changes.append(proposed_change(proposal, stored.get(name), earlier=earlier, problem=problem))
        Artifacts(self._library, self._run).put_asked(changes)
        return {"run": self._run, **as_request(changes)}
