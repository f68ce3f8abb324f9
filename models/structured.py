"""How a model is held to a schema: by the server, by a tool's arguments, or by asking."""

import threading
from typing import TYPE_CHECKING, Any, Literal

from trace2skill.models.settings import Structured

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

    Caller = Runnable[LanguageModelInput, AIMessage]

Method = Literal["json_schema", "tool_calling", "prompt"]
METHODS: tuple[Method, ...] = ("json_schema", "tool_calling", "prompt")
LANGCHAIN = {"json_schema": "json_schema", "tool_calling": "function_calling"}


def bind(model: "BaseChatModel", schema: dict[str, Any], method: Method) -> "Caller | None":
    """The model, told to answer by the schema; None when this model has no such way.

    LangChain knows how each provider wants it. Of the chain it makes only the model is used: its parsers
    discard the reply, with what it cost, when thoughts precede the JSON.
    """
    from langchain_core.runnables import RunnableSequence

    if method == "prompt":
        return model
    try:
        chain = model.with_structured_output(schema, method=LANGCHAIN[method])
    except (NotImplementedError, ValueError, TypeError):
        return None
    return chain.first if isinstance(chain, RunnableSequence) else None


class Ladder:
    """Which way a model is held to schemas; from a way that fails it steps down to the next, for good."""

    def __init__(self, setting: Structured) -> None:
        self._methods = METHODS if setting == "auto" else (setting,)
        self._at = 0
        self._proved = len(self._methods) == 1
        self._mutex = threading.Lock()

    @property
    def method(self) -> Method:
        """The way now."""
        return self._methods[self._at]

    @property
    def proved(self) -> bool:
        """Whether it has given a usable answer, or is the last one: a failure says nothing of it then."""
        return self._proved or self._at == len(self._methods) - 1

    def prove(self, method: Method) -> None:
        """A usable answer came this way."""
        with self._mutex:
            self._proved = self._proved or method == self.method

    def step_down(self, method: Method) -> bool:
        """Leave a way that failed, unless others did so already; False when there is none below."""
        with self._mutex:
            if method == self.method:
                if self._at == len(self._methods) - 1:
                    return False
                self._at += 1
                self._proved = False
            return True
