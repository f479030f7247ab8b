"""A branch of two tills and two tellers, with two billers: one that is able, and a village's, which remembers nothing,
answers nothing and takes nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills.commands import AccountAuthority, LookUp, Method, PayBill
from tellerdesk.bills.states import FLOW
from tellerdesk.bills.views import BillView
from tellerdesk.demo.plan import BILLER, BRANCH_NO, people
from tellerdesk.desk import new_request_id
from tellerdesk.journal.entries import ENTRY
from tellerdesk.questions import states as late
from tellerdesk.sandbox.config import BILLERS, VILLAGE
from tellerdesk.sandbox.people import account_no, consumer_no
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.commands import OpenTill
from tests.stateful.branch import PRICES, Branch, template
from tests.stateful.ledgers import BillerLedger, CoreLedger

VILLAGE_CODE = BILLERS[VILLAGE]
OPENING_FEN = 5_000_000
TILLS = ("07", "08")
SECOND_TELLER = AddStaff("1002", "陈海燕", Role.TELLER, BRANCH_NO, "kapok-1002")
CONSUMERS = {
    BILLER: tuple(consumer_no(index) for index in range(8)),
    VILLAGE_CODE: tuple(consumer_no(index, VILLAGE) for index in range(8)),
}
ACCOUNTS = tuple(account_no(index) for index in range(3))
CLOSED_ACCOUNT = account_no(3)
"""No money can go there any more."""

_PAYMENTS = select(ENTRY).where(ENTRY.c.flow == FLOW).order_by(ENTRY.c.id)

_CASES = select(ENTRY).where(ENTRY.c.flow == late.FLOW)


def whole_template(folder: Path) -> Path:
    """A set-up folder of the branch, to copy from."""
    return template(folder, (BILLER, VILLAGE_CODE), (SECOND_TELLER,))


@dataclass
class WholeBranch(Branch):
    """Two tellers at two tills of one desk program, and three supervisors."""

    village: BillerLedger = field(default_factory=lambda: BillerLedger(dedupe=False))
    tellers: dict[str, SignedOn] = field(init=False, default_factory=dict)
    """by till"""
    _supervisors: dict[int, SignedOn] = field(init=False, default_factory=dict)

    def counterparts(self) -> dict[str, CoreLedger | BillerLedger]:
        return {**super().counterparts(), VILLAGE_CODE: self.village}

    @property
    def billers(self) -> Mapping[str, BillerLedger]:
        return {BILLER: self.biller, VILLAGE_CODE: self.village}

    def sign_on(self) -> SignedOn:
        """Both tellers sign on, and open their tills the first time."""
        for till_no, person in zip(TILLS, (people()[0], SECOND_TELLER), strict=True):
            place = {"branch_no": BRANCH_NO, "till_no": till_no, "terminal": f"T{till_no}"}
            who = self.desk.staff.sign_on(SignOn(person.staff_no, person.password), **place)
            if self.desk.till.position(who) is None:
                self.desk.till.open(who, OpenTill(OPENING_FEN, new_request_id()))
            self.tellers[till_no] = who
        self.desk.recovery.learn_day()
        self.core.closed.add(CLOSED_ACCOUNT)
        self.who = self.tellers[TILLS[0]]
        return self.who

    def supervisor(self, which: int = 0) -> SignedOn:
        """One of the three, who stay signed on."""
        if which not in self._supervisors:
            self._supervisors[which] = super().supervisor(which)
        return self._supervisors[which]

    def approve(self, approval_id: str) -> None:
        """By as many as it takes."""
        for which in range(3):
            found = self.desk.approvals.approval(self.teller, approval_id)
            if found.state is ApprovalState.PENDING:
                self.decide(approval_id, True, which)

    # -- work, in one line each

    def bill(self, who: SignedOn, code: str, consumer: str, month: str) -> BillView:
        """What is owed for one month."""
        self.billers[code].bills[consumer] = {month: PRICES[month]}
        return self.desk.bills.look_up(who, LookUp(code, consumer))

    def pay_order(self, bill: BillView, account: str) -> PayBill:
        """In cash, or from an account with a voucher the customer has signed."""
        cash = PayBill(new_request_id(), bill.quote_id, bill.total_fen, bill.total_fen + 600)
        if not account:
            return cash
        authority = AccountAuthority(account, voucher_no="PZ20261122001")
        return replace(cash, tendered_fen=0, method=Method.ACCOUNT, account=authority)

    def payments(self) -> list[dict[str, Any]]:
        """The entries of all payments, the oldest first."""
        with self.desk.store.read() as session:
            return [dict(row._mapping) for row in session.connection().execute(_PAYMENTS)]

    def cases(self) -> list[dict[str, Any]]:
        """The entries of all late answers."""
        with self.desk.store.read() as session:
            return [dict(row._mapping) for row in session.connection().execute(_CASES)]

    # -- the day

    def night_falls(self) -> None:
        """Core goes to its next day, and it is half past nine in the morning of the next one."""
        self.core.day += timedelta(days=1)
        now = self.clock.now()
        self.let_time_pass((_morning_after(now) - now).total_seconds())


def _morning_after(now: datetime) -> datetime:
    """Half past nine at the branch, a day later."""
    return now.replace(hour=1, minute=30) + timedelta(days=1)
