"""The state of the solve graph: small, plain JSON, and the conversation."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


class SolveInput(TypedDict, total=False):
    """What a person types."""

    task: str


class SolveOutput(TypedDict, total=False):
    """The answer, the guidance it was given, the receipt, and the mistakes that ended the run, if any.

    `stopped` is `finished`, or says what kept the solver from finishing.
    """

    answer: str
    stopped: str
    guidance: str
    receipt: dict[str, Any]
    errors: list[dict[str, str]]


class SolveState(SolveInput, SolveOutput, total=False):
    """Everything the nodes tell each other. A thread keeps its conversation from task to task."""

    messages: Annotated[list[AnyMessage], add_messages]
    retrieval: dict[str, Any]
    injected: list[str]
    model: str | None
