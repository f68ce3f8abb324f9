"""Several tasks on one page, for a reader who answers them together, and the answers out of the reply."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.held_out.paired import paired, rate
from benchmarks.live.course import ARMS, Asked, Course, asked_of
from trace2skill.errors import InputError
from trace2skill.evaluation.arms import Arm
from trace2skill.evaluation.suite import Task
from trace2skill.skills.guidance_text import approx_tokens

TOKENS = "tokens.json"
HOW = (
    "Below are {number} tasks, each under a heading with its id. Answer all of them. For each write a line "
    "`# ID`, with the id in place of ID, and below it the answer to that task as asked for; nothing else."
)


def page(texts: Mapping[str, str], guidance: str = "") -> str:
    """One page: how to answer, what all tasks say alike, the guidance, and the tasks.

    Args:
        texts: The tasks by id.
        guidance: What is given beside them; empty for nothing.
    """
    split = {name: text.split("\n\n") for name, text in texts.items()}
    first = next(iter(split.values()))
    alike = [each for each in first if len(split) > 1 and all(each in parts for parts in split.values())]
    lines = [HOW.format(number=len(texts)), *alike]
    lines += ["## Given beside the tasks", guidance] if guidance else []
    for name, parts in split.items():
        lines += [f"# {name}", *(part for part in parts if part not in alike)]
    return "\n\n".join(lines) + "\n"


def answers(reply: str, ids: Sequence[str]) -> dict[str, str]:
    """The answers in a reply by id; those that it leaves out are not there."""
    heading = re.compile(rf"^#+ *`?({'|'.join(map(re.escape, ids))})`?:? *$", re.MULTILINE)
    parts = heading.split(reply)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def write_pages(course: Course, given: Mapping[str, Arm], out: Path) -> None:
    """A page for each arm, `ARM.md`, with all tasks of the course."""
    out.mkdir(parents=True, exist_ok=True)
    texts = {task.id: task.prompt for task in course.suite.tasks}
    tokens = {}
    for name, arm in given.items():
        guidance = together(arm, course.asked)
        tokens[name] = approx_tokens(guidance) if guidance else 0
        (out / f"{name}.md").write_text(page(texts, guidance), encoding="utf-8")
    (out / TOKENS).write_text(json.dumps(tokens) + "\n", encoding="utf-8")


def together(arm: Arm, asked: Sequence[Asked]) -> str:
    """What an arm gives for many tasks at once: raw runs for all requests as one, else what each gets."""
    if arm.name.startswith("raw"):
        return arm.guidance(Task("all", "\n".join(each.request for each in asked)))
    return "\n\n".join(dict.fromkeys(text for each in asked if (text := arm.guidance(asked_of(each)))))


def scores(course: Course, folder: Path) -> dict[str, list[float]]:
    """The scores of each arm that was answered, `ARM.reply`, in the order of the tasks.

    A task without an answer scores 0.

    Raises:
        InputError: No arm was answered, or a reply has no answer to any task.
    """
    found = {}
    ids = [each.id for each in course.asked]
    for name in ARMS:
        file = folder / f"{name}.reply"
        if not file.is_file():
            continue
        given = answers(file.read_text(encoding="utf-8"), ids)
        if not given:
            raise InputError(
                f"{file} answers no task; it needs lines such as `# {ids[0]}`, each above an answer"
            )
        found[name] = [each.score(given.get(each.id, "")) for each in course.asked]
    if not found:
        raise InputError(f"{folder} holds no reply; write one as {ARMS[0]}.reply beside {ARMS[0]}.md")
    return found


def table(course: Course, folder: Path) -> str:
    """Tasks solved in each arm, against no guidance and against the skill; a task is solved at 1."""
    found = {name: [score == 1 for score in each] for name, each in scores(course, folder).items()}
    tokens = json.loads((folder / TOKENS).read_text(encoding="utf-8"))
    lines = [
        "| arm | solved | tokens of guidance | against none | against the skill |",
        "|---|---|---|---|---|",
    ]
    for name in ARMS:
        against = [
            paired(found[name], found[other]) if name != other and {name, other} <= set(found) else ""
            for other in ("none", "skill")
        ]
        told = rate(found[name]) if name in found else "not answered"
        lines.append(f"| {name} | {told} | {tokens[name]} | {' | '.join(against)} |")
    return "\n".join(lines) + "\n"
