"""`conform`: runs against a skill."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.graph.errands import doors, lamps, mixed_doors, write
from trace2skill.graph.run import distill
from trace2skill.traces.model import Trace, rebuild


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Twelve doors that were locked and unlocked, twelve that were not locked."""
    folder = tmp_path / "library"
    distill(mixed_doors(12) + lamps(), library=folder)
    return folder


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Runs that the library does not know: doors good and bad in turn, and lamps."""
    renamed: list[Trace] = [rebuild(trace, id=f"new-{trace.id}") for trace in doors(8) + lamps(2)]
    return write(tmp_path / "fresh.jsonl", renamed)


def test_it_says_which_runs_left_which_rule_where(run: Run, library: Path, fresh: Path) -> None:
    """A table of rules, one of deviations, and the rate over time."""
    result = run("conform", "house-doors", fresh, "--library", library)
    assert result.exit_code == 0
    assert "house-doors: 10 runs, 4 followed, 4 deviated, 2 not applicable." in result.stdout
    assert "2: a run of the task family lamps" in result.stdout
    assert "new-door-0-False" in result.stdout
    assert "in the earlier half by the order given" in result.stdout


def test_json_is_all_there_is(run: Run, library: Path, fresh: Path) -> None:
    """One value on stdout, with every deviation."""
    found = json.loads(run("conform", "house-doors", fresh, "--library", library, "--json").stdout)
    verdicts = [trace["verdict"] for trace in found["traces"]]
    assert verdicts == ["followed", "deviated"] * 4 + ["not applicable"] * 2
    left = [one for trace in found["traces"] for one in trace["deviations"]]
    omitted = [(one["rule"], one["step"], one["expected"]) for one in left if one["kind"] == "omitted"]
    assert omitted == [("C1", 1, "call unlock(door)")] * 4


def test_an_exported_folder_will_do(run: Run, library: Path, fresh: Path, tmp_path: Path) -> None:
    """Without a library, the families that the runs state."""
    run("skills", "export", tmp_path / "out", "--library", library)
    result = run("conform", tmp_path / "out" / "house-doors", fresh, "--library", tmp_path / "none")
    assert "10 runs, 4 followed, 4 deviated, 2 not applicable." in result.stdout
    assert not (tmp_path / "none").exists()


def test_secrets_never_show(run: Run, library: Path, tmp_path: Path) -> None:
    """They are gone before the check, from id to argument."""
    secret = "ghp_" + "a1B2" * 9
    text = write(tmp_path / "plain.jsonl", doors(2)).read_text().replace("D0", secret)
    (tmp_path / "secret.jsonl").write_text(text)
    result = run("conform", "house-doors", tmp_path / "secret.jsonl", "--library", library, "--json")
    assert json.loads(result.stdout)["traces"][1]["verdict"] == "deviated"
    assert secret not in result.output


def test_a_skill_that_applies_to_no_run_exits_with_1(run: Run, library: Path, tmp_path: Path) -> None:
    """The report is printed all the same."""
    other = write(tmp_path / "lamps.jsonl", [rebuild(trace, id="x") for trace in lamps(2)])
    result = run("conform", "house-doors", other, "--library", library)
    assert result.exit_code == 1
    assert "house-doors applies to none of the 2 runs" in result.stderr
    assert "2 not applicable." in result.stdout


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (("house-door", "{runs}"), (4, "house-doors")),
        (("house-doors", "{none}"), (3, "no such file or folder")),
        (("house-doors", "{runs}", "--min-hold", "2"), (2, "--min-hold")),
    ],
)
def test_a_mistake_is_one_message(
    run: Run, library: Path, fresh: Path, words: tuple[str, ...], mistake: tuple[int, str]
) -> None:
    """With the exit code of its kind."""
    places = {"{runs}": fresh, "{none}": fresh.with_name("none.jsonl")}
    result = run("conform", *(places.get(word, word) for word in words), "--library", library)
    assert result.exit_code == mistake[0]
    assert mistake[1] in result.output


def test_a_skill_that_is_followed_less_is_demoted_on_request(run: Run, library: Path, tmp_path: Path) -> None:
    """Without `--demote` nothing is written; the record is undone like a rejection."""
    later = [rebuild(trace, id=f"new-{at}-{trace.id}") for at in range(2) for trace in mixed_doors(4)]
    good = [trace for trace in later if trace.outcome.label == "success"]
    bad = [trace for trace in doors(8) if trace.outcome.label != "success"]
    fresh = write(tmp_path / "fresh.jsonl", [*good, *(rebuild(trace, id=f"bad-{trace.id}") for trace in bad)])
    options = ("conform", "house-doors", fresh, "--library", library)
    assert "stale." in run(*options).stdout
    assert run("skills", "rejected", "--library", library).stdout.startswith("Nothing was rejected")
    done = run(*options, "--demote")
    assert "house-doors version 1 is stale: followed in" in done.stderr
    assert "not demoted" in run(*options, "--demote").stderr
    assert "stale" in run("skills", "list", "--library", library).stdout
    assert "stale on recorded runs" in run("skills", "rejected", "--library", library).stdout
    assert (
        "1 rejections" in run("skills", "rejected", "--withdraw", "house-doors", "--library", library).stdout
    )
