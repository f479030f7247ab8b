"""The harness proven: it sees every step, dies where it is told to, finds desks with a defect, and repeats itself."""

from __future__ import annotations

import re
import shlex
from random import Random

import pytest
from support.long_form import LONG

from faults.alike import one_of_each
from faults.broken import BROKEN
from faults.case import JUDGEMENT, stops
from faults.programs import harness

GOOD = "payment/good/-/-/-/able/judgement/fork"
STEPS_OF_A_GOOD_PAYMENT = (
    "commit.bill.quote",
    "commit.payment.intent",
    "call.CORE_POST",
    "commit.bill_payment.CORE_SENDING.accepted",
    "call.BILLER_PAY",
    "commit.bill_payment.BILLER_SENDING.accepted",
    "commit.document.reserve",
    "file.document",
    "commit.document.issued",
)


@pytest.mark.timeout(300)
def test_the_trace_lists_every_step_of_a_payment_and_a_kill_leaves_the_rest_out() -> None:
    killed = "payment/good/-/file.document:before@1/commit.document.issued:before@1/able/judgement/fork"

    code, told = harness("run", "--case", GOOD, "--case", killed)

    assert code == 0, told
    served, _, cut_short, made_up_for = re.findall(r"(?:served|recovered): ?(.*)", told)
    steps = [f"{name}:{side}" for name in STEPS_OF_A_GOOD_PAYMENT for side in ("before", "after")]
    found = [step for step in served.split() if step in steps]
    assert found == steps
    assert cut_short.split() == served.split()[: served.split().index("file.document:before") + 1]
    assert made_up_for.split()[-1] == "commit.document.issued:before"
    assert "never reached" not in told


def test_a_kill_between_two_effects_is_one_case_under_whichever_of_its_two_names() -> None:
    trace = ["commit.A:before", "commit.A:after", "call.B:before", "call.B:after", "call.C:before", "call.C:after"]
    places = [
        {"commit.A:before"},
        {"commit.A:after", "call.B:before"},
        {"call.B:after", "call.C:before"},
        {"call.C:after"},
    ]

    for seed in range(8):
        chosen = {stop.point for stop in one_of_each(stops(trace), JUDGEMENT, Random(seed))}
        assert [len(chosen & place) for place in places] == [1, 1, 1, 1]
        there = {stop.point for stop in one_of_each(stops(trace), "call.C:before", Random(seed))}
        assert {"call.B:after", "call.C:before"} <= there, "something arrives between them"


DEFECTS = list(BROKEN) if LONG else list(BROKEN)[::2]
"""Every other one with every run; `make faults` tries them all."""


@pytest.mark.timeout(300)
def test_a_desk_with_a_defect_is_found_by_the_rule_it_breaks() -> None:
    code, told = harness("selfcheck", *DEFECTS)

    assert code == 0, told
    assert re.findall(r"^found ([a-z-]+):", told, re.MULTILINE) == DEFECTS


@pytest.mark.timeout(300)
def test_the_line_of_a_broken_case_runs_just_that_case_again() -> None:
    case = str(BROKEN["takes-silence-for-no"].case)

    code, told = harness("run", "--broken", "takes-silence-for-no", "--case", case)
    [line] = re.findall(r"replay: (.*)", told)
    words = shlex.split(line)
    again = harness("run", *words[words.index("faults.run") + 1 :])

    assert code == 1
    assert "VIOLATION gone-from-both" in told
    assert again == (code, told)


@pytest.mark.timeout(300)
def test_programs_that_are_killed_are_recovered_by_the_command_line_once_their_leases_are_over() -> None:
    code, told = harness("run", "--flow", "payment", "--spawned", "4", "--workers", "4")

    assert code == 0, told
    assert "4 killed" in told, told
    assert "never reached" not in told, told


def test_a_flow_that_does_not_exist_is_said_so() -> None:
    code, told = harness("run", "--flow", "nothing")

    assert code == 2
    assert "payment" in told
