"""What is embedded."""

from collections.abc import Callable

from trace2skill.skills.model import Skill
from trace2skill.store.documents import digest, documents
from trace2skill.store.records import StoredSkill


def test_a_skill_document_says_each_part_once(make_skill: Callable[..., Skill]) -> None:
    """Title, when to use, goal, description, without repetition."""
    skill = make_skill("mend-data", description="How.", goal="Mend data", when_to_use="Data is down")
    [document] = documents([StoredSkill(skill=skill, version=3, operation="add")], "skill")
    assert document.text == "Mend data\nData is down\nHow."
    assert (document.skill, document.version, document.rule) == ("mend-data", 3, None)


def test_each_rule_is_a_document(make_skill: Callable[..., Skill]) -> None:
    """Named by skill and rule."""
    stored = StoredSkill(skill=make_skill("mend-data", "one", "two"), version=1, operation="add")
    assert [(each.rule, each.text) for each in documents([stored], "rule")] == [("P1", "one"), ("P2", "two")]


def test_an_id_changes_with_the_text_and_not_with_the_version(make_skill: Callable[..., Skill]) -> None:
    """So that an index knows by ids what it lacks, and embeds nothing twice."""

    def ids(text: str, version: int) -> list[str]:
        stored = StoredSkill(skill=make_skill("mend-data", text), version=version, operation="add")
        return [each.id for each in documents([stored], "rule")]

    assert ids("one", 1) == ids("one", 2) != ids("two", 2)


def test_the_digest_ignores_order() -> None:
    """The same documents give the same digest."""
    assert digest(["a", "b"]) == digest(["b", "a"]) != digest(["a"])
