"""How well a model judges how runs ended: labelled runs, asked about as `distill --judge-outcomes` asks.

    python -m benchmarks.judging tau2/telecom_gpt-4.1.json tau_bench --model openai:NAME --cache calls.sqlite

Each path is a set. Of each set as many successes as failures are drawn, of different tasks as far as there
are, so that a judge that says the same of all has a kappa of 0. The outcome is hidden before a question is
made, and what a verdict cites is checked, both by the code that `distill` runs. Printed are, for each set and
in all, what was said of good and of failed runs; how many of those judged were judged right, with Wilson's
interval; kappa, with an interval from resampled tasks; Matthews' coefficient; calls and tokens. Answers are
kept in `--cache`: asked again, nothing is paid twice. `--longest` leaves out runs whose question is longer;
`--show FOLDER` writes the questions and asks nothing.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from math import nan, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trace2skill.errors import AnswerError, Trace2SkillError
from trace2skill.evidence.statistics import Share, wilson
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.question import Question
from trace2skill.llm.settings import ModelSettings
from trace2skill.proposals.outcomes import OutcomeAnswer, outcome_question, verdict, with_judgement
from trace2skill.proposals.transcript import Transcript
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.traces.model import Label, Outcome, Trace, rebuild
from trace2skill.traces.read import Intake
from trace2skill.traces.redact import redact

SAID = ("good", "failed", "cannot_tell", "not_borne_out", "unusable")
"""What comes of a question: the verdicts that stand, those that do not, answers that are none."""

TRUTH = (Label.SUCCESS, Label.FAILURE)
RESAMPLES = 2000


class Verdict(NamedTuple):
    """How a run ended, what the judge said, and of which task the run is."""

    label: Label
    said: str
    task: str


def hidden(trace: Trace) -> Trace:
    """The run without its outcome, as `distill` would have an unlabelled one."""
    return redact(rebuild(trace, outcome=Outcome(origin="no rule decides")))[0]


def question(trace: Trace, settings: ModelSettings) -> tuple[Question, Transcript]:
    """The question about a run of which the outcome is hidden."""
    return outcome_question(hidden(trace), tokens=settings.batch_tokens, share=settings.run_tokens)


def drawn(traces: Iterable[Trace], runs: int, seed: int, fits: Callable[[Trace], bool]) -> list[Trace]:
    """So many runs, as many of either label, those of tasks not yet drawn first; in random order."""
    chance = np.random.default_rng(seed)
    known = [trace for trace in traces if trace.outcome.label in TRUTH and fits(trace)]
    by_label: list[list[Trace]] = []
    for label in TRUTH:
        mixed = [known[at] for at in chance.permutation(len(known)) if known[at].outcome.label is label]
        met: Counter[str] = Counter()
        turns: dict[str, int] = {}
        for trace in mixed:
            turns[trace.hash] = met[trace.stratum]
            met[trace.stratum] += 1
        by_label.append(sorted(mixed, key=lambda trace: turns[trace.hash]))
    each = min(runs // 2, *map(len, by_label))
    chosen = [trace for group in by_label for trace in group[:each]]
    return [chosen[at] for at in chance.permutation(len(chosen))]


def judged(traces: Sequence[Trace], asker: Asker) -> list[Verdict]:
    """Ask about runs, at once as far as the settings allow."""
    asked = [question(trace, asker.settings) for trace in traces]
    futures = [asker.submit(each, OutcomeAnswer) for each, _ in asked]
    return [
        Verdict(trace.outcome.label, _said(trace, shown, future), trace.stratum)
        for trace, (_, shown), future in zip(traces, asked, futures, strict=True)
    ]


def _said(trace: Trace, shown: Transcript, future: "Future[OutcomeAnswer]") -> str:
    try:
        answer = future.result()
    except AnswerError:
        return "unusable"
    return verdict(with_judgement(hidden(trace), shown, answer, "model").outcome)


def table(verdicts: Iterable[Verdict]) -> np.ndarray:
    """Counts: a row for success and for failure, a column for each of `SAID`."""
    counts = np.zeros((len(TRUTH), len(SAID)), dtype=int)
    for each in verdicts:
        counts[TRUTH.index(each.label), SAID.index(each.said)] += 1
    return counts


def kappa(counts: np.ndarray) -> float:
    """Cohen's kappa over the runs judged good or failed; NaN where all are and were said to be one."""
    square = counts[:, :2]
    total = square.sum()
    expected = float((square.sum(0) * square.sum(1)).sum()) / total**2 if total else 1.0
    return (float(np.trace(square)) / total - expected) / (1 - expected) if expected < 1 else nan


def matthews(counts: np.ndarray) -> float:
    """Matthews' correlation over the same runs; NaN where a row or a column is empty."""
    (tp, fn), (fp, tn) = counts[:, :2].tolist()
    below = sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / below if below else nan


def kappa_interval(verdicts: Sequence[Verdict], seed: int) -> tuple[float, float]:
    """95 % of the kappas of resampled tasks: runs of one task are no independent runs."""
    chance = np.random.default_rng(seed)
    tasks = sorted({each.task for each in verdicts})
    tables = np.array([table(each for each in verdicts if each.task == task) for task in tasks])
    picks = chance.integers(len(tasks), size=(RESAMPLES, len(tasks)))
    found = np.array([kappa(tables[pick].sum(0)) for pick in picks])
    found = found[~np.isnan(found)]
    return (nan, nan) if not found.size else tuple(np.quantile(found, [0.025, 0.975]).tolist())


def report(name: str, verdicts: Sequence[Verdict], seed: int) -> str:
    """A set's table and figures."""
    counts = table(verdicts)
    tasks = len({each.task for each in verdicts})
    lines = [f"{name}: {len(verdicts)} runs of {tasks} tasks"]
    lines.append(f"  {'the run is':12}" + "".join(f"{each:>15}" for each in SAID))
    lines += [
        f"  {label.value:12}" + "".join(f"{count:15d}" for count in row)
        for label, row in zip(TRUTH, counts.tolist(), strict=True)
    ]
    right, told = int(np.trace(counts[:, :2])), int(counts[:, :2].sum())
    low, high = wilson(Share(right, told))
    lines.append(f"  judged {told} of {len(verdicts)}; right {right} of {told} [{low:.2f}, {high:.2f}]")
    low, high = kappa_interval(verdicts, seed) if told else (nan, nan)
    lines.append(f"  kappa {kappa(counts):.2f} [{low:.2f}, {high:.2f}], MCC {matthews(counts):.2f}")
    return "\n".join(lines)


def show(folder: Path, traces: Sequence[Trace], settings: ModelSettings) -> None:
    """Write the questions into a folder, a page each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, trace in enumerate(traces, start=1):
        each, _ = question(trace, settings)
        page = folder / f"{number:03d}.md"
        page.write_text(f"{each.system}\n\n{each.common}{each.body}\n", encoding="utf-8")


def run(given: argparse.Namespace) -> None:
    """Draw the runs, ask about them, print the tables."""
    names = ("model", "base_url", "timeout_s", "max_concurrency", "structured")
    settings = ModelSettings.from_environment(
        **{name: getattr(given, name) for name in names if getattr(given, name) is not None}
    )

    def fits(trace: Trace) -> bool:
        return given.longest is None or approx_tokens(question(trace, settings)[0].body) <= given.longest

    sets = {
        path: drawn(Intake(path, success_at=given.success_at), given.runs, given.seed, fits)
        for path in given.paths
    }
    if given.show:
        show(given.show, [trace for traces in sets.values() for trace in traces], settings)
        return
    cache = CallCache(given.cache) if given.cache else None
    asker = Asker(settings, cache=cache)
    every: list[Verdict] = []
    for path, traces in sets.items():
        verdicts = judged(traces, asker)
        every += verdicts
        print(report(str(path), verdicts, given.seed), flush=True)  # noqa: T201
    if len(sets) > 1:
        print(report("in all", every, given.seed))  # noqa: T201
    usage = asker.ledger.total()
    print(  # noqa: T201
        f"{usage.calls} calls, {usage.cached_calls} answers from the cache, "
        f"{usage.prompt_tokens:,} tokens of prompt, {usage.completion_tokens:,} of completion"
    )


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=20, help="most runs of each set, half of either label")
    parser.add_argument("--longest", type=int, help="leave out runs whose question has more tokens")
    parser.add_argument("--success-at", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=Path, help="write the questions into this folder and ask nothing")
    parser.add_argument("--cache", type=Path, help="SQLite file in which answers are kept")
    parser.add_argument("--model", help="PROVIDER:NAME; else TRACE2SKILL_MODEL")
    parser.add_argument("--base-url")
    parser.add_argument("--timeout-s", type=float)
    parser.add_argument("--max-concurrency", type=int)
    parser.add_argument("--structured")
    try:
        run(parser.parse_args())
    except Trace2SkillError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
