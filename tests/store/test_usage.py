"""Usage lines are added and read back in order."""

from trace2skill.store.library import Library
from trace2skill.store.records import SkillUse


def test_usage_is_kept_in_order_and_is_no_change(library: Library) -> None:
    """Receipts and feedback do not move the generation."""
    offered = SkillUse(receipt="r1", event="offered", skill="mend-data", version=1, score=0.5)
    abstained = SkillUse(receipt="r2", event="abstained", note="nothing near")
    library.record_usage([offered, abstained])
    assert library.usage() == [offered, abstained]
    assert library.usage("mend-data") == [offered]
    assert library.generation == 0
