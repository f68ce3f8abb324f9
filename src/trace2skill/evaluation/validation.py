"""Validation of a library's skill: a verdict, recorded with what it rests on; and proposals to drop rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trace2skill.errors import InputError
from trace2skill.evaluation.ablation import Ablation, ablate, said, without
from trace2skill.evaluation.ablation import Progress as AblationProgress
from trace2skill.evaluation.arms import BUDGET_TOKENS, VERSION, Arm, arm, of_skill, placebo
from trace2skill.evaluation.gate import GateSettings, Judgement, held_out, judge
from trace2skill.evaluation.gate import Progress as GateProgress
from trace2skill.evaluation.journal import Journal
from trace2skill.evaluation.rule_marks import RuleMarks, write_marks
from trace2skill.evaluation.runner import Progress as RunProgress
from trace2skill.evaluation.runner import Runner
from trace2skill.evaluation.solver import Ask
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.skillmd.review import ProposedChange, proposed_change
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import refused_rules
from trace2skill.store.demotions import now
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit, StoredSkill
from trace2skill.store.validations import Validation, rules_digest

FOLDER = "evaluations"
"""Where a library's folder keeps results of runs and proposals."""


@dataclass(frozen=True)
class Agent:
    """The solver of a validation.

    Attributes:
        ask: Runs it.
        name: What it is called in results; runs under another name are not used again.
        parallel: How many runs are made at a time.
    """

    ask: Ask
    name: str
    parallel: int = 1


class Subject(NamedTuple):
    """The version of a skill that is validated, its held-out tasks, and the ids of tasks it was made from."""

    stored: StoredSkill
    tasks: list[Task]
    seen: list[str]


def subject(library: Library, name: str, suite: Suite) -> Subject:
    """The version that a person names (NAME, or NAME@VERSION), and the tasks on which it may be judged.

    Raises:
        LibraryError: There is no such skill or version.
    """
    found = VERSION.fullmatch(name)
    stored = library.skill(found["name"], int(found["version"])) if found else library.skill(name)
    own = {*stored.skill.traces, *stored.skill.policy.traces}
    tasks, seen = held_out(suite, [trace for trace in library.traces() if trace.hash in own])
    return Subject(stored, tasks, seen)


def results_file(library: Path, suite: Suite) -> Path:
    """Where the runs of a suite are kept if no other file is named."""
    return library / FOLDER / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', suite.name).strip('-.') or 'suite'}.jsonl"


def control_arm(library: Library, spec: str, skill: Skill) -> Arm:
    """The arm that a skill is compared with, as `arms.arm` reads it, or `placebo`."""
    return placebo(library, skill) if spec == "placebo" else arm(spec, library)


def validate(  # noqa: PLR0913 - keyword only but for the library and the name
    library: Library,
    name: str,
    *,
    suite: Suite,
    agent: Agent,
    against: str = "none",
    settings: GateSettings | None = None,
    results: Path | None = None,
    progress: GateProgress | None = None,
    on_run: RunProgress | None = None,
) -> tuple[Judgement, Validation | None]:
    """Judge a skill and record the verdict in the library.

    A skill that harms is no longer offered; one that helps is `validated`, in exactly this version. A refused
    judgement is not recorded.

    Args:
        library: The library.
        name: The skill, or NAME@VERSION.
        suite: The tasks; those that the skill was distilled from are left out.
        agent: The solver.
        against: The control arm.
        settings: Risks and limits.
        results: Where runs are kept; in the library's folder by default.
        progress: Called after each pair.
        on_run: Called with each run.

    Raises:
        LibraryError: There is no such skill, or the library cannot be written.
        InputError: Fewer than five tasks are held out, or a run gave no result.
        LimitError: `max_runs` leaves no room for a comparison.
        SettingError: `against` names no arm.
    """
    settings = settings or GateSettings()
    found = subject(library, name, suite)
    skill = found.stored.skill
    runner = Runner(
        suite,
        agent.ask,
        solver=agent.name,
        journal=Journal(results or results_file(library.path, suite)),
        max_runs=settings.max_runs,
        parallel=agent.parallel,
        progress=on_run,
    )
    judgement = judge(
        control_arm(library, against, skill),
        of_skill(skill, f"{skill.name}@{found.stored.version}"),
        runner=runner,
        tasks=found.tasks,
        settings=settings,
        progress=progress,
    )
    if judgement.refused:
        return judgement, None
    validation = Validation(
        skill=skill.name,
        version=found.stored.version,
        hash=skill.hash,
        rules=rules_digest(skill),
        verdict=judgement.verdict,
        reason=judgement.reason,
        suite=suite.name,
        suite_digest=suite.digest,
        control=against,
        solver=agent.name,
        models=tuple(sorted(runner.models)),
        tasks=judgement.tasks,
        pairs=judgement.pairs,
        runs=judgement.runs,
        success=judgement.success,
        saving=judgement.saving,
        saved=judgement.saved,
        harm_budget=settings.harm_budget,
        level=settings.level,
        time=now(),
    )
    library.commit(Commit(validations=(validation,)))
    return judgement, validation


def ablated(  # noqa: PLR0913 - keyword only but for the library and the name
    library: Library,
    name: str,
    *,
    suite: Suite,
    agent: Agent,
    max_runs: int = 1500,
    seed: int = 0,
    results: Path | None = None,
    progress: AblationProgress | None = None,
    on_run: RunProgress | None = None,
) -> tuple[Ablation, ProposedChange | None]:
    """Find which rules of a skill help, harm, or are idle; the library is not changed.

    The marks are kept beside it (`rule_marks`), and told with the evidence of this version.

    Returns:
        What was found, and the proposal to drop the harmful rules, as a review shows it; None without any.

    Raises:
        LibraryError: There is no such skill.
        InputError: It has fewer than two rules, no task is held out, or a run gave no result.
        LimitError: `max_runs` leaves no room for the first rounds.
    """
    found = subject(library, name, suite)
    if not found.tasks:
        raise InputError("the skill was distilled from every task of the suite; add others")
    runner = Runner(
        suite,
        agent.ask,
        solver=agent.name,
        journal=Journal(results or results_file(library.path, suite)),
        max_runs=max_runs,
        parallel=agent.parallel,
        progress=on_run,
    )
    ablation = ablate(
        found.stored.skill,
        runner=runner,
        tasks=found.tasks,
        seed=seed,
        budget_tokens=BUDGET_TOKENS,
        progress=progress,
    )
    marks = RuleMarks(
        skill=found.stored.skill.name,
        version=found.stored.version,
        hash=found.stored.skill.hash,
        suite=suite.name,
        solver=agent.name,
        runs=ablation.runs,
        time=now(),
        rules=ablation.rules,
    )
    write_marks(library.path / FOLDER, marks)
    return ablation, drop_proposal(found.stored, ablation)


def drop_proposal(stored: StoredSkill, ablation: Ablation) -> ProposedChange | None:
    """The proposal to drop the rules that harm, with the evidence; None if no rule does or all would go."""
    harmful = ablation.named("harms")
    if not harmful or len(harmful) == len(stored.skill.rules):
        return None
    note = "; ".join(said(each) for each in ablation.rules if each.rule in harmful)
    proposal = Proposal(skill=without(stored.skill, harmful), operation="revise", note=note)
    return proposed_change(proposal, (stored.skill, stored.version))


def write_proposal(library: Path, change: ProposedChange) -> Path:
    """Write a proposal where a person can read it, and return the file."""
    file = library / FOLDER / f"{change.name}-drop.md"
    lines = [
        f"# {change.name}: drop rules that harm",
        "",
        change.note,
        "",
        "```diff",
        change.diff.rstrip(),
        "```",
    ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror or error})") from error
    return file


def drop(library: Library, name: str, rules: Sequence[str], reason: str) -> StoredSkill:
    """Take rules out of a skill as a person's decision: a new version, and the rules are not proposed again.

    Raises:
        LibraryError: There is no such skill.
        InputError: It has no such rule, or no other.
    """
    stored = library.skill(name)
    after = without(stored.skill, rules)
    if not after.rules:
        raise InputError(f"{name} would be left without rules; retire it instead")
    gone = [rule for rule in stored.skill.rules if rule.name in rules]
    refused = refused_rules(stored.skill, gone, reason, now())
    change = Change(skill=after, operation="revise", note=f"dropped {', '.join(rules)}: {reason}")
    library.commit(Commit(changes=(change,), refused=(refused,) if refused else ()))
    return library.skill(name)
