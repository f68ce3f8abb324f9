"""Small skills, traces and findings for the store's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trace2skill.claims.model import ActionPattern, Claim, Sequence, claim_id
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Row, Summary, Support, Tier, TraceFacts
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.traces.model import Action, Label, Step, Trace


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library with the default embedding."""
    with Library(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def make_trace() -> Callable[..., Trace]:
    """`make_trace("t1", value="...")` is a run of one step whose observation is the value."""

    def make(name: str, task: str = "restore mobile data", value: str = "ok") -> Trace:
        action = Action(tool="reset_apn", arguments={"line": name})
        return Trace(
            id=name, task=task, family="data", steps=(Step(index=0, action=action, observation=value),)
        )

    return make


@pytest.fixture
def make_skill() -> Callable[..., Skill]:
    """`make_skill("mend-data", "text of rule P1", ...)` is a skill with those rules."""

    def make(name: str, *rules: str, **fields: object) -> Skill:
        texts = rules or (f"do what {name} says",)
        content: dict[str, object] = {
            "name": name,
            "title": name.replace("-", " ").capitalize(),
            "description": f"How to {name.replace('-', ' ')}.",
            "family": "data",
            "rules": tuple(
                SkillRule(name=f"P{number}", module=ModuleName.PROCEDURE, text=text)
                for number, text in enumerate(texts, start=1)
            ),
        }
        return Skill.model_validate(content | fields)

    return make


@pytest.fixture
def make_claim() -> Callable[..., Claim]:
    """`make_claim("a", "b")` claims that b follows a."""

    def make(*tools: str) -> Claim:
        return Sequence(actions=tuple(ActionPattern(tool=tool) for tool in tools))

    return make


@pytest.fixture
def make_row() -> Callable[..., Row]:
    """`make_row(claim, "t1", held=1)` is a row with one opportunity."""

    def make(claim: Claim, trace: str, held: int = 1, opportunities: int = 1) -> Row:
        at = tuple(range(held))
        return Row(claim=claim_id(claim), trace=trace, opportunities=opportunities, held=held, held_at=at)

    return make


@pytest.fixture
def make_facts() -> Callable[..., TraceFacts]:
    """`make_facts("t1")` is a successful run on a task of its own in the family `data`."""

    def make(trace: str, label: Label = Label.SUCCESS, family: str = "data") -> TraceFacts:
        return TraceFacts(trace=trace, stratum=f"task {trace}", family=family, source="s", label=label)

    return make


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    """`make_finding(claim)` held once, in one trace."""

    def make(claim: Claim, **fields: object) -> Finding:
        content: dict[str, object] = {
            "family": "data",
            "aspect": "sequences",
            "claim": claim,
            "summary": Summary(support=Support(opportunities=1, held=1, traces=1, tasks=1, sources=1)),
            "tier": Tier.HYPOTHESIS,
        }
        return Finding.model_validate(content | fields)

    return make
