"""Several reasons for one action as one rule: a reader needs one line, a judge every reason for itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.evidence import Tier
from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import ActionPattern, AnyOf, Predicate, Rule, claim_id
from trace2skill.skills.anatomy import parts_of
from trace2skill.skills.model import Finding


def united(rules: Iterable[Rule]) -> Iterator[Rule]:
    """One rule for each action that several rules call for, whichever of their conditions holds.

    Conditions about one of several entities are left apart: which one it is tells whom the action is for.
    """
    by: dict[ActionPattern, list[Rule]] = {}
    for rule in rules:
        by.setdefault(rule.then, []).append(rule)
    for action, reasons in by.items():
        of_entities = any(_is_of_entity(part) for rule in reasons for part in parts_of(rule.when))
        if len(reasons) > 1 and not of_entities:
            whens = tuple(rule.when for rule in reasons)
            yield Rule(when=AnyOf(parts=whens), then=action, ended_by=reasons[0].ended_by)


def _is_of_entity(part: Predicate) -> bool:
    """Whether it holds for one thing of a type; what is told without one, `mode`, is so of the world."""
    return entity_type_of(part) is not None and any("." in key for key in fact_keys(part))


def one_line_each(findings: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    """The findings with one rule for an action whose every reason stands, else with the reasons alone."""
    known: Mapping[str, Finding] = {finding.id: finding for finding in findings}
    gone: set[str] = set()
    for whole in united(rules):
        reasons = [claim_id(rule) for rule in rules if rule.then == whole.then]
        stand = all(name in known and known[name].tier is not Tier.HYPOTHESIS for name in reasons)
        gone |= set(reasons) if stand and claim_id(whole) in known else {claim_id(whole)}
    return [finding for finding in findings if finding.id not in gone]
