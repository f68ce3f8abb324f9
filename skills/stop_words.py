"""Words that tell no kind of task: those of any text, and those of any request."""

from functools import cache

_TELLING = frozenset(
    {"amount", "bill", "call", "detail", "empty", "fill", "find", "fire", "move", "show", "system"}
)
"""Words of scikit-learn's stop list that may well say what a task is about."""

FILLER = frozenset(
    """able actually agent anything currently customer different don experiencing figure fix follow
    following going good got having hello help helping hey hi hour hours issue issues just keep keeps
    kind know let lets like ll looking lot maybe minute minutes necessary need needs past please
    possible problem problems quickly quite really recently resolved showing shows soon sorry
    successfully sure task tasks tell thank thanks thing things today trouble try trying unable use used
    user users uses using ve very want wanted wants wish wondering work working would yesterday
    """.split()  # noqa: SIM905 - a list would put each word on a line of its own
)
"""Words of any request, which tell no kind of task."""


@cache
def stop_words() -> frozenset[str]:
    """All of them, lower case."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS - _TELLING) | FILLER
