"""Guards on how an argument is written: the forms its values take, as regular expressions.

A house's way of writing dates, an id of six capitals, an amount with two decimals: what the values have in
common is a lesson even where each of them is another one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from trace2skill.claims.model import ActionPattern, ArgumentTerm, Compare, Constant, Guard
from trace2skill.facts.probes import is_probe
from trace2skill.mining.pool import Pool

_PART = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
_CLASSES = (("[A-Z]", re.compile("[A-Z]+")), ("[a-z]", re.compile("[a-z]+")), (r"\d", re.compile("[0-9]+")))
_ANY = "[A-Za-z]"
_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")
_LONGEST = 60
_MOST_PARTS = 12
_LEAST_VALUES = 3
_LEAST_FAILED = 3
_ALWAYS = 0.95
_SELDOM = 0.7

_Use = tuple[int, str]
"""The view in which a value was used, and the value."""


def look_guards(pool: Pool) -> Iterator[Guard]:
    """For each tool and text argument, a guard for every form that enough tasks show, whatever came of them.

    Values are of one form when letters, digits and what stands between them alternate alike. A form must
    say something: where letters or digits stand, and nothing else, any word or number would fit.
    """
    for (tool, name), uses in sorted(_uses(pool).items(), key=str):
        forms: defaultdict[tuple[str, ...], list[_Use]] = defaultdict(list)
        for view, value in uses:
            if form := _form(value):
                forms[form].append((view, value))
        for _, alike in sorted(forms.items()):
            values = sorted({value for _, value in alike})
            if len(values) >= _LEAST_VALUES and pool.enough({view for view, _ in alike}):
                look = "".join(_column(column) for column in zip(*map(_parts, values), strict=True))
                matches = Compare(
                    left=ArgumentTerm(name=name), operator="matches", right=Constant(value=f"^{look}$")
                )
                yield Guard(action=tool, require=matches)


def written_so(pool: Pool) -> Iterator[Guard]:
    """How good runs write an argument whenever a call succeeds, and failing calls or runs often do not.

    An argument that is written in more than one form has none.
    """
    found: defaultdict[tuple[ActionPattern, str], list[Guard]] = defaultdict(list)
    for guard in look_guards(pool):
        assert isinstance(guard.require, Compare)
        assert isinstance(guard.require.left, ArgumentTerm)
        if _tells_success(pool, guard):
            found[guard.action, guard.require.left.name].append(guard)
    yield from (guards[0] for guards in found.values() if len(guards) == 1)


def _tells_success(pool: Pool, guard: Guard) -> bool:
    good: list[bool] = []
    failed: list[bool] = []
    for at, view in enumerate(pool.views):
        truth = view.truth(guard.require)
        for index in view.matches(guard.action).nonzero()[0].tolist():
            if at in pool.bad or view.errors[index]:
                failed.append(bool(truth[index]))
            elif at in pool.good:
                good.append(bool(truth[index]))
    if not good or len(failed) < _LEAST_FAILED:
        return False
    return sum(good) >= _ALWAYS * len(good) and sum(failed) < _SELDOM * len(failed)


def _uses(pool: Pool) -> dict[tuple[ActionPattern, str], list[_Use]]:
    """Short texts by tool and argument, no orders among them; what reads alone is asked anyhow."""
    words = pool.enumerations
    found: defaultdict[tuple[ActionPattern, str], list[_Use]] = defaultdict(list)
    for shape, places in pool.places.items():
        tool = ActionPattern(tool=shape.tool, actor=shape.actor)
        for view, index in () if is_probe(shape.tool) else places:
            action = pool.views[view].trace.steps[index].action
            for name, value in action.arguments.items() if action else ():
                if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
                    continue
                if words.admits_argument(shape.tool, name) and words.admits_constant(value):
                    found[tool, name].append((view, value))
    return found


def _parts(value: str) -> list[str]:
    return _PART.findall(value)


def _form(value: str) -> tuple[str, ...]:
    """What kind of part stands where; nothing for a single part, and for prose."""
    parts = _parts(value)
    if not 1 < len(parts) <= _MOST_PARTS:
        return ()
    return tuple(_kind(part) for part in parts)


def _kind(part: str) -> str:
    if not part.isascii():
        return part
    return "0" if part.isdecimal() else "a" if part.isalpha() else part


def _column(parts: Sequence[str]) -> str:
    """A pattern for the parts at one place: themselves if alike, else their kind and, if constant, length."""
    if len(set(parts)) == 1:
        return _SPECIAL.sub(r"\\\g<0>", parts[0])
    kind = next((name for name, kind in _CLASSES if all(map(kind.fullmatch, parts))), _ANY)
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        return f"{kind}+"
    length = lengths.pop()
    return kind if length == 1 else f"{kind}{{{length}}}"
