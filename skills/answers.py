"""What a person may answer about proposed skills, read from whatever was typed."""

from collections.abc import Collection, Iterator
from typing import Literal

from pydantic import Field, ValidationError

from trace2skill.errors import SettingError
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import find_secrets

INSTRUCTION = (
    'Answer {"NAME": {"decision": "accept"}} for each skill, or "edit" with any of title, description, goal, '
    'when_to_use, human_text, rules ({"C1": "new sentence"}), drop (["P2"]), or the whole file as markdown; '
    'or "reject" with a reason. "accept" or "reject" alone is for all. Skills left out are asked for again.'
)


class Answer(Frozen):
    """The decision on one skill, with what an edit changes."""

    decision: Literal["accept", "edit", "reject"]
    reason: str = ""
    title: str | None = None
    description: str | None = None
    goal: str | None = None
    when_to_use: str | None = None
    human_text: str | None = None
    rules: dict[str, str] = Field({}, description="rule name -> the sentence it is to have")
    drop: tuple[str, ...] = ()
    markdown: str | None = Field(None, description="SKILL.md as edited, instead of single fields")


def read_answers(given: object, names: Collection[str]) -> tuple[dict[str, Answer], dict[str, str]]:
    """The usable answers by skill, and what is wrong with the others; under "" what concerns no skill."""
    if isinstance(given, str):
        given = dict.fromkeys(names, given.strip())
    if not isinstance(given, dict) or not given:
        return {}, {"": f"the answer is neither a word nor an object of skills. {INSTRUCTION}"}
    answers: dict[str, Answer] = {}
    problems: dict[str, str] = {}
    for name, value in given.items():
        if name not in names:
            problems[""] = f"no skill {str(name)[:80]!r} waits; those that do: {', '.join(sorted(names))}"
            continue
        try:
            answers[name] = _answer(value)
        except ValidationError as error:
            problems[name] = _wrong(error)
    return answers, problems


def refuse_secrets(given: object) -> None:
    """Keep what looks like a secret out of files, before it is written anywhere.

    Raises:
        SettingError: An answer holds one.
    """
    if kinds := find_secrets("\n".join(_texts(given))):
        raise SettingError(
            f"the answer holds what looks like a secret ({', '.join(sorted(kinds))}); take it out first"
        )


def _answer(value: object) -> Answer:
    answer = Answer.model_validate({"decision": value} if isinstance(value, str) else value)
    if answer.decision != "edit" and answer.model_fields_set - {"decision", "reason"}:
        return answer.model_copy(update={"decision": "edit"}) if answer.decision == "accept" else answer
    return answer


def _wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{f'{place}: ' if place else ''}{first['msg']}; the decision is accept, edit or reject"


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for key, value in given.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from _texts(value)
