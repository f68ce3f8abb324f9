"""Critique and revise over the artifacts: what goes is reported, and the loop ends."""

from pathlib import Path

import pytest
from langgraph.runtime import Runtime

from tests.graph.errands import doors
from trace2skill.evidence.rows import Summary, Support, Tier
from trace2skill.mining.analyse import analyse
from trace2skill.mining.pool import Pool, trace_facts
from trace2skill.mining.roster import ROSTER
from trace2skill.nodes.artifacts import Artifacts, Members
from trace2skill.nodes.consolidate import consolidate
from trace2skill.nodes.critique import after_critique, critique
from trace2skill.nodes.revise import revise
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.state import DistillState
from trace2skill.skills.compose import compose
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.library import Library

RUN = "run"
NOTE = SkillRule(name="P9", module=ModuleName.PROCEDURE, text="Knock first.")
"""Rests on no finding and quotes nothing."""


def composed() -> Skill:
    """What the analysts find on the doors, as a draft."""
    pool = Pool("doors", doors())
    findings = [finding for analyst in ROSTER for finding in analyse(analyst, pool).findings]
    return compose("doors", findings, pool.traces)


def at_work(folder: Path, draft: Skill) -> DistillState:
    """The state of a run that has just composed the draft."""
    with Library(folder) as library:
        library.stage(RUN, doors())
    artifacts = Artifacts(folder, RUN)
    artifacts.put_draft("doors", 0, draft)
    facts = sorted((trace_facts(trace, "doors") for trace in doors()), key=lambda fact: fact.trace)
    artifacts.put_members("doors", Members(facts=tuple(facts)))
    return {"run": RUN, "drafts": ["doors"], "revisions": 0, "left_out": [], "objections": {}}


def test_a_sound_draft_passes(tmp_path: Path, runtime: Runtime[DistillSettings]) -> None:
    """No objection, on to consolidation."""
    state = at_work(tmp_path, composed())
    state |= critique(state, runtime)
    assert state["objections"] == {}
    assert after_critique(state, runtime) == "consolidate"


def test_an_unmeasured_rule_is_left_out_and_reported(
    tmp_path: Path, runtime: Runtime[DistillSettings]
) -> None:
    """After one revision the draft passes without it."""
    draft = composed()
    state = at_work(tmp_path, draft.model_copy(update={"rules": (*draft.rules, NOTE)}))
    state |= critique(state, runtime)
    assert after_critique(state, runtime) == "revise"
    state |= revise(state, runtime)
    assert [(left["rule"], left["family"]) for left in state["left_out"]] == [("Knock first.", "doors")]
    state |= critique(state, runtime)
    assert after_critique(state, runtime) == "consolidate"
    assert len(Artifacts(tmp_path, RUN).draft("doors", 1).rules) == len(draft.rules)


def test_a_finding_that_goes_is_kept_as_rejected(tmp_path: Path, runtime: Runtime[DistillSettings]) -> None:
    """With the objection as its reason."""
    draft = composed()
    rule = draft.rules[0]
    assert rule.finding is not None
    update = {"summary": Summary(support=Support()), "tier": Tier.MINED}
    hollow = rule.finding.model_copy(update=update)
    rules = (rule.model_copy(update={"finding": hollow}), *draft.rules[1:])
    state = at_work(tmp_path, draft.model_copy(update={"rules": rules}))
    state |= critique(state, runtime)
    revise(state, runtime)
    dropped = Artifacts(tmp_path, RUN).dropped("doors", 0)
    assert [each.finding for each in dropped] == [hollow]
    assert "no trace had the opportunity" in dropped[0].reason


@pytest.mark.parametrize("most", [0, 1, 2])
def test_the_loop_is_bounded(tmp_path: Path, most: int) -> None:
    """However often something is objected to, there are no more revisions than the settings allow."""
    runtime = Runtime(context=DistillSettings(library=str(tmp_path), max_revisions=most))
    state: DistillState = {"objections": {"doors": ["still wrong"]}, "revisions": 0}
    while after_critique(state, runtime) == "revise":
        state["revisions"] += 1
    assert state["revisions"] == most


def test_what_still_fails_is_left_out_whole(tmp_path: Path, runtime: Runtime[DistillSettings]) -> None:
    """With its reasons; nothing is proposed for it."""
    state = at_work(tmp_path, composed())
    state |= {"objections": {"doors": ["P1: still wrong"]}}
    state |= consolidate(state, runtime)
    assert state["left_out"] == [
        {"skill": "house-doors", "family": "doors", "rule": None, "reasons": ["P1: still wrong"]}
    ]
    assert Artifacts(tmp_path, RUN).proposals() == ()


def test_a_draft_without_rules_is_left_out(tmp_path: Path, runtime: Runtime[DistillSettings]) -> None:
    """An empty skill helps nobody."""
    state = at_work(tmp_path, composed().model_copy(update={"rules": ()}))
    state |= consolidate(state, runtime)
    assert state["left_out"][0]["reasons"] == ["nothing that was found can stand as a rule"]
