"""What changed between two versions of a skill."""

from collections.abc import Iterator

import orjson

from trace2skill.skills.model import Skill, SkillRule
from trace2skill.traces.model import Frozen
from trace2skill.wording.claims import numbers
from trace2skill.wording.escape import one_line


class FieldChange(Frozen):
    """A field other than the rules, in the old and the new version, as text."""

    field: str
    old: str
    new: str


class RuleChange(Frozen):
    """One rule in both versions: the same claim, or the same note under the same name."""

    old: SkillRule
    new: SkillRule

    @property
    def text(self) -> bool:
        """Whether its text or its module differs."""
        return (self.old.text, self.old.module) != (self.new.text, self.new.module)

    @property
    def numbers(self) -> bool:
        """Whether its evidence differs: counts, tier or citations."""
        return (self.old.finding, self.old.quotes) != (self.new.finding, self.new.quotes)


class SkillDiff(Frozen):
    """All that differs between two versions; `fields` has an `order` if kept rules moved or were renamed."""

    old: str
    new: str
    fields: tuple[FieldChange, ...] = ()
    added: tuple[SkillRule, ...] = ()
    removed: tuple[SkillRule, ...] = ()
    changed: tuple[RuleChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the two are the same skill."""
        return not (self.fields or self.added or self.removed or self.changed)


def diff(old: Skill, new: Skill) -> SkillDiff:
    """Compare two skills; background findings count as rules.

    Rules with equal claims are the same rule, even under other names. Notes are paired by text, then by name.
    """
    pairs, removed, added = _paired([*old.rules, *old.background], [*new.rules, *new.background])
    changes = (RuleChange(old=before, new=after) for before, after in pairs)
    return SkillDiff(
        old=old.name,
        new=new.name,
        fields=(*_fields(old, new), *_order(old, pairs)),
        added=tuple(added),
        removed=tuple(removed),
        changed=tuple(change for change in changes if change.text or change.numbers),
    )


def diff_text(changes: SkillDiff, old_label: str = "old", new_label: str = "new") -> str:
    """The differences in the style of a unified diff; headings start with `@@`."""
    if changes.empty:
        return f"{changes.old}: {old_label} and {new_label} are the same skill\n"
    lines = [f"--- {changes.old} ({old_label})", f"+++ {changes.new} ({new_label})"]
    for change in changes.fields:
        lines += [f"@@ {change.field} @@", *_signed("-", change.old), *_signed("+", change.new)]
    for rule in changes.removed:
        lines += [f"@@ rule {rule.name} removed @@", *_signed("-", _stated(rule))]
    for rule in changes.added:
        lines += [f"@@ rule {rule.name} added @@", *_signed("+", _stated(rule))]
    for pair in changes.changed:
        lines += _changed(pair)
    return "\n".join(lines) + "\n"


def _paired(
    old: list[SkillRule], new: list[SkillRule]
) -> tuple[list[tuple[SkillRule, SkillRule]], list[SkillRule], list[SkillRule]]:
    """Pairs of the same rule in the order of the new skill; the unpaired old rules; the unpaired new ones."""
    found: dict[int, SkillRule] = {}
    left = list(old)
    for same in (_same_claim, _same_note, _same_name):
        for place, rule in enumerate(new):
            match = next((other for other in left if place not in found and same(other, rule)), None)
            if match is not None:
                found[place] = match
                left.remove(match)
    pairs = [(found[place], rule) for place, rule in enumerate(new) if place in found]
    return pairs, left, [rule for place, rule in enumerate(new) if place not in found]


def _same_claim(one: SkillRule, other: SkillRule) -> bool:
    return bool(one.finding and other.finding and one.finding.id == other.finding.id)


def _same_note(one: SkillRule, other: SkillRule) -> bool:
    return not one.finding and not other.finding and one.text == other.text


def _same_name(one: SkillRule, other: SkillRule) -> bool:
    return one.name == other.name and not (one.finding and other.finding)


def _fields(old: Skill, new: Skill) -> Iterator[FieldChange]:
    for field in Skill.model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if field not in {"rules", "background"} and before != after:
            yield FieldChange(field=field, old=_shown(old, field), new=_shown(new, field))


def _shown(skill: Skill, field: str) -> str:
    value = getattr(skill, field)
    if isinstance(value, str):
        return value
    dumped = skill.model_dump(mode="json", include={field})[field]
    return "\n".join(item if isinstance(item, str) else orjson.dumps(item).decode() for item in dumped)


def _order(old: Skill, pairs: list[tuple[SkillRule, SkillRule]]) -> Iterator[FieldChange]:
    places = {id(rule): place for place, rule in enumerate((*old.rules, *old.background))}
    before = sorted(pairs, key=lambda pair: places[id(pair[0])])
    if before != pairs or any(one.name != other.name for one, other in pairs):
        names = [", ".join(rule.name for rule, _ in before), ", ".join(rule.name for _, rule in pairs)]
        yield FieldChange(field="order", old=names[0], new=names[1])


def _changed(pair: RuleChange) -> list[str]:
    kinds = [kind for kind, differs in (("text", pair.text), ("numbers", pair.numbers)) if differs]
    lines = [f"@@ rule {pair.new.name} {' and '.join(kinds)} @@"]
    if pair.text:
        lines += [*_signed("-", _sentence(pair.old)), *_signed("+", _sentence(pair.new))]
    else:
        lines += _signed(" ", _sentence(pair.new))
    if pair.numbers:
        lines += [*_signed("-", _evidence(pair.old)), *_signed("+", _evidence(pair.new))]
    return lines


def _stated(rule: SkillRule) -> str:
    return f"{_sentence(rule)}\n{_evidence(rule)}"


def _sentence(rule: SkillRule) -> str:
    return f"{rule.module}: {one_line(rule.text)}"


def _evidence(rule: SkillRule) -> str:
    finding = rule.finding
    cited = [str(citation) for citation in (*(finding.held_at if finding else ()), *rule.quotes)]
    parts = [str(rule.tier), *([numbers(finding)] if finding else []), *([", ".join(cited)] if cited else [])]
    return one_line("; ".join(parts))


def _signed(sign: str, text: str) -> list[str]:
    return [f"{sign}{one_line(line)}" for line in text.splitlines() or [""]]
