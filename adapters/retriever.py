"""The library as a LangChain retriever: skills as documents."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr

from trace2skill.adapters.guidance import BUDGET_TOKENS
from trace2skill.adapters.matching import Match, fitting
from trace2skill.adapters.reader import Reader
from trace2skill.skills.render import render


class SkillRetriever(BaseRetriever):
    """Finds the skills that fit a query; each is a document whose text is the block for a solver's prompt.

    The metadata are `skill`, `version`, `title`, `family`, `tags` and `similarity` (cosine to the query). A
    library that cannot be used raises: what to do without it is the chain's business.

    Raises:
        LibraryError: On use: the library cannot be opened, or its index cannot be used.
    """

    library: Any = Field(".trace2skill", description="the folder of the library, or an open library")
    embedding: Any = Field(None, description="as `Library` takes it; for a folder only")
    k: int = Field(3, ge=1, description="the most documents to find")
    budget_tokens: int = Field(BUDGET_TOKENS, ge=1, description="the most tokens a document may take")

    _reader: Reader = PrivateAttr()

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        """Name the library; it is opened at the first query."""
        super().model_post_init(context)
        self._reader = Reader(self.library, self.embedding)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the hook
    ) -> list[Document]:
        found, _ = self._reader.use(lambda library: fitting(library, query, self.k))
        return [self._document(match) for match in found]

    def _document(self, match: Match) -> Document:
        skill = match.stored.skill
        metadata = {
            "skill": skill.name,
            "version": match.stored.version,
            "title": skill.title,
            "family": skill.family,
            "tags": list(skill.tags),
            "similarity": match.similarity,
        }
        text = render(skill, budget_tokens=self.budget_tokens)
        return Document(page_content=text, metadata=metadata, id=f"{skill.name}@{match.stored.version}")
