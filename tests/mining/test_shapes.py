"""Action shapes: constants, slots, looks."""

from tests.building import act, run, say
from tests.mining.pools import lamp_shop
from trace2skill.claims.model import ActionPattern, Constant, Like, Slot
from trace2skill.mining.pool import Pool
from trace2skill.traces.redact import redact


def shapes_of(pool: Pool, tool: str) -> set[ActionPattern]:
    """The distinct shapes of one tool."""
    return {shape for shape in pool.places if shape.tool == tool}


def test_an_id_becomes_a_slot_bound_to_where_it_was_seen() -> None:
    """One customer's lamp becomes any customer's."""
    (shape,) = shapes_of(lamp_shop(), "get_lamp")
    assert shape.arguments == (("lamp", Slot(name="lamp", sources=("customer.lamp_ids",))),)


def test_a_value_that_recurs_over_tasks_stays() -> None:
    """A mode is part of the procedure."""
    (shape,) = shapes_of(lamp_shop(), "thank")
    assert shape.arguments == (("manner", Constant(value="friendly")),)


def test_what_the_task_says_is_no_constant() -> None:
    """Even a name that never varies comes from the task."""
    runs = [run(act("find", name="Ann"), name=str(at), key=str(at), task="I am Ann") for at in range(5)]
    (shape,) = shapes_of(Pool("f", runs), "find")
    assert shape.arguments == (("name", Slot(name="name", sources=("task",))),)


def test_what_the_user_says_is_a_slot() -> None:
    """Ids told in conversation."""
    runs = [
        run(say(f"It is W{at}7731"), act("get", order=f"W{at}7731"), name=str(at), key=str(at))
        for at in range(5)
    ]
    (shape,) = shapes_of(Pool("f", runs), "get")
    assert shape.arguments == (("order", Slot(name="order", sources=("utterance",))),)


def test_what_was_redacted_is_bound_to_where_it_was_seen() -> None:
    """The placeholders are the same in all runs, and yet no constants; nor have they a look."""
    records = [
        {"customer_id": f"C{at}", "phone": f"555-017-10{at}0", "full_name": f"Ann {surname}"}
        for at, surname in enumerate(("Becker", "Castillo", "Duarte", "Eriksen"))
    ]
    runs = [
        run(
            act("get_customer", record, id=record["customer_id"]),
            act("call", "ok", number=record["phone"].replace("-", " "), who=record["full_name"]),
            act("log", "ok", by=f"{record['full_name'].split()[1].lower()}@example.com"),
            name=record["customer_id"],
            key=record["customer_id"],
        )
        for record in records
    ]
    clean = [redact(trace)[0] for trace in runs]
    assert {trace.steps[1].action.arguments["number"] for trace in clean} == {"<personal:phone:1>"}
    pool = Pool("f", clean)
    (call,) = shapes_of(pool, "call")
    assert call.arguments == (
        ("number", Slot(name="number", sources=("customer.phone",))),
        ("who", Slot(name="who", sources=("customer.full_name",))),
    )
    (log,) = shapes_of(pool, "log")
    assert log.arguments == ()


def test_ids_from_nowhere_keep_their_look() -> None:
    """Values never seen before, but all of one form."""
    runs = [run(act("click", target=f"B0{at}99999Q"), name=str(at), key=str(at)) for at in range(5)]
    (shape,) = shapes_of(Pool("f", runs), "click")
    assert shape.arguments == (("target", Like(name="target", pattern="[A-Z0-9]{9}")),)


def test_kinds_of_values_are_kinds_of_actions() -> None:
    """An option of a choice and a control of the page are different clicks."""
    page = "color [red][blue]\n[B012345678]\n[Buy Now]"
    runs = [
        run(
            act("search", page, text="lamp"),
            act("click", page, target="B012345678"),
            act("click", "ok", target="red" if at % 2 else "blue"),
            act("click", "done", target="Buy Now"),
            name=str(at),
            key=str(at),
        )
        for at in range(6)
    ]
    patterns = {str(shape.arguments[0][1]) for shape in shapes_of(Pool("f", runs), "click")}
    assert len(patterns) >= 3


def test_places_do_not_depend_on_the_order_of_traces() -> None:
    """Shuffled traces give the same pool."""
    pool = lamp_shop()
    again = Pool("lamps", pool.traces[::-1])
    assert list(again.places.items()) == list(pool.places.items())
