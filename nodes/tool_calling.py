"""A solver for models that call tools: LangChain's `create_agent`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from trace2skill.nodes.solver import FINISHED, OUT_OF_STEPS, Job, Solved, in_own_loop, is_async_only
from trace2skill.prompts.load import prompt

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

Chunks = Iterable[dict[str, Any]]


def solve_by_tool_calls(job: Job) -> Solved:
    """Run the agent. The guidance follows the instructions in the system message, in its tag."""
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware

    agent = create_agent(
        job.model,
        list(job.tools),
        system_prompt=SystemMessage("\n\n".join(filter(None, (prompt("solve"), job.guidance)))),
        middleware=[ModelCallLimitMiddleware(run_limit=job.max_steps, exit_behavior="end")],
    )
    added: list[AnyMessage] = []
    for chunk in _chunks(agent, job):
        for update in chunk.values():
            for message in (update or {}).get("messages", []):
                added.append(message)
                job.report(message)
    return _solved(added, job.max_steps)


def _chunks(agent: Any, job: Job) -> Chunks:  # noqa: ANN401 - LangGraph's compiled graph
    given = {"messages": list(job.messages)}
    config: RunnableConfig = {"recursion_limit": 10 * job.max_steps + 50}  # the middleware's limit counts
    if any(map(is_async_only, job.tools)):

        async def collect() -> list[dict[str, Any]]:
            return [chunk async for chunk in agent.astream(given, config, stream_mode="updates")]

        return in_own_loop(collect())
    stream: Chunks = agent.stream(given, config, stream_mode="updates")
    return stream


def _solved(added: list[AnyMessage], max_steps: int) -> Solved:
    if sum(isinstance(message, AIMessage) for message in added) > max_steps:
        return Solved(added[:-1], "", OUT_OF_STEPS)  # the limit's own message is one more
    last = added[-1] if added else HumanMessage("")
    return Solved(added, str(last.text), FINISHED)
