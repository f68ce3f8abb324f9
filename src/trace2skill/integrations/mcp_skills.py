"""The Skills extension of MCP (SEP-2640): each skill as a folder of resources, with their digests."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import yaml
from mcp import MCPError
from mcp.server.extension import Extension, MethodBinding
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CacheableResult,
    PaginatedRequestParams,
    PaginatedResult,
    RequestParams,
)

from trace2skill.errors import LibraryError
from trace2skill.integrations.service import SkillService
from trace2skill.skillmd.folder import SKILL_FILE
from trace2skill.store.guidance import UNUSABLE

SCHEME = "skill://"
PAGE = 100
"""Skills on one page of a listing."""

Result = TypeVar("Result")


class SkillParams(RequestParams):
    """Which skill: the URI of its SKILL.md."""

    uri: str


class ListedSkills(PaginatedResult, CacheableResult):
    """One page of the skills."""

    result_type: str = "complete"
    skills: list[dict[str, Any]]


class OneSkill(CacheableResult):
    """One skill."""

    result_type: str = "complete"
    skill: dict[str, Any]


class Skills(Extension):
    """`skills/list` and `skills/get` over a library; the files themselves are ordinary resources.

    Args:
        service: Answers from the library.
    """

    identifier = "io.modelcontextprotocol/skills"

    def __init__(self, service: SkillService) -> None:
        self._service = service

    def methods(self) -> list[MethodBinding]:
        """The two methods that every server with this extension has."""
        return [
            MethodBinding("skills/list", PaginatedRequestParams, self._list),
            MethodBinding("skills/get", SkillParams, self._get),
        ]

    async def _list(self, _: object, params: PaginatedRequestParams) -> ListedSkills:
        start = params.cursor or ""
        names = [each.name for each in await _answered(self._service.entries) if each.name > start]
        page = names[:PAGE]
        found = [await _answered(lambda name=name: self._entry(name)) for name in page]  # type: ignore[misc]
        return ListedSkills(skills=found, next_cursor=page[-1] if len(names) > PAGE else None)

    async def _get(self, _: object, params: SkillParams) -> OneSkill:
        name = params.uri.removeprefix(SCHEME).removesuffix(f"/{SKILL_FILE}")
        if file_uri(name, SKILL_FILE) != params.uri:
            raise MCPError(
                INVALID_PARAMS, f"give the URI of a skill's {SKILL_FILE}, as {SCHEME}NAME/{SKILL_FILE}"
            )
        return OneSkill(skill=await _answered(lambda: self._entry(name)))

    def _entry(self, name: str) -> dict[str, Any]:
        files = self._service.files(name)
        return {
            "uri": file_uri(name, SKILL_FILE),
            "frontmatter": frontmatter(files),
            "resources": [
                {
                    "uri": file_uri(name, path),
                    "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
                    "size": len(data),
                }
                for path, data in sorted(files.items())
            ],
        }


def file_uri(name: str, path: str) -> str:
    """The URI of a file of a skill."""
    return f"{SCHEME}{name}/{path}"


def frontmatter(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The frontmatter of a skill's SKILL.md as it stands there."""
    head = files[SKILL_FILE].decode().split("---\n", 2)[1]
    found: dict[str, Any] = yaml.safe_load(head)
    return found


async def _answered(ask: Callable[[], Result]) -> Result:
    """What the library answers, asked off the event loop.

    Raises:
        MCPError: There is no such skill, or the library cannot be used.
    """
    try:
        return await asyncio.to_thread(ask)
    except LibraryError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from error
    except UNUSABLE as error:
        raise MCPError(INTERNAL_ERROR, str(error)) from error
