"""`skills list`, `show`, `history`, `diff`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit


def test_list_is_a_table_of_the_skills(run: Run, library: Path) -> None:
    """Name, version, rules."""
    text = run("skills", "list", "--library", library).stdout
    assert "house-doors" in text
    assert "house-lamps" in text


def test_list_as_json(run: Run, library: Path) -> None:
    """One object a skill, without its body. Further runs on doors told more of why lamps are switched."""
    skills = json.loads(run("skills", "list", "--library", library, "--json").stdout)
    assert [(skill["name"], skill["version"], skill["traces"]) for skill in skills] == [
        ("house-doors", 2, 8),
        ("house-lamps", 2, 8),
    ]


def test_retired_skills_are_listed_on_demand(run: Run, library: Path) -> None:
    """`--all` shows them, with their status."""
    with Library(library) as opened:
        opened.remove("house-lamps")
    assert "house-lamps" not in run("skills", "list", "--library", library).stdout
    assert "house-lamps (retired)" in run("skills", "list", "--all", "--library", library).stdout


def test_show_writes_markdown_into_a_pipe(run: Run, library: Path) -> None:
    """Byte for byte the SKILL.md of an export."""
    shown = run("skills", "show", "house-doors", "--library", library).stdout
    run("skills", "export", library / "out", "--library", library)
    assert shown == (library / "out" / "house-doors" / "SKILL.md").read_text()


def test_show_takes_a_version(run: Run, library: Path) -> None:
    """An old version as JSON."""
    shown = json.loads(
        run("skills", "show", "house-doors", "--version", 1, "--library", library, "--json").stdout
    )
    assert (shown["version"], len(shown["skill"]["traces"])) == (1, 6)


def test_evidence_prints_what_rules_rest_on(run: Run, library: Path) -> None:
    """Byte for byte the page of an export; as JSON, rules and background with all that was measured."""
    words = ("skills", "show", "house-doors", "--evidence", "--library", library)
    run("skills", "export", library / "out", "--library", library)
    assert run(*words).stdout == (library / "out/house-doors/references/evidence.md").read_text()
    rules = json.loads(run(*words, "--json").stdout)
    assert [rule["name"] for rule in rules] == ["G1", "P1", "C1", "C2"]
    assert all(rule["finding"]["summary"]["support"]["held"] for rule in rules)


def test_policy_prints_decisions_with_their_evidence(run: Run, library: Path) -> None:
    """Each has its counts and cites steps that do what it says."""
    text = run("skills", "show", "house-doors", "--policy", "--library", library).stdout
    assert text.startswith("Decisions mined from ")
    assert "Evidence: done " in text
    policy = json.loads(
        run("skills", "show", "house-doors", "--policy", "--library", library, "--json").stdout
    )
    with Library(library) as opened:
        for rule, basis in zip(policy["rules"], policy["basis"], strict=True):
            for trace, step in basis["seen_at"]:
                action = opened.trace(trace).steps[step].action
                assert action
                assert action.tool == rule["then"]["tool"]


def test_cite_prints_the_cited_steps(run: Run, library: Path) -> None:
    """Every citation of a rule resolves to the step it names."""
    text = run("skills", "show", "house-doors", "--cite", "C1", "--library", library).stdout
    assert "Held at " in text
    assert "did: unlock(door=" in text
    cited = json.loads(
        run("skills", "show", "house-doors", "--cite", "c1", "--library", library, "--json").stdout
    )
    assert cited[0]["step"]["action"]["tool"] == "unlock"


def test_what_is_known_beside_the_rules_is_shown_and_cited_too(run: Run, library: Path) -> None:
    """Under its own name."""
    with Library(library) as opened:
        skill = opened.skill("house-doors").skill
        known = skill.rules[0].model_copy(update={"name": "E1", "text": "Doors can be opened."})
        change = Change(skill=skill.model_copy(update={"background": (known,)}), operation="revise")
        opened.commit(Commit(changes=(change,)))
    words = ("skills", "show", "house-doors", "--library", library)
    assert "## E1\n\nDoors can be opened.\n" in run(*words, "--evidence").stdout
    assert "Held at " in run(*words, "--cite", "e1").stdout
    assert [rule["name"] for rule in json.loads(run(*words, "--evidence", "--json").stdout)][-1] == "E1"


def test_history_lists_the_versions(run: Run, library: Path) -> None:
    """Oldest first."""
    versions = json.loads(run("skills", "history", "house-doors", "--library", library, "--json").stdout)
    assert [each["version"] for each in versions] == [1, 2]
    assert versions[0]["operation"] == "add"
    assert "add" in run("skills", "history", "house-doors", "--library", library).stdout


def test_diff_compares_the_last_two_versions(run: Run, library: Path) -> None:
    """Without versions; with them, the same."""
    text = run("skills", "diff", "house-doors", "--library", library).stdout
    assert text.startswith("--- house-doors (version 1)\n+++ house-doors (version 2)\n")
    assert run("skills", "diff", "house-doors", 1, 2, "--library", library).stdout == text
    assert json.loads(run("skills", "diff", "house-doors", "--library", library, "--json").stdout)["changed"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "house-door"), "house-doors"),
        (("show", "house-doors", "--version", "9"), "versions 1 to 2"),
        (("show", "house-doors", "--cite", "Z9"), "its rules are G1, P1, C1, C2"),
        (("diff", "house-doors", "1", "9"), "versions 1 to 2"),
        (("history", "ghost"), "skills list"),
    ],
)
def test_what_is_not_there_is_one_message(
    run: Run, library: Path, words: tuple[str, ...], message: str
) -> None:
    """Exit code 4, and what there is instead."""
    result = run("skills", *words, "--library", library)
    assert result.exit_code == 4
    assert message in result.stderr


@pytest.mark.parametrize(
    "words", [("list",), ("show", "x"), ("search", "x"), ("history", "x"), ("export", "x")]
)
def test_a_missing_library_names_the_fix(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Reading makes no library; the message says how to make one."""
    result = run("skills", *words, "--library", tmp_path / "none")
    assert result.exit_code == 4
    assert "trace2skill distill PATH... --library" in result.stderr
    assert not (tmp_path / "none").exists()
