"""A policy in words."""

from tests.policies.test_executor import POLICY
from trace2skill.claims.model import ActionPattern
from trace2skill.evidence.policy import Basis, Policy
from trace2skill.evidence.rows import Citation, Support
from trace2skill.skillmd.evidence_page import policy_page


def test_each_decision_shows_what_it_rests_on() -> None:
    """The counts, and steps to look at."""
    support = Support(opportunities=15, held=13, traces=12, tasks=1, sources=1)
    basis = Basis(support=support, seen_at=(Citation("26cb64a9c76b55e0", 7),))
    last = (ActionPattern(tool="thank"),)
    policy = POLICY.model_copy(update={"basis": (basis,), "traces": ("a", "b"), "last": last})
    assert policy_page(policy) == (
        "Decisions mined from 2 runs; the first that applies is due.\n"
        "\n"
        "1. When some lamp has *state = off*: call `switch(lamp = lamp.lamp_id)`.\n"
        "    - Evidence: done 13 of the 15 times that it was so, in 12 good runs on 1 task\n"
        "    - Seen at: `26cb64a9c76b55e0#7`\n"
        "\n"
        "The goal:\n"
        "\n"
        "- every lamp has *state = on*\n"
        "\n"
        "Nothing is done after:\n"
        "\n"
        "- call `thank`\n"
    )


def test_a_policy_from_before_there_were_counts_is_shown_without() -> None:
    """Its rules still stand."""
    assert "Evidence" not in policy_page(POLICY)


def test_where_there_is_none_the_page_says_so() -> None:
    """And what is done instead."""
    assert policy_page(Policy()) == "No policy: it is executed by its rules.\n"
