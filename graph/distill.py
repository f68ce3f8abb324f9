"""The distil graph: wiring and routes, nothing else.

    intake -> plan -> Send(family x analyst) -> mine ... -> join      (the next chunk, or on)
           -> measure -> synthesise -> critique <-> revise -> consolidate -> review -> persist -> tidy
           -> END

`review` interrupts the run when the settings ask for it. `plan` goes straight to the end when nothing is due,
and is run again when another process has changed the library before `persist`.
"""

from collections.abc import Sequence
from functools import partial

from langgraph.graph import END, START, StateGraph

from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.consolidate import consolidate
from trace2skill.nodes.context import DistillContext
from trace2skill.nodes.critique import after_critique, critique
from trace2skill.nodes.intake import intake
from trace2skill.nodes.join import fan_out, join
from trace2skill.nodes.measure import measure
from trace2skill.nodes.mine import mine, mine_failed
from trace2skill.nodes.mistakes import end_with_mistake
from trace2skill.nodes.persist import after_persist, persist
from trace2skill.nodes.plan import plan
from trace2skill.nodes.review import review
from trace2skill.nodes.revise import revise
from trace2skill.nodes.state import DistillInput, DistillOutput, DistillState, MineTask
from trace2skill.nodes.synthesise import synthesise
from trace2skill.nodes.tidy import tidy

Builder = StateGraph[DistillState, DistillContext, DistillInput, DistillOutput]


def build(roster: Sequence[Analyst] = ROSTER) -> Builder:
    """The graph, ready to be compiled with or without a checkpointer."""
    builder = Builder(
        DistillState, context_schema=DistillContext, input_schema=DistillInput, output_schema=DistillOutput
    )
    # The type of `error_handler` leaves out the NodeError that langgraph injects.
    builder.set_node_defaults(error_handler=end_with_mistake)  # type: ignore[arg-type]
    builder.add_node("intake", intake)
    builder.add_node("plan", partial(plan, roster=roster))
    builder.add_node("mine", partial(mine, roster=roster), input_schema=MineTask, error_handler=mine_failed)
    builder.add_node("join", join)
    builder.add_node("measure", partial(measure, roster=roster))
    builder.add_node("synthesise", synthesise)
    builder.add_node("critique", critique)
    builder.add_node("revise", revise)
    builder.add_node("consolidate", consolidate)
    builder.add_node("review", review)
    builder.add_node("persist", persist)
    builder.add_node("tidy", tidy)

    builder.add_edge(START, "intake")
    builder.add_edge("intake", "plan")
    builder.add_conditional_edges("plan", fan_out, ["mine", END])
    builder.add_edge("mine", "join")
    builder.add_conditional_edges("join", fan_out, ["mine", "measure"])
    builder.add_edge("measure", "synthesise")
    builder.add_edge("synthesise", "critique")
    builder.add_conditional_edges("critique", after_critique, ["revise", "consolidate"])
    builder.add_edge("revise", "critique")
    builder.add_edge("consolidate", "review")
    builder.add_edge("review", "persist")
    builder.add_conditional_edges("persist", after_persist, ["plan", "tidy"])
    builder.add_edge("tidy", END)
    return builder


graph = build().compile()
