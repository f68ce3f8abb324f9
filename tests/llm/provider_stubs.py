"""Servers that answer as the providers' references say: each a script of the test server.

A stub takes the value that is due and which ways of holding an answer to a schema it has; what it has not it
refuses in the words of that API.
"""

import json
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from tests.chat_server import Asked, Reply, Script, refused

PROMPT, COMPLETION = 21, 8
"""Tokens that every stub counts."""

CLOSE = ("connection", "close")
"""For a client that leaves its sockets open."""


def openai(value: object, ways: Collection[str]) -> Script:
    """Chat completions: `response_format` of both kinds, `tools` with `tool_choice`."""

    def script(_: int, asked: Asked) -> Reply:
        kind = asked.get("response_format", {}).get("type") or ("tools" if "tools" in asked else "")
        if kind and kind not in ways:
            return refused(400, f"{kind.replace('json_schema', 'response_format')} is not supported")
        message: Asked = {"role": "assistant", "content": json.dumps(value)}
        if kind == "tools":
            function = {"name": asked["tools"][0]["function"]["name"], "arguments": json.dumps(value)}
            calls = [{"id": "call_1", "type": "function", "function": function}]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        elif kind == "json_object" and "JSON" not in str(asked["messages"]):
            return refused(400, "'messages' must contain the word 'json' to use response_format json_object")
        usage = {
            "prompt_tokens": PROMPT,
            "completion_tokens": COMPLETION,
            "total_tokens": PROMPT + COMPLETION,
        }
        end = "tool_calls" if kind == "tools" else "stop"
        choice = {"index": 0, "message": message, "finish_reason": end, "logprobs": None}
        whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"]}
        return _reply({**whole, "choices": [choice], "usage": usage})

    return script


def anthropic(value: object, ways: Collection[str]) -> Script:
    """Messages: `output_config.format`, and `tools` with a forced `tool_choice`; `max_tokens` is required."""

    def script(_: int, asked: Asked) -> Reply:
        kind = "output_config" if "output_config" in asked else "tools" if "tools" in asked else ""
        if "max_tokens" not in asked or "seed" in asked:
            return _anthropic_error(400, "invalid_request_error", "max_tokens: Field required; no seed")
        if kind and kind not in ways:
            return _anthropic_error(400, "invalid_request_error", f"{kind}: Extra inputs are not permitted")
        content: Asked = {"type": "text", "text": json.dumps(value)}
        if kind == "tools":
            name = asked["tool_choice"]["name"]
            content = {"type": "tool_use", "id": "toolu_1", "name": name, "input": value}
        end = "tool_use" if kind == "tools" else "end_turn"
        usage = {"input_tokens": PROMPT, "output_tokens": COMPLETION}
        whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"]}
        return _reply(
            {**whole, "content": [content], "stop_reason": end, "stop_sequence": None, "usage": usage}
        )

    return script


def google(value: object, ways: Collection[str]) -> Script:
    """`generateContent`: `responseJsonSchema`, and `tools` with `functionCallingConfig`."""

    def script(_: int, asked: Asked) -> Reply:
        kind = "responseJsonSchema" if "responseJsonSchema" in asked["generationConfig"] else ""
        kind = kind or ("tools" if "tools" in asked else "")
        if kind and kind not in ways:
            words = "Function calling" if kind == "tools" else "JSON mode"
            return _google_error(400, "INVALID_ARGUMENT", f"{words} is not enabled for models/gemma-x")
        part: Asked = {"text": json.dumps(value)}
        if kind == "tools":
            name = asked["tools"][0]["functionDeclarations"][0]["name"]
            part = {"functionCall": {"name": name, "args": value}}
        content = {"role": "model", "parts": [part]}
        usage = {
            "promptTokenCount": PROMPT,
            "candidatesTokenCount": COMPLETION,
            "totalTokenCount": PROMPT + COMPLETION,
        }
        candidate = {"content": content, "finishReason": "STOP", "index": 0}
        return _reply({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x"})

    return script


def ollama(value: object, ways: Collection[str]) -> Script:
    """`/api/chat`, a line of JSON per event: `format` as a schema or `json`, and `tools`."""

    def script(_: int, asked: Asked) -> Reply:
        given = asked.get("format")
        kind = "schema" if isinstance(given, dict) else given or ("tools" if asked.get("tools") else "")
        if kind and kind not in ways:
            words = "does not support tools" if kind == "tools" else "invalid json_schema in format"
            return _ollama_error(400, "", f"{asked['model']} {words}")
        message: Asked = {"role": "assistant", "content": json.dumps(value)}
        if kind == "tools":
            function = {"name": asked["tools"][0]["function"]["name"], "arguments": value}
            message = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
        counts = {"prompt_eval_count": PROMPT, "eval_count": COMPLETION, "done_reason": "stop"}
        event = {"model": asked["model"], "created_at": "2026-01-01T00:00:00Z", "message": message}
        body = json.dumps({**event, "done": True, **counts}).encode() + b"\n"
        return Reply(body, headers=(("content-type", "application/x-ndjson"), CLOSE))

    return script


class Api(NamedTuple):
    """An API: a model's name, its stub, patterns of its path and of its key's header, ways, errors."""

    model: str
    stub: Callable[[object, Collection[str]], Script]
    path: str
    key: str
    ways: tuple[str, ...]
    error: Callable[[int, str, str], Reply]


def _reply(body: Any) -> Reply:
    return Reply(json.dumps(body).encode())


def _openai_error(status: int, kind: str, words: str) -> Reply:
    error = {"message": words, "type": kind, "param": None, "code": None}
    return Reply(json.dumps({"error": error}).encode(), status)


def _anthropic_error(status: int, kind: str, words: str) -> Reply:
    body = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
    return Reply(json.dumps(body).encode(), status)


def _google_error(status: int, kind: str, words: str) -> Reply:
    body = {"error": {"code": status, "message": words, "status": kind}}
    return Reply(json.dumps(body).encode(), status)


def _ollama_error(status: int, _: str, words: str) -> Reply:
    return Reply(json.dumps({"error": words}).encode(), status, headers=(CLOSE,))


APIS = {
    "openai": Api(
        *("openai:gpt-x", openai, "/v1/chat/completions", "authorization: bearer "),
        ("json_schema", "tools", "json_object"),
        _openai_error,
    ),
    "anthropic": Api(
        *("anthropic:claude-x", anthropic, "/v1/messages", "authorization: bearer |x-api-key: "),
        ("output_config", "tools"),
        _anthropic_error,
    ),
    "google": Api(
        *("google_genai:gemini-x", google, "/v1(beta)?/models/gemini-x:generatecontent", "x-goog-api-key: "),
        ("responseJsonSchema", "tools"),
        _google_error,
    ),
    "ollama": Api("ollama:qwen-x", ollama, "/api/chat", "", ("schema", "tools", "json"), _ollama_error),
}
