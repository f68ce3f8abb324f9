"""`validate`, `eval` and what they change, as a user types them."""

import json
from pathlib import Path

import pytest

from tests.chat_server import Asked, Reply, answered, chat_server
from tests.cli.conftest import Run
from tests.graph.errands import doors
from trace2skill.graph.run import distill
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit

AGENT = """
import hashlib
from trace2skill.evaluation.suite import Suite, Task

suite = Suite("rooms", [Task(f"t{n}", f"task {n}", author="Ada") for n in range(8)])
few = [Task("one", "task 1")]

def toss(task, guidance, seed, chance):
    digest = hashlib.sha256(f"{task}|{guidance}|{seed}".encode()).digest()
    return float(digest[0] / 256 < chance)

def helped(task, guidance, seed):
    return {"success": toss(task, guidance, seed, 0.9 if "door" in guidance else 0.2), "tokens": 10}

def harmed(task, guidance, seed):
    return toss(task, guidance, seed, 0.2 if "door" in guidance else 0.9)

def misled(task, guidance, seed):
    return float("In this order" not in guidance)

calls = 0

def stateful(task, guidance, seed):
    global calls
    calls += 1
    return float(calls % 2 == 0)

def broken(task, guidance, seed):
    raise RuntimeError("no credit")
"""


def skill(name: str, *rules: str) -> Skill:
    """A skill of notes."""
    notes = tuple(
        SkillRule(name=f"P{number}", module=ModuleName.PROCEDURE, text=text)
        for number, text in enumerate(rules, 1)
    )
    return Skill(name=name, title=name, description=f"About {name}.", family=name, rules=notes)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with `house-doors` and `house-lamps`."""
    doors = skill(
        "house-doors", "In this order: look at the door, kick it.", "Turn the key.", "Wipe your shoes."
    )
    lamps = skill("house-lamps", "Change the bulb.", "Turn it on.")
    with Library(tmp_path / "library") as opened:
        changes = tuple(Change(skill=each, operation="add") for each in (doors, lamps))
        opened.commit(Commit(changes=changes))
    return tmp_path / "library"


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of a suite and several agents, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made_up.py").write_text(AGENT, encoding="utf-8")
    return "made_up.py"


def words(agent: str, solver: str, library: Path) -> list[object]:
    """The options of most commands."""
    return ["--suite", f"{agent}:suite", "--solver", f"{agent}:{solver}", "--library", library]


def test_a_skill_that_helps_is_validated(run: Run, library: Path, agent: str) -> None:
    """Exit 0; the library says so, and a second time nothing is run."""
    done = run("validate", "house-doors", *words(agent, "helped", library), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["judgement"]["verdict"] == "helps"
    with Library(library) as opened:
        stored = opened.skill("house-doors")
        assert stored.validation is not None
        assert (stored.validation.suite, stored.validation.version) == ("rooms", 1)
    lines = (library / "evaluations" / "rooms.jsonl").read_bytes()
    assert len(lines.splitlines()) == found["judgement"]["runs"]
    again = run("validate", "house-doors", *words(agent, "helped", library), "--json")
    assert json.loads(again.stdout)["judgement"] == found["judgement"]
    assert (library / "evaluations" / "rooms.jsonl").read_bytes() == lines
    assert "validated; " in run("skills", "list", "--library", library).stdout


def test_a_secret_in_the_solvers_name_is_not_kept(run: Run, library: Path, agent: str) -> None:
    """Neither in the verdict nor in the file of runs."""
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3
    done = run("validate", "house-doors", *words(agent, "helped", library), "--label", key, "--json")
    assert done.exit_code == 0
    assert key not in done.stdout
    assert not any(key.encode() in file.read_bytes() for file in library.rglob("*") if file.is_file())


def test_a_skill_that_harms_is_rejected_and_can_come_back(run: Run, library: Path, agent: str) -> None:
    """Exit 1; it is listed no more but with --all, and among the rejected, until it is withdrawn."""
    done = run("validate", "house-doors", *words(agent, "harmed", library))
    assert done.exit_code == 1
    assert done.stdout.startswith("harms: less success")
    assert "skills rejected --withdraw house-doors" in done.stderr
    assert "house-doors" not in run("skills", "list", "--library", library).stdout
    assert "house-doors (rejected)" in run("skills", "list", "--all", "--library", library).stdout
    assert "harms on rooms" in run("skills", "rejected", "--library", library).stdout
    withdrawn = run("skills", "rejected", "--withdraw", "house-doors", "--library", library)
    assert withdrawn.stdout == "house-doors: 1 rejections withdrawn\n"
    assert "house-doors" in run("skills", "list", "--library", library).stdout


def test_a_solver_that_differs_from_itself_is_refused(run: Run, library: Path, agent: str) -> None:
    """Nothing is recorded."""
    done = run("validate", "house-doors", *words(agent, "stateful", library))
    assert done.exit_code == 1
    assert "refused: one arm differs from itself" in done.stdout
    assert "nothing was recorded" in done.stderr
    with Library(library) as opened:
        assert opened.validations() == []


def test_the_rule_that_harms_is_proposed_to_be_dropped(run: Run, library: Path, agent: str) -> None:
    """The library stays as it is until a person drops it; then the rule is gone and not proposed again."""
    with Library(library) as opened:
        before = opened.skill("house-doors")
        generation = opened.generation
    dropped = next(rule for rule in before.skill.rules if "In this order" in rule.text)
    options = [*words(agent, "misled", library), "--max-runs", 150]
    done = run("validate", "house-doors", *options, "--ablate", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [each["rule"] for each in found["ablation"]["rules"] if each["verdict"] == "harms"] == [
        dropped.name
    ]
    assert f"- {dropped.name} harms: -100 points" in f"- {found['proposal']['note']}"
    assert "In this order" in Path(found["file"]).read_text(encoding="utf-8")
    with Library(library) as opened:
        assert opened.generation == generation
    shown = ("skills", "show", "house-doors", "--evidence", "--library", library)
    assert f"- {dropped.name}: harms, -100 points" in run(*shown).stdout
    result = run("skills", "drop", "house-doors", dropped.name, "--reason", "it harms", "--library", library)
    assert result.exit_code == 0
    with Library(library) as opened:
        after = opened.skill("house-doors")
        assert [rule.text for rule in after.skill.rules] == ["Turn the key.", "Wipe your shoes."]
        assert [each.reason for each in opened.refusals()] == ["it harms"]
    assert (after.version, after.note) == (2, f"dropped {dropped.name}: it harms")
    assert "Left out in turn" not in run(*shown).stdout, "other bytes were not ablated"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--suite", "made_up.py:few"], (3, "1 of the suite's tasks are held out")),
        (["--max-runs", "10"], (6, "leaves no room")),
        (["--solver", "made_up.py:absent"], (2, "has no 'absent'")),
        (["--against", "nobody"], (4, "no skill 'nobody'")),
        (["--solver", "made_up.py:broken"], (3, "RuntimeError: no credit")),
        (["--against", "house-doors"], (3, "the same text")),
    ],
)
def test_mistakes_are_told(
    run: Run, library: Path, agent: str, more: list[str], told: tuple[int, str]
) -> None:
    """With exit codes as everywhere."""
    done = run("validate", "house-doors", *words(agent, "helped", library), *more)
    assert (done.exit_code, told[1] in done.stderr) == (told[0], True), done.stderr


def test_a_dry_run_says_what_it_may_take(run: Run, library: Path, agent: str) -> None:
    """And runs nothing."""
    done = run(
        "validate", "house-doors", *words(agent, "broken", library), "--repeats", 5, "--dry-run", "--json"
    )
    assert json.loads(done.stdout) == {"tasks": 8, "seen": [], "max_runs": 2 * 5 * 8 + 40}
    assert "at most 120 runs on 8 held-out tasks" in done.stderr


def test_arms_are_compared_and_shown(run: Run, library: Path, agent: str, tmp_path: Path) -> None:
    """On the terminal, as JSON and as a page; with a second call nothing is run.

    No recorded run is like these tasks, so that `raw:1` gives nothing and shares the runs of `none`.
    """
    options = ["--solver", f"{agent}:helped", "--library", library, "--repeats", 2]
    arms = ["--arms", "none,house-doors,house-lamps,raw:1"]
    done = run("eval", f"{agent}:suite", *options, *arms, "--html", tmp_path / "page.html")
    assert done.exit_code == 0, done.output
    assert "8 tasks, 4 arms, 2 times: 64 runs, 48 to be made" in done.stderr
    assert all(name in done.stdout for name in ("house-doors", "house-lamps", "raw:1"))
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    again = run("eval", f"{agent}:suite", *options, *arms, "--json")
    assert "64 runs, 0 to be made" in again.stderr
    found = json.loads(again.stdout)
    assert found["authors"] == {"Ada": 8}
    assert [each["arm"] for each in found["comparisons"]] == ["house-doors", "house-lamps", "raw:1"]
    assert found["comparisons"][0]["success"]["mean"] > 0


def test_an_evaluation_beyond_its_cap_is_refused(run: Run, tmp_path: Path, agent: str) -> None:
    """Before anything is run; no library is needed for arms that are none of its skills."""
    folder = tmp_path / "knitting"
    folder.mkdir()
    (folder / "SKILL.md").write_text(
        "---\nname: knitting\ndescription: Knits.\n---\n\nKnit.\n", encoding="utf-8"
    )
    options = ["--solver", f"{agent}:broken", "--arms", "none,./knitting", "--library", tmp_path / "absent"]
    done = run("eval", f"{agent}:suite", *options, "--max-runs", 47)
    assert (done.exit_code, "48 runs are to be made" in done.stderr) == (6, True)
    assert not (tmp_path / "absent").exists()


def test_what_a_model_writes_is_an_arm_of_its_own(run: Run, tmp_path: Path, agent: str) -> None:
    """It is asked for each run and for the merge, once; a dry run says how often, and asks nothing."""
    folder = tmp_path / "distilled"
    distill(doors(6), library=folder)
    arms = ["--arms", "none,summary:house-doors,patches:house-doors,gated:house-doors"]
    options = [f"{agent}:suite", "--solver", f"{agent}:helped", "--library", folder, "--repeats", 1, *arms]
    without = run("eval", *options)
    assert (without.exit_code, "no model: give one" in without.stderr) == (2, True)

    def script(_: int, asked: Asked) -> Reply:
        return answered({"title": "Advice", "lessons": ["Open the door with a key."]}, asked)

    with chat_server(script=script) as chat:
        model = ["--model", "openai:m", "--base-url", chat.url]
        dry = json.loads(run("eval", *options, *model, "--dry-run", "--json").stdout)
        assert (dry["calls"], dry["due"], chat.asked) == (1 + 6 + 1, 24, [])
        assert run("eval", *options, *model, "--max-runs", 23).exit_code == 6
        assert chat.asked == [], "the cap comes before the model"
        found = json.loads(run("eval", *options, *model, "--json").stdout)
        assert len(chat.asked) == 8
        run("eval", *options, *model)
        assert len(chat.asked) == 8
    by_arm = {each["arm"].partition(":")[0]: each["success"]["mean"] for each in found["comparisons"]}
    assert by_arm["summary"] > 0.3
    assert by_arm["patches"] > 0.3
    assert by_arm["gated"] == 0, "nothing is validated, so that nothing is given"
