"""The Skills extension of MCP, asked with the official client."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp import Client, MCPError
from mcp.types import Request, RequestParams
from pydantic import TypeAdapter

from tests.integrations.test_mcp_server import asked, inside
from trace2skill.store.library import Library

ANY: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Params(RequestParams):
    """Of both methods."""

    uri: str | None = None
    cursor: str | None = None


def calling(method: str, **params: str) -> Callable[[Client], Awaitable[Any]]:
    """The question that calls a method of the extension."""
    request = Request[Any, Any](method=method, params=Params(**params))
    return lambda client: client.session.send_request(request, ANY)


def uri(name: str) -> str:
    """A skill's URI."""
    return f"skill://{name}/SKILL.md"


def failure(folder: Path, question: Callable[[Client], Awaitable[Any]]) -> MCPError:
    """The error that the server answers with."""
    with pytest.raises(BaseExceptionGroup) as refused:
        asked(inside(folder), question)
    error: BaseException = refused.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, MCPError)
    return error


def test_every_file_is_as_its_entry_says(folder: Path) -> None:
    """Digest and size of what is read, and the frontmatter of the page itself."""
    listed, one, capabilities = asked(
        inside(folder),
        calling("skills/list"),
        calling("skills/get", uri=uri("boil-water")),
        declared,
    )
    assert capabilities.extensions == {"io.modelcontextprotocol/skills": {}}
    assert capabilities.resources is not None
    assert [skill["uri"] for skill in listed["skills"]] == [
        uri(name) for name in ("boil-water", "refund-cancelled-flight", "send-picture-messages")
    ]
    assert listed["resultType"] == one["resultType"] == "complete"
    assert (listed["cacheScope"], listed["ttlMs"]) == ("private", 0)
    assert one["skill"] == listed["skills"][0]
    for resource in one["skill"]["resources"]:
        data = read(folder, resource["uri"])
        assert resource["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource["size"] == len(data)
    page = read(folder, one["skill"]["uri"]).decode()
    assert one["skill"]["frontmatter"] == yaml.safe_load(page.split("---\n", 2)[1])


async def declared(client: Client) -> Any:
    """What the server says it can do."""
    return client.server_capabilities


def read(folder: Path, address: str) -> bytes:
    """The raw content of a resource."""
    content = asked(inside(folder), lambda client: client.read_resource(address))[0].contents[0]
    return base64.b64decode(content.blob) if hasattr(content, "blob") else content.text.encode()


def test_pages_follow_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until none is left."""
    monkeypatch.setattr("trace2skill.integrations.mcp_skills.PAGE", 2)
    first = asked(inside(folder), calling("skills/list"))[0]
    rest = asked(inside(folder), calling("skills/list", cursor=first["nextCursor"]))[0]
    assert [len(page["skills"]) for page in (first, rest)] == [2, 1]
    assert "nextCursor" not in rest


@pytest.mark.parametrize("address", ["skill://ghost/SKILL.md", "skill://boil-water", "boil-water", ""])
def test_what_is_no_skill_is_an_invalid_parameter(folder: Path, address: str) -> None:
    """As the extension wants it."""
    assert failure(folder, calling("skills/get", uri=address)).error.code == -32602


def test_a_retired_skill_is_not_served(folder: Path) -> None:
    """Neither its entry nor its page."""
    with Library(folder) as library:
        library.remove("boil-water")
    assert "not active" in str(failure(folder, calling("skills/get", uri=uri("boil-water"))))
    assert "not active" in str(failure(folder, lambda client: client.read_resource(uri("boil-water"))))
