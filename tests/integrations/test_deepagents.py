"""Exported folders load in deepagents' skills middleware."""

from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from examples.embedding.scripted import ScriptedModel
from tests.integrations.shelf import SKILLS, make_skill
from trace2skill.skillmd.folder import export_skill

backends = pytest.importorskip("deepagents.backends.filesystem")
skills = pytest.importorskip("deepagents.middleware.skills")


def load(folder: Path) -> tuple[dict[str, Any], str]:
    """Run an agent with the folder as its source: what its state holds then, and the prompt."""
    backend = backends.FilesystemBackend(root_dir=folder, virtual_mode=True)
    middleware = skills.SkillsMiddleware(backend=backend, sources=["/"])
    model = ScriptedModel(replies=[AIMessage("Done.")])
    agent = create_agent(model, middleware=[middleware], checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    agent.invoke({"messages": [HumanMessage("Hello.")]}, config)
    return agent.get_state(config).values, model.asked[0][0].text


def test_every_exported_skill_is_found(tmp_path: Path) -> None:
    """By name, with its description, without an error."""
    for name in SKILLS:
        export_skill(make_skill(name), 1, tmp_path)
    state, prompt = load(tmp_path)
    assert {each["name"] for each in state["skills_metadata"]} == set(SKILLS)
    assert state.get("skills_load_errors", []) == []
    for name in SKILLS:
        assert name in prompt
        assert make_skill(name).description in prompt


@pytest.mark.parametrize(
    "description", ["Colons: and # marks", "Ünïcode → 日本語", "'single' \"double\"", "x" * 1024]
)
def test_a_description_arrives_as_it_is(tmp_path: Path, description: str) -> None:
    """Whatever YAML would make of it unquoted."""
    export_skill(make_skill("boil-water").model_copy(update={"description": description}), 1, tmp_path)
    state, _ = load(tmp_path)
    assert [each["description"] for each in state["skills_metadata"]] == [description]
