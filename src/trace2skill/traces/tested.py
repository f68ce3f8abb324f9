"""Test results in the output of commands: the summary lines of test runners."""

import re
from dataclasses import dataclass

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COUNT = re.compile(r"(\d+) (\w+)")
_FAILING = ("failed", "error", "errors", "failures", "failure", "failing")
_PASSING = ("passed", "passing", "examples", "example")

_COUNTED = {
    "pytest": re.compile(
        r"^=*[ \t]*(\d+ (?:failed|passed|errors?|skipped|deselected|xfailed|xpassed|rerun|warnings?)"
        r"(?:, \d+ \w+)*) in \d[\d.]*s(?: \([\d:]+\))?[ \t]*=*$",
        re.MULTILINE,
    ),
    "jest": re.compile(r"^(?:Tests|Test Suites):[ \t]+(\d+ .*\b\d+ total)$", re.MULTILINE),
    "vitest": re.compile(
        r"^[ \t]*(?:Tests|Test Files)[ \t]{2}(\d+ (?:failed|passed|skipped).*\(\d+\))$", re.MULTILINE
    ),
    "mocha": re.compile(r"^[ \t]*(\d+ passing) \([\d.]+m?s\)|^[ \t]+(\d+ failing)$", re.MULTILINE),
    "rspec": re.compile(r"^(\d+ examples?, \d+ failures?)\b", re.MULTILINE),
}
_LAST_ONLY = ("pytest", "rspec")
_CARGO = re.compile(r"^test result: (ok|FAILED)\. (\d+) passed; (\d+) failed", re.MULTILINE)
_GO = re.compile(
    r"^(?:(ok)[ \t]+\S+[ \t]+(?:\(cached\)|\d[\d.]*s)"
    r"|FAIL[ \t]+\S+[ \t]+(?:\d[\d.]*s|\[\w+ failed\])|--- FAIL: \w)",
    re.MULTILINE,
)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in \d[\d.]*s\s+^(OK|FAILED)\b", re.MULTILINE)

_HINTS = (
    "passed",
    "failed",
    "passing",
    "failing",
    " error",
    "example",
    "total",
    "FAIL",
    "ok  ",
    "ok\t",
    "Ran ",
)
"""At least one of these is in every summary; most outputs have none, and are not searched."""


@dataclass(frozen=True)
class Summary:
    """What one test runner reports."""

    runner: str
    passed: bool


def summary(text: str) -> Summary | None:
    """The result of the tests that an output reports; None without a summary line, or where none was run.

    If several runners report, one failure is a failure.
    """
    if not any(hint in text for hint in _HINTS):
        return None
    plain = _ANSI.sub("", text).replace("\r\n", "\n")
    found = [
        Summary(runner, passed)
        for runner, passed in [
            *((name, _counted(name, plain)) for name in _COUNTED),
            ("cargo", _cargo(plain)),
            ("go", _go(plain)),
            ("unittest", _unittest(plain)),
        ]
        if passed is not None
    ]
    return min(found, key=lambda each: each.passed) if found else None


def _counted(runner: str, text: str) -> bool | None:
    lines = [" ".join(filter(None, match.groups())) for match in _COUNTED[runner].finditer(text)]
    if runner in _LAST_ONLY:
        lines = lines[-1:]
    counts: dict[str, int] = {}
    for number, word in (pair for line in lines for pair in _COUNT.findall(line)):
        counts[word] = counts.get(word, 0) + int(number)
    if any(counts.get(word) for word in _FAILING):
        return False
    return True if any(counts.get(word) for word in _PASSING) else None


def _cargo(text: str) -> bool | None:
    results = _CARGO.findall(text)
    if any(word == "FAILED" for word, _, _ in results):
        return False
    return True if any(int(passed) for _, passed, _ in results) else None


def _go(text: str) -> bool | None:
    results = [match[1] for match in _GO.finditer(text)]
    return all(results) if results else None


def _unittest(text: str) -> bool | None:
    results = _UNITTEST.findall(text)
    if not results or not int(results[-1][0]):
        return None
    return bool(results[-1][1] == "OK")
