"""Outcomes of sessions that nobody labelled."""

import pytest

from tests.building import act, run, say
from trace2skill.traces.model import Actor, Label, Step
from trace2skill.traces.outcome_rules import UNDECIDED, Ending, tell_outcome

TASK = say("Please fix the failing date parser in utils.py.")
DONE = say("The parser is fixed.", Actor.AGENT)
EDIT = act("Edit", "edited", file_path="/w/utils.py", old_string="a", new_string="b")


def told(*steps: Step, ending: Ending | None = None) -> tuple[str, str]:
    """The label and the rule of a session that begins with a task."""
    outcome = tell_outcome(run(TASK, *steps).steps, ending)
    return outcome.label.value, outcome.origin


def shell(command: str, printed: str = "", code: int | None = None) -> Step:
    """A call of a shell, its exit code as Codex reports it."""
    return act(
        "exec_command", printed if code is None else {"output": printed, "exit_code": code}, cmd=command
    )


SUMMARIES = [
    ("pytest", "pytest -q", "....\n4 passed in 0.12s", "......\nF\n1 failed, 4 passed in 0.30s"),
    ("pytest", "make test", "===== 4 passed, 1 warning in 0.12s =====", "===== 1 error in 0.40s ====="),
    (
        "unittest",
        "python -m unittest",
        "Ran 3 tests in 0.001s\n\nOK",
        "Ran 3 tests in 0.1s\n\nFAILED (failures=1)",
    ),
    ("jest", "npm test", "Tests:       5 passed, 5 total", "Tests:       1 failed, 4 passed, 5 total"),
    (
        "jest",
        "npx jest",
        "Test Suites: 1 passed, 1 total\nTests:  2 passed, 2 total",
        "Test Suites: 1 failed, 1 total",
    ),
    ("vitest", "npx vitest run", "      Tests  5 passed (5)", "      Tests  1 failed | 4 passed (5)"),
    ("mocha", "npx mocha", "  5 passing (20ms)", "  4 passing (20ms)\n  1 failing"),
    (
        "cargo",
        "cargo test",
        "test result: ok. 5 passed; 0 failed; 0 ignored",
        "test result: FAILED. 4 passed; 1 failed; 0 ignored",
    ),
    (
        "go",
        "go test ./...",
        "ok  \texample.com/a\t0.012s",
        "--- FAIL: TestParse (0.00s)\nFAIL\texample.com/a\t0.01s",
    ),
    ("rspec", "bundle exec rspec", "10 examples, 0 failures", "10 examples, 2 failures"),
]


@pytest.mark.parametrize(("runner", "command", "passing", "failing"), SUMMARIES)
def test_a_summary_line_of_the_last_run_decides(
    runner: str, command: str, passing: str, failing: str
) -> None:
    """Either way, and the rule is named with the runner."""
    assert told(EDIT, shell(command, passing), DONE) == ("success", f"rule tests: {runner} passed")
    assert told(EDIT, shell(command, failing), DONE) == ("failure", f"rule tests: {runner} failed")


@pytest.mark.parametrize(
    "step",
    [
        shell("cat test.log", "4 passed in 0.12s"),
        shell("grep -r passed logs", "4 passed in 0.12s"),
        act("Read", "===== 4 passed in 0.12s =====", file_path="/w/log.txt"),
        shell("pytest", "no tests ran in 0.01s"),
        shell("pytest", "3 skipped in 0.01s"),
        shell("cargo test", "test result: ok. 0 passed; 0 failed; 0 ignored"),
        shell("./deploy.sh", "the server answered 404 errors, exit code 0, 3 passed the gate"),
        shell("pip install pytest", "Installed", 0),
        shell("echo pytest", "pytest", 0),
    ],
    ids=["cat", "grep", "read", "none ran", "skipped", "none in cargo", "prose", "install", "echo"],
)
def test_what_is_no_result_of_a_run_decides_nothing(step: Step) -> None:
    """Logs that are read, runs without tests, prose."""
    assert told(step, DONE) == ("unknown", UNDECIDED)


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        ("pytest -x", 0, ("success", "rule exit code: test passed")),
        ("pytest -x", 1, ("failure", "rule exit code: test failed")),
        ("cd /w && uv run --quiet pytest", 1, ("failure", "rule exit code: test failed")),
        ("CI=1 timeout 60 npm run test:unit", 0, ("success", "rule exit code: test passed")),
        ("bash -lc 'go test ./...'", 2, ("failure", "rule exit code: test failed")),
        ("set -o pipefail; pytest | tail -5", 1, ("failure", "rule exit code: test failed")),
        ("npm ci && npm run build", 0, ("success", "rule exit code: build passed")),
        ("make", 2, ("failure", "rule exit code: build failed")),
        ("cargo check", 101, ("failure", "rule exit code: build failed")),
    ],
)
def test_without_a_summary_the_exit_code_decides(command: str, code: int, expected: tuple[str, str]) -> None:
    """Of the last test run, or the last build."""
    assert told(shell(command, "", code), DONE) == expected


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("grep -rn parse src", 1),
        ("rg parse", 1),
        ("diff a b", 1),
        ("pytest | tail -5", 0),
        ("pytest || true", 0),
        ("pytest; echo done", 0),
        ("pytest && git commit -m done", 1),
        ("python script.py", 1),
        ("ls /nowhere", 2),
        ("npm run dev", 1),
        ("pytest --version", 0),
        ("pytest --collect-only -q", 0),
        ("make --dry-run test", 0),
        ("pytest &", 0),
    ],
)
def test_an_exit_code_that_is_not_of_a_test_or_build_decides_nothing(command: str, code: int) -> None:
    """The 1 of grep, a code that a pipe or a later command hides, other programs."""
    assert told(shell(command, "", code), DONE) == ("unknown", UNDECIDED)


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("Exit code: 0\nWall time: 1.2 seconds\nOutput:\n", "success"),
        ("Exit code 1\nsomething broke", "failure"),
        ("Chunk ID: a1\nWall time: 1.2 seconds\nProcess exited with code 1\nOutput:\nbad", "failure"),
        ("<returncode>0</returncode>\n<output>\n</output>", "success"),
        ("Command: make\nOutput: bad\nError: (none)\nExit Code: 2\nSignal: 0", "failure"),
        ("all fine\n[The command completed with exit code 0.]", "success"),
        ("it ended with exit code 0", "unknown"),
        ("Output:\nProcess exited with code 1 is what you would see", "unknown"),
    ],
)
def test_exit_codes_are_read_where_harnesses_write_them(printed: str, label: str) -> None:
    """At their place in the result, not in what a program printed."""
    assert told(shell("make", printed), DONE)[0] == label


def test_a_guard_of_the_harness_is_no_failed_run() -> None:
    """An edit that was refused since the file had not been read says nothing of the end."""
    guard = act("Write", "File has not been read yet. Read it first.", error=True, file_path="/w/a.md")
    assert told(guard, DONE) == ("unknown", UNDECIDED)


def test_the_last_run_counts() -> None:
    """A retry replaces what was before it; a run before an edit of code is out of date, prose aside."""
    failed, passed = shell("pytest", "1 failed in 0.10s"), shell("pytest", "1 passed in 0.10s")
    assert told(failed, EDIT, passed, shell("git commit -m x", "", 0))[0] == "success"
    assert told(passed, EDIT, failed)[0] == "failure"
    assert told(passed, EDIT, DONE) == ("unknown", UNDECIDED)
    assert told(passed, act("Edit", "edited", file_path="/w/README.md"))[0] == "success"
    assert told(failed, shell("make", "", 0))[1] == "rule tests: pytest failed"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Thanks!", "thanks"),
        ("thank you so much for your help", "thanks"),
        ("Perfect, it works now.", "approval"),
        ("thank you so much, that fixed it", "approval"),
        ("LGTM 👍", "approval"),
        ("Great job", "approval"),
    ],
)
def test_approval_and_thanks_are_success(text: str, rule: str) -> None:
    """Where nothing else is said, and nothing follows; which of the two it was is told."""
    assert told(EDIT, DONE, say(text)) == ("success", f"rule {rule}: the user's last word")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, now add a test for leap years",
        "Great! Can you also look at the logs?",
        "It is not great",
        "ok",
        "no, that's fine",
        "The docs call this the working set.",
    ],
)
def test_other_words_decide_nothing(text: str) -> None:
    """A further request, a mere assent."""
    assert told(EDIT, DONE, say(text)) == ("unknown", UNDECIDED)


@pytest.mark.parametrize(
    "text",
    [
        "No, the other parser.",
        "That's wrong, dates come first",
        "it still fails",
        "Thanks, but it doesn't work",
        "please revert that",
        "That is not what I asked for",
        "👎",
    ],
)
def test_a_correction_is_failure(text: str) -> None:
    """Where the session ends with it."""
    assert told(EDIT, DONE, say(text)) == ("failure", "rule correction: the user's last word")


def test_words_that_are_no_verdict() -> None:
    """The task, an answer to a question, what was acted on, what stands in code, a program's words."""
    assert tell_outcome(run(say("it still fails, fix it"), DONE).steps).label is Label.UNKNOWN
    assert told(EDIT, say("Shall I commit it?", Actor.AGENT), say("No."))[0] == "unknown"
    assert told(EDIT, DONE, say("No, the other one."), EDIT)[0] == "unknown"
    assert told(EDIT, DONE, say("Note: ```it still fails```"))[0] == "unknown"
    assert told(EDIT, DONE, say("Thanks!"), ending=Ending(headless=True))[0] == "unknown"


def test_an_interruption_is_an_abandoned_task() -> None:
    """Unless the tests had passed."""
    stopped = Ending(interrupted=True)
    assert told(EDIT, ending=stopped) == ("failure", "rule abandoned: interrupted by the user")
    assert told(shell("pytest", "1 failed in 0.10s"), ending=stopped)[1] == "rule tests: pytest failed"
    assert told(shell("pytest", "1 passed in 0.10s"), ending=stopped) == (
        "unknown",
        "rules disagree: abandoned, tests",
    )


def test_rules_that_contradict_each_other_leave_it_open() -> None:
    """Thanks for failing tests; a correction stands above tests that pass; a rating above all."""
    failed, passed = shell("pytest", "1 failed in 0.10s"), shell("pytest", "1 passed in 0.10s")
    assert told(failed, say("Thanks!")) == ("unknown", "rules disagree: thanks, tests")
    assert told(passed, say("No, that's wrong."))[0] == "failure"
    assert told(failed, ending=Ending(feedback=Label.SUCCESS)) == (
        "success",
        "rule feedback: a rating given with the session",
    )
