"""The solve graph: wiring and routes, nothing else.

    retrieve -> (abstain | inject) -> solve -> receipt -> END

Its nodes are synchronous, so that an event loop runs them on threads and nothing blocks it.
"""

from functools import partial
from typing import TYPE_CHECKING

from langgraph.graph import END, START, StateGraph

from trace2skill.nodes.inject import inject
from trace2skill.nodes.mistakes import end_without_answer, without_model
from trace2skill.nodes.receipt import receipt
from trace2skill.nodes.retrieve import after_retrieve, retrieve
from trace2skill.nodes.solve import solve as solve_node
from trace2skill.nodes.solve_context import SolveContext
from trace2skill.nodes.solve_state import SolveInput, SolveOutput, SolveState
from trace2skill.nodes.solver import Tools

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Builder = StateGraph[SolveState, SolveContext, SolveInput, SolveOutput]


def build(model: "BaseChatModel | None" = None, tools: Tools = ()) -> Builder:
    """The graph, ready to be compiled with or without a checkpointer.

    Args:
        model: A model object; otherwise the settings name one.
        tools: What the model may call.
    """
    builder = Builder(
        SolveState, context_schema=SolveContext, input_schema=SolveInput, output_schema=SolveOutput
    )
    # The type of `error_handler` leaves out the NodeError that langgraph injects.
    builder.set_node_defaults(error_handler=end_without_answer)  # type: ignore[arg-type]
    builder.add_node("retrieve", retrieve)
    builder.add_node("inject", inject)
    builder.add_node("solve", partial(solve_node, model=model, tools=tools), error_handler=without_model)
    builder.add_node("receipt", receipt)

    builder.add_edge(START, "retrieve")
    builder.add_conditional_edges("retrieve", after_retrieve, ["inject", "solve"])
    builder.add_edge("inject", "solve")
    builder.add_edge("solve", "receipt")
    builder.add_edge("receipt", END)
    return builder


graph = build().compile()
