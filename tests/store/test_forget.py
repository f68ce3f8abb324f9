"""Forgetting a trace."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trace2skill.claims.model import Claim, claim_id
from trace2skill.errors import LibraryError
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Row, TraceFacts
from trace2skill.evidence.statistics import summarise
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule
from trace2skill.store import database, traces
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit, Rejection
from trace2skill.traces.model import Trace


class World:
    """Three traces; claim `shared` held in all, claim `alone` only in the first."""

    def __init__(
        self,
        make_trace: Callable[..., Trace],
        make_claim: Callable[..., Claim],
        make_row: Callable[..., Row],
        make_facts: Callable[..., TraceFacts],
        make_finding: Callable[..., Finding],
    ) -> None:
        self.traces = [make_trace(f"t{number}", value=f"secret value {number}") for number in (1, 2, 3)]
        self.hashes = [trace.hash for trace in self.traces]
        self.shared, self.alone = make_claim("a", "b"), make_claim("b", "c")
        self.rows = [make_row(self.shared, trace) for trace in self.hashes] + [
            make_row(self.alone, self.hashes[0])
        ]
        self.facts = {trace: make_facts(trace) for trace in self.hashes}
        self._make_finding = make_finding

    def finding(self, claim: Claim) -> Finding:
        """The finding as it was measured on all three traces, citing each that held."""
        rows = [row for row in self.rows if row.claim == claim_id(claim)]
        cited = tuple(Citation(row.trace, 0) for row in rows)
        return self._make_finding(claim, summary=summarise(claim, rows, self.facts), held_at=cited)

    def skill(self, name: str, *claims: Claim) -> Skill:
        """A skill resting on the claims, with a worked example and a parameter from the first trace."""
        return Skill(
            name=name,
            title=name,
            description=name,
            family="data",
            rules=tuple(
                SkillRule(
                    name=f"P{number}",
                    module=ModuleName.PROCEDURE,
                    text=f"rule {number} of {name}",
                    finding=self.finding(claim),
                )
                for number, claim in enumerate(claims, start=1)
            ),
            parameters=(Parameter(name="v", description="v", example="secret value 1"),),
            example=(ExampleStep(citation=Citation(self.hashes[0], 0), actor="agent", action="reset_apn"),),
            example_task=self.traces[0].task,
            traces=tuple(sorted(self.hashes)),
        )

    def commit(self, *skills: Skill, rejected: tuple[Rejection, ...] = ()) -> Commit:
        """The skills with all evidence."""
        return Commit(
            run="run",
            changes=tuple(Change(skill=skill, operation="add", note=self.hashes[0]) for skill in skills),
            rows=tuple(self.rows),
            claims=(self.shared, self.alone),
            facts=tuple(self.facts.values()),
            rejected=rejected,
        )


@pytest.fixture
def world(
    make_trace: Callable[..., Trace],
    make_claim: Callable[..., Claim],
    make_row: Callable[..., Row],
    make_facts: Callable[..., TraceFacts],
    make_finding: Callable[..., Finding],
) -> World:
    """Three traces and what was measured on them."""
    return World(make_trace, make_claim, make_row, make_facts, make_finding)


def test_the_numbers_are_those_of_the_remaining_rows(library: Library, world: World) -> None:
    """A new version whose summary is recomputed; the unsupported rule is gone from every version."""
    library.stage("run", world.traces)
    library.commit(world.commit(world.skill("mend-data", world.shared, world.alone)))
    report = library.forget("t1")
    assert (report.trace, report.rows) == (world.hashes[0], 2)
    assert (report.skills, report.dropped, report.retired) == (("mend-data",), ("mend-data/P2",), ())
    now = library.skill("mend-data")
    assert (now.version, now.operation) == (2, "forget")
    [rule] = now.skill.rules
    assert rule.finding is not None
    assert rule.finding.summary == summarise(world.shared, library.rows(), library.trace_facts())
    assert rule.finding.summary.support.held == 2
    assert [each.name for each in library.skill("mend-data", 1).skill.rules] == ["P1"]


def test_no_version_cites_or_quotes_the_trace(library: Library, world: World) -> None:
    """Citations, worked example, parameter value, provenance and notes are clean in all of them."""
    library.stage("run", world.traces)
    library.commit(world.commit(world.skill("mend-data", world.shared)))
    revised = world.skill("mend-data", world.shared).model_copy(update={"title": "Revised"})
    library.commit(world.commit(revised))
    library.forget("t1")
    versions = library.history("mend-data")
    assert len(versions) == 3
    for stored in versions:
        assert world.hashes[0] not in stored.model_dump_json()
        assert "secret value 1" not in stored.model_dump_json()
        assert stored.skill.example == ()
        assert stored.skill.example_task == ""
        assert stored.skill.traces == tuple(sorted(world.hashes[1:]))


def test_nothing_of_the_trace_remains_in_the_folder(library: Library, world: World) -> None:
    """Neither its hash nor its packed steps nor the text of its rule, in library file, log or index."""
    library.stage("run", world.traces)
    library.commit(world.commit(world.skill("mend-data", world.shared, world.alone)))
    needles = [world.hashes[0].encode(), traces.pack(world.traces[0]).body, b"rule 2 of mend-data"]

    def found() -> list[bytes]:
        files = [file.read_bytes() for file in library.path.rglob("*") if file.is_file()]
        return [needle for needle in needles if any(needle in content for content in files)]

    assert found() == needles
    assert library.forget("t1").erased
    assert found() == []


def test_a_skill_left_without_rules_is_retired(library: Library, world: World) -> None:
    """It is not found any more; the other skill stays."""
    library.stage("run", world.traces)
    library.commit(world.commit(world.skill("alone", world.alone), world.skill("shared", world.shared)))
    assert library.forget("t1").retired == ("alone",)
    assert [each.skill.name for each in library.skills()] == ["shared"]
    assert [hit.skill for hit in library.search("alone")] == ["shared"]


def test_a_skill_that_never_saw_the_trace_is_untouched(
    library: Library, world: World, make_skill: Callable[..., Skill]
) -> None:
    """No new version without a reason."""
    library.stage("run", world.traces)
    library.commit(world.commit(make_skill("handwritten"), world.skill("mend-data", world.shared)))
    before = library.skill("handwritten")
    library.forget("t1")
    assert library.skill("handwritten").model_copy(update={"note": before.note}) == before


def test_evidence_claims_and_rejections_that_rested_on_it_go(library: Library, world: World) -> None:
    """What other traces support stays, with its citations to the trace removed."""
    library.stage("run", world.traces)
    rejected = tuple(
        Rejection(finding=world.finding(each), reason="weak") for each in (world.shared, world.alone)
    )
    library.commit(world.commit(rejected=rejected))
    library.forget("t1")
    assert library.trace_hashes() == sorted(world.hashes[1:])
    assert {row.trace for row in library.rows()} == set(library.trace_facts()) == set(world.hashes[1:])
    assert library.claim(claim_id(world.alone)) is None
    [kept] = library.rejections()
    assert kept.finding.claim == world.shared
    assert [each.trace for each in kept.finding.held_at] == world.hashes[1:]
    assert kept.finding.summary.support.held == 2


def test_a_trace_that_was_measured_but_not_kept_is_forgotten_too(library: Library, world: World) -> None:
    """By the start of its hash."""
    library.stage("run", world.traces)
    commit = world.commit(world.skill("mend-data", world.shared))
    library.commit(commit.model_copy(update={"keep_traces": False}))
    assert library.forget(world.hashes[0][:10]).rows == 2


def test_a_reader_at_work_is_reported(
    library: Library, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its snapshot keeps the old pages alive; they go when the library is closed."""
    monkeypatch.setattr(database, "ERASE_SECONDS", 0.1)
    library.stage("run", world.traces)
    library.commit(world.commit(world.skill("mend-data", world.shared)))
    with closing(sqlite3.connect(library.path / FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM traces").fetchone()
        assert not library.forget("t1").erased
    library.close()
    assert traces.pack(world.traces[0]).body not in (library.path / FILE).read_bytes()
    assert not (library.path / f"{FILE}-wal").exists()


def test_an_unknown_trace_changes_nothing(library: Library) -> None:
    """The generation stays."""
    with pytest.raises(LibraryError, match="no trace 'nowhere'"):
        library.forget("nowhere")
    assert library.generation == 0


def test_forgetting_twice_is_refused(tmp_path: Path, world: World) -> None:
    """The second time there is nothing left to forget, also for a fresh process."""
    with Library(tmp_path) as library:
        library.stage("run", world.traces)
        library.commit(world.commit(world.skill("mend-data", world.shared)))
        library.forget("t1")
    with Library(tmp_path) as library, pytest.raises(LibraryError, match="no trace"):
        library.forget(world.hashes[0])
