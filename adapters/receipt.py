"""What an agent was given for a task, and the receipt for it."""

from pydantic import Field

from trace2skill.store.records import Usage
from trace2skill.traces.model import Frozen


class Offered(Frozen):
    """One skill version that was put before the agent, and how near it is to the task (at most 1)."""

    skill: str
    version: int
    score: float


class Receipt(Frozen):
    """What was offered for one task, and why, or why nothing was. It holds nothing of the task itself."""

    id: str = Field(description="to report the outcome under")
    offered: tuple[Offered, ...] = ()
    reason: str
    failed: bool = Field(False, description="the library could not be used: asking again may help")
    recorded: bool = Field(False, description="the library's usage record holds this receipt")

    def lines(self) -> list[Usage]:
        """The receipt as lines of the usage record."""
        if not self.offered:
            return [Usage(receipt=self.id, event="abstained", note=self.reason)]
        return [
            Usage(receipt=self.id, event="offered", skill=each.skill, version=each.version, score=each.score)
            for each in self.offered
        ]


class Guidance(Frozen):
    """Text for the agent's system prompt, empty when nothing fits, and the receipt for it."""

    text: str = ""
    receipt: Receipt
