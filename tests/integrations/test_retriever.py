"""The library as a LangChain retriever."""

import asyncio
from pathlib import Path

import pytest

from tests.integrations.shelf import MMS_TASK
from trace2skill import SkillRetriever
from trace2skill.errors import LibraryError
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.store.library import Library


def test_a_skill_is_a_document(folder: Path) -> None:
    """Its text is the block for a prompt, its metadata say which version it is."""
    best = SkillRetriever(library=folder, k=1).invoke(MMS_TASK)[0]
    assert best.page_content.startswith('<skill-guidance name="send-picture-messages">')
    assert best.id == "send-picture-messages@1"
    assert best.metadata["skill"] == "send-picture-messages"
    assert best.metadata["version"] == 1
    assert 0 < best.metadata["score"] <= 1


def test_it_can_be_awaited(folder: Path) -> None:
    """The asynchronous call finds the same."""
    retriever = SkillRetriever(library=folder, k=1)
    assert asyncio.run(retriever.ainvoke(MMS_TASK)) == retriever.invoke(MMS_TASK)


def test_an_open_library_is_used_as_it_is(folder: Path) -> None:
    """An embedding of its own comes with it."""
    with Library(folder) as library:
        assert SkillRetriever(library=library, k=1).invoke(MMS_TASK)


def test_documents_keep_within_their_budget(folder: Path) -> None:
    """Each on its own."""
    found = SkillRetriever(library=folder, budget_tokens=120).invoke(MMS_TASK)
    assert all(approx_tokens(document.page_content) <= 120 for document in found)


def test_without_a_library_it_raises(tmp_path: Path) -> None:
    """What a chain does without it is the chain's business."""
    with pytest.raises(LibraryError, match="no library in"):
        SkillRetriever(library=tmp_path / "absent").invoke(MMS_TASK)
