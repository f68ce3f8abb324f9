"""The benchmark of the judge: what it draws, hides and counts."""

import importlib
import math
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.chat_server import Asked, chat_server, faults
from tests.graph.errands import doors
from tests.graph.test_judging import honest
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.settings import ModelSettings
from trace2skill.traces.model import Label, Outcome, Trace, rebuild


@pytest.fixture
def judging() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.judging")


def whatever(trace: Trace) -> bool:
    """Every run fits."""
    return True


def runs() -> list[Trace]:
    """Twelve runs of six tasks, each once well and once badly, and one that nobody labelled."""
    known = doors(12)
    return [*known, rebuild(known[0], id="other", outcome=Outcome())]


def test_either_label_is_drawn_as_often(judging: ModuleType) -> None:
    """Of different tasks, the same each time; only runs that have a label, and that fit."""
    drawn = judging.drawn(runs(), 8, 1, whatever)
    assert [trace.outcome.label for trace in drawn].count(Label.SUCCESS) == len(drawn) / 2 == 4
    for label in (Label.SUCCESS, Label.FAILURE):
        assert len({trace.stratum for trace in drawn if trace.outcome.label is label}) == 4
    assert drawn == judging.drawn(runs(), 8, 1, whatever)
    assert drawn != judging.drawn(runs(), 8, 2, whatever)
    assert len(judging.drawn(runs(), 100, 1, lambda trace: trace.id != drawn[0].id)) == 10


def test_the_outcome_is_hidden(judging: ModuleType) -> None:
    """Neither label, score, checks nor ids are in the question."""
    for trace in runs()[:12]:
        told = Outcome(label=trace.outcome.label, score=0.25, origin="zzz", failed_checks=("yyy",))
        asked, _ = judging.question(rebuild(trace, id="success-xxx", outcome=told), ModelSettings())
        head = re.search(r"^\[T1\] (\w+);", asked.body, re.M)
        assert head is not None
        assert head[1] == "unknown"
        assert not re.search(r"xxx|yyy|zzz|0\.25", asked.system + asked.common + asked.body)


def contrary(asked: Asked) -> object:
    """The other verdict, well quoted."""
    told: Any = honest(asked)
    return told | {"outcome": "failed" if told["outcome"] == "good" else "good"}


def made_up(asked: Asked) -> object:
    """The right verdict, with a quote that is not there."""
    told: Any = honest(asked)
    return told | {"evidence": [{"at": "T1#0", "quote": "all went well"}]}


def doubtful(asked: Asked) -> object:
    """No verdict."""
    return {"outcome": "cannot tell", "evidence": []}


@pytest.mark.parametrize(
    ("judge", "rows", "kappa"),
    [
        (honest, [[4, 0, 0, 0, 0], [0, 4, 0, 0, 0]], 1.0),
        (contrary, [[0, 4, 0, 0, 0], [4, 0, 0, 0, 0]], -1.0),
        (made_up, [[0, 0, 0, 4, 0], [0, 0, 0, 4, 0]], math.nan),
        (doubtful, [[0, 0, 4, 0, 0], [0, 0, 4, 0, 0]], math.nan),
        (lambda _: {"verdict": "?"}, [[0, 0, 0, 0, 4], [0, 0, 0, 0, 4]], math.nan),
    ],
)
def test_what_a_judge_says_is_counted(
    judging: ModuleType, judge: Any, rows: list[list[int]], kappa: float, tmp_path: Path
) -> None:
    """Over a real server; answers are kept, so that nothing is asked twice."""
    drawn = judging.drawn(runs(), 8, 1, whatever)
    with chat_server(script=faults(judge)) as chat, CallCache(tmp_path / "calls.sqlite") as cache:
        settings = ModelSettings(model="openai:m", base_url=chat.url, retries=0, structured="json_schema")
        verdicts = judging.judged(drawn, Asker(settings, cache=cache))
        asked = len(chat.asked)
        again = judging.judged(drawn, Asker(settings, cache=cache))
        assert (again == verdicts, asked >= 8) == (True, True)
        assert rows[0][4] or len(chat.asked) == asked == 8
    counts = judging.table(verdicts)
    assert counts.tolist() == rows
    assert judging.kappa(counts) == pytest.approx(kappa, nan_ok=True)
    assert judging.matthews(counts) == pytest.approx(kappa, nan_ok=True)


def test_the_figures_are_those_of_the_books(judging: ModuleType) -> None:
    """20 + 15 of 50 agree: kappa 0.4 (Cohen's example), MCC 0.408; a judge that says one thing has 0."""
    counts = judging.np.array([[20, 5, 0, 0, 0], [10, 15, 0, 0, 0]])
    assert judging.kappa(counts) == pytest.approx(0.4)
    assert judging.matthews(counts) == pytest.approx(0.408248)
    assert judging.kappa(judging.np.array([[9, 0, 1, 0, 0], [9, 0, 0, 1, 0]])) == 0.0


def test_the_interval_resamples_tasks(judging: ModuleType) -> None:
    """Twenty runs of one task say as little as one of them does; those of twenty say more."""
    labels = [Label.SUCCESS if at % 2 else Label.FAILURE for at in range(40)]
    said = ["good" if at % 2 or at % 5 == 0 else "failed" for at in range(40)]
    told = enumerate(zip(labels, said, strict=True))
    some = [judging.Verdict(label, word, f"t{at}") for at, (label, word) in told]
    low, high = judging.kappa_interval(some, 0)
    assert 0.4 < low < judging.kappa(judging.table(some)) < high < 1.0
    one = [each._replace(task="t") for each in some]
    assert judging.kappa_interval(one, 0) == (pytest.approx(judging.kappa(judging.table(one))),) * 2
    assert "judged 40 of 40; right 36 of 40 [0.77, 0.96]" in judging.report("set", some, 0)
