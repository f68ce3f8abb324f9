"""A server on loopback with the prompts and skills of a Langfuse project, as its API reference documents."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

Version = dict[str, Any]
PROMPTS, SKILLS = "/api/public/v2/prompts", "/api/public/unstable/skills"
NOW = "2026-11-30T08:00:00Z"


@dataclass
class Project:
    """What is kept: versions of prompts and skills, by path and name, the oldest first."""

    url: str = ""
    login: str = "pk:sk"
    kept: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def versions(self, path: str, name: str) -> list[Version]:
        """The versions of one thing."""
        return self.kept.get((path, name), [])

    def answer(self, method: str, url: str, body: Any) -> tuple[int, Any]:
        """Status and value for a request."""
        split = urlsplit(url)
        path = next((each for each in (PROMPTS, SKILLS) if split.path.startswith(each)), None)
        if path is None:
            return 404, {"message": "not found"}
        name, *rest = (split.path.removeprefix(path).strip("/") or "").split("/")
        if method == "POST":
            return 201, self._add(path, body)
        if method == "PATCH":
            return 200, self._label(path, name, int(rest[-1]), body)
        query = {key: values[-1] for key, values in parse_qs(split.query).items()}
        label, number = query.get("label", "production"), int(query.get("version", 0))
        for each in self.versions(path, name):
            if each["version"] == number or (not number and label in each["labels"]):
                return 200, each
        return 404, {"message": f"{name} not found", "error": "LangfuseNotFoundError"}

    def _add(self, path: str, body: Any) -> Version:
        made = _prompt(body) if path == PROMPTS else _skill(body)
        versions = self.kept.setdefault((path, made["name"]), [])
        made["version"] = len(versions) + 1
        self._move(versions, made.pop("wanted"))
        versions.append(made)
        self._move(versions[:-1], ["latest"])
        return made

    def _label(self, path: str, name: str, number: int, body: Any) -> Version:
        versions = self.versions(path, name)
        found = versions[number - 1]
        added = body.get("newLabels", body.get("labels"))
        self._move(versions, added)
        kept = found["labels"] if path == PROMPTS else [each for each in found["labels"] if each == "latest"]
        found["labels"] = sorted({*kept, *added})
        return found

    def _move(self, versions: list[Version], labels: list[str]) -> None:
        for each in versions:
            each["labels"] = [label for label in each["labels"] if label not in labels]


def _prompt(body: Any) -> Version:
    labels = body.get("labels") or []
    kept = ("name", "prompt", "type", "config", "tags", "commitMessage")
    return {key: body.get(key) for key in kept} | {"labels": [*labels, "latest"], "wanted": labels}


def _skill(body: Any) -> Version:
    texts = {each["path"]: each["content"] for each in body["files"]}
    frontmatter = yaml.safe_load(texts["SKILL.md"].split("---")[1])
    files = [
        {
            "id": path,
            "path": path,
            "blobId": path,
            "sha256Hash": base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
            "contentType": "text/plain",
            "contentLength": len(text.encode()),
        }
        for path, text in texts.items()
    ]
    return {
        "id": "1",
        "createdAt": NOW,
        "updatedAt": NOW,
        "projectId": "p",
        "createdBy": "API",
        "name": frontmatter["name"],
        "description": frontmatter["description"],
        "frontmatter": frontmatter,
        "tags": [],
        "labels": ["latest"],
        "wanted": [],
        "commitMessage": body.get("commitMessage"),
        "files": files,
    }


@contextmanager
def langfuse_server() -> Iterator[Project]:
    """A server in a thread, with an empty project."""
    project = Project()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            wanted = "Basic " + base64.b64encode(project.login.encode()).decode()
            if self.headers.get("authorization") != wanted:
                status, value = 401, {"message": "Invalid credentials"}
            else:
                project.asked.append((self.command, urlsplit(self.path).path))
                status, value = project.answer(self.command, self.path, body)
            text = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = handle_one  # noqa: N815 - the names are http.server's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    project.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield project
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
