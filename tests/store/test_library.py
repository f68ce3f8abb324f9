"""The library: versions, generations, atomic commits."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trace2skill.claims.model import Claim
from trace2skill.errors import LibraryError, SettingError
from trace2skill.evidence.rows import Row
from trace2skill.skills.model import Skill
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit, StaleLibraryError
from trace2skill.traces.model import Trace


def add(skill: Skill) -> Commit:
    """A commit that adds the skill."""
    return Commit(changes=(Change(skill=skill, operation="add"),))


def test_absent_library_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    """`create=False` on an empty folder names `trace2skill distill`, and makes nothing."""
    with pytest.raises(LibraryError, match=r"trace2skill distill PATH\.\.\. --library"):
        Library(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


def test_skills_outlive_the_process(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """What was committed is there when the folder is opened again."""
    skill = make_skill("mend-data", "reset the APN")
    with Library(tmp_path) as library:
        library.commit(add(skill))
    with Library(tmp_path, create=False) as library:
        assert [each.skill for each in library.skills()] == [skill]


def test_each_change_is_a_version_and_a_generation(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """Two different contents of one name are versions 1 and 2."""
    assert library.generation == 0
    assert library.commit(add(make_skill("mend-data", "one"))) == 1
    revised = Change(skill=make_skill("mend-data", "two"), operation="revise", note="reworded")
    assert library.commit(Commit(changes=(revised,))) == 2
    history = library.history("mend-data")
    assert [(each.version, each.operation, each.note) for each in history] == [
        (1, "add", ""),
        (2, "revise", "reworded"),
    ]
    assert library.skill("mend-data").skill.rules[0].text == "two"
    assert library.skill("mend-data", 1).skill.rules[0].text == "one"


def test_the_same_commit_twice_changes_nothing(
    library: Library,
    make_skill: Callable[..., Skill],
    make_claim: Callable[..., Claim],
    make_row: Callable[..., Row],
) -> None:
    """Neither the generation nor a byte of the library file."""
    claim = make_claim("a", "b")
    commit = Commit(
        changes=(Change(skill=make_skill("mend-data"), operation="add"),),
        claims=(claim,),
        rows=(make_row(claim, "t1"),),
    )
    library.commit(commit)
    before = [(library.path / name).read_bytes() for name in (FILE, f"{FILE}-wal")]
    assert library.commit(commit) == 1
    assert [(library.path / name).read_bytes() for name in (FILE, f"{FILE}-wal")] == before


def test_a_commit_on_an_old_generation_is_refused_whole(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """The second of two writers that read generation 0 must read again."""
    library.commit(add(make_skill("first")), expected_generation=0)
    with pytest.raises(StaleLibraryError, match="from generation 0 to 1"):
        library.commit(add(make_skill("second")), expected_generation=0)
    assert [each.skill.name for each in library.skills()] == ["first"]


def test_a_commit_that_fails_saves_nothing(library: Library, make_skill: Callable[..., Skill]) -> None:
    """Retiring an unknown skill undoes the skill added by the same commit."""
    commit = Commit(changes=(Change(skill=make_skill("new"), operation="add"),), retire=("absent",))
    with pytest.raises(LibraryError, match="no skill 'absent'"):
        library.commit(commit)
    assert library.skills() == []
    assert library.generation == 0


def test_an_unknown_skill_lists_close_names(library: Library, make_skill: Callable[..., Skill]) -> None:
    """A slip of the finger is answered with the name that was meant."""
    library.commit(add(make_skill("mend-data")))
    with pytest.raises(LibraryError, match="did you mean mend-data"):
        library.skill("mend-dota")


def test_an_unknown_version_names_the_range(library: Library, make_skill: Callable[..., Skill]) -> None:
    """Asking for version 7 of 1 says so."""
    library.commit(add(make_skill("mend-data")))
    with pytest.raises(LibraryError, match="versions 1 to 1, not 7"):
        library.skill("mend-data", 7)


def test_rollback_is_a_new_version_with_the_old_content(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """Nothing is taken away by going back."""
    library.commit(add(make_skill("mend-data", "one")))
    library.commit(add(make_skill("mend-data", "two")))
    back = library.rollback("mend-data", 1)
    assert (back.version, back.operation, back.note) == (3, "rollback", "to version 1")
    assert back.skill.rules[0].text == "one"


def test_a_removed_skill_is_retired_and_comes_back_by_rollback(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """History is kept; a rollback to the current version only reactivates."""
    library.commit(add(make_skill("mend-data")))
    library.remove("mend-data")
    assert library.skills() == []
    assert library.skill("mend-data").status == "retired"
    assert [each.skill.name for each in library.skills(status="retired")] == ["mend-data"]
    assert library.search("mend data") == []
    assert library.rollback("mend-data", 1).version == 1
    assert [each.skill.name for each in library.skills()] == ["mend-data"]


def test_skills_are_sorted_and_filtered_by_tag(library: Library, make_skill: Callable[..., Skill]) -> None:
    """Order is by name, whatever the order of commits."""
    for name, tags in (("c", ("x",)), ("a", ("x", "y")), ("b", ())):
        library.commit(add(make_skill(name, tags=tags)))
    assert [each.skill.name for each in library.skills()] == ["a", "b", "c"]
    assert [each.skill.name for each in library.skills(tag="x")] == ["a", "c"]


def test_kept_traces_are_a_change(library: Library, make_trace: Callable[..., Trace]) -> None:
    """A commit of nothing but staged traces moves the generation once."""
    library.stage("run", [make_trace("t1")])
    assert library.commit(Commit(run="run")) == 1
    assert library.commit(Commit(run="run")) == 1


def test_a_bad_setting_is_refused_on_opening(tmp_path: Path) -> None:
    """A misspelt embedding or server is no surprise at the end of a long run."""
    with pytest.raises(SettingError, match="unknown embedding 'wordlama'"):
        Library(tmp_path, embedding="wordlama")
    with pytest.raises(SettingError, match="http://HOST:PORT"):
        Library(tmp_path, chroma="localhost:8000")


def test_importing_the_library_is_light() -> None:
    """Nothing slow is loaded before it is needed."""
    code = (
        "import sys, trace2skill.store.library\n"
        "slow = ('chromadb', 'numpy', 'bm25s', 'langchain_core', 'tokenizers', 'scipy', 'requests')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
