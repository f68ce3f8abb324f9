"""τ²-bench results."""

from typing import Any

from trace2skill.traces.files import Record
from trace2skill.traces.model import Actor, Label, StepOutcome, Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers import tau2


def call(identity: str, name: str, **arguments: object) -> dict[str, Any]:
    """A tool call."""
    return {"id": identity, "name": name, "arguments": arguments}


def results(messages: list[Any], reward: float | None = 1.0) -> dict[str, Any]:
    """A results file with one run."""
    run = {"id": "run-1", "task_id": "[fault]x", "messages": messages, "reward_info": {"reward": reward}}
    return {"tasks": [], "info": {"environment_info": {"domain_name": "telecom"}}, "simulations": [run]}


def read_one(value: Any, success_at: float | None = None) -> Trace:
    """The one trace of a results file."""
    (trace,) = tau2.read(Record("f.json", "", value), success_at)
    return trace


def test_steps_join_calls_and_results() -> None:
    """Agent and user calls keep their actor; results join on the id; parallel calls share a group."""
    trace = read_one(
        results(
            [
                {"role": "assistant", "content": "Hi! How can I help?"},
                {"role": "user", "content": "My mobile data is really slow."},
                {"role": "assistant", "tool_calls": [call("a", "get_line", id="L1"), call("b", "get_bill")]},
                {"role": "tool", "id": "b", "content": "Error: no bill", "error": True},
                {"role": "tool", "id": "a", "content": '{"status": "Active"}', "error": False},
                {"role": "user", "tool_calls": [call("c", "toggle_data")]},
                {"role": "tool", "id": "c", "content": "Data: ON", "requestor": "user"},
                {"role": "user", "content": "Thanks! ###STOP###"},
                {"role": "user", "content": "###TRANSFER###"},
            ]
        )
    )
    assert [(step.actor, step.action and step.action.tool, step.observation) for step in trace.steps] == [
        (Actor.AGENT, None, None),
        (Actor.USER, None, None),
        (Actor.AGENT, "get_line", {"status": "Active"}),
        (Actor.AGENT, "get_bill", "Error: no bill"),
        (Actor.USER, "toggle_data", "Data: ON"),
        (Actor.USER, None, None),
    ]
    assert [step.index for step in trace.steps] == list(range(6))
    assert [step.outcome for step in trace.steps[2:5]] == [StepOutcome.OK, StepOutcome.ERROR, StepOutcome.OK]
    assert trace.steps[2].group == trace.steps[3].group
    assert trace.steps[2].group is not None
    assert trace.steps[4].group is None
    assert trace.steps[5].text == "Thanks!"


def test_the_task_id_is_only_a_key() -> None:
    """The task text is what the user said; the id, which may spell the answer, stays opaque."""
    trace = read_one(
        results([{"role": "user", "content": "Hi"}, {"role": "user", "content": "My data is so slow"}])
    )
    assert trace.task == "My data is so slow"
    assert (trace.task_key, trace.family, trace.domain) == ("[fault]x", None, "telecom")


def test_success_needs_the_full_reward_unless_told() -> None:
    """The default threshold is 1.0; no reward is unknown."""
    said = [{"role": "user", "content": "hello"}]
    assert read_one(results(said)).outcome.label is Label.SUCCESS
    assert read_one(results(said, 0.5)).outcome.label is Label.FAILURE
    assert read_one(results(said, 0.5), success_at=0.5).outcome.label is Label.SUCCESS
    assert read_one(results(said, None)).outcome.label is Label.UNKNOWN


def test_a_broken_simulation_does_not_cost_the_others() -> None:
    """The problem names the simulation and the field."""
    value = results([{"role": "user", "content": "hello"}])
    value["simulations"].insert(0, {"id": "bad", "task_id": 1, "messages": [{"role": "robot"}]})
    problem, trace = tau2.read(Record("f.json", "", value))
    assert isinstance(problem, Problem)
    assert problem.record == "simulations[0]"
    assert "messages.0.role" in problem.message
    assert trace.source.record == "simulations[1]"


def test_recognises_by_content() -> None:
    """Simulations beside tasks or info; nothing else."""
    assert tau2.recognises(results([]))
    assert not tau2.recognises({"simulations": []})
    assert not tau2.recognises([])


def test_simulations_alone_suffice() -> None:
    """Without `tasks` and `info` the domain is unknown; the task's text is the user's first message."""
    messages = [{"role": "user", "content": "My data is slow."}, {"role": "assistant", "content": "I see."}]
    value = {"simulations": results(messages)["simulations"]}
    assert tau2.recognises(value)
    trace = read_one(value)
    assert (trace.task, trace.domain, trace.outcome.label) == ("My data is slow.", None, Label.SUCCESS)


def test_what_is_missing_in_a_simulation_is_told() -> None:
    """By its name, in a file of simulations alone too; a list of other things is not of this format."""
    value = {"simulations": [{"messages": []}]}
    assert tau2.recognises(value)
    (problem,) = tau2.read(Record("f.json", "", value))
    assert isinstance(problem, Problem)
    assert "id: Field required; task_id: Field required" in str(problem)
    assert not tau2.recognises({"simulations": [{"runs": 3}]})
    assert not tau2.recognises({"simulations": []})


def test_the_policy_and_the_failed_checks_are_kept() -> None:
    """What surrounds the run: it does not change which run it is. The solution's own actions are not read."""
    file = results([{"role": "user", "content": "My mobile data is really slow."}], 0.5)
    plain = read_one(file)
    file["info"]["environment_info"]["policy"] = "Be kind."
    file["simulations"][0]["reward_info"] |= {
        "db_check": {"db_match": False},
        "env_assertions": [
            {"met": False, "env_assertion": {"func_name": "assert_speed", "arguments": {"expected": 200}}},
            {"met": True, "env_assertion": {"func_name": "assert_on", "arguments": {}}},
        ],
        "communicate_checks": [{"met": False, "info": "60"}],
        "action_checks": [{"action": {"name": "secret_repair"}, "action_match": False}],
    }
    trace = read_one(file)
    assert trace.instructions == "Be kind."
    assert trace.outcome.failed_checks == (
        "the database is as it should be",
        "assert_speed(expected=200)",
        "60 was told to the user",
    )
    assert trace.hash == plain.hash
