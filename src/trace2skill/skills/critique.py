"""What can be wrong with a skill, the checks that find it, and how it is put right."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations

from pydantic import BaseModel, Field

from trace2skill.claims.instance import identities_in, instance_values, mentions_instance
from trace2skill.claims.model import Rule, canonical
from trace2skill.claims.traversal import slots_of
from trace2skill.evidence.finding import Finding, strength
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Tier
from trace2skill.skills.compose import numbered, parameters
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.naming import DESCRIPTION_LIMIT, NAME_LIMIT, slug
from trace2skill.skills.playbook import to_markdown
from trace2skill.skills.selection import conflict
from trace2skill.skills.untrusted_content import (
    planted_in_claim,
    planted_in_prose,
    planted_parts,
    without_planted,
)
from trace2skill.traces.model import Frozen, Trace
from trace2skill.traces.redact import find_secrets
from trace2skill.wording.claims import statement


class ObjectionKind(StrEnum):
    """The checks that a skill must pass; those from `WORDING` on are a critic's, who is a model.

    A rule that is contested stays: the critic is asked about it again.
    """

    UNMEASURED = "unmeasured"
    NUMBER = "number"
    CONTRADICTION = "contradiction"
    INSTANCE = "instance"
    SECRET = "secret"  # noqa: S105 - the name of a check
    PLANTED = "planted"
    SIZE = "size"
    NAME = "name"
    DESCRIPTION = "description"
    WORDING = "wording"
    REDUNDANT = "redundant"
    IRRELEVANT = "irrelevant"
    MISLEADING = "misleading"
    HARMFUL = "harmful"
    CONTESTED = "contested"


class Objection(Frozen):
    """One thing wrong with a skill. The message never repeats a secret."""

    rule: str | None = Field(description="name of the rule; None where it is about the skill")
    kind: ObjectionKind
    message: str
    tokens_over: int = Field(0, description="tokens that a skill of too great a size has too many")


_NUMBER = re.compile(r"(?<![\w.])(?:\d[\d,]*)?\.?\d+(?![\w]|\.\d)")
_IN_CLAIM = re.compile(r"\d+(?:\.\d+)?")


def unfounded(text: str, finding: Finding) -> list[str]:
    """The numbers in `text` that occur neither in the claim nor in its summary, in order of appearance.

    A number that is written with fewer digits than the measured one counts where rounding gives it.
    Digits inside a word (`4g`, `L1002`) are part of its name; `instance` looks after those.
    """
    stated = {float(found) for found in _IN_CLAIM.findall(canonical(finding.claim).decode())}
    stated |= {float(found.replace(",", "")) for found in _NUMBER.findall(statement(finding))}
    measured = sorted(stated | set(_values(finding.summary)))
    return [found for found in _NUMBER.findall(text) if not _founded(found, measured)]


def numbers_in(text: str) -> list[str]:
    """Every number that stands by itself in a text."""
    return _NUMBER.findall(text)


def _founded(written: str, measured: list[float]) -> bool:
    value, digits = float(written.replace(",", "")), len(written.partition(".")[2])
    return any(round(number, digits) == value for number in measured)


def _values(record: BaseModel) -> Iterator[float]:
    for _, value in record:
        if isinstance(value, BaseModel):
            yield from _values(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield float(value)


TOKEN_LIMIT = 5000
"""What the Agent Skills specification advises for a SKILL.md."""


def size(skill: Skill) -> int:
    """About how many tokens the skill takes as SKILL.md, without the text a person brought."""
    return approx_tokens(to_markdown(skill.model_copy(update={"human_text": ""}), 1))


_REWORDABLE = {
    ObjectionKind.NUMBER,
    ObjectionKind.INSTANCE,
    ObjectionKind.SECRET,
    ObjectionKind.PLANTED,
    ObjectionKind.WORDING,
}


def revise(skill: Skill, objections: Sequence[Objection]) -> Skill:
    """The skill with every objection answered; the same skill when there is none.

    A rule whose text went beyond its claim gets the claim's own sentence; a rule that still fails then, or
    fails for another reason, is left out, and so are the weakest ones of a skill that is too long. A call
    that changes anything removes a rule, an example or a fault, so that critique and revision come to an
    end; when nothing is left to remove the skill comes back as it was.
    """
    against: dict[str, set[ObjectionKind]] = {}
    for objection in objections:
        if objection.rule is not None and objection.kind is not ObjectionKind.CONTESTED:
            against.setdefault(objection.rule, set()).add(objection.kind)
    rules = [mended for rule in skill.rules if (mended := _mended(rule, against.get(rule.name, set())))]
    revised = skill.model_copy(update={"rules": tuple(rules), "policy": _policy(skill, against)})
    for objection in objections:
        if objection.rule is None:
            revised = _mend_whole(revised, objection, size(skill))
    return settled(skill, revised)


def _policy(skill: Skill, against: Mapping[str, set[ObjectionKind]]) -> Policy:
    """The decision list without what a critic calls misleading or harmful; no executor tries it either."""
    gone = {
        name for name, kinds in against.items() if kinds & {ObjectionKind.MISLEADING, ObjectionKind.HARMFUL}
    }
    found = (rule.finding for rule in skill.rules if rule.name in gone)
    claims = [finding.claim for finding in found if finding and isinstance(finding.claim, Rule)]
    return skill.policy.without(claims) if claims else skill.policy


def _mended(rule: SkillRule, kinds: set[ObjectionKind]) -> SkillRule | None:
    if not kinds:
        return rule
    if rule.finding and kinds <= _REWORDABLE and rule.text != statement(rule.finding):
        return rule.model_copy(update={"text": statement(rule.finding), "quotes": ()})
    return None


def _mend_whole(skill: Skill, objection: Objection, tokens: int) -> Skill:
    match objection.kind:
        case ObjectionKind.SIZE:
            return _shortened(skill, tokens - objection.tokens_over)
        case ObjectionKind.PLANTED:
            return without_planted(skill)
        case ObjectionKind.SECRET:
            return _without_secrets(skill)
        case ObjectionKind.NAME:
            return skill.model_copy(update={"name": _new_name(skill)})
        case ObjectionKind.DESCRIPTION:
            text = re.sub(r"[<>]", "", skill.description).strip() or skill.title or skill.name
            cut = text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}…"
            return skill.model_copy(update={"description": cut})
        case _:
            return skill


def _shortened(skill: Skill, target: int) -> Skill:
    """Without the weakest rules until it is that short, notes before all; if need be without the example."""
    distilled = [rule for rule in skill.rules if rule.finding or rule.quotes]
    for rule in sorted(distilled, key=_weakness, reverse=True):
        if size(skill) <= target:
            return skill
        skill = skill.model_copy(update={"rules": tuple(one for one in skill.rules if one is not rule)})
    if size(skill) <= target:
        return skill
    return skill.model_copy(update={"example": (), "example_task": ""})


def _weakness(rule: SkillRule) -> tuple[bool, int, float, str]:
    if rule.finding:
        return strength(rule.finding)
    return True, 1, -float(len({place.trace for place in rule.quotes})), rule.name


def _without_secrets(skill: Skill) -> Skill:
    """The example goes, and whatever else held one: free text outside rules is only there for the reader."""
    blank = {"example": (), "example_task": "", "goal": "", "when_to_use": "", "tags": ()}
    if not (skill.example or skill.example_task):
        blank |= {"description": skill.name.replace("-", " "), "title": skill.name.replace("-", " ")}
    return skill.model_copy(update=blank)


def _new_name(skill: Skill) -> str:
    """A valid name; the description's words where the name was valid but gave a task away."""
    valid = slug(skill.name)
    return valid if valid and valid != skill.name else slug(f"{skill.domain} {skill.title} skill") or "skill"


def settled(before: Skill, after: Skill) -> Skill:
    """Rules numbered without gaps and parameters of the rules that are left; unchanged where no rule went."""
    if len(after.rules) == len(before.rules):
        return after
    claims = [rule.finding.claim for rule in after.rules if rule.finding]
    needed = {parameter.name for parameter in parameters(claims)}
    needed |= {slot.name for claim in claims for slot in slots_of(claim)}
    kept = tuple(parameter for parameter in after.parameters if parameter.name in needed)
    return after.model_copy(update={"rules": numbered(after.rules), "parameters": kept})


__all__ = ["Objection", "ObjectionKind", "critique", "revise"]

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def critique(
    skill: Skill, traces: Sequence[Trace] = (), *, token_limit: int = TOKEN_LIMIT
) -> tuple[Objection, ...]:
    """Everything wrong with the skill, rule by rule and then as a whole; nothing when it may be stored.

    Args:
        skill: The skill as it would be stored.
        traces: The traces it was made from, if at hand; they tell identifiers from vocabulary, and names
            that would give a task away.
        token_limit: The most tokens the skill may take as SKILL.md, its human text aside.
    """
    identities = identities_in(traces)
    objections = [found for rule in skill.rules for found in _rule(skill, rule, identities)]
    objections += _contradictions(skill)
    objections += _whole(skill, traces, token_limit)
    return tuple(objections)


def _rule(skill: Skill, rule: SkillRule, identities: frozenset[str]) -> Iterator[Objection]:
    for check in (_measured, _figures, _leaks):
        if problem := check(skill, rule):
            yield Objection(rule=rule.name, kind=problem[0], message=problem[1])
    own: list[str] = []
    if rule.finding:
        tasks = rule.finding.summary.support.tasks
        own = instance_values(rule.finding.claim, tasks, identities)
        own += mentions_instance(rule.text, statement(rule.finding))
        if own:
            message = f"names what belongs to one run: {', '.join(own)}; it needs a slot"
            yield Objection(rule=rule.name, kind=ObjectionKind.INSTANCE, message=message)
    if not own and (problem := _planted(skill, rule)):
        yield Objection(rule=rule.name, kind=problem[0], message=problem[1])


Problem = tuple[ObjectionKind, str] | None


def _measured(skill: Skill, rule: SkillRule) -> Problem:
    if rule.finding is None:
        cited = bool(rule.quotes or skill.human_text)
        return None if cited else (ObjectionKind.UNMEASURED, "rests on no finding and cites no step")
    if rule.finding.summary.support.opportunities == 0 and rule.tier is not Tier.HYPOTHESIS:
        return ObjectionKind.UNMEASURED, "no trace had the opportunity to follow it"
    return None


def _figures(_skill: Skill, rule: SkillRule) -> Problem:
    """A note that quotes traces may carry no number; a person's own note may say "wait 2 hours"."""
    if rule.finding is None:
        loose = numbers_in(rule.text) if rule.quotes else []
    else:
        loose = unfounded(rule.text, rule.finding)
    message = f"states {', '.join(loose)}, which nothing measured gives"
    return (ObjectionKind.NUMBER, message) if loose else None


def _leaks(_skill: Skill, rule: SkillRule) -> Problem:
    kinds = find_secrets(rule.text)
    return (ObjectionKind.SECRET, f"holds a secret ({', '.join(sorted(kinds))})") if kinds else None


def _planted(skill: Skill, rule: SkillRule) -> Problem:
    """A rule may say nothing that reads like an order of a trace's; a person's own note may."""
    problem = planted_in_claim(rule.finding.claim) if rule.finding else None
    worded = (
        rule.text != statement(rule.finding) if rule.finding else bool(rule.quotes and not skill.human_text)
    )
    if not problem and worded and (reason := planted_in_prose(rule.text)):
        problem = f"its text {reason}"
    return (ObjectionKind.PLANTED, f"may have been planted: {problem}") if problem else None


def _contradictions(skill: Skill) -> Iterator[Objection]:
    """Against the weaker of two rules that cannot both be followed, and against notes that forbid a rule."""
    for one, other in combinations(skill.rules, 2):
        if one.finding and other.finding and (reason := conflict(one.finding, other.finding)):
            firm, weak = (one, other) if strength(one.finding) <= strength(other.finding) else (other, one)
            message = f"contradicts {firm.name}: {reason}"
            yield Objection(rule=weak.name, kind=ObjectionKind.CONTRADICTION, message=message)
    for note in (rule for rule in skill.rules if rule.quotes and rule.finding is None):
        for rule in (each for each in skill.rules if _forbids(note.text, each)):
            message = f"contradicts {rule.name}: it forbids what good runs do"
            yield Objection(rule=note.name, kind=ObjectionKind.CONTRADICTION, message=message)


_BAN = re.compile(
    r"(?:^|[.;!]\s+)(?:please\s+)?(?:do not|don't|never|avoid|no need to|refrain from|skip|stop)\b"
    r"([^.;!]*)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:when|if|while|unless|after|before|until|once|without|again|twice|only|than|still|already|instead|but"
    r"|for|every|another|other|whose|that|which|with|yet|first|last|as|because|just|merely|too|on|in|at|to)\b",
    re.IGNORECASE,
)
_KEPT_BY = 3


def _forbids(text: str, rule: SkillRule) -> bool:
    """Whether a note forbids, on no condition, what a measured rule calls for and good runs do."""
    if rule.finding is None or not isinstance(rule.finding.claim, Rule):
        return False
    practice = rule.finding.summary.practice
    if practice.kept < _KEPT_BY or 2 * practice.kept < practice.due:
        return False
    words = set(rule.finding.claim.then.tool.lower().split("_"))
    return any(
        words <= set(re.findall(r"[a-z0-9]+", found[1].lower())) and not _CONDITION.search(found[1])
        for found in _BAN.finditer(text.replace("_", " "))
    )


def _whole(skill: Skill, traces: Sequence[Trace], token_limit: int) -> Iterator[Objection]:
    if problem := _name(skill, traces):
        yield Objection(rule=None, kind=ObjectionKind.NAME, message=problem)
    if problem := _description(skill):
        yield Objection(rule=None, kind=ObjectionKind.DESCRIPTION, message=problem)
    if kinds := find_secrets(_own_text(skill)):
        message = f"description, parameters or example hold a secret ({', '.join(sorted(kinds))})"
        yield Objection(rule=None, kind=ObjectionKind.SECRET, message=message)
    for part, reason in planted_parts(skill).items():
        message = f"may have been planted: {part} {reason}"
        yield Objection(rule=None, kind=ObjectionKind.PLANTED, message=message)
    if (tokens := size(skill)) > token_limit:
        over = tokens - token_limit
        message = f"takes about {tokens} tokens, {over} too many"
        yield Objection(rule=None, kind=ObjectionKind.SIZE, message=message, tokens_over=over)


def _own_text(skill: Skill) -> str:
    """Everything the skill says outside its rules, the person's text aside."""
    parameters = (f"{one.name}: {one.description} {one.example}" for one in skill.parameters)
    steps = (f"{step.action}\n{step.observation}" for step in skill.example)
    said = (skill.title, skill.description, skill.goal, skill.when_to_use, skill.example_task)
    return "\n".join([*said, *parameters, *steps])


def _name(skill: Skill, traces: Sequence[Trace]) -> str | None:
    if not _NAME.fullmatch(skill.name) or len(skill.name) > NAME_LIMIT:
        return "the name is not 1 to 64 lower-case letters, digits and single hyphens"
    keys = {slug(key, 10**6) for trace in traces for key in (trace.task_key, trace.id) if key}
    return "the name gives a task's key away" if skill.name in keys else None


def _description(skill: Skill) -> str | None:
    if not skill.description.strip():
        return "the description is empty"
    if len(skill.description) > DESCRIPTION_LIMIT:
        return (
            f"the description has {len(skill.description)} characters, at most {DESCRIPTION_LIMIT} are read"
        )
    return "the description holds angle brackets" if re.search(r"[<>]", skill.description) else None
