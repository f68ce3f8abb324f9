"""Families of tasks: given, clustered, labelled."""

from collections import Counter
from pathlib import Path

import pytest
from sklearn.metrics import adjusted_rand_score

from trace2skill.mining.families import assign_families
from trace2skill.traces.model import Action, Actor, Outcome, Step, Tool, Trace
from trace2skill.traces.read import read_traces

REFUNDS = [
    f"Refund my broken {thing}, order from {day}."
    for thing in ("lamp", "desk", "mug")
    for day in ("May", "June")
]
LOGINS = [
    f"Reset the password of account {name}, login {why}."
    for name in ("Ann", "Bo", "Cy")
    for why in ("fails", "hangs")
]


def trace(task: str, *tools: str, **fields: object) -> Trace:
    """A run that calls these tools."""
    steps = tuple(Step(index=at, action=Action(tool=tool)) for at, tool in enumerate(tools))
    return Trace(**{"id": task, "task": task, "steps": steps, **fields})


def two_kinds(**fields: object) -> list[Trace]:
    """Six refunds and six logins, one run each."""
    return [trace(task, "find_user", "refund", **fields) for task in REFUNDS] + [
        trace(task, "find_user", "reset", **fields) for task in LOGINS
    ]


def test_given_families_are_kept() -> None:
    """What the data says of a family is not questioned, in any domain."""
    traces = [trace("a", family="boil", domain="lab"), trace("b", family="grow", domain="lab")]
    assert assign_families(traces) == {traces[0].hash: "boil", traces[1].hash: "grow"}


def test_tasks_are_clustered_and_labelled_within_their_domain() -> None:
    """Two kinds of task make two families, named by domain and telling words."""
    traces = two_kinds(domain="Shop")
    families = assign_families(traces)
    assert [families[it.hash] for it in traces] == ["shop/refund-broken"] * 6 + ["shop/reset-password"] * 6


def test_without_a_domain_labels_have_no_prefix() -> None:
    """None is a domain without a name."""
    assert set(assign_families(two_kinds()).values()) == {"refund-broken", "reset-password"}


def test_one_kind_of_task_is_named_like_its_domain() -> None:
    """No clear groups: one family."""
    traces = [trace(task, "find_user", "refund", domain="shop") for task in REFUNDS]
    assert set(assign_families(traces).values()) == {"shop"}


def test_one_kind_of_task_without_domain_is_named_by_its_tools() -> None:
    """The two commonest tools, in the order of their use."""
    traces = [trace(task, "search", "click", "click") for task in REFUNDS]
    assert set(assign_families(traces).values()) == {"search-click"}


def test_without_tools_and_domain_the_words_name_the_family() -> None:
    """Traces of mere talk are named by their commonest words."""
    assert set(assign_families([trace(task) for task in REFUNDS]).values()) == {"broken-order"}


def test_order_of_traces_does_not_matter() -> None:
    """Any order of input gives the same families."""
    traces = two_kinds(domain="shop")
    assert (
        assign_families(traces[::-1]) == assign_families(traces[5:] + traces[:5]) == assign_families(traces)
    )


def test_runs_on_one_task_stay_together() -> None:
    """Runs that share a stratum share a family even when their texts differ."""
    stray = trace(LOGINS[0], "find_user", "refund", id="stray", task_key=REFUNDS[0])
    traces = [
        trace(it.task, "find_user", it.steps[1].action.tool, task_key=it.task)
        for it in two_kinds()
        if it.steps[1].action
    ]
    families = assign_families([*traces, stray])
    assert families[stray.hash] == families[traces[0].hash]


@pytest.mark.parametrize("field", ["id", "task_key"])
def test_ids_and_keys_are_no_feature(field: str) -> None:
    """Keys and ids that spell out two kinds do not split tasks that look alike, nor enter a label."""
    kinds = ["mms", "sim"] * 6
    traces = [
        trace("Fix my phone.", "check", **{"task_key": str(at), field: f"{kind}_issue {at}"})
        for at, kind in enumerate(kinds)
    ]
    assert set(assign_families(traces).values()) == {"check"}


def test_outcomes_are_no_feature() -> None:
    """Success and failure alone make no families."""
    outcomes = [Outcome(label="success"), Outcome(label="failure")] * 6
    traces = [trace("Fix my phone.", "check", task_key=str(at), outcome=it) for at, it in enumerate(outcomes)]
    assert len(set(assign_families(traces).values())) == 1


def test_too_few_tasks_make_no_family() -> None:
    """Two odd tasks join the others."""
    odd = [trace(task, "find_user", "reset", domain="shop") for task in LOGINS[:2]]
    traces = [trace(task, "find_user", "refund", domain="shop") for task in REFUNDS]
    assert set(assign_families(traces + odd).values()) == {"shop"}


def test_tools_alone_tell_families_apart() -> None:
    """Without task texts, who calls which tool decides, and names the family."""
    users = [Step(index=0, actor=Actor.USER, action=Action(tool="toggle_data"))]
    traces = [Trace(id=f"a{at}", task_key=f"a{at}", steps=users, domain="phone") for at in range(6)]
    traces += [trace("", "get_bill", id=f"b{at}", task_key=f"b{at}", domain="phone") for at in range(6)]
    assert Counter(assign_families(traces).values()) == {"phone/toggle-data": 6, "phone/get-bill": 6}


def test_offered_tools_tell_environments_apart() -> None:
    """Chats that call nothing differ by the tools they were offered."""
    chats = [("Hello there.", "book_seat", 6), ("Good day.", "send_parcel", 6)]
    traces = [
        trace(text, id=f"{tool}{at}", task_key=f"{tool}{at}", tools=(Tool(name=tool),))
        for text, tool, count in chats
        for at in range(count)
    ]
    assert sorted(Counter(assign_families(traces).values()).values()) == [6, 6]


def test_labels_are_unique() -> None:
    """A clustered family never takes the name of a given one."""
    given = trace("anything", family="shop")
    clustered = [trace(task, "find_user", "refund", domain="shop") for task in REFUNDS]
    assert set(assign_families([given, *clustered]).values()) == {"shop", "shop-2"}


def test_empty_input() -> None:
    """No traces, no families."""
    assert assign_families([]) == {}


def test_a_single_bare_trace() -> None:
    """One trace without text, tools or domain still has a family."""
    assert set(assign_families([Trace(id="x")]).values()) == {"tasks"}


def test_telecom_faults_are_found(shared_traces: Path) -> None:
    """Three kinds of fault, told apart as well as by the fault that the task ids spell."""
    traces = list(read_traces(shared_traces / "tau2" / "telecom_gpt-4.1.json"))
    families = assign_families(traces)
    truth = [(it.task_key or "").split("]")[0] for it in traces]
    assert adjusted_rand_score(truth, [families[it.hash] for it in traces]) == pytest.approx(1.0)
    assert set(families.values()) == {"telecom/mms", "telecom/internet-slow", "telecom/service"}


@pytest.mark.parametrize(("name", "family"), [("tau2/retail_gpt-4.1.json", "retail"), ("tau_bench", None)])
def test_mixed_requests_stay_one_family(shared_traces: Path, name: str, family: str | None) -> None:
    """Retail and airline requests overlap too much to be split."""
    found = set(assign_families(list(read_traces(shared_traces / name))).values())
    assert found == {family or "get-reservation-details-search-direct-flight"}


def test_chats_of_three_companies(shared_traces: Path) -> None:
    """Unlabelled chats without a domain fall into the three tool sets that were offered."""
    traces = list(read_traces(shared_traces / "openai_chat_sft"))
    families = assign_families(traces)
    truth = [" ".join(sorted(tool.name for tool in it.tools)) for it in traces]
    assert adjusted_rand_score(truth, [families[it.hash] for it in traces]) == pytest.approx(1.0)
