"""Shell commands in a trace: what they run, which exit code came back, and what that code tells."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import orjson
from pydantic import JsonValue

from trace2skill.traces.model import Action, StepOutcome
from trace2skill.traces.untyped import as_list, as_number, as_object, as_text


class Kind(StrEnum):
    """What a command is for, as far as the end of a session can be told by it."""

    TEST = "test"
    BUILD = "build"
    READ = "read"
    OTHER = "other"


def word_set(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


_COMMAND = ("command", "cmd", "keystrokes")
_SHELLS = ("bash", "sh", "zsh", "dash")
_WRAPPED = re.compile(r"""(?:\S*/)?(?:ba|z|da)?sh\s+-l?c\s+(['"])(.*)\1""", re.DOTALL)
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?(.*?)^\s*\1\s*$", re.DOTALL | re.MULTILINE)
_OPERATOR = re.compile(r"(&&|\|\||\|&|\||;|\n|(?<![>&])&(?![>&]))")
_ASSIGNMENT = re.compile(r"\w+=\S*")
_PREFIXES = word_set("sudo time env nice exec command xvfb-run npx bunx pnpx ! ( {")
_RUNNERS = {
    **dict.fromkeys(("bundle", "pnpm", "yarn", "npm"), "exec"),
    **dict.fromkeys(("uv", "poetry", "pipenv", "pdm", "hatch", "rye"), "run"),
}
_TESTS = word_set("pytest py.test tox nox unittest nosetests jest vitest mocha ava rspec phpunit ctest karma")
_BUILDS = word_set("tsc ninja javac rustc gcc g++ clang clang++ msbuild")
_TASKS = word_set(
    """npm pnpm yarn bun deno make gmake just cargo go mvn mvnw gradle gradlew dotnet bazel mix swift rake
    sbt manage.py cmake composer flutter dart stack cabal"""
)
_TEST_TARGETS = re.compile(r"(?:unit|integration|e2e)?[:_-]?(?:tests?|nextest|check|verify|spec)(?:[:_-].*)?")
_BUILD_TARGETS = re.compile(
    r"(?:build|compile|assemble|package|vet|clippy|all|b|c|bundle|--build)(?:[:_-].*)?"
)
_LISTING = word_set(
    "--version --help -h -V --collect-only --co --list --listTests --dry-run --fixtures --markers"
)
_CARGO_CHECK = ("check", "c")
_READING = word_set(
    """cat head tail less more grep egrep fgrep rg ag sed awk ls tree find fd wc echo printf git diff jq cut
    sort uniq stat file which type man history sleep cd pushd popd export source . set true pwd rm mkdir cp
    mv touch"""
)
_ONE_IS_NOTHING_FOUND = word_set("grep egrep fgrep rg ag diff cmp test [ [[ git pgrep")
"""Programs whose exit code 1 is an answer and no failure; of git, `git diff` and `git grep`."""


@dataclass(frozen=True)
class Part:
    """One simple command of a command line, with the operator that follows it."""

    program: str
    words: tuple[str, ...]
    then: str

    @property
    def kind(self) -> Kind:
        """What the command is for; one that only lists or describes reads."""
        if _LISTING & set(self.words):
            return Kind.READ
        if self.program in _TESTS:
            return Kind.TEST
        if self.program in _BUILDS:
            return Kind.BUILD
        if self.program in _TASKS:
            return self._task
        return Kind.READ if self.program in _READING else Kind.OTHER

    @property
    def _task(self) -> Kind:
        targets = [word for word in self.words if word not in ("run", "run-script") and word[:1] not in "-./"]
        if self.program == "cmake":
            return Kind.BUILD if "--build" in self.words else Kind.OTHER
        if not targets:
            return Kind.BUILD if self.program in ("make", "gmake", "ninja") else Kind.OTHER
        if self.program == "cargo" and targets[0] in _CARGO_CHECK:
            return Kind.BUILD
        if _TEST_TARGETS.fullmatch(targets[0]):
            return Kind.TEST
        return Kind.BUILD if _BUILD_TARGETS.fullmatch(targets[0]) else Kind.OTHER


def command_of(action: Action) -> str | None:
    """The command line of a call of a shell, whatever the tool is named; None for any other call.

    A call with a path as well is an editor's (`command: "view"`).
    """
    given = action.arguments
    if any(name in given for name in ("path", "file_path")):
        return None
    value = next((given[name] for name in _COMMAND if given.get(name)), None)
    if isinstance(value, str):
        return unwrapped(value)
    words = [word for word in as_list(value) if isinstance(word, str)]
    if len(words) == 3 and _name(words[0]) in _SHELLS:
        return words[2]
    return shlex.join(words) if words else None


def unwrapped(command: str) -> str:
    """The script of `bash -lc '...'`; any other command as it is."""
    found = _WRAPPED.fullmatch(command.strip())
    return found[2] if found else command


@lru_cache(maxsize=1024)
def parts(command: str) -> Sequence[Part]:
    """The simple commands of a command line, without what is quoted and without prefixes such as `sudo`."""
    pieces = _OPERATOR.split(_QUOTED.sub("'", _HEREDOC.sub("", command)).replace("\\\n", " "))
    found: list[Part] = []
    for text, then in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        words = _without_prefixes(text.split())
        if words:
            found.append(Part(_name(words[0]), tuple(words[1:]), then))
        elif found and then not in ("", "\n"):
            found[-1] = Part(found[-1].program, found[-1].words, then)
    return found


def _without_prefixes(words: list[str]) -> list[str]:
    while words:
        name, rest = _name(words[0]), words[1:]
        if _ASSIGNMENT.fullmatch(words[0]) or name in _PREFIXES:
            words = rest
        elif name == "timeout" and rest:
            words = rest[1:] if rest[0][:1] != "-" else rest[2:]
        elif rest and _RUNNERS.get(name) == rest[0]:
            words = rest[1:]
            while words and words[0].startswith("-"):
                words = words[1:]
        elif name.startswith("python") and rest[:1] == ["-m"]:
            words = rest[1:]
        elif name.startswith("python") and rest and rest[0].endswith("manage.py"):
            words = rest
        else:
            break
    return words


def _name(word: str) -> str:
    return word.lstrip("({").rstrip("/").rsplit("/", 1)[-1] or word


def runs(command: str) -> bool:
    """Whether a command does more than read files and print: its output may be a program's own."""
    return any(part.kind is not Kind.READ for part in parts(command))


def exit_tells(command: str, kind: Kind, code: int) -> bool:
    """Whether an exit code is that of a command of this kind: no pipe, `;` or `||` after it hides it."""
    listed = list(parts(command))
    at = max((index for index, part in enumerate(listed) if part.kind is kind), default=None)
    if at is None:
        return False
    after = [part.then for part in listed[at:]]
    piped = after[0] in ("|", "|&")
    if piped and "pipefail" in command:
        after = after[1:]
    ended = [then for then in after if then not in ("", "\n")] if len(after) == 1 else after[:-1]
    return not ended if code else all(then == "&&" for then in ended)


def exit_outcome(command: str | None, code: int) -> StepOutcome:
    """How a command went: 0 is ok, and so is 1 of grep and its like, which found nothing."""
    if code != 1:
        return StepOutcome.ERROR if code else StepOutcome.OK
    last = (parts(command or "") or [Part("", (), "")])[-1]
    found = last.program in _ONE_IS_NOTHING_FOUND
    if last.program == "git":
        found = last.words[:1] in (("diff",), ("grep",))
    return StepOutcome.OK if found else StepOutcome.ERROR


_CODES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"\A(?:Error: )?Exit code:? (-?\d+)\b",  # Claude Code, Codex
        r"\A<returncode>(-?\d+)</returncode>",  # mini-SWE-agent
        r"\A(?:(?!Output:).*\n){0,6}?Process exited with code (-?\d+)$",  # Codex
        r"\A(?:Command|Output): [\s\S]*^Exit Code: (-?\d+)$",  # Gemini CLI
        r"\[The command completed with exit code (-?\d+)\.?\]\s*\Z",  # OpenHands
    )
)


def exit_code(observed: JsonValue) -> int | None:
    """The exit code that a harness reports of a command; prose that mentions one says nothing."""
    if isinstance(observed, dict):
        inner = as_object(observed.get("metadata"))
        names = ("exit_code", "exitCode", "returncode")
        codes = [place.get(name) for place in (observed, inner) for name in names]
        number = next((as_number(code) for code in codes if as_number(code) is not None), None)
        return None if number is None or number != int(number) else int(number)
    text = as_text(observed)
    found = next(filter(None, (pattern.search(text) for pattern in _CODES)), None)
    return int(found[1]) if found else None


_HIGHEST = 1 << 31
"""The exit codes of Windows are 32 bits."""


def with_exit_code(text: str, code: float | None) -> str:
    """What a command printed with the exit code that stood beside it, as JSON; unchanged if it tells it."""
    if code is None or abs(code) > _HIGHEST or exit_code(text) is not None:
        return text
    return orjson.dumps({"output": text, "exit_code": int(code)}).decode()


def observed_text(observed: JsonValue) -> str:
    """What a command printed, where the harness wraps it in an object too."""
    if isinstance(observed, dict):
        kept: Sequence[JsonValue] = [
            observed.get(key) for key in ("output", "stdout", "stderr", "content", "text")
        ]
        return "\n".join(filter(None, map(as_text, kept)))
    return as_text(observed)
