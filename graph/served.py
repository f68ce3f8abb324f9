"""The graphs as a LangGraph server gets them, without the server's own check of the settings.

A server drops from a client's context what the graph's schema does not name, and reports that only in its
log. Therefore the graph that carries out a run has no context schema, so that trace2skill checks the context
as it was sent. The graph that the server asks for its schemas has one.

Clients of a server are not its operator: they may name no folders but those that the operator allows, and no
models (`nodes/admission.py`).
"""

from typing import TYPE_CHECKING, Any

from langgraph.pregel import Pregel

from trace2skill.graph.distill import build as build_distill
from trace2skill.graph.distill import graph as distill_graph
from trace2skill.graph.solve import build as build_solve
from trace2skill.graph.solve import graph as solve_graph
from trace2skill.nodes.admission import Admission

if TYPE_CHECKING:
    from langgraph_sdk.runtime import ServerRuntime

_UNCHECKED = {"context_schema": None}
_distill = build_distill(admission=Admission()).compile().copy(_UNCHECKED)
_solve = build_solve(admission=Admission()).compile().copy(_UNCHECKED)


def distill(runtime: "ServerRuntime[None]") -> Pregel[Any, Any, Any, Any]:
    """The distil graph."""
    return _distill if runtime.execution_runtime else distill_graph


def solve(runtime: "ServerRuntime[None]") -> Pregel[Any, Any, Any, Any]:
    """The solve graph."""
    return _solve if runtime.execution_runtime else solve_graph
