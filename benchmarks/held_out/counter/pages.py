"""Question pages for a reader, all readings and the tools in and the list of calls out, and their scores."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchmarks.held_out.counter.arms import ARMS, task
from benchmarks.held_out.counter.convention import Convention
from benchmarks.held_out.counter.desk import Desk, sweep, tools
from benchmarks.held_out.counter.tickets import Ticket
from trace2skill.errors import InputError
from trace2skill.evaluation.arms import Arm
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.traces.model import Action

Replies = dict[str, list[Action]]
LETTERS = "ABCDE"
HOW = """\
You work at a desk that settles tickets. The desk has its own way of working, which the names of tools and
readings do not give away. For each ticket below everything that can be read was read. Answer with the calls
that settle it, complete and in order. You see no results between the calls. A ticket counts as settled if,
after your calls, account, lines and device are exactly as this desk wants them, and the ticket is handed over
if, and only if, this desk hands it over. A change that was not called for counts as a failure. Reading again
is not needed.

Write one JSON object, nothing around it: for each ticket's id the list of calls, each
`{"tool": NAME, "arguments": {...}}`. An empty list if nothing is to be done. If you do not know, give your
best guess."""


def write_pages(
    convention: Convention, asked: Sequence[Ticket], given: Mapping[str, Arm], out: Path, key: Path
) -> None:
    """A folder for each arm, a page for each kind of issue; which folder is which arm goes to `key`.

    A page's guidance is that of its first ticket.
    """
    rng = random.Random(f"pages/{convention.seed}")  # noqa: S311 - reproducible, no secret
    names = dict(zip(rng.sample(ARMS, len(ARMS)), LETTERS, strict=True))
    tokens: dict[str, list[int]] = {}
    for name, letter in names.items():
        folder = out / letter
        folder.mkdir(parents=True, exist_ok=True)
        for kind in sorted({each.kind for each in asked}):
            of = [each for each in asked if each.kind == kind]
            guidance = given[name].guidance(task(of[0]))
            tokens.setdefault(name, []).append(approx_tokens(guidance) if guidance else 0)
            (folder / f"{kind + 1:02d}.md").write_text(page(convention, of, guidance), encoding="utf-8")
    record = {"seed": convention.seed, "folders": names, "tokens": tokens}
    key.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def page(convention: Convention, of: Sequence[Ticket], guidance: str) -> str:
    """One page: how to answer, what is given beside, the tools, and the tickets with their readings."""
    offered = [each.model_dump(mode="json") for each in tools(convention)]
    lines = ["# Tickets", "", HOW, ""]
    if guidance:
        lines += ["# Given beside", "", guidance, ""]
    lines += ["# Tools", "", *(json.dumps(each) for each in offered), ""]
    for each in of:
        lines += [f"# {each.id}", "", each.text, "", *readings(convention, each), ""]
    return "\n".join(lines)


def readings(convention: Convention, of: Ticket) -> Iterable[str]:
    """What every read tool returns, a line each."""
    desk = Desk(convention, of)
    sweep(desk)
    for step in desk.steps:
        if step.action:
            yield f"{step.action.tool}({json.dumps(step.action.arguments)}) -> {json.dumps(step.observation)}"


def read_replies(folder: Path) -> Replies:
    """All replies of a folder by ticket. A page without a reply leaves its tickets out.

    Raises:
        InputError: A reply is no JSON object of calls; the message names the file.
    """
    found: Replies = {}
    for path in sorted(folder.glob("*.reply")):
        text = path.read_text(encoding="utf-8")
        try:
            body: Any = json.loads(text[text.index("{") : text.rindex("}") + 1])
            found |= TypeAdapter(Replies).validate_python(body)
        except (ValueError, ValidationError) as error:
            raise InputError(f"{path} holds no JSON object of ticket ids and calls: {error}") from error
    return found


def settled(convention: Convention, asked: Sequence[Ticket], replies: Replies) -> list[bool]:
    """Which tickets the calls settle; one without a reply is not settled."""
    return [Desk(convention, each).do(replies.get(each.id, [])).reward() == 1 for each in asked]
