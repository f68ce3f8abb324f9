"""The distil graph: wiring and routes, nothing else.

    intake -> plan -> decide -> Send(family x analyst) -> mine ... -> join      (the next chunk, or on)
           -> measure [-> lay_out -> Send(batch x analysts) -> read ... -> gather -> weigh]
           -> synthesise [-> word] -> critique <-> revise -> consolidate -> review -> persist -> tidy -> END

What stands in brackets is done with a model only; `critique` and `revise` ask it too. A dry run goes from
`synthesise` to `estimate` and ends.

`review` interrupts the run when the settings ask for it. `decide` goes straight to the end when nothing is
due. `plan` is run again when another process has changed the library before `persist`.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

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
from trace2skill.nodes.kept import Keeper
from trace2skill.nodes.lay_out import lay_out
from trace2skill.nodes.measure import measure
from trace2skill.nodes.mine import mine
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


def build(
    roster: Sequence[Analyst] = ROSTER, models: Models = NO_MODELS, anew: Mapping[str, Any] | None = None
) -> Builder:
    """The graph, ready to be compiled with or without a checkpointer.

    Args:
        roster: The analysts.
        models: Model objects, which beat the names in the settings.
        anew: Settings that beat those kept with a run that is carried on.
    """
    builder = Builder(
        DistillState, context_schema=DistillContext, input_schema=DistillInput, output_schema=DistillOutput
    )
    keeper = Keeper(models, anew or {})
    node, route = keeper.node, keeper.route
    builder.add_node("intake", keeper.begin(partial(intake, models=models)))
    builder.add_node("plan", node(partial(plan, roster=roster, models=models)))
    builder.add_node("decide", node(decide))
    builder.add_node("mine", node(partial(mine, roster=roster)), input_schema=MineTask)
    builder.add_node("join", join)
    builder.add_node("measure", node(partial(measure, roster=roster)))
    builder.add_node("lay_out", node(partial(lay_out, roster=roster)))
    builder.add_node("read", reader(roster, keeper), input_schema=ReadTask)
    builder.add_node("gather", node(gather))
    builder.add_node("weigh", node(partial(weigh, roster=roster)))
    builder.add_node("synthesise", node(synthesise))
    builder.add_node("estimate", node(partial(estimate, roster=roster)))
    builder.add_node("word", node(partial(word, models=models), asks=True))
    builder.add_node("critique", node(partial(critique, models=models), asks=True))
    builder.add_node("revise", node(partial(revise, models=models), asks=True))
    builder.add_node("consolidate", node(consolidate))
    builder.add_node("review", node(review))
    builder.add_node("persist", node(partial(persist, models=models)))
    builder.add_node("tidy", node(tidy))

    builder.add_edge(START, "intake")
    builder.add_edge("intake", "plan")
    builder.add_edge("plan", "decide")
    builder.add_conditional_edges("decide", fan_out, ["mine", END])
    builder.add_edge("mine", "join")
    builder.add_conditional_edges("join", fan_out, ["mine", "measure", END])
    asks = route(partial(after_measure, models=models), asks=True)
    builder.add_conditional_edges("measure", asks, ["lay_out", "synthesise", END])
    builder.add_conditional_edges("lay_out", route(after_lay_out), ["read", "weigh", "synthesise", END])
    builder.add_edge("read", "gather")
    builder.add_conditional_edges("gather", send_readers, ["read", "weigh", END])
    builder.add_edge("weigh", "synthesise")
    words = route(partial(after_synthesise, models=models), asks=True)
    builder.add_conditional_edges("synthesise", words, ["word", "estimate", "critique", END])
    builder.add_edge("estimate", END)
    builder.add_edge("word", "critique")
    builder.add_conditional_edges("critique", route(after_critique), ["revise", "consolidate", END])
    builder.add_edge("revise", "critique")
    builder.add_edge("consolidate", "review")
    builder.add_edge("review", "persist")
    builder.add_conditional_edges("persist", after_persist, ["plan", "tidy", END])
    builder.add_edge("tidy", END)
    return builder


graph = build().compile()
