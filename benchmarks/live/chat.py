r"""Solvers for `trace2skill eval` that ask a chat model: one task a prompt, or many.

    export TRACE2SKILL_MODEL=openai:by-hand TRACE2SKILL_BASE_URL=http://127.0.0.1:8200/v1
    trace2skill eval benchmarks.live.debugging:suite --solver benchmarks.live.chat:batched \
        --parallel 96 --arms none,retrieved,raw:3 --repeats 1

`batched` waits until no further task comes and asks those with the same guidance in one prompt, so that a
whole arm is one call: for a reader who answers by hand, and for servers that read long prompts fast. Its
tasks need `--parallel` of about tasks times arms. The guidance is the system message.
"""

import threading
import time
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.live.pages import answers, page
from trace2skill.errors import SettingError
from trace2skill.evaluation.solver import Result
from trace2skill.llm.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

QUIET = 1.0
"""Seconds without a further task after which a batch is sent."""
AT_ONCE = 24
"""Most tasks of a prompt."""


@cache
def model() -> "BaseChatModel":
    """The chat model of `TRACE2SKILL_MODEL`, asked at temperature 0 unless that is set.

    Raises:
        SettingError: None is named.
    """
    from trace2skill.llm.providers import resolve_model

    settings = ModelSettings.from_environment()
    if settings.model is None:
        raise SettingError("name a chat model in TRACE2SKILL_MODEL, such as openai:NAME; no model is set")
    options: dict[str, Any] = {"temperature": settings.temperature or 0.0, "timeout": settings.timeout_s}
    if settings.max_output_tokens:
        options["max_tokens"] = settings.max_output_tokens
    return resolve_model(settings.model, settings.base_url, **options)


def solve(task: str, guidance: str, seed: int) -> Result:  # noqa: ARG001 - the protocol
    """Ask one task."""
    return _ask(task, guidance)


def _ask(text: str, guidance: str) -> Result:
    said = [("system", guidance)] if guidance else []
    reply = model().invoke([*said, ("user", text)])
    used = getattr(reply, "usage_metadata", None) or {}
    name = getattr(reply, "response_metadata", {}).get("model_name", "")
    return Result(answer=str(reply.text), tokens=used.get("total_tokens"), turns=1, model=name)


class Batched:
    """A solver that asks tasks together which come within a moment and have the same guidance."""

    def __init__(self, quiet: float = QUIET, at_once: int = AT_ONCE) -> None:
        self._quiet = quiet
        self._at_once = at_once
        self._changed = threading.Condition()
        self._waiting: dict[int, tuple[str, str]] = {}
        self._found: dict[int, Result | Exception] = {}
        self._number = 0
        self._last = 0.0

    def __call__(self, task: str, guidance: str, seed: int) -> Result:  # noqa: ARG002 - the protocol
        """Ask a task, with those that others ask at the same time.

        Tokens are shared out evenly among the tasks of a prompt.
        """
        with self._changed:
            self._number += 1
            mine = self._number
            self._waiting[mine] = task, guidance
            self._last = time.monotonic()
        while True:
            with self._changed:
                if mine in self._found:
                    break
                taken = self._take(mine)
                if not taken:
                    self._changed.wait(self._quiet / 4)
                    continue
            self._answer(taken)
        found = self._found.pop(mine)
        if isinstance(found, Exception):
            raise found
        return found

    def _take(self, mine: int) -> list[tuple[int, str, str]]:
        """A task's whole batch, out of those that wait, once all is quiet; else none."""
        if mine not in self._waiting or time.monotonic() < self._last + self._quiet:
            return []
        groups: dict[str, list[int]] = defaultdict(list)
        for number, (_, guidance) in sorted(self._waiting.items()):
            groups[guidance].append(number)
        of = groups[self._waiting[mine][1]]
        start = of.index(mine) // self._at_once * self._at_once
        batch = of[start : start + self._at_once]
        return [(number, *self._waiting.pop(number)) for number in batch]

    def _answer(self, batch: list[tuple[int, str, str]]) -> None:
        texts = {f"t{number}": task for number, task, _ in batch}
        found: dict[int, Result | Exception]
        try:
            reply = _ask(page(texts) if len(batch) > 1 else batch[0][1], batch[0][2])
            given = answers(str(reply.answer), list(texts))
            tokens = None if reply.tokens is None else reply.tokens // len(batch)
            found = {
                number: reply
                if len(batch) == 1
                else reply.model_copy(update={"answer": given.get(f"t{number}", ""), "tokens": tokens})
                for number, _, _ in batch
            }
        except Exception as error:  # noqa: BLE001 - each task of the batch is told
            found = {number: error for number, _, _ in batch}
        with self._changed:
            self._found |= found
            self._changed.notify_all()


batched = Batched()
