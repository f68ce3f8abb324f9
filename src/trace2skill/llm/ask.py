"""Asking a model for a record: from the cache, or by as many calls as it takes."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from trace2skill.errors import AnswerError, SettingError
from trace2skill.llm.attempts import PendingQuestion, RejectedError, answered
from trace2skill.llm.cache import CallCache, cache_key
from trace2skill.llm.calls import Calls
from trace2skill.llm.question import Question, without_secrets
from trace2skill.llm.replies import UnusableError
from trace2skill.llm.resolve import Client, failed
from trace2skill.llm.settings import ModelSettings, ModelUsage, UsageLedger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


T = TypeVar("T", bound=BaseModel)

READERS = frozenset({"read", "judge_outcomes"})
"""The nodes whose questions go to `model`; those of all others go to `synthesis_model`."""


class Asker:
    """Asks models for records of a schema. Threads and coroutines may share it; make one for a run.

        asker = Asker(ModelSettings(model="openai:gpt-4.1-mini"), cache=CallCache(path))
        answer = asker.ask(Question(system, common, body, node="read", subject="mms"), Answer)

    Once a call has shown that none can succeed, or a limit is reached, every question that is not in the
    cache ends with that error; replies already on their way are still taken.

    Args:
        settings: Which models, how, and what they may cost.
        cache: Where answers are kept, if anywhere.
        ledger: Where usage is counted; a new one if absent.
        model: A model object, which beats the names in the settings.
        synthesis_model: The same for all nodes but the `READERS`.

    Raises:
        SettingError: There is no model.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        cache: CallCache | None = None,
        ledger: UsageLedger | None = None,
        model: "BaseChatModel | None" = None,
        synthesis_model: "BaseChatModel | None" = None,
    ) -> None:
        reader = model or settings.model
        if not reader:
            raise SettingError("no model: give one as PROVIDER:NAME, or set TRACE2SKILL_MODEL")
        self.settings = settings
        self.ledger = UsageLedger() if ledger is None else ledger
        self._cache = cache
        self._reader = self._writer = Client(reader, settings, settings.price)
        writer = synthesis_model or (None if model else settings.synthesis_model)
        if writer:
            self._writer = Client(writer, settings, settings.synthesis_price or settings.price)
        self._calls = Calls(settings, self.ledger)
        self._threads = ThreadPoolExecutor(settings.max_concurrency, "ask")

    def ask(self, question: Question, schema: type[T]) -> T:
        """The model's answer.

        Raises:
            AnswerError: The model's answer to this question cannot be used.
            LimitError: A further call might exceed what may be spent.
            ModelError: The model cannot be reached, or refuses every call.
            SettingError: There is no such provider.
            LibraryError: The cache cannot be used.
        """
        begun = self.submit(question, schema)
        try:
            return begun.result()
        finally:
            begun.cancel()  # whoever is interrupted does not want it any more

    async def aask(self, question: Question, schema: type[T]) -> T:
        """As `ask`, for a coroutine; while it waits for its turn it holds no thread.

        The call itself is made in a thread: that takes less time of the processor than the asynchronous
        clients do, and no connection is bound to an event loop.
        """
        return await asyncio.wrap_future(self.submit(question, schema))

    def submit(self, question: Question, schema: type[T]) -> "Future[T]":
        """Queue the question. The future raises what `ask` raises; if cancelled in time, nothing is asked.

        As many threads ask as calls may be made at once.
        """
        return self._threads.submit(copy_context().run, self._answer, question, schema)

    def _answer(self, question: Question, schema: type[T]) -> T:
        job = self._job(question, schema)
        kept = self._kept(job, schema)
        if kept is not None:
            return kept
        try:
            answer = answered(job.question, schema, job.client.ladder, partial(self._calls.call, job))
        except UnusableError as error:
            raise AnswerError(job.unanswered(error.reason)) from None
        except RejectedError as error:
            raise self._calls.stop(failed(job.client.name, str(error))) from None
        if self._cache is not None:
            self._cache.put(cache_key(job.shape), answer.model_dump_json(by_alias=True), job.usage)
        return answer

    def _job(self, question: Question, schema: type[BaseModel]) -> PendingQuestion:
        client = self._reader if question.node in READERS else self._writer
        return PendingQuestion(without_secrets(question), schema, client)

    def _kept(self, job: PendingQuestion, schema: type[T]) -> T | None:
        kept = None if self._cache is None else self._cache.get(cache_key(job.shape))
        if kept is None:
            return None
        try:
            answer = schema.model_validate_json(kept)
        except ValidationError:  # a validator in code has become stricter
            return None
        self.ledger.add(job.question.node, job.question.subject, ModelUsage(cached_calls=1))
        return answer
