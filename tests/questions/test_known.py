"""What is known of each side, state by state. A new state belongs into these tables, or a test fails."""

from __future__ import annotations

from typing import Any

import pytest

from tellerdesk.bills import states as payment
from tellerdesk.journal.states import LegState, Word
from tellerdesk.questions import known, register, shown
from tellerdesk.questions import states as late
from tellerdesk.questions.known import DONE, NOT_KNOWN, NOTHING_DONE, UNDONE
from tellerdesk.questions.late import IN_DOUBT, STANDING, UNDOING
from tellerdesk.refunds import states as refund

ENTRY = {"core_serial": "C1"}

OF_PAYMENT = {
    "PENDING_APPROVAL": (NOTHING_DONE, NOTHING_DONE),
    "ABORTED": (NOTHING_DONE, NOTHING_DONE),
    "CORE_SENDING": (NOT_KNOWN, NOTHING_DONE),
    "CORE_UNKNOWN": (NOT_KNOWN, NOTHING_DONE),
    "CORE_REJECTED": (NOTHING_DONE, NOTHING_DONE),
    "BILLER_SENDING": (DONE, NOT_KNOWN),
    "BILLER_UNKNOWN": (DONE, NOT_KNOWN),
    "BILLER_VOIDING": (DONE, NOT_KNOWN),
    "SUCCESS": (DONE, DONE),
    "AUTO_REVERSING": (NOT_KNOWN, NOTHING_DONE),
    "REVERSED": (UNDONE, NOTHING_DONE),
    "REVERSE_FAILED": (NOT_KNOWN, NOTHING_DONE),
    "REVERSE_SUSPENDING": (NOT_KNOWN, NOTHING_DONE),
    "CANCEL_PENDING": (DONE, DONE),
    "CANCEL_PENDING_UNKNOWN": (DONE, NOT_KNOWN),
    "CANCEL_BILLER_SENDING": (DONE, NOT_KNOWN),
    "CANCEL_BILLER_UNKNOWN": (DONE, NOT_KNOWN),
    "CANCEL_BILLER_CHECKING": (DONE, NOT_KNOWN),
    "CANCEL_CORE_SENDING": (NOT_KNOWN, UNDONE),
    "CANCEL_CORE_UNKNOWN": (NOT_KNOWN, UNDONE),
    "CANCEL_CORE_FAILED": (NOT_KNOWN, UNDONE),
    "CANCEL_SUSPENDING": (NOT_KNOWN, UNDONE),
    "CANCELLED": (UNDONE, UNDONE),
    "REFUND_DUE": (UNDONE, NOTHING_DONE),
    "REFUNDED": (UNDONE, NOTHING_DONE),
}
OF_REFUND = {
    "PENDING_SUSPENSE": (DONE, NOTHING_DONE),
    "GIVEN_UP": (DONE, NOTHING_DONE),
    "SUSPENDING": (NOT_KNOWN, NOTHING_DONE),
    "NOT_BOOKED": (DONE, NOTHING_DONE),
    "CONSENT_SENDING": (DONE, NOT_KNOWN),
    "CONSENT_UNKNOWN": (DONE, NOT_KNOWN),
    "NOT_AGREED": (DONE, DONE),
    "AGREED": (DONE, UNDONE),
    "PENDING_REFUND": (DONE, UNDONE),
    "CREDITING": (NOT_KNOWN, UNDONE),
    "RECEIVING": (NOT_KNOWN, UNDONE),
    "DUE": (UNDONE, UNDONE),
    "PENDING_PAY_OUT": (UNDONE, UNDONE),
    "PAYING": (NOT_KNOWN, UNDONE),
    "PAID_OUT": (UNDONE, UNDONE),
}
OF_LATE_ANSWER = {
    "TELLING_BILLER": (UNDONE, DONE),
    "STAYS_PAID": (UNDONE, DONE),
    "UNDONE": (UNDONE, UNDONE),
    "SETTLED": (UNDONE, UNDONE),
    "NOT_HELD": (DONE, UNDONE),
    "STANDS": (DONE, DONE),
}
CASES = [
    (flow, state, sides)
    for flow, table in ((payment.FLOW, OF_PAYMENT), (refund.FLOW, OF_REFUND), (late.FLOW, OF_LATE_ANSWER))
    for state, sides in table.items()
]


def leg(kind: str, state: LegState, code: str = "", sends: int = 1) -> dict[str, Any]:
    return {"kind": kind, "state": state, "code": code, "sends": sends}


@pytest.mark.parametrize(("flow", "state", "sides"), CASES, ids=[f"{flow}-{state}" for flow, state, _ in CASES])
def test_each_state_says_what_is_known(flow: str, state: str, sides: tuple[known.Known, known.Known]) -> None:
    assert known.sides(ENTRY | {"flow": flow, "state": state}, [], frozenset()) == sides


def test_no_state_is_forgotten() -> None:
    assert {(flow, state) for flow, state, _ in CASES} == {
        (flow, state) for flow, states in register.FLOWS.items() for state in states
    }


def payment_at(state: str, core_serial: str = "C1") -> dict[str, str]:
    return {"flow": payment.FLOW, "state": state, "core_serial": core_serial}


@pytest.mark.parametrize(
    ("state", "kind"), [(payment.REVERSE_FAILED, "CORE_REVERSE"), (payment.CANCEL_CORE_FAILED, "CORE_UNPOST")]
)
def test_core_holds_it_where_it_refused_to_undo_and_nothing_is_known_where_it_was_silent(state: str, kind: str) -> None:
    refused, silent = leg(kind, LegState.REJECTED, "DATE_ROLLED"), leg(kind, LegState.UNKNOWN, "timeout")

    assert known.sides(payment_at(state), [silent, refused], frozenset())[0] is DONE
    assert known.sides(payment_at(state), [refused, silent], frozenset())[0] is NOT_KNOWN, "the newest word counts"
    assert known.sides(payment_at(state), [leg(kind, LegState.OK)], frozenset())[0] is NOT_KNOWN, "it had no posting"
    frozen = leg(kind, LegState.REJECTED, "ACCOUNT_FROZEN")
    assert known.sides(payment_at(state, ""), [frozen], frozenset())[0] is NOT_KNOWN, "it never said it had posted"
    assert known.sides(payment_at(state, ""), [refused], frozenset())[0] is DONE, "a day can only roll over a posting"


def test_core_that_never_posted_has_nothing_to_undo() -> None:
    assert known.sides(payment_at(payment.REVERSED, ""), [], frozenset())[0] is NOTHING_DONE


@pytest.mark.parametrize("row", ["T13c", "T21", "T24", "T24k"])
def test_a_biller_that_has_cancelled_has_undone_it(row: str) -> None:
    for state in (payment.AUTO_REVERSING, payment.REVERSED, payment.REVERSE_FAILED, payment.REFUND_DUE):
        assert known.sides(payment_at(state), [], frozenset({row}))[1] is UNDONE
    assert row in {transition.row for transition in payment.TABLE}


def test_a_biller_told_to_undo_is_in_doubt_once_the_message_has_left() -> None:
    entry = {"flow": late.FLOW, "state": late.TELLING_BILLER, "core_serial": ""}
    assert known.sides(entry, [leg("BILLER_UNDO", LegState.INTENT, sends=0)], frozenset())[1] is DONE
    assert known.sides(entry, [leg("BILLER_UNDO", LegState.UNKNOWN)], frozenset())[1] is NOT_KNOWN


# The other tables a new state or leg belongs into


def test_what_is_called_processing_is_open_and_what_is_open_is_found_by_its_index() -> None:
    for flow, states in register.FLOWS.items():
        for state in states.values():
            if state.word is Word.PROCESSING:
                assert state.name in register.OPEN_STATES[flow]
            if state.name in register.OPEN_STATES[flow]:
                assert not state.terminal, "an ended entry is not in the index of those that are unfinished"


def test_every_leg_that_is_sent_by_itself_has_its_words() -> None:
    sent = {state.send for states in register.FLOWS.values() for state in states.values() if state.send}
    assert set(shown.NEXT) == sent


def test_every_state_of_a_payment_is_undone_in_doubt_or_neither_when_its_paid_comes_late() -> None:
    neither = {
        *("PENDING_APPROVAL", "ABORTED", "CORE_SENDING", "CORE_UNKNOWN", "CORE_REJECTED"),  # the biller was not told
        *("SUCCESS", "CANCEL_PENDING"),  # it stands
        *("CANCEL_CORE_SENDING", "CANCEL_CORE_UNKNOWN", "CANCEL_CORE_FAILED", "CANCEL_SUSPENDING"),  # cancelled since
        "CANCELLED",
    }
    assert set(payment.STATES) == neither | UNDOING | IN_DOUBT
    assert len(neither) + len(UNDOING) + len(IN_DOUBT) == len(payment.STATES), "each is one of the three"


def test_a_payment_stands_where_both_are_known_to_hold_it() -> None:
    assert {state for state, sides in OF_PAYMENT.items() if sides == (DONE, DONE)} == STANDING


def test_whatever_ends_a_payment_as_cancelled_answers_the_question_whether_it_is() -> None:
    ends = [row for row in payment.TABLE if row.next == payment.CANCELLED and row.state != row.next]
    ends += [row for row in payment.TABLE if (row.state, row.next) == (payment.CANCEL_SUSPENDING, payment.REFUND_DUE)]
    assert len(ends) == 3
    assert [row.row for row in ends if "late_answer_agrees" not in row.effects] == []


def test_whatever_leads_from_the_biller_to_a_reversal_looks_back() -> None:
    told = {state for state in payment.STATES if state.startswith("BILLER")}
    leads = [row for row in payment.TABLE if row.state in told and row.next == payment.AUTO_REVERSING]
    not_asked_twice = {"rejected", "unsent"}  # the first answer to the first message: nobody else has heard another
    assert [
        row.row for row in leads if "undo_late_answer" not in row.effects and row.event not in not_asked_twice
    ] == []


def test_no_two_flows_have_a_retryable_state_of_one_name() -> None:
    for name in shown.RETRYABLE:
        assert sum(name in states for states in register.FLOWS.values()) == 1
