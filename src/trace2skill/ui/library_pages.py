"""The pages about the library as a whole: its skills and search, what became of receipts, and verdicts."""

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response

from trace2skill.errors import Trace2SkillError
from trace2skill.store.library import Library
from trace2skill.store.records import Retrieval, Wanted
from trace2skill.ui.desk import STANDINGS, Desk, SkillCard
from trace2skill.ui.rendering import number, page
from trace2skill.ui.use import UseCount, by_skill, counts, receipts

PER_PAGE = 50
LATEST = 50
"""Receipts that are listed."""
NEAR_RULES = 3
"""Rules of an offered skill that a search shows."""
MOST_QUERY = 2000


def library_page(request: Request) -> Response:
    """The skills, those of one standing, or those that a task would be offered."""
    desk: Desk = request.app.state.desk
    cards = desk.cards() if desk.exists else []
    if not cards:
        return page(request, "empty.html", distilled=desk.exists, waiting=len(waiting(desk)))
    use = by_skill(desk.read(Library.usage))
    query = request.query_params.get("q", "").strip()[:MOST_QUERY]
    if query:
        return _search(request, desk, query, {card.name: card for card in cards}, use)
    standings = Counter(card.standing for card in cards)
    shown = request.query_params.get("show", "")
    chosen = [card for card in cards if not shown or card.standing == shown]
    pages = max(1, -(-len(chosen) // PER_PAGE))
    at = min(max(1, number(request, "page", 1)), pages)
    return page(
        request,
        "library.html",
        cards=chosen[(at - 1) * PER_PAGE : at * PER_PAGE],
        use=use,
        shown=shown,
        standings=[(name, standings[name]) for name in STANDINGS if standings[name]],
        total=len(cards),
        at=at,
        pages=pages,
    )


def _search(
    request: Request, desk: Desk, query: str, cards: dict[str, SkillCard], use: dict[str, UseCount]
) -> Response:
    problem, found = "", None
    try:
        found = desk.read(lambda library: library.retrieve(query, Wanted()))
    except Trace2SkillError as error:
        problem = str(error)
    return page(
        request,
        "search.html",
        query=query,
        found=found,
        problem=problem,
        near=_near_rules(desk, found) if found else [],
        cards=cards,
        use=use,
    )


def _near_rules(desk: Desk, found: Retrieval) -> list[tuple[str, str]]:
    """The rules nearest to the task, by name and sentence, of the skill that is offered."""
    if found.abstained:
        return []
    offer = found.offered[0]
    texts = {rule.name: rule.text for rule in desk.skill(offer.skill, offer.version).skill.rules}
    return [(name, texts[name]) for name in offer.rules[:NEAR_RULES] if name in texts]


def use_page(request: Request) -> Response:
    """How often each version was offered, used and judged, and the latest receipts."""
    desk: Desk = request.app.state.desk
    known = desk.names()
    skill = request.query_params.get("skill", "")
    usage = desk.read(lambda library: library.usage(skill or None))
    abstained = sum(line.event == "abstained" for line in usage)
    return page(
        request,
        "use.html",
        skill=skill,
        known=known,
        counts=counts(usage),
        receipts=receipts(usage, LATEST),
        total=len({line.receipt for line in usage}),
        abstained=abstained,
    )


def verdicts_page(request: Request) -> Response:
    """The verdicts on skills: what was found when agents ran with them and without."""
    desk: Desk = request.app.state.desk
    found = desk.read(Library.validations)
    return page(request, "verdicts.html", verdicts=found[::-1], known=desk.names())


def waiting(desk: Desk) -> list[str]:
    """The ids of runs that wait for a review."""
    return [run.id for run in desk.runs() if run.state == "waiting"]
