"""Questions, an answer's schema, and askers of a server in the test."""

from typing import Any

from tests.chat_server import Asked
from trace2skill.llm.ask import Asker
from trace2skill.llm.question import Question
from trace2skill.llm.settings import ModelSettings
from trace2skill.traces.model import Frozen


class Answer(Frozen):
    """What the models here are asked for."""

    answer: str
    steps: tuple[int, ...] = ()


def question(body: str = "What now?", **parts: str) -> Question:
    """A question that an analyst asks."""
    given = {"system": "Be brief.", "common": "Doors.", "node": "read", "subject": "doors", **parts}
    return Question(body=body, **given)


def yes(_: Asked) -> object:
    """What the server answers."""
    return {"answer": "yes", "steps": [3]}


YES = Answer(answer="yes", steps=(3,))


def settings(url: str, **given: Any) -> ModelSettings:
    """Of a server on loopback that is asked again at once."""
    quick = {"model": "openai:m", "base_url": url, "retries": 2, "backoff_s": 0.01, "timeout_s": 20.0}
    return ModelSettings.model_validate({**quick, **given})


def asker(url: str, **given: Any) -> Asker:
    """The same, without a cache."""
    return Asker(settings(url, **given))
