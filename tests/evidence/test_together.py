"""Claims measured on many traces at once, and on each alone."""

from hypothesis import given, settings

from tests.claims.random_claims import KEYS, claims, traces
from tests.claims.reference import PlainView
from tests.evidence.reference import plain_tally
from trace2skill.claims.model import Claim
from trace2skill.claims.view import View, Views
from trace2skill.evidence.measure import tallies_of, tally_of
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace

VOCABULARY = Vocabulary.of(KEYS)


@settings(deadline=None, max_examples=150)
@given(traces, claims)
def test_each_trace_has_the_tally_of_its_own(runs: list[Trace], claim: Claim) -> None:
    """Steps held and broken, and both contrasts."""
    views = Views(View.of(run, VOCABULARY) for run in runs)
    found = dict(tallies_of(claim, views).by_trace(views))
    for at, run in enumerate(runs):
        plain = plain_tally(claim, PlainView(run, VOCABULARY))
        told = any((plain.held, plain.broken, any(plain.association), any(plain.step_effect)))
        assert (at in found) == told
        for tally in (found[at],) if told else ():
            assert list(tally.held) == list(plain.held)
            assert list(tally.broken) == list(plain.broken)
            assert tally.association == plain.association
            assert tally.step_effect == plain.step_effect
        assert list(tally_of(claim, View(run, VOCABULARY)).held) == list(plain.held)
