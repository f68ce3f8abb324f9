"""Which findings become rules: usable, not repeated, not contradicted, the strongest of each module."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trace2skill.claims.evidence import Tier
from trace2skill.claims.model import Avoid, Effect, Guard, Rule
from trace2skill.skills.anatomy import actions_of, keys_of
from trace2skill.skills.conflict import conflict
from trace2skill.skills.model import Finding, ModuleName
from trace2skill.skills.redundancy import repeats
from trace2skill.skills.strength import hurts, strength, usable
from trace2skill.skills.wording import statement

SHARES = {ModuleName.PROCEDURE: 5, ModuleName.CONDITIONS: 4, ModuleName.PITFALLS: 3}
"""Parts of the budget that a module may fill before the others have had theirs."""

RATIONS = {"hypothesis": 4, "effect": 4, "unused effect": 12, "sequence": 4, "milestones": 12, "closing": 8}
"""Into how many the budget is divided to give the most rules of a kind, protected ones aside."""


def module_of(finding: Finding) -> ModuleName:
    """Where the finding belongs: what to do, when to do what, what to beware of."""
    if isinstance(finding.claim, Avoid) or hurts(finding):
        return ModuleName.PITFALLS
    return ModuleName.CONDITIONS if isinstance(finding.claim, Rule | Guard) else ModuleName.PROCEDURE


def select(findings: Iterable[Finding], budget: int) -> list[Finding]:
    """At most `budget` findings, strongest first.

    Protected ones come first, up to half of the budget; then each module's share; then the strongest left.
    Of two that repeat or contradict each other the stronger stays; no kind exceeds its ration.
    """
    ranked = _distinct(sorted(filter(usable, findings), key=strength))
    allowed = _rationed(ranked, budget)
    share = {module: budget * part // sum(SHARES.values()) for module, part in SHARES.items()}
    chosen = [finding for finding in allowed if finding.protected][: max(1, budget // 2)]
    taken = Counter(module_of(finding) for finding in chosen)
    for finding in allowed:
        module = module_of(finding)
        if len(chosen) < budget and finding not in chosen and taken[module] < share[module]:
            chosen.append(finding)
            taken[module] += 1
    rest = [finding for finding in allowed if finding not in chosen]
    return sorted([*chosen, *rest[: budget - len(chosen)]], key=strength)


def _distinct(ranked: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    said: set[str] = set()
    for finding in ranked:
        text = statement(finding)
        told = text in said or any(repeats(one, finding) or conflict(one, finding) for one in kept)
        if not told:
            kept.append(finding)
            said.add(text)
    return kept


def _rationed(ranked: Sequence[Finding], budget: int) -> list[Finding]:
    """The findings that fit their kind's ration, so that what is easily mined does not crowd out the rest."""
    used, spent = _uses(ranked), Counter[str]()
    allowed: list[Finding] = []
    for finding in ranked:
        kinds = [] if finding.protected else _kinds(finding, used)
        if all(spent[kind] < max(1, budget // RATIONS[kind]) for kind in kinds):
            spent.update(kinds)
            allowed.append(finding)
    return allowed


def _kinds(finding: Finding, used: frozenset[str]) -> list[str]:
    kinds: list[str] = [finding.claim.kind] if finding.claim.kind in RATIONS else []
    if finding.tier is Tier.HYPOTHESIS and not hurts(finding):
        kinds.append("hypothesis")
    if isinstance(finding.claim, Effect) and not _useful(finding, used):
        kinds.append("unused effect")
    return kinds


def _uses(findings: Sequence[Finding]) -> frozenset[str]:
    """Fact keys and tools that claims other than effects speak of."""
    claims = [finding.claim for finding in findings if not isinstance(finding.claim, Effect)]
    keys = {key for claim in claims for key in keys_of(claim)}
    return frozenset(keys | {action.tool for claim in claims for action in actions_of(claim)})


def _useful(finding: Finding, used: frozenset[str]) -> bool:
    """Whether the effect changes a fact, or explains a tool, that some rule speaks of."""
    return not used.isdisjoint(keys_of(finding.claim) | {action.tool for action in actions_of(finding.claim)})
