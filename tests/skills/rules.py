"""A skill of given findings, named R1, R2 ... in their order."""

from trace2skill.evidence.finding import Finding
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.wording.claims import statement


def skill_of(*findings: Finding, notes: tuple[str, ...] = (), domain: str = "") -> Skill:
    """The skill of the telecom family, with notes N1, N2 ... behind its rules."""
    rules = [
        SkillRule(name=f"R{number}", module=ModuleName.CONDITIONS, text=statement(each), finding=each)
        for number, each in enumerate(findings, 1)
    ]
    said = [
        SkillRule(name=f"N{number}", module=ModuleName.PITFALLS, text=text)
        for number, text in enumerate(notes, 1)
    ]
    return Skill(
        name="mobile-data",
        title="Mobile data",
        description="Restore mobile data.",
        family="mobile data",
        domain=domain,
        rules=(*rules, *said),
    )
