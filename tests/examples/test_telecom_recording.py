"""The bundled telecom recording, and the script that makes it."""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import orjson
import pytest

from trace2skill.traces.model import Action, Actor, Label, StepOutcome, Trace, to_json

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "telecom"
RECORDING = FOLDER / "traces.jsonl"
RECORDED_WITH = "0.26.0"


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    """Every episode of the recording."""
    rows = [orjson.loads(line) for line in RECORDING.read_bytes().splitlines()]
    return [Trace.model_validate({k: v for k, v in row.items() if k != "schema_version"}) for row in rows]


def actions(trace: Trace) -> list[Action]:
    """The actions of a trace that are no reads."""
    reads = ("get_", "check_", "run_speed_test", "can_send_mms")
    return [step.action for step in trace.steps if step.action and not step.action.tool.startswith(reads)]


def test_the_recording_is_our_own_jsonl_byte_for_byte(traces: list[Trace]) -> None:
    """Each line is what `to_json` writes for the trace read from it."""
    assert RECORDING.read_bytes().splitlines() == [to_json(trace) for trace in traces]


def test_the_recording_fits_into_the_repository() -> None:
    """It stays under 2 MB."""
    assert RECORDING.stat().st_size < 2_000_000


def test_tasks_and_outcomes_are_those_the_readme_counts(traces: list[Trace]) -> None:
    """42 tasks: 42 gold successes, and 30 variants of which one succeeds."""
    outcomes = Counter((trace.id[-1], trace.outcome.label) for trace in traces)
    assert outcomes == {("a", Label.SUCCESS): 42, ("b", Label.FAILURE): 29, ("b", Label.SUCCESS): 1}
    assert len({trace.task_key for trace in traces}) == 42


def test_the_three_kinds_of_issue_are_balanced(traces: list[Trace]) -> None:
    """14 tasks each are about phone service, mobile data and picture messages."""
    topics = re.compile("phone service|mobile data|MMS")
    tasks = {(trace.task_key, topics.findall(trace.task)[0]) for trace in traces}
    assert Counter(topic for _, topic in tasks) == {"phone service": 14, "mobile data": 14, "MMS": 14}


def test_most_tasks_have_a_success_and_a_failure(traces: list[Trace]) -> None:
    """A lift stratified by task needs both outcomes on the same task."""
    labels = defaultdict(set)
    for trace in traces:
        labels[trace.stratum].add(trace.outcome.label)
    assert sum(seen == {Label.SUCCESS, Label.FAILURE} for seen in labels.values()) == 29


def test_ids_outcomes_and_steps_are_complete(traces: list[Trace]) -> None:
    """Trace ids differ, steps count from 0, every step is an observed call, the outcome names its origin."""
    assert len({trace.id for trace in traces}) == len(traces)
    for trace in traces:
        assert [step.index for step in trace.steps] == list(range(len(trace.steps)))
        assert all(step.action and step.observation is not None for step in trace.steps)
        assert {step.outcome for step in trace.steps} <= {StepOutcome.OK, StepOutcome.ERROR}
        assert trace.outcome.origin.startswith("tau2 telecom scorer")
        assert trace.outcome.score == float(trace.outcome.label is Label.SUCCESS)


def test_agent_and_user_both_act_in_every_episode(traces: list[Trace]) -> None:
    """The agent reads the account, the user the phone."""
    assert all({step.actor for step in trace.steps} == {Actor.AGENT, Actor.USER} for trace in traces)


def test_every_episode_opens_with_the_same_sweep(traces: list[Trace]) -> None:
    """Up to the permissions of the two apps the same tools are called in the same order, and only reads."""
    sweeps = set()
    for trace in traces:
        tools = [step.action.tool for step in trace.steps if step.action]
        sweep = tools[: tools.index("check_app_permissions") + 2]
        assert sweep[-2:] == ["check_app_permissions"] * 2
        assert not set(sweep) & {action.tool for action in actions(trace)}
        sweeps.add(tuple(dict.fromkeys(sweep)))  # how often details are read depends on the number of bills
    assert len(sweeps) == 1


def test_an_episode_ends_with_the_sweep_or_with_a_transfer(traces: list[Trace]) -> None:
    """A transfer to a human ends the conversation, anything else is followed by the last checks."""
    for trace in traces:
        last = trace.steps[-1].action
        transfers = [action for action in actions(trace) if action.tool == "transfer_to_human_agents"]
        assert last
        assert last.tool == ("transfer_to_human_agents" if transfers else "check_app_permissions")


def test_a_variant_never_repeats_the_gold_actions(traces: list[Trace]) -> None:
    """The second run on a task differs from the first in what was done."""
    runs = defaultdict(list)
    for trace in traces:
        runs[trace.task_key].append(actions(trace))
    assert all(len(plans) == 1 or plans[0] != plans[1] for plans in runs.values())


def test_no_text_gives_the_fault_away() -> None:
    """The benchmark's task ids list the faults; neither they nor its fault-making functions are recorded."""
    text = RECORDING.read_text("utf-8")
    assert not re.search(r"_issue\]|PERSONA|\w\|\w|break_|unseat_|lock_sim|overdue_bill|assert_", text)


def test_nothing_looks_like_a_secret_or_a_machine_path() -> None:
    """No token of the usual shapes, no key and no path of the machine it was recorded on."""
    text = RECORDING.read_text("utf-8")
    assert not re.search(r"\bsk-|ghp_|AKIA|xox[bp]-|eyJ|BEGIN [A-Z ]*KEY|password|/home/|/tmp|/root", text)


def test_without_the_environment_the_script_says_what_to_install(tmp_path: Path) -> None:
    """It exits with 2, one line of advice and no file."""
    out = tmp_path / "traces.jsonl"
    without = (
        "import runpy, sys; sys.modules['inspect_evals'] = None; del sys.argv[0]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-c", without, str(FOLDER / "record.py"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("install it with: pip install inspect-evals\n")
    assert not out.exists()


@pytest.mark.skipif(
    not importlib.util.find_spec("inspect_evals")
    or importlib.metadata.version("inspect-evals") != RECORDED_WITH,
    reason=f"needs inspect-evals {RECORDED_WITH}",
)
def test_recording_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """The recording is what the script writes."""
    out = tmp_path / "traces.jsonl"
    subprocess.run([sys.executable, FOLDER / "record.py", "--out", out], capture_output=True, check=True)
    assert out.read_bytes() == RECORDING.read_bytes()
