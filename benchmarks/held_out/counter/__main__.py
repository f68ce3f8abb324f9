"""A telecom desk that no model knows: pages for a reader, their scores, and what skills alone settle.

    python -m benchmarks.held_out.counter pages --seed 17 --out DIR --key FILE
    python -m benchmarks.held_out.counter score DIR --key FILE
    python -m benchmarks.held_out.counter execute --seed 17

Tools, readings, values and rules of a desk are drawn by the seed (convention.py). `pages` distils a library
from recorded runs on other tickets of the desk and writes, for each arm, a folder of pages: whoever answers
page NN.md writes NN.reply. The arms are: nothing; a skill of another desk; what the library offers, as
agents are given it; the convention as a document; and the three recorded runs on the likest tickets.
`score` executes the calls of the replies. `execute` lets the skills act without a reader, by all that they
hold and by their visible rules alone.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.held_out.counter.arms import ARMS, arms
from benchmarks.held_out.counter.convention import Convention, draw
from benchmarks.held_out.counter.course import asked, good, shown
from benchmarks.held_out.counter.execution import RULES, executed
from benchmarks.held_out.counter.pages import read_replies, settled, write_pages
from benchmarks.held_out.counter.tickets import Ticket
from benchmarks.held_out.paired import paired, rate
from trace2skill.graph.run import distill

SHOWN, ASKED = 74, 24


def main() -> None:
    """Write pages, score replies, or execute."""
    arguments = _parser().parse_args()
    convention = draw(arguments.seed, graded=arguments.graded)
    tickets = asked(convention, ASKED)
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.does == "pages":
            library = distilled(convention, arguments.shown, Path(scratch) / "own")
            another = distilled(draw(arguments.seed + 1), arguments.shown, Path(scratch) / "another")
            write_pages(convention, tickets, arms(convention, library, another), arguments.out, arguments.key)
        elif arguments.does == "execute":
            library = distilled(convention, arguments.shown, Path(scratch))
            for rules in RULES:
                hits = executed(convention, library, tickets, rules)
                sys.stdout.write(f"{rules}: {rate(hits)}\n")
        else:
            sys.stdout.write(
                table(convention, tickets, arguments.folder, json.loads(arguments.key.read_text("utf-8")))
            )


def distilled(convention: Convention, count: int, folder: Path) -> Path:
    """The folder, with a library distilled from a good run on each of so many tickets."""
    distill(good(convention, shown(convention, count)), library=folder)
    return folder


def table(convention: Convention, tickets: list[Ticket], folder: Path, key: dict[str, dict[str, Any]]) -> str:
    """Settled tickets of each arm, against the arm without guidance, and what the guidance takes to read.

    An arm that nobody answered has no figures; a page without a reply counts as not settled.
    """
    replies = {name: read_replies(folder / key["folders"][name]) for name in ARMS}
    hits = {name: settled(convention, tickets, found) for name, found in replies.items() if found}
    lines = ["| arm | settled | tokens a page | against none | against the skill |", "|---|---|---|---|---|"]
    for name in ARMS:
        tokens = sum(key["tokens"][name]) // len(key["tokens"][name])
        against = [
            paired(hits[name], hits[other]) if name != other and {name, other} <= set(hits) else ""
            for other in ("none", "skill")
        ]
        told = rate(hits[name]) if name in hits else "not answered"
        lines.append(f"| {name} | {told} | {tokens} | {' | '.join(against)} |")
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.held_out.counter", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=17, help="draws the desk (%(default)s)")
    parser.add_argument("--graded", action="store_true", help="the amount of a top-up depends on the account")
    parser.add_argument("--shown", type=int, default=SHOWN, metavar="N", help="recorded runs (%(default)s)")
    does = parser.add_subparsers(dest="does", required=True)
    pages = does.add_parser("pages")
    pages.add_argument("--out", type=Path, required=True)
    score = does.add_parser("score")
    score.add_argument("folder", type=Path)
    for each in (pages, score):
        each.add_argument("--key", type=Path, required=True, help="which folder is which arm")
    does.add_parser("execute")
    return parser


if __name__ == "__main__":
    main()
