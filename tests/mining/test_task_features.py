"""What tasks look like."""

import pytest

from trace2skill.mining.task_features import task_features, tasks_of, words_of
from trace2skill.traces.model import Action, Actor, Step, Tool, Trace


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
    texts = [
        "mend old lamp",
        "mend old desk",
        "mend old chair",
        "send old mug",
        "send old cup",
        "send old pen",
    ]
    features = task_features(tasks_of([run(text, text) for text in texts]))
    assert features.words == ["mend", "send"]


def test_tools_called_are_no_term() -> None:
    """What a run did is not known beforehand; what it was offered is, unless all were."""
    log, drill = Tool(name="log"), Tool(name="drill")
    runs = [
        Trace(id=f"a{at}", steps=run("", "", (Actor.AGENT, "dig")).steps, tools=(log,)) for at in range(3)
    ]
    runs += [Trace(id=f"b{at}", tools=(log, drill)) for at in range(3)]
    assert task_features(tasks_of(runs)).tools == ["drill"]


@pytest.mark.parametrize(("task", "seen", "words"), [("greet", "old lamp", ["lamp", "mug"]), ("", "", [])])
def test_the_scene_speaks_where_the_task_does_not(task: str, seen: str, words: list[str]) -> None:
    """A task text of which every word is in all tasks leaves it to what was to be seen first."""
    runs = [Trace(id=f"a{at}", task=task, task_key=f"a{at}", initial_observation=seen) for at in range(3)]
    mugs = {"task": task, "initial_observation": seen.replace("lamp", "mug")}
    runs += [Trace(id=f"b{at}", task_key=f"b{at}", **mugs) for at in range(3)]
    assert task_features(tasks_of(runs)).words == words


def test_similarity_of_equals_is_one_and_of_strangers_zero() -> None:
    """Dot products of rows are similarities."""
    texts = {"a": "blue sky", "b": "blue sky", "c": "green grass", "d": "green grass"}
    texts |= {"e": "blue sky", "f": "green grass"}
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
