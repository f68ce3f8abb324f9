"""Mapping a function over shards, wherever it runs."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.graph.errands import doors, exported, lamps, write
from trace2skill.errors import SettingError, Trace2SkillError
from trace2skill.graph.run import distill
from trace2skill.nodes import engines, shards
from trace2skill.nodes.engines import AHEAD, engine


def test_results_come_in_the_order_of_the_shards() -> None:
    """Also from several processes."""
    with engine("processes", 2) as opened:
        assert list(opened.map(abs, range(-20, 0))) == list(range(20, 0, -1))


def test_one_shard_starts_no_process() -> None:
    """Small inputs are not worth the start."""
    with engine("processes", 2) as opened:
        assert list(opened.map(_process, [0])) == [os.getpid()]
        assert set(opened.map(_process, [0, 1])).isdisjoint({os.getpid()})


def test_only_a_few_shards_are_taken_ahead() -> None:
    """A stream of shards stays a stream."""
    taken: list[int] = []

    def given() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    with engine("processes", 2) as opened:
        results = opened.map(abs, given())
        next(results)
        assert len(taken) <= 2 * AHEAD + 2


def test_an_open_engine_is_shared_and_closed_by_the_last() -> None:
    """So that all nodes of a run work with the same processes."""
    with engine("processes", 2) as outer:
        with engine("processes", 2) as inner:
            assert inner is outer
        assert list(outer.map(abs, [-1, -2])) == [1, 2]
    assert not engines._open


def test_an_error_in_a_worker_is_raised_here() -> None:
    """As if the function had been called in this process."""
    with engine("processes", 2) as opened, pytest.raises(TypeError):
        list(opened.map(abs, ["a", "b"]))


def test_a_worker_that_dies_is_said() -> None:
    """As a mistake that can be mended, so that the run can go on."""
    with engine("processes", 2) as opened, pytest.raises(Trace2SkillError, match="lack of memory"):
        list(opened.map(os._exit, [1, 1]))


def test_ray_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingError, match="trace2skill\\[ray\\]"), engine("ray", 2):
        pass


class TiredRay(ModuleType):
    """A Ray that gives up as the real one does on a busy machine."""

    shut_down = False

    def is_initialized(self) -> bool:
        """Nobody has connected."""
        return False

    def init(self, **_: object) -> None:
        """Fails in Ray's words, with an error of no kind."""
        raise Exception("The current node timed out during startup. This could happen because ...")

    def shutdown(self) -> None:
        """Noted."""
        self.shut_down = True


def test_ray_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be done instead, too; nothing of it is left behind."""
    tired = TiredRay("ray")
    monkeypatch.setitem(sys.modules, "ray", tired)
    message = r"\(The current node timed out during startup\); .* --engine processes"
    with pytest.raises(Trace2SkillError, match=message), engine("ray", 2):
        pass
    assert tired.shut_down
    assert not engines._open


@pytest.mark.parametrize("workers", [1, 2])
def test_the_skills_do_not_depend_on_the_workers(tmp_path: Path, workers: int) -> None:
    """Byte for byte, with more shards than processes."""
    source = write(tmp_path / "runs.jsonl", doors() + lamps())
    distill(source, library=tmp_path / "alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SIZE", 3)
        distill(source, library=tmp_path / "spread", workers=workers)
    assert exported(tmp_path / "alone", tmp_path / "a") == exported(tmp_path / "spread", tmp_path / "b")


@pytest.mark.heavy
@pytest.mark.enable_socket
def test_ray_gives_the_same_skills(tmp_path: Path) -> None:
    """Byte for byte, in a Ray that is gone afterwards."""
    ray = pytest.importorskip("ray")
    source = write(tmp_path / "runs.jsonl", doors() + lamps())
    distill(source, library=tmp_path / "alone")
    distill(source, library=tmp_path / "spread", workers=2, engine="ray")
    assert exported(tmp_path / "alone", tmp_path / "a") == exported(tmp_path / "spread", tmp_path / "b")
    assert not ray.is_initialized()


def _process(_shard: int) -> int:
    return os.getpid()
