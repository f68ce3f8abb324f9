"""The library as a LangChain retriever: skills as documents."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr

from trace2skill.adapters.late import LateLibrary
from trace2skill.skills.render import render
from trace2skill.store.guidance import BUDGET_TOKENS
from trace2skill.store.library import Library
from trace2skill.store.records import Offer, Wanted


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

    _late: LateLibrary = PrivateAttr()

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        """Name the library; it is opened at the first query."""
        super().model_post_init(context)
        self._late = LateLibrary(self.library, self.embedding)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the hook
    ) -> list[Document]:
        return self._late.use(lambda library: self._found(library, query))

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
        text = render(skill, budget_tokens=self.budget_tokens, rules=offer.rules[:5])
        return Document(page_content=text, metadata=metadata, id=f"{skill.name}@{offer.version}")
