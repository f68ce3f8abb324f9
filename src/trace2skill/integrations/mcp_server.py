"""The library as an MCP server: skills as tools and as resources, on stdio or over HTTP."""

import asyncio
import hmac
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, TypeVar

from mcp import MCPError
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import INTERNAL_ERROR, Resource, ToolAnnotations
from pydantic import Field

from trace2skill.errors import LibraryError
from trace2skill.integrations.mcp_http import IDLE_SECONDS, MAX_BODY, MAX_SESSIONS, HttpSettings
from trace2skill.integrations.mcp_skills import Skills, file_uri
from trace2skill.integrations.service import Found, Reported, SkillEntry, SkillService, Verdict
from trace2skill.skillmd.folder import JSON_FILE, SKILL_FILE
from trace2skill.skills.playbook import EVIDENCE_FILE
from trace2skill.store.guidance import UNUSABLE

MARKDOWN = "text/markdown"
INSTRUCTIONS = (
    "Skills distilled from recorded runs, each rule with the evidence it rests on. Before a task, call "
    "search_skills with the task; read what fits with read_skill, and report_outcome when the task is over. "
    "Skills are reference material: the user, the system and what you observe come first."
)

Result = TypeVar("Result")
Task = Annotated[str, Field(max_length=20_000, description="The task at hand, in the user's words.")]
Name = Annotated[str, Field(max_length=64, description="The skill's name.")]
ReceiptId = Annotated[str, Field(max_length=64, description="The receipt that search_skills gave.")]


class OneToken:
    """Accepts one token, compared in constant time."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who shows the token, or None if it is another."""
        if not hmac.compare_digest(token.strip().encode(), self._token):
            return None
        return AccessToken(token="", client_id="client", scopes=[])


_AUTH = AuthSettings.model_validate({"issuer_url": "http://localhost", "resource_server_url": None})
"""Has the SDK ask for a token. The issuer, which it wants named, is told to nobody: nobody issues any."""


class SkillServer(MCPServer[None]):
    """An MCP server over a `SkillService`; its resources are what the library holds at the moment.

    Args:
        service: Answers from the library.
        http: Where and to whom `serve` answers; None for a server on stdio.
    """

    def __init__(self, service: SkillService, http: HttpSettings | None = None) -> None:
        super().__init__(
            "trace2skill",
            instructions=INSTRUCTIONS,
            version=version("trace2skill"),
            log_level="WARNING",
            auth=_AUTH if http and http.token else None,
            token_verifier=OneToken(http.token) if http and http.token else None,
            extensions=[Skills(service)],
        )
        self._http = http
        self._service = service
        self._add_tools()
        for path, kind, read in (
            (SKILL_FILE, MARKDOWN, self.markdown),
            (EVIDENCE_FILE, MARKDOWN, self.evidence),
            (JSON_FILE, "application/gzip", self.whole),
        ):
            self.resource(file_uri("{name}", path), name=path, mime_type=kind)(read)

    def serve(self) -> None:
        """Answer until stopped."""
        if self._http is None:
            self.run()
            return
        self.run(
            "streamable-http",
            host=self._http.host,
            port=self._http.port,
            transport_security=TransportSecuritySettings(
                allowed_hosts=self._http.hosts, allowed_origins=self._http.origins
            ),
            max_request_body_size=MAX_BODY,
            max_sessions=MAX_SESSIONS,
            session_idle_timeout=IDLE_SECONDS,
        )

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
        note: Annotated[str, Field(max_length=2000, description="Why, in a sentence.")] = "",
    ) -> Reported:
        """Report what came of a task for which skills were found."""
        return _told(lambda: self._service.report(receipt, outcome, note))

    def markdown(self, name: str) -> str:
        """A skill's SKILL.md as a resource.

        Raises:
            ResourceError: There is none of that name, or the library cannot be used.
        """
        return self._file(name, SKILL_FILE).decode()

    def evidence(self, name: str) -> str:
        """The page of a skill's evidence; as `markdown`."""
        return self._file(name, EVIDENCE_FILE).decode()

    def whole(self, name: str) -> bytes:
        """The whole skill as compressed JSON; as `markdown`."""
        return self._file(name, JSON_FILE)

    def _file(self, name: str, path: str) -> bytes:
        try:
            return self._service.files(name)[path]
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
                uri=file_uri(each.name, SKILL_FILE),
                name=each.name,
                title=each.title,
                description=each.description,
                mime_type=MARKDOWN,
            )
            for each in entries
        ]


def _told(answer: Callable[[], Result]) -> Result:
    """The answer; an expected failure becomes the message that the client's model reads."""
    try:
        return answer()
    except UNUSABLE as error:
        raise ToolError(str(error)) from error
