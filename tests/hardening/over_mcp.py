"""Everything that the MCP server answers a client with: tools, resources, prompts, the Skills extension."""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.types import Request, RequestParams
from pydantic import BaseModel, TypeAdapter

from tests.integrations.test_mcp_server import asked, inside

ANY: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Params(RequestParams):
    """Of the extension's methods."""

    uri: str | None = None


def told_over_mcp(library: Path, tasks: Sequence[str]) -> str:
    """All of it as one text, as a client reads it; compressed files as they were."""
    (answers,) = asked(inside(library), lambda client: _answers(client, tasks))
    return "\n".join(text for answer in answers for text in _texts(answer))


async def _answers(client: Client, tasks: Sequence[str]) -> list[Any]:
    tools, resources = await client.list_tools(), await client.list_resources()
    given: list[Any] = [client.instructions, tools, resources, await client.list_resource_templates()]
    if client.server_capabilities.prompts:
        given.append(await client.list_prompts())
    listed = await client.session.send_request(Request[Any, Any](method="skills/list", params=Params()), ANY)
    given.append(listed)
    for skill in listed["skills"]:
        one = Request[Any, Any](method="skills/get", params=Params(uri=skill["uri"]))
        given.append(await client.session.send_request(one, ANY))
        given += [await client.read_resource(each["uri"]) for each in skill["resources"]]
    calls: list[tuple[str, dict[str, Any]]] = [("list_skills", {})]
    calls += [("read_skill", {"name": skill["frontmatter"]["name"]}) for skill in listed["skills"]]
    calls += [
        ("read_skill", {"name": "no-such-skill"}),
        ("report_outcome", {"receipt": "x", "outcome": "helped"}),
    ]
    calls += [("search_skills", {"task": task, "limit": 20}) for task in tasks]
    assert {tool.name for tool in tools.tools} == {name for name, _ in calls}
    return [*given, *[await client.call_tool(name, arguments) for name, arguments in calls]]


def _texts(answer: object) -> Iterator[str]:
    """The strings in an answer; what is base64 and gzip as it was."""
    if isinstance(answer, BaseModel):
        answer = answer.model_dump(mode="json", by_alias=True)
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name == "blob":
                yield gzip.decompress(base64.b64decode(value)).decode()
            else:
                yield from (str(name), *_texts(value))
    elif isinstance(answer, list | tuple):
        for each in answer:
            yield from _texts(each)
    elif answer is not None:
        yield answer if isinstance(answer, str) else json.dumps(answer)
