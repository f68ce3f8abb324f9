"""What a lying model cannot get into a skill."""

import json
import re
from pathlib import Path
from typing import Any

from tests.chat_server import Asked, chat_server, faults
from tests.graph.lies import Lie, doors_with_signs, lies
from tests.graph.test_models import failed_runs_asked_about, model, settings
from trace2skill.claims.model import claim_id
from trace2skill.claims.parse import parse_claim
from trace2skill.graph.run import distill
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library

AT_ONCE = {"claim": 6, "note": 3, "rule": 3}
"""How many of a kind one model tells in one run: so many are looked at."""


def rounds() -> list[list[Lie]]:
    """The lies dealt to models, none of whom tells more than is looked at."""
    left, dealt = list(lies()), []
    while left:
        told: list[Lie] = []
        for lie in list(left):
            if sum(other.teller == lie.teller for other in told) < AT_ONCE.get(lie.teller, 1):
                told.append(lie)
                left.remove(lie)
        dealt.append(told)
    return dealt


def liar(told: list[Lie]) -> Any:
    """A model that tells these lies and nothing else; what a note says is said to decide failures too."""
    noted = [lie.says for lie in told if lie.teller == "note"]
    claims = [lie.says for lie in told if lie.teller == "claim"]

    def read(asked: Asked) -> object:
        prompt = asked["messages"][1]["content"]
        failed = failed_runs_asked_about(prompt)
        good = re.findall(r"\[(T\d+)\] success", prompt)[:1]
        right = {"instead_at": f"{''.join(good)}#1", "instead_quote": 'status:"locked"'}
        causes = [
            {
                "run": run,
                "at": f"{run}#1" if says["at"] == "T1#1" else says["at"],
                "quote": says["quote"],
                "cause": says["text"],
                **right,
            }
            for run, says in zip(failed, noted, strict=False)
        ]
        return {"claims": claims, "notes": noted, "causes": causes}

    texts = {lie.teller: lie.says for lie in told if lie.teller not in {"claim", "note", "rule"}}

    def synthesise(asked: Asked) -> object:
        lines = asked["messages"][1]["content"].splitlines()
        rules = [json.loads(line) for line in lines if line.startswith('{"id"')]
        spoilt = [lie.says for lie in told if lie.teller == "rule"]
        worded = [
            {"id": rule["id"], "text": lie.replace("{own}", rule["says"])}
            for rule, lie in zip(rules, spoilt, strict=False)
        ]
        return {**texts, "rules": worded}

    return model(read, synthesise)


def lied(skill: Skill, words: str, told: list[Lie]) -> list[Lie]:
    """The lies that got into the skill."""
    claims = {rule.finding.id for rule in skill.rules if rule.finding}
    through = []
    for lie in told:
        if lie.teller == "claim":
            if claim_id(parse_claim(lie.says)) in claims:
                through.append(lie)
        elif lie.mark in words:
            through.append(lie)
    return through


def test_no_lie_reaches_a_saved_skill(tmp_path: Path) -> None:
    """Unsupported claims, wrong citations, invented figures, copied orders, secrets, broken fences."""
    assert len(list(lies())) >= 50
    traces = doors_with_signs()
    for number, told in enumerate(rounds()):
        folder = tmp_path / str(number)
        with chat_server(script=faults(liar(told))) as chat:
            distill(traces, library=folder, models=settings(chat))
        with Library(folder, create=False) as library:
            (stored,) = library.skills()
        # The worked example is cut from a run by code and shows what tools returned, fenced.
        words = stored.skill.model_copy(update={"example": ()}).model_dump(mode="json")
        assert lied(stored.skill, json.dumps(words, ensure_ascii=False), told) == []


def test_the_same_claims_pass_where_they_are_true(tmp_path: Path) -> None:
    """The filter is no wall: what the runs bear out gets through by the same door."""
    true = {"kind": "guard", "action": "open()", "require": 'door.status == "closed"'}
    with chat_server(script=faults(model({"claims": [true], "notes": []}))) as chat:
        report = distill(doors_with_signs(), library=tmp_path, models=settings(chat))
    assert report.reading["kept"] == 1


def test_a_true_cause_passes_where_a_lie_would_not(tmp_path: Path) -> None:
    """The quotes that the liars give are right, so that it is their words that are refused."""
    told = {"text": "Unlock before you push the handle.", "at": "T1#1", "quote": 'status:"locked"'}
    with chat_server(script=faults(liar([Lie("truth", "note", told)]))) as chat:
        report = distill(doors_with_signs(), library=tmp_path, models=settings(chat))
    assert "failure cause: no successful run bears it out" not in report.reading["dropped"]
    with Library(tmp_path, create=False) as library:
        (stored,) = library.skills()
    (noted,) = (rule for rule in stored.skill.rules if rule.finding is None)
    assert len({place.trace for place in noted.quotes}) >= 2
