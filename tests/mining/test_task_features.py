"""What tasks look like."""

import pytest

from trace2skill.mining.task_features import task_features, tasks_of, words_of
from trace2skill.traces.model import Action, Actor, Step, Trace


def run(name: str, task: str, *calls: tuple[Actor, str], key: str | None = None) -> Trace:
    """A run of so many calls."""
    steps = tuple(Step(index=at, actor=who, action=Action(tool=tool)) for at, (who, tool) in enumerate(calls))
    return Trace(id=name, task=task, task_key=key or name, steps=steps)


def test_words_leave_out_ids_numbers_and_stop_words() -> None:
    """Only plain words remain, in order."""
    assert words_of("Refund order W12 for mei_kovacs_8020 and the Straße 5!") == ["refund", "order", "straße"]


def test_runs_on_one_task_are_one_task() -> None:
    """Runs with one key are grouped, and the same run given twice is one."""
    first, second, other = run("a", "x", key="k"), run("b", "y", key="k"), run("c", "z")
    assert sorted(len(task.runs) for task in tasks_of([first, other, second, first])) == [1, 2]


def test_rare_and_ubiquitous_terms_vanish() -> None:
    """A word of one task, and one of all, are no terms."""
    texts = ["please fix lamp", "please fix desk", "please fix chair", "please send mug", "please send cup"]
    features = task_features(tasks_of([run(text, text) for text in texts]))
    assert features.words == ["fix", "send"]


def test_actors_tell_tools_apart() -> None:
    """The same tool called by the user is another term; a tool everybody calls is none."""
    log = (Actor.AGENT, "log")
    runs = [run(f"u{at}", "", log, (Actor.USER, "check")) for at in range(3)]
    runs += [run(f"a{at}", "", log, (Actor.AGENT, "check")) for at in range(3)]
    assert task_features(tasks_of(runs)).tools == ["agent check", "user check"]


def test_similarity_of_equals_is_one_and_of_strangers_zero() -> None:
    """Dot products of rows are similarities."""
    texts = {"a": "blue sky", "b": "blue sky", "c": "green grass", "d": "green grass"}
    runs = [run(key, text) for key, text in texts.items()]
    tasks = tasks_of(runs)
    matrix = task_features(tasks).matrix
    similarity = matrix @ matrix.T
    place = {task.runs[0].stratum: at for at, task in enumerate(tasks)}
    assert similarity[place["a"], place["b"]] == pytest.approx(1)
    assert similarity[place["a"], place["c"]] == 0


def test_few_shared_words_of_many_are_little_likeness() -> None:
    """Tasks that share one word among words of their own stay unlike."""
    runs = [run(str(at), f"cheap {word} {word * 2} {word * 3}") for at, word in enumerate(["aa", "bb", "cc"])]
    runs += [run("other", "xx yy zz")]
    matrix = task_features(tasks_of(runs)).matrix
    assert matrix.max() < 0.3
