"""Decide: the decision lists of families, mined ground by ground where the engine chooses.

They come before the analysts, who share them: what a reader is shown is what an executor follows.
"""

from collections import defaultdict
from typing import NamedTuple

from langgraph.runtime import Runtime

from trace2skill.mining.decisions import Decisions
from trace2skill.mining.policy import mine_policy
from trace2skill.mining.pool import Pool
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.engines import engine
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool, forget_pools, ground_pool
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.policy import Policy


class Ground(NamedTuple):
    """Families whose policies are mined from the same runs."""

    library: str
    run: str
    families: tuple[str, ...]


def decide(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Lay a policy for each family due on the workbench; those that lie there already are not mined again."""
    context, run = settings(runtime), state["run"]
    bench = Workbench(context.library, run)
    grounds: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for family in state["families"]:
        if not bench.has(Policy, family):
            members = bench.get(Members, family)
            grounds[members.ground if members.neighbours else (family,)].append(family)
    jobs = (Ground(context.library, run, tuple(together)) for together in grounds.values())
    work = ground_policies
    if context.workers > 1:
        forget_pools()  # the analysts': they would lie here beside the workers' own
        work = ground_policies_apart
    with engine(context.engine, context.workers) as opened:
        for policies in opened.map(work, jobs):
            for family, policy in policies.items():
                bench.put(policy, family)
                runtime.stream_writer({"stage": "decide", "family": family, "rules": len(policy.rules)})
    return {}


def ground_policies(ground: Ground) -> dict[str, Policy]:
    """For each family the policy mined from its runs, or what concerns it of one mined from its ground.

    A ground with neighbours is mined once for all families that share it.
    """
    members = Workbench(ground.library, ground.run).get(Members, ground.families[0])
    if not members.neighbours:
        return {family: mine_policy(_own(ground, family)) for family in ground.families}
    shared = Decisions(ground_pool(ground.library, ground.run, members.ground))
    return {family: mine_policy(_own(ground, family), shared) for family in ground.families}


def ground_policies_apart(ground: Ground) -> dict[str, Policy]:
    """As `ground_policies`, in a worker that has other things to hold in memory afterwards."""
    policies = ground_policies(ground)
    forget_pools()
    return policies


def _own(ground: Ground, family: str) -> Pool:
    return family_pool(ground.library, ground.run, family)
