"""What redaction finds of what is planted, and what it replaces in shops and mazes."""

from pathlib import Path
from random import Random

from benchmarks import planted_people, planted_secrets
from benchmarks.planted_later import LATER, LATER_PEOPLE
from benchmarks.redaction import left, replaced, texts
from trace2skill.traces.redact import redact_texts


def test_secrets_of_every_kind_are_found() -> None:
    """One text of each of 141 kinds; two may be missed."""
    rng = Random(11)
    kinds = planted_secrets.KINDS
    missed = [kind for at, kind in enumerate(kinds) if left(planted_secrets.planted(kind, rng), at)]
    assert len(kinds) > 140
    assert len(missed) <= 2, missed


def test_what_was_written_later_is_found() -> None:
    """Three of 100 may be missed."""
    rng = Random(11)
    plants = [*LATER.items(), *LATER_PEOPLE]
    missed = [kind for at, (kind, plant) in enumerate(plants) if left(plant(rng), at)]
    assert len(plants) == 100
    assert len(missed) <= 3, missed


def test_personal_values_of_every_kind_are_found() -> None:
    """One of each template; two may be missed."""
    rng = Random(11)
    templates = planted_people.TEMPLATES
    missed = [each.kind for at, each in enumerate(templates) if left(each.plant(rng), at)]
    assert len({each.kind for each in templates}) >= 12
    assert len(missed) <= 2, missed


def test_products_and_rooms_are_nobody(shared_traces: Path) -> None:
    """At most five wrong replacements in a shop, none in a laboratory and a maze."""
    wrong = {
        folder: sum(redact_texts(list(dict.fromkeys(texts(shared_traces / folder))))[1].values())
        for folder in ("webshop_react", "scienceworld", "textworldexpress")
    }
    assert wrong.pop("webshop_react") <= 5
    assert wrong == {"scienceworld": 0, "textworldexpress": 0}


def test_what_was_replaced_can_be_told() -> None:
    """By what stands around it."""
    (clean,), _ = redact_texts(["mail a@b.example, then call 555-123-2002."])
    assert list(replaced("mail a@b.example, then call 555-123-2002.", clean)) == [
        ("email", "a@b.example"),
        ("phone", "555-123-2002"),
    ]
