"""Reviews from the command line: at a terminal, in scripts, and what is said when nobody is there."""

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.terminal import typed
from tests.graph.errands import contents
from trace2skill.store.library import Library


@pytest.fixture
def waiting(run: Run, runs: Path, tmp_path: Path) -> Path:
    """A library with a run that asks about `house-doors` and `house-lamps`."""
    assert run("distill", runs, "--library", tmp_path / "library", "--review").exit_code == 7
    return tmp_path / "library"


def test_without_a_terminal_the_run_waits(run: Run, runs: Path, tmp_path: Path) -> None:
    """What waits, how to go on, and an exit code of its own."""
    result = run("distill", runs, "--library", tmp_path / "library", "--review")
    assert result.exit_code == 7
    assert "house-doors: add, new: " in result.stdout
    assert "2 changes wait for a review, nothing is saved yet" in result.stderr
    assert "trace2skill review 2" in result.stderr
    assert contents(tmp_path / "library") == {}


def test_the_questions_as_json(run: Run, waiting: Path) -> None:
    """Diff, rules and evidence, for whoever writes their own page."""
    result = run("review", "--library", waiting, "--json")
    assert result.exit_code == 7
    changes = json.loads(result.stdout)["waiting"]
    assert [change["name"] for change in changes] == ["house-doors", "house-lamps"]
    assert set(changes[0]) >= {"operation", "note", "diff", "rules", "markdown", "problem"}


def test_decisions_by_options(run: Run, waiting: Path) -> None:
    """One accepted, one rejected with its reason: saved, reported, and listed."""
    words = ("review", "--library", waiting, "--accept", "house-doors", "--reject", "house-lamps=too dim")
    result = run(*words)
    assert result.exit_code == 0
    assert "house-lamps: too dim" in result.stdout
    assert list(contents(waiting)) == ["house-doors"]
    listed = run("skills", "rejected", "--library", waiting)
    assert "too dim" in listed.stdout
    assert (
        json.loads(run("skills", "rejected", "--library", waiting, "--json").stdout)[0]["skill"]
        == "house-lamps"
    )


def test_an_approval_is_of_exactly_what_was_shown(run: Run, waiting: Path) -> None:
    """By the digest that the JSON shows; another one is asked about again, and nothing is saved."""
    options = ("review", "--library", waiting)
    shown = {each["name"]: each for each in json.loads(run(*options, "--json").stdout)["waiting"]}
    assert run(*options, "--accept", "house-doors@0123456789abcdef").exit_code == 7
    assert contents(waiting) == {}
    words = [f"{name}@{each['digest']}" for name, each in shown.items()]
    assert run(*options, "--accept", words[0], "--accept", words[1]).exit_code == 0
    assert list(contents(waiting)) == ["house-doors", "house-lamps"]


def test_all_but_those_named(run: Run, waiting: Path) -> None:
    """`--accept-all` yields to the other options."""
    assert run("review", "--library", waiting, "--accept-all", "--reject", "house-doors=no").exit_code == 0
    assert list(contents(waiting)) == ["house-lamps"]


def test_an_edited_file(run: Run, waiting: Path, tmp_path: Path) -> None:
    """A SKILL.md as somebody mended it elsewhere."""
    changes = json.loads(run("review", "--library", waiting, "--json").stdout)["waiting"]
    text = changes[0]["markdown"].replace("# House: doors", "# Open sesame")
    (tmp_path / "SKILL.md").write_text(text)
    edit = f"house-doors={tmp_path / 'SKILL.md'}"
    assert run("review", "--library", waiting, "--edit", edit, "--accept-all").exit_code == 0
    with Library(waiting) as library:
        assert library.skill("house-doors").skill.title == "Open sesame"


def test_an_answer_that_is_not_taken(run: Run, waiting: Path) -> None:
    """The run waits on, and says why."""
    result = run("review", "--library", waiting, "--accept", "ghost")
    assert result.exit_code == 7
    assert "no skill 'ghost' waits" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--reject", "=why"), 2, "--reject takes NAME=REASON"),
        (("--edit", "house-doors"), 2, "--edit takes NAME=FILE"),
        (("--edit", "house-doors=/ghost.md"), 3, "/ghost.md"),
        (("ghost",), 4, "no run ghost"),
    ],
)
def test_mistakes(run: Run, waiting: Path, words: tuple[str, ...], code: int, message: str) -> None:
    """One message each."""
    result = run("review", "--library", waiting, *words)
    assert (result.exit_code, message in result.stderr) == (code, True)


def test_nothing_waits(run: Run, library: Path) -> None:
    """Said, with where to look."""
    result = run("review", "--library", library)
    assert result.exit_code == 4
    assert "no run that is waiting" in result.stderr


def test_rejections_are_withdrawn(run: Run, waiting: Path) -> None:
    """A person may change their mind."""
    run("review", "--library", waiting, "--accept", "house-doors", "--reject", "house-lamps=too dim")
    assert (
        "1 rejections" in run("skills", "rejected", "--library", waiting, "--withdraw", "house-lamps").stdout
    )
    assert "Nothing was rejected" in run("skills", "rejected", "--library", waiting).stdout


def test_at_a_terminal(runs: Path, tmp_path: Path) -> None:
    """Page by page: one is edited in the person's editor, one rejected with a reason."""
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text().replace('# House: doors', '# Open sesame'))\n"
    )
    library = tmp_path / "library"
    session = typed(
        ("distill", runs, "--library", library, "--review"),
        [("house-doors: [a]ccept", "e"), ("house-lamps: [a]ccept", "r"), ("why", "too dim")],
        EDITOR=f"{sys.executable} {editor}",
    )
    assert session.code == 0, session.screen
    assert "house-doors, add (1 of 2)" in session.screen
    assert "+# House: doors" in session.screen
    assert "house-lamps: too dim" in session.screen
    with Library(library) as opened:
        assert opened.skill("house-doors").skill.title == "Open sesame"
        assert [each.reason for each in opened.refusals()] == ["too dim"]


def test_stopping_at_a_terminal(run: Run, runs: Path, tmp_path: Path) -> None:
    """What was decided stays decided, the rest waits; `distill --resume` asks for it."""
    library = tmp_path / "library"
    keys = [("house-doors: [a]ccept", "a"), ("house-lamps: [a]ccept", "q")]
    session = typed(("distill", runs, "--library", library, "--review"), keys)
    assert session.code == 7
    assert "1 change waits for a review" in session.screen
    resumed = run("distill", "--resume", "--library", library)
    assert resumed.exit_code == 7
    assert "house-lamps" in resumed.stdout
    assert "house-doors" not in resumed.stdout
