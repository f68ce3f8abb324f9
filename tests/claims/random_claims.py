"""Random traces and random claims about them."""

from hypothesis import strategies as st

from tests.building import act, run, say
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentTerm,
    Avoid,
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
from trace2skill.traces.model import Actor

KEYS = (
    "line.used", "line.quota", "line.status", "line.tags", "mode", "last.outcome", "task", "user.said",
    "user.consents", "choices.size", "look says: The door is {1}", "look says: All {n} is well", "never.read",
)  # fmt: skip
_VALUES = (1, 2, 1.0, 2.5, True, False, "on", "off", "open", "L1", "ok", "a", None)

scalars = st.sampled_from(_VALUES)
lines = st.fixed_dictionaries(
    {"line_id": st.sampled_from(["L1", "L2", "L3"])},
    optional={
        "used": st.sampled_from([1, 2, 2.0, True, "2"]),
        "quota": st.sampled_from([1, 2.5, None]),
        "status": st.sampled_from(["on", "off", "L1"]),
        "tags": st.lists(st.sampled_from(["a", "b", 1, True]), max_size=2),
    },
)
texts = st.sampled_from(
    [
        "Mode: on",
        "Mode: off\nThe door is open.",
        "The door is shut. All 2 is well.",
        "Size [a] [b]\n[buy]",
        "",
    ]
)
steps = st.one_of(
    st.builds(
        lambda line, error: act("get_line", line, error=error, line_id=line["line_id"]), lines, st.booleans()
    ),
    st.builds(
        lambda text, who: act("look", text, actor=who), texts, st.sampled_from([Actor.AGENT, Actor.USER])
    ),
    st.builds(lambda value, error: act("fix", error=error, what=value), scalars, st.booleans()),
    st.builds(
        say, st.sampled_from(["Yes please, on.", "L1", "no, off"]), st.sampled_from([Actor.USER, Actor.AGENT])
    ),
)
traces = st.lists(
    st.builds(
        lambda steps, task: run(*steps, task=task),
        st.lists(steps, max_size=8),
        st.sampled_from(["", "My line L1 is off, quota 2", "turn it on"]),
    ),
    min_size=1,
    max_size=4,
)

patterns = st.one_of(
    st.builds(Constant, value=scalars),
    st.just(Anything()),
    st.just(Like(name="line_id", pattern="L[12]")),
    st.builds(
        lambda sources: Slot(name="line_id", sources=tuple(sources)),
        st.lists(
            st.sampled_from(["task", "utterance", "line.line_id", "line.status"]), min_size=1, max_size=2
        ),
    ),
)
actions = st.builds(
    lambda tool, actor, arguments: ActionPattern(
        tool=tool, actor=actor, arguments=tuple(sorted(arguments.items()))
    ),
    st.sampled_from(["*", "get_line", "look", "fix", "gone"]),
    st.sampled_from([None, Actor.AGENT, Actor.USER]),
    st.dictionaries(st.sampled_from(["line_id", "what"]), patterns, max_size=1),
)
keys = st.sampled_from(KEYS)
terms = st.recursive(
    st.one_of(
        st.builds(Constant, value=scalars),
        st.builds(FactTerm, key=keys),
        st.builds(ArgumentTerm, name=st.sampled_from(["what", "line_id"])),
        st.builds(OwnTerm, attribute=st.sampled_from(["calls", "errors", "failed"])),
        st.builds(CountTerm, action=actions),
        st.builds(SizeTerm, key=keys),
    ),
    lambda inner: st.builds(Combined, operator=st.sampled_from(["+", "*"]), left=inner, right=inner),
    max_leaves=3,
)
comparisons = st.builds(
    Compare,
    left=terms,
    operator=st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "not in"]),
    right=terms,
    quantifier=st.sampled_from(["exists", "all", "last"]),
)
facts = st.builds(
    lambda key, operator, other: Compare(left=FactTerm(key=key), operator=operator, right=other),
    keys,
    st.sampled_from(["=", "!=", ">", "in"]),
    st.one_of(st.builds(Constant, value=scalars), st.builds(FactTerm, key=keys)),
)
predicates = st.recursive(
    st.one_of(
        comparisons,
        facts,
        st.builds(Known, key=keys),
        st.builds(Unknown, key=keys),
        st.builds(Never, action=actions),
    ),
    lambda inner: st.one_of(
        st.builds(lambda parts: AllOf(parts=tuple(parts)), st.lists(st.one_of(facts, inner), max_size=3)),
        st.builds(lambda parts: AnyOf(parts=tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=4,
)
_perhaps = st.one_of(st.none(), predicates)
_several = st.lists(actions, min_size=2, max_size=3).map(tuple)
_endings = st.lists(actions, max_size=1).map(tuple)
claims = st.one_of(
    st.builds(Effect, action=actions, before=_perhaps, after=predicates),
    st.builds(Sequence, actions=_several, gap=st.sampled_from([None, 1, 2])),
    st.builds(Avoid, action=actions, when=_perhaps),
    st.builds(Rule, when=predicates, then=actions, ended_by=_endings),
    st.builds(Guard, action=actions, require=predicates, scope=_perhaps),
    st.builds(Milestones, actions=_several),
    st.builds(Closing, require=predicates, scope=_perhaps, ended_by=_endings),
)
