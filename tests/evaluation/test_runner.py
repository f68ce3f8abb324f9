"""The journal and the runner: nothing is run twice, whatever happened in between."""

import threading
from pathlib import Path

import pytest

from tests.evaluation.agents import NOTHING, SUITE, coin, runner
from trace2skill.errors import InputError, LimitError
from trace2skill.evaluation.arms import again, fixed
from trace2skill.evaluation.gate import GateSettings, Judgement, judge
from trace2skill.evaluation.journal import Journal, Run
from trace2skill.evaluation.runner import Draw, Request
from trace2skill.evaluation.solver import SolverError

REQUESTS = [Request(fixed("skill", "skill"), Draw(task, 1)) for task in SUITE.tasks]
AGENT = coin({"skill": 0.8, "": 0.4})


class Killed(BaseException):
    """Stands for a kill."""


def verdict(solver: object, results: Path) -> Judgement:
    """A judgement whose runs are kept in a file."""
    return judge(
        NOTHING,
        fixed("skill", "skill"),
        runner=runner(solver, results=results),
        tasks=SUITE.tasks,
        settings=GateSettings(),
    )


def test_an_interrupted_judgement_goes_on(tmp_path: Path) -> None:
    """Killed at the 31st run, it ends as if it had not been, and each run is made once."""
    asked: list[tuple[str, str, int]] = []

    def dying(task: str, guidance: str, seed: int) -> float:
        if len(asked) == 30:
            raise Killed
        asked.append((task, guidance, seed))
        return AGENT(task, guidance, seed)

    with pytest.raises(Killed):
        verdict(dying, tmp_path / "runs.jsonl")

    def living(task: str, guidance: str, seed: int) -> float:
        asked.append((task, guidance, seed))
        return AGENT(task, guidance, seed)

    resumed = verdict(living, tmp_path / "runs.jsonl")
    whole = verdict(AGENT, tmp_path / "others.jsonl")
    assert resumed == whole
    assert len(asked) == whole.runs > 30


def test_a_line_cut_off_by_a_kill_is_made_again(tmp_path: Path) -> None:
    """The lines before it count, and the file is whole again afterwards."""
    file = tmp_path / "runs.jsonl"
    runner(AGENT, results=file).run(REQUESTS)
    file.write_bytes(file.read_bytes()[:-20])
    cut = runner(AGENT, results=file)
    assert cut.due(REQUESTS) == 1
    cut.run(REQUESTS)
    assert cut.made == 1
    assert len(Journal(file)) == 10


def test_a_line_that_is_no_run_is_told(tmp_path: Path) -> None:
    """With file and line."""
    file = tmp_path / "runs.jsonl"
    file.write_text('{"key": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"runs\.jsonl:1: is no run"):
        Journal(file)


def test_two_may_write_one_file(tmp_path: Path) -> None:
    """Neither loses a line of the other, and who opens the file later has both."""
    file = tmp_path / "runs.jsonl"
    one, other = runner(AGENT, results=file), runner(AGENT, results=file)
    one.run(REQUESTS[:4])
    other.run(REQUESTS[4:])
    one.run(REQUESTS[:5])
    assert runner(AGENT, results=file).due(REQUESTS) == 0


def test_runs_of_another_agent_text_or_replicate_are_not_used() -> None:
    """The same task, seed and text again are."""
    one = runner(AGENT)
    draw = Draw(SUITE.tasks[0], 1)
    arm = fixed("skill", "skill")
    one.run([Request(arm, draw)])
    others = [
        Request(again(arm), draw),
        Request(fixed("skill", "skill!"), draw),
        Request(arm, Draw(SUITE.tasks[0], 2)),
        Request(arm, Draw(SUITE.tasks[1], 1)),
    ]
    assert [one.due([each]) for each in others] == [1, 1, 1, 1]
    assert one.due([Request(fixed("another name", "skill"), draw)]) == 0


def test_a_run_shared_by_two_arms_bears_the_name_of_each() -> None:
    """Made once, asked for twice."""
    one = runner(AGENT)
    draw = Draw(SUITE.tasks[0], 1)
    found = one.run([Request(fixed("first", "skill"), draw), Request(fixed("second", "skill"), draw)])
    assert [run.arm for run in found] == ["first", "second"]
    assert one.made == 1


def test_a_run_that_fails_is_tried_again_and_then_told(tmp_path: Path) -> None:
    """Two failures are forgiven; three end it, with what was finished kept and no secret repeated."""
    attempts: dict[str, int] = {}
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3

    def failing(task: str, guidance: str, seed: int) -> float:
        attempts[task] = attempts.get(task, 0) + 1
        if attempts[task] <= (2 if task != "task 3" else 3):
            raise ConnectionError(f"refused with {key}")
        return 1.0

    with pytest.raises(
        SolverError, match=r"task 't3' in arm 'skill' after 3 attempts: ConnectionError"
    ) as error:
        runner(failing, results=tmp_path / "runs.jsonl").run(REQUESTS)
    assert key not in str(error.value)
    assert len(Journal(tmp_path / "runs.jsonl")) == 3


def test_the_limit_counts_runs_asked_for() -> None:
    """Those of the journal too, each once; beyond it nothing is run."""
    one = runner(AGENT, max_runs=10)
    one.run(REQUESTS)
    one.run(REQUESTS)
    assert (one.runs, one.left, one.made) == (10, 0, 10)
    with pytest.raises(LimitError, match="--max-runs 10"):
        one.run([Request(NOTHING, Draw(SUITE.tasks[0], 1))])


def test_runs_are_made_side_by_side_in_the_order_asked() -> None:
    """Four at a time: four wait for each other at a barrier, which fewer would never pass."""
    barrier = threading.Barrier(4, timeout=20)

    def meeting(task: str, guidance: str, seed: int) -> dict[str, object]:
        barrier.wait()
        return {"success": 1, "answer": task}

    found = runner(meeting, parallel=4).run(REQUESTS[:8])
    assert [run.answer for run in found] == [f"task {number}" for number in range(8)]


def test_answers_are_kept_without_secrets(tmp_path: Path) -> None:
    """And cut."""
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3
    file = tmp_path / "runs.jsonl"
    one = runner(lambda *_: {"success": 1, "answer": f"key {key} " + "x" * 9000}, results=file)
    one.run(REQUESTS[:1])
    assert key not in file.read_text(encoding="utf-8")
    assert len(file.read_bytes()) < 3000


def test_what_more_runs_take_is_reckoned_from_those_kept(tmp_path: Path) -> None:
    """In what all of them tell; of none nothing is said."""
    journal = Journal(tmp_path / "runs.jsonl")
    assert journal.spent(10) == {}
    for number, cost in enumerate((0.1, 0.3)):
        about = {"key": str(number), "suite": "s", "task": "t", "arm": "a", "seed": 0, "success": 1.0}
        journal.add(Run.model_validate(about | {"seconds": 2.0, "cost": cost}))
    assert journal.spent(10) == {"seconds": 20.0, "cost": pytest.approx(2.0)}
