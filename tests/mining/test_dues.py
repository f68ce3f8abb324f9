"""When an action is due."""

from tests.building import act, run
from tests.skills.findings import agent, fact
from trace2skill.claims.model import Rule
from trace2skill.claims.view import View, Views
from trace2skill.facts.templates import Vocabulary
from trace2skill.mining.policy import due, share_done

STARTS = Rule(when=fact("door.state", "shut"), then=agent("open"))
AGAIN = Rule(when=fact("open says: ok", True), then=agent("open"))


def views(opened: int, of: int) -> Views:
    """Runs that see a shut door, of which some open it."""
    look = act("look", {"door_id": "D1", "state": "shut"})
    opens = [[act("open", "ok"), act("open", "ok")] if at < opened else [act("wait")] for at in range(of)]
    vocabulary = Vocabulary.of(["open says: ok"])
    return Views(View(run(look, *steps, name=f"r{at}"), vocabulary) for at, steps in enumerate(opens))


def test_an_action_that_few_runs_do_is_not_due() -> None:
    """Two of three runs in which its condition holds must."""
    assert share_done(STARTS, views(4, 12)) == 4 / 12
    assert due([STARTS], views(4, 12)) == ()
    assert due([STARTS], views(8, 12)) == (STARTS,)


def test_an_action_is_not_due_because_it_was_done() -> None:
    """Unless something else calls for it first."""
    assert due([AGAIN], views(12, 12)) == ()
    assert due([STARTS, AGAIN], views(12, 12)) == (STARTS, AGAIN)
