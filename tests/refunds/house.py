"""A counter whose counterparts are the sandbox's own core and biller, in this process: their books are real."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from support.counter import BILLER, Counter
from support.four_eyes import FourEyes
from support.scripted import ScriptedLink, refused

from tellerdesk.bills.commands import AccountAuthority, AskCancellation, Cancel, CancelReason, LookUp, Method, Person
from tellerdesk.bills.views import PaymentView
from tellerdesk.clock import Clock
from tellerdesk.demo.books import compare
from tellerdesk.errors import Refused
from tellerdesk.journal.entries import ENTRY
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.refunds.commands import AskPayOut, AskRefund, ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.register import REFUND
from tellerdesk.refunds.views import RefundView
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import CUT_OFF, Undoing
from tellerdesk.sandbox.config import CORE, ELECTRICITY, ledger_file
from tellerdesk.sandbox.core_bookings import Bookings
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.profiles import PROFILES
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import MOVEMENT

NO = refused("CLOSED", "系统维护")
RP, RB, TILL, INTERNAL = "RP-0712", "RB-1101", "TC-0712-07", "IN-1101"
ACCOUNT = people.account_no(0)
"""王晓燕's, who is also the consumer of the first bill."""
TODAY = date(2026, 11, 22)
PAYEE = Person("王晓燕", "11010519491231002X")

_PROFILE = PROFILES[ELECTRICITY]
_CASH_DUE = select(ENTRY.c.amount_fen).where(ENTRY.c.cash_return.in_(["DUE", "SUSPENDING"]))
_ENDPOINTS = {endpoint.name: endpoint for endpoint in (*core_contract.ENDPOINTS, *biller_contract.ENDPOINTS)}


@dataclass(slots=True)
class LedgerLink(ScriptedLink):
    """A link that ends in a ledger of the sandbox; `script` replaces single answers, as with any scripted link."""

    ask: Any = None
    """Endpoint name and request to the reply."""

    def honest(self, name: str, request: dict[str, Any], places: Mapping[str, str]) -> Answer[Any]:
        reply, endpoint = self.ask(name, {**request, **places}), _ENDPOINTS[name]
        if (told := getattr(reply, "accounting_date", None)) is not None:
            self.last_accounting_date = max(told, self.last_accounting_date or told)
        code, message = getattr(reply, "code", ""), getattr(reply, "message", "")
        if getattr(reply, "result", None) is None or reply.result in endpoint.accepted:
            return Answer(AnswerKind.ACCEPTED, reply, code, message)
        return Answer(AnswerKind.REJECTED, reply, code, message)


def template(folder: Path) -> Path:
    """Opened ledgers, to copy from."""
    folder.mkdir()
    _core(folder)
    _biller(folder)
    return folder


def _core(folder: Path) -> CoreLedger:
    receivables = [_PROFILE.receivable]
    return CoreLedger(ledger_file(folder, CORE), [_PROFILE.core_accounts], TODAY, receivables=receivables)


def _biller(folder: Path) -> BillerLedger:
    return BillerLedger(ledger_file(folder, ELECTRICITY), _PROFILE, TODAY)


def _read(kind: Any, request: dict[str, Any]) -> Any:
    return kind.model_validate_json(json.dumps(request))


@dataclass
class House:
    """Counter, approvers and counterparts. `balances` must hold whatever happened."""

    folder: Path
    store: Store
    keys: Keys
    clock: Clock
    of: Path
    given: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(self.of, self.folder)
        self.at_core, self.at_biller = _core(self.folder), _biller(self.folder)
        self._bookings, self._undoing = Bookings(self.at_core), Undoing(self.at_biller)
        self.core = LedgerLink(CORE, ask=self._ask_core)
        self.biller = LedgerLink(BILLER, ask=self._ask_biller)
        self.counter = Counter(self.store, self.keys, self.clock, core=self.core, biller=self.biller, **self.given)
        self.eyes = FourEyes(self.counter, opening_fen=1_000_000)
        self.refunds = self.eyes.refunds
        self._consumer = 0

    @property
    def who(self) -> Any:
        return self.counter.who

    # -- payments

    def paid(self, **changes: Any) -> PaymentView:
        """A payment of a bill nobody has paid yet; the first is 王晓燕's."""
        while True:
            number = people.consumer_no(self._consumer)
            self._consumer += 1
            try:
                bill = self.counter.lookup.look_up(self.who, LookUp(BILLER, number))
            except Refused:
                continue
            return self.counter.payments.pay(self.who, self.counter.command(bill, **changes))  # type: ignore[arg-type]

    def paid_from_account(self) -> PaymentView:
        account = AccountAuthority(ACCOUNT, voucher_no="PZ20261122001")
        return self.paid(method=Method.ACCOUNT, tendered_fen=0, account=account)

    def reversed(self) -> PaymentView:
        """A payment the biller refused: core has undone it, and its cash is due back."""
        self.biller.script["BILLER_PAY"] = [NO]
        return self.paid()

    def stuck(self) -> PaymentView:
        """A payment the biller refused after core's day had rolled: core undoes no other day's posting."""

        def rolls(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
            self.at_core.roll_day()
            return NO

        self.biller.script["BILLER_PAY"] = [rolls]
        return self.paid()

    def stuck_cancelling(self) -> PaymentView:
        """A payment the biller has cancelled and core could not undo any more."""

        def rolls(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
            self.at_core.roll_day()
            return link.honest("BILLER_CANCEL", request, places)

        payment = self.paid()
        counter = self.counter
        asked = counter.cancellations.ask(
            self.who,
            AskCancellation(
                secrets.token_hex(16),
                payment.serial,
                payment.consumer_no,
                payment.amount_fen,
                CancelReason.PAID_TWICE,
                original_back=True,
            ),
        )
        assert asked.cancellation is not None
        self.eyes.approve(asked.cancellation.approval_id)
        self.biller.script["BILLER_CANCEL"] = [rolls]
        return counter.cancellations.carry_out(self.who, Cancel(payment.serial))

    def next_day(self) -> None:
        """Core rolls, and the biller's day is cut off."""
        self.at_core.roll_day()
        self.at_biller.set(CUT_OFF, self.at_biller.setting("biller_serial", "0"))

    # -- refunds, in one line each

    def asking(self, payment: PaymentView, **changes: Any) -> AskRefund:
        values: dict[str, Any] = {
            "request_id": secrets.token_hex(16),
            "serial": payment.serial,
            "consumer_no": payment.consumer_no,
            "amount_fen": payment.amount_fen,
            "reason": CancelReason.PAID_TWICE,
            "original_back": True,
        }
        return AskRefund(**(values | changes))

    def ask(self, payment: PaymentView, **changes: Any) -> RefundView:
        return self.refunds.ask(self.who, self.asking(payment, **changes))

    def suspend(self, serial: str, **changes: Any) -> RefundView:
        command = Suspend(secrets.token_hex(16), serial, "客户已离开")
        return self.refunds.suspend(self.who, replace(command, **changes))

    def asking_pay_out(self, refund: RefundView, **changes: Any) -> AskPayOut:
        command = AskPayOut(secrets.token_hex(16), refund.serial, Method.CASH, PAYEE)
        return replace(command, **changes)

    def ask_pay_out(self, refund: RefundView, **changes: Any) -> RefundView:
        return self.refunds.ask_pay_out(self.who, self.asking_pay_out(refund, **changes))

    def go_on(self, refund: RefundView) -> RefundView:
        return self.refunds.go_on(self.who, GoOnWith(refund.serial))

    def approved(self, refund: RefundView, persons: int = 1) -> RefundView:
        """The same once so many persons have agreed."""
        for number in range(persons):
            self.eyes.approve(refund.approval_id, by=f"300{number + 1}")
        return self.refunds.refund(self.who, refund.serial)

    def suspended(self, serial: str) -> RefundView:
        """Booked to refunds payable, after one person has agreed."""
        return self.go_on(self.approved(self.suspend(serial)))

    def refunded(self, payment: PaymentView) -> RefundView:
        """A refund of an earlier day, after two persons have agreed, as far as it goes."""
        return self.go_on(self.approved(self.ask(payment), persons=2))

    def paid_out(self, refund: RefundView, **changes: Any) -> RefundView:
        return self.go_on(self.approved(self.ask_pay_out(refund, **changes)))

    # -- the same without a person's session, for somebody who stands elsewhere

    def next_day_asked_below_the_door(self, payment: PaymentView) -> RefundView:
        return self.refunds._next_day.ask(self.who, self.asking(payment))

    def below_the_door_suspend(self, serial: str) -> RefundView:
        return self.refunds._suspending.ask(self.who, Suspend(secrets.token_hex(16), serial))

    def going_on_below_the_door(self, who: SignedOn, refund: RefundView) -> RefundView:
        return self.refunds._going_on.carry_out(who, GoOnWith(refund.serial))

    def handing_over_below_the_door(self, who: SignedOn, refund: RefundView) -> RefundView:
        return self.refunds._paying_out.confirm_handed_over(who, ConfirmHandedOver(refund.serial))

    def refund_below_the_door(self, who: SignedOn, refund: RefundView) -> RefundView:
        return self.refunds._refunds.refund(who, refund.serial)

    def sweep(self) -> None:
        self.counter.let_leases_run_out()
        self.counter.recovery.sweep()

    def source_of(self, serial: str) -> str:
        """The entry whose money a refund is."""
        [found] = self.counter.read(select(REFUND.c.source_serial).where(REFUND.c.serial == serial))
        return str(found.source_serial)

    # -- the books

    def held(self, account: str) -> int:
        """Credits less debits of one of core's accounts, in fen."""
        return books.core_balances(self.folder).get(account, 0)

    def flaws(self) -> list[str]:
        """What is wrong in anybody's books, or between the till and core's account of it."""
        found = [*books.core_flaws(self.folder), *books.biller_flaws(self.folder, ELECTRICITY)]
        if sum(books.core_balances(self.folder).values()):
            found.append("core does not balance")
        compared = compare(self.store, self.folder)
        moved = self.counter.read(MOVEMENT.select())
        in_till = sum(row.amount_fen if row.kind == "CASH_IN" else -row.amount_fen for row in moved)
        due = sum(row.amount_fen for row in self.counter.read(_CASH_DUE))
        found += [str(line) for line in compared.lines + compared.refunds if not line.agrees]
        if not compared.agree and not found:
            found.append(f"the books do not agree: {compared}")
        if in_till - due != -self.held(TILL):
            found.append(f"the till holds {in_till} of which {due} are due, core says {-self.held(TILL)}")
        return found

    def _ask_core(self, name: str, request: dict[str, Any]) -> Any:
        now = self.clock.now()
        match name:
            case "CORE_POST":
                raw = self.at_core.post(_read(core_contract.PostingRequest, request), now)
            case "CORE_REVERSE":
                raw = self.at_core.reverse(_read(core_contract.ReversalRequest, request), now)
            case "CORE_BOOK":
                raw = self._bookings.make(_read(core_contract.BookingRequest, request), now)
            case "CORE_INQUIRE":
                return self.at_core.inquire(request["leg_id"])
            case "CORE_ACCOUNT":
                return self.at_core.account(request["account_no"])
            case _:
                return core_contract.AccountingDateReply(accounting_date=self.at_core.accounting_date)
        return _ENDPOINTS[name].reply.model_validate_json(raw)

    def _ask_biller(self, name: str, request: dict[str, Any]) -> Any:
        now = self.clock.now()
        match name:
            case "BILLER_QUERY":
                return self.at_biller.query(_read(biller_contract.BillQuery, request), now)
            case "BILLER_INQUIRE":
                return self.at_biller.inquire(request["leg_id"])
            case "BILLER_PAY":
                raw = self.at_biller.pay(_read(biller_contract.PayRequest, request), now)
            case "BILLER_TOMBSTONE":
                raw = self.at_biller.lay(_read(biller_contract.TombstoneRequest, request))
            case "BILLER_CANCEL":
                raw = self._undoing.cancel(_read(biller_contract.CancelRequest, request), now)
            case _:
                raw = self._undoing.agree(_read(biller_contract.ConsentRequest, request), now)
        return _ENDPOINTS[name].reply.model_validate_json(raw)
