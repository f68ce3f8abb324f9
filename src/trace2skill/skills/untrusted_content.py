"""Find what may have been planted in a skill through a trace: words that read like an order to an agent.

Mining accepts no such text as a word (`mining/enumerations.py`). This is the last check before a skill is
stored, whether a miner or a model made it or a person edited it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from trace2skill.claims.model import ArgumentPattern, Claim, Compare, Constant, Like
from trace2skill.claims.traversal import SAID, TASK, keys_of, leaves_of, patterns_of, slots_of
from trace2skill.facts.templates import SAYS
from trace2skill.facts.untrusted_text import ADDRESS, no_name, no_status, reads_like_an_order, steers_an_agent
from trace2skill.skills.model import ExampleStep, Parameter, Skill
from trace2skill.skills.naming import slug

PLACEHOLDER = re.compile(r"<[a-z_]+(?:[ :][\w ]+){0,4}>")
"""A stand-in for a value in a worked example: `<customer name>`, `<line id 2>`, `<secret:token:1>`."""

_NEVER_PLANTED = frozenset({TASK, "utterance", *SAID})
_FEW_WORDS = 2


def planted_in_claim(claim: Claim) -> str | None:
    """Which kind of word in a claim may be planted, and why; None if none. The message omits the word."""
    for kind, text, check in _words(claim):
        if reason := check(text):
            return f"{kind} {reason}"
    return None


def planted_in_prose(text: str) -> str | None:
    """Why a sentence worded by a model or a person seems to steer an agent; None if it does not."""
    reason = steers_an_agent(text)
    address = reads_like_an_order(text) == ADDRESS
    return reason or (ADDRESS if address else None)


def planted_parts(skill: Skill) -> dict[str, str]:
    """The parts of a skill outside its rules with text that may have been planted, with the reasons.

    If the skill has human text, its prose is taken as the person's and not checked.
    """
    return {part: reason for part, reason in _parts(skill) if reason}


def without_planted(skill: Skill) -> Skill:
    """The skill without parts that may have been planted; plain ones replace its name and description."""
    parts = planted_parts(skill)
    name = slug(f"{'' if 'domain' in parts else skill.domain} skill") if "name" in parts else skill.name
    plain = name.replace("-", " ")
    instead = {"title": plain.capitalize(), "description": f"How to carry out {plain} tasks."}
    update: dict[str, Any] = {part: instead.get(part, "") for part in parts if part in _PROSE}
    update |= {"example_task": ""} if "example_task" in parts else {}
    return skill.model_copy(
        update={
            **update,
            "name": name,
            "domain": "" if "domain" in parts else skill.domain,
            "tags": tuple(tag for tag in skill.tags if not _label(tag)),
            "parameters": tuple(each for each in skill.parameters if not _parameter(each)),
            "example": tuple(step for step in skill.example if not _step(step)),
            "background": tuple(
                each
                for each in skill.background
                if not (each.finding and planted_in_claim(each.finding.claim))
            ),
        }
    )


_PROSE = ("title", "description", "goal", "when_to_use")


def _parts(skill: Skill) -> Iterator[tuple[str, str | None]]:
    yield "name", _label(skill.name)
    if not skill.human_text:
        # Angle brackets are the description's own check.
        yield from ((part, planted_in_prose(re.sub("[<>]", "", getattr(skill, part)))) for part in _PROSE)
    yield "domain", no_name(skill.domain) if skill.domain else None
    yield "family", _label(skill.family)
    yield from (("a tag", _label(tag)) for tag in skill.tags)
    yield from (("a parameter", _parameter(each)) for each in skill.parameters)
    yield "example_task", planted_in_prose(PLACEHOLDER.sub("…", skill.example_task))
    yield from (("the example", _step(step)) for step in skill.example)
    known = (each.finding.claim for each in skill.background if each.finding)
    yield from (("what is known of effects", planted_in_claim(claim)) for claim in known)


def _label(label: str) -> str | None:
    return planted_in_prose(re.sub("[/_-]", " ", label))


def _parameter(parameter: Parameter) -> str | None:
    keys = (source for source in parameter.sources if source not in _NEVER_PLANTED)
    return no_name(parameter.name) or next(filter(None, map(_key, keys)), None)


def _step(step: ExampleStep) -> str | None:
    """The reason against a call or an answer; its quoted strings and the text between are checked apart."""
    pieces = (
        piece for line in (step.action, step.observation) for piece in PLACEHOLDER.sub("…", line).split('"')
    )
    return next(filter(None, map(_piece, pieces)), None)


def _piece(piece: str) -> str | None:
    spoken = len(re.findall(r"[^\W\d_]+", piece)) >= _FEW_WORDS
    return reads_like_an_order(piece) if spoken or not piece.isascii() else None


_Check = Callable[[str], str | None]


def _words(claim: Claim) -> Iterator[tuple[str, str, _Check]]:
    """Every word of a claim that comes from traces: its kind, the word, and the check for it."""
    for pattern in patterns_of(claim):
        if pattern.tool != "*":
            yield "a tool", pattern.tool, no_name
        yield from (("an argument", name, no_name) for name, _ in pattern.arguments)
        yield from (word for _, value in pattern.arguments for word in _argument(value))
    keys = keys_of(claim).union(*(slot.sources for slot in slots_of(claim)))
    yield from (("a fact", key, _key) for key in sorted(keys - _NEVER_PLANTED))
    for leaf in leaves_of(claim):
        if isinstance(leaf, Compare):
            check = _form if leaf.operator == "matches" else no_status
            for side in (leaf.left, leaf.right):
                if isinstance(side, Constant) and isinstance(side.value, str):
                    yield "a value", side.value, check


def _argument(value: ArgumentPattern) -> Iterator[tuple[str, str, _Check]]:
    if isinstance(value, Constant) and isinstance(value.value, str):
        yield "a value", value.value, no_status
    elif isinstance(value, Like):
        yield "a form", value.pattern, _form


def _key(key: str) -> str | None:
    tool, says, sentence = key.partition(SAYS)
    if says:
        return no_name(tool) or no_status(sentence)
    return next(filter(None, map(no_name, key.split("."))), None)


def _form(pattern: str) -> str | None:
    """The reason against a regular expression, judged by its literal words."""
    return reads_like_an_order(" ".join(re.findall(r"[A-Za-z]{2,}", re.sub(r"\\.|\[[^\]]*\]", " ", pattern))))
