"""τ² airline solo: the suite of service.py for this domain."""

from functools import cache

from benchmarks.live import service
from benchmarks.live.course import Course
from trace2skill.evaluation.suite import Suite

SEED, ASKED = 0, 16


@cache
def course(seed: int = SEED, asked: int = ASKED) -> Course:
    """The course."""
    return service.course("airline", seed, asked)


def suite() -> Suite:
    """The tasks."""
    return course().suite
