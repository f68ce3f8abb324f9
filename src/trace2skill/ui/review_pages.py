"""The review inbox: what runs want to save, and the decisions, taken by the same code as the command's."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from trace2skill.errors import SettingError, Trace2SkillError
from trace2skill.skillmd.review import ProposedChange
from trace2skill.store.library import Library
from trace2skill.store.runs import RunRecord
from trace2skill.ui.desk import AbsentError, Desk
from trace2skill.ui.guard import Key
from trace2skill.ui.rendering import address, page

if TYPE_CHECKING:
    from trace2skill.nodes.report import Report

FIELDS: dict[str, tuple[str, ...]] = {"accept": (), "edit": ("markdown",), "reject": ("reason",)}
"""The decisions, and which fields of the form belong to each."""
MOST_FIELDS = 10
LISTED = 20
"""Runs that the inbox lists."""


def reviews_page(request: Request) -> Response:
    """The runs that wait for a review, the latest others, and what was rejected before."""
    desk: Desk = request.app.state.desk
    runs = desk.runs()
    return page(
        request,
        "reviews.html",
        waiting=[run for run in runs if run.state == "waiting"],
        others=[run for run in runs if run.state != "waiting"][:LISTED],
        refusals=desk.read(Library.refusals)[::-1] if desk.exists else [],
    )


async def review_page(request: Request) -> Response:
    """One run's questions, and its answers when they are posted."""
    if request.method == "POST":
        return await _decided(request)
    return await run_in_threadpool(_review, request)


def _review(request: Request, *, problem: str = "", kept: dict[str, str] | None = None) -> Response:
    """The page of a run.

    Args:
        request: The request.
        problem: Why the posted answer was not taken.
        kept: Texts that were edited and not taken, by skill.
    """
    desk: Desk = request.app.state.desk
    run = _run(desk, request.path_params["run"])
    changes: tuple[ProposedChange, ...] = ()
    if run.state == "waiting":
        from trace2skill.graph.run import waiting_changes

        changes = waiting_changes(desk.path, run.id, desk.checkpoints)
    return page(
        request,
        "review.html",
        status=409 if problem else 200,
        run=run,
        changes=changes,
        problem=problem,
        kept=kept or {},
    )


async def _decided(request: Request) -> Response:
    body = (await request.body()).decode(errors="replace")
    form = dict(parse_qsl(body, max_num_fields=MOST_FIELDS)) if body.count("&") < MOST_FIELDS else {}
    key: Key = request.app.state.key
    if not key.is_form_token(form.get("token", "")):
        return PlainTextResponse("The form is not one of this server's; load the page again.\n", 403)
    return await run_in_threadpool(_decide, request, form)


def _decide(request: Request, form: dict[str, str]) -> Response:
    """Answer the run, and show it again: as saved, as still waiting, or with why the answer was not taken."""
    desk: Desk = request.app.state.desk
    run = _run(desk, request.path_params["run"])
    # Browsers send every line end of a text field as CR LF.
    text = form.get("markdown", "").replace("\r\n", "\n")
    skill, kept = form.get("skill", ""), {form.get("skill", ""): text} if text else None
    try:
        report = _answer(desk, run, [skill] if skill else list(run.waiting), form | {"markdown": text})
    except Trace2SkillError as error:
        return _review(request, problem=str(error), kept=kept)
    if any(change.problem for change in report.waiting):
        return _review(request, problem="The answer was not taken; the reason is below.", kept=kept)
    return RedirectResponse(address("reviews", run.id), 303)


def _answer(desk: Desk, run: RunRecord, names: list[str], form: dict[str, str]) -> "Report":
    """Resume the run with one decision on the named skills.

    Raises:
        SettingError: The decision is none; asking the run would count as an unusable answer.
        Trace2SkillError: What the run ends with.
    """
    from trace2skill.graph.run import resume_run, waiting_changes

    decision = form.get("decision", "")
    if decision not in FIELDS or not set(names) <= set(run.waiting):
        raise SettingError("decide to accept, edit or reject one of the skills that wait")
    answer = {"decision": decision, **{name: form.get(name, "") for name in FIELDS[decision]}}
    if decision == "edit":
        asked = {
            change.name: change.markdown for change in waiting_changes(desk.path, run.id, desk.checkpoints)
        }
        if any(form["markdown"].strip() == asked.get(name, "").strip() for name in names):
            raise SettingError("nothing was changed in the text; to save it as it is, accept it")
    return resume_run(desk.path, run.id, answers=dict.fromkeys(names, answer), checkpoints=desk.checkpoints)


def _run(desk: Desk, name: str) -> RunRecord:
    for run in desk.runs():
        if run.id == name:
            return run
    raise AbsentError(f"there is no run {name!r} in {desk.path}, or it was swept away after a week")
