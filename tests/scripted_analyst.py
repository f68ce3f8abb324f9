"""What a scripted model answers to the prompts of a distil run; its answers depend on the prompt alone.

A reader proposes sequences of tools that follow each other in the runs it was shown, a condition on a fact it
was told of, and a note that quotes a step; of a failed run it names the last step that can be quoted as the
one that decided it, and quotes a good run beside it. A synthesiser words the rules a little differently; a
critic finds fault with one wording.
"""

import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any, Literal

Asked = dict[str, Any]
Kind = Literal["read", "word", "critique", "reword", "other"]

_RUN = re.compile(r"^\[T\d+\]")
_FAILED = re.compile(r"for each of the failed runs ((?:T\d+(?:, )?)+)")
_CALL = re.compile(r"^#\d+ (?:.*; )?((?:user\.)?\w+)\(")
_FACT = re.compile(r"^- ((?:\w+\.)+\w+): (\"[^\"]+\"|\d+|true|false)")
_QUOTABLE = re.compile(r"^#(\d+) .* -> (?:ERROR )?([A-Za-z][\w ]{11,59})")
_RULE = re.compile(r'^\{"id":.*\}$', re.MULTILINE)
_OPENINGS = {"You study": "read", "You edit": "word", "You are the critic": "critique"}
_MOST = re.compile(r"at most (\d+) claims")
PREFIX = "Note well: "


def kind_of(asked: Asked) -> Kind:
    """Which step of a distil run asks this."""
    system = _text(asked, 0)
    kind: Any = next((kind for start, kind in _OPENINGS.items() if system.startswith(start)), "other")
    return "reword" if kind == "word" and "These sentences cannot stand" in _text(asked, -1) else kind


def answer(asked: Asked) -> object:
    """The JSON value that is due."""
    prompt = _text(asked, -1)
    kind = kind_of(asked)
    if kind == "read":
        return _reading(prompt)
    if kind == "critique":
        return _criticism(prompt)
    return {"rules": _rules(prompt, "")} if kind == "reword" else _wording(prompt)


def _text(asked: Asked, at: int) -> str:
    return str(asked["messages"][at]["content"])


def _reading(prompt: str) -> object:
    lines = prompt.splitlines()
    most = int((_MOST.search(prompt) or ["", "6"])[1])
    pairs: Counter[tuple[str, str]] = Counter()
    for calls in _calls(lines):
        pairs.update(pair for pair in pairwise(calls) if pair[0] != pair[1])
    common = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    claims: list[dict[str, object]] = [
        {"kind": "sequence", "actions": [f"{one}()", f"{other}()"], "gap": 3}
        for one, other in common[: max(1, most // 2 - 1)]
    ]
    fact = next((found for line in lines if (found := _FACT.match(line))), None)
    if fact and common:
        claims.append({"kind": "rule", "when": f"{fact[1]} == {fact[2]}", "then": f"{common[-1][1]}()"})
    asked = _FAILED.search(prompt)
    causes = {"causes": _causes(lines, asked[1].split(", "))} if asked else {}
    return {"claims": claims, "notes": _notes(lines), **causes}


def _calls(lines: list[str]) -> list[list[str]]:
    """The tools that each run calls, in order."""
    runs: list[list[str]] = []
    for line in lines:
        if _RUN.match(line):
            runs.append([])
        elif runs and (call := _CALL.match(line)):
            runs[-1].append(call[1])
    return runs


def _notes(lines: list[str]) -> list[dict[str, str]]:
    alias = "T1"
    for line in lines:
        if _RUN.match(line):
            alias = line[1:].partition("]")[0]
        elif quoted := _QUOTABLE.match(line):
            text = "Look at what came back before you go on with the next action."
            return [{"text": text, "at": f"{alias}#{quoted[1]}", "quote": quoted[2].strip()}]
    return []


def _causes(lines: list[str], failed: list[str]) -> list[dict[str, str]]:
    alias, last, good = "", {}, {}
    for line in lines:
        if _RUN.match(line):
            alias = line[1:].partition("]")[0]
        elif quoted := _QUOTABLE.match(line):
            last[alias] = (f"{alias}#{quoted[1]}", quoted[2].strip())
        if line.startswith(f"[{alias}] success"):
            good[alias] = True
    instead = next((last[each] for each in last if each in good), ("", ""))
    text = "Read what the last answer says before you take it for done."
    return [
        {"run": each, "at": last[each][0], "quote": last[each][1], "cause": text}
        | {"instead_at": instead[0], "instead_quote": instead[1]}
        for each in failed
        if each in last
    ]


def _wording(prompt: str) -> object:
    return {"title": "What good runs do", "rules": _rules(prompt, PREFIX)}


def _rules(prompt: str, prefix: str) -> list[dict[str, str]]:
    """Every rule in its own words; every other one with something before them."""
    rules = [json.loads(line) for line in _RULE.findall(prompt)]
    return [
        {"id": rule["id"], "text": (prefix if at % 2 else "") + rule.get("code_says", rule["says"])}
        for at, rule in enumerate(rules)
    ]


def _criticism(prompt: str) -> object:
    rules = [json.loads(line) for line in _RULE.findall(prompt)]
    odd = next((rule["id"] for rule in rules if rule["says"].startswith(PREFIX)), None)
    objection = {"rule": odd, "kind": "wording", "reason": "says more than it should"}
    return {"objections": [objection] if odd else []}
