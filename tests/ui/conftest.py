"""Libraries to look at: a small one in which everything occurs, and one with a review that waits."""

import shutil
from pathlib import Path

import pytest

from tests.graph.errands import doors, lamps
from trace2skill import distill
from trace2skill.store.library import Library
from trace2skill.store.receipts import feedback, receipt, usages
from trace2skill.store.records import Commit
from trace2skill.store.validations import Interval, Validation, rules_digest


def verdict(library: Library, name: str, word: str, mean: float) -> Validation:
    """A verdict on the current version of a skill."""
    stored = library.skill(name)
    return Validation(
        skill=name,
        version=stored.version,
        hash=stored.skill.hash,
        rules=rules_digest(stored.skill),
        verdict=word,  # type: ignore[arg-type]
        reason=f"success moves by {mean:+.2f}",
        suite="held-out",
        suite_digest="0" * 16,
        control="no skill",
        solver="chat",
        tasks=20,
        pairs=40,
        runs=80,
        success=Interval(mean=mean, low=mean - 0.1, high=mean + 0.1),
        harm_budget=0.05,
        level=0.05,
        time="2026-11-20T10:00:00+00:00",
    )


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`house-doors` in two versions, used and found to help; `house-lamps`, found to harm."""
    folder = tmp_path_factory.mktemp("house") / "library"
    distill(doors(6) + lamps(), library=folder)
    distill(doors(12), library=folder)
    with Library(folder) as library:
        found = library.retrieve("open door D1")
        given = receipt("a" * 32, found, used=("house-doors",), model="m")
        library.record_usage(usages(given))
        feedback(given, False, library=library)
        feedback(given, True, library=library, note="the door is open")
        library.record_usage(usages(receipt("b" * 32, library.retrieve("bake me a cake"))))
        verdicts = (
            verdict(library, "house-doors", "helps", 0.2),
            verdict(library, "house-lamps", "harms", -0.3),
        )
        library.commit(Commit(validations=verdicts))
    return folder


@pytest.fixture(scope="session")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a run that asks about `house-doors` and `house-lamps`. Copy it before answering."""
    folder = tmp_path_factory.mktemp("asking") / "library"
    distill(doors() + lamps(), library=folder, review=True)
    return folder


@pytest.fixture
def waiting(asking: Path, tmp_path: Path) -> Path:
    """A library with a run that may be answered."""
    return Path(shutil.copytree(asking, tmp_path / "library"))
