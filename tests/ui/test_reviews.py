"""Reviews decided on in the browser: the same decisions as on the command line, and the same refusals."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.graph.errands import contents
from tests.ui.browser import BASE, Page, look, opened
from trace2skill.graph.run import waiting_changes
from trace2skill.store.library import Library
from trace2skill.store.runs import RunFolder, runs


class Desktop:
    """A browser with the review of one run before it."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self.client: TestClient = opened(library)
        self.run = runs(library)[0].id
        self.page = look(self.client, f"/reviews/{self.run}")

    def decide(self, decision: str, skill: str = "house-doors", **fields: str) -> tuple[int, Page]:
        """Send the form as a browser does, line ends included."""
        token = str(self.page.of("input", name="token")[0]["value"])
        sent = {name: value.replace("\n", "\r\n") for name, value in fields.items()}
        form = {"token": token, "decision": decision, "skill": skill, **sent}
        answer = self.client.post(f"/reviews/{self.run}", data=form, headers={"origin": BASE})
        return answer.status_code, Page(answer.text)

    def markdown(self, skill: str = "house-doors") -> str:
        """What would be saved."""
        changes = waiting_changes(self.library, self.run)
        return next(change.markdown for change in changes if change.name == skill)


@pytest.fixture
def desktop(waiting: Path) -> Desktop:
    """Two skills wait."""
    return Desktop(waiting)


def test_the_inbox_counts_what_waits(desktop: Desktop) -> None:
    """On every page, and as a list; an empty library sends people there."""
    assert "Reviews 1 waiting" in look(desktop.client, "/use").text
    assert f"/reviews/{desktop.run}" in look(desktop.client, "/reviews").links
    assert "waits for your decision" in look(desktop.client, "/").text


def test_what_is_asked_is_shown(desktop: Desktop) -> None:
    """Rules with their evidence, the change, and the text to edit; looking decides and writes nothing."""
    text = desktop.page.text
    for change in waiting_changes(desktop.library, desktop.run):
        assert change.name in text
        for rule in change.rules:
            assert rule.evidence in text
    assert contents(desktop.library) == {}
    assert runs(desktop.library)[0].state == "waiting"


def test_accept_one_and_reject_the_other(desktop: Desktop) -> None:
    """One is saved, the other kept as rejected with its reason."""
    status, page = desktop.decide("accept")
    assert status == 200
    assert "1 skill to decide on" in page.text
    status, page = desktop.decide("reject", "house-lamps", reason="we have no lamps")
    assert status == 200
    assert "add house-doors" in page.text
    assert list(contents(desktop.library)) == ["house-doors"]
    assert "we have no lamps" in look(desktop.client, "/reviews").text


def test_accept_all(desktop: Desktop) -> None:
    """One form for everything that waits."""
    desktop.decide("accept", "")
    assert list(contents(desktop.library)) == ["house-doors", "house-lamps"]


def test_an_edited_text_is_saved(desktop: Desktop) -> None:
    """With the line ends of the file, whatever a browser makes of them."""
    text = desktop.markdown().replace("# House: doors", "# Open sesame")
    desktop.decide("edit", markdown=text)
    desktop.decide("accept", "house-lamps")
    with Library(desktop.library) as library:
        skill = library.skill("house-doors").skill
    assert skill.title == "Open sesame"
    assert "\r" not in skill.model_dump_json()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        pytest.param(lambda text: text, "nothing was changed", id="unchanged"),
        pytest.param(
            lambda text: text.replace("name: house-doors", "name: gate"), "name and family", id="name"
        ),
        pytest.param(lambda text: f"{text}\nsk-proj-{'a1B2' * 12}\n", "secret", id="secret"),
    ],
)
def test_an_edit_that_is_not_taken(desktop: Desktop, edit: object, told: str) -> None:
    """The page says why, and still holds what was typed; nothing is saved, the run waits on."""
    typed = edit(desktop.markdown())  # type: ignore[operator]
    status, page = desktop.decide("edit", markdown=typed)
    assert status == 409
    assert told in page.text
    assert " ".join(typed.split()) in page.text
    assert runs(desktop.library)[0].state == "waiting"
    assert contents(desktop.library) == {}


@pytest.mark.parametrize(
    ("decision", "skill"), [("", "house-doors"), ("burn", "house-doors"), ("accept", "ghost")]
)
def test_an_answer_that_is_none(desktop: Desktop, decision: str, skill: str) -> None:
    """It does not count as one of the unusable answers after which a run ends."""
    for _ in range(6):
        status, page = desktop.decide(decision, skill)
        assert status == 409
        assert "decide to accept, edit or reject" in page.text
    assert runs(desktop.library)[0].state == "waiting"


def test_a_run_at_work_elsewhere(desktop: Desktop) -> None:
    """Two people, one run: the second is told."""
    with RunFolder(desktop.library / "runs" / desktop.run).held():
        status, page = desktop.decide("accept")
    assert status == 409
    assert "at work in another process" in page.text


def test_a_run_that_is_over(desktop: Desktop) -> None:
    """A stale form decides nothing, and the page says what became of the run."""
    desktop.decide("accept", "")
    status, page = desktop.decide("reject", reason="too late")
    assert status == 409
    assert "add house-doors" in page.text
    assert list(contents(desktop.library)) == ["house-doors", "house-lamps"]


def test_enter_in_the_reason_does_not_accept(desktop: Desktop) -> None:
    """Enter presses a form's first button: the field for the reason is not in the form that accepts."""
    html = desktop.client.get(f"/reviews/{desktop.run}").text
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        if 'name="reason"' in form:
            assert 'value="reject"' in form
            assert 'value="accept"' not in form
