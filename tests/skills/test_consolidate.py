"""New skills against a library."""

from tests.skills.findings import AIRPLANE, HELPS, PAY, agent, finding
from trace2skill.claims.model import Rule
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Policy
from trace2skill.skills.consolidate import Proposal, consolidate
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.wording.claims import statement


def skill(name: str, *findings: Finding, family: str = "data", traces: str = "abcd", **more: object) -> Skill:
    """A skill of these findings; each letter of `traces` is a trace."""
    rules = tuple(
        SkillRule(name=f"C{n}", module=ModuleName.CONDITIONS, text=statement(one), finding=one)
        for n, one in enumerate(findings, 1)
    )
    body = Skill(
        name=name, title=name, description=f"Use for {family}.", family=family, domain="telecom",
        rules=rules, traces=tuple(traces),
    )  # fmt: skip
    return body.model_copy(update=more)


def only(new: Skill, *current: Skill) -> Proposal:
    """The one proposal for one new skill."""
    (proposal,) = consolidate([new], current)
    return proposal


def test_a_new_family_is_added() -> None:
    """Under its own name, or with a number where that is taken."""
    new = skill("telecom-data", finding(PAY), traces="xy", family="mms")
    stored = skill("telecom-data", finding(Rule(when=PAY.when, then=agent("other"))))
    assert only(new).operation == "add"
    proposal = only(new, stored)
    assert (proposal.operation, proposal.replaces, proposal.skill.name) == ("add", None, "telecom-data-2")


def test_the_same_content_is_left_alone() -> None:
    """Even where the new skill came under another name."""
    stored = skill("kept-name", finding(PAY))
    proposal = only(skill("other-name", finding(PAY), title=stored.title), stored)
    assert (proposal.operation, proposal.skill, proposal.replaces) == ("leave", stored, "kept-name")


def test_the_same_rules_with_more_evidence_strengthen() -> None:
    """The name stays, the numbers are the new ones."""
    proposal = only(
        skill("b", finding(PAY, held=20, opportunities=22), traces="abcdef"), skill("a", finding(PAY))
    )
    assert (proposal.operation, proposal.skill.name) == ("strengthen", "a")
    assert proposal.note == "same rules over 6 traces; evidence changed for 1 of 1"


def test_other_rules_revise() -> None:
    """The note counts what came and what went."""
    proposal = only(skill("b", finding(AIRPLANE)), skill("a", finding(PAY)))
    assert (proposal.operation, proposal.note) == ("revise", "1 rule added, 1 dropped")


def test_shared_traces_match_across_family_names() -> None:
    """A cluster may get another label; half of the smaller one's traces make it the same skill."""
    stored = skill("a", finding(PAY), family="old label", traces="abcd")
    assert only(skill("b", finding(PAY), family="new", traces="abxyz"), stored).replaces == "a"
    assert only(skill("b", finding(PAY), family="new", traces="avwxyz"), stored).operation == "add"


def test_one_skill_matched_by_several_is_split() -> None:
    """The likest keeps the name, the others get their own."""
    stored = skill("a", finding(PAY), family="all", traces="abcdef")
    parts = [
        skill("slow", finding(PAY), family="slow", traces="ab"),
        skill("mms", finding(AIRPLANE), family="mms", traces="cdex"),
    ]
    proposals = consolidate(parts, [stored])
    assert [(one.operation, one.replaces, one.skill.name) for one in proposals] == [
        ("split", "a", "mms"),
        ("split", "a", "a"),
    ]


def test_a_persons_skill_is_deepened() -> None:
    """It is found by its words, keeps its name, text, trigger and notes, and gains measured rules."""
    note = SkillRule(name="N1", module=ModuleName.CONDITIONS, text="Be patient.")
    human = Skill(
        name="fix-phones", title="Fixing phones", description="Repair slow mobile data on phones.",
        family="fix-phones", rules=(note,), human_text="# Fixing phones\n\nCheck mobile data, then the bill.",
    )  # fmt: skip
    new = skill("telecom-mobile-data", finding(PAY), family="mobile data", tags=("slow",))
    proposal = only(new, human)
    assert (proposal.operation, proposal.replaces, proposal.skill.name) == (
        "revise",
        "fix-phones",
        "fix-phones",
    )
    assert proposal.skill.description == human.description
    assert proposal.skill.human_text == human.human_text
    assert [rule.name for rule in proposal.skill.rules] == ["N1", "C1"]
    again = only(new, proposal.skill)
    assert again.operation == "leave"


def test_a_persons_skill_is_continued_by_the_likest_only() -> None:
    """Another family with some of the same words is added, and the person's skill is not split."""
    human = Skill(
        name="fix-mms", title="Fix MMS", description="For phones that cannot send MMS messages.",
        family="fix-mms", human_text="Check the apps on the phone, then the network.",
    )  # fmt: skip
    mms = skill("telecom-send-mms", finding(PAY), family="send mms", traces="ab", tags=("messages",))
    calls = skill("telecom-calls", finding(AIRPLANE), family="phone calls", traces="cd", tags=("network",))
    proposals = consolidate([calls, mms], [human])
    assert [(one.operation, one.skill.name, one.replaces) for one in proposals] == [
        ("add", "telecom-calls", None),
        ("revise", "fix-mms", "fix-mms"),
    ]


def test_a_persons_unrelated_skill_is_not_touched() -> None:
    """Words in common are asked for, not just a person's text."""
    human = Skill(
        name="bake-bread", title="Bread", description="Bake bread.", family="bake-bread", human_text="Knead."
    )
    assert only(skill("telecom-data", finding(PAY), family="mobile data"), human).operation == "add"


def test_one_family_name_over_other_tools_is_another_skill() -> None:
    """Unnamed families get the same label; skills about wholly different tools stay apart."""
    stored = skill("a", finding(Rule(when=PAY.when, then=agent("other"))), traces="xyz")
    assert only(skill("b", finding(PAY, lift=HELPS)), stored).operation == "add"


def test_the_order_of_the_input_does_not_matter() -> None:
    """Neither of the new skills nor of the library."""
    new = [
        skill("x", finding(PAY), family="f", traces="ab"),
        skill("y", finding(AIRPLANE), family="g", traces="cd"),
    ]
    current = [
        skill("p", finding(PAY), family="f", traces="ab"),
        skill("q", finding(PAY), family="h", traces="z"),
    ]
    assert consolidate(new[::-1], current[::-1]) == consolidate(new, current)


def test_a_policy_that_rests_on_further_runs_strengthens() -> None:
    """The rules are the same."""
    new = skill("data", finding(PAY), policy=Policy(traces=("e", "f")))
    proposal = only(new, skill("data", finding(PAY)))
    assert (proposal.operation, proposal.note) == ("strengthen", "same rules; its policy rests on 2 runs")
