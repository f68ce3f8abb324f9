"""What free text says of things, places and amounts."""

from trace2skill.plan_templates.text import Way, amount, phrases, place_in, ways_in


def test_things_stand_between_articles_and_punctuation() -> None:
    """Containers and contents are named alike."""
    text = "a counter. On the counter is: a bowl (containing a red apple, a banana)"
    assert phrases(text) == ("counter", "bowl", "red apple", "banana")


def test_a_letter_is_no_article() -> None:
    """`substance A` is one name."""
    assert phrases("unknown substance A\na cup") == ("unknown substance a", "cup")


def test_the_place_is_what_the_text_says_one_is_at() -> None:
    """Rooms are introduced in a few ways; what one carries is no place."""
    assert place_in("This room is called the living room. In it, you see:") == "living room"
    assert place_in("You are in the bedroom. There is a bed.") == "bedroom"
    assert place_in("You move the cup to the inventory.") == ""


def test_ways_are_doors_directions_and_lines_of_a_map() -> None:
    """Each with what it tells."""
    text = (
        "A door to the hallway (open)\nTo the North you see the bar. \nThe bar connects to the hall and den."
    )
    assert list(ways_in(text)) == [
        Way("", "hallway"),
        Way("", "bar", "north"),
        Way("bar", "hall"),
        Way("bar", "den"),
    ]


def test_amounts_are_compared_in_one_unit() -> None:
    """A kilogram is more than 300 grams."""
    sizes = [amount("1kg of oak"), amount("300g of brick"), amount("a lamp")]
    assert sizes == [1000.0, 300.0, None]
