"""Many traces at once are evaluated as one by one, and each distinct value as each step."""

from hypothesis import given, settings

from tests.claims.random_claims import KEYS, actions, predicates, terms, traces
from tests.claims.reference import PlainView
from trace2skill.claims.model import ActionPattern, Predicate, Term
from trace2skill.claims.view import View, Views
from trace2skill.facts.belief import Belief, belief_of
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace

VOCABULARY = Vocabulary.of(KEYS)
ENOUGH = settings(max_examples=80)


@ENOUGH
@given(traces, predicates, actions)
def test_truth_and_matches(runs: list[Trace], predicate: Predicate, action: ActionPattern) -> None:
    """Of all runs side by side, and of each alone."""
    together = Views(View.of(run, VOCABULARY) for run in runs)
    truth, matches = together.truth(predicate), together.matches(action)
    for at, run in enumerate(runs):
        plain = PlainView(run, VOCABULARY)
        assert truth[together.part(at)].tolist() == plain.truth(predicate).tolist()
        assert matches[together.part(at)].tolist() == [*plain.matches(action).tolist(), False]
        assert View(run, VOCABULARY).truth(predicate).tolist() == plain.truth(predicate).tolist()


@ENOUGH
@given(traces, terms)
def test_values(runs: list[Trace], term: Term) -> None:
    """With their types: 1, 1.0 and True are three values."""
    for run in runs:
        found, expected = View(run, VOCABULARY).values(term), PlainView(run, VOCABULARY).values(term)
        assert list(map(repr, found)) == list(map(repr, expected))


@ENOUGH
@given(traces)
def test_what_sentences_say_is_put_beside_the_rest(runs: list[Trace]) -> None:
    """A belief whose parts are shared is the belief that reads the run step by step."""
    for run in runs:
        whole, parts = Belief(run, VOCABULARY), belief_of(run, VOCABULARY)
        assert parts.keys == whole.keys
        assert all(parts.timeline(key) == whole.timeline(key) for key in whole.keys)
        values = {
            reading.value for key in whole.keys for all in whole.timeline(key).values() for reading in all
        }
        scalars = {member for value in values for member in (value if isinstance(value, tuple) else (value,))}
        assert all(parts.sources(value) == whole.sources(value) for value in scalars)
