"""Mine: one analyst over one family; it proposes claims, which are measured later, all in one pass."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from trace2skill.errors import Trace2SkillError
from trace2skill.mining.analyse import propose
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.report import Failure, plain
from trace2skill.nodes.shards import Claims
from trace2skill.nodes.state import DistillState, Mined, MineTask
from trace2skill.nodes.workbench import Workbench


def mine(task: MineTask, runtime: Runtime[DistillContext], *, roster: Sequence[Analyst]) -> DistillState:
    """Leave on the workbench what an analyst proposes for a family, and the bearings of its pool.

    What stops one analyst is a record in the report; the run goes on with what the others find.
    """
    library, family = settings(runtime).library, task["family"]
    analyst = next(each for each in roster if each.name == task["analyst"])
    pool = family_pool(library, task["run"], family)
    try:
        proposed = propose(analyst, pool, roster)
    except Trace2SkillError:  # what a person can mend ends the run, which can go on then
        raise
    except Exception as error:  # noqa: BLE001 - analysts are anybody's code
        message = f"{type(error).__name__}: {error}"
        return {
            "failures": [plain(Failure(node="mine", family=family, analyst=analyst.name, message=message))]
        }
    bench = Workbench(library, task["run"])
    bench.put(Claims(claims=tuple(proposed.claims)), family, analyst.name)
    bench.put(proposed.bearings, family, analyst.name)
    runtime.stream_writer({"stage": "mine", "family": family, "analyst": analyst.name})
    mined = Mined(round=task["round"], family=family, analyst=analyst.name, claims=len(proposed.claims))
    return {"mined": [mined]}
