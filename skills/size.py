"""How much room a skill takes in a reader's context."""

from trace2skill.skills.markdown import to_markdown
from trace2skill.skills.model import Skill
from trace2skill.skills.render import approx_tokens

TOKEN_LIMIT = 5000
"""What the Agent Skills specification advises for a SKILL.md."""


def size(skill: Skill) -> int:
    """About how many tokens the skill takes as SKILL.md, without the text a person brought."""
    return approx_tokens(to_markdown(skill.model_copy(update={"human_text": ""}), 1))
