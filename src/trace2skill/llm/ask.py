"""Asking a model for a record: from the cache, or by as many calls as it takes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from trace2skill.errors import AnswerError, SettingError
from trace2skill.llm.attempts import PendingQuestion, RejectedError
from trace2skill.llm.cache import CallCache, cache_key
from trace2skill.llm.calls import Calls
from trace2skill.llm.gate import Gate
from trace2skill.llm.question import Question, without_secrets
from trace2skill.llm.replies import UnusableError
from trace2skill.llm.resolve import Client
from trace2skill.llm.settings import ModelSettings, ModelUsage, UsageLedger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage


T = TypeVar("T", bound=BaseModel)
Result = TypeVar("Result")

READER = "read"
"""The node whose questions go to `model`; those of all others go to `synthesis_model`."""


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
        synthesis_model: The same for all nodes but `read`.

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
        self._gate = Gate(settings.max_concurrency)
        self._calls = Calls(settings, self._gate, self.ledger)

    def ask(self, question: Question, schema: type[T]) -> T:
        """The model's answer.

        Raises:
            AnswerError: The model's answer to this question cannot be used.
            LimitError: A further call might exceed what may be spent.
            ModelError: The model cannot be reached, or refuses every call.
            SettingError: There is no such provider.
            LibraryError: The cache cannot be used.
        """
        job = self._job(question, schema)
        self._recall(job)
        while job.answer is None:
            self._gate.check()
            with self._gate.slot():
                reply = self._calls.call(job)
            self._take(job, reply)
        return job.answer

    async def aask(self, question: Question, schema: type[T]) -> T:
        """The same for a coroutine, which waits for its turn without a thread.

        The call itself is made in a thread: that takes less time of the processor than the asynchronous
        clients do, and no connection is bound to an event loop.
        """
        job = self._job(question, schema)
        await asyncio.to_thread(self._recall, job)
        while job.answer is None:
            self._gate.check()
            async with self._gate.aslot():
                reply = await self._in_thread(lambda: self._calls.call(job))
            await asyncio.to_thread(self._take, job, reply)
        return job.answer

    def _job(self, question: Question, schema: type[T]) -> PendingQuestion[T]:
        client = self._reader if question.node == READER else self._writer
        return PendingQuestion(without_secrets(question), schema, client)

    def _recall(self, job: PendingQuestion[T]) -> None:
        kept = None if self._cache is None else self._cache.get(cache_key(job.shape))
        if kept is None:
            return
        try:
            job.answer = job.schema.model_validate_json(kept)
        except ValidationError:  # a validator in code has become stricter
            return
        self.ledger.add(job.question.node, job.question.subject, ModelUsage(cached_calls=1))

    def _take(self, job: PendingQuestion[T], reply: "AIMessage | RejectedError") -> None:
        try:
            job.take(reply)
        except UnusableError as error:
            raise AnswerError(job.unanswered(error.reason)) from None
        except RejectedError as error:
            raise self._calls.stop(job, str(error)) from None
        if job.answer is not None and self._cache is not None:
            self._cache.put(cache_key(job.shape), job.answer.model_dump_json(by_alias=True), job.usage)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, copy_context().run, work)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """As many as calls at once; asyncio's own are too few."""
        return ThreadPoolExecutor(self.settings.max_concurrency, "ask")
