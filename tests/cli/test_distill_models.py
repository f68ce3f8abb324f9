"""`trace2skill distill` with a model whose server fails, in every way that the test server knows."""

from pathlib import Path

import pytest
from typer.testing import Result

from tests.chat_server import FAULTS, Asked, Chat, Reply, Script, always, answered, chat_server, fault, faults
from tests.cli.conftest import Run
from tests.graph.errands import contents, doors, write
from tests.scripted_analyst import answer, kind_of
from trace2skill.cli.report import show_judging
from trace2skill.graph.run import distill
from trace2skill.llm.settings import ModelSettings
from trace2skill.store.library import Library

PASSING = ("429", "500", "cut", "slow", "no http json", "web page", "no choices")
UNUSABLE = (
    "malformed",
    "prose",
    "wrong schema",
    "refusal",
    "huge",
    "empty",
    "length",
    "filtered",
    "too long",
)
FATAL = {
    "bad key": "status 401",
    "unknown model": "no model m",
    "bad request": "temperature is too high",
    "quota": "you have no credit left",
}
HARMLESS = ("think",)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few attempts, soon after one another."""
    monkeypatch.setenv("TRACE2SKILL_RETRIES", "2")
    monkeypatch.setenv("TRACE2SKILL_BACKOFF_S", "0.01")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A file with eight runs of one family, which readers are asked about five times."""
    return write(tmp_path / "runs.jsonl", doors())


def distilled(run: Run, runs: Path, chat: Chat, *words: object) -> Result:
    """The command against the server, with a library beside the traces."""
    library = runs.parent / "library"
    result = run("distill", runs, "--library", library, "--model", "openai:m", "--base-url", chat.url, *words)
    assert "Traceback" not in result.output
    assert "sk-secret" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def first_of_each(name: str) -> Script:
    """The fault once for every step of the run that asks."""
    met: set[str] = set()

    def script(_: int, asked: Asked) -> Reply:
        kind = kind_of(asked)
        if kind in met:
            return answered(answer(asked), asked)
        met.add(kind)
        return fault(name, asked, answer(asked))

    return script


def nothing_saved(runs: Path) -> bool:
    """The library has neither skills nor traces."""
    with Library(runs.parent / "library", create=False) as library:
        return not library.skills() and not library.trace_hashes()


def test_every_fault_is_tested() -> None:
    """Each in one of the groups below."""
    assert FAULTS.keys() == {*PASSING, *UNUSABLE, *FATAL, *HARMLESS}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The skills that come out when nothing fails."""
    library = tmp_path_factory.mktemp("undisturbed") / "library"
    with chat_server(script=faults(answer)) as chat:
        distill(doors(), library=library, models=ModelSettings(model="openai:m", base_url=chat.url))
    return contents(library)


@pytest.mark.parametrize("name", [*PASSING, *HARMLESS])
def test_a_passing_fault_changes_nothing(
    run: Run, runs: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It meets the first question of each step; the skills are those of a run without it."""
    monkeypatch.setenv("TRACE2SKILL_TIMEOUT_S", "1" if name == "slow" else "60")
    with chat_server(script=first_of_each(name)) as chat:
        result = distilled(run, runs, chat)
    assert result.exit_code == 0
    assert contents(runs.parent / "library") == undisturbed


@pytest.mark.parametrize("name", ["refusal", "length", "too long"])
def test_unusable_answers_are_told_and_the_rest_is_saved(run: Run, runs: Path, name: str) -> None:
    """One of the readers' and one of the critic's."""
    with chat_server(script=first_of_each(name)) as chat:
        result = distilled(run, runs, chat)
    assert result.exit_code == 0
    assert "gave no usable answer to read of" in result.stdout
    assert "gave no usable answer to critique of" in result.stdout
    assert contents(runs.parent / "library").keys() == {"house-doors"}


def test_what_is_settled_is_read_only_on_demand(run: Run, runs: Path) -> None:
    """A library made without a model is up to date; the message says how to have it read all the same."""
    distill(runs, library=runs.parent / "library")
    with chat_server(script=faults(answer)) as chat:
        assert "--again" in distilled(run, runs, chat).stderr
        assert chat.asked == []
        distilled(run, runs, chat, "--again")
        assert chat.asked


@pytest.mark.parametrize("name", UNUSABLE)
def test_without_a_usable_answer_nothing_is_saved(run: Run, runs: Path, name: str) -> None:
    """Exit code 5, the first cause, a library without skills or traces."""
    with chat_server(script=always(answer, name)) as chat:
        result = distilled(run, runs, chat)
    assert result.exit_code == 5
    assert "none of the model's 5 answers could be used; the first:" in result.stderr
    assert nothing_saved(runs)


@pytest.mark.parametrize(("name", "cause"), FATAL.items())
def test_what_no_call_survives_stops_early(run: Run, runs: Path, name: str, cause: str) -> None:
    """With the calls under way, and one message that names the cause."""
    with chat_server(script=always(answer, name)) as chat:
        result = distilled(run, runs, chat, "--max-concurrency", 2)
    assert result.exit_code == 5
    assert cause in result.stderr
    assert result.stderr.startswith("error: the model openai:m failed (")
    assert "distill --resume" in result.stderr.splitlines()[-1]
    assert len(chat.asked) <= 2
    assert nothing_saved(runs)


@pytest.mark.parametrize("name", [each for each in PASSING if each != "slow"])
def test_a_server_that_never_answers_ends_the_run(run: Run, runs: Path, name: str) -> None:
    """After three attempts at the questions that were under way."""
    with chat_server(script=always(answer, name)) as chat:
        result = distilled(run, runs, chat, "--max-concurrency", 2)
    assert result.exit_code == 5
    assert "openai:m failed" in result.stderr
    assert len(chat.asked) <= 6
    assert nothing_saved(runs)


def test_a_failed_run_leaves_the_library_as_it_was(run: Run, library: Path, runs: Path) -> None:
    """Skills and traces of earlier runs, no more."""
    before = contents(library)
    with Library(library) as opened:
        traces = opened.trace_hashes()
    with chat_server(script=always(answer, "500")) as chat:
        result = run(
            "distill", runs, "--again", "--library", library, "--model", "openai:m", "--base-url", chat.url
        )
    assert result.exit_code == 5
    assert contents(library) == before
    with Library(library) as opened:
        assert opened.trace_hashes() == traces


def test_a_failure_after_the_reading_can_be_mended(run: Run, runs: Path) -> None:
    """A key that is revoked half-way: nothing is saved, and when it is good again no question is repeated."""
    revoked = True

    def script(_: int, asked: Asked) -> Reply:
        bad = revoked and kind_of(asked) != "read"
        return fault("bad key", asked, None) if bad else answered(answer(asked), asked)

    with chat_server(script=script) as chat:
        assert distilled(run, runs, chat).exit_code == 5
        assert nothing_saved(runs)
        revoked, before = False, [str(asked) for asked in chat.asked if kind_of(asked) == "read"]
        assert run("distill", "--resume", "--library", runs.parent / "library").exit_code == 0
        after = [str(asked) for asked in chat.asked if kind_of(asked) == "read"]
    assert before == after
    assert contents(runs.parent / "library")


def test_a_limit_saves_what_is_done(run: Run, runs: Path, undisturbed: dict[str, str]) -> None:
    """Exit code 6, and how to go on; then only what was not answered is asked."""
    with chat_server(script=faults(answer)) as chat:
        result = distilled(run, runs, chat, "--max-calls", 3)
        assert result.exit_code == 6
        assert "--again" in result.stderr
        assert "Stopped early: stopped after 3 calls" in result.stdout
        assert len(chat.asked) == 3
        assert contents(runs.parent / "library")
        assert distilled(run, runs, chat, "--again").exit_code == 0
    bodies = [str(asked["messages"]) for asked in chat.asked]
    assert len(bodies) == len(set(bodies))
    assert contents(runs.parent / "library").keys() == undisturbed.keys()


def test_what_a_model_judged_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """By what became of its answers, with the model's name; what was taken back too; else nothing."""
    show_judging(
        {"model": "openai:m", "good": 3, "not_borne_out": 1, "unusable": 2, "first_problem": "empty"}
    )
    show_judging({"taken_back": 4})
    show_judging({})
    told = " ".join(capsys.readouterr().out.split())
    assert told == (
        "Runs without an outcome, judged by openai:m: 3 good, 1 left unknown because what it cited is not "
        "there. 2 answers could not be used; the first: empty Taken back: 4 outcomes that a model had judged."
    )
