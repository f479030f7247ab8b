"""The transaction codes that work today. Nothing that does not work yet is offered.

A task is found by its code, by a fragment of its name in either language, or by the initials of its Chinese name's
pinyin.
"""

from __future__ import annotations

import importlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.staff.states import MAY, Permission, Role

if TYPE_CHECKING:
    from screens.base import DeskScreen


@dataclass(frozen=True, slots=True)
class Transaction:
    """`screen` is "module:class", imported when first opened; or `action` names an action of the app."""

    code: str
    group: str
    name: str
    initials: str
    permission: Permission
    screen: str = ""
    action: str = ""
    needs_till: bool = False

    def make(self) -> DeskScreen:
        """A new screen of this transaction."""
        return made(self.screen)


def made(named: str, **given: object) -> DeskScreen:
    """A new screen named "module:class", imported when first opened."""
    module, _, name = named.partition(":")
    screen: DeskScreen = getattr(importlib.import_module(module), name)(**given)
    return screen


GROUPS = ("group.bills", "group.search", "group.till", "group.staff", "group.desk")

REFUNDS = "screens.refunds:Refunds"

TRANSACTIONS = (
    Transaction(
        "2001", "group.bills", "tx.2001", "djf", Permission.TAKE_PAYMENT, "screens.bill_payment:BillPayment",
        needs_till=True,
    ),
    Transaction(
        "2002", "group.bills", "tx.2002", "jfcx", Permission.CANCEL_PAYMENT,
        "screens.payment_cancellation:PaymentCancellation",
    ),
    Transaction(
        "2003", "group.bills", "tx.2003", "dcjycl", Permission.SEE_QUESTIONS, "screens.open_questions:OpenQuestions"
    ),
    Transaction("2005", "group.bills", "tx.2005", "tkcl", Permission.SEE_REFUNDS, REFUNDS),
    Transaction(
        "3001", "group.search", "tx.3001", "lscx", Permission.SEARCH_JOURNAL, "screens.journal_search:SearchJournal"
    ),
    Transaction(
        "3002", "group.search", "tx.3002", "pzqd", Permission.SEARCH_JOURNAL, "screens.voucher_list:VoucherList"
    ),
    Transaction("5001", "group.till", "tx.5001", "wxkq", Permission.OPEN_TILL, "screens.till_opening:TillOpening"),
    Transaction(
        "7001", "group.staff", "tx.7001", "dsq", Permission.SEE_APPROVALS, "screens.approvals_waiting:ApprovalsWaiting"
    ),
    Transaction("7002", "group.staff", "tx.7002", "gygl", Permission.SEE_STAFF, "screens.staff_list:StaffList"),
    Transaction("7003", "group.staff", "tx.7003", "czrzhc", Permission.SEE_AUDIT, "screens.audit_trail:AuditTrail"),
    Transaction(
        "7004", "group.staff", "tx.7004", "wdgl", Permission.SEE_BRANCH, "screens.branch_today:BranchTodayScreen"
    ),
    Transaction("1002", "group.desk", "tx.1002", "qt", Permission.BE_SIGNED_ON, action="quit"),
    Transaction("1003", "group.desk", "tx.1003", "lsqt", Permission.BE_SIGNED_ON, "screens.settings:DeskSettings"),
)  # fmt: skip


def offered(role: Role) -> tuple[Transaction, ...]:
    """What this role may start; the use cases check again."""
    return tuple(transaction for transaction in TRANSACTIONS if transaction.permission in MAY[role])


def matching(typed: str, among: tuple[Transaction, ...]) -> tuple[Transaction, ...]:
    """The transactions `typed` may mean, the likeliest first: code, initials, then a fragment of either name."""
    wanted = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not wanted:
        return ()
    if exact := [transaction for transaction in among if transaction.code == wanted]:
        return tuple(exact)
    ranked = [(rank, transaction) for transaction in among if (rank := _rank(wanted, transaction)) is not None]
    return tuple(transaction for _, transaction in sorted(ranked, key=lambda pair: (pair[0], pair[1].code)))


def _rank(wanted: str, transaction: Transaction) -> int | None:
    if transaction.code.startswith(wanted):
        return 0
    if transaction.initials.startswith(wanted):
        return 1
    names = [words(language)(transaction.name).casefold() for language in LANGUAGES]
    if any(name.startswith(wanted) for name in names):
        return 2
    if any(wanted in name for name in names) or wanted in transaction.initials:
        return 3
    return None
