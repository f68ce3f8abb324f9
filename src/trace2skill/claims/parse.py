"""Parses claims from their text (`notation`) with Python's own parser; nothing is evaluated."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Claim,
    Compare,
    Constant,
    CountTerm,
    Known,
    Never,
    Operator,
    Predicate,
    Quantifier,
    Unknown,
)
from trace2skill.claims.parse_terms import (
    NotationError,
    action_of,
    compiling,
    expression,
    key_of,
    only,
    refusal,
    term_of,
)

__all__ = ["NotationError", "parse_action", "parse_claim", "parse_predicate"]

_CLAIMS: TypeAdapter[Claim] = TypeAdapter(Claim)
_OPERATORS: Mapping[type[ast.cmpop], Operator] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_NEGATED: Mapping[Operator, Operator] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "in": "not in",
    "not in": "in",
}
_PREDICATES = frozenset({"when", "before", "after", "require", "scope"})
_PLAIN_PATTERN = re.compile(r"[^*+{]*(?:\.\*[^*+{]*){0,2}")


def parse_claim(parts: Mapping[str, Any]) -> Claim:
    """Parse a claim from a mapping as `notation.claim_text` writes it; parts that are None count as absent.

    Raises:
        NotationError: A part is missing, superfluous or cannot be parsed.
    """
    read: dict[str, Any] = {}
    for name, part in parts.items():
        if part is None:
            continue
        if name in _PREDICATES:
            read[name] = parse_predicate(part)
        elif name in {"action", "then"}:
            read[name] = parse_action(part)
        elif name == "actions":
            read[name] = tuple(parse_action(each) for each in part)
        else:
            read[name] = part
    try:
        return _CLAIMS.validate_python(read)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"][1:2]) or "kind"
        raise NotationError(f"{where}: {first['msg']}") from None


def parse_predicate(text: str) -> Predicate:
    """Parse a predicate from an expression.

    Raises:
        NotationError: The text is not a predicate.
    """
    return _predicate(expression(text))


def parse_action(text: str) -> ActionPattern:
    """Parse an action pattern from a call.

    Raises:
        NotationError: The text is not an action.
    """
    return action_of(expression(text))


def _predicate(node: ast.expr) -> Predicate:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return AllOf(parts=tuple(_flat(AllOf, map(_predicate, values))))
        case ast.BoolOp(values=values):
            return AnyOf(parts=tuple(_flat(AnyOf, map(_predicate, values))))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _negated(_predicate(operand), operand)
        case ast.Compare():
            return _comparison(node)
        case ast.Call(func=ast.Name(id=name)) if name in _TESTS:
            return _TESTS[name](node)
    raise refusal(node, "a condition")


def _flat(kind: type[AllOf | AnyOf], parts: Iterable[Predicate]) -> Iterator[Predicate]:
    for part in parts:
        yield from part.parts if isinstance(part, kind) else (part,)


def _negated(predicate: Predicate, node: ast.expr) -> Predicate:
    match predicate:
        case Known(key=key):
            return Unknown(key=key)
        case Unknown(key=key):
            return Known(key=key)
        case Never(action=action):
            return Compare(left=CountTerm(action=action), operator=">=", right=Constant(value=1))
        case Compare(operator=operator) if operator in _NEGATED and predicate.quantifier == "exists":
            return predicate.model_copy(update={"operator": _NEGATED[operator]})
    raise refusal(node, "a condition that `not` can stand before; negate its parts")


def _comparison(node: ast.Compare) -> Predicate:
    sides = [node.left, *node.comparators]
    parts = [
        _compare(left, operator, right)
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False)
    ]
    return parts[0] if len(parts) == 1 else AllOf(parts=tuple(parts))


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Predicate:
    relation = _OPERATORS.get(type(operator))
    if relation is None:
        raise refusal(left, "compared with == != < <= > >= in")
    if isinstance(right, ast.Tuple | ast.List | ast.Set):
        equal = relation == "in"
        parts = [
            Compare(left=term_of(left), operator="=" if equal else "!=", right=term_of(each))
            for each in right.elts
        ]
        if relation not in {"in", "not in"} or not parts:
            raise refusal(right, "a value")
        return (AnyOf if equal else AllOf)(parts=tuple(parts))
    return Compare(left=term_of(left), operator=relation, right=term_of(right))


def _quantified(quantifier: Quantifier) -> Callable[[ast.Call], Predicate]:
    def read(node: ast.Call) -> Predicate:
        inner = _predicate(only(node))
        if not isinstance(inner, Compare):
            raise refusal(node, "one comparison")
        return inner.model_copy(update={"quantifier": quantifier})

    return read


def _matches(node: ast.Call) -> Predicate:
    if len(node.args) != 2:
        raise refusal(node, 'matches(fact, "pattern")')
    left, right = map(term_of, node.args)
    if not isinstance(right, Constant) or not isinstance(right.value, str):
        raise refusal(node, 'matches(fact, "pattern")')
    return Compare(left=left, operator="matches", right=Constant(value=_pattern(right.value)))


def _pattern(text: str) -> str:
    """Check that a regular expression compiles and is safe to run: at most two `.*`, no other repetition."""
    if not _PLAIN_PATTERN.fullmatch(text):
        raise NotationError(f"the pattern {text[:80]!r} repeats more than words, | and two .* may")
    return compiling(text, "pattern")


_TESTS: Mapping[str, Callable[[ast.Call], Predicate]] = {
    "known": lambda node: Known(key=key_of(only(node))),
    "unknown": lambda node: Unknown(key=key_of(only(node))),
    "never": lambda node: Never(action=action_of(only(node))),
    "all": _quantified("all"),
    "last": _quantified("last"),
    "matches": _matches,
}
