"""Skills on demand: a LangChain tool and a LangChain retriever over the library."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import Field, PrivateAttr

from trace2skill.skills.guidance_text import render
from trace2skill.skills.model import Skill
from trace2skill.store.guidance import BUDGET_TOKENS, NEAREST, UNUSABLE, Guide, logger
from trace2skill.store.library import Library
from trace2skill.store.records import Offer, Wanted
from trace2skill.wording.escape import no_tags, one_line

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
    guide = Guide(library, embedding=embedding)

    def skills(search: str = "", read: str = "") -> str:
        try:
            if read.strip():
                return guide.use(lambda opened: _read(opened, read.strip(), budget_tokens))
            return guide.use(lambda opened: _search(opened, search, limit))
        except UNUSABLE as error:
            logger.warning("the skills of %s cannot be used: %s", guide.path, error)
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


class SkillRetriever(BaseRetriever):
    """Finds the skills that fit a query; each is a document whose text is the block for a solver's prompt.

    The metadata are `skill`, `version`, `title`, `family`, `tags` and `score` (nearness to the query, at
    most 1). A library that cannot be used raises: what to do without it is the chain's business.

    Raises:
        LibraryError: On use: the library cannot be opened, or its index cannot be used.
    """

    library: Any = Field(".trace2skill", description="the folder of the library, or an open library")
    embedding: Any = Field(None, description="as `Library` takes it; for a folder only")
    k: int = Field(3, ge=1, description="the most documents to find")
    budget_tokens: int = Field(BUDGET_TOKENS, ge=1, description="the most tokens a document may take")

    _guide: Guide = PrivateAttr()

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        """Name the library; it is opened at the first query."""
        super().model_post_init(context)
        self._guide = Guide(self.library, embedding=self.embedding)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the hook
    ) -> list[Document]:
        return self._guide.use(lambda library: self._found(library, query))

    def _found(self, library: Library, query: str) -> list[Document]:
        retrieval = library.retrieve(query, Wanted(k=self.k))
        return [self._document(library, offer) for offer in retrieval.offered]

    def _document(self, library: Library, offer: Offer) -> Document:
        skill = library.skill(offer.skill, offer.version).skill
        metadata = {
            "skill": skill.name,
            "version": offer.version,
            "title": skill.title,
            "family": skill.family,
            "tags": list(skill.tags),
            "score": offer.score,
        }
        text = render(skill, budget_tokens=self.budget_tokens, rules=offer.rules[:NEAREST])
        return Document(page_content=text, metadata=metadata, id=f"{skill.name}@{offer.version}")
