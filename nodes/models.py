"""The models that a distil run asks: one `Asker` for each run, shared by its nodes."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import BaseModel

from trace2skill.errors import AnswerError, LimitError
from trace2skill.evidence.finding import Finding
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.providers import resolve_model
from trace2skill.llm.question import Question
from trace2skill.llm.settings import ModelSettings
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.settings import DistillSettings, KeptSettings
from trace2skill.nodes.state import DistillState, ReadTask
from trace2skill.proposals.batches import reading_question
from trace2skill.proposals.failures import FailureAnswer, ReadingWithCauses, failed_runs
from trace2skill.proposals.reading import ReadingAnswer
from trace2skill.proposals.transcript import Transcript
from trace2skill.store.folder import CALLS
from trace2skill.store.library import Library

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.index import ChromaClient

Answer = TypeVar("Answer", bound=BaseModel)
_askers: dict[str, Asker] = {}
_making = Lock()


@dataclass(frozen=True)
class Models:
    """Objects given by code that embeds the graph; they override the names in the settings."""

    reader: "BaseChatModel | None" = None
    writer: "BaseChatModel | None" = None
    embedding: "Embedder | Embeddings | None" = None
    chroma: "ChromaClient | None" = None

    @property
    def given(self) -> frozenset[str]:
        """The names of the settings that are given as objects."""
        objects = {
            "model": self.reader,
            "synthesis_model": self.writer,
            "embedding": self.embedding,
            "chroma": self.chroma,
        }
        return frozenset(name for name, each in objects.items() if each is not None)

    def library(self, context: DistillSettings) -> Library:
        """The run's library, with the embedding and the place of its index that the run was given.

        Raises:
            LibraryError: The folder cannot be used.
        """
        return Library(
            context.library,
            embedding=self.embedding or context.embedding,
            chroma=self.chroma or context.chroma,
        )


NO_MODELS = Models()


def model_settings(context: DistillSettings) -> ModelSettings:
    """The run's model settings; at the start of a run, those not set come from environment variables.

    Raises:
        SettingError: A variable has a value that cannot be used.
    """
    if isinstance(context, KeptSettings):
        return ModelSettings.model_validate(
            {name: getattr(context, name) for name in ModelSettings.model_fields}
        )
    names = context.model_fields_set & ModelSettings.model_fields.keys()
    return ModelSettings.from_environment(**{name: getattr(context, name) for name in names})


def has_model(context: DistillSettings, models: Models = NO_MODELS) -> bool:
    """Whether there is a model to ask; without one a run rests on statistics alone."""
    return models.reader is not None or model_settings(context).model is not None


def insist_on_models(context: DistillSettings, models: Models = NO_MODELS) -> None:
    """Check that the configured models can be created, without asking them.

    Raises:
        SettingError: There is no such provider.
        ModelError: A provider's package or key is missing.
    """
    wanted = model_settings(context)
    names = [] if models.reader else [wanted.model, None if models.writer else wanted.synthesis_model]
    for name in names:
        if name:
            resolve_model(name, wanted.base_url)


def asker(context: DistillSettings, run: str, models: Models = NO_MODELS) -> Asker:
    """The run's asker, created at the first call.

    Raises:
        SettingError: A setting cannot be used.
        LibraryError: The cache cannot be opened.
    """
    with _making:
        if run not in _askers:
            _askers[run] = Asker(
                model_settings(context),
                cache=CallCache(Path(context.library) / CALLS),
                model=models.reader,
                synthesis_model=models.writer,
            )
        return _askers[run]


def dismiss(run: str) -> None:
    """Forget the run's asker."""
    with _making:
        _askers.pop(run, None)


def usage(run: str) -> dict[str, object]:
    """The usage of the run's calls so far, as plain JSON; empty if it made none."""
    with _making:
        found = _askers.get(run)
    return found.ledger.as_json() if found else {}


def asked_together(
    asked: Asker, questions: Iterable[Question], schema: type[Answer]
) -> list[Answer | AnswerError | LimitError]:
    """Ask questions concurrently; the answers in their order, each an error if it failed or hit a limit.

    Raises:
        ModelError: The model cannot be reached, or refuses every call.
    """
    begun = [asked.submit(question, schema) for question in questions]
    try:
        return [_answer(each) for each in begun]
    finally:
        for each in begun:
            each.cancel()
        wait(begun)


def _answer(begun: "Future[Answer]") -> Answer | AnswerError | LimitError:
    try:
        return begun.result()
    except (AnswerError, LimitError) as error:
        return error


def unanswered(answers: Sequence[object], what: str) -> dict[str, Any]:
    """The number of answers that could not be used and the first one's problem; empty if all could."""
    problems = [str(answer) for answer in answers if isinstance(answer, AnswerError)]
    return {f"{what}_unusable": len(problems), f"{what}_first_problem": problems[0]} if problems else {}


def stop(answers: Sequence[object]) -> DistillState:
    """The state update that says which limit was reached; empty if none was."""
    reached = next((str(answer) for answer in answers if isinstance(answer, LimitError)), "")
    return {"stopped": reached} if reached else {}


class Reading(NamedTuple):
    """The question to a reader about a batch, the schema of its answer, the failed runs it is asked about.

    `aspects` counts the aspects that are asked about over all runs together.
    """

    question: Question
    schema: type[ReadingAnswer | FailureAnswer]
    failed: tuple[str, ...]
    aspects: int


def reader_question(
    task: ReadTask, shown: Transcript, roster: Sequence[Analyst], artifacts: Artifacts
) -> Reading:
    """What a reader is asked about a batch."""
    asked: dict[str, Sequence[Finding]] = {}
    failed: dict[str, Sequence[str]] = {}
    for analyst in roster:
        if analyst.name in task["analysts"] and analyst.prompt:
            if analyst.each_failure:
                failed[analyst.prompt] = failed_runs(shown)
            else:
                asked[analyst.prompt] = artifacts.analysis(task["family"], analyst.name).findings
    words, members = artifacts.glossary(task["family"]), artifacts.members(task["family"])
    question = reading_question(task["family"], len(members.facts), words, shown, asked, failed=failed)
    schema = ReadingAnswer if not failed else ReadingWithCauses if asked else FailureAnswer
    return Reading(question, schema, failed_runs(shown) if failed else (), len(asked))
