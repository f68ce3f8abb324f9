"""Decide: mine the decision lists of families in the engine's workers.

This is done before the analysts run, which all use the list, so that a skill's readers are shown the rules
that an executor follows.
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
    """Mine a policy for each due family that has none among the artifacts yet."""
    context, run = settings(runtime), state["run"]
    artifacts = Artifacts(context.library, run)
    found: dict[str, int] = {}
    grounds: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for family in state["families"]:
        if artifacts.policy(family) is None:
            members = artifacts.members(family)
            grounds[members.ground if members.neighbours else (family,)].append(family)
    jobs = (FamilyGroup(context.library, run, tuple(together)) for together in grounds.values())
    work = ground_policies
    if context.workers > 1:
        forget_pools()  # the workers load their own
        work = ground_policies_apart
    with engine(context.engine, context.workers) as opened:
        for policies in opened.map(work, jobs):
            for family, policy in policies.items():
                artifacts.put_policy(family, policy)
                runtime.stream_writer({"stage": "decide", "family": family, "rules": len(policy.rules)})
                found[family] = len(policy.rules)
    return {"rules": dict(sorted(found.items()))}


def ground_policies(ground: FamilyGroup) -> dict[str, Policy]:
    """The policy of each family in the group.

    If the families have neighbours, one decision list is mined from the runs that they share, and each family
    gets the part that concerns it. Otherwise the policy is mined from the family's own runs.
    """
    members = Artifacts(ground.library, ground.run).members(ground.families[0])
    shared = None
    if members.neighbours:
        shared = Decisions(ground_pool(ground.library, ground.run, members.ground))
    return {
        family: _policy(family_pool(ground.library, ground.run, family), shared) for family in ground.families
    }


def ground_policies_apart(ground: FamilyGroup) -> dict[str, Policy]:
    """As `ground_policies`, in a worker, whose memory is freed afterwards."""
    policies = ground_policies(ground)
    forget_pools()
    return policies


def _policy(pool: Pool, shared: Decisions | None) -> Policy:
    """The family's policy, with a plan template if its world answers in text alone."""
    from trace2skill.plan_templates.mine import mine_plan_template

    return mine_policy(pool, shared).model_copy(update={"course": mine_plan_template(pool)})
