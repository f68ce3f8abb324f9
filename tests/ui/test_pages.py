"""What the pages say: of the library, of a skill with its evidence, of the runs it cites."""

from datetime import UTC, datetime
from pathlib import Path

from tests.graph.errands import doors
from tests.ui.browser import compact, look, opened, walk
from trace2skill import distill
from trace2skill.conformance.check import conform
from trace2skill.conformance.model import Verdict
from trace2skill.skills.playbook import sections
from trace2skill.store.folder import WriteLock
from trace2skill.store.library import Library
from trace2skill.store.runs import runs
from trace2skill.traces.model import rebuild
from trace2skill.wording.escape import bare

MMS = "/skills/telecom-send-mms"


def test_the_library_lists_its_skills(house: Path) -> None:
    """Each with what it counts for, its version, rules and use; one that harms is marked, not hidden."""
    page = look(opened(house), "/")
    assert {"/skills/house-doors", "/skills/house-lamps"} <= set(page.links)
    assert "House: doors validated" in page.text
    assert "House: lamps rejected" in page.text
    assert "Use 1 offered, 1 used, 1 helped" in page.text


def test_skills_of_one_standing(house: Path) -> None:
    """The list can be narrowed; an unknown standing is an empty list."""
    client = opened(house)
    assert "/skills/house-doors" not in look(client, "/?show=rejected").links
    assert "/skills/house-lamps" in look(client, "/?show=rejected").links
    assert "No skill is asleep" in look(client, "/?show=asleep").text


def test_a_search_answers_as_retrieval_does(bundled_library: Path) -> None:
    """The same skill, score and reason, and the rules nearest to the task."""
    task = "cannot send picture messages"
    with Library(bundled_library) as library:
        found = library.retrieve(task)
    page = look(opened(bundled_library), f"/?q={task.replace(' ', '+')}")
    assert "is offered telecom-send-mms" in page.text
    assert found.reason in page.text
    assert f"{MMS}/rules/{found.offered[0].rules[0]}" in page.links
    assert page.of("input", name="q")[0]["value"] == task


def test_a_search_shows_that_nothing_is_offered(bundled_library: Path) -> None:
    """Abstaining is an answer: the reason, and what came nearest."""
    page = look(opened(bundled_library), "/?q=bake+me+a+cake")
    assert "is offered nothing" in page.text
    assert "nothing is near" in page.text.lower()
    assert MMS in page.links


def test_the_playbook_is_what_people_read(bundled_library: Path) -> None:
    """Every line of it, in order; each rule opens its evidence with counts, interval and cited steps."""
    with Library(bundled_library) as library:
        skill = library.skill("telecom-send-mms").skill
    page = look(opened(bundled_library), MMS)
    at = 0
    for section in sections(skill):
        for text in (section.heading, *(line.text.replace("**", "") for line in section.lines)):
            at = page.compact.index(compact(bare(text)), at)
    rule = next(rule for rule in skill.rules if rule.name == "C3")
    assert rule.finding is not None
    practice = rule.finding.summary.practice
    assert page.of("li", id="C3")
    assert f"Good runs that kept to it {practice.kept} of {practice.due} 65 % to 100 %" in page.text
    for place in rule.finding.held_at:
        address = f"/traces/{place.trace}?step={place.step}&skill=telecom-send-mms&rule=C3#step-{place.step}"
        assert address in page.links
    assert len(page.of("details")) >= len(skill.rules)


def test_from_a_sentence_to_the_step(bundled_library: Path) -> None:
    """The cited step is marked, what is around it is open, the rest is folded."""
    client = opened(bundled_library)
    link = next(link for link in look(client, MMS).links if "rule=C3" in link)
    page = look(client, link)
    step = link.rpartition("#")[2]
    assert page.of("li", id=step)[0]["class"] == "step user here"
    assert len([tag for tag, attrs in page.tags if tag == "li" and "here" in str(attrs.get("class"))]) == 1
    assert "reset_apn_settings()" in page.text
    assert "steps before" in page.text
    assert f"{MMS}/rules/C3" in page.links


def test_a_rule_shows_what_came_before_its_steps(bundled_library: Path) -> None:
    """As `skills show --cite` does: each citation with its context and a link to its run."""
    with Library(bundled_library) as library:
        finding = library.skill("telecom-send-mms").skill.rules[3].finding
    assert finding is not None
    page = look(opened(bundled_library), f"{MMS}/rules/C2")
    assert page.text.count("It held: run") == len(finding.held_at)
    assert page.text.count("It did not hold: run") == len(finding.broken_at)


def test_versions_tell_what_changed(house: Path) -> None:
    """The newest change first; numbers before and after; an older version says that it is one."""
    client = opened(house)
    page = look(client, "/skills/house-doors/versions")
    assert "From version 1 to 2" in page.text
    assert "before and after" in page.text
    assert "People read the same in both" in look(client, "/skills/house-doors/versions?old=1&new=1").text
    old = look(client, "/skills/house-doors?version=1")
    assert "This is an older version" in old.text
    assert "/skills/house-doors/versions?version=1" in old.links


def test_why_a_rule_went(house: Path) -> None:
    """Rules of the old version that the new one lacks come with the reason the library knows."""
    with Library(house) as library:
        old, new = (library.skill("house-doors", version).skill for version in (1, 2))
        reasons = {each.finding.id: each.reason for each in library.rejections("doors")}
    gone = {rule.finding.id for rule in old.rules if rule.finding} - {
        rule.finding.id for rule in (*new.rules, *new.background) if rule.finding
    }
    text = look(opened(house), "/skills/house-doors/versions").text
    assert gone
    assert all(reasons.get(claim, "No longer found") in text for claim in gone)


def test_transitions_are_drawn_and_told(house: Path) -> None:
    """As many arrows as rows of the table, repeats aside, and a name for who cannot see the drawing."""
    page = look(opened(house), "/skills/house-doors/transitions?least=0")
    assert "agent: look agent: unlock 6 6" in page.text
    assert "agent: look agent: open 6 6" in page.text
    assert len(page.of("path", class_="edge")) == 5
    assert page.of("svg", role="img")[0]["aria-labelledby"] == "flow-title flow-text"
    failed = look(opened(house), "/skills/house-doors/transitions?least=0&outcome=failure")
    assert "agent: unlock" not in failed.text


def test_conformance_counts_as_the_check_does(house: Path) -> None:
    """The same verdicts, run by run, and links to where runs left the skill."""
    with Library(house) as library:
        skill = library.skill("house-doors").skill
        traces = [trace for trace in library.traces() if trace.family == "doors"]
    found = conform(skill, traces)
    page = look(opened(house), "/skills/house-doors/conformance")
    assert f"Followed in {found.drift.overall.hits} of {found.drift.overall.trials}" in page.text
    assert len(page.of("a", class_="followed")) == found.count(Verdict.FOLLOWED)
    assert len(page.of("a", class_="deviated")) == found.count(Verdict.DEVIATED)
    assert "new in version 1" in page.text
    assert "new in version 2" in page.text


def test_conformance_in_the_order_of_time(tmp_path: Path) -> None:
    """Runs with times are grouped by their days, also where some times name a zone and some do not."""
    timed = []
    for at, trace in enumerate(doors(20)):
        zone = UTC if at % 2 else None
        steps = tuple(
            step.model_copy(update={"time": datetime(2026, 1, 1 + at, tzinfo=zone)}) for step in trace.steps
        )
        timed.append(rebuild(trace, steps=steps))
    distill(timed, library=tmp_path / "library")
    page = look(opened(tmp_path / "library"), "/skills/house-doors/conformance")
    assert "2026-01-01 to 2026-01-05" in page.text
    assert "2026-01-16 to 2026-01-20" in page.text
    assert len(page.of("circle")) == 4


def test_a_review_whose_checkpoints_are_elsewhere(waiting: Path) -> None:
    """The page names the setting, and does not blame the library."""
    client = opened(waiting, checkpoints="postgresql://nobody@127.0.0.1/none")
    page = look(client, f"/reviews/{runs(waiting)[0].id}", 409)
    assert "--checkpoints" in page.text


def test_receipts_and_verdicts(house: Path) -> None:
    """What was offered, used and thought of it last; and what comparisons found."""
    client = opened(house)
    page = look(client, "/use")
    assert "2 receipts; in 1 nothing was offered" in page.text
    assert "house-doors 2 1 1 1 0" in page.text
    assert "the door is open" in page.text
    assert "No receipt names this skill" in look(client, "/use?skill=house-lamps").text
    page = look(client, "/verdicts")
    assert "house-lamps harms" in page.text
    assert "-0.30 (-0.40 to -0.20)" in page.text


def test_what_is_not_there_is_told(house: Path) -> None:
    """A page with the status of what is absent, and close names where there are any."""
    client = opened(house)
    assert "did you mean house-doors" in look(client, "/skills/house-door", 404).text
    for address in (
        "/nothing",
        "/skills/house-doors?version=9",
        "/skills/house-doors/rules/Z9",
        "/skills/house-doors/versions?old=9&new=1",
        "/traces/ffffffffffffffff",
        "/reviews/20200101-000000-0000",
        "/static/server.py",
    ):
        look(client, address, 404)
    assert "has no step 999" in look(client, f"/traces/{_some_trace(house)}?step=999").text


def _some_trace(house: Path) -> str:
    with Library(house) as library:
        return library.trace_hashes()[0]


def test_without_a_library_it_says_what_to_do(tmp_path: Path) -> None:
    """The command that makes one; other pages need one and say so, the inbox is merely empty."""
    client = opened(tmp_path / "none")
    assert f"trace2skill distill PATH... --library {tmp_path / 'none'}" in look(client, "/").text
    assert "Nothing waits" in look(client, "/reviews").text
    assert "no library in" in look(client, "/use", 503).text.lower()
    with Library(tmp_path / "none"):
        pass
    assert "and no skill in it" in look(client, "/").text


def test_a_damaged_library_is_told_and_a_mended_one_read(house: Path, tmp_path: Path) -> None:
    """One message instead of a stack trace; the same server goes on once the file is there again."""
    client = opened(tmp_path)
    (tmp_path / "library.sqlite3").write_bytes(b"no database at all" * 100)
    assert "is not a library" in look(client, "/", 503).text
    (tmp_path / "library.sqlite3").unlink()
    (tmp_path / "library.sqlite3").write_bytes((house / "library.sqlite3").read_bytes())
    assert "/skills/house-doors" in look(client, "/").links


def test_a_library_that_is_written_can_be_read(house: Path) -> None:
    """Pages take no lock."""
    client = opened(house)
    with WriteLock(house / "write.lock"):
        for address in ("/", "/skills/house-doors", "/?q=open+door+D1"):
            look(client, address)


def test_a_change_shows_at_once(tmp_path: Path, house: Path) -> None:
    """What is kept between requests belongs to one generation of the library."""
    (tmp_path / "library.sqlite3").write_bytes((house / "library.sqlite3").read_bytes())
    client = opened(tmp_path)
    assert "retired" not in look(client, "/").text
    with Library(tmp_path) as library:
        library.remove("house-doors")
    assert "House: doors retired" in look(client, "/").text
    assert "It is retired" in look(client, "/skills/house-doors").text


def test_every_link_leads_somewhere(house: Path) -> None:
    """All pages that can be reached from the first one, of every kind."""
    addresses = " ".join(address for address, _ in walk(opened(house)))
    for part in ("?version=1", "/rules/", "/versions?", "/transitions", "/conformance", "?step=", "?skill="):
        assert part in addresses
