"""Judge outcomes: a model is asked how the runs ended of which neither the data nor a rule tells."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from langgraph.runtime import Runtime

from trace2skill.errors import AnswerError, LimitError, ModelError
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker, reader_name, stop, usage
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.outcomes import OutcomeAnswer, is_asked, outcome_question, verdict, with_judgement
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, rebuild

AT_ONCE = 200
"""Runs that are held and asked about together; what was judged of them is put aside before the next."""


def judge_outcomes(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Judge the runs of the library and of this run that nobody labelled, or take such judgements back.

    Nothing is asked about a run that has an outcome. What is judged is put aside with the run; a run that is
    killed here goes on with those that are left. In a dry run it is only noted which would be asked about.

    Raises:
        ModelError: The model cannot be reached, refuses every call, or gives no usable answer.
    """
    context = settings(runtime)
    if not (context.judge_outcomes or context.drop_judged):
        return {}
    with Library(context.library) as library:
        if context.drop_judged:
            return _taken_back(library, state["run"])
        name = reader_name(context, models)
        unlabelled = (trace for trace in library.traces(run=state["run"]) if is_asked(trace, name))
        if context.only_plans:
            library.judge(state["run"], ((trace, True) for trace in unlabelled))
            return {}
        return _Judging(library, context, state["run"], models).judge(unlabelled, runtime)


def _taken_back(library: Library, run: str) -> DistillState:
    judged = [trace for trace in library.traces(run=run) if trace.outcome.judgement]
    library.judge(
        run, ((rebuild(each, outcome=each.outcome.unjudged), each.outcome.judged) for each in judged)
    )
    return {"judging": {"taken_back": sum(each.outcome.judged for each in judged)}}


class _Judging:
    """Asks about runs and counts the answers."""

    def __init__(self, library: Library, context: DistillSettings, run: str, models: Models) -> None:
        self._library = library
        self._context = context
        self._run = run
        self._asker = asker(context, run, models)
        self._model = reader_name(context, models)
        self._problems: list[str] = []

    def judge(self, traces: Iterator[Trace], runtime: Runtime[DistillSettings]) -> DistillState:
        """Ask about the runs, some at a time, until a limit is reached; count what was judged in all."""
        stopped: DistillState = {}
        while not stopped and (some := list(islice(traces, AT_ONCE))):
            stopped = stop(self._answers(some))
            runtime.stream_writer({"stage": "judge outcomes", "done": len(self._library.judged(self._run))})
        judged = self._library.traces(self._library.judged(self._run), run=self._run)
        said = Counter(verdict(trace.outcome) for trace in judged)
        if self._problems and not said and not stopped:
            unusable = f"none of the model's {len(self._problems)} answers could be used"
            raise ModelError(f"{unusable}; the first: {self._problems[0]}")
        counts: dict[str, Any] = {"model": self._model, **dict(sorted(said.items()))}
        if self._problems:
            counts |= {"unusable": len(self._problems), "first_problem": self._problems[0]}
        return {"judging": counts, "usage": usage(self._run), **stopped}

    def _answers(self, traces: Sequence[Trace]) -> list[OutcomeAnswer | AnswerError | LimitError]:
        """Ask about these runs and put aside what the answers say."""
        room = {"tokens": self._context.batch_tokens, "share": self._context.run_tokens}
        asked = [outcome_question(trace, **room) for trace in traces]
        answers = asked_together(self._asker, [question for question, _ in asked], OutcomeAnswer)
        found: list[Trace] = []
        for trace, (_, shown), answer in zip(traces, asked, answers, strict=True):
            if isinstance(answer, OutcomeAnswer):
                found.append(with_judgement(trace, shown, answer, self._model))
            elif isinstance(answer, AnswerError):
                self._problems.append(str(answer))
        self._library.judge(self._run, ((each, each.outcome.judged) for each in found))
        return answers
