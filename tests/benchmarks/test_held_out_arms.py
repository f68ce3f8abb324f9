"""The table of skills without a model beside every control."""

from benchmarks.held_out.arms import ARMS, Score, groups, table


def test_what_makes_a_ticket_hard_is_a_group_of_its_own() -> None:
    """Beside the kind of issue; a ticket may count in several."""
    task = "[service_issue]contract_end_suspension|lock_sim_card_pin[PERSONA:None]"
    assert groups(task) == ("service issue", "contract ended", "PIN locked")
    assert groups("[mms_issue]data_mode_off[PERSONA:Easy]") == ("mms issue",)


def test_every_arm_is_a_row_with_its_paired_interval() -> None:
    """Our arm solves all of six tasks, the others none; counts where tasks are solved or not, else means."""
    scores = [
        Score(arm, f"t{number}", (kind,), float(arm == "visible rules") if kind == "calls" else 0.25)
        for arm in ARMS
        for number, kind in enumerate(["calls"] * 6 + ["boil"] * 2)
    ]
    rows = table(scores).splitlines()
    assert rows[0].endswith("| p | boil | calls |")
    assert len(rows) == 2 + len(ARMS)
    assert rows[2].startswith("| no-op | 8 | 0.062 | +75.0 (")
    assert rows[2].endswith("| 0.25 (2) | 0/6 |")
    assert rows[-1] == "| visible rules | 8 | 0.812 |  |  | 0.25 (2) | 6/6 |"
    low, high = rows[2].split("(")[1].split(")")[0].split(" to ")
    assert float(low) < 75 < float(high)
