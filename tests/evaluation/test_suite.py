"""Suites: in Python, by name, and in the format of evals.json."""

import json
from pathlib import Path

import pytest

from trace2skill.errors import InputError, SettingError
from trace2skill.evaluation.solver import SolverError, scored
from trace2skill.evaluation.suite import Suite, Task, load_suite, read_evals, write_evals

EVALS = {
    "skill_name": "doors",
    "made_by": "another program",
    "evals": [
        {"id": 1, "prompt": "Open it.", "assertions": ["It is open", "Nothing broke"], "author": "Ada"},
        {"id": "b", "prompt": "Lock it.", "expectations": ["It is locked"], "files": ["plans/door.txt"]},
    ],
}


def written(folder: Path, content: object) -> Path:
    """An evals.json where the format puts it."""
    file = folder / "evals" / "evals.json"
    file.parent.mkdir()
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_evals_are_read_with_both_words_for_assertions(tmp_path: Path) -> None:
    """Who wrote a task is kept, and files are found from the skill's folder."""
    suite = read_evals(written(tmp_path, EVALS))
    assert suite.name == "doors"
    assert [task.assertions for task in suite.tasks] == [
        ("It is open", "Nothing broke"),
        ("It is locked",),
    ]
    assert [task.author for task in suite.tasks] == ["Ada", ""]
    assert suite.tasks[1].text == f"Lock it.\n\nFiles:\n{tmp_path / 'plans/door.txt'}"


def test_a_grader_judges_by_the_assertions(tmp_path: Path) -> None:
    """The success is the share of assertions that hold."""
    suite = read_evals(
        written(tmp_path, EVALS), grade=lambda answer, assertions: [answer in each for each in assertions]
    )
    assert scored(suite.tasks[0], "open").success == 0.5


def test_an_eval_without_assertions_is_not_graded(tmp_path: Path) -> None:
    """The solver may still say itself how well it did; if not, the message names what is missing."""
    [task] = read_evals(
        written(tmp_path, {"evals": [{"id": 1, "prompt": "Go."}]}), grade=lambda answer, assertions: []
    ).tasks
    assert scored(task, {"success": 0.5, "answer": "x"}).success == 0.5
    with pytest.raises(SolverError, match="assertions"):
        scored(task, "x")


def test_evals_written_are_read_again_as_assertions(tmp_path: Path) -> None:
    """`expectations` come out as `assertions`; numbers stay numbers."""
    suite = read_evals(written(tmp_path, EVALS))
    file = tmp_path / "out" / "evals.json"
    write_evals(suite, file)
    content = json.loads(file.read_text(encoding="utf-8"))
    assert [each["id"] for each in content["evals"]] == [1, "b"]
    assert content["evals"][1]["assertions"] == ["It is locked"]
    assert read_evals(file).tasks[0] == suite.tasks[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([{"question": "?"}], "the format is"),
        ({"evals": []}, "evals: "),
        ({"evals": [{"id": 1}]}, r"evals\.0\.prompt: Field required"),
        ({"evals": [{"id": 1, "prompt": " "}]}, "no prompt"),
        ({"evals": [{"id": 1, "prompt": "a"}, {"id": "1", "prompt": "b"}]}, "two tasks '1'"),
    ],
)
def test_what_is_wrong_with_evals_is_told(tmp_path: Path, content: object, told: str) -> None:
    """With the place."""
    with pytest.raises(InputError, match=told):
        read_evals(written(tmp_path, content))


def test_broken_json_is_told_with_its_line(tmp_path: Path) -> None:
    """And an absent file by its name."""
    file = tmp_path / "evals.json"
    with pytest.raises(InputError, match=r"evals\.json: cannot be read"):
        read_evals(file)
    file.write_text('{"evals": [\n  {"id": 1,}\n]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"evals\.json:2: is not JSON"):
        read_evals(file)


def test_a_suite_is_loaded_by_name(tmp_path: Path) -> None:
    """From a file: a suite, a list of tasks, or a function that makes either."""
    file = tmp_path / "given_suite.py"
    file.write_text(
        "from trace2skill.evaluation.suite import Suite, Task\n"
        "tasks = [Task('a', 'Do a.')]\n"
        "suite = Suite('named', tasks)\n"
        "def made():\n    return tasks\n"
        "number = 1\n",
        encoding="utf-8",
    )
    assert load_suite(f"{file}:suite").name == "named"
    assert [load_suite(f"{file}:{name}").tasks[0].id for name in ("tasks", "made")] == ["a", "a"]
    with pytest.raises(SettingError, match="is int; give a Suite"):
        load_suite(f"{file}:number")
    with pytest.raises(SettingError, match="has no 'other'"):
        load_suite(f"{file}:other")
    with pytest.raises(SettingError, match=r"no file .*absent\.py"):
        load_suite(f"{tmp_path / 'absent.py'}:suite")
    with pytest.raises(SettingError, match="cannot be imported"):
        load_suite("no_such_module_of_ours:suite")


def test_a_digest_is_of_the_tasks_alone() -> None:
    """Their order and who scores them do not count; a word of a prompt does."""
    one, two = Task("a", "Do a."), Task("b", "Do b.")
    digest = Suite("s", [one, two]).digest
    assert Suite("t", [two, Task("a", "Do a.", score=bool)]).digest == digest
    assert Suite("s", [one, Task("b", "Do b!")]).digest != digest
