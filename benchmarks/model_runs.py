"""What the benches of distilling with a model share: real inputs, a scripted model, the log of its server."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.scripted_analyst import kind_of

ROOT = Path(__file__).resolve().parents[1]
TRACES = ROOT.parent / "shared" / "traces"
WEBSHOP_MAP = ROOT / "examples" / "maps" / "webshop.toml"


@dataclass
class Exchange:
    """A request as the server logged it; `replied` is None while its reply is not out."""

    number: int
    hash: str
    kind: str
    prompt: str
    asked: float
    replied: float | None = None
    whole: bool = False
    reply: str = ""
    schema: str = field(default="", repr=False)


@contextmanager
def scripted_model(log: Path, delay: float, *options: str) -> Iterator[str]:
    """The test server as a process of its own; its address."""
    command = [sys.executable, "-m", "tests.chat_server", "--analyst", "--delay", str(delay)]
    command += ["--log", str(log), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def exchanges(log: Path) -> list[Exchange]:
    """What the server logged, in the order the requests came."""
    found: dict[int, Exchange] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        event: dict[str, Any] = json.loads(line)
        number = event["number"]
        if asked := event.get("asked"):
            prompt = "\n".join(str(message["content"]) for message in asked["messages"])
            schema = json.dumps(asked.get("response_format") or asked.get("tools") or "")
            found[number] = Exchange(
                number, event["hash"], kind_of(asked), prompt, event["at"], schema=schema
            )
        else:
            each = found[number]
            each.replied, each.whole = event["at"], event["whole"]
            each.reply = _content(event["reply"])
    return list(found.values())


def rounds(log: Sequence[Exchange]) -> list[list[Exchange]]:
    """Requests of one kind without one of another between them: what a run asks at once."""
    return [list(group) for _, group in groupby(log, key=lambda each: each.kind)]


def tau2(folder: Path, count: int) -> list[str]:
    """So many records of the two domains of tau2, half of each."""
    paths = []
    for domain, taken in (("telecom", count - count // 2), ("retail", count // 2)):
        whole = json.loads((TRACES / "tau2" / f"{domain}_gpt-4.1.json").read_bytes())
        whole["simulations"] = whole["simulations"][:taken]
        paths.append(_written(folder / f"tau2_{domain}.json", whole))
    return paths


def tau_bench(folder: Path, count: int) -> list[str]:
    """The first records of tau-bench's airline domain."""
    whole = json.loads((TRACES / "tau_bench" / "airline_gpt-4o.json").read_bytes())
    return [_written(folder / "tau_bench.json", whole[:count])]


def webshop() -> list[str]:
    """250 records of WebShop, read with a mapping."""
    return [str(TRACES / "webshop_react"), "--map", str(WEBSHOP_MAP)]


def _written(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def _content(reply: str) -> str:
    message = json.loads(reply)["choices"][0]["message"]
    return str(message["content"] or message.get("tool_calls"))
