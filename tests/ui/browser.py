"""A browser without a screen: a client that was opened with the printed address, and what its pages hold."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from starlette.testclient import TestClient

from trace2skill.ui.desk import Desk
from trace2skill.ui.guard import Key
from trace2skill.ui.server import application

PORT = 8717
BASE = f"http://127.0.0.1:{PORT}"


def opened(
    library: Path, *, key: Key | None = None, entered: bool = True, checkpoints: str | None = None
) -> TestClient:
    """A client of the pages of a library; `entered` with the key, so that it may decide on reviews."""
    key = key or Key(PORT)
    client = TestClient(application(Desk(library, checkpoints=checkpoints), PORT, key), base_url=BASE)
    if entered:
        client.get(f"/?key={key.secret}")
    return client


def compact(text: str) -> str:
    """The text without any space."""
    return "".join(text.split())


class Page(HTMLParser):
    """A page's tags with their attributes, its links, its forms' fields, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).split())

    @property
    def links(self) -> list[str]:
        """Where the links lead."""
        return [str(attrs.get("href")) for tag, attrs in self.tags if tag == "a"]

    @property
    def compact(self) -> str:
        """All text without any space: tags inside a sentence do not tear it apart."""
        return compact("".join(self.words))

    def of(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag that has the wanted ones."""
        return [
            attrs
            for name, attrs in self.tags
            if name == tag and all(attrs.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


def look(client: TestClient, address: str, status: int = 200) -> Page:
    """The page at an address.

    Raises:
        AssertionError: It is answered otherwise.
    """
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.text[:500])
    return Page(answer.text)


def walk(client: TestClient, start: str = "/") -> Iterator[tuple[str, str]]:
    """Every page that can be reached by links, with its address."""
    seen, left = {start}, [start]
    while left:
        address = left.pop()
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        yield address, answer.text
        for link in Page(answer.text).links:
            plain = link.partition("#")[0]
            if plain and plain not in seen:
                seen.add(plain)
                left.append(plain)
