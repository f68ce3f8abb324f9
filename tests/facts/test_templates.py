"""The mined vocabulary of sentences."""

from tests.building import act, run
from trace2skill.facts.fact import Fact
from trace2skill.facts.templates import Vocabulary

ON, OFF = "Airplane Mode is now ON.", "Airplane Mode is now OFF."


def test_sentences_that_differ_in_one_word_share_a_template() -> None:
    """The word that differs is the fact's value."""
    traces = [run(act("toggle", text), name=str(at)) for at, text in enumerate([ON, OFF, OFF])]
    vocabulary = Vocabulary.mine(traces)
    assert vocabulary.keys == {"toggle says: Airplane Mode is now {1}"}
    assert list(vocabulary.facts("toggle", OFF, {})) == [
        Fact("toggle says: Airplane Mode is now {1}", "", "OFF")
    ]


def test_the_vocabulary_does_not_depend_on_order() -> None:
    """Shuffled traces give the same templates."""
    traces = [
        run(act("toggle", text), name=str(at)) for at, text in enumerate([ON, OFF, "SIM is fine.", OFF])
    ]
    assert Vocabulary.mine(traces) == Vocabulary.mine(traces[::-1])


def test_rare_sentences_are_left_out() -> None:
    """What one trace of many says is no vocabulary."""
    traces = [run(act("look", "A door."), name=str(at)) for at in range(4)]
    traces.append(run(act("look", "A dragon."), name="5"))
    assert "look says: A dragon" not in Vocabulary.mine(traces).keys


def test_a_plain_sentence_is_true_or_false_at_each_reading() -> None:
    """A reading that does not say it says that it is not so."""
    vocabulary = Vocabulary.of({"check says: No SIM card detected"})
    key = "check says: No SIM card detected"
    assert list(vocabulary.facts("check", "No SIM card detected.", {})) == [Fact(key, "", True)]
    assert list(vocabulary.facts("check", "All is well.", {})) == [Fact(key, "", False)]
    assert list(vocabulary.facts("other", "No SIM card detected.", {})) == []


def test_a_sentence_about_an_argument_is_about_that_entity() -> None:
    """The stove on and the oven off do not contradict."""
    vocabulary = Vocabulary.of({"activate says: The {object} is now activated"})
    (fact,) = vocabulary.facts("activate", "The stove is now activated.", {"object": "stove"})
    assert fact.entity == "stove"
