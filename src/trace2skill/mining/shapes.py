"""Action shapes: actions generalised over the instance.

A shape is a tool with a pattern per argument: a constant (a value that recurs over tasks and is no id), a
slot (its values were seen earlier; the sources are chosen by consistency over traces), a format (ids of one
form), or nothing. An action whose tool cannot be a name has no shape; an argument whose name cannot be one,
or that few tasks give, is left out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trace2skill.claims.model import ActionPattern, ArgumentPattern, Constant, Like, Scalar, Slot
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance, is_redacted
from trace2skill.mining.enumerations import Enumerations
from trace2skill.traces.model import Actor

_LOOK = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
_MOST_SOURCES = 3
_CONSTANT_SHARE = 0.1
_COVERED = 0.5
_OWN_SHARE = 0.2
_TOLD = frozenset({"task", "utterance"})


@dataclass
class _Uses:
    """The values of one argument of one tool over the pool: their tasks, sources and counts."""

    tasks: dict[Scalar, set[str]] = field(default_factory=lambda: defaultdict(set))
    sources: dict[Scalar, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    count: Counter[Scalar] = field(default_factory=Counter)


class Shapes:
    """The shapes of the actions of a pool's views."""

    def __init__(self, views: Sequence[View], enumerations: Enumerations | None = None) -> None:
        self._words = enumerations or Enumerations(views)
        uses: dict[tuple[str, str], _Uses] = defaultdict(_Uses)
        for view in views:
            for index, tool, name, value in _arguments(view):
                if self._words.admits_argument(tool, name):
                    _record(uses[tool, name], view, index, value)
        actors = {step.actor for view in views for step in view.trace.steps if step.action}
        self._with_actor = len(actors) > 1
        self._patterns = {key: _patterns(key[1], use, self._words) for key, use in sorted(uses.items())}
        self._full: dict[tuple[str, int], ActionPattern | None] = {}
        self._equal: dict[object, ActionPattern] = {}
        self._rare = self._find_rare(views)

    def of(self, view: View, index: int) -> ActionPattern | None:
        """The shape of a step's action; None without an action, or if its tool cannot be a name."""
        shape = self.full(view, index)
        if shape is not None and shape in self._rare:
            return self._made(shape.tool, shape.actor, ())
        return shape

    def full(self, view: View, index: int) -> ActionPattern | None:
        """The shape of a step's action with its arguments, even if that shape is rare."""
        key = (view.trace.hash, index)
        if key not in self._full:
            self._full[key] = self._find(view, index)
        return self._full[key]

    def _find(self, view: View, index: int) -> ActionPattern | None:
        step = view.trace.steps[index]
        if step.action is None or not self._words.admits_name(step.action.tool):
            return None
        chosen = []
        for name, value in sorted(step.action.arguments.items()):
            for pattern in self._patterns.get((step.action.tool, name), ()):
                if view.fits(index, value, pattern):
                    chosen.append((name, pattern))
                    break
        actor = step.actor if self._with_actor else None
        return self._made(step.action.tool, actor, tuple(chosen))

    def _made(
        self, tool: str, actor: Actor | None, arguments: tuple[tuple[str, ArgumentPattern], ...]
    ) -> ActionPattern:
        """The shape of these parts; the same object for the same parts."""
        key = (tool, actor, tuple((name, id(pattern)) for name, pattern in arguments))
        if key not in self._equal:
            self._equal[key] = ActionPattern(tool=tool, actor=actor, arguments=arguments)
        return self._equal[key]

    def _find_rare(self, views: Sequence[View]) -> set[ActionPattern]:
        """Shapes that occur in one task only, of tools used in several; their arguments are dropped."""
        tasks: dict[ActionPattern, set[str]] = defaultdict(set)
        of_tool: dict[tuple[str, Actor | None], set[str]] = defaultdict(set)
        for view in views:
            for index in range(view.length):
                shape = self.full(view, index)
                if shape is not None:
                    tasks[shape].add(view.trace.stratum)
                    of_tool[shape.tool, shape.actor].add(view.trace.stratum)
        return {
            shape
            for shape, seen in tasks.items()
            if shape.arguments and len(seen) < min(2, len(of_tool[shape.tool, shape.actor]))
        }


def _arguments(view: View) -> Iterator[tuple[int, str, str, Scalar]]:
    for step in view.trace.steps:
        if step.action:
            for name, value in step.action.arguments.items():
                if not isinstance(value, dict | list) and value is not None:
                    yield step.index, step.action.tool, name, value


def _record(use: _Uses, view: View, index: int, value: Scalar) -> None:
    use.tasks[value].add(view.trace.stratum)
    use.count[value] += 1
    if isinstance(value, bool):
        return
    found = [key for key, first in view.belief.sources(value).items() if first < index]
    found += [said for said in sorted(_TOLD) if len(str(value)) > 1 and view.seen(value, said, index)]
    use.sources[value].update(found)


def _patterns(name: str, use: _Uses, words: Enumerations) -> tuple[ArgumentPattern, ...]:
    """The patterns of an argument in the order to try them: constants, slots, format."""
    every_task = set().union(*use.tasks.values())
    least = max(min(3, len(every_task)), _CONSTANT_SHARE * len(every_task))
    constants = sorted(
        (
            value
            for value, tasks in use.tasks.items()
            if len(tasks) >= least and not is_instance(value) and not _told(value, use)
            if words.admits_constant(value)
        ),
        key=str,
    )
    rest = [value for value in use.count if value not in constants]
    patterns: list[ArgumentPattern] = [Constant(value=value) for value in constants]
    patterns += [Slot(name=name, sources=sources) for sources in _choose_sources(name, rest, use)]
    if look := look_of(rest):
        patterns.append(Like(name=name, pattern=look))
    return tuple(patterns)


def _told(value: Scalar, use: _Uses) -> bool:
    """Whether at least 60 % of the value's uses had it from the task text or an utterance."""
    sources = use.sources[value]
    return max(sources["task"], sources["utterance"]) >= 0.6 * use.count[value]


def _choose_sources(name: str, values: Sequence[Scalar], use: _Uses) -> list[tuple[str, ...]]:
    """A greedy cover of the uses by few sources; facts with the argument's name are preferred.

    A fact that newly explains at least `_OWN_SHARE` of the uses becomes a slot of its own, as another kind of
    value. The remaining sources share one slot. Empty if the cover explains less than `_COVERED` of the uses.
    """
    left: dict[Scalar, Mapping[str, int]] = {value: use.sources[value] for value in values}
    total = sum(use.count[value] for value in values)
    own: list[str] = []
    shared: list[str] = []
    while left and len(own) + len(shared) < _MOST_SOURCES:
        score: Counter[str] = Counter()
        for sources in left.values():
            score.update(sources)
        best = max(
            score, key=lambda key: (score[key] * (1.2 if key.endswith(name) else 1), key), default=None
        )
        if best is None or score[best] < max(2, 0.1 * total):
            break
        before = sum(use.count[value] for value in left)
        left = {value: sources for value, sources in left.items() if not sources.get(best)}
        newly = before - sum(use.count[value] for value in left)
        (own if best not in _TOLD and newly >= _OWN_SHARE * total else shared).append(best)
    covered = total - sum(use.count[value] for value in left)
    if not total or covered < _COVERED * total:
        return []
    slots: list[tuple[str, ...]] = [(source,) for source in own]
    return [*slots, tuple(sorted(shared))] if shared else slots


def look_of(values: Sequence[Scalar]) -> str | None:
    """A regular expression for the commonest form of the ids among the values; None if it is too rare."""
    ids = (value for value in values if isinstance(value, str) and is_instance(value))
    forms = Counter(_form(value) for value in ids if not is_redacted(value))
    if not forms:
        return None
    form, count = max(forms.items(), key=lambda item: (item[1], item[0]))
    return form if count >= 3 and 2 * count >= len(values) else None


_REPLACED = re.compile(r"<personal:([a-z_]+):\d+>")
_FORMS = {
    "card": r"\d(?:[ -]?\d){12,18}",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "iban": r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}",
    "ip": r"\d{1,3}(?:\.\d{1,3}){3}",
    "name": r"[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+)+",
    "phone": r"\+?\d[\d ().-]{5,17}\d",
    "user": r"[A-Za-z]\w*_\w+",
}
"""How values are written that redaction replaced, by kind: whoever carries out a skill meets them so."""


def look_of_replaced(values: Sequence[Scalar]) -> str | None:
    """The same for values that redaction replaced: the form of their kind, or a placeholder."""
    replaced = [found[1] for value in values if (found := _REPLACED.fullmatch(str(value)))]
    if not replaced:
        return None
    kind, count = max(Counter(replaced).items(), key=lambda item: (item[1], item[0]))
    if kind not in _FORMS or count < 3 or 2 * count < len(values):
        return None
    return rf"(?:<[a-z]+:[a-z_]+:\d+>|{_FORMS[kind]})"


def _form(value: str) -> str:
    if re.fullmatch(r"[A-Z0-9]+", value):
        return f"[A-Z0-9]{{{len(value)}}}"
    parts = []
    for part in _LOOK.findall(value):
        if part.isdigit():
            parts.append(r"\d+")
        elif part.isalpha():
            parts.append("[A-Za-z]+")
        else:
            parts.append(re.escape(part))
    return "".join(parts)
