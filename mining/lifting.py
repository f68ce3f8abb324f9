"""Arguments with what varies taken out: words of the task, and things that the world showed."""

from collections.abc import Collection, Iterator, Sequence

from trace2skill.facts.phrases import FUNCTION, words
from trace2skill.skills.course import Part, Thing, Told, Words


class Lifter:
    """Lifts the arguments of one run; the same thing gets the same number throughout."""

    def __init__(self, task: str) -> None:
        self.task = words(task)
        self.things: dict[str, int] = {}

    def lift(self, value: object, seen: Sequence[str]) -> tuple[Part, ...]:
        """The parts of an argument's value.

        Args:
            value: The value.
            seen: Things named so far, those in sight first.
        """
        parts: list[Part] = []
        for piece in _pieces(str(value).split()):
            parts.extend(self._lift_piece(piece, seen))
        return tuple(_joined(parts))

    def _lift_piece(self, piece: Sequence[str], seen: Sequence[str]) -> Iterator[Part]:
        said = [word.lower() for word in piece]
        whole = _whole(said, seen)
        if whole and not self._told(said, 0, len(said)):
            yield self._thing(whole)
            return
        at = 0
        while at < len(said):
            told = next((end for end in range(len(said), at, -1) if self._told(said, at, end)), at)
            shown = next((end for end in range(len(said), at, -1) if _shown(said[at:end], seen)), at)
            if told > at and told >= shown:
                start = self._told(said, at, told)
                assert start is not None
                yield Told(start=start[0], end=start[1])
                at = told
            elif shown > at:
                yield self._thing(" ".join(said[at:shown]))
                at = shown
            else:
                yield Words(text=piece[at])
                at += 1

    def _told(self, said: Sequence[str], start: int, end: int) -> tuple[int, int] | None:
        """Where the task says these words, one of them more than a function word."""
        span = tuple(said[start:end])
        if FUNCTION.issuperset(span):
            return None
        for at in range(len(self.task) - len(span) + 1):
            if self.task[at : at + len(span)] == span:
                return at, at + len(span)
        return None

    def _thing(self, value: str) -> Thing:
        return Thing(number=self.things.setdefault(value, len(self.things)))


def _pieces(said: Sequence[str]) -> Iterator[Sequence[str]]:
    """The value cut at `in` and `on`, which lead from a thing to what holds it."""
    piece: list[str] = []
    for word in said:
        if word.lower() in {"in", "on", "containing"} and piece:
            yield piece
            yield [word]
            piece = []
        else:
            piece.append(word)
    if piece:
        yield piece


def _shown(said: Sequence[str], seen: Collection[str]) -> bool:
    return " ".join(said) in seen and not FUNCTION.issuperset(said)


def _whole(said: Sequence[str], seen: Sequence[str]) -> str:
    """The shortest thing seen that has all the words: `dove` is short for `dove egg`."""
    if FUNCTION.issuperset(said):
        return ""
    fitting = [thing for thing in seen if set(said) <= set(thing.split())]
    return min(fitting, key=lambda thing: len(thing.split()), default="")


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Neighbouring words as one part."""
    held: list[str] = []
    for part in parts:
        if isinstance(part, Words):
            held.append(part.text)
            continue
        if held:
            yield Words(text=" ".join(held))
            held = []
        yield part
    if held:
        yield Words(text=" ".join(held))
