"""Verdicts outlive distilling and merging: what harms does not come back by itself."""

from pathlib import Path

from tests.graph.errands import doors, lamps
from trace2skill.graph.run import distill, merge
from trace2skill.store.library import Library
from trace2skill.store.records import Commit, StoredSkill
from trace2skill.store.validations import Interval, Validation, Verdict, rules_digest


def judged(folder: Path, name: str, verdict: Verdict) -> StoredSkill:
    """The skill as it is after this verdict on its current version."""
    with Library(folder) as library:
        stored = library.skill(name)
        validation = Validation(
            skill=name,
            version=stored.version,
            hash=stored.skill.hash,
            rules=rules_digest(stored.skill),
            verdict=verdict,
            reason="made up",
            suite="rooms",
            suite_digest="0",
            control="none",
            solver="agent:solve",
            tasks=10,
            pairs=50,
            runs=100,
            success=Interval(mean=0, low=-1, high=1),
            harm_budget=0.05,
            level=0.05,
            time="2026-01-01T00:00:00Z",
        )
        library.commit(Commit(validations=(validation,)))
        return library.skill(name)


def test_a_rejected_skill_that_more_runs_strengthen_stays_rejected(tmp_path: Path) -> None:
    """Its rules are the same; it is one skill with two versions, not a new one beside the old."""
    folder = tmp_path / "library"
    distill(doors(6), library=folder)
    before = judged(folder, "house-doors", "harms")
    distill(doors(8), library=folder)
    with Library(folder) as library:
        names = [each.skill.name for each in library.skills(status=None)]
        after = library.skill("house-doors")
    assert names == ["house-doors"]
    assert (before.version, after.version) == (1, 2)
    assert rules_digest(after.skill) == rules_digest(before.skill)
    assert after.status == "rejected"


def test_a_validated_skill_that_more_runs_strengthen_is_validated_no_more(tmp_path: Path) -> None:
    """The bytes are others; nobody has run them."""
    folder = tmp_path / "library"
    distill(doors(6), library=folder)
    assert judged(folder, "house-doors", "helps").validation is not None
    distill(doors(8), library=folder)
    with Library(folder) as library:
        assert library.skill("house-doors").validation is None
        assert library.skill("house-doors", 1).validation is not None


def test_merging_takes_verdicts_over_once(tmp_path: Path) -> None:
    """A skill rejected in the source is rejected in the merged library, however often they are merged."""
    source, library = tmp_path / "source", tmp_path / "library"
    distill(doors(6), library=source)
    judged(source, "house-doors", "harms")
    distill(lamps(), library=library)
    for _ in range(2):
        merge([source], trust=True, library=library)
        with Library(library) as opened:
            assert len(opened.validations()) == 1
            assert opened.skill("house-doors").status == "rejected"
            assert opened.skill("house-lamps").status == "active"
