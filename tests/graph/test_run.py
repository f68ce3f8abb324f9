"""Distilling from Python: the report, what is raised, and that nothing but the traces decides the result."""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import trace2skill
from tests.graph.errands import contents, doors, exported, lamps, write
from trace2skill.claims.model import Claim
from trace2skill.errors import InputError, LibraryError, SettingError
from trace2skill.graph.resume import SELDOM, fewer_collections
from trace2skill.graph.run import distill, resume_run
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.skillmd.folder import export_skill, import_skill
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import rebuild


def test_the_report_counts_everything(tmp_path: Path) -> None:
    """A duplicate, a broken record and a secret are counted; the broken one is named with its line."""
    secret = doors(1)[0].model_copy(update={"task": "The key is sk-" + "4f9aB7Qz" * 6})
    path = write(tmp_path / "runs.jsonl", [*doors(), *doors(1), secret])
    path.write_bytes(path.read_bytes() + b'{"schema_version": 1, "id": 7}\n')
    report = distill(path, library=tmp_path / "library")
    counts = report.traces
    assert (counts.read, counts.new, counts.duplicates, counts.rejected) == (10, 9, 1, 1)
    assert sum(report.redactions.values()) == 1
    assert len(report.problems) == 1
    assert "line 11" in report.problems[0]
    assert report.families == {"doors": 9}
    assert report.skills[0].rules["mined"] > 0
    assert report.rejected_claims > 0
    assert report.seconds > 0
    assert report.succeeded


def test_trace_objects_give_what_their_file_gives(tmp_path: Path) -> None:
    """`distill(read_traces(...))` and `distill(path)` are the same run."""
    path = write(tmp_path / "runs.jsonl", doors())
    distill(path, library=tmp_path / "one")
    distill(trace2skill.read_traces(path), library=tmp_path / "other")
    assert exported(tmp_path / "one", tmp_path / "a") == exported(tmp_path / "other", tmp_path / "b")


@pytest.mark.parametrize("workers", [1, 4])
def test_order_and_workers_change_nothing(tmp_path: Path, workers: int) -> None:
    """Shuffled files, shuffled lines and any number of workers give the same export, byte for byte."""
    traces = doors() + lamps()
    files = [write(tmp_path / f"{part}.jsonl", traces[part::3]) for part in range(3)]
    distill(files, library=tmp_path / "one")
    for part, file in enumerate(files):
        write(file, traces[part::3][::-1])
    distill(files[::-1], library=tmp_path / "other", workers=workers)
    assert exported(tmp_path / "one", tmp_path / "a") == exported(tmp_path / "other", tmp_path / "b")


def test_the_same_input_twice_adds_nothing(tmp_path: Path) -> None:
    """The second run says that there was nothing to do, and the library does not move."""
    distill(doors(), library=tmp_path)
    with Library(tmp_path) as library:
        generation = library.generation
    report = distill(doors(), library=tmp_path)
    assert (report.traces.new, report.families, report.skills) == (0, {}, ())
    assert report.up_to_date
    assert report.succeeded
    with Library(tmp_path) as library:
        assert library.generation == generation


def test_known_runs_in_another_file_change_nothing(tmp_path: Path) -> None:
    """Where a run was read does not make it another one: no family is mined, no skill changes."""
    traces = doors() + lamps()
    distill(write(tmp_path / "runs.jsonl", traces), library=tmp_path / "library")
    before = contents(tmp_path / "library")
    copies = [write(tmp_path / f"{name}.jsonl", traces[::-1]) for name in ("copy", "again")]
    report = distill(copies, library=tmp_path / "library")
    assert (report.traces.new, report.families, report.skills) == (0, {}, ())
    assert contents(tmp_path / "library") == before


def test_one_run_more_gives_the_skills_of_all_at_once(tmp_path: Path) -> None:
    """The families that it touches are those of one run over everything, to the last number."""
    traces = doors() + lamps()
    distill(traces[:-1], library=tmp_path / "grown")
    distill(traces[-1:], library=tmp_path / "grown")
    distill(traces, library=tmp_path / "whole")
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")


def test_garbage_is_looked_for_as_before_once_the_last_run_has_ended() -> None:
    """Runs may overlap."""
    before = gc.get_threshold()
    one, other = fewer_collections(), fewer_collections()
    with one:
        with other:
            assert gc.get_threshold() == SELDOM
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == before


def test_mining_again_changes_nothing(tmp_path: Path) -> None:
    """`again` mines what is settled; the skills are left as they are."""
    distill(doors(), library=tmp_path)
    report = distill(doors(), library=tmp_path, again=True)
    assert [(change.operation, change.version) for change in report.skills] == [("leave", 1)]


def test_only_families_with_something_new_are_mined(tmp_path: Path) -> None:
    """A lamp more leaves the doors of another domain alone."""
    garden = [rebuild(trace, domain="garden") for trace in doors()]
    distill(garden + lamps(), library=tmp_path)
    report = distill(lamps(10), library=tmp_path)
    assert report.families == {"lamps": 10}
    assert [(change.name, change.version) for change in report.skills] == [("house-lamps", 2)]


def test_a_small_family_is_mined_again_with_its_neighbours(tmp_path: Path) -> None:
    """A lamp more tells more of why doors are unlocked."""
    distill(doors() + lamps(), library=tmp_path)
    report = distill(lamps(10), library=tmp_path)
    assert report.families == {"doors": 8, "lamps": 10}
    assert [change.note for change in report.skills if change.name.endswith("doors")] == [
        "same rules; its policy rests on 18 runs"
    ]


def test_grouping_into_runs_changes_nothing(tmp_path: Path) -> None:
    """Part after part, in either order, comes to the same skills as all at once."""
    traces = doors(12)
    distill(traces, library=tmp_path / "whole")
    for folder, parts in (("forth", (traces[:6], traces[6:])), ("back", (traces[6:], traces[:6]))):
        for part in parts:
            distill(part, library=tmp_path / folder)
        assert contents(tmp_path / folder) == contents(tmp_path / "whole")


def test_a_rollback_stands_until_there_is_something_new(tmp_path: Path) -> None:
    """The same traces do not bring the rolled-back version back; a new trace does its part."""
    distill(doors(6), library=tmp_path)
    distill(doors(8), library=tmp_path)
    with Library(tmp_path) as library:
        library.rollback("house-doors", 1)
    assert distill(doors(8), library=tmp_path).up_to_date
    report = distill(doors(10), library=tmp_path)
    assert [(change.name, change.version) for change in report.skills] == [("house-doors", 4)]


def test_an_imported_skill_is_deepened(tmp_path: Path) -> None:
    """A person's skill on the same family keeps its text and gains measured rules."""
    folder = tmp_path / "doors"
    folder.mkdir()
    header = "---\nname: doors\ndescription: How to open doors.\n---\n"
    (folder / "SKILL.md").write_text(f"{header}# Doors\n\n## Steps\n\n- Knock before you enter.\n")
    with Library(tmp_path / "library") as library:
        library.commit(Commit(changes=(Change(skill=import_skill(folder), operation="import"),)))
    distill(doors(), library=tmp_path / "library")
    with Library(tmp_path / "library") as library:
        stored = library.skill("doors")
    assert "Knock before you enter." in stored.skill.human_text
    assert any(rule.finding for rule in stored.skill.rules)
    assert export_skill(stored.skill, stored.version, tmp_path / "out").is_dir()


def interrupting(act: Callable[[], object], times: int = 1) -> tuple[Analyst, ...]:
    """A roster whose first analyst does something to the library while the run is mining."""
    left = [act] * times

    def mine(_pool: Pool) -> list[Claim]:
        if left:
            left.pop()()
        return []

    return (Analyst("interrupter", "mischief", mine), *ROSTER)


def test_a_library_that_moved_on_is_planned_anew(tmp_path: Path) -> None:
    """Another process commits meanwhile: both runs' traces end up in the skills, as if run together."""
    roster = interrupting(lambda: distill(doors()[4:], library=tmp_path / "both"))
    report = distill(doors()[:4], library=tmp_path / "both", roster=roster)
    assert report.families == {"doors": 8}
    distill(doors(), library=tmp_path / "whole")
    assert contents(tmp_path / "both") == contents(tmp_path / "whole")


def test_it_gives_up_on_a_library_that_never_rests(tmp_path: Path) -> None:
    """After five attempts the run says so and has saved nothing; gone on with, it makes five more."""
    more = iter(doors(40)[8:])
    roster = interrupting(lambda: distill([next(more)], library=tmp_path), times=9)
    with pytest.raises(LibraryError, match="changed under each of 5 attempts"):
        distill(doors(2), library=tmp_path, roster=roster, workers=1, attempts=5)
    with Library(tmp_path) as library:
        assert not {trace.hash for trace in doors(2)} & set(library.trace_hashes())
    assert resume_run(tmp_path, roster=roster).succeeded
    with Library(tmp_path) as library:
        assert {trace.hash for trace in doors(2)} < set(library.trace_hashes())


@pytest.mark.heavy
def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each brings half of the traces; the library holds all and the skills of the whole."""
    halves = [write(tmp_path / f"{part}.jsonl", doors()[part : part + 4]) for part in (0, 4)]
    command = [sys.executable, "-m", "trace2skill", "distill", "--library", str(tmp_path / "both")]
    processes = [subprocess.Popen([*command, str(half)], stdout=subprocess.DEVNULL) for half in halves]
    assert [process.wait() for process in processes] == [0, 0]
    distill(halves, library=tmp_path / "whole")
    assert contents(tmp_path / "both") == contents(tmp_path / "whole")


def test_mistakes_are_raised(tmp_path: Path) -> None:
    """The same errors that the graph puts into its output."""
    with pytest.raises(InputError, match="no-such-folder"):
        distill(tmp_path / "no-such-folder", library=tmp_path)


def test_paths_and_traces_do_not_mix(tmp_path: Path) -> None:
    """One call distils files or traces."""
    with pytest.raises(InputError, match="either paths, traces, messages or libraries"):
        distill([str(tmp_path), doors()[0]], library=tmp_path)


def test_progress_is_reported(tmp_path: Path) -> None:
    """The callback sees the stages of the run."""
    stages: list[str] = []
    distill(doors(), library=tmp_path, progress=lambda event: stages.append(event["stage"]))
    assert list(dict.fromkeys(stages)) == [
        *("read", "plan", "decide", "mine", "measure", "compose", "critique", "save")
    ]


def test_unlabelled_traces_are_welcome(tmp_path: Path) -> None:
    """Runs without outcomes give skills from support and association alone."""
    unlabelled = [trace.model_copy(update={"outcome": type(trace.outcome)()}) for trace in doors()]
    assert distill(unlabelled, library=tmp_path).succeeded


def test_rules_that_hold_on_held_out_tasks_are_corroborated(tmp_path: Path) -> None:
    """Some tasks are kept from mining; what was mined on the rest and holds on them rises."""
    distill(doors(48), library=tmp_path, holdout=0.4)
    with Library(tmp_path) as library:
        facts = library.trace_facts().values()
        findings = [rule.finding for each in library.skills() for rule in each.skill.rules if rule.finding]
    tasks = {fact.stratum: fact.held_out for fact in facts}
    assert {(fact.stratum, fact.held_out) for fact in facts} == set(tasks.items())
    assert 0.2 < sum(tasks.values()) / len(tasks) < 0.6
    corroborated = [finding for finding in findings if finding.tier == "corroborated"]
    assert corroborated
    assert all(finding.held_out and finding.held_out.support.tasks >= 3 for finding in corroborated)
    assert all(finding.summary.support.tasks <= len(tasks) - sum(tasks.values()) for finding in findings)


def test_without_held_out_tasks_nothing_is_corroborated(tmp_path: Path) -> None:
    """The tier cannot be had on the tasks that the rule was mined from."""
    distill(doors(24), library=tmp_path)
    with Library(tmp_path) as library:
        findings = [rule.finding for each in library.skills() for rule in each.skill.rules if rule.finding]
    assert all(finding.tier != "corroborated" and finding.held_out is None for finding in findings)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_cannot_be_held_out(tmp_path: Path, share: float) -> None:
    """None less than nothing, and never all."""
    with pytest.raises(SettingError, match="holdout"):
        distill(doors(2), library=tmp_path, holdout=share)
