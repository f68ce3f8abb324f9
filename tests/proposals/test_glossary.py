"""What claims about a family may name."""

from tests.building import act, run
from tests.graph.errands import doors
from trace2skill.mining.pool import Pool
from trace2skill.proposals.glossary import glossary
from trace2skill.traces.model import Actor, Tool, rebuild


def test_tools_and_facts_are_listed_with_values() -> None:
    """Tools in the shape they are called in, facts with values that tell runs apart."""
    words = glossary(Pool("doors", doors(8)))
    assert words.tools == {"look", "unlock", "open"}
    assert any(line.startswith("- unlock(door=") and line.endswith("in 4 runs") for line in words.lines)
    status = next(line for line in words.lines if line.startswith("- door.status:"))
    assert '"locked"' in status
    assert '"open"' in status
    assert {"door.status", "user.said"} <= words.keys


def test_the_one_actor_of_a_tool_is_known_where_there_are_several() -> None:
    """So that a claim need not name him."""
    runs = [run(act("look"), act("push", actor=Actor.USER), name=str(at)) for at in range(3)]
    assert dict(glossary(Pool("x", runs)).actors) == {"look": Actor.AGENT, "push": Actor.USER}
    assert glossary(Pool("doors", doors(4))).actors == ()


def test_tools_that_no_run_called_are_told() -> None:
    """With what they say of themselves; claims may not name them, since there is nothing to measure."""
    schema = {"type": "object", "properties": {"line": {}, "amount": {}}}
    offered = (Tool(name="look"), Tool(name="refuel", description="Adds data.", parameters=schema))
    words = glossary(Pool("x", [rebuild(run(act("look")), tools=offered)]))
    assert "- refuel(amount, line)  Adds data." in words.lines
    assert (words.tools, words.offered) == ({"look"}, {"refuel"})
