"""A skill out of findings, by code alone: select, order, word, and say what it is for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from trace2skill.facts.untrusted_text import named
from trace2skill.skills import naming
from trace2skill.skills.anatomy import actions_of
from trace2skill.skills.example import worked_example
from trace2skill.skills.finding import Finding
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.skills.parameters import parameters
from trace2skill.skills.policy import Policy
from trace2skill.skills.selection import effects, module_of, select
from trace2skill.skills.topics import spelt, task_text, topics
from trace2skill.skills.wording import statement
from trace2skill.traces.model import Trace

INITIAL = {
    ModuleName.GOAL: "G",
    ModuleName.LOOK: "L",
    ModuleName.PROCEDURE: "P",
    ModuleName.CONDITIONS: "C",
    ModuleName.PITFALLS: "F",
}
SHOWN_TOOLS = 4


def compose(  # noqa: PLR0913 - keyword only but for what every skill needs
    family: str,
    findings: Sequence[Finding],
    traces: Sequence[Trace],
    *,
    policy: Policy | None = None,
    budget: int = 24,
    hashes: Sequence[str] | None = None,
    siblings: Mapping[str, Sequence[str]] | None = None,
) -> Skill:
    """Synthesise the family's skill without a model; equal input in any order gives an equal skill.

    Args:
        family: The task family; it names the skill, unless it is the key of a task.
        findings: What the analysts found. A claim found twice counts once, at its strongest.
        traces: The family's traces, from which the findings were made; of a large family a sample.
        policy: The decision list that the rules were taken from; it gives them their order.
        budget: The most rules to keep.
        hashes: The hashes of all of the family's traces, sorted, where `traces` is a sample.
        siblings: Some task texts (`topics.task_text`) of each other family in its domain: what this family
            is told apart from in name and description.

    Returns:
        A skill whose every rule rests on a finding. Without a usable finding it has no rules.
    """
    pool = sorted({trace.hash: trace for trace in traces}.values(), key=lambda trace: trace.hash)
    policy = policy or Policy()
    kept = select(findings, policy, budget)
    rules = numbered(
        SkillRule(name="P1", module=module_of(finding), text=statement(finding), finding=finding)
        for finding in kept
    )
    background = (
        SkillRule(name=f"E{number}", module=ModuleName.PROCEDURE, text=statement(finding), finding=finding)
        for number, finding in enumerate(effects(findings, kept), 1)
    )
    domain = _domain(pool)
    own = [trace for trace in pool if hashes is None or trace.hash in set(hashes)]
    about = topics([task_text(trace) for trace in own], siblings)
    words = spelt(naming.family_words(domain, family, about.phrases, pool), [trace.task for trace in pool])
    tools = _tools(kept)
    task, example = worked_example(rules, own)
    return Skill(
        name=naming.skill_name(domain, family, about.phrases, pool),
        title=naming.title(domain, words),
        description=naming.description(domain, words, about, tools),
        when_to_use=naming.when_to_use(words, about, tools),
        family=family,
        domain=domain,
        tags=naming.tags(domain, words, about.phrases),
        parameters=parameters(rule.finding.claim for rule in rules if rule.finding),
        rules=rules,
        background=tuple(background),
        example=example,
        example_task=task,
        traces=tuple(trace.hash for trace in pool) if hashes is None else tuple(hashes),
        policy=policy,
    )


def numbered(rules: Iterable[SkillRule]) -> tuple[SkillRule, ...]:
    """The rules by module, measured ones renamed G1, L1, C1 ... without gaps; notes keep their names."""
    pool = list(rules)
    notes = {rule.name for rule in pool if rule.finding is None}
    named: list[SkillRule] = []
    for module in ModuleName:
        free = (name for n in count(1) if (name := f"{INITIAL[module]}{n}") not in notes)
        for rule in (rule for rule in pool if rule.module == module):
            named.append(rule.model_copy(update={"name": next(free)}) if rule.finding else rule)
    return tuple(named)


def _domain(traces: Sequence[Trace]) -> str:
    """The domain of all traces, or nothing where they differ; and nothing that is no name."""
    domains = {named(trace.domain) for trace in traces}
    return domains.pop() if len(domains) == 1 else ""


def _tools(kept: Sequence[Finding]) -> tuple[str, ...]:
    """The tools most rules are about."""
    named = Counter(tool for f in kept for tool in {a.tool for a in actions_of(f.claim)} - {"*"})
    return tuple(sorted(named, key=lambda tool: (-named[tool], tool))[:SHOWN_TOOLS])
