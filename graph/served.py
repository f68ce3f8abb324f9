"""The graphs as a LangGraph server gets them: its own check of the settings is left out, so that ours speaks.

A server drops from a client's context what the graph's schema does not name, and says so in its log alone.
The graph that carries out a run therefore shows it no schema, and takes the context as it was sent; the one
that is asked for its form does.
"""

from typing import TYPE_CHECKING, Any

from langgraph.pregel import Pregel

from trace2skill.graph.distill import graph as distill_graph
from trace2skill.graph.solve import graph as solve_graph

if TYPE_CHECKING:
    from langgraph_sdk.runtime import ServerRuntime

_UNCHECKED = {"context_schema": None}
_distill = distill_graph.copy(_UNCHECKED)
_solve = solve_graph.copy(_UNCHECKED)


def distill(runtime: "ServerRuntime[None]") -> Pregel[Any, Any, Any, Any]:
    """The distil graph."""
    return _distill if runtime.execution_runtime else distill_graph


def solve(runtime: "ServerRuntime[None]") -> Pregel[Any, Any, Any, Any]:
    """The solve graph."""
    return _solve if runtime.execution_runtime else solve_graph
