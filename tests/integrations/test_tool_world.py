"""LangChain tools as an environment for the executor."""

from langchain_core.tools import tool

from tests.integrations.lamps import ASKING, Shop, lamps
from trace2skill.integrations.tool_world import ToolWorld
from trace2skill.policies.executor import execute
from trace2skill.traces.model import Action, Actor, StepOutcome

TASK = "Customer C001 sits in the dark."


def answered(shop: Shop, name: str, **arguments: str) -> tuple[object, StepOutcome]:
    """What a call of the agent brings."""
    return tuple(ToolWorld(shop.tools).call(Actor.AGENT, Action(tool=name, arguments=dict(arguments))))


def test_the_executor_drives_tools() -> None:
    """The customer is found in the task, the dark lamp is switched."""
    shop = Shop({"L001": "off"})
    assert execute([lamps()], ToolWorld(shop.tools, TASK)).ending == "done"
    assert shop.lamps == {"L001": "on"}


def test_what_a_tool_returns_is_data() -> None:
    """An object stays one."""
    found = ({"lamp_id": "L001", "state": "off"}, StepOutcome.OK)
    assert answered(Shop({"L001": "off"}), "get_lamp", lamp="L001") == found


def test_a_tools_failure_is_an_answer() -> None:
    """The fuse, a missing lamp, a missing argument, a tool that is not there."""
    shop = Shop({"L001": "fused"})
    assert answered(shop, "switch", lamp="L001") == ("Error: the fuse blew", StepOutcome.ERROR)
    assert answered(shop, "get_lamp", lamp="L009")[1] == StepOutcome.ERROR
    assert answered(shop, "get_lamp")[1] == StepOutcome.ERROR
    assert answered(shop, "sing") == ("Error: no tool 'sing'", StepOutcome.ERROR)


def test_a_failure_that_the_tool_itself_words_is_one_too() -> None:
    """`handle_tool_error` turns the exception into text; the status still tells."""
    shop = Shop({"L001": "fused"})
    switch = shop.tools[2]
    switch.handle_tool_error = True
    answer = ToolWorld([switch]).call(Actor.AGENT, Action(tool="switch", arguments={"lamp": "L001"}))
    assert answer == ("the fuse blew", StepOutcome.ERROR)


def test_a_tool_without_a_synchronous_form_is_run() -> None:
    """In a loop of its own."""

    @tool
    async def hum(note: str) -> str:
        """Hum."""
        return f"hm {note}"

    answer = ToolWorld([hum]).call(Actor.AGENT, Action(tool="hum", arguments={"note": "a"}))
    assert answer.observation == "hm a"


def test_the_user_is_asked() -> None:
    """Through the callback, with what to do."""
    asked: list[str] = []

    def user(action: Action) -> str:
        asked.append(action.tool)
        return "Bulb: tight"

    execute([lamps(ASKING)], ToolWorld(Shop({"L001": "off"}).tools, TASK, user=user))
    assert asked[0] == "check_bulb"


def test_without_a_user_what_is_theirs_fails() -> None:
    """The executor goes on without."""
    answer = ToolWorld([]).call(Actor.USER, Action(tool="check_bulb"))
    assert answer == ("Error: no user to ask", StepOutcome.ERROR)


def test_the_tools_offered_are_in_the_trace() -> None:
    """With their arguments."""
    (switch,) = (each for each in ToolWorld(Shop({}).tools).tools if each.name == "switch")
    assert switch.description == "Switch a lamp."
    assert set(switch.parameters) == {"lamp"}
