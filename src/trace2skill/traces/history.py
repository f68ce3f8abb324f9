"""A conversation with a model, which every call repeats: what of a history is new."""

from collections import Counter
from collections.abc import Iterator, Sequence

from trace2skill.traces.messages import Message
from trace2skill.traces.span_messages import as_text


class MessageKeys:
    """Numbers messages: two renderings of one message have the same number.

    What counts is role, words, calls and results, not the ids of calls. Messages are to stay alive meanwhile.
    """

    def __init__(self) -> None:
        self._of_object: dict[int, int] = {}
        self._of_content: dict[tuple[object, ...], int] = {}

    def of(self, message: Message) -> int:
        """The number of a message."""
        known = self._of_object.get(id(message))
        if known is None:
            known = self._of_content.setdefault(_content(message), len(self._of_content))
            self._of_object[id(message)] = known
        return known


class History:
    """What was said in one conversation.

    Attributes:
        first: The key of the first message of the user.
        last: The key of what the model said last.
    """

    def __init__(self, keys: MessageKeys) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self._keys = keys
        self._seen: Counter[int] = Counter()
        self._since: Counter[int] = Counter()

    def follows(self, keys: Sequence[int]) -> bool:
        """Whether a history carries this conversation on."""
        return (self.last is not None and self.last in keys) or (
            self.first is not None and self.first in keys
        )

    def fresh(self, messages: Sequence[Message]) -> Iterator[Message]:
        """The messages of a history that were not met before; these are met with this.

        What follows the model's own last words is new, but for what an earlier history had there already.
        Where a history lacks these, what is in it more often than it was met is new.
        """
        keys = [self._keys.of(message) for message in messages]
        met, counts = self._seen, Counter[int]()
        begin = 0
        if self.last is not None and self.last in keys:
            begin = len(keys) - keys[::-1].index(self.last)
            met = self._since
        for message, key in zip(messages[begin:], keys[begin:], strict=True):
            counts[key] += 1
            if counts[key] > met[key]:
                self._meet(key, message)
                yield message

    def said(self, message: Message) -> None:
        """Note what the model has just said: a later history is new from there on."""
        self.last = self._keys.of(message)
        self._seen[self.last] += 1
        self._since.clear()

    def _meet(self, key: int, message: Message) -> None:
        self._seen[key] += 1
        self._since[key] += 1
        if message.role == "user" and self.first is None:
            self.first = key


def _content(message: Message) -> tuple[object, ...]:
    calls = tuple((call.name, as_text(call.call.arguments)) for call in message.calls)
    results = tuple((result.answers, result.text.strip()) for result in message.results)
    said = "" if message.role == "tool" else message.text.strip()
    return (message.role, said, calls, results)
