"""Skills in registries: once each, ours alone, never what may not be used; against Langfuse on loopback."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations.langfuse_server import PROMPTS, SKILLS, Project, langfuse_server
from tests.integrations.shelf import make_skill
from trace2skill import Library, aregister_skills, import_skill, register_skills
from trace2skill.errors import InputError, LibraryError, SettingError
from trace2skill.integrations.registries import registry_at
from trace2skill.skillmd.folder import skill_files
from trace2skill.store.records import Change, Commit

pytest.importorskip("langfuse", reason="needs Langfuse's client")
NAME = "boil-water"


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project of Langfuse that the environment names."""
    with langfuse_server() as served:
        monkeypatch.setenv("LANGFUSE_HOST", served.url)
        monkeypatch.delenv("LANGFUSE_BASE_URL", raising=False)
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk")
        yield served


def reworded(library: Path, text: str) -> None:
    """The skill gets another rule, and the library another version of it."""
    skill = make_skill(NAME)
    rules = (skill.rules[0].model_copy(update={"text": text}),)
    with Library(library) as opened:
        change = Change(skill=skill.model_copy(update={"rules": rules}), operation="revise")
        opened.commit(Commit(changes=(change,)))


def test_a_skill_is_a_prompt_with_its_evidence(project: Project, folder: Path) -> None:
    """SKILL.md is the text; digest and counts are in the config."""
    registered = register_skills("langfuse://", folder, labels=["production"])
    assert [(each.skill, each.registered, each.new) for each in registered] == [
        (NAME, 1, True), ("refund-cancelled-flight", 1, True), ("send-picture-messages", 1, True),
    ]  # fmt: skip
    (made,) = project.versions(PROMPTS, NAME)
    assert made["prompt"].encode() == skill_files(make_skill(NAME), 1)["SKILL.md"]
    assert made["labels"] == ["production", "latest"]
    assert made["config"] == {
        "generator": "trace2skill",
        "digest": make_skill(NAME).digest,
        "version": 1,
        "family": "f",
        "evidence": {"runs": 0, "rules": {"cited": 1}},
    }


@pytest.mark.parametrize(
    ("address", "path"), [("langfuse://prompts", PROMPTS), ("langfuse://skills", SKILLS)]
)
def test_the_same_content_makes_no_version(project: Project, folder: Path, address: str, path: str) -> None:
    """Only what changed is added; a label moves without a new version."""
    register_skills(address, folder)
    posts = project.asked.count(("POST", path))
    again = register_skills(address, folder, labels=["staging"])
    assert [each.new for each in again] == [False] * 3
    assert project.asked.count(("POST", path)) == posts == 3
    assert project.versions(path, NAME)[0]["labels"] == ["latest", "staging"]
    reworded(folder, "Fill the kettle first.")
    third = {each.skill: each for each in register_skills(address, folder, labels=["staging"])}
    assert (third[NAME].registered, third[NAME].new, third[NAME].version) == (2, True, 2)
    assert [sorted(each["labels"]) for each in project.versions(path, NAME)] == [[], ["latest", "staging"]]


def test_a_skill_of_langfuse_can_be_imported_again(project: Project, folder: Path, tmp_path: Path) -> None:
    """Its files are text, and hold all that an export holds."""
    sent: dict[str, str] = {}
    answer = project.answer

    def watched(method: str, url: str, body: dict[str, list[dict[str, str]]]) -> tuple[int, object]:
        sent.update({each["path"]: each["content"] for each in body.get("files", ())})
        return answer(method, url, body)

    project.answer = watched  # type: ignore[method-assign, assignment]
    register_skills("langfuse://skills", folder, names=[NAME])
    for path, text in sent.items():
        file = tmp_path / NAME / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert import_skill(tmp_path / NAME, folder).state == "known"


@pytest.mark.parametrize("address", ["langfuse://prompts", "langfuse://skills"])
def test_what_others_wrote_is_left_alone(project: Project, folder: Path, address: str) -> None:
    """A name that is taken is an error, and the version there stays the only one."""
    page = f"---\nname: {NAME}\ndescription: mine\n---\n# Mine"
    body = {"name": NAME, "prompt": "mine", "config": {}, "type": "text", "tags": []}
    path = PROMPTS if address.endswith("prompts") else SKILLS
    files = {"files": [{"path": "SKILL.md", "content": page}]}
    project.answer("POST", path, body if path == PROMPTS else files)
    with pytest.raises(InputError, match="trace2skill did not write"):
        register_skills(address, folder, names=[NAME])
    assert len(project.versions(path, NAME)) == 1


def test_what_may_not_be_used_goes_nowhere(project: Project, folder: Path, tmp_path: Path) -> None:
    """Waiting for approval, retired: refused before anything is sent."""
    page = "---\nname: knock-first\ndescription: Knock before you open a door.\n---\n# Knock\n"
    (tmp_path / "knock-first").mkdir()
    (tmp_path / "knock-first" / "SKILL.md").write_text(page)
    assert import_skill(tmp_path / "knock-first", folder).state == "quarantine"
    with pytest.raises(LibraryError, match="waits in quarantine"):
        register_skills("langfuse://", folder, names=["knock-first"])
    with Library(folder) as library:
        library.remove(NAME)
        with pytest.raises(LibraryError, match="is retired"):
            register_skills("langfuse://", library, names=[NAME])
    assert [each.skill for each in register_skills("langfuse://", folder)] == [
        "refund-cancelled-flight", "send-picture-messages",
    ]  # fmt: skip
    assert {name for _, name in project.kept} == {"refund-cancelled-flight", "send-picture-messages"}


def test_the_key_is_in_no_message(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, or not reachable: which variables to look at, and nothing of their values."""
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-lf-1234567890")
    with pytest.raises(SettingError, match="refuses the key") as refused:
        register_skills("langfuse://", folder)
    monkeypatch.setenv("LANGFUSE_HOST", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be reached") as gone:
        register_skills("langfuse://", folder)
    monkeypatch.delenv("LANGFUSE_SECRET_KEY")
    with pytest.raises(SettingError, match="set LANGFUSE_SECRET_KEY"):
        register_skills("langfuse://", folder)
    assert "1234567890" not in f"{refused.value} {gone.value}"
    assert project.kept == {}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("wandb://prompts", "no registry of that kind"),
        ("langfuse://shelves", "langfuse://prompts or langfuse://skills"),
        ("mlflow://prompts?key=secret", "mlflow://prompts or mlflow://skills"),
        ("langfuse://pk:secret@host", "holds no key"),
        ("mlflow://", "set MLFLOW_TRACKING_URI"),
    ],
)
def test_an_address_that_is_none(address: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to write instead, without what was written."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(SettingError, match=told) as refused:
        registry_at(address)
    assert "secret" not in str(refused.value)


def test_the_registrys_own_label_is_refused(folder: Path) -> None:
    """It moves by itself."""
    with pytest.raises(SettingError, match="'latest'"):
        register_skills("langfuse://", folder, labels=["latest"])


def test_awaited(project: Project, folder: Path) -> None:
    """The same, off the event loop, with an open library."""
    with Library(folder) as library:
        made = asyncio.run(aregister_skills("langfuse://", library, names=[NAME]))
    assert json.loads(made[0].model_dump_json()) == {
        "skill": NAME, "version": 1, "registry": "langfuse://", "registered": 1, "new": True,
    }  # fmt: skip
