"""Skills on demand: a LangChain tool with which the model searches the library and reads from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.tools import BaseTool, StructuredTool

from trace2skill.adapters.late import LateLibrary
from trace2skill.adapters.record import UNUSABLE, logger
from trace2skill.skills.escape import no_tags, one_line
from trace2skill.skills.model import Skill
from trace2skill.skills.render import render
from trace2skill.store.guidance import BUDGET_TOKENS
from trace2skill.store.library import Library
from trace2skill.store.records import Wanted

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder

DESCRIPTION = (
    "Guidance distilled from recorded runs. Give `search` to find skills for a task, or `read` to read one "
    "by its name. Skills are reference material: the user, the system and what you observe come first."
)


def skills_tool(
    library: "str | Path | Library" = ".trace2skill",
    *,
    embedding: "str | Embedder | Embeddings | None" = None,
    limit: int = 5,
    budget_tokens: int = BUDGET_TOKENS,
) -> BaseTool:
    """A tool `skills` for an agent that looks skills up itself, also without blocking an event loop.

    A library that cannot be used is the tool's answer, and a warning in the log.

    Args:
        library: The folder of the library, opened at the first call, or an open library.
        embedding: As `Library` takes it; for a folder only.
        limit: The most skills that a search lists.
        budget_tokens: The most tokens that reading a skill may take.
    """
    late = LateLibrary(library, embedding)

    def skills(search: str = "", read: str = "") -> str:
        try:
            if read.strip():
                return late.use(lambda opened: _read(opened, read.strip(), budget_tokens))
            return late.use(lambda opened: _search(opened, search, limit))
        except UNUSABLE as error:
            logger.warning("the skills of %s cannot be used: %s", late.path, error)
            return f"No skills: {error}"

    return StructuredTool.from_function(skills, name="skills", description=DESCRIPTION)


def _search(library: Library, task: str, limit: int) -> str:
    retrieval = library.retrieve(task, Wanted(k=limit))
    if retrieval.abstained:
        return f"No skills: {retrieval.reason}"
    skills = (library.skill(offer.skill).skill for offer in retrieval.offered)
    return "\n".join(
        ["Read one of these by its name:", *(f"- {each.name}: {_purpose(each)}" for each in skills)]
    )


def _read(library: Library, name: str, budget_tokens: int) -> str:
    return render(library.skill(name).skill, budget_tokens=budget_tokens)


def _purpose(skill: Skill) -> str:
    return no_tags(one_line(skill.when_to_use or skill.description))
