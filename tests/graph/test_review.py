"""A person decides before anything is saved: what is asked, what is taken, what stays decided."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain.agents.middleware.human_in_the_loop import HITLRequest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import TypeAdapter

from tests.graph.errands import contents, doors, lamps
from trace2skill.errors import SettingError
from trace2skill.graph.distill import build
from trace2skill.graph.run import distill, resume_run
from trace2skill.nodes.report import Report
from trace2skill.nodes.settings import DistillSettings
from trace2skill.skillmd.review import FIRST_LINES, MARK
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.store.runs import runs

SECRET = "sk-" + "4f9aB7Qz" * 6


def asked(library: Path, count: int = 8) -> Report:
    """A run over both families that waits for a review."""
    return distill(doors(count) + lamps(count), library=library, review=True)


def skill(library: Path, name: str) -> Skill:
    """The skill as it is stored."""
    with Library(library) as opened:
        return opened.skill(name).skill


def test_nothing_is_saved_before_a_person_has_decided(tmp_path: Path) -> None:
    """The report says what waits: as a diff, rule by rule with tier and evidence; the run waits."""
    report = asked(tmp_path)
    assert report.succeeded
    assert (report.skills, contents(tmp_path)) == ((), {})
    assert [change.name for change in report.waiting] == ["house-doors", "house-lamps"]
    change = report.waiting[0]
    assert change.diff.startswith("--- /dev/null\n+++ house-doors (proposed)\n+---\n+name: house-doors")
    assert all(line[0] in "+-" for line in change.diff.splitlines())
    assert {rule.tier for rule in change.rules} <= {"mined", "hypothesis"}
    assert all(rule.evidence for rule in change.rules)
    assert runs(tmp_path)[0].state == "waiting"


def test_what_is_accepted_is_what_would_have_been_saved(tmp_path: Path) -> None:
    """A plain word is for all, and a review changes nothing by itself."""
    asked(tmp_path / "reviewed")
    report = resume_run(tmp_path / "reviewed", answers="accept")
    assert [(change.name, change.version) for change in report.skills] == [
        ("house-doors", 1),
        ("house-lamps", 1),
    ]
    distill(doors() + lamps(), library=tmp_path / "plain")
    assert contents(tmp_path / "reviewed") == contents(tmp_path / "plain")


def test_a_changed_skill_is_shown_against_the_stored_one(tmp_path: Path) -> None:
    """What is equal is not asked about, what changed is a diff."""
    distill(doors() + lamps(), library=tmp_path)
    report = distill(doors(10), library=tmp_path, review=True)
    assert [change.name for change in report.waiting] == ["house-doors"]
    assert report.waiting[0].operation in {"revise", "strengthen"}
    assert report.waiting[0].diff.startswith("--- house-doors (version 1)\n+++ house-doors (proposed)\n@@ ")
    assert "policy" not in report.waiting[0].diff


def test_part_of_the_answers_leaves_the_rest_waiting(tmp_path: Path) -> None:
    """Skill by skill; nothing is saved before the last."""
    asked(tmp_path)
    report = resume_run(tmp_path, answers={"house-lamps": "accept"})
    assert [change.name for change in report.waiting] == ["house-doors"]
    assert contents(tmp_path) == {}
    resume_run(tmp_path, answers={"house-doors": {"decision": "accept"}})
    assert sorted(contents(tmp_path)) == ["house-doors", "house-lamps"]


def test_asking_again_changes_nothing(tmp_path: Path) -> None:
    """Resumed without answers, the run waits for the same."""
    report = asked(tmp_path)
    assert resume_run(tmp_path).waiting == report.waiting


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (7, "neither a word nor an object"),
        ([], "neither a word nor an object"),
        ({"ghost": "accept"}, "no skill 'ghost' waits; those that do: house-doors, house-lamps"),
        ({"house-doors": "perhaps"}, "the decision is accept, edit or reject"),
        ({"house-doors": {"decision": "accept", "digest": "0" * 16}}, "what was shown has changed since"),
        ({"house-doors": {"decision": "edit", "colour": "red"}}, "colour"),
        ({"house-doors": {"decision": "edit", "rules": {"Z9": "x"}}}, "there is no rule Z9"),
        ({"house-doors": {"decision": "edit", "rules": {"P1": " "}}}, "P1 has no text"),
        ({"house-doors": {"decision": "edit", "rules": {"P1": "Knock 17 times."}}}, "states 17"),
        (
            {"house-doors": {"decision": "edit", "rules": {"P1": "Write to ann@example.org."}}},
            "belongs to one run",
        ),
        ({"house-doors": {"decision": "edit", "description": "See <b>this</b>"}}, "angle brackets"),
        ({"house-doors": {"decision": "edit", "description": "x" * 2000}}, "2000 characters"),
        ({"house-doors": {"decision": "edit", "markdown": "no frontmatter"}}, "no frontmatter"),
    ],
)
def test_a_bad_answer_is_asked_again(tmp_path: Path, answer: Any, problem: str) -> None:
    """With what is wrong with it; then a good one is taken."""
    asked(tmp_path)
    again = resume_run(tmp_path, answers=answer)
    assert problem in again.waiting[0].problem
    assert len(resume_run(tmp_path, answers="accept").skills) == 2


def test_asking_ends_when_nothing_can_be_taken(tmp_path: Path) -> None:
    """After five answers in vain the run fails, and can be asked again."""
    asked(tmp_path)
    for _ in range(4):
        resume_run(tmp_path, answers={"ghost": "accept"})
    with pytest.raises(SettingError, match="5 answers could not be taken"):
        resume_run(tmp_path, answers={"ghost": "accept"})
    assert contents(tmp_path) == {}
    assert len(resume_run(tmp_path).waiting) == 2
    assert len(resume_run(tmp_path, answers="accept").skills) == 2


def test_a_secret_in_an_answer_is_written_nowhere(tmp_path: Path) -> None:
    """It is refused before the run sees it."""
    asked(tmp_path)
    with pytest.raises(SettingError, match="looks like a secret"):
        resume_run(tmp_path, answers={"house-doors": {"decision": "edit", "human_text": f"Use {SECRET}"}})
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_an_edit_survives_later_runs(tmp_path: Path) -> None:
    """New words stay, as a note that cites; what was dropped stays away; numbers go on being measured."""
    before = {rule.name: rule.text for rule in asked(tmp_path).waiting[0].rules}
    edit = {"decision": "edit", "title": "Open sesame", "rules": {"P1": "Knock first."}, "drop": ["C1"]}
    resume_run(tmp_path, answers={"house-doors": edit, "house-lamps": "accept"})
    saved = skill(tmp_path, "house-doors")
    assert (saved.title, saved.human_text) == ("Open sesame", MARK)
    note = next(rule for rule in saved.rules if rule.name == "P1")
    assert (note.text, note.tier, bool(note.quotes)) == ("Knock first.", "cited", True)
    distill(doors(10), library=tmp_path)
    later = skill(tmp_path, "house-doors")
    assert (later.title, len(later.traces)) == ("Open sesame", 10)
    texts = [rule.text for rule in later.rules]
    assert "Knock first." in texts
    assert not {before["P1"], before["C1"]} & set(texts)
    assert any(rule.finding for rule in later.rules)


def test_the_whole_file_may_be_edited(tmp_path: Path) -> None:
    """SKILL.md as the importer would take it; name and family stay."""
    markdown = asked(tmp_path).waiting[0].markdown
    renamed = {"decision": "edit", "markdown": markdown.replace("name: house-doors", "name: gates")}
    assert "cannot be changed" in resume_run(tmp_path, answers={"house-doors": renamed}).waiting[0].problem
    text = markdown.replace("## Steps\n", "## Steps\n\n- Knock first.\n")
    resume_run(
        tmp_path, answers={"house-lamps": "accept", "house-doors": {"decision": "edit", "markdown": text}}
    )
    assert "Knock first." in [rule.text for rule in skill(tmp_path, "house-doors").rules]


def test_what_was_rejected_is_not_proposed_again(tmp_path: Path) -> None:
    """The same traces are settled, mined again they give nothing; the reason is kept and said."""
    asked(tmp_path)
    report = resume_run(
        tmp_path,
        answers={"house-doors": "accept", "house-lamps": {"decision": "reject", "reason": "too dim"}},
    )
    assert [(each.skill, each.reason) for each in report.refused] == [("house-lamps", "too dim")]
    assert list(contents(tmp_path)) == ["house-doors"]
    assert distill(doors() + lamps(), library=tmp_path).up_to_date
    again = distill(lamps(), library=tmp_path, again=True, review=True)
    assert (again.waiting, again.succeeded) == ((), True)
    assert again.refused[0].reason.endswith("too dim")
    with Library(tmp_path) as library:
        refusal = library.refusals()[0]
    assert (refusal.skill, refusal.family, refusal.reason) == ("house-lamps", "lamps", "too dim")
    assert refusal.rules


def test_another_proposal_says_that_one_was_rejected(tmp_path: Path) -> None:
    """With other rules it is proposed again, with the reason; once something is accepted, no more."""
    asked(tmp_path)
    resume_run(
        tmp_path,
        answers={"house-doors": "accept", "house-lamps": {"decision": "reject", "reason": "too dim"}},
    )
    report = distill(lamps(16), library=tmp_path, review=True)
    proposed = {change.name: change for change in report.waiting}["house-lamps"]
    assert proposed.earlier.startswith("an earlier proposal was rejected on ")
    assert proposed.earlier.endswith(": too dim")
    resume_run(tmp_path, answers="accept")
    assert distill(lamps(24), library=tmp_path, review=True).waiting[0].earlier == ""


def test_a_withdrawn_rejection_is_proposed_again(tmp_path: Path) -> None:
    """A person may change their mind."""
    asked(tmp_path)
    resume_run(tmp_path, answers="reject")
    with Library(tmp_path) as library:
        assert library.withdraw_refusals("house-doors") == 1
    assert [change.name for change in distill(doors(), library=tmp_path).skills] == ["house-doors"]


def test_a_rejected_change_leaves_the_stored_skill(tmp_path: Path) -> None:
    """The version that was there stays current."""
    distill(doors(), library=tmp_path)
    before = contents(tmp_path)
    distill(doors(16), library=tmp_path, review=True)
    resume_run(tmp_path, answers="reject")
    assert contents(tmp_path) == before
    assert distill(doors(16), library=tmp_path).up_to_date


def test_what_was_decided_is_not_asked_again_when_the_library_moves(tmp_path: Path) -> None:
    """Planned anew, only what came out otherwise is asked about; an edit is made again."""
    asked(tmp_path)
    distill(lamps(10)[8:], library=tmp_path)
    edit = {"decision": "edit", "title": "Open sesame"}
    report = resume_run(tmp_path, answers={"house-doors": edit, "house-lamps": "accept"})
    assert [change.name for change in report.waiting] == ["house-lamps"]
    resume_run(tmp_path, answers="accept")
    assert skill(tmp_path, "house-doors").title == "Open sesame"
    assert len(skill(tmp_path, "house-lamps").traces) == 10


def test_the_graph_is_interrupted(tmp_path: Path) -> None:
    """As Studio sees it: one interrupt with an instruction, answered with a command."""
    checkpointed = build().compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    context = DistillSettings(library=str(tmp_path), review=True)
    given: Any = {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]}
    output = checkpointed.invoke(given, config, context=context)
    question = output["__interrupt__"][0].value
    assert '{"decision": "accept"}' in question["instruction"]
    action = question["action_requests"][0]
    assert (action["name"], action["args"]["skill"]) == ("save_skill", "house-doors")
    assert "**house-doors**: add" in action["description"]
    assert "\n## Done when\n" in action["description"]
    assert len(action["description"].splitlines()) < FIRST_LINES + 10
    assert len(json.dumps(question)) < 6000
    assert TypeAdapter(HITLRequest).validate_python(question)
    answered = checkpointed.invoke(Command(resume={"house-doors": "accept"}), config, context=context)
    assert [change["name"] for change in answered["skills"]] == ["house-doors"]


def test_what_only_an_executor_reads_is_not_asked_about(tmp_path: Path) -> None:
    """More lamps weigh in the policy of the doors beside them; there is nothing to decide about doors."""
    distill(doors() + lamps(), library=tmp_path)
    report = distill(lamps(10), library=tmp_path, review=True)
    assert [change.name for change in report.waiting] == ["house-lamps"]
    saved = resume_run(tmp_path, answers="accept")
    assert "house-doors" in [change.name for change in saved.skills]
