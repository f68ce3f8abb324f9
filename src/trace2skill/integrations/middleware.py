"""Skills in a LangChain agent: guidance for the task at hand, in the system prompt of every model call."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, cast

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.agents.middleware.types import ExtendedModelResponse, OmitFromInput, PrivateStateAttr
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from trace2skill.facts.topic import leaves_topic
from trace2skill.store.guidance import BUDGET_TOKENS, Guidance, Guide
from trace2skill.store.records import Wanted

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.library import Library

Update = dict[str, Any]


class Held(TypedDict):
    """What is in force in the conversation, and the digest of the message that was last looked up."""

    message: str
    text: str
    failed: bool


class SkillState(AgentState[Any]):
    """What the middleware adds to the agent's state; `skill_receipt` is in the agent's output."""

    skill_guidance: NotRequired[Annotated[Held, PrivateStateAttr]]
    skill_receipt: NotRequired[Annotated[dict[str, Any], OmitFromInput]]


class SkillMiddleware(AgentMiddleware[SkillState, Any, Any]):
    """Looks up each message of the user in a library and puts the skill that fits into the system prompt.

        agent = create_agent(model, tools, middleware=[SkillMiddleware(".trace2skill")])

    The lookup happens once a message. Guidance follows the task of the conversation: a message that no skill
    fits ("yes, please") leaves in force what was given before, and one that asks for something else ("bake
    me a cake") ends it. `skill_receipt` in the agent's output says what was offered, or why nothing
    was: with a library that is empty, damaged or absent the agent works as if without the middleware.

    Args:
        library: The folder of the library, opened at the first message, or an open library.
        embedding: As `Library` takes it; for a folder only.
        wanted: How many skills to offer for a message, and which; by default the best one.
        budget_tokens: The most tokens they may take together.
        record: Add each receipt to the library's usage record.

    Raises:
        SettingError: The embedding's name has no known form.
    """

    state_schema = SkillState

    def __init__(
        self,
        library: "str | Path | Library" = ".trace2skill",
        *,
        embedding: "str | Embedder | Embeddings | None" = None,
        wanted: Wanted | None = None,
        budget_tokens: int = BUDGET_TOKENS,
        record: bool = True,
    ) -> None:
        super().__init__()
        guide = Guide(library, embedding=embedding, wanted=wanted, budget_tokens=budget_tokens)
        self._guidance = partial(guide.guidance, record=record)

    def before_agent(self, state: SkillState, runtime: Runtime[Any]) -> Update | None:  # noqa: ARG002 - the hook
        """Look the newest message up, unless that was done."""
        task = _due(state, again=True)
        return None if task is None else _update(state, task, self._guidance(task))

    async def abefore_agent(self, state: SkillState, runtime: Runtime[Any]) -> Update | None:  # noqa: ARG002
        """As `before_agent`, off the event loop."""
        task = _due(state, again=True)
        if task is None:
            return None
        return _update(state, task, await asyncio.to_thread(self._guidance, task))

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Put the guidance into the system prompt; a message that came during the run is looked up first."""
        task = _due(request.state)
        update = None if task is None else _update(request.state, task, self._guidance(task))
        return _response(handler(_guided(request, update)), update)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """As `wrap_model_call`, looking up off the event loop."""
        task = _due(request.state)
        update = None
        if task is not None:
            update = _update(request.state, task, await asyncio.to_thread(self._guidance, task))
        return _response(await handler(_guided(request, update)), update)


def _due(state: Mapping[str, Any], *, again: bool = False) -> str | None:
    """The text of the user's newest message if it is to be looked up; a failed lookup is due `again`."""
    task = _task(state)
    held: Held | None = state.get("skill_guidance")
    if held and held["message"] == _digest(task) and not (again and held["failed"]):
        return None
    return task


def _task(state: Mapping[str, Any]) -> str:
    said = (message for message in reversed(state["messages"]) if isinstance(message, HumanMessage))
    newest = next(said, None)
    return "" if newest is None else str(newest.text)


def _update(state: Mapping[str, Any], task: str, guidance: Guidance) -> Update:
    """The change of state; a message that brings nothing and stays on the topic changes no guidance."""
    before: Held | None = state.get("skill_guidance")
    receipt = guidance.receipt
    failed = receipt.generation is None
    kept = bool(before and before["text"]) and not guidance.text
    if before and kept and (failed or not leaves_topic(task, _said_before(state, before["text"]))):
        return {"skill_guidance": Held(message=_digest(task), text=before["text"], failed=failed)}
    return {
        "skill_guidance": Held(message=_digest(task), text=guidance.text, failed=failed),
        "skill_receipt": receipt.model_dump(mode="json"),
    }


def _said_before(state: Mapping[str, Any], guidance: str) -> list[str]:
    """What user and agent said before the user's newest message, and the guidance in force."""
    messages: Sequence[Any] = state["messages"]
    newest = max(at for at, message in enumerate(messages) if isinstance(message, HumanMessage))
    said = [str(each.text) for each in messages[:newest] if isinstance(each, HumanMessage | AIMessage)]
    return [*said, guidance]


def _guided(request: ModelRequest[Any], update: Update | None) -> ModelRequest[Any]:
    held: Held = (update or cast("Update", request.state))["skill_guidance"]
    if not held["text"]:
        return request
    return request.override(system_message=_appended(request.system_message, held["text"]))


def _appended(message: SystemMessage | None, text: str) -> SystemMessage:
    if message is None:
        return SystemMessage(text)
    content = message.content
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return message.model_copy(update={"content": [*blocks, {"type": "text", "text": f"\n\n{text}"}]})


def _response(
    response: ModelResponse[Any], update: Update | None
) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
    return response if update is None else ExtendedModelResponse(response, Command(update=update))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
