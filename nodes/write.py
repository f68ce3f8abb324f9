"""Write: a model edits each draft; a sentence that is not faithful is sent back once, then not taken."""

from collections import Counter
from collections.abc import Iterator, Mapping

from langgraph.runtime import Runtime

from trace2skill.llm.ask import Asker
from trace2skill.nodes.artifacts import EDIT, Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker, stop, unanswered
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.report import LeftOut, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shown import changes, pages
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.synthesis import Edit, Edited, Editor, amended, edit_question, second_question
from trace2skill.skills.model import Skill
from trace2skill.store.records import Rejection


def write(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Ask about all drafts at once, unless a limit was reached before.

    Raises:
        ModelError: The model cannot be reached, or refuses every call.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    drafts = {family: artifacts.draft(family, 0) for family in state["drafts"]}
    if state.get("stopped") or not drafts:
        return {}
    editors = {
        family: Editor(
            draft,
            family_traces(context.library, state["run"], family),
            artifacts.glossary(family).tools,
        )
        for family, draft in drafts.items()
    }
    asked = asker(context, state["run"], models)
    answers = asked_together(asked, [edit_question(each) for each in editors.values()], Edit)
    edits = dict(_named_apart(dict(zip(editors, answers, strict=True))))
    found = {family: editors[family].edited(edit) for family, edit in edits.items()}
    sent_back, again = _sent_back(asked, editors, edits, found)
    dropped: Counter[str] = Counter()
    for family, each in found.items():
        artifacts.put_draft(family, 0, each.skill)
        gone = [(rule.finding, reason) for rule, reason in each.omitted if rule.finding]
        artifacts.put_dropped(family, EDIT, (Rejection(finding=one, reason=why) for one, why in gone))
        dropped.update(each.dropped)
    account = {
        "wordings_taken": sum(each.taken for each in found.values()),
        "wordings_dropped": dict(sorted(dropped.items())),
        "wordings_sent_back": sent_back,
    }
    taken = account["wordings_taken"]
    runtime.stream_writer({"stage": "write", "drafts": len(drafts), "taken": taken})
    every = [*answers, *again]
    written = pages({**drafts, **{family: each.skill for family, each in found.items()}})
    return {
        "pages": written,
        "changed": changes(state.get("pages", {}), written),
        "reading": state.get("reading", {}) | account | unanswered(every, "wordings"),
        "left_out": [*state["left_out"], *_left_out(drafts, found)],
        **stop(every),
    }


def _named_apart(answers: Mapping[str, object]) -> Iterator[tuple[str, Edit]]:
    """The edits by family, without names that two drafts would share."""
    used = Counter(answer.name for answer in answers.values() if isinstance(answer, Edit))
    for family, answer in answers.items():
        if isinstance(answer, Edit):
            shared = used[answer.name] > 1
            yield family, answer.model_copy(update={"name": ""}) if shared else answer


def _sent_back(
    asked: Asker, editors: Mapping[str, Editor], edits: Mapping[str, Edit], found: dict[str, Edited]
) -> tuple[int, list[object]]:
    """Ask again for the sentences refused, and put in `found` what is taken then.

    Returns:
        How many sentences were sent back, and the answers.
    """
    refused = {family: each.refused for family, each in found.items() if each.refused}
    questions = [second_question(editors[name], edits[name], each) for name, each in refused.items()]
    answers = asked_together(asked, questions, Edit)
    for family, answer in zip(refused, answers, strict=True):
        if isinstance(answer, Edit):
            better = amended(edits[family], answer, refused[family])
            found[family] = editors[family].edited(better)
    return sum(map(len, refused.values())), list(answers)


def _left_out(drafts: Mapping[str, Skill], found: Mapping[str, Edited]) -> Iterator[dict[str, object]]:
    for family, each in found.items():
        for rule, reason in each.omitted:
            name = drafts[family].name
            yield plain(LeftOut(skill=name, family=family, rule=rule.text, reasons=(reason,)))
