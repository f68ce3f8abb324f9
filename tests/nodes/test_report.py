"""What a report says of itself."""

from trace2skill.nodes.report import Failure, Report, SkillChange, TraceCounts


def test_nothing_new_is_up_to_date() -> None:
    """No new trace and no family due: the run succeeded by having nothing to do."""
    report = Report(traces=TraceCounts(read=3, duplicates=3))
    assert report.up_to_date
    assert report.succeeded


def test_new_traces_without_a_skill_are_no_success() -> None:
    """Neither is a skill that was only retired, or an analyst that failed."""
    new = TraceCounts(read=3, new=3)
    assert not Report(traces=new, families={"doors": 3}).succeeded
    retired = SkillChange(name="doors", operation="retire")
    assert not Report(traces=new, skills=(retired,)).succeeded
    failure = Failure(node="mine", family="doors", analyst="rules", message="lost")
    assert not Report(failures=(failure,)).succeeded


def test_a_skill_is_success() -> None:
    """Also one that was left as it is."""
    left = SkillChange(name="doors", operation="leave", version=1)
    assert Report(traces=TraceCounts(new=1), families={"doors": 1}, skills=(left,)).succeeded
