"""Model servers that are hostile or broken: what the user is told, what is sent where, and that it ends."""

import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.chat_server import Asked, Reply, answered, chat_server, refused
from tests.llm.asking import YES, Answer, asker, question, yes
from trace2skill.errors import AnswerError, ModelError

KEY = "sk-secret-of-the-operator-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def raw_server(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that reads a request and then does as it likes with the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            secured = context.wrap_socket(connection, server_side=True) if context else connection
            with secured:
                secured.recv(1 << 16)
                talk(secured)

    def accept() -> None:
        while not over.is_set():
            with suppress(OSError):
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{port}/v1"
    finally:
        over.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
        thread.join()
        listener.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "google_genai", "ollama"])
def test_a_redirect_to_another_server_is_refused(
    provider: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the prompt nor a key is sent on; where it leads is said."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, KEY)
    with chat_server(script=lambda _, asked: answered(yes(asked), asked)) as other:
        moved = Reply(b"", status, (("location", f"{other.url}/chat/completions"),))
        with (
            chat_server(script=lambda *_: moved) as chat,
            pytest.raises(ModelError, match="it redirects to http://127") as caught,
        ):
            asker(chat.url.removesuffix("/v1"), model=f"{provider}:m").ask(question(), Answer)
    assert len(chat.asked) == 1
    assert other.asked == []
    assert KEY not in str(caught.value)


def test_a_redirect_on_the_same_server_is_followed() -> None:
    """As a path that has moved."""

    def script(number: int, asked: Asked) -> Reply:
        moved = Reply(b"", 307, (("location", "/v1/elsewhere"),))
        return answered(yes(asked), asked) if number else moved

    with chat_server(script=script) as chat:
        assert asker(chat.url).ask(question(), Answer) == YES


@pytest.mark.parametrize("after", ["7200", "Wed, 01 Jan 2098 00:00:00 GMT"])
def test_a_wait_of_hours_ends_the_run_at_once(after: str) -> None:
    """It says how long was asked for, and that running again goes on."""
    with (
        chat_server(script=lambda *_: refused(429, "slow down", after=after)) as chat,
        pytest.raises(ModelError, match=r"asks to wait [\d,]+ s, .* run again then"),
    ):
        asker(chat.url).ask(question(), Answer)
    assert len(chat.asked) == 1


def drip(head: bytes) -> Talk:
    """A byte at a time, for ever, with never as much silence as a client bears."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.02)

    return talk


@pytest.mark.parametrize(
    "head",
    [HEAD + b"content-length: 100000\r\n\r\n", HEAD + b"x-more: "],
    ids=["body", "headers"],
)
def test_a_reply_that_never_ends_is_given_up(head: bytes) -> None:
    """After ten times the silence that is borne, each time."""
    begun = time.monotonic()
    with (
        raw_server(drip(head)) as url,
        pytest.raises(ModelError, match=r"no whole reply within 1 s \(10 times timeout_s\)"),
    ):
        asker(url, timeout_s=0.1, retries=1).ask(question(), Answer)
    assert time.monotonic() - begun < 15


def endless(connection: socket.socket) -> None:
    """A reply of a gigabyte."""
    connection.sendall(HEAD + b"content-length: 1000000000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" " * 1_000_000)


def test_a_reply_of_a_gigabyte_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as far as the bound, once; the bound is lowered here, for speed."""
    monkeypatch.setattr("trace2skill.llm.http.MOST_BYTES", 8 << 20)
    tracemalloc.start()
    with (
        raw_server(endless) as url,
        pytest.raises(AnswerError, match="a reply is larger than 8 MB"),
    ):
        asker(url).ask(question(), Answer)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_a_compressed_reply_is_refused() -> None:
    """It may become a thousand times as much, and none was asked for."""
    packed = Reply(b"{}", headers=(("content-encoding", "gzip"),))
    with (
        chat_server(script=lambda *_: packed) as chat,
        pytest.raises(ModelError, match=r"its replies are compressed \(gzip\)"),
    ):
        asker(chat.url).ask(question(), Answer)
    assert "accept-encoding: identity" in chat.heads[0]


def half(connection: socket.socket) -> None:
    """A chunked reply that breaks off in its second chunk."""
    connection.sendall(HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"id"\r\nff\r\n: ')


def test_a_stream_that_breaks_off_is_tried_again_and_told() -> None:
    """After the last attempt."""
    with raw_server(half) as url, pytest.raises(ModelError, match=r"Connection error\. \(.+\)"):
        asker(url, retries=1).ask(question(), Answer)


def test_another_content_type_does_not_matter_if_the_content_does() -> None:
    """JSON that is sent as text is read."""

    def script(_: int, asked: Asked) -> Reply:
        return answered(yes(asked), asked)._replace(headers=(("content-type", "text/plain"),))

    with chat_server(script=script) as chat:
        assert asker(chat.url).ask(question(), Answer) == YES


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody has signed but its owner."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    subprocess.run([*made, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.mark.skipif(not Path("/usr/bin/openssl").exists(), reason="no openssl to make a certificate with")
def test_a_certificate_that_cannot_be_verified_stops_at_once(certificate: ssl.SSLContext) -> None:
    """It is said, and no request was sent."""
    with (
        raw_server(lambda _: None, certificate) as url,
        pytest.raises(ModelError, match="certificate verify failed"),
    ):
        asker(url).ask(question(), Answer)


def plain(connection: socket.socket) -> None:
    """What a server without TLS says to a handshake."""
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")


def test_a_server_without_tls_is_told() -> None:
    """The address says https, the server speaks http."""
    with raw_server(plain) as url, pytest.raises(ModelError, match=r"Connection error\. \(.*SSL"):
        asker(url.replace("http:", "https:"), retries=0).ask(question(), Answer)
