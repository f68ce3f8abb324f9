"""Names in texts."""

import pytest

from trace2skill.facts.words import proper_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The line of John Smith fails again since this morning. Call him.", {"john", "smith"}),
        ("Reports the customer's phone from Paris.", {"paris"}),
        ("The bar shows 'No Service' and MMS hangs.", set()),
        ("Please mark it. Mark it, or ask Mark.", set()),
        ("Der Kunde kann keine Bilder aus der App senden.", set()),
    ],
)
def test_names_are_capitals_inside_sentences(text: str, names: set[str]) -> None:
    """Not what opens a sentence, is quoted, an abbreviation, written small elsewhere, or every noun."""
    assert proper_names([text]) == names
