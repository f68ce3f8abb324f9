"""A chat model that says what it was told to say: for examples and tests that run offline."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field


class ScriptedModel(BaseChatModel):
    """Gives its replies in order and remembers what it was asked; asked once more, it fails."""

    replies: list[AIMessage]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the interface
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **options: Any,  # noqa: ANN401, ARG002
    ) -> ChatResult:
        self.asked.append(messages)
        reply = self.replies[len(self.asked) - 1].model_copy(deep=True)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Runnable[Any, AIMessage]:  # noqa: ANN401, ARG002
        """The script knows which tools to call."""
        return self
