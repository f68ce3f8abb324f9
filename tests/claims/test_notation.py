"""Claims as text: what is written can be read again, and nothing else can."""

import pytest

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentTerm,
    Avoid,
    Claim,
    Closing,
    Combined,
    Compare,
    Constant,
    CountTerm,
    Effect,
    FactTerm,
    Guard,
    Known,
    Like,
    Milestones,
    Never,
    OwnTerm,
    Rule,
    Sequence,
    SizeTerm,
    Slot,
    Unknown,
)
from trace2skill.claims.notation import action_text, claim_text, predicate_text
from trace2skill.claims.parse import NotationError, parse_action, parse_claim, parse_predicate
from trace2skill.traces.model import Actor

LOOK = ActionPattern(tool="look")
OPEN = ActionPattern(
    tool="open",
    actor=Actor.USER,
    arguments=(
        ("door", Slot(name="door", sources=("door.door_id",))),
        ("how", Anything()),
        ("key", Slot(name="code", sources=("task", "key.code"))),
        ("style", Constant(value='a "quiet"\n\\d one')),
        ("tag", Like(name="tag", pattern=r"[A-Z]+-\d+")),
    ),
)
ODD = ActionPattern(tool="get thing!", arguments=(("odd name", Constant(value=None)),))
LOCKED = Compare(left=FactTerm(key="door.status"), operator="=", right=Constant(value="locked"))
SAID = Compare(left=FactTerm(key="user.said"), operator="matches", right=Constant(value=r"\bopen\b|.*now"))
CLAIMS: list[Claim] = [
    Effect(
        action=OPEN,
        before=LOCKED,
        after=Compare(left=Constant(value="x"), operator="in", right=FactTerm(key="bar")),
    ),
    Effect(action=ODD, after=Known(key="tool says: it is {1}")),
    Sequence(actions=(LOOK, OPEN), gap=2),
    Milestones(actions=(LOOK, ActionPattern(tool="*"), ODD)),
    Avoid(action=LOOK),
    Avoid(action=LOOK, when=Never(action=OPEN)),
    Rule(
        when=AllOf(parts=(LOCKED, Unknown(key="own.thing"), AnyOf(parts=(SAID, Known(key="class.of"))))),
        then=LOOK,
    ),
    Guard(
        action=LOOK,
        require=Compare(left=CountTerm(action=ODD), operator=">=", right=Constant(value=2)),
        scope=Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True)),
    ),
    Closing(
        require=Compare(
            left=Combined(operator="*", left=FactTerm(key="a.price"), right=ArgumentTerm(name="n")),
            operator="<",
            right=Combined(operator="+", left=SizeTerm(key="items"), right=Constant(value=-1.5)),
            quantifier="last",
        )
    ),
    Closing(require=LOCKED.model_copy(update={"quantifier": "all"}), scope=Unknown(key="door.status")),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.kind)
def test_what_is_written_is_read_again(claim: Claim) -> None:
    """Every kind, every term, odd names and awkward texts."""
    assert parse_claim(claim_text(claim)) == claim


def test_it_reads_as_it_is_meant() -> None:
    """The text is what a person would write."""
    assert predicate_text(LOCKED) == 'door.status == "locked"'
    assert action_text(ActionPattern(tool="open", actor=Actor.USER, arguments=OPEN.arguments[:2])) == (
        "user.open(door=door.door_id, how=...)"
    )


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ('not a.b == "x"', 'a.b != "x"'),
        ("not known(a.b)", "unknown(a.b)"),
        ("not never(look())", "count(look()) >= 1"),
        ("1 < a.b <= 3", "1 < a.b and a.b <= 3"),
        ('a.b in ("x", "y")', 'a.b == "x" or a.b == "y"'),
        ('a.b not in ["x", "y"]', 'a.b != "x" and a.b != "y"'),
        (r'matches(user.said, "\bopen\b")', r'matches(user.said, "\\bopen\\b")'),
        ("a.b == 1 and (c.d == 2 and e.f == 3)", "a.b == 1 and c.d == 2 and e.f == 3"),
    ],
)
def test_what_models_write_for_it_is_understood(loose: str, strict: str) -> None:
    """Python's other ways to say the same are the same."""
    assert parse_predicate(loose) == parse_predicate(strict)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a ==",
        "lambda: 0",
        "__import__('os').system('true')",
        "open('/etc/passwd').read() == 1",
        "[x for x in y] == 1",
        "a.b if c.d else e.f",
        'f"{a}" == "x"',
        "a.b == b'x'",
        'matches(user.said, "(a+)+$")',
        'matches(user.said, "(")',
        "known(a.b, c.d)",
        "a.b is None",
        "not (a.b == 1 and c.d == 2)",
        "a" * 2000,
        "(" * 400 + ")" * 400,
    ],
)
def test_nothing_else_is(text: str) -> None:
    """Programs, runaway patterns and nonsense are refused with a reason, never evaluated."""
    with pytest.raises(NotationError):
        parse_predicate(text)


@pytest.mark.parametrize(
    "text", ["look", "look('x')", "a.b.look()", "look(**x)", "look(a=[1])", "look(x=like('(a)*'))"]
)
def test_an_action_is_a_call_by_names(text: str) -> None:
    """A tool, an actor perhaps, arguments by name."""
    with pytest.raises(NotationError):
        parse_action(text)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"kind": "rule", "when": "known(a.b)"}, "then"),
        ({"kind": "sequence", "actions": ["look()"]}, "actions"),
        ({"kind": "wish", "when": "known(a.b)"}, "kind"),
    ],
)
def test_a_claim_says_what_it_lacks(parts: dict[str, object], why: str) -> None:
    """The message names the part."""
    with pytest.raises(NotationError, match=why):
        parse_claim(parts)
