"""Notes as rules of a skill."""

from tests.proposals.paraphrases import GROUPS
from trace2skill.evidence.rows import Citation
from trace2skill.proposals.reading import MOST_KEPT, Note, as_rules, united_notes
from trace2skill.skills.model import ModuleName


def note(text: str, trace: str = "a", step: int = 0) -> Note:
    """A note that some reader had."""
    return Note(text=text, place=Citation(trace, step))


def test_what_several_readers_say_comes_first_once() -> None:
    """Notes that share most words are one, in the shortest form, resting on all their places."""
    rules = as_rules(
        [
            note("Check the meter.", "z"),
            note("Look at the lock before trying the door handle", "a"),
            note("Look at the lock before trying the handle", "b", 3),
        ]
    )
    assert [rule.text for rule in rules] == ["Look at the lock before trying the handle", "Check the meter."]
    assert rules[0].quotes == (Citation("a", 0), Citation("b", 3))


def test_they_are_cited_notes_without_a_finding() -> None:
    """The lowest tier; a warning stands among the pitfalls; names that are taken are passed over."""
    rules = as_rules([note("Never push the door."), note("Ask for the key.")], taken=["N1"])
    assert {rule.tier for rule in rules} == {"cited"}
    assert {rule.text: (rule.name, rule.module) for rule in rules} == {
        "Never push the door.": ("N2", ModuleName.PITFALLS),
        "Ask for the key.": ("N3", ModuleName.PROCEDURE),
    }


def test_a_skill_takes_few() -> None:
    """However many readers write; on as many runs, what was proposed first."""
    words = [f"{letter}{other}" for letter in "oefayb" for other in "xyz"]
    rules = as_rules([note(f"{word} {word}wood {word}tree") for word in words])
    assert [rule.text.split()[0] for rule in rules] == words[:MOST_KEPT]


def test_what_many_say_in_their_own_words_outranks_what_one_says() -> None:
    """However late it was proposed: by the runs it rests on, in the wording that most of them cite."""
    single = [note(f"{word} {word}wood {word}tree", word) for word in ("oak", "elm", "fir", "yew")]
    shared = [note(text, f"{number}-{at}") for number in (4, 6) for at, text in enumerate(GROUPS[number])]
    again = note(GROUPS[6][1], "again")
    groups = united_notes([*single, *shared, again])
    assert [len({each.place.trace for each in group}) for group in groups] == [4, 3, 1, 1, 1, 1]
    assert groups[0][0].text == GROUPS[6][1]
    assert {each.text for each in groups[1]} == set(GROUPS[4])


def test_of_single_notes_each_readers_first_come_first() -> None:
    """Not all notes of the first reader before those of the second."""
    readers = [note(text, text).model_copy(update={"rank": rank}) for rank, text in enumerate(("oak", "elm"))]
    other = [note(text, text).model_copy(update={"rank": rank}) for rank, text in enumerate(("fir", "yew"))]
    assert [group[0].text for group in united_notes([*readers, *other])] == ["oak", "fir", "elm", "yew"]
