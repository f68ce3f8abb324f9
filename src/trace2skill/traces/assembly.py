"""The steps of a run out of its spans.

Every model call repeats the conversation so far, so that a message is a step where it is first met. What a
model asked for and the span of the tool that did it are one step.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import SUBSTANTIVE_WORDS, says_error
from trace2skill.traces.files import from_json_text
from trace2skill.traces.history import History, MessageKeys
from trace2skill.traces.messages import Message, ToolResult
from trace2skill.traces.model import Action, Actor, SkillMention, Step, StepOutcome, Tool
from trace2skill.traces.span_messages import as_text
from trace2skill.traces.spans import Kind, Span, in_order

MAIN = ""
"""The scope of what no tool started; every other scope is named by the span of the tool."""

Position = tuple[int, ...]


@dataclass(eq=False)
class _Draft:
    """A step that is not numbered yet. `within` is the span of the tool in which it happened."""

    position: Position
    actor: Actor
    run: int
    fields: dict[str, Any] = field(default_factory=dict)
    tool: str = ""
    arguments: dict[str, JsonValue] = field(default_factory=dict)
    call: str = ""
    within: str = MAIN
    answered: bool = False
    done: bool = False
    failed: bool = False
    unreadable: bool = False


class _Talk(History):
    """One conversation, who acts in it, and the calls that were made."""

    def __init__(self, actor: Actor, within: str, keys: MessageKeys) -> None:
        super().__init__(keys)
        self.actor = actor
        self.within = within
        self.calls: list[_Draft] = []
        self.agents: set[str] = set()


class Assembly:
    """The steps of one run, or of several that carry one conversation on.

    Attributes:
        dropped: What of the spans is in no step, and how often.
    """

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.instructions: str | None = None
        self.tools: dict[str, Tool] = {}
        self.skills: dict[tuple[str, str, str], SkillMention] = {}
        self._drafts: list[_Draft] = []
        self._keys = MessageKeys()
        self._talks: dict[str, list[_Talk]] = {}
        self._orphans: list[tuple[_Draft, ToolResult]] = []
        self._runs = 0
        self._spans: dict[str, Span] = {}
        self._steps_of: dict[str, _Draft] = {}

    def carried_on_by(self, spans: Sequence[Span]) -> bool:
        """Whether another run repeats what the main conversation of this one said last."""
        talks = self._talks.get(MAIN)
        last = talks[0].last if talks else None
        return last is not None and any(
            self._keys.of(message) == last
            for span in spans
            for message in span.given
            if message.role == "assistant"
        )

    def add(self, spans: Sequence[Span]) -> None:
        """Add the spans of one run, in any order."""
        self._runs += 1
        ordered = in_order(spans)
        self._spans |= {span.id: span for span in ordered}
        for span in ordered:
            offered = span.tools if self._scope(span) == MAIN else ()
            self.tools |= {tool.name: tool for tool in offered if not _is_poorer(tool, self.tools)}
            self.skills |= {(each.name, each.version, each.how): each for each in span.skills}
            self.dropped["messages that cannot be read"] += span.unread
        self._find_plain_tools(ordered)
        told = [span for span in ordered if span.kind is Kind.MODEL]
        spoken = any(span.given or span.made for span in told)
        if not any(span.given for span in told if self._scope(span) == MAIN):
            self._seed(ordered)
        for number, span in enumerate(ordered):
            if span.kind is Kind.MODEL:
                self._model(span, number)
        self._close(ordered, spoken)
        for number, span in enumerate(ordered):
            if span.kind is Kind.TOOL:
                self._tool(span, number)
            elif span.kind not in (Kind.MODEL, Kind.AGENT) and span.parent in self._spans:
                self.dropped[f"spans of kind {span.what}"] += 1
        self._settle_orphans()

    def steps(self, run: int | None = None) -> tuple[Step, ...]:
        """The steps in order, numbered from 0; of one run (from 1) if it is given."""
        drafts = sorted((each for each in self._drafts if run in (None, each.run)), key=self._place)
        index = {id(draft): number for number, draft in enumerate(drafts)}
        return tuple(self._step(draft, number, index) for number, draft in enumerate(drafts))

    def request(self, run: int | None = None) -> str:
        """The task: the first words of the user that say something, as in any conversation."""
        users = (each for each in self._drafts if each.actor is Actor.USER and run in (None, each.run))
        said = [
            str(each.fields["text"]) for each in sorted(users, key=self._place) if each.fields.get("text")
        ]
        return next(
            (text for text in said if len(text.split()) >= SUBSTANTIVE_WORDS), said[0] if said else ""
        )

    def _seed(self, ordered: Sequence[Span]) -> None:
        """Begin with what the run was given: its model calls do not repeat it."""
        root = next((span for span in ordered if span.parent not in self._spans), ordered[0])
        if root.kind is not Kind.MODEL and root.given:
            self._hear(self._main(), root.given, (self._runs, 0, -1))

    def _close(self, ordered: Sequence[Span], spoken: bool) -> None:
        """Add what the run, or an agent whose model calls are silent, returned and no model call said."""
        for number, span in enumerate(ordered):
            outermost = span.parent not in self._spans
            if span.kind is Kind.MODEL or not span.made or not (outermost or span.kind is Kind.AGENT):
                continue
            scope = self._scope(span)
            if scope != MAIN and self._talks.get(scope):
                continue
            if not outermost and spoken and scope == MAIN:
                continue
            talk = self._main() if scope == MAIN else self._open(scope, span)
            place = len(ordered) if spoken or outermost else number
            self._hear(talk, [*span.given, *span.made], (self._runs, place, 0))

    def _model(self, span: Span, number: int) -> None:
        if self._repeats_outer(span):
            self.dropped["model calls recorded twice"] += 1
            return
        if not span.made:
            silent = "failed model calls" if span.error else "model calls without recorded messages"
            self.dropped[silent] += 1
        if not span.made and not span.given:
            return
        talk = self._talk(span)
        self._hear(talk, span.given, (self._runs, number, 0))
        for message in span.made:
            if message.role == "assistant":
                self._say(talk, message, (self._runs, number, 1), span.start)
                talk.said(message)
                for result in message.results:
                    self._answer(talk, result, (self._runs, number, 1))

    def _talk(self, span: Span) -> _Talk:
        scope = self._scope(span)
        talks = self._talks.setdefault(scope, [])
        keys = [self._keys.of(message) for message in span.given]
        silent = not any(message.role in ("user", "assistant") for message in span.given)
        for talk in reversed(talks):
            if silent or talk.follows(keys):
                talk.agents.update(self._agents(span))
                return talk
        return self._open(scope, span)

    def _open(self, scope: str, span: Span) -> _Talk:
        talks = self._talks.setdefault(scope, [])
        agents = self._agents(span)
        nested = len(agents) > 1 and bool(talks) and agents[0] not in talks[0].agents
        below = scope != MAIN or nested
        talk = _Talk(Actor.SUBAGENT if below else Actor.AGENT, scope, self._keys)
        talk.agents.update(agents)
        talks.append(talk)
        return talk

    def _main(self) -> _Talk:
        talks = self._talks.setdefault(MAIN, [])
        if not talks:
            talks.append(_Talk(Actor.AGENT, MAIN, self._keys))
        return talks[0]

    def _agents(self, span: Span) -> list[str]:
        """The agents around a span, the nearest first."""
        return [each.id for each in self._around(span) if each.kind is Kind.AGENT]

    def _around(self, span: Span) -> Iterator[Span]:
        met = {span.id}
        parent = self._spans.get(span.parent)
        while parent is not None and parent.id not in met:
            met.add(parent.id)
            yield parent
            parent = self._spans.get(parent.parent)

    def _scope(self, span: Span) -> str:
        return next((each.id for each in self._around(span) if each.kind is Kind.TOOL), MAIN)

    def _repeats_outer(self, span: Span) -> bool:
        outer = next((each for each in self._around(span) if each.kind is Kind.MODEL), None)
        return outer is not None and bool(outer.made)

    def _hear(self, talk: _Talk, messages: Sequence[Message], position: Position) -> None:
        """Take in what of a history is new."""
        for message in talk.fresh(messages):
            if message.role == "assistant":
                self._say(talk, message, position, None)
                talk.last = self._keys.of(message) if talk.last is None else talk.last
            for result in message.results:
                self._answer(talk, result, position)
            if message.role == "system" and talk.actor is Actor.AGENT and self.instructions is None:
                self.instructions = message.text or None
            elif message.role == "user" and message.text and talk.actor is Actor.SUBAGENT:
                self.dropped["prompts of sub-agents"] += 1
            elif message.role == "user" and message.text:
                self._drafts.append(_Draft(position, Actor.USER, self._runs, {"text": message.text}))

    def _say(self, talk: _Talk, message: Message, position: Position, time: datetime | None) -> None:
        calls = [each.call for each in message.calls]
        told = {"text": message.text or None, "thought": message.thought, "time": time}
        group = "m" + ".".join(map(str, (*position, len(self._drafts)))) if len(calls) > 1 else None
        if not calls and (message.text or message.thought):
            self._drafts.append(_Draft(position, talk.actor, self._runs, told, within=talk.within))
        for number, call in enumerate(calls):
            fields = {**(told if number == 0 else {"time": time}), "group": group}
            draft = _Draft(
                position, talk.actor, self._runs, fields, call.tool, call.arguments, call.id, talk.within
            )
            draft.unreadable = not call.readable
            self._drafts.append(draft)
            talk.calls.append(draft)

    def _answer(self, talk: _Talk, result: ToolResult, position: Position) -> None:
        waiting = (each for each in talk.calls if not each.answered)
        if result.answers:
            waiting = (each for each in waiting if each.call == result.answers)
        draft = next(waiting, None)
        if draft is not None:
            draft.answered = True
            _observe(draft, result.text, result.failed)
        elif not any(each.call == result.answers for each in talk.calls if result.answers):
            lost = _Draft(position, Actor.ENVIRONMENT, self._runs, within=talk.within)
            self._orphans.append((lost, result))

    def _find_plain_tools(self, ordered: Sequence[Span]) -> None:
        """Know a plain span for a tool by the name that a model called."""
        called = {
            call.name
            for span in ordered
            for message in span.made
            if span.kind is Kind.MODEL
            for call in message.calls
        }
        for span in ordered:
            if span.kind is Kind.PLAIN and span.name in called:
                span.kind, span.tool = Kind.TOOL, span.tool or span.name

    def _tool(self, span: Span, number: int) -> None:
        scope = self._scope(span)
        outer = self._spans.get(scope)
        if outer is not None and outer.tool == span.tool and scope not in self._talks:
            self.dropped["tool calls recorded twice"] += 1
            return
        draft = self._asked(span, scope)
        if draft is None:
            actor = Actor.AGENT if scope == MAIN else Actor.SUBAGENT
            place = (self._runs, number, 0)
            draft = _Draft(place, actor, self._runs, {}, span.tool, span.arguments or {}, span.call, scope)
            self._drafts.append(draft)
            self._take_orphan(draft)
        elif draft.done:
            self.dropped["earlier attempts of a tool at one call"] += 1
        draft.done = True
        draft.failed = bool(span.error)
        draft.fields["time"] = draft.fields.get("time") or span.start
        self._steps_of[span.id] = draft
        if not draft.answered:
            _observe(draft, span.error if span.result is None and span.error else span.result, None)

    def _asked(self, span: Span, scope: str) -> _Draft | None:
        """The call that a tool's span carried out: by its id, else by name and arguments, else by name."""
        calls = [each for talk in self._talks.get(scope, ()) for each in talk.calls if each.run == self._runs]
        every = (each for talks in self._talks.values() for talk in talks for each in talk.calls)
        same = [each for each in every if span.call and each.call == span.call and each.run == self._runs]
        if same := [each for each in calls if each in same] or same:
            return next((each for each in same if not each.done), same[-1])
        open_ = [each for each in calls if not each.done and each.tool == span.tool]
        if span.call:
            open_ = [each for each in open_ if not each.call]
        alike = (each for each in open_ if span.arguments is not None and each.arguments == span.arguments)
        return next(alike, open_[0] if open_ else None)

    def _take_orphan(self, draft: _Draft) -> None:
        for pair in self._orphans:
            if pair[0].within == draft.within and draft.call and pair[1].answers == draft.call:
                self._orphans.remove(pair)
                draft.answered = True
                _observe(draft, pair[1].text, pair[1].failed)
                return

    def _settle_orphans(self) -> None:
        """A result whose call is in no span is something that the environment did."""
        for draft, result in self._orphans:
            _observe(draft, result.text, result.failed)
            self._drafts.append(draft)
        self._orphans = []

    def _place(self, draft: _Draft) -> Position:
        """Where a step goes: in its own place, but never before the call that started it."""
        parent = self._steps_of.get(draft.within)
        if parent is None or parent is draft:
            return draft.position
        above = self._place(parent)
        return draft.position if draft.position > above else (*above, *draft.position)

    def _step(self, draft: _Draft, number: int, index: dict[int, int]) -> Step:
        parent = index.get(id(self._steps_of.get(draft.within)))
        action = Action(tool=draft.tool, arguments=draft.arguments) if draft.tool else None
        above = parent if parent is not None and parent < number else None
        fields = {key: value for key, value in draft.fields.items() if value is not None}
        if draft.failed or draft.unreadable:
            fields["outcome"] = StepOutcome.ERROR
        return Step(index=number, actor=draft.actor, action=action, parent=above, **fields)


def _observe(draft: _Draft, seen: JsonValue, failed: bool | None) -> None:
    text = seen if isinstance(seen, str) else as_text(seen)
    if seen is None:
        return
    error = says_error(text) if failed is None else failed
    draft.fields["observation"] = from_json_text(text)
    draft.fields["outcome"] = StepOutcome.ERROR if error else StepOutcome.OK


def _is_poorer(tool: Tool, known: dict[str, Tool]) -> bool:
    """Whether a tool is known already with at least as much said of it."""
    other = known.get(tool.name)
    return other is not None and bool(other.parameters) >= bool(tool.parameters)
