"""The main job over real HTTP, against counterparts that keep their own books."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from support.branches import TestBranch, owed, pay, sign_on

from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, LookUp, PayBill
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import Desk
from tellerdesk.errors import BadInput, CounterpartUnavailable, NotAllowed, Refused, TellerDeskError
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.lights import LightState
from tellerdesk.sandbox import books
from tellerdesk.sandbox.faults import FAULTS, AnswerWay, Processed
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.views import SignedOn


def standing(sandbox: SandboxProcess, serial: str) -> tuple[int, int]:
    """What stands of a payment at core and at the biller, in fen."""
    effect = books.core_effects(sandbox.folder).get(serial)
    at_biller = sum(paid.amount_fen for paid in books.biller_payments(sandbox.folder) if paid.channel_serial == serial)
    return (effect.net_fen if effect else 0), at_biller


@pytest.mark.req("B2", "B3")
def test_a_look_up_asks_the_biller_over_the_network_and_shows_names_masked(desk: Desk, who: SignedOn) -> None:
    bill = owed(desk, who)

    assert bill.total_fen == sum(line.amount_fen for line in bill.lines) + bill.late_fee_fen > 0
    assert bill.customer_name.startswith("*")
    assert not any(char.isdigit() for char in bill.address)


@pytest.mark.req("B2", "B4", "B5", "B6", "B19")
def test_a_cash_payment_from_look_up_to_receipt(desk: Desk, who: SignedOn, sandbox: SandboxProcess) -> None:
    bill = owed(desk, who)

    view = pay(desk, who, bill)
    document = desk.papers.issue(who, view.serial)

    assert view.word is Word.PAID
    assert standing(sandbox, view.serial) == (bill.total_fen, bill.total_fen)
    assert document.path.read_bytes().startswith(b"%PDF")
    with pytest.raises(Refused, match="nothing_owed"):
        desk.bills.look_up(who, LookUp(BILLER, bill.consumer_no))


@pytest.mark.req("B7")
def test_a_refusal_by_the_biller_has_core_reversed(desk: Desk, who: SignedOn, sandbox: SandboxProcess) -> None:
    bill = owed(desk, who)
    sandbox.control.service("electricity", is_open=False)

    view = pay(desk, who, bill)

    assert (view.word, view.cash_return) == (Word.REVERSED, CashReturn.DUE)
    assert standing(sandbox, view.serial) == (0, 0)
    kinds = [posting.kind for posting in books.core_effects(sandbox.folder)[view.serial].postings]
    assert kinds == ["POSTING", "REVERSAL"]
    with pytest.raises(Refused, match="nothing_to_print"):
        desk.papers.issue(who, view.serial)
    after = desk.bills.confirm_cash_returned(who, ConfirmCashReturned(view.serial))
    assert after.cash_return is CashReturn.RETURNED
    position = desk.till.position(who)
    assert position is not None
    assert position.balance_fen == position.opening_fen


OF_A_PAYMENT = {"BILLER_PAY", "BILLER_INQUIRE", "CORE_POST", "electricity", "core"}


@pytest.mark.parametrize("name", sorted(name for name, fault in FAULTS.items() if fault.action in OF_A_PAYMENT))
def test_every_named_fault_ends_with_books_that_agree(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess, name: str
) -> None:
    bill = owed(desk, who)
    if name == "inquiry-timeout":
        sandbox.control.fault("biller-timeout")
    sandbox.control.fault(name)

    view = pay(desk, who, bill)
    first = standing(sandbox, view.serial)
    if view.word is Word.PAID:
        assert first == (bill.total_fen, bill.total_fen)
    elif view.word in {Word.FAILED, Word.REVERSED}:
        assert first == (0, 0)
    sandbox.control.clear()
    sandbox.control.deliver_late()
    after = until_known(desk, who, view)

    stands = (bill.total_fen, bill.total_fen) if after.word is Word.PAID else (0, 0)
    assert standing(sandbox, view.serial) == stands
    assert after.word in {Word.PAID, Word.REVERSED, Word.FAILED}
    assert (after.cash_return is CashReturn.DUE) == (after.word is not Word.PAID)
    assert books.core_flaws(sandbox.folder) == []


def until_known(desk: Desk, who: SignedOn, view: PaymentView) -> PaymentView:
    for _ in range(5):
        if view.word is not Word.PROCESSING:
            return view
        view = desk.bills.ask_again(who, AskAgain(view.serial))
    return view


@pytest.mark.parametrize("name", ["reversal-timeout", "reversal-refused"])
def test_a_reversal_that_fails_is_never_shown_as_done(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess, name: str
) -> None:
    bill = owed(desk, who)
    sandbox.control.service("electricity", is_open=False)
    sandbox.control.fault(name)

    view = pay(desk, who, bill)

    assert view.word is Word.PROCESSING
    assert view.cash_return is CashReturn.NONE
    sandbox.control.clear()
    if name == "reversal-timeout":
        assert until_known(desk, who, view).word is Word.REVERSED
        assert standing(sandbox, view.serial) == (0, 0)


def test_a_slip_is_printed_while_the_outcome_is_not_known_and_a_receipt_once_it_is(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    bill = owed(desk, who)
    sandbox.control.fault("biller-timeout")
    sandbox.control.fault("inquiry-timeout")
    view = pay(desk, who, bill)
    assert view.word is Word.PROCESSING
    slip = desk.papers.issue(who, view.serial)
    sandbox.control.clear()

    after = desk.bills.ask_again(who, AskAgain(view.serial))
    receipt = desk.papers.issue(who, view.serial)

    assert after.word is Word.PAID
    assert after.advice.id == "advice.paid_later"
    assert (slip.kind.value, receipt.kind.value) == ("PROCESSING_SLIP", "BILL_RECEIPT")
    assert slip.number != receipt.number


def test_the_screen_is_told_who_is_being_asked(desk: Desk, who: SignedOn) -> None:
    bill = owed(desk, who)
    told: list[Asking] = []
    command = PayBill("w" * 32, bill.quote_id, bill.total_fen, bill.total_fen)
    desk.bills.pay(who, command, told.append)

    assert [(asking.counterpart.zh_CN, asking.deadline_s) for asking in told] == [("核心", 0.5), ("深圳供电局", 0.5)]


# What is refused, and how


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        ("", BadInput, "consumer.empty"),
        ("0755", BadInput, "consumer.format"),
        ("07550031884638", BadInput, "consumer.checksum"),
        ("0755003188463A", BadInput, "consumer.other_form"),
        ("[/x]", BadInput, "consumer.format"),
        ("0755\x1b]0;x\x07", BadInput, "not_plain"),
        ("0755‮0031884639", BadInput, "not_plain"),
        ("7" * 600, BadInput, "too_long"),
        ("𠮷" * 14, BadInput, "consumer.other_form"),
    ],
)
def test_a_wrong_consumer_number_is_refused_before_anybody_is_asked(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess, number: str, error: type[TellerDeskError], message: str
) -> None:
    before = sandbox.control.counters()["seen"]

    with pytest.raises(error, match=message):
        desk.bills.look_up(who, LookUp(BILLER, number))

    assert sandbox.control.counters()["seen"] == before


@pytest.mark.parametrize(
    "spell",
    [
        lambda number: number.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
        lambda number: f" {number[:4]} {number[4:8]} {number[8:]} ",
        lambda number: f"{number[:4]}-{number[4:]}",
        lambda number: f"{number[:4]}\t{number[4:]}",
    ],
    ids=["full width", "spaces", "dashes", "a pasted tab"],
)
def test_full_width_digits_and_pasted_spaces_are_understood(
    desk: Desk, who: SignedOn, spell: Callable[[str], str]
) -> None:
    number = owed(desk, who).consumer_no

    assert desk.bills.look_up(who, LookUp(BILLER, spell(number))).consumer_no == number


def test_unknown_and_owing_nothing_are_told_apart(desk: Desk, who: SignedOn) -> None:
    people = sample_consumers()
    with pytest.raises(Refused, match="no_such_consumer"):
        desk.bills.look_up(who, LookUp(BILLER, people.unknown[0]))
    with pytest.raises(Refused, match="nothing_owed"):
        desk.bills.look_up(who, LookUp(BILLER, people.owing_nothing[0]))


def lying(sandbox: SandboxProcess) -> None:
    sandbox.control.rule("BILLER_QUERY", Processed.YES, AnswerWay.GARBAGE)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (lambda sandbox: sandbox.control.down("electricity"), LightState.DOWN),
        (lambda sandbox: sandbox.control.fault("query-timeout"), LightState.SLOW),
        (lying, LightState.DOWN),
    ],
    ids=["down", "silent", "lying"],
)
def test_a_look_up_without_a_true_answer_says_that_no_money_moved(
    desk: Desk,
    who: SignedOn,
    sandbox: SandboxProcess,
    trouble: Callable[[SandboxProcess], None],
    state: LightState,
) -> None:
    trouble(sandbox)

    with pytest.raises(CounterpartUnavailable, match="no_answer"):
        desk.bills.look_up(who, LookUp(BILLER, sample_consumers().owing[1]))

    assert desk.lights()[1].state is state


def test_a_closed_biller_is_said_to_be_closed(desk: Desk, who: SignedOn, sandbox: SandboxProcess) -> None:
    sandbox.control.service("electricity", is_open=False)

    with pytest.raises(Refused, match="biller_closed"):
        desk.bills.look_up(who, LookUp(BILLER, sample_consumers().owing[1]))


# People


def test_a_supervisor_takes_no_payments(branch: TestBranch, desk: Desk, who: SignedOn) -> None:
    bill = owed(desk, who)
    desk.sign_off(who)
    supervisor = sign_on(desk, 2)

    with pytest.raises(NotAllowed):
        pay(desk, supervisor, bill)


def test_nobody_works_after_signing_off(desk: Desk, who: SignedOn) -> None:
    bill = owed(desk, who)
    desk.sign_off(who)

    with pytest.raises(NotAllowed, match="ended"):
        pay(desk, who, bill)


def test_sign_on_learns_the_accounting_date_from_core(desk: Desk, who: SignedOn) -> None:
    assert desk.accounting_date() is not None
    assert desk.lights()[0].state is LightState.UP


# Threads


def test_a_biller_that_hangs_does_not_stop_the_next_customer(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    hung, next_one = owed(desk, who), owed(desk, who)
    sandbox.control.fault("biller-timeout", times=1)
    began = threading.Event()

    def slow() -> PaymentView:
        began.set()
        return pay(desk, who, hung)

    first = desk.submit(slow)
    began.wait(5)
    second = desk.submit(lambda: pay(desk, who, next_one))

    assert {first.result(20).word, second.result(20).word} == {Word.PAID}
    assert desk.drain(5)
    assert desk.in_flight() == 0


def test_one_request_pressed_by_many_threads_pays_once(desk: Desk, who: SignedOn, sandbox: SandboxProcess) -> None:
    bill = owed(desk, who)

    views = [
        future.result(20)
        for future in [desk.submit(lambda: pay(desk, who, bill, request_id="r" * 32)) for _ in range(6)]
    ]

    assert len({view.serial for view in views}) == 1
    assert standing(sandbox, views[0].serial) == (bill.total_fen, bill.total_fen)
