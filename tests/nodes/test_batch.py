"""Which runs are read, and what is asked about them."""

from pathlib import Path

import pytest

from tests.graph.errands import doors
from trace2skill.graph.run import distill
from trace2skill.llm.settings import ModelSettings


def planned(folder: Path, runs: int, tokens_per_run: int) -> list[dict[str, object]]:
    """The prompts to readers of so many runs on doors, at this budget."""
    models = ModelSettings(tokens_per_run=tokens_per_run, batch_tokens=4000)
    report = distill(doors(runs), library=folder, models=models, show_prompts=True)
    return [each for each in report.calls_planned["prompts"] if each["node"] == "read"]


def shown(prompts: list[dict[str, object]]) -> int:
    """How many runs the prompts about rules show."""
    about = [str(each["question"]) for each in prompts if "rules" in each["aspects"]]  # type: ignore[operator]
    return sum(line.startswith("[T") for question in about for line in question.splitlines())


def test_a_large_family_is_sampled_where_the_budget_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here one of more than ten runs; all of them where it is not, and all of a smaller family always."""
    monkeypatch.setattr("trace2skill.proposals.sampling.LARGE", 10)
    assert shown(planned(tmp_path / "a", 16, 1)) == 10
    assert shown(planned(tmp_path / "b", 16, 1500)) == 16
    assert shown(planned(tmp_path / "c", 8, 1)) == 8


def test_failed_runs_are_read_apart_only_if_there_is_room(tmp_path: Path) -> None:
    """Else the question stands at the end of those about the same runs."""
    apart = [each["aspects"] for each in planned(tmp_path / "a", 8, 1500)]
    assert ["failures"] in apart
    together = [each["aspects"] for each in planned(tmp_path / "b", 8, 1)]
    assert together == [["effects", "sequences", "rules", "milestones", "failures"]]


def test_no_call_asks_about_too_many_failed_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are asked about beside other aspects, the runs are dealt to more calls; none is left out."""
    monkeypatch.setattr("trace2skill.nodes.batch.MOST_FAILED", 3)
    report = distill(doors(16), library=tmp_path, models=ModelSettings(tokens_per_run=1), show_prompts=True)
    prompts = [str(each["question"]) for each in report.calls_planned["prompts"] if each["node"] == "read"]
    asked = [
        text.partition("for each of the failed runs ")[2].partition(" give")[0].split(", ")
        for text in prompts
    ]
    assert list(map(len, asked)) == [3, 3, 2]
    assert (report.reading["failures"], report.reading["failures_not_asked"]) == (8, 0)
