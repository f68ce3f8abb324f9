"""Asking a model: from the cache, or by calls that are limited, retried, counted and held to a schema."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from trace2skill.errors import AnswerError, LimitError, ModelError, SettingError, Trace2SkillError
from trace2skill.models.cache import CallCache, cache_key
from trace2skill.models.client import Client
from trace2skill.models.dialogue import RejectedError
from trace2skill.models.failures import Meaning, described, meaning
from trace2skill.models.gate import Gate
from trace2skill.models.job import Job
from trace2skill.models.limits import Limits, Reservation
from trace2skill.models.question import Question, without_secrets
from trace2skill.models.rate import Rate
from trace2skill.models.reading import UnusableError
from trace2skill.models.retrying import aretrying, retrying
from trace2skill.models.settings import ModelSettings
from trace2skill.models.tokens import count
from trace2skill.models.usage import Ledger, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

T = TypeVar("T", bound=BaseModel)

LOOK_SECONDS = 0.05
"""How often a call that waits for room under a limit looks again."""


@dataclass
class _Call:
    """A call under way."""

    room: Reservation
    answered_before: int
    retries: int = 0
    reply: "AIMessage | None" = None

    def retried(self) -> None:
        self.retries += 1


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
        model: A model object, which beats the name in the settings.
        synthesis_model: The same for all nodes but `read`; `model` if neither is given.

    Raises:
        SettingError: There is no model.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        cache: CallCache | None = None,
        ledger: Ledger | None = None,
        model: "BaseChatModel | None" = None,
        synthesis_model: "BaseChatModel | None" = None,
    ) -> None:
        reader = model or settings.model
        if not reader:
            raise SettingError("no model: give --model PROVIDER:NAME, or set TRACE2SKILL_MODEL")
        self.settings = settings
        self.ledger = ledger or Ledger()
        self._cache = cache
        self._reader = self._writer = Client(reader, settings, settings.price)
        writer = synthesis_model or (None if model else settings.synthesis_model)
        if writer:
            self._writer = Client(writer, settings, settings.synthesis_price or settings.price)
        self._gate = Gate(settings.max_concurrency)
        self._limits = Limits(settings)
        self._rate = Rate(settings.requests_per_minute, self._gate)

    def ask(self, question: Question, schema: type[T]) -> T:
        """The model's answer.

        Raises:
            AnswerError: The model's answer to this question cannot be used.
            LimitError: A further call might exceed what may be spent.
            ModelError: The model cannot be reached, or refuses every call.
            SettingError: The model's name, package or key.
            LibraryError: The cache cannot be used.
        """
        job = self._job(question, schema)
        key = cache_key(job.shape)
        job.answer = self._recalled(job, self._cache.get(key) if self._cache else None)
        if job.answer is not None:
            return job.answer
        while job.answer is None:
            self._take(job, self._send(job))
        if self._cache:
            self._cache.put(key, job.answer.model_dump_json(), job.usage)
        return job.answer

    async def aask(self, question: Question, schema: type[T]) -> T:
        """The same without holding a thread."""
        job = self._job(question, schema)
        key = cache_key(job.shape)
        kept = await asyncio.to_thread(self._cache.get, key) if self._cache else None
        job.answer = self._recalled(job, kept)
        if job.answer is not None:
            return job.answer
        while job.answer is None:
            self._take(job, await self._asend(job))
        if self._cache:
            await asyncio.to_thread(self._cache.put, key, job.answer.model_dump_json(), job.usage)
        return job.answer

    def _job(self, question: Question, schema: type[T]) -> Job[T]:
        client = self._reader if question.node == "read" else self._writer
        return Job(without_secrets(question), schema, client)

    def _recalled(self, job: Job[T], kept: str | None) -> T | None:
        if kept is None:
            return None
        try:
            answer = job.schema.model_validate_json(kept)
        except ValidationError:  # a validator in code has become stricter
            return None
        self.ledger.add(job.question.node, job.question.subject, Usage(cached_calls=1))
        return answer

    def _send(self, job: Job[T]) -> "AIMessage | RejectedError":
        self._gate.check()
        caller = job.client.caller(job.schema, job.attempt.method)
        if caller is None:
            return RejectedError(f"{job.client.name} has no structured output by {job.attempt.method}")
        with self._gate.slot():
            while (room := self._reserved(job)) is None:
                self._gate.pause(LOOK_SECONDS)
            call = _Call(room, job.client.answered)

            def attempt() -> "AIMessage":
                self._rate.wait()
                return caller.invoke(job.messages)

            try:
                with self._accounted(job, call):
                    call.reply = retrying(self.settings, self._gate, call.retried)(attempt)
            except RejectedError as error:
                return error
        assert call.reply is not None
        return call.reply

    async def _asend(self, job: Job[T]) -> "AIMessage | RejectedError":
        self._gate.check()
        caller = await asyncio.to_thread(job.client.caller, job.schema, job.attempt.method)
        if caller is None:
            return RejectedError(f"{job.client.name} has no structured output by {job.attempt.method}")
        async with self._gate.aslot():
            while (room := self._reserved(job)) is None:
                await self._gate.apause(LOOK_SECONDS)
            call = _Call(room, job.client.answered)

            async def attempt() -> "AIMessage":
                await self._rate.await_()
                return await caller.ainvoke(job.messages)

            try:
                with self._accounted(job, call):
                    call.reply = await aretrying(self.settings, self._gate, call.retried)(attempt)
            except RejectedError as error:
                return error
        assert call.reply is not None
        return call.reply

    def _reserved(self, job: Job[T]) -> Reservation | None:
        prompt = 0
        if self.settings.max_cost is not None:
            prompt = count(f"{job.attempt.system}\n{job.attempt.user}")
        try:
            return self._limits.reserve(job.client.cost_at_most(prompt))
        except LimitError as error:
            self._gate.stop(error)
            raise

    @contextmanager
    def _accounted(self, job: Job[T], call: _Call) -> Iterator[None]:
        """Give the reservation back, count what the call took, say what a failure means."""
        cost: float | None = None
        try:
            yield
            job.client.answered += 1
            assert call.reply is not None
            usage = job.bill(call.reply, call.retries)
            job.usage += usage
            cost = usage.cost or 0.0
            self.ledger.add(job.question.node, job.question.subject, usage)
        except Trace2SkillError:
            raise
        except Exception as error:
            self.ledger.add(job.question.node, job.question.subject, Usage(retries=call.retries))
            self._failed(job, call, error)
            raise
        finally:
            self._limits.settle(call.room, cost)

    def _failed(self, job: Job[T], call: _Call, error: Exception) -> None:
        found = meaning(error)
        if found is Meaning.BUG:
            return
        if found is Meaning.METHOD and job.attempt.method != "prompt":
            raise RejectedError(described(error)) from None
        passing = found is Meaning.RETRY and job.client.answered > call.answered_before
        if found is Meaning.ANSWER or passing:
            raise AnswerError(self._sentence(job, described(error))) from None
        raise self._stop(job, described(error)) from None

    def _take(self, job: Job[T], outcome: "AIMessage | RejectedError") -> None:
        try:
            job.take(outcome)
        except UnusableError as error:
            raise AnswerError(self._sentence(job, error.reason)) from None
        except RejectedError as error:
            raise self._stop(job, str(error)) from None

    def _stop(self, job: Job[T], cause: str) -> ModelError:
        stopped = ModelError(
            f"the model {job.client.name} failed ({cause}); check its name, its key and the server's address"
        )
        self._gate.stop(stopped)
        return stopped

    def _sentence(self, job: Job[T], cause: str) -> str:
        return f"the model {job.client.name} gave no usable answer ({cause}) for {job}"
