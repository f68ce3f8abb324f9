"""Wrong settings come back in the output of a run."""

from pathlib import Path
from typing import Any

import pytest

from trace2skill.errors import SettingError
from trace2skill.graph.distill import graph as distill_graph
from trace2skill.graph.run import distill
from trace2skill.graph.solve import graph as solve_graph
from trace2skill.graph.solve import solve
from trace2skill.nodes.solve_state import SolveContext

SECRET = "sk-" + "4f9aB7Qz" * 6


@pytest.mark.parametrize(
    ("graph", "given", "context", "says"),
    [
        (solve_graph, {"task": "Open it."}, {"k": "three"}, "the setting k cannot be used"),
        (solve_graph, {"task": "Open it."}, {"tags": ["a", 2]}, "the setting tags.1 cannot be used"),
        (
            solve_graph,
            {"task": "Open it."},
            {"kay": 3},
            "there is no setting 'kay', the nearest is 'k'; give any of library",
        ),
        (distill_graph, {"paths": ["runs/"]}, {"holdout": 7}, "the setting holdout cannot be used"),
        (
            distill_graph,
            {"paths": ["runs/"]},
            {"libary": "x"},
            "no setting 'libary', the nearest is 'library'",
        ),
        (distill_graph, {"paths": ["runs/"]}, {"self": 1, SECRET: 1}, "no setting 'self', the nearest is"),
    ],
)
def test_the_output_says_which_and_what_it_may_be(
    graph: Any, given: Any, context: Any, says: str, tmp_path: Path
) -> None:
    """No exception, and nothing is done with the defaults instead."""
    library = tmp_path / "library"
    output = graph.invoke(given, context={"library": str(library), **context})
    (mistake,) = output["errors"]
    assert mistake["error"] == "SettingError"
    assert says in mistake["message"]
    assert SECRET not in mistake["message"]
    assert not library.exists()


def test_the_message_tells_what_the_setting_is() -> None:
    """Its description and its default; not the value, which may be a key in the wrong field."""
    with pytest.raises(SettingError, match=r"most skills to offer; by default 1") as caught:
        SolveContext(k="sk-secret").checked()  # type: ignore[arg-type]
    assert "sk-secret" not in str(caught.value)


def test_the_functions_raise_it(tmp_path: Path) -> None:
    """As they raise any mistake."""
    with pytest.raises(SettingError, match="the setting k cannot"):
        solve("Open it.", library=tmp_path / "library", k="three")
    with pytest.raises(SettingError, match="the setting budget cannot"):
        distill("runs/", library=tmp_path / "library", budget="many")  # type: ignore[arg-type]


def test_right_settings_are_as_given() -> None:
    """And compare by their values."""
    assert SolveContext(k=2).checked() == SolveContext(k=2)


def test_what_a_server_puts_beside_the_settings_is_none() -> None:
    """Where a client gives them as `configurable`, as before there was a context."""
    given = {"k": 2, "thread_id": "1", "__event_streaming_v2": True, "langgraph_auth_user": None}
    assert SolveContext.of(given).checked() == SolveContext(k=2)
