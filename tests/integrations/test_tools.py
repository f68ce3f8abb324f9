"""The tool with which a model looks skills up itself."""

import asyncio
from pathlib import Path

from tests.integrations.shelf import MMS_TASK
from trace2skill import skills_tool


def test_a_search_names_skills_and_when_to_use_them(folder: Path) -> None:
    """The best comes first, one line each."""
    listed = skills_tool(folder).invoke({"search": MMS_TASK}).splitlines()
    assert listed[1].startswith("- send-picture-messages: The customer cannot send picture messages")


def test_reading_gives_the_skill_as_guidance(folder: Path) -> None:
    """The same block that the middleware would put into the prompt."""
    read = skills_tool(folder).invoke({"read": "boil-water"})
    assert read.startswith('<skill-guidance name="boil-water">')


def test_an_unknown_name_is_answered(folder: Path) -> None:
    """The model reads which name may have been meant, and can go on."""
    answer = skills_tool(folder).invoke({"read": "boil-watr"})
    assert "did you mean boil-water?" in answer


def test_without_a_library_the_tool_says_so(tmp_path: Path) -> None:
    """No exception ends the agent."""
    answer = skills_tool(tmp_path / "absent").invoke({"search": MMS_TASK})
    assert answer.startswith("No skills: no library in")


def test_a_call_without_arguments_is_answered(folder: Path) -> None:
    """There is nothing to look up."""
    assert skills_tool(folder).invoke({}) == "No skills: the task says nothing"


def test_it_can_be_awaited(folder: Path) -> None:
    """Asynchronous agents use the same tool."""
    assert "boil-water" in asyncio.run(skills_tool(folder).ainvoke({"read": "boil-water"}))


def test_the_model_is_told_how_to_call_it(folder: Path) -> None:
    """Its schema has both arguments, neither required."""
    schema = skills_tool(folder).get_input_jsonschema()
    assert set(schema["properties"]) == {"search", "read"}
    assert "required" not in schema
