"""Facts from free text."""

from trace2skill.facts.extract import labelled_facts, sentences, task_facts
from trace2skill.facts.fact import Fact


def test_labelled_line() -> None:
    """`Key: value` is a world fact under a slug."""
    assert Fact("cellular_signal", "", "none") in list(labelled_facts("Cellular Signal: none"))


def test_bars_make_a_list() -> None:
    """A status bar has parts."""
    facts = list(labelled_facts("Status Bar: 2G | Data Enabled"))
    assert facts == [Fact("status_bar", "", ("2G", "Data Enabled"))]


def test_number_and_label_inside_a_value() -> None:
    """A measured value can be compared by its number and by its verdict."""
    facts = list(labelled_facts("Speed Test Result: 275.00 Mbps (Excellent). Very fast."))
    assert Fact("speed_test_result.number", "", 275.0) in facts
    assert Fact("speed_test_result.label", "", "Excellent") in facts


def test_price_and_price_range_share_a_low_end() -> None:
    """`$9.98` and `$9.98 to $20.00` can be compared with the same limit."""
    assert Fact("price.low", "", 9.98) in list(labelled_facts("Price: $9.98"))
    assert Fact("price.low", "", 9.98) in list(labelled_facts("Price: $9.98 to $20.00"))


def test_choices_are_grouped_and_counted() -> None:
    """A page says how many choices there are to make, and which options they have."""
    page = "[Back]\ncolor [red][dark blue]\nsize [s]\n[Buy Now]"
    facts = list(labelled_facts(page))
    assert Fact("choices.color", "", ("red", "dark blue")) in facts
    assert Fact("choices", "", ("red", "dark blue", "s")) in facts
    assert Fact("choices.count", "", 2) in facts
    assert Fact("controls", "", ("Back", "Buy Now")) in facts


def test_a_page_without_choices_says_none() -> None:
    """Zero is known, not unknown."""
    assert Fact("choices.count", "", 0) in list(labelled_facts("[Back]\n[Buy Now]"))


def test_arguments_and_numbers_become_holes() -> None:
    """The same sentence about another object is the same sentence."""
    (sentence,) = sentences("The stove is now 13 degrees.", {"object": "stove"})
    assert (sentence.text, sentence.number) == ("The {object} is now {n} degrees", 13)


def test_labelled_lines_are_no_sentences() -> None:
    """A line is read once."""
    assert list(sentences("Airplane Mode: ON", {})) == []


def test_numbers_of_a_task_are_named_by_their_words() -> None:
    """A limit in the task can be compared with a price on a page."""
    assert list(task_facts("a lamp, and price lower than 20.00 dollars")) == [
        Fact("task.price_lower_than", "", 20.0)
    ]


def test_a_backslash_in_an_arguments_name_is_only_text() -> None:
    """Names come from traces."""
    (sentence,) = sentences("Ann is here.", {"\\1": "Ann"})
    assert sentence.text.startswith("{\\")
