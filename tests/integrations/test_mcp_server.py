"""The MCP server, run as users run it and asked with the official client."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

import trace2skill
from tests.integrations.shelf import MMS_TASK, make_library
from trace2skill.errors import SettingError
from trace2skill.integrations.mcp_http import HttpSettings
from trace2skill.integrations.mcp_server import SkillServer
from trace2skill.integrations.service import SkillService
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library

ROOT = Path(__file__).resolve().parents[2]
SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"
BEARER = "a-secret-of-the-operators"
COMMAND = ["-m", "trace2skill", "mcp", "--library"]


def stdio(folder: Path) -> StdioServerParameters:
    """The server on stdio, over this checkout."""
    return StdioServerParameters(
        command=sys.executable, args=[*COMMAND, str(folder)], env={"PYTHONPATH": str(ROOT)}
    )


def inside(folder: Path) -> SkillServer:
    """The server in this process: for what the transport has no part in."""
    return SkillServer(SkillService(Guide(folder)))


def asked(server: Any, *questions: Callable[[Client], Awaitable[Any]]) -> list[Any]:
    """Start the server or connect to it, put the questions one after the other, give the answers."""

    async def talk() -> list[Any]:
        async with asyncio.timeout(60), Client(server) as client:
            return [await question(client) for question in questions]

    return asyncio.run(talk())


def calling(tool: str, **arguments: Any) -> Callable[[Client], Awaitable[Any]]:
    """The question that calls a tool."""
    return lambda client: client.call_tool(tool, arguments)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A running server on loopback HTTP."""
    folder = make_library(tmp_path_factory.mktemp("http") / "library")
    free = free_port()
    command = [sys.executable, *COMMAND, str(folder), "--http", str(free)]
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(free)
        yield free
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens on the port."""
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


def test_a_conversation_on_stdio(folder: Path) -> None:
    """Search, read, list, and the resources, in one session."""
    found, read, listed, tools, resources, resource = asked(
        stdio(folder),
        calling("search_skills", task=MMS_TASK),
        calling("read_skill", name="send-picture-messages"),
        calling("list_skills"),
        lambda client: client.list_tools(),
        lambda client: client.list_resources(),
        lambda client: client.read_resource("skill://boil-water/SKILL.md"),
    )
    assert [skill["name"] for skill in found.structured_content["skills"]] == ["send-picture-messages"]
    assert read.content[0].text.startswith('<skill-guidance name="send-picture-messages">')
    assert len(listed.structured_content["result"]) == 3
    assert {tool.name for tool in tools.tools} == {
        "search_skills",
        "read_skill",
        "list_skills",
        "report_outcome",
    }
    assert all(tool.description for tool in tools.tools)
    assert {str(each.uri) for each in resources.resources} == {
        "skill://boil-water/SKILL.md",
        "skill://refund-cancelled-flight/SKILL.md",
        "skill://send-picture-messages/SKILL.md",
    }
    assert resource.contents[0].text.startswith("---\nname: boil-water\n")
    assert resource.contents[0].mime_type == "text/markdown"


def test_a_receipt_from_search_to_outcome(folder: Path) -> None:
    """What was found, read and reported stands in the library's usage record under one receipt."""

    async def task(client: Client) -> str:
        found = (await client.call_tool("search_skills", {"task": MMS_TASK})).structured_content
        receipt = str(found["receipt"])
        await client.call_tool("read_skill", {"name": "send-picture-messages", "receipt": receipt})
        outcome = {"receipt": receipt, "outcome": "helped", "note": f"with {SECRET}"}
        await client.call_tool("report_outcome", outcome)
        return receipt

    (receipt,) = asked(stdio(folder), task)
    with Library(folder) as library:
        usage = library.usage("send-picture-messages")
    assert [line.event for line in usage] == ["offered", "used", "helped"]
    assert {line.receipt for line in usage} == {receipt}
    assert usage[-1].note.startswith("with ")
    assert SECRET not in usage[-1].note


def test_mistakes_are_answered(folder: Path) -> None:
    """The model reads what was wrong and what to do; the server goes on."""
    unknown, receipt, outcome, unrelated = asked(
        inside(folder),
        calling("read_skill", name="boil-watr"),
        calling("report_outcome", receipt="nonsense", outcome="helped"),
        calling("report_outcome", receipt="nonsense", outcome="splendid"),
        calling("search_skills", task="Translate this poem about autumn leaves into Latin."),
    )
    assert unknown.is_error
    assert "did you mean boil-water?" in unknown.content[0].text
    assert receipt.is_error
    assert "no receipt 'nonsense'" in receipt.content[0].text
    assert outcome.is_error
    assert unrelated.structured_content["skills"] == []
    assert "nothing is near" in unrelated.structured_content["reason"]


def test_a_resource_that_does_not_exist_is_refused(folder: Path) -> None:
    """The protocol's own error, with our message."""
    with pytest.raises(BaseExceptionGroup) as refused:
        asked(inside(folder), lambda client: client.read_resource("skill://nonsense/SKILL.md"))
    error = refused.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, MCPError)
    assert "no skill 'nonsense'" in str(error)


def test_a_library_made_while_the_server_runs_is_found(tmp_path: Path) -> None:
    """Without one, a tool says why; with one, it answers."""
    folder = tmp_path / "later"

    async def make(client: Client) -> None:
        await asyncio.to_thread(make_library, folder, "boil-water")

    before, _, after = asked(inside(folder), calling("list_skills"), make, calling("list_skills"))
    assert before.is_error
    assert "no library in" in before.content[0].text
    assert [skill["name"] for skill in after.structured_content["result"]] == ["boil-water"]


def test_a_client_of_the_older_protocol_and_an_interrupt(folder: Path) -> None:
    """The handshake of 2025 is answered, nothing else is on stdout, and Ctrl-C ends the server."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "0"},
        },
    }
    command = [sys.executable, *COMMAND, str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(hello) + "\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == -signal.SIGINT
    assert answer["result"]["serverInfo"]["name"] == "trace2skill"
    assert answer["result"]["serverInfo"]["version"] == trace2skill.__version__


def test_the_same_over_loopback_http(port: int) -> None:
    """The tools answer on http://127.0.0.1:PORT/mcp."""
    (found,) = asked(f"http://127.0.0.1:{port}/mcp", calling("search_skills", task=MMS_TASK))
    assert [skill["name"] for skill in found.structured_content["skills"]] == ["send-picture-messages"]


def status(port: int, **headers: str) -> int:
    """The status with which a request with these headers is answered."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    given = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    head = (
        f"POST /mcp HTTP/1.1\r\n{lines}Accept: application/json, text/event-stream\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall((head + body).encode())
        return int(client.recv(100).split()[1])


def test_only_loopback_may_ask(port: int) -> None:
    """The socket is bound to loopback, and a page that rebinds its name to it is refused by its Host."""
    assert status(port, Host="evil.example") == 421
    assert status(port, Host=f"127.0.0.1.evil.example:{port}") == 421
    assert status(port, Origin="https://evil.example") == 403
    assert status(port, Origin="null") == 403
    assert status(port) not in {401, 403, 421}
    listening = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    bound = {row.split()[1] for row in listening if row.split()[1].endswith(f":{port:04X}")}
    assert {address.partition(":")[0] for address in bound} == {"0100007F"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A running server that asks for a token, and that a proxy may pass requests on to."""
    folder = make_library(tmp_path_factory.mktemp("guarded") / "library", "boil-water")
    free = free_port()
    command = [sys.executable, *COMMAND, str(folder), "--http", str(free), "--allow-host", "skills.example"]
    environment = {**os.environ, "TRACE2SKILL_MCP_TOKEN": BEARER}
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, env=environment)
    try:
        wait_for(free)
        yield free
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        (None, 401),
        ("Bearer wrong-but-long-enough", 401),
        (f"Basic {BEARER}", 401),
        (f"Bearer {BEARER}x", 401),
        (f"Bearer {BEARER}", 200),
    ],
)
def test_a_token_is_asked_for(guarded: int, shown: str | None, answered: int) -> None:
    """Whoever does not show it learns nothing; with it, the Host and the Origin still count."""
    headers = {"Authorization": shown} if shown else {}
    found = status(guarded, **headers)
    assert (found == 401) == (answered == 401)
    if answered == 200:
        assert status(guarded, Host="evil.example", **headers) == 421
        assert status(guarded, Origin="https://evil.example", **headers) == 403
        assert status(guarded, Host="skills.example", Origin="https://skills.example", **headers) == found


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (HttpSettings(1, "0.0.0.0"), "can be reached by others: set TRACE2SKILL_MCP_TOKEN"),
        (HttpSettings(1, "skills.example"), "can be reached by others"),
        (HttpSettings(1, "0.0.0.0", BEARER), "--allow-host NAME"),
        (HttpSettings(1, "127.0.0.1", "short"), "at least 16 characters"),
    ],
)
def test_an_open_door_is_refused(settings: HttpSettings, message: str) -> None:
    """Before anything listens, with the fix."""
    with pytest.raises(SettingError, match=message):
        settings.check()


def test_a_port_in_use_is_a_mistake_with_a_fix() -> None:
    """The message names the option."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingError, match="choose another with --http PORT"):
            HttpSettings(taken.getsockname()[1]).check()
