"""The distil graph: wiring and routes, nothing else.

    intake -> plan -> decide -> Send(family x analyst) -> mine ... -> join      (the next chunk, or on)
           -> measure [-> lay_out -> Send(batch x analysts) -> read ... -> gather -> weigh]
           -> synthesise [-> word] -> critique <-> revise -> consolidate -> review -> persist -> tidy -> END

What stands in brackets is done with a model only; `critique` and `revise` ask it too. A dry run goes from
`synthesise` to `estimate` and ends.

`review` interrupts the run when the settings ask for it. `decide` goes straight to the end when nothing is
due. `plan` is run again when another process has changed the library before `persist`.
"""

from collections.abc import Sequence
from functools import partial

from langgraph.graph import END, START, StateGraph

from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.askers import NO_MODELS, Models
from trace2skill.nodes.consolidate import consolidate
from trace2skill.nodes.context import DistillContext
from trace2skill.nodes.critique import after_critique, critique
from trace2skill.nodes.decide import decide
from trace2skill.nodes.estimate import estimate
from trace2skill.nodes.intake import intake
from trace2skill.nodes.join import fan_out, join
from trace2skill.nodes.lay_out import lay_out
from trace2skill.nodes.measure import measure
from trace2skill.nodes.mine import mine, mine_failed
from trace2skill.nodes.mistakes import end_with_mistake
from trace2skill.nodes.persist import after_persist, persist
from trace2skill.nodes.plan import plan
from trace2skill.nodes.read import gather, reader, send_readers
from trace2skill.nodes.review import review
from trace2skill.nodes.revise import revise
from trace2skill.nodes.routes import after_lay_out, after_measure, after_synthesise
from trace2skill.nodes.state import DistillInput, DistillOutput, DistillState, MineTask, ReadTask
from trace2skill.nodes.synthesise import synthesise
from trace2skill.nodes.tidy import tidy
from trace2skill.nodes.weigh import weigh
from trace2skill.nodes.word import word

Builder = StateGraph[DistillState, DistillContext, DistillInput, DistillOutput]


def build(roster: Sequence[Analyst] = ROSTER, models: Models = NO_MODELS) -> Builder:
    """The graph, ready to be compiled with or without a checkpointer.

    Args:
        roster: The analysts.
        models: Model objects, which beat the names in the settings.
    """
    builder = Builder(
        DistillState, context_schema=DistillContext, input_schema=DistillInput, output_schema=DistillOutput
    )
    # The type of `error_handler` leaves out the NodeError that langgraph injects.
    builder.set_node_defaults(error_handler=end_with_mistake)  # type: ignore[arg-type]
    builder.add_node("intake", intake)
    builder.add_node("plan", partial(plan, roster=roster))
    builder.add_node("decide", decide)
    builder.add_node("mine", partial(mine, roster=roster), input_schema=MineTask, error_handler=mine_failed)
    builder.add_node("join", join)
    builder.add_node("measure", partial(measure, roster=roster))
    builder.add_node("lay_out", partial(lay_out, roster=roster))
    builder.add_node("read", reader(roster, models), input_schema=ReadTask)
    builder.add_node("gather", gather)
    builder.add_node("weigh", partial(weigh, roster=roster))
    builder.add_node("synthesise", synthesise)
    builder.add_node("estimate", partial(estimate, roster=roster))
    builder.add_node("word", partial(word, models=models))
    builder.add_node("critique", partial(critique, models=models))
    builder.add_node("revise", partial(revise, models=models))
    builder.add_node("consolidate", consolidate)
    builder.add_node("review", review)
    builder.add_node("persist", persist)
    builder.add_node("tidy", tidy)

    builder.add_edge(START, "intake")
    builder.add_edge("intake", "plan")
    builder.add_edge("plan", "decide")
    builder.add_conditional_edges("decide", fan_out, ["mine", END])
    builder.add_edge("mine", "join")
    builder.add_conditional_edges("join", fan_out, ["mine", "measure"])
    asks = partial(after_measure, models=models)
    builder.add_conditional_edges("measure", asks, ["lay_out", "synthesise"])
    builder.add_conditional_edges("lay_out", after_lay_out, ["read", "weigh", "synthesise"])
    builder.add_edge("read", "gather")
    builder.add_conditional_edges("gather", send_readers, ["read", "weigh", END])
    builder.add_edge("weigh", "synthesise")
    words = partial(after_synthesise, models=models)
    builder.add_conditional_edges("synthesise", words, ["word", "estimate", "critique"])
    builder.add_edge("estimate", END)
    builder.add_edge("word", "critique")
    builder.add_conditional_edges("critique", after_critique, ["revise", "consolidate"])
    builder.add_edge("revise", "critique")
    builder.add_edge("consolidate", "review")
    builder.add_edge("review", "persist")
    builder.add_conditional_edges("persist", after_persist, ["plan", "tidy"])
    builder.add_edge("tidy", END)
    return builder


graph = build().compile()
