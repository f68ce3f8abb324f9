"""LangGraph's checkpoints: threads that real agents left in SQLite, read as traces, and files of anybody."""

import copy
import json
import pickle
import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, TypedDict

import ormsgpack
import pytest
from deepagents import create_deep_agent
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, SummarizationMiddleware
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages

from tests.scripted_agent import Scripted
from tests.traces.test_mutations import mutated
from trace2skill.nodes.state import DistillState
from trace2skill.store.library import Library
from trace2skill.traces.files import read_records
from trace2skill.traces.model import Trace
from trace2skill.traces.packed_values import read_packed
from trace2skill.traces.problem import Problem
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import langgraph


@tool
def look(at: str) -> str:
    """Look at a thing."""
    return json.dumps({"thing": at, "open": False})


@tool
def fail(at: str) -> str:
    """Break."""
    raise RuntimeError(at)


def call(identity: str, name: str, **arguments: str) -> Any:
    """A call of a tool."""
    return {"id": identity, "name": name, "args": arguments, "type": "tool_call"}


def invoke(agent: Any, text: str, thread: str = "t1") -> Any:
    """Have an agent answer a request on a thread."""
    return agent.invoke({"messages": [("user", text)]}, {"configurable": {"thread_id": thread}})


def read(path: Path) -> tuple[list[Trace], list[str]]:
    """The traces of a file, and what is said of the rest of it."""
    intake = Intake(path)
    traces = list(intake)
    return traces, [f"{each.record}: {each.message}" for each in intake.problems]


def entries(path: Path) -> Iterator[Trace | Problem]:
    """As `read`, without what else a pass over files does."""
    for record in read_records(path):
        yield from [record] if isinstance(record, Problem) else langgraph.read(record)


def lines(trace: Trace) -> list[tuple[Any, ...]]:
    """Actor, tool or words, observation and parent of each step."""
    return [
        (step.actor.value, step.action.tool if step.action else step.text, step.observation, step.parent)
        for step in trace.steps
    ]


SAID = [
    AIMessage("Let me see.", tool_calls=[call("c1", "look", at="door"), call("c2", "look", at="wall")]),
    AIMessage("Both are closed."),
    AIMessage("Yes, still."),
]
SEEN = [
    ("user", "Please look at door and wall.", None, None),
    ("agent", "look", {"thing": "door", "open": False}, None),
    ("agent", "look", {"thing": "wall", "open": False}, None),
    ("agent", "Both are closed.", None, None),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the checkpoints lie."""
    return tmp_path / "agent.db"


@pytest.fixture
def saver(path: Path) -> Iterator[SqliteSaver]:
    """LangGraph's saver, open while the test runs."""
    with SqliteSaver.from_conn_string(str(path)) as opened:
        yield opened


@pytest.fixture
def kept(path: Path) -> Path:
    """A file with the threads `t1` (two requests) and `t2`, which nobody has open."""
    with SqliteSaver.from_conn_string(str(path)) as opened:
        agent = create_agent(Scripted(said=SAID), [look], checkpointer=opened)
        invoke(agent, "Please look at door and wall.")
        invoke(agent, "Are they still closed?")
        invoke(agent, "Please look at door and wall.", "t2")
    return path


def change(path: Path, statement: str, *values: object) -> None:
    """Change a file as nobody should."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_the_newest_state_of_each_thread_is_a_trace(kept: Path) -> None:
    """Two requests on a thread are one trace; calls of one message share a group."""
    (first, second), problems = read(kept)
    assert problems == []
    assert (first.id, second.id, first.source.format) == ("t1", "t2", "langgraph-checkpoints")
    assert (first.task, first.outcome.origin) == ("Please look at door and wall.", "the format has none")
    later = [("user", "Are they still closed?", None, None), ("agent", "Yes, still.", None, None)]
    assert (lines(first), lines(second)) == (SEEN + later, SEEN)
    assert first.steps[1].group == first.steps[2].group is not None
    assert first.steps[1].action is not None
    assert (first.steps[1].action.arguments, first.steps[1].text) == ({"at": "door"}, "Let me see.")


def test_reading_leaves_nothing_beside_a_file_that_nobody_has_open(kept: Path) -> None:
    """SQLite would make a `-wal` for a reader of a file in that mode, and leave it."""
    before = {each: each.read_bytes() for each in kept.parent.iterdir()}
    read(kept)
    assert {each: each.read_bytes() for each in kept.parent.iterdir()} == before


def test_a_file_is_read_while_it_is_written(path: Path, saver: SqliteSaver) -> None:
    """What was committed is there; what SQLite keeps beside the file is no file of its own."""
    invoke(create_agent(Scripted(said=SAID), [look], checkpointer=saver), "Please look at door and wall.")
    assert path.with_name("agent.db-wal").stat().st_size > 0
    intake = Intake(path.parent)
    (trace,) = intake
    assert (lines(trace), intake.summary.joined, intake.problems) == (SEEN, 2, [])


def test_a_file_that_is_written_between_two_threads_is_opened_anew(kept: Path) -> None:
    """It was read as it lay, without a lock."""
    stream = iter(Intake(kept))
    first = next(stream)
    with SqliteSaver.from_conn_string(str(kept)) as opened:
        again = create_agent(Scripted(said=SAID), [look], checkpointer=opened)
        invoke(again, "Are they still closed?", "t2")
        (second,) = stream
    assert (first.id, second.id, lines(second)[-1][1]) == ("t1", "t2", "Yes, still.")


def test_sub_agents_of_deepagents_act_inside_their_calls(path: Path, saver: SqliteSaver) -> None:
    """Its messages are kept as writes alone; two sub-agents work at a time, one has one of its own tools."""
    ask = [
        call("d1", "task", description="Look at the door.", subagent_type="general-purpose"),
        call("d2", "task", description="Look at the wall.", subagent_type="general-purpose"),
    ]
    inner = {
        "Look at the door.": [
            AIMessage("", tool_calls=[call("s1", "look", at="door")]),
            AIMessage("Closed."),
        ],
        "Look at the wall.": [AIMessage("It is a wall.")],
    }
    said = [AIMessage("", tool_calls=ask), AIMessage("Closed, and a wall.")]
    model = Scripted(said=said, asked=inner)
    agent = create_deep_agent(model=model, tools=[look], checkpointer=saver)
    invoke(agent, "Please look at door and wall.")
    (trace,), problems = read(path)
    assert problems == []
    assert sorted(lines(trace), key=lambda line: (line[3] or 0, line[0] != "user")) == [
        ("user", "Please look at door and wall.", None, None),
        ("agent", "task", "Closed.", None),
        ("agent", "task", "It is a wall.", None),
        ("agent", "Closed, and a wall.", None, None),
        ("subagent", "look", {"thing": "door", "open": False}, 1),
        ("subagent", "Closed.", None, 1),
        ("subagent", "It is a wall.", None, next(s.parent for s in trace.steps if s.text == "It is a wall.")),
    ]
    wall = next(step for step in trace.steps if step.text == "It is a wall.")
    assert wall.parent is not None
    action = trace.steps[wall.parent].action
    assert action is not None
    assert action.arguments["description"] == "Look at the wall."


def test_an_interrupted_thread_ends_with_its_open_call(path: Path, saver: SqliteSaver) -> None:
    """A person was asked and has not answered."""
    asks = HumanInTheLoopMiddleware(interrupt_on={"look": True})
    invoke(
        create_agent(Scripted(said=SAID), [look], checkpointer=saver, middleware=[asks]), "Please look at it."
    )
    (trace,), problems = read(path)
    assert problems == []
    assert lines(trace)[1:] == [("agent", "look", None, None)] * 2


def test_a_sub_agent_that_waits_for_a_person_is_in_its_call(path: Path, saver: SqliteSaver) -> None:
    """Nothing has answered the call yet; of two it is the one that says what the sub-agent was asked."""
    ask = [
        call(f"d{n}", "task", description=f"Look at the {what}.", subagent_type="general-purpose")
        for n, what in enumerate(("wall", "door"))
    ]
    inner = {
        "Look at the door.": [AIMessage("", tool_calls=[call("s1", "look", at="door")])],
        "Look at the wall.": [AIMessage("It is a wall.")],
    }
    model = Scripted(said=[AIMessage("", tool_calls=ask)], asked=inner)
    agent = create_deep_agent(model=model, tools=[look], checkpointer=saver, interrupt_on={"look": True})
    invoke(agent, "Please look at wall and door.")
    (trace,), problems = read(path)
    assert problems == []
    assert sorted(lines(trace)[1:], key=str) == sorted(
        [
            ("agent", "task", "It is a wall.", None),
            ("agent", "task", None, None),
            ("subagent", "It is a wall.", None, 1),
            ("subagent", "look", None, 2),
        ],
        key=str,
    )


def test_what_a_task_wrote_before_another_failed_is_there(path: Path, saver: SqliteSaver) -> None:
    """One of two parallel calls came back; no checkpoint has its result yet."""
    said = [AIMessage("", tool_calls=[call("c1", "look", at="door"), call("c2", "fail", at="wall")])]
    agent = create_agent(Scripted(said=said), [look, fail], checkpointer=saver)
    with pytest.raises(RuntimeError, match="wall"):
        invoke(agent, "Please look at door and wall.")
    (trace,), _ = read(path)
    assert [step.observation for step in trace.steps[1:]] == [{"thing": "door", "open": False}, None]


def test_what_a_summary_replaced_is_read_from_earlier_states(path: Path, saver: SqliteSaver) -> None:
    """The summary itself is nobody's words."""
    said = [AIMessage("", tool_calls=[call(f"c{n}", "look", at=f"door {n}")]) for n in range(6)]
    brief = SummarizationMiddleware(
        Scripted(said=[AIMessage("All closed.")]), trigger=("messages", 6), keep=("messages", 2)
    )
    model = Scripted(said=[*said, AIMessage("All are closed.")], in_turn=True)
    agent = create_agent(model, [look], checkpointer=saver, middleware=[brief])
    state = invoke(agent, "Please look at all six doors.")
    assert "summary" in state["messages"][0].text
    (trace,), _ = read(path)
    assert trace.task == "Please look at all six doors."
    assert [step.action.arguments["at"] for step in trace.steps if step.action] == [
        f"door {n}" for n in range(6)
    ]
    assert trace.steps[-1].text == "All are closed."


class Plain(TypedDict):
    """A state that is no conversation."""

    total: int


class Talk(TypedDict):
    """A state whose messages have another name."""

    talk: Annotated[list[AnyMessage], add_messages]


def test_a_state_without_messages_is_reported(path: Path, saver: SqliteSaver) -> None:
    """It is no empty success."""
    graph = (
        StateGraph(Plain).add_node("add", lambda state: {"total": state["total"] + 1}).add_edge(START, "add")
    )
    graph.compile(checkpointer=saver).invoke({"total": 1}, {"configurable": {"thread_id": "sum"}})
    assert read(path) == ([], ["thread sum: its state holds no list of messages (it holds total)"])


def test_messages_are_found_under_another_name(path: Path, saver: SqliteSaver) -> None:
    """A channel that holds nothing but messages is the conversation."""
    answer = ToolMessage("closed", tool_call_id="c1")
    asked = AIMessage("", tool_calls=[call("c1", "look", at="door")])
    graph = StateGraph(Talk).add_node("say", lambda _: {"talk": [asked, answer]}).add_edge(START, "say")
    config: Any = {"configurable": {"thread_id": "t"}}
    graph.compile(checkpointer=saver).invoke({"talk": [HumanMessage("Look at the door.")]}, config)
    (trace,), _ = read(path)
    assert lines(trace) == [("user", "Look at the door.", None, None), ("agent", "look", "closed", None)]


def test_states_of_the_json_days_are_read(kept: Path) -> None:
    """Before msgpack, states were JSON with LangChain's constructors."""
    messages = [dumpd(HumanMessage("Look at the door.", id="m1")), dumpd(SAID[1])]
    state = json.dumps({"channel_values": {"messages": messages}}).encode()
    change(kept, "UPDATE checkpoints SET type = 'json', checkpoint = ? WHERE thread_id = 't2'", state)
    (_, trace), problems = read(kept)
    assert (problems, [step.text for step in trace.steps]) == ([], ["Look at the door.", "Both are closed."])


def test_a_damaged_state_is_reported_with_its_thread(kept: Path) -> None:
    """The other thread is read."""
    change(kept, "UPDATE checkpoints SET checkpoint = substr(checkpoint, 1, 90) WHERE thread_id = 't1'")
    (trace,), problems = read(kept)
    assert (trace.id, problems) == ("t2", ["thread t1: its state cannot be read: it is no valid msgpack"])


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def extension(code: int, content: bytes) -> bytes:
    """A value of an extension type of msgpack."""
    return b"\xc9" + struct.pack(">IB", len(content), code) + content


def test_nothing_that_a_file_names_is_run(kept: Path, tmp_path: Path) -> None:
    """Pickles are refused; of an object only what it was made of is taken, whatever its class."""
    mark = tmp_path / "ran"
    pickled = pickle.dumps(Trap(mark))
    change(kept, "UPDATE checkpoints SET type = 'pickle', checkpoint = ? WHERE thread_id = 't1'", pickled)
    said = [extension(code, ormsgpack.packb(["os", "mkdir", str(mark), "touch"])) for code in range(7)]
    state = b"\x81" + ormsgpack.packb("channel_values") + b"\x81" + ormsgpack.packb("messages")
    blob = state + bytes([0x90 | len(said)]) + b"".join(said)
    change(kept, "UPDATE checkpoints SET checkpoint = ? WHERE thread_id = 't2'", blob)
    (trace,), problems = read(kept)
    told = "its state cannot be read: it is pickled, and unpickling could run code that is hidden in it"
    assert problems == [f"thread t1: {told}"]
    assert [step.text for step in trace.steps] == [str(mark)] * 6
    assert not mark.exists()


def test_values_within_values_without_end_are_reported(kept: Path) -> None:
    """Lists in objects in lists would overflow the stack of whoever follows them."""
    blob = b"\xc0"
    for _ in range(200):
        blob = b"\x91" * 1000 + extension(5, blob)
    change(kept, "UPDATE checkpoints SET checkpoint = ? WHERE thread_id = 't1'", blob)
    change(kept, "UPDATE checkpoints SET checkpoint = ? WHERE thread_id = 't2'", b"\x91" * 900 + b"\xc0")
    traces, problems = read(kept)
    assert traces == []
    told = "thread {}: its state cannot be read: it is {}"
    assert problems == [told.format("t1", "no valid msgpack"), told.format("t2", "nested too deeply")]


def test_other_files_of_sqlite_are_refused(tmp_path: Path) -> None:
    """Among them a view in the place of the table, which could be made of anything."""
    writes = "thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value"
    endless = "WITH RECURSIVE n(thread_id) AS (SELECT 1 UNION ALL SELECT 2 FROM n) SELECT * FROM n"
    statements = {
        "notes.db": ["CREATE TABLE notes (text)"],
        "view.db": [f"CREATE TABLE writes ({writes})", f"CREATE VIEW checkpoints AS {endless}"],
    }
    for name, made in statements.items():
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            for each in made:
                connection.execute(each)
    _, problems = read(tmp_path)
    told = ": the SQLite file holds none of LangGraph's checkpoints (its tables: {})"
    assert problems == [told.format("notes"), told.format("writes")]


def test_files_of_our_own_are_refused(path: Path, saver: SqliteSaver, tmp_path: Path) -> None:
    """A library, and the checkpoints of a run that distils one."""
    graph = StateGraph(DistillState).add_node("end", lambda _: {"mined": []}).add_edge(START, "end")
    config: Any = {"configurable": {"thread_id": "run"}}
    graph.compile(checkpointer=saver).invoke({"run": "run", "settings": {}}, config)
    with Library(tmp_path / "library", create=True):
        pass
    assert read(path) == ([], ["thread run: it is a run of trace2skill distill, not of an agent"])
    told = "the file is a library of skills, which holds no traces to read again"
    assert read(tmp_path / "library" / "library.sqlite3") == ([], [f": {told}"])


def test_mutated_files_are_read_or_reported(kept: Path, tmp_path: Path) -> None:
    """Bytes changed anywhere: no crash, no hang."""
    whole, chance = kept.read_bytes(), random.Random(16)
    target = tmp_path / "mutated.db"
    for _ in range(60):
        mutated = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            mutated[chance.randrange(18, len(mutated))] = chance.randrange(256)
        target.write_bytes(bytes(mutated[: chance.randint(1000, len(mutated))]))
        assert list(entries(target))


def test_mutated_states_are_read_or_reported(path: Path, saver: SqliteSaver) -> None:
    """Whatever stands where a message, a call or a sub-agent should."""
    chance = random.Random(16)
    ask = call("d1", "task", description="Look.", subagent_type="general-purpose")
    inner = {"Look.": [AIMessage("", tool_calls=[call("s1", "look", at="door")]), AIMessage("Closed.")]}
    model = Scripted(said=[AIMessage("", tool_calls=[ask]), AIMessage("Closed.")], asked=inner)
    invoke(create_deep_agent(model=model, tools=[look], checkpointer=saver), "Please look at the door.")
    saver.conn.execute("PRAGMA synchronous = OFF")
    rows = saver.conn.execute("SELECT rowid, value FROM writes WHERE channel = 'messages'").fetchall()
    values = {row: read_packed("msgpack", value) for row, value in rows}
    for number in range(120):
        if number % 4 == 0:
            held = copy.deepcopy(values)
        row = chance.choice(list(held))
        held[row] = mutated(held[row], chance)
        blob = ormsgpack.packb(json.loads(json.dumps(held[row])))
        saver.conn.execute("UPDATE writes SET value = ? WHERE rowid = ?", (blob, row))
        saver.conn.commit()
        (entry,) = entries(path)
        steps = entry.steps if isinstance(entry, Trace) else ()
        assert all(step.parent is None or step.parent < step.index for step in steps)
