"""Damaged exports are read or reported, never a crash: seeded mutations of every format of spans."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.traces import test_log_records
from tests.traces.otel_spans import model, root, said
from tests.traces.readers import test_langfuse, test_langsmith, test_mlflow, test_otel, test_phoenix
from tests.traces.test_genai import SHAPES
from trace2skill.traces.files import Record
from trace2skill.traces.judgements import Judging, read_judgements
from trace2skill.traces.model import Trace
from trace2skill.traces.problem import Dropped, Problem
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import langfuse, langsmith, mlflow, otel, phoenix
from trace2skill.traces.redact import redact

ROUNDS = 40
"""Mutations of each seed; each round also mutates what the round before it left, up to four times."""

FORMATS: dict[str, tuple[Any, list[Any]]] = {
    "langsmith": (langsmith.READER, test_langsmith.RUNS),
    "otlp": (otel.READER, [test_otel.otlp(test_otel.SPANS)]),
    "log records": (otel.READER, [*test_log_records.SPANS, test_log_records.sent(test_log_records.EACH)]),
    "log records of all messages": (otel.READER, [test_log_records.sent(test_log_records.WHOLE)]),
    "langfuse": (langfuse.READER, [test_langfuse.exported(test_langfuse.score("success", 1))]),
    "langfuse rows": (langfuse.READER, test_langfuse.OBSERVATIONS),
    "mlflow": (mlflow.READER, [test_mlflow.trace(test_mlflow.feedback("success", value=True))]),
    "phoenix": (phoenix.READER, test_phoenix.SPANS),
    "phoenix rows": (phoenix.READER, [test_phoenix.row(each) for each in test_phoenix.SPANS]),
    **{shape: (otel.READER, lines) for shape, lines in SHAPES.items()},
    "a thread": (
        otel.READER,
        [root(session__id="s"), model("m", 1, [said("user", "x")], [said("assistant", "y")])],
    ),
}
JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    "",
    "x",
    "[",
    '"',
    "null",
    "{'a': 1}",
    "é\u2028",
    [],
    {},
    [[]],
    [None],
    {"": None},
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def mutated(value: Any, chance: random.Random) -> Any:
    """A value with one place changed: removed, of another type, moved, doubled, or cut where it is text."""
    every = list(places(value))
    if not every:
        return chance.choice(JUNK)
    holder, key = chance.choice(every)
    act = chance.randrange(6)
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder[key], str):
        holder[key] = holder[key][: chance.randrange(len(holder[key]) + 1)]
    elif act == 2:
        holder[key] = copy.deepcopy(chance.choice(every)[0])
    elif act == 3:
        holder[key] = [holder[key], holder[key]]
    elif act == 4:
        holder[key] = json.dumps(holder[key])
    else:
        holder[key] = copy.deepcopy(chance.choice(JUNK))
    return value


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_exports_never_crash(name: str) -> None:
    """Each is a trace that can be redacted, or a problem, or counted as dropped."""
    reader, seed = FORMATS[name]
    chance = random.Random(name)
    for round_ in range(ROUNDS):
        if round_ % 4 == 0:
            lines = json.loads(json.dumps(seed))
        lines = mutated(lines, chance)
        written = orjson.loads(json.dumps(lines))
        values = written if isinstance(written, list) else [written]
        for each in values:
            assert reader.recognises(each) in (True, False)
            list(read_judgements(each))
        records = [Record("f", f"line {number}", each) for number, each in enumerate(values)]
        for found in reader.read_all(records, Judging()):
            assert isinstance(found, Trace | Problem | Dropped)
            if isinstance(found, Trace):
                assert [step.index for step in found.steps] == list(range(len(found.steps)))
                assert all(step.parent is None or step.parent < step.index for step in found.steps)
                redact(found)


@pytest.mark.parametrize("name", FORMATS)
def test_values_nested_deeply_are_reported(tmp_path: Path, name: str) -> None:
    """Deeper than can be written again, and as deep as can be read at all; at any place."""
    chance = random.Random(name)
    for depth, kind in ((300, "[]"), (900, '{"role":}')):
        lines = json.loads(json.dumps(FORMATS[name][1]))
        holder, key = chance.choice(list(places(lines)))
        holder[key] = "DEEP"
        deep = kind[:-1] * depth + "1" + kind[-1] * depth
        text = "\n".join(json.dumps(each) for each in lines).replace('"DEEP"', deep)
        (tmp_path / "x").write_text(text)
        source = Intake(tmp_path)
        assert list(source) or source.problems


@pytest.mark.parametrize("name", FORMATS)
def test_files_that_break_off_are_read_as_far_as_they_go(tmp_path: Path, name: str) -> None:
    """Cut anywhere; what is left is traces or problems."""
    chance = random.Random(name)
    text = "\n".join(json.dumps(each) for each in FORMATS[name][1])
    for _ in range(3):
        (tmp_path / "x").write_text(text[: chance.randrange(1, len(text))])
        source = Intake(tmp_path)
        assert list(source) or source.problems
