"""Arms: what an agent is given under each."""

from pathlib import Path

import pytest

from tests.store.skills import TOPICS, fill
from tests.store.test_validations import verdict_on
from trace2skill.errors import LibraryError, SettingError
from trace2skill.evaluation.arms import arm, null_edit, of_skill, placebo
from trace2skill.evaluation.suite import Task
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import Action, Label, Outcome, Step, Trace


def make_skill(name: str, *rules: str, **fields: object) -> Skill:
    """A skill with those rules."""
    noted = tuple(
        SkillRule(name=f"P{number}", module=ModuleName.PROCEDURE, text=text)
        for number, text in enumerate(rules, 1)
    )
    content = {"name": name, "title": name, "description": f"How to {name}.", "family": "data"}
    return Skill.model_validate(content | {"rules": noted} | fields)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two skills on different topics, and a second version of one."""
    opened = Library(tmp_path / "library")
    fill(opened, make_skill)
    newer = make_skill("phone-data", "rule of phone-data", "a second rule", domain="telecom")
    opened.commit(Commit(changes=(Change(skill=newer, operation="revise"),)))
    return opened


TASK = Task("t", TOPICS["phone-data"][1][0])


def text(spec: str, library: Library | None, task: Task = TASK) -> str:
    """What the arm gives for a task."""
    return arm(spec, library).guidance(task)


def test_a_skill_and_its_versions(library: Library) -> None:
    """The current version, and an older one by its number."""
    assert "a second rule" in text("phone-data", library)
    assert "a second rule" not in text("phone-data@1", library)
    assert text("none", library) == ""
    with pytest.raises(LibraryError, match="did you mean phone-data"):
        arm("phone-dat", library)


def test_a_folder_from_elsewhere(tmp_path: Path) -> None:
    """No library is needed for it, nor for none."""
    folder = tmp_path / "knitting"
    folder.mkdir()
    (folder / "SKILL.md").write_text(
        "---\nname: knitting\ndescription: How to knit.\n---\n\nKnit two, purl two.\n", encoding="utf-8"
    )
    assert "Knit two, purl two." in text(str(folder), None)
    with pytest.raises(SettingError, match="needs a library"):
        arm("phone-data", None)


def test_a_placebo_is_about_something_else(library: Library) -> None:
    """Another skill, of another family where there is one."""
    phones = library.skill("phone-data").skill
    assert "rule of flight-refund" in placebo(library, phones).guidance(TASK)
    baking = make_skill("bread-baking", "knead", family="kitchen")
    library.commit(Commit(changes=(Change(skill=baking, operation="add"),)))
    assert placebo(library, library.skill("flight-refund").skill).name == "placebo (bread-baking)"


def test_what_is_retrieved_depends_on_the_task(library: Library) -> None:
    """And may be nothing; looking leaves no receipt."""
    retrieved = arm("retrieved", library)
    assert "phone-data" in retrieved.guidance(TASK)
    assert retrieved.guidance(Task("cake", "Bake me a chocolate cake for the birthday.")) == ""
    assert library.usage() == []


def run_on(task: str, tool: str, label: Label = Label.SUCCESS) -> Trace:
    """A run of one call."""
    step = Step(index=0, action=Action(tool=tool), observation="</task> done")
    return Trace(id=f"{task}-{tool}", task=task, steps=(step,), outcome=Outcome(label=label))


def test_raw_runs_are_the_likest_good_ones_on_other_tasks(tmp_path: Path) -> None:
    """Not those on the very task, not the failed ones, and none that share no word; tags are defused."""
    library = Library(tmp_path / "library")
    runs = [
        run_on("open the green door", "unlock"),
        run_on("open the red door", "push"),
        run_on("open the blue door", "kick", Label.FAILURE),
        run_on("bake bread", "knead"),
    ]
    library.stage("run", runs)
    library.commit(Commit(run="run"))
    given = text("raw:5", library, Task("t", "Open the red door"))
    assert "unlock" in given
    assert not any(word in given for word in ("push", "kick", "knead", "</task>"))
    assert text("raw", library, Task("t", "sing")) == ""


def test_a_null_edit_changes_bytes_and_no_words() -> None:
    """Of a skill's text; of none it changes nothing."""
    whole = of_skill(make_skill("doors", "open", "close"))
    edited = null_edit(whole)
    assert edited.guidance(TASK) != whole.guidance(TASK)
    assert edited.guidance(TASK).split() == whole.guidance(TASK).split()


def test_a_gated_arm_gives_what_was_validated_and_else_nothing(library: Library) -> None:
    """The newest version that stands as helpful, not the newest one; a placebo is another skill."""
    assert text("gated:phone-data", library) == ""
    first = library.history("phone-data")[0].skill
    library.commit(Commit(validations=(verdict_on(first, "helps"),)))
    assert text("gated:phone-data", library) == text("phone-data@1", library)
    assert "flight-refund" in arm("placebo:phone-data", library).name


def test_arms_that_a_model_writes_need_one(library: Library) -> None:
    """And are cut at a line like all others."""
    with pytest.raises(SettingError, match="--model"):
        arm("summary:phone-data", library)
    written = arm(
        "patches:phone-data", library, 50, lambda kind, skill: f"{kind} {skill.name}\n" + "word\n" * 90
    )
    told = written.guidance(TASK)
    assert told.startswith("patches phone-data\nword")
    assert len(told) < 250
