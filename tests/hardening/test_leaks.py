"""Secrets and personal values, planted in every field of traces, stand nowhere in what is kept or sent."""

import logging
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from tests.building import say
from tests.chat_server import chat_server, faults
from tests.graph.errands import doors, exported
from tests.graph.test_models import model, settings
from trace2skill.cli.main import build
from trace2skill.graph.run import distill, merge
from trace2skill.integrations.service import SkillService
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.traces.model import Action, Outcome, Step, StepOutcome, Tool, Trace, to_json

PLACES = (
    *("id", "task", "task_key", "family", "domain", "instructions", "initial", "thought", "text", "tool"),
    *(
        "argument",
        "argument_key",
        "observation",
        "key",
        "list",
        "group",
        "tool_text",
        "schema",
        "origin",
        "check",
    ),
    "file",
)


def secret(place: str) -> str:
    """A token of its own for each place."""
    return "ghp_" + f"{PLACES.index(place):02}aB3dE6gH9"[:11] * 3 + "xyz"


def person(place: str) -> str:
    """An address of its own for each place."""
    return f"mia.okafor{PLACES.index(place):02}@posta.example"


def said(place: str) -> str:
    """Both, in a text."""
    return f"ask {person(place)} with {secret(place)} now"


CUSTOMER = {
    "customer": {
        "first_name": "Ngozi",
        "last_name": "Adebayo",
        "phone": 5552017788,
        "street": "17 Hillcrest Avenue",
        "date_of_birth": "1971-03-09",
        "card_number": 4111111111111111,
        "payment_method_id": "gift_card_7788991",
    }
}
OF_THE_CUSTOMER = ("ngozi", "adebayo", "5552017788", "hillcrest", "1971-03-09", "4111111111111111")


def planted(trace: Trace) -> Trace:
    """The trace with something planted in every one of its fields."""
    steps = [_planted(step) for step in trace.steps]
    steps.insert(
        0, say(f"{said('text')}, says Ngozi Adebayo").model_copy(update={"thought": said("thought")})
    )
    last = Step(
        index=0, action=Action(tool=f"note {person('tool')}"), observation=CUSTOMER, outcome=StepOutcome.OK
    )
    steps.append(last)
    return trace.model_copy(
        update={
            "id": f"{trace.id} {said('id')}",
            "task": f"{trace.task} {said('task')}",
            "task_key": f"{trace.task_key} {said('task_key')}",
            "domain": person("domain"),
            "family": None if trace.id.endswith("0-True") else person("family"),
            "instructions": said("instructions"),
            "initial_observation": {"hall": said("initial")},
            "steps": tuple(step.model_copy(update={"index": at}) for at, step in enumerate(steps)),
            "tools": (
                Tool(name="look", description=said("tool_text"), parameters={"title": said("schema")}),
            ),
            "outcome": Outcome(
                label=trace.outcome.label, origin=said("origin"), failed_checks=(said("check"),)
            ),
        }
    )


def _planted(step: Step) -> Step:
    assert step.action
    action = Action(
        tool=step.action.tool,
        arguments={**step.action.arguments, "note": said("argument"), person("argument_key"): 1},
    )
    seen = step.observation if isinstance(step.observation, dict) else {"said": step.observation}
    return step.model_copy(
        update={
            "action": action,
            "group": said("group"),
            "observation": {**seen, "remark": said("observation"), person("key"): 1, "more": [said("list")]},
        }
    )


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a folder, and every value in its databases, compressed ones as they were."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        yield path.name, path.name.encode() + path.read_bytes()
        if path.suffix == ".sqlite3":
            with sqlite3.connect(path) as connection:
                for (table,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                ).fetchall():
                    for row in connection.execute(f'SELECT * FROM "{table}"').fetchall():
                        yield from (
                            (f"{path.name}: {table}", _plain(value)) for value in row if value is not None
                        )


def _plain(value: object) -> bytes:
    if not isinstance(value, bytes):
        return str(value).encode()
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def leaked(where: str, content: bytes) -> list[str]:
    """What is found of all that was planted."""
    low = content.lower()
    marks = [mark for place in PLACES for mark in (secret(place), person(place))]
    return [f"{mark} in {where}" for mark in (*marks, *OF_THE_CUSTOMER) if mark.lower().encode() in low]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """A folder with all that distilling leaves behind, and what a model was asked and what was logged."""
    folder = tmp_path_factory.mktemp("leaks")
    given = tmp_path_factory.mktemp("given") / f"runs {person('file')} {secret('file')}.jsonl"
    lines = [to_json(planted(trace)) for trace in doors()]
    given.write_bytes(b"\n".join([*lines, b'{"schema_version": 1, "id": 7}', b""]))
    log = logging.FileHandler(folder / "log")
    logging.getLogger().addHandler(log)
    with chat_server(script=faults(model())) as chat:
        distill([given], library=folder / "library", models=settings(chat))
        asked = [orjson.dumps(each) for each in chat.asked]
    logging.getLogger().removeHandler(log)
    log.close()
    return folder, asked


def test_nothing_planted_is_kept(kept: tuple[Path, list[bytes]]) -> None:
    """Every byte of the library's folder and of the log."""
    folder, _ = kept
    looked = list(contents(folder))
    with Library(folder / "library", create=False) as library:
        assert len(list(library.traces())) == len(doors())
        assert library.skills()
    assert any(b"<secret:github_token:" in content for _, content in looked)
    assert any(b"<personal:email:" in content for _, content in looked)
    assert [found for where, content in looked for found in leaked(where, content)] == []


def test_nothing_planted_is_sent(kept: tuple[Path, list[bytes]]) -> None:
    """Every request to the model."""
    _, asked = kept
    assert asked
    assert [found for content in asked for found in leaked("a prompt", content)] == []


def test_nothing_planted_is_exported_or_served(kept: tuple[Path, list[bytes]], tmp_path: Path) -> None:
    """Skill folders, what MCP serves, guidance."""
    folder, _ = kept
    files = exported(folder / "library", tmp_path)
    served = SkillService(Guide(folder / "library"))
    texts = [served.read(each.name) for each in served.entries()]
    assert files
    assert texts
    told = [*files.items(), *(("a service", text.encode()) for text in texts)]
    assert [found for where, content in told for found in leaked(where, content)] == []


def test_nothing_planted_is_printed(tmp_path: Path) -> None:
    """What the commands show of traces."""
    given = tmp_path / "runs.jsonl"
    given.write_bytes(b"\n".join(to_json(planted(trace)) for trace in doors(2)))
    for further in ([], ["--json"]):
        shown = CliRunner().invoke(build(), ["traces", str(given), *further]).output
        assert "<personal:email:" in shown
        assert leaked("the terminal", shown.encode()) == []


def test_examples_and_quotes_hide_people_at_every_level(tmp_path: Path) -> None:
    """A library that keeps what belongs to people tells none of it in a skill; `off` keeps secrets too."""
    for level in ("secrets", "off"):
        library = tmp_path / level
        distill([planted(trace) for trace in doors()], library=library, redact=level)
        files = exported(library, tmp_path / f"{level} out")
        assert files
        pages = [(name, content) for name, content in files.items() if name.endswith(".md")]
        assert [found for where, content in pages for found in leaked(where, content)] == []
        traces = b"".join(_plain(content) for _, content in contents(library))
        assert person("observation").encode() in traces
        assert (secret("observation").encode() in traces) == (level == "off")


@pytest.mark.heavy
def test_what_merges_is_redacted_again(tmp_path: Path) -> None:
    """Traces from a library that kept everything are redacted as the new one redacts."""
    distill([planted(trace) for trace in doors()], library=tmp_path / "all", redact="off")
    merge([tmp_path / "all"], trust=True, library=tmp_path / "few")
    looked = list(contents(tmp_path / "few"))
    assert any(b"<secret:github_token:" in content for _, content in looked)
    assert [found for where, content in looked for found in leaked(where, content)] == []
