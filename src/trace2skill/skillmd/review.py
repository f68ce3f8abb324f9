"""Review of a proposed skill by a person: what is shown, which answers are possible, and their edits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError

from trace2skill.claims.instance import mentions_instance
from trace2skill.errors import InputError, SettingError
from trace2skill.evidence.policy import Policy
from trace2skill.skillmd.folder import with_edits
from trace2skill.skills.compare import diff, diff_text
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.critique import critique, settled, unfounded
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.playbook import to_markdown
from trace2skill.traces.model import Frozen, Trace
from trace2skill.traces.redact import find_secrets
from trace2skill.wording.claims import numbers, statement
from trace2skill.wording.escape import prose

INSTRUCTION = (
    'Answer {"NAME": {"decision": "accept"}} for each skill, or "edit" with any of title, description, goal, '
    'when_to_use, human_text, rules ({"C1": "new sentence"}), drop (["P2"]), or the whole file as markdown; '
    'or "reject" with a reason. "accept" or "reject" alone is for all. With its "digest" an answer holds for '
    "exactly what was shown. Skills left out are asked for again."
)


class Answer(Frozen):
    """The decision on one skill, with the fields that an edit changes."""

    decision: Literal["accept", "edit", "reject"]
    reason: str = ""
    digest: str = Field("", description="of the proposal that was shown; another one is asked about again")
    title: str | None = None
    description: str | None = None
    goal: str | None = None
    when_to_use: str | None = None
    human_text: str | None = None
    rules: dict[str, str] = Field({}, description="rule name -> the sentence it is to have")
    drop: tuple[str, ...] = ()
    markdown: str | None = Field(None, description="SKILL.md as edited, instead of single fields")


def read_answers(given: object, names: Sequence[str]) -> tuple[dict[str, Answer], dict[str, str]]:
    """The usable answers by skill, and the problems with the others, under "" if they concern no skill.

    Args:
        given: Whatever the run was resumed with; inboxes answer by the order of the questions.
        names: The skills asked about, in that order.
    """
    given = _of_inbox(given, names)
    if isinstance(given, str):
        given = dict.fromkeys(names, given.strip())
    if not isinstance(given, dict) or not given:
        return {}, {"": f"the answer is neither a word nor an object of skills. {INSTRUCTION}"}
    answers: dict[str, Answer] = {}
    problems: dict[str, str] = {}
    for name, value in given.items():
        if name not in names:
            problems[""] = f"no skill {str(name)[:80]!r} waits; those that do: {', '.join(sorted(names))}"
            continue
        try:
            answers[name] = _answer(_decision(value))
        except ValidationError as error:
            problems[name] = _wrong(error)
    return answers, problems


def refuse_secrets(given: object) -> None:
    """Refuse an answer that contains a secret, before it is written anywhere.

    Raises:
        SettingError: The answer holds what looks like a secret.
    """
    if kinds := find_secrets("\n".join(_texts(given))):
        raise SettingError(
            f"the answer holds what looks like a secret ({', '.join(sorted(kinds))}); take it out first"
        )


def _answer(value: object) -> Answer:
    answer = Answer.model_validate({"decision": value} if isinstance(value, str) else value)
    if answer.decision != "edit" and answer.model_fields_set - {"decision", "reason", "digest"}:
        return answer.model_copy(update={"decision": "edit"}) if answer.decision == "accept" else answer
    return answer


def _wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{f'{place}: ' if place else ''}{first['msg']}; the decision is accept, edit or reject"


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for key, value in given.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from _texts(value)


MARK = "Edited by a person at a review."
"""Human text for an edited skill without any: only a skill with human text keeps a person's words."""

_ONE_LINE = ("title", "goal", "when_to_use")


def edited(skill: Skill, answer: Answer, traces: Sequence[Trace] = ()) -> Skill:
    """The skill with the edit applied; the same skill if that changes nothing.

    Raises:
        InputError: The edit names a rule that does not exist, or the skill would fail the checks; the message
            says what is wrong.
    """
    after = (
        _from_markdown(skill, answer.markdown) if answer.markdown is not None else _from_fields(skill, answer)
    )
    if after == skill:
        return skill
    after = _with_mark(skill, after)
    if problems := _problems(skill, after, traces):
        raise InputError("; ".join(problems))
    return after


def removed_rules(before: Skill, after: Skill) -> tuple[SkillRule, ...]:
    """The measured rules that the edit removed or reworded."""
    left = {rule.finding.id for rule in after.rules if rule.finding}
    return tuple(rule for rule in before.rules if rule.finding and rule.finding.id not in left)


def _from_fields(skill: Skill, answer: Answer) -> Skill:
    known = {rule.name for rule in skill.rules}
    unknown = sorted({*answer.rules, *answer.drop} - known)
    if unknown:
        raise InputError(f"there is no rule {unknown[0]}; the rules are {', '.join(sorted(known))}")
    rules = [
        _reworded(rule, answer.rules[rule.name]) if rule.name in answer.rules else rule
        for rule in skill.rules
        if rule.name not in answer.drop
    ]
    texts = {name: prose(text) for name in _ONE_LINE if (text := getattr(answer, name)) is not None}
    if answer.description is not None:
        texts["description"] = answer.description.strip()
    if answer.human_text is not None:
        texts["human_text"] = answer.human_text.strip("\n")
    return settled(skill, skill.model_copy(update={**texts, "rules": tuple(rules)}))


def _reworded(rule: SkillRule, text: str) -> SkillRule:
    new = prose(text)
    if not new:
        raise InputError(f"rule {rule.name} has no text; to leave it out, drop it")
    if new == prose(rule.text):
        return rule
    cited = rule.finding.held_at if rule.finding else ()
    return SkillRule(name=rule.name, module=rule.module, text=new, quotes=(*rule.quotes, *cited))


def _from_markdown(skill: Skill, text: str) -> Skill:
    after = with_edits(skill, to_markdown(skill, 1), text)
    if (after.name, after.family) != (skill.name, skill.family):
        raise InputError("name and family cannot be changed at a review; leave them as they were")
    return settled(skill, after)


def _with_mark(before: Skill, after: Skill) -> Skill:
    """The edited skill, with `MARK` as human text if a text or note was edited and it has none."""
    texts = [name for name in ("description", *_ONE_LINE) if getattr(after, name) != getattr(before, name)]
    notes = {rule.text for rule in _notes(after)} - {rule.text for rule in _notes(before)}
    marked = (texts or notes) and not after.human_text.strip()
    return after.model_copy(update={"human_text": MARK}) if marked else after


def _problems(before: Skill, after: Skill, traces: Sequence[Trace]) -> list[str]:
    """The problems that the checks find in the edited skill and not in the one before."""
    if not after.rules:
        return ["no rule would be left; reject the skill instead"]
    known = {(each.kind, each.message) for each in critique(before, traces)}
    found = [each for each in critique(after, traces) if (each.kind, each.message) not in known]
    problems = [f"{each.rule}: {each.message}" if each.rule else each.message for each in found]
    problems += _note_problems(before, after)
    if kinds := find_secrets(after.human_text):
        problems.append(f"human_text holds a secret ({', '.join(sorted(kinds))})")
    return problems


def _note_problems(before: Skill, after: Skill) -> Iterable[str]:
    """Problems of new notes: numbers that the replaced rule's finding lacks, or what belongs to one run."""
    measured = {rule.name: rule.finding for rule in before.rules if rule.finding}
    known = _notes(before)
    for rule in (rule for rule in _notes(after) if rule not in known):
        finding = measured.get(rule.name)
        if finding and not rule.quotes and (unmeasured := unfounded(rule.text, finding)):
            yield f"{rule.name}: states {', '.join(unmeasured)}, which nothing measured gives"
        if own := mentions_instance(rule.text, statement(finding) if finding else ""):
            yield f"{rule.name}: names what belongs to one run: {', '.join(own)}"


def _notes(skill: Skill) -> list[SkillRule]:
    return [rule for rule in skill.rules if rule.finding is None]


_UNCHOSEN = {"selection": None, "residual": None}


def read_by_people(skill: Skill) -> Skill:
    """The skill without what only machines read, so that two versions equal in this need no review.

    Left out are the policy, the list of traces (a proposal's note states their number), the background, and
    how the conditions of rules were chosen.
    """
    rules = tuple(
        rule.model_copy(update={"finding": rule.finding and rule.finding.model_copy(update=_UNCHOSEN)})
        for rule in skill.rules
    )
    return skill.model_copy(update={"policy": Policy(), "traces": (), "background": (), "rules": rules})


class ProposedRule(Frozen):
    """A rule as a review shows it, with its evidence on one line."""

    name: str
    module: str
    tier: str
    text: str
    evidence: str = ""


class ProposedChange(Frozen):
    """A new or changed skill as a review shows it."""

    name: str
    operation: str
    note: str = ""
    earlier: str = Field("", description="that an earlier proposal was rejected, and why")
    problem: str = Field("", description="why the last answer could not be taken")
    digest: str = Field(
        "", description="of what people read of it; an answer that names it holds for it alone"
    )
    diff: str = Field(description="against the stored version; a new skill's lines are all added")
    rules: tuple[ProposedRule, ...] = ()
    markdown: str = Field("", description="SKILL.md as it would be saved")


def proposed_change(
    proposal: Proposal, stored: tuple[Skill, int] | None, *, earlier: str = "", problem: str = ""
) -> ProposedChange:
    """A proposal as a review shows it.

    Args:
        proposal: The proposal.
        stored: The stored skill of that name and its version, if any.
        earlier: That an earlier proposal was rejected, and why.
        problem: Why the last answer could not be accepted.
    """
    skill = proposal.skill
    markdown = to_markdown(skill, stored[1] + 1 if stored else 1)
    return ProposedChange(
        name=skill.name,
        operation=proposal.operation,
        note=proposal.note,
        earlier=earlier,
        problem=problem,
        digest=read_by_people(skill).hash,
        diff=_changes(stored[0], stored[1], skill) if stored else _added(skill.name, markdown),
        rules=tuple(_rules(skill)),
        markdown=markdown,
    )


def _changes(old: Skill, version: int, new: Skill) -> str:
    return diff_text(diff(read_by_people(old), read_by_people(new)), f"version {version}", "proposed")


def _added(name: str, markdown: str) -> str:
    lines = "".join(f"+{line}\n" for line in markdown.splitlines())
    return f"--- /dev/null\n+++ {name} (proposed)\n{lines}"


SAVE = "save_skill"
"""The name of the action that a review asks about."""

FIRST_LINES = 10
"""Lines of a change that a review's question shows by itself."""


def as_request(changes: Sequence[ProposedChange]) -> dict[str, Any]:
    """The question in the schema that Studio and LangChain's inboxes render (`HITLRequest` of LangChain).

    An action for each skill, with its SKILL.md to be edited and the first lines of what changes; the rest is
    in the run's `report.waiting`.
    """
    return {
        "action_requests": [
            {
                "name": SAVE,
                "args": {"skill": each.name, "markdown": each.markdown},
                "description": _described(each),
            }
            for each in changes
        ],
        "review_configs": [
            {"action_name": SAVE, "allowed_decisions": ["approve", "edit", "reject", "respond"]}
        ],
        "instruction": INSTRUCTION,
    }


def _described(change: ProposedChange) -> str:
    new = change.diff.startswith("--- /dev/null")
    body = change.markdown.split("\n---\n", 1)[-1] if new else change.diff.split("\n", 2)[-1]
    lines = [line for line in body.splitlines() if line.strip()]
    more = len(lines) - FIRST_LINES
    tail = f"\n... and {more} more lines" if more > 0 else ""
    first = "\n".join(lines[:FIRST_LINES])
    told = [f"**{change.name}**: {change.operation}", change.note, change.earlier, change.problem]
    return "\n\n".join([*filter(None, told), f"````diff\n{first}{tail}\n````"])


def _decision(given: object) -> object:
    """One answer of an inbox as an answer of ours; anything else as it is.

    LangChain's have a `type`: `approve`, `edit` with an `edited_action`, `reject` or `respond` with a
    `message`. Agent Inbox's older ones are `accept`, `edit`, `response` and `ignore` with `args`. Who
    responds accepts, and what they say is kept with the skill.
    """
    if not isinstance(given, dict) or "type" not in given:
        return given
    kind, args = given["type"], given.get("args")
    said = given.get("message") or (args if isinstance(args, str) else "")
    if kind in {"approve", "accept"}:
        return {"decision": "accept"}
    if kind in {"reject", "ignore"}:
        return {"decision": "reject", "reason": said}
    if kind in {"respond", "response"}:
        return {"decision": "edit", "human_text": said}
    action = given.get("edited_action") or args
    fields = action.get("args") if isinstance(action, dict) else None
    if kind == "edit" and isinstance(fields, dict):
        return {"decision": "edit", **{name: each for name, each in fields.items() if name != "skill"}}
    return {"decision": str(kind)}


def _of_inbox(given: object, names: Sequence[str]) -> object:
    """The answers of an inbox, which come in the order of the questions, by skill; anything else as it is."""
    listed = given.get("decisions") if isinstance(given, dict) and set(given) == {"decisions"} else given
    if not isinstance(listed, list):
        return given
    return dict(zip(names, map(_decision, listed), strict=False))


def _rules(skill: Skill) -> Iterator[ProposedRule]:
    for rule in skill.rules:
        yield ProposedRule(
            name=rule.name, module=rule.module, tier=rule.tier, text=rule.text, evidence=_evidence(rule)
        )


def _evidence(rule: SkillRule) -> str:
    if rule.finding:
        return numbers(rule.finding)
    return ", ".join(map(str, rule.quotes))
