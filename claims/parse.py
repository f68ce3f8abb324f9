"""Reading claims from their text (`notation`). Python's own parser reads the syntax; nothing is evaluated."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentPattern,
    ArgumentTerm,
    Claim,
    Combined,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Known,
    Like,
    Never,
    Operator,
    OwnTerm,
    Predicate,
    Quantifier,
    Scalar,
    SizeTerm,
    Slot,
    Term,
    Unknown,
)
from trace2skill.claims.notation import ACTORS, ANY_TOOL, NAMED_TOOL
from trace2skill.traces.model import Actor

MOST_CHARACTERS = 1000
"""Longer than any condition that a person would read."""

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
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PYTHONS_OWN = frozenset("\\\"'nrtuxUN")
_PLAIN_PATTERN = re.compile(r"[^*+{]*(?:\.\*[^*+{]*){0,2}")


class NotationError(ValueError):
    """A text that is no claim, predicate or action; the message says why, for the one who wrote it."""


def parse_claim(parts: Mapping[str, Any]) -> Claim:
    """The claim of a mapping as `notation.claim_text` gives it; parts that are None count as absent.

    Raises:
        NotationError: A part is missing, superfluous or cannot be read.
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
    """The predicate that an expression stands for.

    Raises:
        NotationError: It is none.
    """
    return _predicate(_expression(text))


def parse_action(text: str) -> ActionPattern:
    """The action pattern that a call stands for.

    Raises:
        NotationError: It is none.
    """
    return _action(_expression(text))


def _expression(text: str) -> ast.expr:
    if len(text) > MOST_CHARACTERS:
        raise NotationError(f"longer than {MOST_CHARACTERS} characters")
    try:
        return ast.parse(_unbroken(text.strip()), mode="eval").body
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError):
        raise NotationError(f"no expression of the claim language: {text[:120]}") from None


def _unbroken(text: str) -> str:
    """The text with backslashes doubled in quotes where they start no escape of Python's, as in regexes."""
    parts = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        plain = token.type == tokenize.STRING and token.string[0] in "\"'"
        parts.append(_ESCAPE.sub(_doubled, token.string) if plain else token.string)
    return " ".join(parts)


def _doubled(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] in _PYTHONS_OWN else f"\\{escape[0]}"


# --- predicates


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
    raise _not(node, "a condition")


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
    raise _not(node, "a condition that `not` can stand before; negate its parts")


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
        raise _not(left, "compared with == != < <= > >= in")
    if isinstance(right, ast.Tuple | ast.List | ast.Set):
        equal = relation == "in"
        parts = [
            Compare(left=_term(left), operator="=" if equal else "!=", right=_term(each))
            for each in right.elts
        ]
        if relation not in {"in", "not in"} or not parts:
            raise _not(right, "a value")
        return (AnyOf if equal else AllOf)(parts=tuple(parts))
    return Compare(left=_term(left), operator=relation, right=_term(right))


def _quantified(quantifier: Quantifier) -> Callable[[ast.Call], Predicate]:
    def read(node: ast.Call) -> Predicate:
        inner = _predicate(_only(node))
        if not isinstance(inner, Compare):
            raise _not(node, "one comparison")
        return inner.model_copy(update={"quantifier": quantifier})

    return read


def _matches(node: ast.Call) -> Predicate:
    if len(node.args) != 2:
        raise _not(node, 'matches(fact, "pattern")')
    left, right = map(_term, node.args)
    if not isinstance(right, Constant) or not isinstance(right.value, str):
        raise _not(node, 'matches(fact, "pattern")')
    return Compare(left=left, operator="matches", right=Constant(value=_pattern(right.value)))


def _pattern(text: str) -> str:
    """A regular expression that compiles and cannot run away: at most two `.*`, no other repetition."""
    if not _PLAIN_PATTERN.fullmatch(text):
        raise NotationError(f"the pattern {text[:80]!r} repeats more than words, | and two .* may")
    try:
        re.compile(text)
    except re.error as error:
        raise NotationError(f"the pattern {text[:80]!r} is no regular expression: {error}") from None
    return text


_TESTS: Mapping[str, Callable[[ast.Call], Predicate]] = {
    "known": lambda node: Known(key=_key(_only(node))),
    "unknown": lambda node: Unknown(key=_key(_only(node))),
    "never": lambda node: Never(action=_action(_only(node))),
    "all": _quantified("all"),
    "last": _quantified("last"),
    "matches": _matches,
}


# --- terms


def _term(node: ast.expr) -> Term:
    match node:
        case ast.Constant() | ast.UnaryOp():
            return Constant(value=_scalar(node))
        case ast.BinOp(left=left, op=ast.Add() | ast.Mult() as operator, right=right):
            sign = "+" if isinstance(operator, ast.Add) else "*"
            return Combined(operator=sign, left=_term(left), right=_term(right))
        case ast.Attribute(value=ast.Name(id="own"), attr="calls" | "errors" | "failed" as attribute):
            return OwnTerm(attribute=attribute)
        case ast.Attribute(value=ast.Name(id="arg"), attr=name):
            return ArgumentTerm(name=name)
        case ast.Call(func=ast.Name(id="arg")):
            return ArgumentTerm(name=_text(_only(node)))
        case ast.Call(func=ast.Name(id="count")):
            return CountTerm(action=_action(_only(node)))
        case ast.Call(func=ast.Name(id="size")):
            return SizeTerm(key=_key(_only(node)))
    return FactTerm(key=_key(node))


def _key(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_key(value)}.{name}"
        case ast.Call(func=ast.Name(id="fact")):
            return _text(_only(node))
    raise _not(node, "a fact")


def _scalar(node: ast.expr) -> Scalar:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise _not(node, "a value") from None
    if value is None or isinstance(value, str | int | float):
        return value
    raise _not(node, "text, a number, True, False or None")


def _text(node: ast.expr) -> str:
    value = _scalar(node)
    if not isinstance(value, str):
        raise _not(node, "a text in quotes")
    return value


# --- actions


def _action(node: ast.expr) -> ActionPattern:
    if not isinstance(node, ast.Call):
        raise _not(node, "an action, e.g. tool(argument=...)")
    actor, name, function = None, "", node.func
    match function:
        case ast.Name(id=name):
            pass
        case ast.Attribute(value=ast.Name(id=prefix), attr=name) if prefix in ACTORS:
            actor = Actor(prefix)
        case _:
            raise _not(node, "an action: a tool's name, with an actor before it or none")
    positional = list(node.args)
    if name == ANY_TOOL:
        name = "*"
    elif name == NAMED_TOOL and positional:
        name = _text(positional.pop(0))
    if positional:
        raise _not(node, "an action whose arguments are given by name")
    arguments = {key: _argument(key, value) for key, value in _keywords(node.keywords)}
    return ActionPattern(tool=name, actor=actor, arguments=tuple(sorted(arguments.items())))


def _keywords(keywords: Sequence[ast.keyword]) -> Iterator[tuple[str, ast.expr]]:
    for keyword in keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        elif isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if key is None:
                    raise _not(keyword.value, "arguments by name")
                yield _text(key), value
        else:
            raise _not(keyword.value, "arguments by name")


def _argument(name: str, node: ast.expr) -> ArgumentPattern:
    match node:
        case ast.Constant(value=value) if value is ...:
            return Anything()
        case ast.Constant() | ast.UnaryOp():
            return Constant(value=_scalar(node))
        case ast.Call(func=ast.Name(id="like"), args=[pattern]):
            return Like(name=_named(node, name), pattern=_look(_text(pattern)))
        case ast.Call(func=ast.Name(id="slot"), args=[_, *_]):
            return Slot(name=_named(node, name), sources=tuple(map(_key, node.args)))
    return Slot(name=name, sources=(_key(node),))


def _look(text: str) -> str:
    """A look compiles, and repeats single characters or classes only."""
    if re.search(r"\)\s*[*+{]", text):
        raise NotationError(f"the look {text[:80]!r} repeats a group")
    try:
        re.compile(text)
    except re.error as error:
        raise NotationError(f"the look {text[:80]!r} is no regular expression: {error}") from None
    return text


def _named(node: ast.Call, default: str) -> str:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    return _text(given["name"]) if "name" in given else default


def _only(node: ast.Call) -> ast.expr:
    if len(node.args) != 1 or node.keywords:
        raise _not(node, "called with one thing")
    return node.args[0]


def _not(node: ast.AST, wanted: str) -> NotationError:
    return NotationError(f"`{ast.unparse(node)[:120]}` is not {wanted}")
