"""Paying from an account over real HTTP: core tells whose it is, the pad gives a block, core's books show the debit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.branches import TestBranch, elsewhere, owed, pay, sign_on

from tellerdesk.approvals.commands import Decide
from tellerdesk.bills.commands import AccountAuthority, AskAccount, GoOn, Method, ReadPin
from tellerdesk.bills.views import PaymentView
from tellerdesk.desk import Desk
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import NotAllowed, Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox import books
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.settings import PinPadSettings
from tellerdesk.staff.views import SignedOn
from tests.links.odd_server import odd_server

BLOCK = "9F3C0A55E1B2477D" * 2
SAMPLES = sample_consumers()
VOUCHER = "PZ20261122001"
RICH = SAMPLES.accounts[1]
"""Holds more than any bill here; the samples are shared by all tests of a worker."""


def approved(desk: Desk, who: SignedOn, asked: PaymentView, account: AccountAuthority) -> PaymentView:
    """A supervisor at another desk agrees to a signed voucher, and the teller goes on."""
    assert (asked.word, asked.legs) == (Word.AWAITING, ())
    supervisor = elsewhere(desk, "3001", 1)
    desk.approvals.decide(supervisor, Decide(asked.approval_id, True, desk.training_code("3001")))
    return desk.bills.go_on(who, GoOn(asked.serial, account))


@pytest.mark.req("B2", "B4")
def test_core_tells_whose_account_it_is_and_whether_it_can_be_debited(desk: Desk, who: SignedOn) -> None:
    bill = owed(desk, who)

    view = desk.bills.account(who, AskAccount(SAMPLES.accounts[0], bill.quote_id))

    assert view.account_no == SAMPLES.accounts[0]
    assert view.masked_no.count("*") == 9
    assert view.holder.startswith("*")
    with pytest.raises(Refused, match="frozen"):
        desk.bills.account(who, AskAccount(SAMPLES.frozen_accounts[0]))
    with pytest.raises(Refused, match="closed"):
        desk.bills.account(who, AskAccount(SAMPLES.closed_accounts[0]))
    with pytest.raises(Refused, match="not_found"):
        desk.bills.account(who, AskAccount("6217000712000000012"))


@pytest.mark.req("B4", "B5", "B6")
def test_a_bill_is_paid_from_an_account_with_a_signed_voucher(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    bill = owed(desk, who)
    account = AccountAuthority(RICH, voucher_no=VOUCHER)

    view = approved(desk, who, pay(desk, who, bill, method=Method.ACCOUNT, account=account, tendered_fen=0), account)

    assert (view.word, view.cash_return) == (Word.PAID, CashReturn.NONE)
    [posting] = books.core_effects(sandbox.folder)[view.serial].postings
    assert posting.amount_fen == bill.total_fen
    position = desk.till.position(who)
    assert position is not None
    assert position.balance_fen == position.opening_fen
    assert desk.papers.issue(who, view.serial).kind is DocumentKind.BILL_RECEIPT
    paper = desk.papers._paper(view, DocumentKind.BILL_RECEIPT, "R1", "", view.made_at)
    assert (paper.account_no, paper.tendered_fen) == (view.account_no, 0)
    assert paper.account_no.count("*") == 9


@pytest.mark.req("B7")
def test_a_refusal_by_the_biller_credits_the_account(desk: Desk, who: SignedOn, sandbox: SandboxProcess) -> None:
    bill = owed(desk, who)
    sandbox.control.service("electricity", is_open=False)
    account = AccountAuthority(RICH, voucher_no=VOUCHER)

    view = approved(desk, who, pay(desk, who, bill, method=Method.ACCOUNT, account=account, tendered_fen=0), account)

    assert (view.word, view.cash_return, view.advice.id) == (
        Word.REVERSED,
        CashReturn.NONE,
        "advice.reversed.account",
    )
    assert books.core_effects(sandbox.folder)[view.serial].net_fen == 0
    assert books.core_flaws(sandbox.folder) == []


def test_the_pad_of_the_settings_is_the_one_that_is_asked(branch: TestBranch) -> None:
    body = json.dumps({"result": "ENTERED", "pin_block": BLOCK}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with odd_server(lambda request: [head + body]) as pad:
        pinpad = PinPadSettings(url=pad.url, deadline_s=2)
        desk = replace(branch, settings=branch.settings.model_copy(update={"pinpad": pinpad})).open_desk()
        who = sign_on(desk)
        assert desk.bills.read_pin(who, ReadPin(SAMPLES.accounts[0], 84_400)) == BLOCK


def test_a_desk_without_a_pad_says_so(desk: Desk, who: SignedOn) -> None:
    with pytest.raises(Refused, match="no_pad"):
        desk.bills.read_pin(who, ReadPin(SAMPLES.accounts[0], 84_400))


def test_only_who_takes_payments_asks_for_accounts_and_pins(desk: Desk) -> None:
    supervisor = sign_on(desk, 2)

    with pytest.raises(NotAllowed):
        desk.bills.account(supervisor, AskAccount(SAMPLES.accounts[0]))
    with pytest.raises(NotAllowed):
        desk.bills.read_pin(supervisor, ReadPin(SAMPLES.accounts[0], 84_400))
