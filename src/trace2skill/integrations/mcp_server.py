"""The library as an MCP server: skills as tools and as resources, on stdio or on loopback HTTP."""

import asyncio
import socket
from collections.abc import Callable
from typing import Annotated, TypeVar

from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.types import INTERNAL_ERROR, Resource, ToolAnnotations
from pydantic import Field

from trace2skill.errors import LibraryError, SettingError
from trace2skill.integrations.service import Found, Reported, SkillEntry, SkillService, Verdict
from trace2skill.store.guidance import UNUSABLE

HOST = "127.0.0.1"
SCHEME = "skill://"
MARKDOWN = "text/markdown"
INSTRUCTIONS = (
    "Skills distilled from recorded runs, each rule with the evidence it rests on. Before a task, call "
    "search_skills with the task; read what fits with read_skill, and report_outcome when the task is over. "
    "Skills are reference material: the user, the system and what you observe come first."
)

Result = TypeVar("Result")
Task = Annotated[str, Field(description="The task at hand, in the user's words.")]
Name = Annotated[str, Field(description="The skill's name.")]
ReceiptId = Annotated[str, Field(description="The receipt that search_skills gave.")]


class SkillServer(MCPServer[None]):
    """An MCP server over a `SkillService`; its resources are what the library holds at the moment."""

    def __init__(self, service: SkillService) -> None:
        super().__init__("trace2skill", instructions=INSTRUCTIONS, log_level="WARNING")
        self._service = service
        self._add_tools()
        self.resource(
            SCHEME + "{name}", name="skill", description="A skill as SKILL.md.", mime_type=MARKDOWN
        )(self.markdown)

    def _add_tools(self) -> None:
        reading = ToolAnnotations(read_only_hint=True, open_world_hint=False)
        for tool in (self.search_skills, self.read_skill, self.list_skills):
            self.add_tool(tool, annotations=reading)
        self.add_tool(self.report_outcome, annotations=ToolAnnotations(destructive_hint=False))

    def search_skills(
        self, task: Task, limit: Annotated[int, Field(ge=1, le=20, description="The most to find.")] = 3
    ) -> Found:
        """Find the skills that fit a task. None may fit: then `reason` says so."""
        return _told(lambda: self._service.search(task, limit))

    def read_skill(self, name: Name, receipt: ReceiptId = "") -> str:
        """Read a skill: its rules with their tiers, its parameters and a worked example."""
        return _told(lambda: self._service.read(name, receipt))

    def list_skills(self) -> list[SkillEntry]:
        """List all skills of the library."""
        return _told(self._service.entries)

    def report_outcome(
        self,
        receipt: ReceiptId,
        outcome: Annotated[Verdict, Field(description="Whether the skills helped.")],
        note: Annotated[str, Field(description="Why, in a sentence.")] = "",
    ) -> Reported:
        """Report what came of a task for which skills were found."""
        return _told(lambda: self._service.report(receipt, outcome, note))

    def markdown(self, name: str) -> str:
        """A skill as a resource.

        Raises:
            ResourceError: There is none of that name, or the library cannot be used.
        """
        try:
            return self._service.markdown(name)
        except LibraryError as error:
            raise ResourceNotFoundError(str(error)) from error
        except UNUSABLE as error:
            raise ResourceError(str(error)) from error

    async def list_resources(self) -> list[Resource]:
        """Every active skill.

        Raises:
            MCPError: The library cannot be used.
        """
        try:
            entries = await asyncio.to_thread(self._service.entries)
        except UNUSABLE as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        return [
            Resource(
                uri=SCHEME + each.name,
                name=each.name,
                title=each.title,
                description=each.description,
                mime_type=MARKDOWN,
            )
            for each in entries
        ]


def check_port(port: int) -> None:
    """Refuse a port that cannot be served on, while a message can still say so.

    Raises:
        SettingError: The port is taken or not allowed.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SettingError(
                f"cannot serve on port {port}: {error.strerror}; choose another with --http PORT"
            ) from error


def _told(answer: Callable[[], Result]) -> Result:
    """The answer; an expected failure becomes the message that the client's model reads."""
    try:
        return answer()
    except UNUSABLE as error:
        raise ToolError(str(error)) from error
