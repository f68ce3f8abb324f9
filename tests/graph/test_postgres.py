"""Checkpoints and conversations on a real Postgres server, where its programs are installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.graph.errands import contents, doors
from tests.graph.scripted import scripted
from trace2skill.graph.run import distill, resume_run
from trace2skill.graph.solve import solve


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a server on loopback."""
    with services.postgres("tester") as address:
        yield address


def test_a_review_waits_on_the_server(postgres: str, tmp_path: Path) -> None:
    """The run is resumed from there, by whoever names the server; nothing lies in the library."""
    distill(doors(), library=tmp_path, checkpoints=postgres, review=True)
    assert not list(tmp_path.rglob("checkpoints.sqlite3"))
    resume_run(tmp_path, answers="accept", checkpoints=postgres)
    assert sorted(contents(tmp_path)) == ["house-doors"]


def test_a_conversation_goes_on_from_the_server(postgres: str, tmp_path: Path) -> None:
    """With each call a connection of its own."""
    distill(doors(), library=tmp_path)
    model = scripted("Which one?", "Done.")
    for task in ("Open a door.", "D9, please."):
        solve(task, library=tmp_path, model=model, checkpoints=postgres, thread="t1")
    assert [message.text for message in model.asked[1][1:]] == ["Open a door.", "Which one?", "D9, please."]
