"""Mine: let one analyst propose claims for one family. All claims are measured later, in one pass."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from trace2skill.errors import Trace2SkillError
from trace2skill.mining.analyse import propose
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.pools import family_pool
from trace2skill.nodes.report import Failure, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, Mined, MineTask


def mine(task: MineTask, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]) -> DistillState:
    """Store among the artifacts the claims that an analyst proposes for a family, and its pool's summary.

    An exception in an analyst becomes a failure in the report; the run goes on with the others' claims.
    """
    library, family = settings(runtime).library, task["family"]
    analyst = next(each for each in roster if each.name == task["analyst"])
    pool = family_pool(library, task["run"], family)
    try:
        proposed = propose(analyst, pool, roster)
    except Trace2SkillError:  # an error that a person can fix; the run can be resumed then
        raise
    except Exception as error:  # noqa: BLE001 - analysts can be other people's code
        message = f"{type(error).__name__}: {error}"
        return {
            "failures": [plain(Failure(node="mine", family=family, analyst=analyst.name, message=message))]
        }
    artifacts = Artifacts(library, task["run"])
    artifacts.put_claims(family, analyst.name, proposed.claims)
    artifacts.put_pool_summary(family, analyst.name, proposed.pool_summary)
    runtime.stream_writer({"stage": "mine", "family": family, "analyst": analyst.name})
    mined = Mined(round=task["round"], family=family, analyst=analyst.name, claims=len(proposed.claims))
    return {"mined": [mined]}
