"""Skills as others have a model write them, to compare ours with: a summary, and a patch per run, merged.

The second is the method that the field starts from (Trace2Skill, arXiv 2603.25158, without its loops and its
editing of files): an analyst for each run, then a hierarchical merge. Nothing here is counted or checked.
"""

from collections.abc import Sequence

from pydantic import Field

from trace2skill.errors import InputError
from trace2skill.llm.ask import Asker
from trace2skill.llm.question import Question
from trace2skill.llm.settings import ModelSettings
from trace2skill.prompts.load import prompt
from trace2skill.proposals.transcript import Transcript, fence
from trace2skill.traces.model import Frozen, Trace

KINDS = ("summary", "patches")
MOST_LESSONS, LONGEST_LESSON = 20, 400
LEAST_SHARE = 200
"""Tokens below which a run says nothing: of more runs than fit so, the first by their hashes are shown."""

MERGED = 8
"""How many answers are united at a time."""


class Lessons(Frozen):
    """What a model takes from runs."""

    title: str = Field("", max_length=120)
    lessons: tuple[str, ...] = Field((), max_length=MOST_LESSONS)


def calls(kind: str, runs: int) -> int:
    """How many questions a control of so many runs takes: `summary` or `patches`."""
    if kind == "summary":
        return 1
    merges, left = 0, runs
    while left > 1:
        left = -(-left // MERGED)
        merges += left
    return runs + merges


def control_text(kind: str, traces: Sequence[Trace], asker: Asker, subject: str) -> str:
    """The text that an agent is given under a control.

    Args:
        kind: `summary`: one question over all runs, each cut to its share of a prompt. `patches`: one
            question for each run, the answers united by the model, eight at a time, until one is left.
        traces: The runs, the same that our skill rests on.
        asker: Asks the model; its cache makes the same control again for nothing.
        subject: The skill whose runs they are, for the account of usage.

    Raises:
        InputError: There are no runs.
        ModelError: The model cannot be asked.
        AnswerError: An answer cannot be used.
        LimitError: A limit on calls or cost is reached.
    """
    runs = sorted(traces, key=lambda trace: trace.hash)
    if not runs:
        raise InputError(f"no runs of {subject} are kept, so that nothing can be written from them")
    return _text(_summary(runs, asker, subject) if kind == "summary" else _patches(runs, asker, subject))


def _summary(runs: Sequence[Trace], asker: Asker, subject: str) -> Lessons:
    room = asker.settings.batch_tokens
    shown = runs[: max(1, room // LEAST_SHARE)]
    return _asked(asker, "control_summary", _transcript(shown, asker.settings, room // len(shown)), subject)


def _patches(runs: Sequence[Trace], asker: Asker, subject: str) -> Lessons:
    share = asker.settings.run_tokens
    questions = [
        _question("control_patch", _transcript([run], asker.settings, share), subject) for run in runs
    ]
    begun = [asker.submit(question, Lessons) for question in questions]
    found = [each.result() for each in begun]
    while len(found) > 1:
        groups = [found[at : at + MERGED] for at in range(0, len(found), MERGED)]
        found = [
            group[0]
            if len(group) == 1
            else _asked(asker, "control_merge", "\n\n".join(map(_text, group)), subject)
            for group in groups
        ]
    return found[0]


def _transcript(runs: Sequence[Trace], settings: ModelSettings, share: int) -> str:
    """The runs, each cut to its share; what does not fit into a prompt even so is left out."""
    shown = Transcript()
    for run in runs:
        shown.add(run, share, max(LEAST_SHARE, settings.batch_tokens - shown.tokens))
    return shown.text


def _asked(asker: Asker, name: str, text: str, subject: str) -> Lessons:
    return asker.ask(_question(name, text, subject), Lessons)


def _question(name: str, text: str, subject: str) -> Question:
    system = prompt("control", what=prompt(name), most=str(MOST_LESSONS), longest=str(LONGEST_LESSON))
    marker = fence(text)
    return Question(system, "", f"{marker}\n{text.strip()}\n{marker}", node="control", subject=subject)


def _text(found: Lessons) -> str:
    lines = [f"- {' '.join(each.split())[:LONGEST_LESSON]}" for each in found.lessons]
    return "\n".join([f"# {' '.join(found.title.split()) or 'Lessons'}", "", *lines])
