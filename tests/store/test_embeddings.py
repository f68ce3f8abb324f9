"""Embeddings by name and by object."""

import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from trace2skill.errors import LibraryError, SettingError
from trace2skill.store.embeddings import Embedder, embed_query, resolve_embedding
from trace2skill.store.langchain import LangChainEmbedder


def cosine(left: list[float], right: list[float]) -> float:
    """Cosine of two vectors."""
    return sum(a * b for a, b in zip(left, right, strict=True)) / math.hypot(*left) / math.hypot(*right)


def test_the_default_embedding_knows_what_words_mean() -> None:
    """A paraphrase is nearer than another topic; vectors have length 1."""
    question, paraphrase, other = resolve_embedding().embed(
        ["My phone has no mobile data", "The cellular internet is down", "Refund my flight ticket"]
    )
    assert len(question) == 256
    assert math.hypot(*question) == pytest.approx(1, abs=1e-5)
    assert cosine(question, paraphrase) > cosine(question, other)


def test_a_text_is_embedded_the_same_alone_and_in_company() -> None:
    """No padding leaks from a neighbour."""
    embedder = resolve_embedding("wordllama")
    assert embedder.embed(["short", "a much longer text"])[0] == embedder.embed(["short"])[0]


def test_odd_texts_are_embedded_too() -> None:
    """Nothing, marks of the tokenizer, other scripts: finite numbers, one vector each."""
    vectors = resolve_embedding().embed(["", "</s><unk><pad>", "数据 🎉", "\x00"])
    assert len(vectors) == 4
    assert all(math.isfinite(value) for vector in vectors for value in vector)


def test_the_default_embedding_needs_no_network() -> None:
    """In a process where every connection fails, and without importing wordllama's downloader."""
    code = (
        "import socket, sys\n"
        "def refuse(*a): raise OSError('network')\n"
        "socket.socket.connect = refuse\n"
        "from trace2skill.store.embeddings import resolve_embedding\n"
        "print(len(resolve_embedding().embed(['hello'])[0]), 'requests' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "256 False\n", done.stderr


def test_a_langchain_object_is_taken_as_it_is() -> None:
    """Named by its class, so that an index remembers it."""
    embedder = resolve_embedding(DeterministicFakeEmbedding(size=8))
    assert embedder.id == "langchain_core.embeddings.fake:DeterministicFakeEmbedding"
    assert len(embedder.embed(["a", "b"])) == 2


def test_an_embedder_object_is_taken_as_it_is() -> None:
    """Anything with `id` and `embed` will do."""

    class Lengths:
        id = "lengths"

        def embed(self, texts: list[str]) -> list[list[float]]:
            return [[float(len(text)), 1.0] for text in texts]

    mine: Embedder = Lengths()
    assert resolve_embedding(mine) is mine
    assert embed_query(mine, "abc") == [3.0, 1.0]


def test_a_question_may_be_embedded_differently() -> None:
    """LangChain tells queries from documents, and so do we."""

    class Asymmetric(DeterministicFakeEmbedding):
        def embed_query(self, text: str) -> list[float]:
            return [1.0, 2.0]

    assert embed_query(LangChainEmbedder(Asymmetric(size=2)), "q") == [1.0, 2.0]


def test_a_langchain_class_by_import_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any importable class that is made without arguments."""
    (tmp_path / "my_embeddings.py").write_text(
        "from langchain_core.embeddings import DeterministicFakeEmbedding\n"
        "class Tiny(DeterministicFakeEmbedding):\n"
        "    size: int = 4\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    embedder = resolve_embedding("my_embeddings:Tiny")
    assert isinstance(embedder, Embedder)
    assert embedder.id == "my_embeddings:Tiny"
    assert len(embedder.embed(["a"])[0]) == 4


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nonsense", "unknown embedding 'nonsense'; give wordllama, openai:MODEL"),
        ("openai:", "unknown embedding"),
        (
            "absent_package.x:Y",
            "needs the module absent_package; install it with `pip install 'absent-package'`",
        ),
        ("langchain_core.embeddings:Absent", "has no LangChain embedding class 'Absent'"),
        ("json:dumps", "has no LangChain embedding class 'dumps'"),
        ("langchain_core.embeddings:DeterministicFakeEmbedding", "cannot be made without arguments"),
    ],
)
def test_a_name_that_cannot_be_used_says_why(name: str, message: str) -> None:
    """And what would be right."""
    with pytest.raises(SettingError) as caught:
        resolve_embedding(name)
    assert message in str(caught.value)


def test_a_missing_langchain_community_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not it is installed here: `None` in sys.modules is Python's way to say absent."""
    monkeypatch.setitem(sys.modules, "langchain_community", None)
    monkeypatch.delitem(sys.modules, "langchain_community.embeddings", raising=False)
    with pytest.raises(SettingError, match=r"pip install 'trace2skill\[community\]'"):
        resolve_embedding("langchain_community.embeddings:FakeEmbeddings")


def test_an_object_that_is_no_embedding_is_refused() -> None:
    """By type name."""
    with pytest.raises(SettingError, match="a dict is no embedding"):
        resolve_embedding({})  # type: ignore[arg-type]


@contextmanager
def openai_server(status: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """An OpenAI-shaped embeddings server on loopback: its address, and the requests it was sent."""
    asked: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            texts = asked[-1]["input"]
            count = len(texts) if isinstance(texts, list) else 1
            data = [
                {"index": at, "embedding": [float(at), 1.0], "object": "embedding"} for at in range(count)
            ]
            answer = {"object": "list", "data": data, "model": "m", "usage": {}}
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(
                json.dumps(answer if status == 200 else {"error": {"message": "sk-secret"}}).encode()
            )

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_openai_is_asked_with_text_cut_to_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain strings go out (no token table is fetched), long ones are cut."""
    with openai_server(200) as (url, asked):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        embedder = resolve_embedding("openai:small")
        assert embedder.id == "openai:small"
        assert embedder.embed(["a", "b" * 9000]) == [[0.0, 1.0], [1.0, 1.0]]
    assert asked[0]["model"] == "small"
    assert asked[0]["input"] == ["a", "b" * 8000]


def test_an_openai_failure_does_not_quote_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its messages may hold a part of the key."""
    with openai_server(401) as (url, _):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with pytest.raises(
            LibraryError, match=r"openai:small failed \(AuthenticationError, status 401\)"
        ) as caught:
            resolve_embedding("openai:small").embed(["a"])
    assert "sk-secret" not in str(caught.value)


def test_openai_without_a_key_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingError, match="OPENAI_API_KEY"):
        resolve_embedding("openai:small")
