"""The worked example: one successful run that the rules cite, reduced to the steps that follow them."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import orjson
from pydantic import JsonValue

from trace2skill.claims.model import Claim, Closing, Constant, Predicate, Rule, Scalar, Slot
from trace2skill.claims.traversal import TASK, fact_keys, keys_of, parts_of, patterns_of, slots_of
from trace2skill.evidence.rows import Citation
from trace2skill.facts.extract import labelled_facts
from trace2skill.facts.templates import SAYS, Vocabulary
from trace2skill.facts.untrusted_text import (
    is_long,
    is_wish,
    no_name,
    no_status,
    reads_like_an_order,
    steers_an_agent,
)
from trace2skill.skills.model import ExampleStep, ModuleName, SkillRule
from trace2skill.skills.stand_ins import StandIns
from trace2skill.traces.model import Action, Label, Step, Trace
from trace2skill.wording.escape import literal, shortened

if TYPE_CHECKING:
    from trace2skill.claims.view import View

_MOST = 0.5
"""Least share of the runs; what fewer runs do may be specific to one of them, or planted."""


_LEAST_TASKS = 3
_OPENING = 3
"""Words at the beginning of a sentence."""


class Usual:
    """Tools that most runs call, arguments that most callers of a tool give, and what most tasks ask for.

    Args:
        traces: The runs.
        known: Tools that rules name. Rules have evidence, so these need not be called in most runs.
    """

    def __init__(self, traces: Sequence[Trace], known: Collection[str] = ()) -> None:
        self._runs = len(traces)
        self._known = known
        self._callers: Counter[tuple[str, str]] = Counter()
        tasks = {trace.task for trace in traces}
        self._tasks = len(tasks)
        self._openings = Counter(
            opening for task in tasks for opening in set(map(_opening, _SENTENCE.split(task)))
        )
        for trace in traces:
            actions = [step.action for step in trace.steps if step.action]
            self._callers.update(
                {(action.tool, name) for action in actions for name in ("", *action.arguments)}
            )

    def tool(self, tool: str) -> bool:
        """Whether a call of the tool may be shown."""
        enough = tool in self._known or self._callers[tool, ""] >= _MOST * self._runs
        return enough and not no_name(tool)

    def argument(self, tool: str, name: str) -> bool:
        """Whether an argument of the tool may be shown."""
        return self._callers[tool, name] >= _MOST * self._callers[tool, ""] and not no_name(name)

    def asked(self, sentence: str) -> bool:
        """Whether most tasks, three at least, hold a sentence that begins like this one."""
        askers = self._openings[_opening(sentence)]
        return askers >= _LEAST_TASKS and askers > _MOST * self._tasks

    def oddities(self, trace: Trace) -> int:
        """The number of calls in a run to tools that may not be shown."""
        return sum(not self.tool(step.action.tool) for step in trace.steps if step.action)


def steps_for_rules(trace: Trace, rules: Sequence[SkillRule], most: int) -> list[int]:
    """The steps where the run did what rules ask for and those where it read why, in the run's order.

    If there are more than `most`, the actions come first, then the readings for the end of the run, then the
    readings for the rules' conditions. If several entities were read, a reading of one for which the
    condition held is taken. Empty if the run followed no conditional rule.
    """
    from trace2skill.claims.view import View

    claims = [rule.finding.claim for rule in rules if rule.finding]
    keys = {key for claim in claims for key in fact_keys(claim)}
    view = View(trace, Vocabulary.of(keys))
    done = list(_done(view, claims))
    if not done:
        return []
    ends = [
        place
        for claim in claims
        if isinstance(claim, Closing)
        for place in _readings(claim.require, view, view.length)
    ]
    reasons = [place for rule, step in done for place in _readings(rule.when, view, step)]
    chosen = dict.fromkeys([*(step for _, step in done), *ends, *reasons])
    return sorted(list(chosen)[:most])


def _done(view: "View", claims: Sequence[Claim]) -> Iterator[tuple[Rule, int]]:
    from trace2skill.evidence.measure import tally_of

    for claim in claims:
        if isinstance(claim, Rule):
            yield from ((claim, step) for step in tally_of(claim, view).held[:1])


def _readings(when: Predicate, view: "View", before: int) -> Iterator[int]:
    """For each fact of a condition, the last step before the given one that read it."""
    from trace2skill.claims.compare import entity_type_of

    for part in parts_of(when):
        kind = entity_type_of(part)
        entities = {each for each, truth in view.by_entity(part).items() if truth[before]} if kind else None
        for key in sorted(set(fact_keys(part)) - {TASK}):
            steps = [
                reading.step
                for entity, readings in view.belief.timeline(key).items()
                if entities is None or entity in entities
                for reading in readings
                if 0 <= reading.step < before
            ]
            if steps:
                yield max(steps)


def _opening(sentence: str) -> tuple[str, ...]:
    """The first words of a sentence, in lower case."""
    return tuple(sentence.lower().split()[:_OPENING])


MOST_STEPS = 14
OBSERVATION_LIMIT = 110
TASK_LIMIT = 400
_LEFT_OUT = "…"
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


def worked_example(
    rules: Sequence[SkillRule], traces: Sequence[Trace], alike: Collection[str] = ()
) -> tuple[str, tuple[ExampleStep, ...]]:
    """The task and a few steps of the successful run that most rules cite, else the most usual one.

    A run that a model judged is taken only if no other succeeded. Arguments that are `alike` in all runs, by
    name, keep their value, since the skill tells it.

    Returns:
        Task text (shortened) and the steps, each with its citation; ("", ()) if no run succeeded.
    """
    vocabulary = _RuleVocabulary(rules)
    successes = [trace for trace in traces if trace.outcome.label is Label.SUCCESS and _acts(trace)]
    successes = [trace for trace in successes if not trace.outcome.judged] or successes
    if not successes:
        return "", ()
    usual = Usual(successes, vocabulary.tools)
    best = min(
        successes, key=lambda t: (-_count_rules(t.hash, rules), usual.oddities(t), len(t.steps), t.hash)
    )
    bound = ((tool, name) for tool, name in vocabulary.bound if name not in alike)
    writer = _ExampleWriter(vocabulary, usual, StandIns(best, bound))
    kept = _kept(best, rules, usual)
    return writer.task(best.task), tuple(writer.line(best, step) for step in kept)


def _cited_steps(rules: Sequence[SkillRule]) -> dict[str, list[int]]:
    """Cited steps by trace, in the order of the rules."""
    cited: dict[str, list[int]] = {}
    for rule in rules:
        for citation in _places(rule):
            cited.setdefault(citation.trace, []).append(citation.step)
    return cited


def _places(rule: SkillRule) -> tuple[Citation, ...]:
    """Where a rule was followed; empty for pitfalls, which are not to be imitated."""
    if rule.module is ModuleName.PITFALLS:
        return ()
    return rule.finding.held_at if rule.finding else rule.quotes


def _count_rules(trace: str, rules: Sequence[SkillRule]) -> int:
    return sum(any(citation.trace == trace for citation in _places(rule)) for rule in rules)


def _acts(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.action]


def _kept(trace: Trace, rules: Sequence[SkillRule], usual: Usual) -> list[Step]:
    """The steps that follow rules; if none do, cited steps, then first calls of other tools, then any."""
    acts = {step.index: step for step in _acts(trace) if step.action and usual.tool(step.action.tool)}
    if at_work := [index for index in steps_for_rules(trace, rules, MOST_STEPS) if index in acts]:
        return [acts[index] for index in at_work]
    cited = _cited_steps(rules).get(trace.hash, [])
    chosen = dict.fromkeys(index for index in cited if index in acts)
    tools = {action.tool for index in chosen if (action := acts[index].action)}
    for index, step in acts.items():
        if step.action and step.action.tool not in tools:
            tools.add(step.action.tool)
            chosen.setdefault(index)
    chosen.update(dict.fromkeys(acts))
    return [acts[index] for index in sorted(list(chosen)[:MOST_STEPS])]


class _RuleVocabulary:
    """What the rules mention: tools, the fields that they read, the arguments that they bind or fix."""

    def __init__(self, rules: Sequence[SkillRule]) -> None:
        claims = [rule.finding.claim for rule in rules if rule.finding]
        patterns = [pattern for claim in claims for pattern in patterns_of(claim)]
        keys = {key for claim in claims for key in keys_of(claim)}
        keys |= {source for claim in claims for slot in slots_of(claim) for source in slot.sources}
        self.tools = frozenset(pattern.tool for pattern in patterns)
        self.fields = frozenset(part for key in keys if SAYS not in key for part in key.split("."))
        self.sentences = Vocabulary.of(keys)
        arguments = [(pattern.tool, *argument) for pattern in patterns for argument in pattern.arguments]
        self.bound = frozenset((tool, name) for tool, name, value in arguments if isinstance(value, Slot))
        self.fixed = frozenset(
            (tool, name, value.value) for tool, name, value in arguments if isinstance(value, Constant)
        )


class _ExampleWriter:
    """Writes the steps of one run without anything that belongs to that run."""

    def __init__(self, vocabulary: _RuleVocabulary, usual: Usual, stand_ins: StandIns) -> None:
        self._vocabulary = vocabulary
        self._usual = usual
        self._stand_ins = stand_ins

    def task(self, task: str) -> str:
        """What the task asks for, without sentences that read like an order to the agent.

        An order that most tasks give is what is asked for.
        """
        kept = (
            sentence
            if is_wish(sentence) or (self._usual.asked(sentence) and not steers_an_agent(sentence))
            else _LEFT_OUT
            for sentence in _SENTENCE.split(task)
        )
        text = _cut(self._stand_ins.text(" ".join(kept)), TASK_LIMIT)
        return text if text.strip(f" {_LEFT_OUT}") else ""

    def line(self, trace: Trace, step: Step) -> ExampleStep:
        """One step as a line of the example."""
        assert step.action
        return ExampleStep(
            citation=Citation(trace.hash, step.index),
            actor=step.actor.value,
            action=self._performed(step.action),
            observation=self._seen(step.observation, step.action),
        )

    def _performed(self, action: Action) -> str:
        """The call with its values: `pay(bill_id = <bill id>)`."""
        values = (
            f"{name} = {self._given(action.tool, name, value)}"
            for name, value in action.arguments.items()
            if self._usual.argument(action.tool, name)
        )
        return f"{action.tool}({', '.join(values)})"

    def _given(self, tool: str, name: str, value: JsonValue) -> str:
        if isinstance(value, dict | list):
            return self._json(self._relevant(value, keep=True))
        if (tool, name, value) in self._vocabulary.fixed:
            return literal(value)
        if stand_in := self._stand_ins.of(value):
            return stand_in
        said = self._scalar(value)
        return _LEFT_OUT if said == _LEFT_OUT else literal(said)

    def _scalar(self, value: Scalar) -> Scalar:
        """A scalar with stand-ins for what belongs to the run; `…` for free text."""
        if not isinstance(value, str):
            return value
        if (is_long(value) and no_status(value)) or reads_like_an_order(value):
            return _LEFT_OUT
        return self._stand_ins.text(value)

    def _seen(self, observation: JsonValue, action: Action) -> str:
        if observation is None:
            return ""
        if isinstance(observation, str):
            return _cut(" ".join(self._sentences_read(observation, action)), OBSERVATION_LIMIT)
        relevant = self._relevant(observation)
        return "" if relevant is None else self._json(relevant)

    def _sentences_read(self, text: str, action: Action) -> list[str]:
        """The lines and sentences of a text that rules read."""
        found = []
        for line in text.splitlines():
            keys = {part for fact in labelled_facts(line) for part in fact.key.split(".")}
            parts = [line] if keys else _SENTENCE.split(line)
            for part in parts:
                read = bool(keys & self._vocabulary.fields) if keys else self._is_tracked(part, action)
                if read and not reads_like_an_order(part):
                    found.append(self._stand_ins.text(part.strip()))
        return found

    def _is_tracked(self, sentence: str, action: Action) -> bool:
        facts = self._vocabulary.sentences.facts(action.tool, sentence, action.arguments)
        return any(fact.value is not False for fact in facts)

    def _relevant(self, value: JsonValue, *, keep: bool = False) -> JsonValue:
        """A record with only the fields that rules read and `…` for the rest; None if it has none."""
        match value:
            case dict():
                parts = {
                    key: self._relevant(inner, keep=keep or key in self._vocabulary.fields)
                    for key, inner in value.items()
                    if self._stand_ins.of(key) or not no_name(key)
                }
                kept: dict[str, JsonValue] = {
                    self._stand_ins.of(key) or key: part for key, part in parts.items() if part is not None
                }
                if kept and len(kept) < len(value):
                    kept[_LEFT_OUT] = _LEFT_OUT
                return kept or None
            case list():
                return [
                    part for inner in value if (part := self._relevant(inner, keep=keep)) is not None
                ] or None
            case _:
                return (self._stand_ins.of(value) or self._scalar(value)) if keep else None

    def _json(self, value: JsonValue) -> str:
        return _cut(orjson.dumps(value).decode(), OBSERVATION_LIMIT)


def _cut(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters, cut so that no stand-in is broken."""
    line = shortened(text, limit)
    whole = "<" not in line or line.count("<") == line.count(">")
    return line if whole else f"{line[: line.rindex('<')].rstrip()}{_LEFT_OUT}"
