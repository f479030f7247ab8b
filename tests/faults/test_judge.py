"""The judge itself: for every rule there is a damage it sees, and good books break none."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from faults.case import Case, Fault, Stop, World, stops
from faults.evidence import Branch, Evidence
from faults.flows import flows
from faults.judge import RULES, judge
from tellerdesk.demo.plan import BILLER
from tellerdesk.questions import states as late
from tellerdesk.refunds import states as refunds

FLOW = flows()["payment"]

SERIAL = "2026112207120700000011"
FEN = 84_400
PDF = "1" * 64
OWED, LATE = SERIAL[:-1] + "2", SERIAL[:-1] + "4"


def leg(kind: str, code: str, state: str = "OK", attempt: int = 1) -> dict[str, Any]:
    return {"leg_id": f"{SERIAL}-{code}-{attempt}", "kind": kind, "attempt": attempt, "state": state}


def step(row: str, serial: str = SERIAL, table: Any = FLOW.table) -> dict[str, Any]:
    of = next(transition for transition in table if transition.row == row)
    return {"serial": serial, "row": row, "from_state": of.state, "event": of.event, "to_state": of.next}


def _leg_of(serial: str, kind: str, code: str) -> dict[str, Any]:
    return leg(kind, code) | {"leg_id": f"{serial}-{code}-1"}


def _refund_row(serial: str, cause: str, **more: str) -> dict[str, Any]:
    about = {"serial": serial, "payment_serial": SERIAL, "source_serial": SERIAL, "holds": SERIAL, "cause": cause}
    return {**about, "original_no": "", "agreement_no": "", **more}


def _booking(kind: str, code: str, debit: str, credit: str) -> dict[str, Any]:
    sides = {"debit_account": debit, "credit_account": credit}
    return {"booking": kind, "channel_serial": OWED, "leg_id": f"{OWED}-{code}-1", "amount_fen": FEN, **sides}


def paid() -> Evidence:
    """A payment that stands, as all books tell it."""
    end = Branch(
        entries=[
            {
                "serial": SERIAL,
                "flow": "bill_payment",
                "state": "SUCCESS",
                "version": 3,
                "counterpart": BILLER,
                "method": "CASH",
                "amount_fen": FEN,
                "cash_return": "NONE",
                "core_serial": "C1",
                "counterpart_serial": "B1",
                "accounting_date": "2026-11-22",
                "due_ms": None,
            }
        ],
        legs=[leg("CORE_POST", "CP"), leg("BILLER_PAY", "BP")],
        steps=[step("T1+T4"), step("T5"), step("T10")],
        cash=[{"serial": SERIAL, "kind": "CASH_IN", "amount_fen": FEN}],
        claims=[{"claim_key": "1101|1|2026-10", "serial": SERIAL}],
        documents=[{"number": "R1", "kind": "BILL_RECEIPT", "state": "ISSUED", "file_name": "R1.pdf", "sha256": PDF}],
        files={"R1.pdf": PDF},
    )
    return Evidence(
        rest=deepcopy(end),
        late=deepcopy(end),
        end=end,
        sweeps=1,
        core=[
            {
                "core_serial": "C1",
                "kind": "POSTING",
                "leg_id": f"{SERIAL}-CP-1",
                "debit_account": "TC-0712-07",
                "credit_account": "IN-1101",
                "amount_fen": FEN,
                "accounting_date": "2026-11-22",
            }
        ],
        biller=[
            {
                "biller_serial": "B1",
                "leg_id": f"{SERIAL}-BP-1",
                "amount_fen": FEN,
                "accounting_date": "2026-11-22",
                "state": "PAID",
            }
        ],
        core_flaws=[],
        audit="",
        seen={"CORE_POST": 1, "BILLER_PAY": 1},
    )


def second_entry(books: Evidence) -> None:
    books.end.entries.append({**books.end.entries[0], "serial": SERIAL[:-1] + "2"})


def said_to_be_gone(books: Evidence) -> None:
    books.end.entries[0] |= {"state": "REVERSED", "cash_return": "DUE"}


def said_to_be_aborted(books: Evidence) -> None:
    """Core and biller hold nothing, and a message was sent all the same."""
    books.end.entries[0]["state"] = "ABORTED"
    books.core.clear()
    books.biller.clear()


def in_doubt(books: Evidence) -> None:
    books.end.entries[0]["state"] = "BILLER_UNKNOWN"


def new_id_after_silence(books: Evidence) -> None:
    books.end.legs += [leg("CORE_REVERSE", "CR", "UNKNOWN"), leg("CORE_REVERSE", "CR", "OK", 2)]


def refunded() -> Evidence:
    """A payment of an earlier day that was refunded in cash with the biller's consent, as all books tell it."""
    books = paid()
    entry = {"serial": OWED, "flow": "bill_refund", "state": "PAID_OUT", "version": 12, "cash_return": "RETURNED"}
    asked = {"subject": OWED, "use_case": "refund", "state": "EXECUTED"}
    for branch in (books.rest, books.late, books.end):
        branch.entries.append({**branch.entries[0], **entry})
        branch.legs += [_leg_of(OWED, *kind) for kind in (("BILLER_CONSENT", "RA"), ("CORE_RECEIVE", "RB"))]
        branch.legs.append(_leg_of(OWED, "CORE_PAY_OUT", "RP"))
        branch.steps += [
            step(row, OWED, refunds.TABLE) for row in ("R6", "R7", "R10", "R11", "R15", "R18", "R19", "R20")
        ]
        branch.cash.append({"serial": OWED, "kind": "CASH_OUT", "amount_fen": FEN})
        branch.claims.clear()
        branch.approvals = [{**asked, "needed": 2}, {**asked, "needed": 1}]
        branch.refunds = [_refund_row(OWED, "NEXT_DAY", original_no="R1", agreement_no="A1")]
        branch.pay_outs = [{"serial": OWED, "method": "CASH", "outcome": "PAID"}]
    books.biller[0]["state"] = "REFUNDED"
    books.consents = [{"agreement_no": "A1", "leg_id": f"{OWED}-RA-1", "amount_fen": FEN}]
    books.bookings = [
        _booking("RECEIVABLE_FROM_BILLER", "RB", "RB-1101", "RP-0712"),
        _booking("REFUND_PAY_OUT", "RP", "RP-0712", "TC-0712-07"),
    ]
    return books


def owed_twice(branch: Branch) -> None:
    branch.entries.append({**branch.entries[1], "serial": SERIAL[:-1] + "3"})
    branch.refunds.append({**branch.refunds[0], "serial": SERIAL[:-1] + "3"})


def answered_late() -> Evidence:
    """A payment core had undone when the biller said it was paid, and that the biller has undone since."""
    books = paid()
    entry = {"serial": LATE, "flow": "late_answer", "state": "UNDONE", "version": 2, "cash_return": "NONE"}
    for branch in (books.rest, books.late, books.end):
        branch.entries[0] |= {"state": "REVERSED", "cash_return": "RETURNED"}
        branch.entries.append({**branch.entries[0], **entry})
        branch.legs += [leg("CORE_REVERSE", "CR"), _leg_of(LATE, "BILLER_UNDO", "LC")]
        branch.steps[2:] = [step("T11"), step("T16"), *(step(row, LATE, late.TABLE) for row in ("L1", "L2"))]
        branch.cash.append({"serial": SERIAL, "kind": "CASH_OUT", "amount_fen": FEN})
        branch.claims.clear()
        branch.documents.clear()
        branch.files.clear()
        branch.late_answers = [{"serial": LATE, "payment_serial": SERIAL, "said": "PAID"}]
    reversal = {"core_serial": "C2", "kind": "REVERSAL", "leg_id": f"{SERIAL}-CR-1", "amount_fen": -FEN}
    books.core.append(books.core[0] | reversal)
    books.biller[0]["state"] = "CANCELLED"
    return books


OF_LATE_ANSWERS: dict[str, list[Callable[[Evidence], Any]]] = {
    "late-answer": [
        lambda books: books.biller[0].update(state="PAID"),
        lambda books: books.end.legs.pop(),
        lambda books: books.core.pop(),
    ],
    "one-entry": [lambda books: books.end.late_answers.clear()],
    "gone-from-both": [lambda books: books.biller[0].update(state="PAID")],
}


DAMAGES: dict[str, list[Callable[[Evidence], Any]]] = {
    "one-entry": [second_entry, lambda books: books.end.entries[0].update(flow="bill_refund")],
    "intent-first": [lambda books: books.end.legs.pop(), lambda books: books.end.legs.clear()],
    "at-most-once": [
        lambda books: books.core.append(books.core[0]),
        lambda books: books.biller.append(books.biller[0]),
    ],
    "stands-at-both": [
        lambda books: books.core.clear(),
        lambda books: books.biller.clear(),
        lambda books: books.biller[0].update(amount_fen=FEN + 1),
        lambda books: books.core.append({**books.core[0], "kind": "REVERSAL", "amount_fen": -FEN}),
    ],
    "gone-from-both": [said_to_be_gone, lambda books: books.end.entries.clear()],
    "doubt-is-shown": [in_doubt],
    "untouched": [lambda books: books.end.entries[0].update(state="PENDING_APPROVAL"), said_to_be_aborted],
    "core-balances": [lambda books: books.core_flaws.append("debits exceed credits")],
    "references-kept": [
        lambda books: books.end.entries[0].update(core_serial="C2"),
        lambda books: books.end.entries[0].update(counterpart_serial=""),
        lambda books: books.end.entries[0].update(accounting_date="2026-11-23"),
    ],
    "sent-once": [lambda books: books.seen.update(BILLER_PAY=2), lambda books: books.seen.update(CORE_POST=2)],
    "same-id-until-answered": [new_id_after_silence],
    "posted-once": [lambda books: books.end.legs.append(leg("CORE_POST", "CP", "OK", 2))],
    "table-only": [
        lambda books: books.end.steps.pop(1),
        lambda books: books.end.steps.pop(),
        lambda books: books.end.steps[2].update(to_state="AUTO_REVERSING"),
    ],
    "comes-to-rest": [lambda books: books.rest.entries[0].update(due_ms=1)],
    "rest-is-rest": [lambda books: books.late.entries[0].update(version=4)],
    "cash": [
        lambda books: books.end.cash.clear(),
        lambda books: books.end.cash.append(books.end.cash[0]),
        lambda books: books.end.cash.append({**books.end.cash[0], "kind": "CASH_OUT"}),
        lambda books: books.rest.entries[0].update(cash_return="DUE"),
        lambda books: books.rest.entries[0].update(method="ACCOUNT"),
        lambda books: books.rest.entries[0].update(method="ACCOUNT", cash_return="DUE"),
        said_to_be_gone,
    ],
    "claims": [lambda books: books.end.claims.clear(), lambda books: books.rest.claims.clear(), said_to_be_gone],
    "audit-whole": [lambda books: setattr(books, "audit", "row 3")],
    "receipt-only-if-paid": [lambda books: books.end.documents.clear(), said_to_be_gone],
    "paper-as-noted": [
        lambda books: books.end.files.clear(),
        lambda books: books.end.files.update({"R1.pdf": "2" * 64}),
        lambda books: books.end.files.update({"R2.pdf": PDF}),
    ],
}


OF_REFUNDS: dict[str, list[Callable[[Evidence], Any]]] = {
    "till-as-core": [
        lambda books: books.end.cash.pop(),
        lambda books: books.bookings.pop(),
        lambda books: books.bookings[1].update(credit_account="TC-0712-08", debit_account="TC-0712-07"),
    ],
    "payable-as-due": [
        lambda books: books.bookings.pop(),
        lambda books: books.end.entries[1].update(state="DUE"),
        lambda books: books.end.refunds[0].update(cause="UNCLAIMED_CASH"),
    ],
    "refund-as-booked": [
        lambda books: books.bookings.pop(),
        lambda books: books.bookings.append(books.bookings[1]),
        lambda books: books.end.entries[1].update(state="GIVEN_UP"),
        lambda books: books.end.refunds[0].update(cause="STUCK_POSTING"),
    ],
    "agreed-as-undone": [
        lambda books: books.biller[0].update(state="PAID"),
        lambda books: books.consents.clear(),
        lambda books: books.end.refunds[0].update(agreement_no="R2"),
        lambda books: books.end.entries[1].update(state="NOT_AGREED"),
    ],
    "one-refund-stands": [
        lambda books: owed_twice(books.end),
        lambda books: owed_twice(books.rest),
        lambda books: books.end.refunds[0].update(holds=None),
        lambda books: books.end.entries[1].update(cash_return="SUSPENSE"),
    ],
    "source-is-held": [
        lambda books: books.end.entries[1].update(cash_return="SUSPENDING"),
        lambda books: books.rest.entries[1].update(state="PENDING_SUSPENSE"),
    ],
    "agreed-to-by-people": [
        lambda books: books.end.approvals.pop(),
        lambda books: books.end.approvals.clear(),
        lambda books: books.end.approvals[0].update(needed=1),
        lambda books: books.end.approvals[1].update(state="APPROVED"),
    ],
    "pay-out-as-told": [
        lambda books: books.end.pay_outs.clear(),
        lambda books: books.end.pay_outs[0].update(outcome="ASKED"),
        lambda books: books.end.pay_outs[0].update(method="ACCOUNT"),
        lambda books: books.end.entries[1].update(cash_return="NONE"),
    ],
    "at-most-once": [lambda books: books.bookings.append(books.bookings[0])],
    "intent-first": [lambda books: books.end.legs.pop(), lambda books: books.consents[0].update(leg_id=f"{OWED}-RA-2")],
    "stands-at-both": [lambda books: books.biller[0].update(state="CANCELLED")],
    "table-only": [lambda books: books.end.steps.pop(), lambda books: books.end.steps.pop(4)],
    "claims": [lambda books: books.end.claims.append({"claim_key": "1101|1|2026-10", "serial": SERIAL})],
    "receipt-only-if-paid": [lambda books: books.end.refunds[0].update(original_no="")],
    "cash": [lambda books: books.end.cash.append(books.end.cash[-1]), lambda books: books.end.cash.pop()],
}
"""What is wrong with the books of a payment of an earlier day that was refunded in cash."""


def rules_broken(books: Evidence, case: str = "payment/good/-/-/-/able/judgement/fork") -> set[str]:
    return {rule for rule, _ in judge(FLOW, Case.parse(case), books)}


def test_good_books_break_no_rule() -> None:
    assert rules_broken(paid()) == set()


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_sees_what_it_is_for(rule: str) -> None:
    for good, damages in ((paid, DAMAGES), (refunded, OF_REFUNDS), (answered_late, OF_LATE_ANSWERS)):
        for damage in damages.get(rule, []):
            books = good()
            damage(books)
            assert rule in rules_broken(books)
    assert rule in DAMAGES | OF_REFUNDS | OF_LATE_ANSWERS


@pytest.mark.parametrize("good", [refunded, answered_late])
def test_good_books_of_more_than_one_entry_break_no_rule(good: Callable[[], Evidence]) -> None:
    assert rules_broken(good()) == set()


def test_doubt_is_allowed_where_the_biller_cannot_be_asked_and_core_holds_the_money() -> None:
    books = paid()
    for branch in (books.rest, books.late, books.end):
        branch.entries[0]["state"] = "BILLER_UNKNOWN"
        branch.steps[-1] = step("T12")
        branch.documents[0]["kind"] = "PROCESSING_SLIP"
    blind = "payment/good/-/-/-/blind/judgement/fork"
    assert rules_broken(books, blind) == set()

    books.core.clear()
    assert "doubt-is-shown" in rules_broken(books, blind)


def test_what_certainly_did_not_leave_may_be_sent_again() -> None:
    books = paid()
    books.seen["BILLER_PAY"] = 2
    assert rules_broken(books, "payment/good/BILLER_PAY.no.4xx/-/-/able/judgement/fork") == set()


def test_only_the_biller_may_be_in_doubt() -> None:
    books = paid()
    books.end.entries[0]["state"] = "REVERSE_FAILED"
    assert "only-the-biller-in-doubt" in rules_broken(books)


def taken_back() -> Evidence:
    """A payment that was cancelled, as all books tell it."""
    books = paid()
    for branch in (books.rest, books.late, books.end):
        branch.entries[0] |= {"state": "CANCELLED", "cash_return": "RETURNED", "version": 9}
        branch.legs += [leg("BILLER_CANCEL", "BC"), leg("CORE_UNPOST", "CU")]
        branch.steps += [step("T19"), step("T20"), step("T21"), step("T25")]
        branch.cash.append({"serial": SERIAL, "kind": "CASH_OUT", "amount_fen": FEN})
        branch.claims.clear()
        branch.approvals = [{"subject": SERIAL, "use_case": "cancellation", "state": "EXECUTED"}]
        branch.cancellations = [{"serial": SERIAL, "outcome": "CANCELLED", "original_no": "R1"}]
    reversal = {"core_serial": "C2", "kind": "REVERSAL", "leg_id": f"{SERIAL}-CU-1", "amount_fen": -FEN}
    books.core.append(books.core[0] | reversal)
    books.biller[0]["state"] = "CANCELLED"
    return books


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (lambda books: books.biller[0].update(state="PAID"), "biller-first"),
        (lambda books: books.biller[0].update(state="PAID"), "gone-from-both"),
        (lambda books: books.core.pop(), "gone-from-both"),
        (lambda books: books.end.cash.append(books.end.cash[-1]), "cash"),
        (lambda books: books.end.cancellations[0].update(outcome="UNDER_WAY"), "tried-and-done-agree"),
        (lambda books: books.rest.cancellations.clear(), "tried-and-done-agree"),
        (lambda books: books.end.approvals[0].update(state="APPROVED"), "tried-and-done-agree"),
        (lambda books: books.end.cancellations[0].update(original_no=""), "receipt-only-if-paid"),
        (lambda books: books.end.legs.append(leg("BILLER_CANCEL", "BC", "OK", 2)), "posted-once"),
    ],
)
def test_the_judge_sees_what_is_wrong_with_a_payment_taken_back(damage: Callable[[Evidence], Any], rule: str) -> None:
    case, flow = Case.parse("cancel/good/-/-/-/able/judgement/fork"), flows()["cancel"]
    books = taken_back()
    assert judge(flow, case, books) == []

    damage(books)

    assert rule in {name for name, _ in judge(flow, case, books)}


def test_a_case_is_what_its_text_says() -> None:
    case = Case(
        "payment",
        "biller-lost",
        Fault.parse("CORE_REVERSE.late.timeout.lasting"),
        Stop("commit.payment.intent:after"),
        Stop("call.CORE_REVERSE:before", 2),
        World.BLIND,
        "call.CORE_REVERSE:before",
    )
    assert Case.parse(str(case)) == case
    assert stops(["a", "b", "a"]) == [Stop("a"), Stop("b"), Stop("a", 2)]
