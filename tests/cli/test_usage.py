"""`usage`: receipts, and what runs made of the skills."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.graph.errands import doors, write
from trace2skill import feedback, guidance
from trace2skill.integrations.registries import Registered, note
from trace2skill.store.library import Library
from trace2skill.traces.model import SkillMention, Trace, rebuild


def had(trace: Trace) -> Trace:
    """The run, with the skill among its instructions."""
    told = '<skill-guidance name="house-doors">...</skill-guidance>'
    return rebuild(trace, id=f"told-{trace.id}", instructions=told)


def test_receipts_are_counted_by_version(run: Run, library: Path) -> None:
    """What was offered, and what was said of it."""
    assert "no receipts yet" in run("usage", "--library", library).stdout
    with Library(library) as opened:
        for success in (True, False, True):
            feedback(guidance("Open door D9.", opened).receipt, success, library=opened)
    told = json.loads(run("usage", "--library", library, "--json").stdout)["receipts"]
    assert [(each["skill"], each["helped"], each["harmed"]) for each in told] == [("house-doors", 2, 1)]


def test_runs_say_what_they_made_of_a_skill(run: Run, library: Path, tmp_path: Path) -> None:
    """Those that had it beside those that had not."""
    every = doors(8)
    good = [trace for trace in every if trace.outcome.label == "success"]
    bad = [trace for trace in every if trace.outcome.label != "success"]
    path = write(tmp_path / "runs.jsonl", [*map(had, good), *bad])
    told = json.loads(run("usage", path, "--library", library, "--json").stdout)["runs"]
    doors_skill, lamps_skill = told
    assert (doors_skill["skill"], doors_skill["given"], doors_skill["loaded"]) == (
        "house-doors",
        len(good),
        0,
    )
    assert (doors_skill["followed"]["hits"], doors_skill["well"]["hits"]) == (len(good), len(good))
    assert (doors_skill["without"]["hits"], doors_skill["without"]["trials"]) == (0, len(bad))
    assert (doors_skill["offered"], doors_skill["version"]) == (len(good), None)
    assert (lamps_skill["given"], lamps_skill["version"]) == (0, None)
    shown = run("usage", path, "--library", library).stdout
    assert "no run had it" in shown


def test_the_record_of_a_run_tells_the_version(run: Run, library: Path, tmp_path: Path) -> None:
    """By the library's own numbers, or by those of the registry that the skills were put into."""
    offered = SkillMention(name="house-doors", version="2")
    loaded = SkillMention(name="house-doors", how="loaded")
    some, more = doors(8)[:4], doors(8)[4:]
    path = write(
        tmp_path / "runs.jsonl",
        [
            *(rebuild(trace, id=f"o-{trace.id}", skills=(offered,)) for trace in some),
            *(rebuild(trace, id=f"l-{trace.id}", skills=(offered, loaded)) for trace in more),
        ],
    )
    words = ("usage", path, "--library", library, "--json")
    told = json.loads(run(*words).stdout)["runs"][0]
    assert (told["version"], told["offered"], told["given"], told["loaded"]) == (2, 8, 0, 4)
    good = sum(trace.outcome.label == "success" for trace in more)
    assert (told["well"]["hits"], told["well"]["trials"]) == (good, 4)
    made = Registered(skill="house-doors", version=1, registry="langfuse://skills", registered=2, new=True)
    note(library, [made])
    assert json.loads(run(*words).stdout)["runs"][0]["version"] == 1
