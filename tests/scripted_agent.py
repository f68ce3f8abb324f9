"""A chat model that says what a test wrote down, for agents of LangChain."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field


class Scripted(BaseChatModel):
    """Says one thing after the other, by how much of it was said in the conversation, and takes tools.

    Attributes:
        said: What it says.
        asked: What it says instead to whoever asks in these words first.
        in_turn: Whether what it says next depends on how often it was asked, and on no conversation.
    """

    said: list[AIMessage]
    asked: dict[str, list[AIMessage]] = Field(default_factory=dict)
    in_turn: bool = False
    model: str = "scripted"
    times: int = 0

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        """Offer the tools as OpenAI's API does."""
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools])

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatResult:
        first = next((each.text for each in messages if isinstance(each, HumanMessage)), "")
        said = self.asked.get(first, self.said)
        place = self.times if self.in_turn else sum(isinstance(each, AIMessage) for each in messages)
        self.times += 1
        return ChatResult(generations=[ChatGeneration(message=said[place].model_copy(deep=True))])

    @property
    def _llm_type(self) -> str:
        return "scripted"
