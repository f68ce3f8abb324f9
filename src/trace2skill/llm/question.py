"""What a model is asked."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Question:
    """One prompt, and whose work it is.

    Args:
        system: The instructions.
        common: What many questions share; it comes first in the message, where prefix caches can use it.
        body: What is this question's alone.
        node: Who asks: `judge_outcomes`, `read`, `synthesise`, `critique`; the last two the synthesis model.
        subject: The family or skill that it is about; the domain or format of a run that is judged.
    """

    system: str
    common: str
    body: str
    node: str
    subject: str

    @property
    def user(self) -> str:
        """The user message: what is common, then this question's own part."""
        return "\n\n".join(filter(None, (self.common, self.body)))


def without_secrets(question: Question) -> Question:
    """The question with placeholders for what looks like a secret: the last line of defence."""
    from trace2skill.traces.redact import redact_texts

    (system, common, body), found = redact_texts((question.system, question.common, question.body), "secrets")
    return replace(question, system=system, common=common, body=body) if found else question
