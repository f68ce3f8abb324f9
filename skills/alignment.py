"""Aligning what was done with an order that was expected, at the least cost."""

from collections.abc import Sequence


def align(
    places: Sequence[Sequence[int]], gap: int | None = None, *, anchored: bool = False
) -> list[int | None]:
    """Give as many of the expected actions as possible a place, in rising order.

    The expected actions that get none are the cost of the alignment: each would have to be moved or added.
    What was done besides costs nothing. With one place per action this is the longest rising subsequence.

    Args:
        places: For each expected action, in the expected order, where it was done, rising.
        gap: How far a place may be from the one before it, and that for each action left out between them.
        anchored: Whether the first action must have its place.

    Returns:
        The place of each action, None for one that has none. Of equally cheap alignments the one that places
        the earlier actions, each as early as it can.
    """
    chains: list[dict[int, tuple[int, ...]]] = []
    best: tuple[int, ...] = ()
    for number, here in enumerate(places):
        reached: dict[int, tuple[int, ...]] = {}
        for place in here:
            before = [
                chain
                for earlier, ends in enumerate(chains)
                for end, chain in ends.items()
                if end < place and (gap is None or place - end <= gap * (number - earlier))
            ]
            longest = max(before, key=_rank, default=())
            if anchored and number and not longest:
                continue
            reached[place] = (*longest, *(-1,) * (number - len(longest)), place)
        chains.append(reached)
        best = max([best, *reached.values()], key=_rank)
    padded = (*best, *(-1,) * (len(places) - len(best)))
    return [None if place < 0 else place for place in padded]


def _rank(chain: tuple[int, ...]) -> tuple[int, tuple[bool, ...], tuple[int, ...]]:
    placed = tuple(place >= 0 for place in chain)
    return sum(placed), placed, tuple(-place for place in chain)
