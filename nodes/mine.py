"""Mine: one analyst over one family; it proposes claims, which are measured later, all in one pass."""

from collections.abc import Sequence

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command

from trace2skill.mining.analyse import propose
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.report import Failure, plain
from trace2skill.nodes.shards import Claims
from trace2skill.nodes.state import DistillState, Mined, MineTask
from trace2skill.nodes.workbench import Workbench


def mine(task: MineTask, runtime: Runtime[DistillContext], *, roster: Sequence[Analyst]) -> DistillState:
    """Leave on the workbench what an analyst proposes for a family, and the bearings of its pool."""
    library, family = settings(runtime).library, task["family"]
    analyst = next(each for each in roster if each.name == task["analyst"])
    proposed = propose(analyst, family_pool(library, task["run"], family), roster)
    bench = Workbench(library, task["run"])
    bench.put(Claims(claims=tuple(proposed.claims)), family, analyst.name)
    bench.put(proposed.bearings, family, analyst.name)
    runtime.stream_writer({"stage": "mine", "family": family, "analyst": analyst.name})
    mined = Mined(round=task["round"], family=family, analyst=analyst.name, claims=len(proposed.claims))
    return {"mined": [mined]}


def mine_failed(task: MineTask, error: NodeError) -> Command[str]:
    """Record what stopped one analyst; the run goes on with what the others find."""
    failure = Failure(
        node=error.node,
        family=task["family"],
        analyst=task["analyst"],
        message=f"{type(error.error).__name__}: {error.error}",
    )
    return Command(update={"failures": [plain(failure)]}, goto="join")
