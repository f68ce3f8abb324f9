"""A skill as a playbook: the text that SKILL.md, prompts, MCP and people see."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import yaml

from trace2skill.claims.logic import united
from trace2skill.claims.model import ActionPattern, Avoid, Closing, Effect, Guard, Rule
from trace2skill.claims.traversal import actions_of, keys_of
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Contrast, Grade, Tier
from trace2skill.skills.changes import nothing_else
from trace2skill.skills.model import ExampleStep, ModuleName, Parameter, Skill, SkillRule
from trace2skill.skills.untrusted_content import PLACEHOLDER
from trace2skill.wording.claims import listed
from trace2skill.wording.escape import code_span, inline, italic, one_line, prose, visible
from trace2skill.wording.evidence import count, judged
from trace2skill.wording.terms import call, grouped

_WITHOUT_CALL = ("last.", "tool.", "user.", "agent.", "task", "controls", "choices")
"""Prefixes of keys that need no call because they are about what was done and said so far."""

_MANY_FAILED = 3
_MOST_KEPT = 0.75
_HOW_TO_DECIDE = (
    "Work down the list and do each line whose condition holds, none twice unless a check shows its "
    "condition anew. After a change, check again. In brackets: good runs that did so, of those where it was "
    "due."
)


@dataclass(frozen=True)
class PlaybookPart:
    """What is shown of a skill: the names of rules, and the number of example steps and of values."""

    rules: frozenset[str] = frozenset()
    example: int = 0
    parameters: int = 0

    @classmethod
    def whole(cls, skill: Skill) -> "PlaybookPart":
        """The whole skill."""
        names = frozenset(rule.name for rule in skill.rules)
        return cls(names, len(skill.example), len(skill.parameters))


@dataclass(frozen=True)
class PlaybookLine:
    """A line of the playbook: its list mark, empty for a paragraph, its Markdown, and the rule it states."""

    mark: str
    text: str
    rule: SkillRule | None = None

    def __str__(self) -> str:
        return f"{self.mark} {self.text}" if self.mark else self.text


@dataclass(frozen=True)
class PlaybookSection:
    """A heading of the playbook and the lines under it."""

    heading: str
    lines: tuple[PlaybookLine, ...]


def playbook(skill: Skill, part: PlaybookPart | None = None) -> str:
    """The playbook as Markdown, without the human text; equal skills give equal text."""
    parts = [f"# {prose(skill.title)}\n"]
    if skill.goal:
        parts.append(f"{prose(skill.goal)}\n")
    for section in sections(skill, part):
        parts.append(f"## {section.heading}\n\n{_block(section.lines)}\n")
    return "\n".join(parts)


def _block(lines: Sequence[PlaybookLine]) -> str:
    """The lines as Markdown, with an empty line around a paragraph."""
    text = str(lines[0])
    for before, line in pairwise(lines):
        text += ("\n" if before.mark and line.mark else "\n\n") + str(line)
    return text


def mark(rule: SkillRule) -> str:
    """What a rule rests on, in brackets: `[19 of 19 runs]`, `[few runs: 3 of 3]`, `[insight: 2 runs]`.

    What a model proposed and outcomes bear out is `[separating: 9 of 9 runs succeeded so, 1 of 6 otherwise]`
    where that was tested on tasks that the model was not shown, else `[exploratory: ...]`. How many of the
    outcomes that it rests on a model judged follows.
    """
    seen = len({place.trace for place in rule.quotes})
    grounds = [_ground(rule.finding)] if rule.finding else []
    grounds += [told] if rule.finding and (told := judged(rule.finding)) else []
    grounds += [f"insight: {count(seen, 'run')}"] if seen else []
    return f"[{'; '.join(grounds) or 'by hand'}]"


def _ground(finding: Finding) -> str:
    practice, support = finding.summary.practice, finding.summary.support
    if not support.opportunities:
        return "untried"
    if isinstance(finding.claim, Effect):
        return f"{support.traces} of {count(support.due, 'run')}"
    kept, due = (practice.kept, practice.due) if practice.due else (support.traces, support.due)
    share = f"{kept} of {due}"
    if finding.outcome and finding.grade and not isinstance(finding.claim, Closing):
        return f"{finding.grade.value}: {_success(finding.outcome)}"
    if finding.grade is Grade.HABIT:
        return f"habit: {share} good runs"
    if finding.tier is Tier.HYPOTHESIS:
        return f"few runs: {share}"
    runs = f"{share} run{'' if due == 1 else 's'}"
    if isinstance(finding.claim, Avoid | Guard | Closing) and practice.failed_due:
        return f"{kept} of {due} good runs, {practice.failed_kept} of {practice.failed_due} failed ones"
    if finding.tier is Tier.CORROBORATED and finding.held_out is not None:
        unseen = finding.held_out.practice
        return f"{runs}, {unseen.kept} of {unseen.due} unseen" if unseen.due else runs
    return runs


def _success(outcome: Contrast) -> str:
    return (
        f"{outcome.hits} of {outcome.trials} runs succeeded so, "
        f"{outcome.other_hits} of {outcome.other_trials} otherwise"
    )


def sections(skill: Skill, part: PlaybookPart | None = None) -> Iterator[PlaybookSection]:
    """The sections of the playbook that have lines, in order; all of the skill without a part."""
    part = part or PlaybookPart.whole(skill)
    for heading, lines in _sections(skill, part):
        if found := tuple(line for line in lines if line.text):
            yield PlaybookSection(heading, found)


def _sections(skill: Skill, part: PlaybookPart) -> Iterator[tuple[str, list[PlaybookLine]]]:
    yield "When to use", [PlaybookLine("", prose(skill.when_to_use))]
    for module in ModuleName:
        rules = [rule for rule in skill.module(module) if rule.name in part.rules]
        numbers = module in {ModuleName.CONDITIONS, ModuleName.PROCEDURE}
        lines = [
            PlaybookLine(f"{n}." if numbers else "-", f"{said(skill, rule)} {mark(rule)}", rule)
            for n, rule in enumerate(rules, 1)
        ]
        further: list[str] = []
        if module is ModuleName.LOOK:
            further = [*_further_readings(skill, rules, part), *_where_to_read(skill)]
        if module is ModuleName.PITFALLS:
            further = _left_undone(skill, part)
        lines += [PlaybookLine("-", text) for text in further]
        if module is ModuleName.CONDITIONS and rules:
            lines.insert(0, PlaybookLine("", _HOW_TO_DECIDE))
            lines += [PlaybookLine("", text) for text in _nothing_else(skill, part)]
        yield module.heading, lines
        if module is ModuleName.LOOK:
            yield "Values", [PlaybookLine("-", _value(each)) for each in skill.parameters[: part.parameters]]
    yield "Worked example", _example(skill, part.example)


def said(skill: Skill, rule: SkillRule) -> str:
    """A rule's sentence in the playbook, with what it does not say of how runs end.

    "Then stop." follows an action that ends the run; a stop condition is followed by the actions of other
    rules that end a run without it.
    """
    claim = rule.finding.claim if rule.finding else None
    if isinstance(claim, Rule) and claim.then in skill.policy.last:
        return f"{prose(rule.text)} Then stop."
    if isinstance(claim, Closing) and (ending := _endings(skill, claim)):
        return f"{prose(rule.text)} Otherwise only {listed(ending, 'or')} ends the run."
    return prose(rule.text)


def _endings(skill: Skill, goal: Closing) -> list[str]:
    """The calls of a skill's rules that end a run whatever its stop condition asks for."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding)
    actions = dict.fromkeys(claim.then for claim in claims if isinstance(claim, Rule))
    return [call(each) for each in actions if each in skill.policy.last and each in goal.ended_by]


def _further_readings(skill: Skill, looks: Sequence[SkillRule], part: PlaybookPart) -> Iterator[str]:
    """The lines for readings that some rule needs and that are not part of the first look."""
    claims = [rule.finding.claim for rule in skill.rules if rule.finding]
    if not any(isinstance(claim, Rule) for claim in claims):
        return
    first = {action for rule in looks if rule.finding for action in actions_of(rule.finding.claim)}
    needed = {key for claim in claims for key in keys_of(claim)}
    lines = [rule for rule in skill.module(ModuleName.CONDITIONS) if rule.name in part.rules]
    asking: dict[ActionPattern, set[int]] = {}
    for reading in skill.policy.readings:
        if reading.key in needed and reading.by not in first:
            asking.setdefault(reading.by, set()).update(
                number
                for number, rule in enumerate(lines, 1)
                if rule.finding and reading.key in keys_of(rule.finding.claim)
            )
    by_lines: dict[tuple[int, ...], list[ActionPattern]] = {}
    for action, numbers in asking.items():
        by_lines.setdefault(tuple(sorted(numbers)), []).append(action)
    for places, actions in sorted(by_lines.items()):
        which = f"For line{'s' if len(places) > 1 else ''} {listed(map(str, places))}"
        yield f"{which if places else 'Where it is asked for'}: {grouped(tuple(actions))}."


def _where_to_read(skill: Skill) -> list[str]:
    """The line that says which call shows the facts in conditions, except facts that name their call."""
    shown: dict[ActionPattern, list[str]] = {}
    known = {reading.key: reading.by for reading in skill.policy.readings}
    for rule in skill.rules:
        for key in sorted(keys_of(rule.finding.claim)) if rule.finding else ():
            readable = key in known and "says: " not in key and not key.startswith(_WITHOUT_CALL)
            if readable and key not in shown.setdefault(known[key], []):
                shown[known[key]].append(key)
    parts = [f"{call(by)} shows {listed(map(italic, keys))}" for by, keys in shown.items() if keys]
    return [f"{'; '.join(parts)}."] if parts else []


def _nothing_else(skill: Skill, part: PlaybookPart) -> list[str]:
    """The line that says that the rules are all that good runs did, if all are shown."""
    found = nothing_else(skill)
    if found is None or any(rule.name not in part.rules for rule in skill.rules):
        return []
    return [f"In good runs nothing else was changed. [{found[0]} of {count(found[1], 'run')}]"]


def _left_undone(skill: Skill, part: PlaybookPart) -> list[str]:
    """The line that names decisions which most failed runs did not do when due and most good runs did."""
    lines = [rule for rule in skill.module(ModuleName.CONDITIONS) if rule.name in part.rules]
    missed = [
        f"{call(rule.finding.claim.then)} (line {number})"
        for number, rule in enumerate(lines, 1)
        if rule.finding and isinstance(rule.finding.claim, Rule) and _missed(rule)
    ]
    return [f"Most failed runs left undone what was due: {listed(missed)}."] if missed else []


def _missed(rule: SkillRule) -> bool:
    practice = rule.finding.summary.practice if rule.finding else None
    if practice is None or practice.failed_due < _MANY_FAILED:
        return False
    return 2 * practice.failed_kept < practice.failed_due and practice.rate > _MOST_KEPT


def unshown(skill: Skill) -> int:
    """The number of policy rules that rest on too few runs to be shown."""
    shown = {rule.finding.claim for rule in skill.rules if rule.finding}
    covered = {whole.then for whole in united(skill.policy.rules) if whole in shown}
    return sum(rule not in shown and rule.then not in covered for rule in skill.policy.rules)


def _value(parameter: Parameter) -> str:
    found = f"found in {', '.join(map(code_span, parameter.sources))}" if parameter.sources else ""
    return f"**{inline(parameter.name)}**: {prose(parameter.description) or found}"


def _example(skill: Skill, steps: int) -> list[PlaybookLine]:
    if not steps:
        return []
    task = f"Task: {inline(_with_braces(skill.example_task))}" if skill.example_task else ""
    lines = [PlaybookLine(f"{number}.", _step(step)) for number, step in enumerate(skill.example[:steps], 1)]
    return [PlaybookLine("", task), *lines]


def _step(step: ExampleStep) -> str:
    seen = f" gave {code_span(_with_braces(step.observation))}" if step.observation else ""
    return f"{inline(step.actor)}: {code_span(_with_braces(step.action))}{seen}"


def _with_braces(text: str) -> str:
    """The text with stand-ins as `{customer name}`, since angle brackets would be taken for tags."""
    return PLACEHOLDER.sub(lambda found: f"{{{found[0][1:-1]}}}", text)


GENERATOR = "trace2skill"
BY_HAND = "<!-- trace2skill: everything below this line is kept as written -->"
EVIDENCE_FILE = "references/evidence.md"
DESCRIPTION_LIMIT = 1024
SEPARATORS = re.compile(r"-{3,}")


def to_markdown(skill: Skill, version: int) -> str:
    """SKILL.md for one version of a skill; equal skills give equal bytes.

    The parts are the frontmatter, the playbook and a line on the evidence. The human text comes last, below a
    marker, so that nothing in it can disturb the rest.
    """
    parts = [_frontmatter(skill, version), playbook(skill)]
    if any(rule.finding for rule in skill.rules):
        parts.append(f"{_evidence_note(skill)}\n")
    if skill.human_text:
        parts.append(f"## Written by hand\n\n{BY_HAND}\n\n{visible(skill.human_text).strip()}\n")
    return "\n".join(parts)


def citation_list(citations: Iterable[Citation]) -> str:
    """Citations as code spans, separated by commas."""
    return ", ".join(code_span(str(citation)) for citation in citations)


def _frontmatter(skill: Skill, version: int) -> str:
    fields = {
        "name": skill.name,
        "description": (_plain(skill.description) or skill.name)[:DESCRIPTION_LIMIT],
        "metadata": {
            "generator": GENERATOR,
            "version": str(version),
            "digest": skill.hash,
        },
    }
    body = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10**9)
    return f"---\n{body}---\n"


def _plain(text: str) -> str:
    """The text on one line without `---`, where simple readers would end the frontmatter."""
    return SEPARATORS.sub("--", one_line(text))


def _evidence_note(skill: Skill) -> str:
    runs = count(len({*skill.traces, *skill.policy.traces}), "recorded run")
    hidden = unshown(skill)
    note = f"Counted over {runs}: `{EVIDENCE_FILE}`."
    if not hidden:
        return note
    return f"{note} Not shown, for too few runs: {count(hidden, 'rule')}."
