"""Processes that are killed, and processes that write at once."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.skills import indexed, wanted
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Commit
from trace2skill.traces.model import Trace

COMMIT_FOREVER = """
import itertools, os, signal, sys
from trace2skill.evidence.rows import Row
from trace2skill.claims.model import ActionPattern, Sequence, claim_id
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import Step, Trace

claim = Sequence(actions=(ActionPattern(tool="a"), ActionPattern(tool="b")))

def die(statement):
    if sys.argv[2] and statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

with Library(sys.argv[1]) as library:
    start = library.generation
    for number in itertools.count(start):
        if number == start + 2:
            library._database._connection.set_trace_callback(die)
        traces = [Trace(id=f"{number}-{part}", steps=(Step(index=0, text="x" * 3000),)) for part in range(20)]
        library.stage("run", traces)
        texts = {f"P{at}": f"{number} {at}" for at in range(1, 21)}
        rules = tuple(SkillRule(name=name, module="procedure", text=text) for name, text in texts.items())
        skill = Skill(name="growing", title=f"At {number}", description="d", family="f", rules=rules,
                      traces=tuple(sorted(trace.hash for trace in traces)))
        hashes = [trace.hash for trace in traces]
        rows = tuple(Row(claim=claim_id(claim), trace=each, opportunities=1, held=1) for each in hashes)
        change = Change(skill=skill, operation="revise", note=str(number))
        library.commit(Commit(run="run", changes=(change,), claims=(claim,), rows=rows))
        print(number, flush=True)
"""

COMMIT_EIGHT = """
import sys
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit

with Library(sys.argv[1]) as library:
    for number in range(8):
        name = f"skill-{sys.argv[2]}-{number}"
        texts = {f"P{at}": f"{name} step {at}" for at in range(1, 41)}
        rules = tuple(SkillRule(name=at, module="procedure", text=text) for at, text in texts.items())
        skill = Skill(name=name, title=name, description=f"how to handle {name}", family="f", rules=rules)
        library.commit(Commit(changes=(Change(skill=skill, operation="add"),)))
"""


def run(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """The code in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("statement", "delay"),
    [
        ("INSERT INTO evidence", 0),
        ("INSERT INTO versions", 0),
        ("UPDATE library", 0),
        ("", 0.02),
        ("", 0.06),
    ],
)
def test_a_kill_at_any_point_leaves_whole_versions(tmp_path: Path, statement: str, delay: float) -> None:
    """Killed before a statement, or from outside: what was acknowledged is there, and all of it is whole."""
    with run(COMMIT_FOREVER, str(tmp_path), statement) as process:
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        if delay:
            time.sleep(delay)
            process.kill()
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Library(tmp_path, create=False) as library:
        history = library.history("growing")
        assert len(history) == library.generation
        assert library.generation == acknowledged + 1 if statement else library.generation > acknowledged
        measured = {row.trace for row in library.rows()}
        for stored in history:
            assert [rule.text for rule in stored.skill.rules] == [
                f"{stored.note} {at}" for at in range(1, 21)
            ]
            kept: list[Trace] = list(library.traces(stored.skill.traces))
            assert sorted(trace.id for trace in kept) == sorted(f"{stored.note}-{part}" for part in range(20))
            assert measured.issuperset(stored.skill.traces)
        newest = history[-1].note
        assert library.search(f"At {newest}")[0].text.startswith(f"At {newest}")
        assert len(library.search(newest, kind="rule", k=50)) == 20
        library.commit(Commit())
        assert indexed(library) == wanted(library)


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    """Eight skills each, at once: sixteen skills, sixteen generations, and search finds every one."""
    processes = [run(COMMIT_EIGHT, str(tmp_path), worker) for worker in ("left", "right")]
    for process in processes:
        with process:
            assert process.wait(120) == 0
    with Library(tmp_path, create=False) as library:
        names = [stored.skill.name for stored in library.skills()]
        assert len(names) == library.generation == 16
        hits = library.search("how to handle a case", k=16)
        assert sorted(hit.skill for hit in hits) == names
        for name in names:
            near = library.search(f"{name} step 7", kind="rule", k=50)
            assert f"{name} step 7" in [hit.text for hit in near]
        assert indexed(library) == wanted(library)
