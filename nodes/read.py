"""Read: a model looks at one batch of runs for some analysts; code sorts what it answers."""

from collections.abc import Sequence

from langgraph.runtime import Runtime
from langgraph.types import Send

from trace2skill.claims.model import claim_id
from trace2skill.dialogue.glossary import Glossary
from trace2skill.dialogue.reading import ReadingAnswer, sorted_out
from trace2skill.errors import AnswerError, LimitError, ModelError
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.askers import NO_MODELS, Models, asker
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.join import CHUNK
from trace2skill.nodes.lay_out import Batch, question
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.shards import Claims
from trace2skill.nodes.state import DistillState, Read, ReadTask
from trace2skill.nodes.workbench import Workbench


def read(
    task: ReadTask,
    runtime: Runtime[DistillContext],
    *,
    roster: Sequence[Analyst],
    models: Models = NO_MODELS,
) -> DistillState:
    """Ask about a batch and leave on the workbench what of the answer may go on.

    An answer that cannot be used, or a limit that is reached, is brought home as such; the others go on.

    Raises:
        ModelError: The model cannot be reached, or refuses every call: there is no use in going on.
        SettingError: The model's name, package or key.
    """
    context = settings(runtime)
    bench = Workbench(context.library, task["run"])
    pool = family_pool(context.library, task["run"], task["family"])
    traces = {trace.hash: trace for trace in pool.traces}
    shown = bench.get(Batch, task["family"], str(task["batch"])).transcript(traces)
    asked = question(task, shown, roster, bench)
    problem, stopped, proposed = "", False, 0
    try:
        answer = asker(context, task["run"], models).ask(asked, ReadingAnswer)
    except (AnswerError, LimitError) as error:
        problem, stopped = str(error), isinstance(error, LimitError)
    else:
        words = bench.get(Glossary, task["family"])
        known = _known(bench, task["family"], [analyst.name for analyst in roster])
        reading = sorted_out(answer, words, shown, known, aspects=len(task["analysts"]))
        bench.put(reading, task["family"], str(task["batch"]), *task["analysts"])
        proposed = reading.proposed
    runtime.stream_writer({"stage": "answer", "family": task["family"], "proposed": proposed})
    home = Read(
        round=task["round"],
        family=task["family"],
        batch=task["batch"],
        analysts=task["analysts"],
        proposed=proposed,
        problem=problem,
        stopped=stopped,
    )
    return {"read": [home]}


def _known(bench: Workbench, family: str, analysts: Sequence[str]) -> frozenset[str]:
    found = [bench.find(Claims, family, name) for name in analysts]
    return frozenset(claim_id(claim) for each in found if each for claim in each.claims)


def gather(state: DistillState) -> DistillState:
    """Count the readers that have come home.

    Raises:
        ModelError: None of them brought anything, and not because of a limit.
    """
    sent = state["reads_sent"] + len(_chunk(state))
    came = [each for each in state.get("read", []) if each["round"] == state["round"]]
    if sent == len(state["reads"]) and came and all(each["problem"] and not each["stopped"] for each in came):
        raise ModelError(
            f"none of the model's {len(came)} answers could be used; the first: {came[0]['problem']}"
        )
    return {"reads_sent": sent}


def send_readers(state: DistillState) -> list[Send] | str:
    """The next chunk of readers; weighing what they found once all are done."""
    if state.get("errors"):
        return "__end__"
    return [Send("read", task) for task in _chunk(state)] or "weigh"


def _chunk(state: DistillState) -> list[ReadTask]:
    return state["reads"][state["reads_sent"] :][:CHUNK]
