"""The ledger: usage by node, by subject, in all."""

import json
from concurrent.futures import ThreadPoolExecutor

from trace2skill.llm.settings import ModelUsage, UsageLedger


def test_usage_adds_up() -> None:
    """Every figure; the order does not matter."""
    left = ModelUsage(10, 2, calls=1, retries=3, cost=0.5)
    right = ModelUsage(5, 1, calls=2, cached_calls=4, estimated_calls=1, cost=0.25)
    assert left + right == right + left == ModelUsage(15, 3, 3, 4, 3, 1, 0.75)


def test_an_unknown_price_makes_the_sum_unknown() -> None:
    """Rather than too low."""
    assert (ModelUsage(cost=1.0) + ModelUsage(calls=1, cost=None)).cost is None


def test_a_ledger_is_summed_in_three_ways() -> None:
    """And the ways agree."""
    ledger = UsageLedger()
    ledger.add("read", "doors", ModelUsage(10, 1, calls=1))
    ledger.add("read", "lamps", ModelUsage(20, 2, calls=1))
    ledger.add("critique", "doors", ModelUsage(5, 1, calls=1))
    assert {name: each.prompt_tokens for name, each in ledger.by_node().items()} == {
        "critique": 5,
        "read": 30,
    }
    assert {name: each.calls for name, each in ledger.by_subject().items()} == {"doors": 2, "lamps": 1}
    assert ledger.total() == sum(ledger.by_node().values(), ModelUsage()) == ModelUsage(35, 4, calls=3)


def test_a_ledger_is_plain_json() -> None:
    """An empty one too."""
    ledger = UsageLedger()
    assert json.loads(json.dumps(ledger.as_json()))["total"]["cost"] == 0
    ledger.add("read", "doors", ModelUsage(1, 1, calls=1, cost=None))
    assert json.loads(json.dumps(ledger.as_json()))["by_subject"]["doors"]["cost"] is None


def test_threads_lose_nothing() -> None:
    """A thousand entries from eight threads."""
    ledger = UsageLedger()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.add("read", f"s{n % 3}", ModelUsage(calls=1)), range(1000)))
    assert ledger.total().calls == 1000
