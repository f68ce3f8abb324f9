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


def test_one_kind_of_task_without_domain_is_named_by_its_words() -> None:
    """What most of the tasks say names them, whatever tools their runs called."""
    traces = [trace(task, "search", "click", "click") for task in REFUNDS]
    assert set(assign_families(traces).values()) == {"broken-order"}


def test_without_words_and_domain_the_tools_name_the_family() -> None:
    """The two commonest tools, in the order of their use."""
    assert set(assign_families([trace("", "search", "click", "click")]).values()) == {"search-click"}


def test_responses_are_no_feature() -> None:
    """One kind of task, to which half of the runs paid and half transferred the caller: one family."""
    calls = {"pay_bill": ("get_bill", "pay_bill"), "transfer": ("get_bill", "transfer_to_human")}
    traces = [
        trace(
            f"The mobile line of {name} has no service, and the screen says: insert a card.",
            *calls[response],
            task_key=f"{name}{at}",
            domain="phone",
        )
        for at, response in enumerate(["pay_bill", "transfer"] * 6)
        for name in ("Ann", "Bo")
    ]
    assert set(assign_families(traces).values()) == {"phone"}


@pytest.mark.parametrize("source", ["opening", "scene"])
def test_under_a_fixed_wrapper_the_first_words_decide(source: str) -> None:
    """Task texts that are all alike say nothing: what the user said, or what was to be seen first, does."""
    traces = []
    for text in REFUNDS + LOGINS:
        said = (Step(index=0, text="Hello!"), Step(index=1, actor=Actor.USER, text=text))
        steps = (*(said if source == "opening" else ()), Step(index=2, action=Action(tool="find_user")))
        seen = text if source == "scene" else None
        traces.append(
            Trace(id=text, task="Answer the call.", task_key=text, steps=steps, initial_observation=seen)
        )
    families = assign_families(traces)
    assert [families[it.hash] for it in traces] == ["refund-broken"] * 6 + ["reset-password"] * 6


def test_particulars_are_no_kinds() -> None:
    """Neither places nor persons split a kind of task, though they make groups of equal texts."""
    kinds = ["cannot send picture messages from the messaging app", "has no bars and cannot place any calls"]
    places = ["at home in the United States", "abroad in France"]
    traces = [
        trace(f"The customer {kind}. Current location: {place}.", task_key=f"{kind}{place}{at}")
        for kind in kinds
        for place in places
        for at in range(4)
    ]
    families = assign_families(traces)
    assert [families[it.hash] for it in traces] == ["send-picture"] * 8 + ["bars-place"] * 8
    assert len(set(assign_families(traces[:8]).values())) == 1


def test_many_kinds_are_told_apart() -> None:
    """Each kind of experiment is a family, whatever substance or box it is about."""
    kinds = {
        "state": "Your task is to {} water. First, focus on the substance. Then, change its state of matter.",
        "find": "Your task is to find a(n) {}. First, focus on the thing. Then, move it to the box.",
        "span": "Your task is to find the animal with the {} life span. The animals are outside.",
        "plane": "Your task is to determine which of two inclined planes ({}, glass) has the most friction.",
        "paint": "Your task is to use chemistry to create {} paint. When you are done, focus on the paint.",
        "grow": "Your task is to grow a {} plant from seed. Seeds can be found in the kitchen.",
    }
    slots = ["boil", "melt", "plant", "longest", "sand", "green", "apple", "tin"]
    traces = [trace(text.format(slot)) for text in kinds.values() for slot in slots]
    families = assign_families(traces)
    truth = [kind for kind in kinds for _ in slots]
    assert adjusted_rand_score(truth, [families[it.hash] for it in traces]) == pytest.approx(1.0)


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
    assert set(assign_families(traces).values()) == {"phone"}


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
    assert set(families.values()) == {"telecom/mms", "telecom/internet-slow-excellent", "telecom/service"}


@pytest.mark.parametrize(("name", "family"), [("tau2/retail_gpt-4.1.json", "retail"), ("tau_bench", None)])
def test_mixed_requests_stay_one_family(shared_traces: Path, name: str, family: str | None) -> None:
    """Retail and airline requests overlap too much to be split."""
    found = set(assign_families(list(read_traces(shared_traces / name))).values())
    assert found == {family or "flight"}


def test_chats_of_three_companies(shared_traces: Path) -> None:
    """Unlabelled chats without a domain fall into the three tool sets that were offered."""
    traces = list(read_traces(shared_traces / "openai_chat_sft"))
    families = assign_families(traces)
    truth = [" ".join(sorted(tool.name for tool in it.tools)) for it in traces]
    assert adjusted_rand_score(truth, [families[it.hash] for it in traces]) == pytest.approx(1.0)
