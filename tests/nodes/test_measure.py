"""Measuring in one pass over shards, against analysing a pool in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.building import act, run
from trace2skill.evidence.lift_tests import drawn
from trace2skill.graph.run import distill
from trace2skill.mining.analyse import analyse
from trace2skill.mining.judge import Analysis, judge
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace

HOLDOUT = 0.3


def shop() -> list[Trace]:
    """One family: those that weigh before they pay succeed, in each of sixteen tasks."""
    return [
        run(
            act("open", {"shop": "open"}),
            act("weigh", {"weight": "light"}) if trial % 2 else act("sing", "la"),
            act("pay", "ok"),
            name=f"{task}-{trial}",
            key=f"task {task}",
            success=trial % 2 == 1,
        ).model_copy(update={"family": "shop"})
        for task in range(16)
        for trial in range(4)
    ]


@pytest.mark.parametrize("most", [400, 20])
def test_a_run_finds_what_is_found_in_memory(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mined whole or from a sample, with tasks held out: the same findings, tests, rejections and rows."""
    monkeypatch.setattr("trace2skill.mining.pool.MOST_TRACES", most)
    monkeypatch.setattr("trace2skill.nodes.shards.SIZE", 7)
    judged: dict[str, Analysis] = {}

    def spy(proposed: Any, *measured: Mapping[str, Any]) -> Analysis:
        judged[proposed.analyst.name] = judge(proposed, *measured)
        return judged[proposed.analyst.name]

    monkeypatch.setattr("trace2skill.nodes.shards.judge", spy)
    distill(shop(), library=tmp_path / "library", holdout=HOLDOUT)

    with Library(tmp_path / "library") as library:
        traces, rows = list(library.traces()), library.rows()
    held_out = {trace.hash for trace in traces if drawn(trace.stratum, HOLDOUT, "holdout")}
    pool = Pool("shop", traces, held_out)
    expected = {analyst.name: analyse(analyst, pool) for analyst in ROSTER}
    assert judged == {name: each.model_copy(update={"rows": ()}) for name, each in expected.items()}
    assert {str(row) for row in rows} == {str(row) for each in expected.values() for row in each.rows}
    found = [finding for each in judged.values() for finding in each.findings]
    assert any(finding.test for finding in found)
    assert any(finding.held_out for finding in found)
    assert {row.trace for row in rows} & held_out
