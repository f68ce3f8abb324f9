"""The distil graph: its nodes, edges and routes."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.admission import Admission
from trace2skill.nodes.batch import batch
from trace2skill.nodes.consolidate import consolidate
from trace2skill.nodes.critique import after_critique, critique
from trace2skill.nodes.decide import decide
from trace2skill.nodes.estimate import estimate
from trace2skill.nodes.intake import intake
from trace2skill.nodes.join import fan_out, join
from trace2skill.nodes.judge_outcomes import judge_outcomes
from trace2skill.nodes.measure import measure
from trace2skill.nodes.measure_proposals import measure_proposals
from trace2skill.nodes.mine import mine
from trace2skill.nodes.models import NO_MODELS, Models, has_model
from trace2skill.nodes.persist import after_persist, persist
from trace2skill.nodes.plan import plan
from trace2skill.nodes.read import gather, reader, send_readers
from trace2skill.nodes.review import review
from trace2skill.nodes.revise import revise
from trace2skill.nodes.runtime import Keeper
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillInput, DistillOutput, DistillState, MineTask, ReadTask
from trace2skill.nodes.synthesise import synthesise
from trace2skill.nodes.tidy import tidy
from trace2skill.nodes.write import write


def after_measure(
    _state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> str:
    """`batch` if a model is to read the runs or the cost of that is to be estimated, else `synthesise`."""
    context = settings(runtime)
    return "batch" if context.only_plans or has_model(context, models) else "synthesise"


def after_batch(state: DistillState, runtime: Runtime[DistillSettings]) -> list[Send] | str:
    """The first chunk of readers; `synthesise` in a dry run."""
    return "synthesise" if settings(runtime).only_plans else send_readers(state)


def after_synthesise(
    _state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> str:
    """`estimate` in a dry run, else `write` if there is a model to word the drafts, else `critique`."""
    context = settings(runtime)
    if context.only_plans:
        return "estimate"
    return "write" if has_model(context, models) else "critique"


Builder = StateGraph[DistillState, DistillSettings, DistillInput, DistillOutput]


def build(
    roster: Sequence[Analyst] = ROSTER,
    models: Models = NO_MODELS,
    anew: Mapping[str, Any] | None = None,
    admission: Admission | None = None,
) -> Builder:
    """The graph, to be compiled with or without a checkpointer.

    Args:
        roster: The analysts.
        models: Model objects, which override the names in the settings.
        anew: Settings that override those kept with a resumed run.
        admission: What clients may name, if the graph is served.
    """
    builder = Builder(
        DistillState, context_schema=DistillSettings, input_schema=DistillInput, output_schema=DistillOutput
    )
    keeper = Keeper(models, anew or {}, admission)
    node, route = keeper.node, keeper.route
    builder.add_node("intake", keeper.begin(partial(intake, models=models)))
    builder.add_node("judge_outcomes", node(partial(judge_outcomes, models=models), asks=True))
    builder.add_node("plan", node(partial(plan, roster=roster, models=models)))
    builder.add_node("decide", node(decide))
    builder.add_node("mine", node(partial(mine, roster=roster)), input_schema=MineTask)
    builder.add_node("join", join)
    builder.add_node("measure", node(partial(measure, roster=roster)))
    builder.add_node("batch", node(partial(batch, roster=roster)))
    builder.add_node("read", reader(roster, keeper), input_schema=ReadTask)
    builder.add_node("gather", node(gather))
    builder.add_node("measure_proposals", node(partial(measure_proposals, roster=roster)))
    builder.add_node("synthesise", node(synthesise))
    builder.add_node("estimate", node(partial(estimate, roster=roster)))
    builder.add_node("write", node(partial(write, models=models), asks=True))
    builder.add_node("critique", node(partial(critique, models=models), asks=True))
    builder.add_node("revise", node(partial(revise, models=models), asks=True))
    builder.add_node("consolidate", node(consolidate))
    builder.add_node("review", node(review))
    builder.add_node("persist", node(partial(persist, models=models)))
    builder.add_node("tidy", node(tidy))

    builder.add_edge(START, "intake")
    builder.add_edge("intake", "judge_outcomes")
    builder.add_edge("judge_outcomes", "plan")
    builder.add_edge("plan", "decide")
    builder.add_conditional_edges("decide", fan_out, ["mine", "persist", END])
    builder.add_edge("mine", "join")
    builder.add_conditional_edges("join", fan_out, ["mine", "measure", END])
    asks = route(partial(after_measure, models=models), asks=True)
    builder.add_conditional_edges("measure", asks, ["batch", "synthesise", END])
    builder.add_conditional_edges(
        "batch", route(after_batch), ["read", "measure_proposals", "synthesise", END]
    )
    builder.add_edge("read", "gather")
    builder.add_conditional_edges("gather", send_readers, ["read", "measure_proposals", END])
    builder.add_edge("measure_proposals", "synthesise")
    words = route(partial(after_synthesise, models=models), asks=True)
    builder.add_conditional_edges("synthesise", words, ["write", "estimate", "critique", END])
    builder.add_edge("estimate", END)
    builder.add_edge("write", "critique")
    builder.add_conditional_edges("critique", route(after_critique), ["revise", "consolidate", END])
    builder.add_edge("revise", "critique")
    builder.add_edge("consolidate", "review")
    builder.add_edge("review", "persist")
    builder.add_conditional_edges("persist", after_persist, ["plan", "tidy", END])
    builder.add_edge("tidy", END)
    return builder


graph = build().compile()
