"""How a session ended where nobody labelled it: rules over what was run and said, each named in the origin.

A rule decides, or it does not; where none does, or two contradict each other, the outcome stays unknown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome
from trace2skill.traces.shell import (
    Kind,
    command_of,
    exit_code,
    exit_tells,
    observed_text,
    runs,
    word_set,
)
from trace2skill.traces.tested import summary
from trace2skill.traces.untyped import as_text

UNDECIDED = "no rule decides"


@dataclass(frozen=True)
class Ending:
    """What a log says of a session's end beside its steps.

    `interrupted`: the user stopped the agent, and nothing followed. `feedback`: a rating that was given with
    the session. `headless`: a program asked, so that what it says is no judgement.
    """

    interrupted: bool = False
    feedback: Label | None = None
    headless: bool = False


@dataclass(frozen=True)
class Verdict:
    """What one rule says."""

    label: Label
    rule: str

    @property
    def outcome(self) -> Outcome:
        """The verdict as an outcome."""
        return Outcome(label=self.label, origin=f"rule {self.rule}")


def tell_outcome(steps: Sequence[Step], ending: Ending | None = None) -> Outcome:
    """Tell how a session ended.

    In this order: given feedback; a correction that nobody acted on; approval or thanks; the last test run,
    else the last build, if no file was edited after it; an interruption by the user. Approval, thanks or an
    interruption that the tests contradict leave the outcome unknown.
    """
    end = ending or Ending()
    if end.feedback is not None:
        return Verdict(end.feedback, "feedback: a rating given with the session").outcome
    word = None if end.headless else last_word(steps)
    if word is not None and word.label is Label.FAILURE:
        return word.outcome
    run = last_run(steps)
    stopped = Verdict(Label.FAILURE, "abandoned: interrupted by the user") if end.interrupted else None
    first, second = (word or stopped), run
    if first and second and first.label is not second.label:
        if first is stopped and second.label is Label.FAILURE:
            return second.outcome
        return Outcome(origin=f"rules disagree: {first.rule.split(':')[0]}, {second.rule.split(':')[0]}")
    decided = first if word else (run or stopped)
    return decided.outcome if decided else Outcome(origin=UNDECIDED)


_EDITORS = word_set(
    """edit write multiedit notebookedit apply_patch replace write_file edit_file create insert create_file
    str_replace str_replace_editor str_replace_based_edit_tool file_editor file_change patch"""
)
_LOOKING = ("view", "read", "undo_edit")
_PROSE = (".md", ".rst", ".txt", ".adoc")
_POLLING = ("BashOutput", "TaskOutput", "write_stdin")
_REPORTED_BY_STATUS = ("Bash", "run_shell_command")
"""Shells of Claude Code and Gemini CLI, which write no exit code where it was 0."""


def last_run(steps: Sequence[Step]) -> Verdict | None:
    """What the last test run says, else the last build; one that was followed by an edit says nothing."""
    built = None
    for step in reversed(steps):
        if step.action is None:
            continue
        if edits(step.action):
            break
        tested = _tests(step, step.action)
        if tested:
            return tested
        built = built or _exited(step, step.action, Kind.BUILD)
    return built


def edits(action: Action) -> bool:
    """Whether a call changes a file that is not prose."""
    command = command_of(action)
    if command is not None:
        return "apply_patch" in command
    if action.tool.lower() not in _EDITORS or action.arguments.get("command") in _LOOKING:
        return False
    paths = (action.arguments.get(name) for name in ("file_path", "path", "filename"))
    path = next((given for given in paths if isinstance(given, str)), "")
    return PurePosixPath(path).suffix.lower() not in _PROSE


def _tests(step: Step, action: Action) -> Verdict | None:
    """The verdict of a run's summary line; without one, of its exit code."""
    command = command_of(action)
    ran = runs(command) if command is not None else action.tool in _POLLING or "test" in action.tool.lower()
    found = summary(observed_text(step.observation)) if ran else None
    if found:
        label = Label.SUCCESS if found.passed else Label.FAILURE
        return Verdict(label, f"tests: {found.runner} {'passed' if found.passed else 'failed'}")
    return _exited(step, action, Kind.TEST)


def _exited(step: Step, action: Action, kind: Kind) -> Verdict | None:
    command = command_of(action)
    if command is None:
        return None
    code = exit_code(step.observation)
    if code is None and action.tool in _REPORTED_BY_STATUS and step.outcome is StepOutcome.OK:
        code = 0
    if code is None or not exit_tells(command, kind, code):
        return None
    label = Label.FAILURE if code else Label.SUCCESS
    return Verdict(label, f"exit code: {kind.value} {'failed' if code else 'passed'}")


_WORDS = re.compile(r"[^\W\d_]+|👍|👎|🎉|✅")
_THANKS = word_set("thanks thank thx danke merci gracias")
_APPROVAL = word_set(
    """perfect great awesome excellent lgtm works worked fixed solved nice wonderful brilliant amazing good
    👍 🎉 ✅"""
)
_FILLER = word_set(
    """you that thats this is its it so very much a lot for the your help all now really ok okay yes yep yeah
    everything exactly what i wanted needed just job work looks look fine well done cheers again and me to
    like claude codex gemini got super of course pretty too"""
)
_NO = re.compile(
    r"\A\s*(?:no|nope)\b(?:[,.! ]|\Z)"
    r"(?!\s*(?:problem|worries|need|thank|rush|hurry|that'?s (?:all|fine|it|ok)|it'?s (?:fine|ok)))",
    re.IGNORECASE,
)
"""A message that begins with "no", which is a correction unless it answers a question of the agent."""
_CORRECTION = re.compile(
    r"\A\s*(?:wrong|incorrect|stop)\b\s*(?:[.!,]|\Z)"
    r"|\b(?:that|this|it|you)(?:'?s|'?re| is| are)? (?:still )?"
    r"(?:wrong|incorrect|broken|not right|not correct|not working|not what i)\b"
    r"|\b(?:doesn'?t|does not|didn'?t|did not|isn'?t|still not) (?:work|working|compile|build|fix|help)\b"
    r"|\bstill (?:fail(?:s|ing)?|broken|wrong|crash(?:es|ing)?|the same|getting|seeing)\b"
    r"|\bnot what i (?:asked|wanted|meant|said)\b"
    r"|\b(?:revert|undo|roll back) (?:that|this|it|your|everything|all)\b"
    r"|\bi told you\b|👎",
    re.IGNORECASE,
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_HEARD = 300
"""Characters of a message in which a correction is looked for: further on it is mostly pasted output."""
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


def last_word(steps: Sequence[Step]) -> Verdict | None:
    """What the user's last message says of the work, unless it is the task, or the agent acted on it."""
    said = [step for step in steps if step.actor is Actor.USER and step.text]
    if len(said) < 2:
        return None
    last = said[-1]
    if any(step.action for step in steps[last.index + 1 :]):
        return None
    before = [step.text for step in steps[: last.index] if step.actor is Actor.AGENT and step.text]
    asked = bool(before) and "?" in before[-1][-_HEARD:]
    return _heard(_CODE.sub(" ", as_text(last.text)).replace(_APOSTROPHE, "'"), answers=asked)


def _heard(text: str, *, answers: bool) -> Verdict | None:
    start = text[:_HEARD]
    if _CORRECTION.search(start) or (not answers and _NO.search(start)):
        return Verdict(Label.FAILURE, "correction: the user's last word")
    words = {word.lower() for word in _WORDS.findall(text.replace("'", ""))}
    if "?" in text or not words <= _APPROVAL | _THANKS | _FILLER or not words & (_APPROVAL | _THANKS):
        return None
    rule = "approval" if words & _APPROVAL else "thanks"
    return Verdict(Label.SUCCESS, f"{rule}: the user's last word")
