"""A chat model that says what it is told to, and remembers what it was asked."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field


class ScriptedModel(BaseChatModel):
    """Replies in order; the last one again when they run out."""

    replies: list[AIMessage]
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    options: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Accept tools, as a model that can call them does."""
        return self.bind(tools=tools, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(list(messages))
        self.options.append(kwargs)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        fresh = AIMessage(content=reply.content, tool_calls=reply.tool_calls)
        return ChatResult(generations=[ChatGeneration(message=fresh)])


def call(tool: str, **arguments: Any) -> AIMessage:
    """A reply that calls a tool."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{tool}"}])


def scripted(*replies: AIMessage | str) -> ScriptedModel:
    """A model with these replies."""
    return ScriptedModel(replies=[AIMessage(each) if isinstance(each, str) else each for each in replies])
