"""An in-memory desk for tests of the screens alone: every call is written down, and answers can be held back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tellerdesk.bills.commands import (
    AskAccount,
    AskAgain,
    AskCancellation,
    Cancel,
    ConfirmCashReturned,
    FindPayment,
    GoOn,
    LookUp,
    PayBill,
    ReadPin,
)
from tellerdesk.bills.views import (
    AccountView,
    Asking,
    BillerView,
    BillView,
    Cancellable,
    PaymentView,
)
from tellerdesk.config import Front, SamplePerson
from tellerdesk.documents.views import DocumentKind, DocumentView
from tellerdesk.errors import SignOnRefused
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.lights import Light, LightState
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.commands import OpenTill
from tellerdesk.till.views import TillView
from tests.screens.approval_room import ApprovalRoom
from tests.screens.samples import (
    CARD_NO,
    HEAT,
    NOW,
    PIN_BLOCK,
    POWER,
    WATER,
    bill,
    cancellable,
    cancelling,
    payment,
)
from tests.screens.stand_in_baskets import Baskets
from tests.screens.stand_in_questions import QuestionRoom
from tests.screens.stand_in_refunds import StandInRefunds, StandInSlips
from tests.screens.stand_in_today import Today

PASSWORD = "training-1001"


class HandClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.instant = NOW
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


def front(**changes: Any) -> Front:
    given: dict[str, Any] = {
        "folder": Path("/nowhere"),
        "language": "zh_CN",
        "bank": Bilingual("示例银行", "Sample Bank"),
        "branch": Bilingual("深圳南山支行", "Nanshan Branch"),
        "branch_no": "0712",
        "till_no": "07",
        "training": True,
        "idle_lock_s": 240.0,
        "sample_staff": (
            SamplePerson("1001", "李晓燕", "TELLER", PASSWORD),
            SamplePerson("1002", "陈志强", "TELLER", "training-1002"),
            SamplePerson("3001", "王建国", "SUPERVISOR", "training-3001"),
            SamplePerson("3002", "赵敏", "SUPERVISOR", "training-3002"),
            SamplePerson("3003", "孙立群", "SUPERVISOR", "training-3003"),
            SamplePerson("5001", "周海涛", "RECONCILIATION", "training-5001"),
            SamplePerson("8001", "吴静", "AUDITOR", "training-8001"),
            SamplePerson("9001", "郑伟", "ADMINISTRATOR", "training-9001"),
        ),
    }
    return Front(**(given | changes))


class StandIn:
    """Answers at once unless told to hold; `calls` has (name, argument) in the order they came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.today = Today()
        self.billers_known: tuple[BillerView, ...] = (POWER, WATER, HEAT)
        self.bill_given: BillView | Exception = bill()
        self.account_given: AccountView | Exception = AccountView(CARD_NO, "622202******2344", "*晓燕", "CARD")
        self.pin_given: str | Exception = PIN_BLOCK
        self.outcome: PaymentView | Exception = payment()
        self.asked_again: PaymentView | Exception = payment()
        self.paper: DocumentView | Exception | None = None
        self.recents: tuple[PaymentView, ...] = ()
        self.till_view: TillView | None = TillView(1, "0712", "07", "1001", NOW, 500_000, 0, 0)
        self.refuse_sign_on: Exception | None = None
        self.refuse_sign_off: Exception | None = None
        self.role = Role.TELLER
        self.failures_before = 0
        self.name = "李晓燕"
        self.lights_seen = (
            Light("core", Bilingual("核心", "Core"), LightState.UP),
            Light("1101", Bilingual("电力", "Power"), LightState.UP),
            Light("1201", Bilingual("水务", "Water"), LightState.SLOW),
            Light("1301", Bilingual("供热", "Heating"), LightState.UNKNOWN),
        )
        self.day: date | None = date(2026, 11, 22)
        self.pay_asks: tuple[Asking, ...] = (
            Asking("CORE_SENDING", Bilingual("核心", "Core"), 5.0),
            Asking("BILLER_SENDING", POWER.name, 10.0),
        )
        self.cancel_asks: tuple[Asking, ...] = (
            Asking("CANCEL_BILLER_SENDING", POWER.name, 10.0),
            Asking("CANCEL_CORE_SENDING", Bilingual("核心", "Core"), 5.0),
        )
        self.gates: dict[str, threading.Event] = {}
        self.entered: dict[str, threading.Event] = {}
        self.closed = False
        self.approvals = ApprovalRoom(self._call)
        self.refunds = StandInRefunds(self._call)
        self.refund_papers = StandInSlips(self._call)
        self.questions = QuestionRoom(self._call)
        self.must_change = False
        self.refuse_lock: Exception | None = None
        self.codes = {"3001": "492039", "3002": "118260"}
        self.gone_on: PaymentView | Exception = payment()
        self.cancellable: tuple[Cancellable, ...] | Exception = (cancellable(),)
        self.cancel_asked: PaymentView | Exception = cancelling()
        self.cancelled: PaymentView | Exception = payment(Word.CANCELLED)
        self.baskets = Baskets(self)
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="flow")
        self._running = 0
        self._lock = threading.Lock()
        self._done_by_request: dict[str, PaymentView] = {}
        self._taken_back: set[str] = set()

    # -- for tests

    def hold(self, name: str) -> threading.Event:
        """The next calls of `name` wait until the returned event is set."""
        self.gates[name] = threading.Event()
        self.entered[name] = threading.Event()
        return self.gates[name]

    def count(self, name: str) -> int:
        return sum(1 for called, _ in self.calls if called == name)

    def arguments(self, name: str) -> list[Any]:
        return [argument for called, argument in self.calls if called == name]

    def _call(self, name: str, argument: Any = None) -> None:
        self.calls.append((name, argument))
        if name in self.gates:
            self.entered[name].set()
            self.gates[name].wait(30)

    # -- the desk

    @property
    def till(self) -> StandIn:
        return self

    @property
    def bills(self) -> StandIn:
        return self

    @property
    def basket_papers(self) -> Baskets:
        return self.baskets

    @property
    def papers(self) -> StandIn:
        return self

    def sign_on(self, command: SignOn) -> SignedOn:
        self._call("sign_on", command)
        if self.refuse_sign_on is not None:
            raise self.refuse_sign_on
        if not command.password.startswith("training"):
            raise SignOnRefused("error.sign_on.refused")
        return SignedOn("S1", command.staff_no, self.name, self.role, "0712", "07", NOW, NOW - timedelta(hours=17),
                        self.failures_before, self.must_change)  # fmt: skip

    def sign_off(self, who: SignedOn) -> None:
        self._call("sign_off", who)
        if self.refuse_sign_off is not None:
            raise self.refuse_sign_off

    def confirm(self, who: SignedOn, password: str) -> None:
        self._call("confirm")
        if password != PASSWORD:
            raise SignOnRefused("error.sign_on.refused")

    def lock(self, who: SignedOn) -> None:
        self._call("lock", who)
        if self.refuse_lock is not None:
            raise self.refuse_lock

    def training_code(self, staff_no: str) -> str:
        self._call("training_code", staff_no)
        return self.codes.get(staff_no, "")

    def position(self, who: SignedOn) -> TillView | None:
        self._call("position")
        return self.till_view

    def open(self, who: SignedOn, command: OpenTill) -> TillView:
        self._call("open", command)
        self.till_view = TillView(1, "0712", "07", "1001", NOW, command.amount_fen, 0, 0)
        return self.till_view

    def billers(self, who: SignedOn) -> tuple[BillerView, ...]:
        self._call("billers")
        return self.billers_known

    def look_up(self, who: SignedOn, command: LookUp) -> BillView:
        self._call("look_up", command)
        if isinstance(self.bill_given, Exception):
            raise self.bill_given
        return self.bill_given

    def account(self, who: SignedOn, command: AskAccount) -> AccountView:
        self._call("account", command)
        if isinstance(self.account_given, Exception):
            raise self.account_given
        return self.account_given

    def read_pin(self, who: SignedOn, command: ReadPin) -> str:
        self._call("read_pin", command)
        if isinstance(self.pin_given, Exception):
            raise self.pin_given
        return self.pin_given

    def pay(self, who: SignedOn, command: PayBill, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        for asking in self.pay_asks:
            if watch is not None:
                watch(asking)
        self._call("pay", command)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        changes: dict[str, Any] = {"amount_fen": command.amount_fen, "method": command.method}
        if command.account is None:
            changes |= {"tendered_fen": command.tendered_fen, "change_fen": command.tendered_fen - command.amount_fen}
        else:
            changes |= {"tendered_fen": 0, "change_fen": 0, "account_no": "622202******2344"}
        made = self._done_by_request.setdefault(command.request_id, replace(self.outcome, **changes))
        self.recents = (made, *self.recents)
        return made

    def go_on(self, who: SignedOn, command: GoOn, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        for asking in self.pay_asks:
            if watch is not None:
                watch(asking)
        self._call("go_on", command)
        if isinstance(self.gone_on, Exception):
            raise self.gone_on
        self.recents = (self.gone_on, *(each for each in self.recents if each.serial != command.serial))
        return self.gone_on

    def find_cancellable(self, who: SignedOn, command: FindPayment) -> tuple[Cancellable, ...]:
        self._call("find_cancellable", command)
        if isinstance(self.cancellable, Exception):
            raise self.cancellable
        return self.cancellable

    def ask_cancellation(self, who: SignedOn, command: AskCancellation) -> PaymentView:
        self._call("ask_cancellation", command)
        if isinstance(self.cancel_asked, Exception):
            raise self.cancel_asked
        self._known(self.cancel_asked)
        return self.cancel_asked

    def cancel(self, who: SignedOn, command: Cancel, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        for asking in self.cancel_asks:
            if watch is not None:
                watch(asking)
        self._call("cancel", command)
        if isinstance(self.cancelled, Exception):
            raise self.cancelled
        self._taken_back.add(command.serial)
        self._known(self.cancelled)
        return self.cancelled

    def _known(self, view: PaymentView) -> None:
        self.recents = (view, *(each for each in self.recents if each.serial != view.serial))

    def payment(self, who: SignedOn, serial: str) -> PaymentView:
        self._call("payment", serial)
        return next(each for each in (*self.recents, payment()) if each.serial == serial)

    def recent(self, who: SignedOn, limit: int) -> tuple[PaymentView, ...]:
        self._call("recent", limit)
        return self.recents[:limit]

    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned) -> PaymentView:
        self._call("confirm_cash_returned", command)
        if isinstance(self.cancelled, PaymentView) and self.cancelled.serial == command.serial in self._taken_back:
            self.cancelled = replace(self.cancelled, cash_return=CashReturn.RETURNED)
            self._known(self.cancelled)
            return self.cancelled
        assert isinstance(self.outcome, PaymentView)
        advice = Message("advice.cash_returned", self.outcome.advice.args)
        self.outcome = replace(self.outcome, cash_return=CashReturn.RETURNED, advice=advice)
        return self.outcome

    def ask_again(self, who: SignedOn, command: AskAgain) -> PaymentView:
        self._call("ask_again", command)
        if isinstance(self.asked_again, Exception):
            raise self.asked_again
        return self.asked_again

    def issue(self, who: SignedOn, serial: str) -> DocumentView:
        self._call("issue", serial)
        if isinstance(self.paper, Exception):
            raise self.paper
        processing = isinstance(self.outcome, PaymentView) and self.outcome.word is Word.PROCESSING
        kind = DocumentKind.PROCESSING_SLIP if processing else DocumentKind.BILL_RECEIPT
        if serial in self._taken_back:
            kind = DocumentKind.CANCELLATION_SLIP
        return self.paper or DocumentView("R071207000212", kind, serial, Path("/out/R071207000212.pdf"), "0" * 64, NOW)

    def lights(self) -> tuple[Light, ...]:
        return self.lights_seen

    def accounting_date(self) -> date | None:
        return self.day

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        with self._lock:
            self._running += 1
        future = self._pool.submit(call)
        future.add_done_callback(self._landed)
        return future

    def _landed(self, _future: Future[Any]) -> None:
        with self._lock:
            self._running -= 1

    def in_flight(self) -> int:
        return self._running

    def drain(self, timeout_s: float) -> bool:
        self._call("drain", timeout_s)
        step = threading.Event()
        for _ in range(int(timeout_s * 50)):
            if not self._running:
                return True
            step.wait(0.02)
        return not self._running

    def close(self) -> None:
        self.closed = True
        for gate in self.gates.values():
            gate.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
