"""What the other side said, as a few acts that need no language model.

A small lexicon, English only: it reads consent and refusal in a user's last utterance.
"""

import re
from collections.abc import Iterator

from trace2skill.facts.fact import Fact

_CONSENT = re.compile(
    r"\b(yes|yep|yeah|sure|confirm(ed)?|go ahead|proceed|that'?s (right|correct)|sounds good)\b", re.I
)
_REFUSAL = re.compile(r"\b(no,|no thanks?|don'?t want|do not want|cancel that|never ?mind|rather not)", re.I)


def utterance_facts(text: str) -> Iterator[Fact]:
    """`user.consents` and `user.refuses`, true or false, of one user utterance."""
    yield Fact("user.consents", "", bool(_CONSENT.search(text)))
    yield Fact("user.refuses", "", bool(_REFUSAL.search(text)))
