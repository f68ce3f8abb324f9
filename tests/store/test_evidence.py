"""Evidence in the library: rows unite, rejected findings are kept."""

import sqlite3
from collections.abc import Callable

import pytest

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Row, TraceFacts
from trace2skill.store.library import Library
from trace2skill.store.records import Commit, Rejection
from trace2skill.traces.model import Label


def test_rows_unite_by_claim_and_trace(
    library: Library, make_claim: Callable[..., Claim], make_row: Callable[..., Row]
) -> None:
    """Two overlapping shards give the union, in either order."""
    claim = make_claim("a", "b")
    one, two, three = (make_row(claim, trace) for trace in ("t1", "t2", "t3"))
    library.commit(Commit(claims=(claim,), rows=(three, two)))
    library.commit(Commit(rows=(two, one)))
    assert library.rows() == [one, two, three]


def test_a_row_measured_anew_replaces_the_old(
    library: Library, make_claim: Callable[..., Claim], make_row: Callable[..., Row]
) -> None:
    """One row a claim and trace; the newer measurement counts."""
    claim = make_claim("a", "b")
    library.commit(Commit(claims=(claim,), rows=(make_row(claim, "t1", held=0),)))
    newer = make_row(claim, "t1", held=1)
    assert library.commit(Commit(rows=(newer,))) == 2
    assert library.rows() == [newer]


def test_rows_are_filtered_by_claim(
    library: Library, make_claim: Callable[..., Claim], make_row: Callable[..., Row]
) -> None:
    """Only rows of the claims asked for."""
    one, two = make_claim("a", "b"), make_claim("b", "c")
    library.commit(Commit(claims=(one, two), rows=(make_row(one, "t1"), make_row(two, "t1"))))
    assert library.rows([claim_id(two)]) == [make_row(two, "t1")]
    assert library.rows([]) == []


def test_a_row_of_an_unknown_claim_is_a_bug_and_saves_nothing(
    library: Library, make_claim: Callable[..., Claim], make_row: Callable[..., Row]
) -> None:
    """Every row in the library can be read back to the claim it is about."""
    with pytest.raises(sqlite3.IntegrityError):
        library.commit(Commit(rows=(make_row(make_claim("a", "b"), "t1"),)))
    assert library.rows() == []


def test_a_claim_comes_back_by_its_id(library: Library, make_claim: Callable[..., Claim]) -> None:
    """None for an id nobody stored."""
    claim = make_claim("a", "b")
    library.commit(Commit(claims=(claim,)))
    assert library.claim(claim_id(claim)) == claim
    assert library.claim("000000000000") is None


def test_facts_come_back_by_trace(library: Library, make_facts: Callable[..., TraceFacts]) -> None:
    """Sorted; a later outcome file replaces what was known."""
    library.commit(Commit(facts=(make_facts("t2"), make_facts("t1"))))
    library.commit(Commit(facts=(make_facts("t2", label=Label.FAILURE),)))
    assert list(library.trace_facts()) == ["t1", "t2"]
    assert library.trace_facts()["t2"].label == Label.FAILURE


def test_rejections_are_kept_by_family(
    library: Library, make_claim: Callable[..., Claim], make_finding: Callable[..., Finding]
) -> None:
    """Why a finding was left out can be asked later."""
    data = Rejection(finding=make_finding(make_claim("a", "b")), reason="too little data")
    mms = Rejection(finding=make_finding(make_claim("a", "b"), family="mms"), reason="redundant")
    library.commit(Commit(rejected=(mms, data)))
    assert library.rejections() == [data, mms]
    assert library.rejections("mms") == [mms]
