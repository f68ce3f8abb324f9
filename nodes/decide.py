"""Decide: the decision lists of families, mined ground by ground where the engine chooses.

They come before the analysts, who share them: what a reader is shown is what an executor follows.
"""

from collections import defaultdict
from typing import NamedTuple

from langgraph.runtime import Runtime

from trace2skill.evidence.policy import Policy
from trace2skill.mining.decisions import Decisions
from trace2skill.mining.policy import mine_policy
from trace2skill.mining.pool import Pool
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.engines import engine
from trace2skill.nodes.pools import family_pool, forget_pools, ground_pool
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState


class FamilyGroup(NamedTuple):
    """Families whose policies are mined from the same runs."""

    library: str
    run: str
    families: tuple[str, ...]


def decide(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Mine a policy for each family due, unless one lies among the artifacts already."""
    context, run = settings(runtime), state["run"]
    artifacts = Artifacts(context.library, run)
    grounds: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for family in state["families"]:
        if artifacts.policy(family) is None:
            members = artifacts.members(family)
            grounds[members.ground if members.neighbours else (family,)].append(family)
    jobs = (FamilyGroup(context.library, run, tuple(together)) for together in grounds.values())
    work = ground_policies
    if context.workers > 1:
        forget_pools()  # the analysts': they would lie here beside the workers' own
        work = ground_policies_apart
    with engine(context.engine, context.workers) as opened:
        for policies in opened.map(work, jobs):
            for family, policy in policies.items():
                artifacts.put_policy(family, policy)
                runtime.stream_writer({"stage": "decide", "family": family, "rules": len(policy.rules)})
    return {}


def ground_policies(ground: FamilyGroup) -> dict[str, Policy]:
    """For each family the policy mined from its runs, or what concerns it of one mined from its ground.

    A ground with neighbours is mined once for all families that share it.
    """
    members = Artifacts(ground.library, ground.run).members(ground.families[0])
    shared = None
    if members.neighbours:
        shared = Decisions(ground_pool(ground.library, ground.run, members.ground))
    return {
        family: _policy(family_pool(ground.library, ground.run, family), shared) for family in ground.families
    }


def ground_policies_apart(ground: FamilyGroup) -> dict[str, Policy]:
    """As `ground_policies`, in a worker that has other things to hold in memory afterwards."""
    policies = ground_policies(ground)
    forget_pools()
    return policies


def _policy(pool: Pool, shared: Decisions | None) -> Policy:
    """The family's policy, with a plan template where its world answers in text alone."""
    from trace2skill.plan_templates.mine import mine_plan_template

    return mine_policy(pool, shared).model_copy(update={"course": mine_plan_template(pool)})
