"""Which advice is taken to say the same."""

from itertools import combinations

import pytest

from tests.proposals.paraphrases import GROUPS
from trace2skill.proposals.likeness import clusters, likenesses

TEXTS = [text for group in GROUPS for text in group]
GROUP_OF = {text: number for number, group in enumerate(GROUPS) for text in group}


def test_paraphrases_are_united_and_nothing_else_is() -> None:
    """Of 54 pairs that say the same three in five are found; of 1,377 others none is taken for one."""
    united = {
        (one, other)
        for group in clusters(TEXTS)
        for one, other in combinations([TEXTS[at] for at in group], 2)
    }
    right = {pair for pair in united if GROUP_OF[pair[0]] == GROUP_OF[pair[1]]}
    assert united == right
    assert len(right) >= 0.6 * 54


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reset the settings after the restart.", "Never reset the settings after the restart."),
        ("Look at the lock before you try the handle.", "Try the handle before you look at the lock."),
        ("Call enable_roaming before the speed test.", "Call disable_roaming before the speed test."),
    ],
)
def test_contrary_advice_is_not_alike(one: str, other: str) -> None:
    """A negation, an order turned round, another tool."""
    assert likenesses([one, other])[0, 1] == 0


def test_one_order_may_be_told_from_either_end() -> None:
    """What is before the one is what the other is after."""
    assert (
        likenesses(["Reset the settings before the restart.", "Restart after the settings' reset."])[0, 1] > 0
    )


def test_the_order_given_changes_no_group() -> None:
    """The same texts are together however they come."""
    forwards = {frozenset(TEXTS[at] for at in group) for group in clusters(TEXTS)}
    turned = TEXTS[::-1]
    assert {frozenset(turned[at] for at in group) for group in clusters(turned)} == forwards


@pytest.mark.parametrize("texts", [[], ["Look."], ["Look.", "Listen."]])
def test_few_texts_are_groups_too(texts: list[str]) -> None:
    """None, one, or two that are nothing alike."""
    assert clusters(texts) == [[at] for at in range(len(texts))]
