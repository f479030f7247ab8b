"""One receipt for several payments of a basket: which payments are on it, what it says, and when it is void."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, insert, select

from tellerdesk.bills import refund_note
from tellerdesk.bills.models import CombinedReceipt
from tellerdesk.bills.states import SUCCESS
from tellerdesk.bills.views import PaymentView
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.documents.views import BillPaper, DocumentKind, PrintedBill
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.store.base import table_of

COMBINED = table_of(CombinedReceipt)
MOST_ON_ONE = 12
"""Payments on one sheet of paper."""

_OF = select(COMBINED.c.on_serial).where(COMBINED.c.serial == bindparam("of"))
_MEMBERS = select(COMBINED.c.serial).where(COMBINED.c.on_serial == bindparam("on")).order_by(COMBINED.c.serial)
_NUMBER = (
    select(DOCUMENT.c.number)
    .join(COMBINED, COMBINED.c.on_serial == DOCUMENT.c.serial)
    .where(
        COMBINED.c.serial == bindparam("of"),
        DOCUMENT.c.kind == DocumentKind.COMBINED_RECEIPT.value,
        DOCUMENT.c.state == "ISSUED",
    )
)
_TAKEN_BACK = frozenset({Word.CANCELLED, Word.REFUND_DUE, Word.REFUNDED})
_OWN = select(DOCUMENT.c.serial).where(
    DOCUMENT.c.serial.in_(bindparam("serials", expanding=True)),
    DOCUMENT.c.kind == DocumentKind.BILL_RECEIPT.value,
)


def on_number(number: str) -> Select[tuple[str]]:
    """The question for the payments on the combined receipt with this number."""
    return (
        select(COMBINED.c.serial)
        .join(DOCUMENT, DOCUMENT.c.serial == COMBINED.c.on_serial)
        .where(DOCUMENT.c.number == number, DOCUMENT.c.kind == DocumentKind.COMBINED_RECEIPT.value)
    )


def about(serials: Sequence[str]) -> Select[tuple[str, str]]:
    """The question for these payments and the numbers of their combined receipts, begun ones as well."""
    return (
        select(COMBINED.c.serial, DOCUMENT.c.number)
        .join(DOCUMENT, DOCUMENT.c.serial == COMBINED.c.on_serial)
        .where(COMBINED.c.serial.in_(serials), DOCUMENT.c.kind == DocumentKind.COMBINED_RECEIPT.value)
    )


def on_which(connection: Connection, serial: str) -> str:
    """The serial of the combined receipt a payment is on; empty where it is on none."""
    return str(connection.execute(_OF, {"of": serial}).scalar_one_or_none() or "")


def members(connection: Connection, on_serial: str) -> list[str]:
    """The serials of the payments on a combined receipt."""
    return list(connection.execute(_MEMBERS, {"on": on_serial}).scalars())


def number_of(connection: Connection, serial: str) -> str:
    """The number of the combined receipt that was issued for a payment among others; empty where none was."""
    return str(connection.execute(_NUMBER, {"of": serial}).scalar_one_or_none() or "")


def is_void(payments: Sequence[PaymentView]) -> bool:
    """One of its payments was cancelled, or the biller has agreed to refund it: the paper was handed back, and the
    others may have receipts of their own."""
    return any(each.word in _TAKEN_BACK or is_being_refunded(each, agreed=True) for each in payments)


def is_being_refunded(payment: PaymentView, *, agreed: bool = False) -> bool:
    """A payment that stood is refunded, or may be: no receipt of it would be true. With `agreed` only once the biller
    has agreed."""
    asked = payment.state == SUCCESS and payment.refund is not None
    return asked and (not agreed or refund_note.has_undone(payment.refund))


def with_own_receipt(connection: Connection, serials: Sequence[str]) -> set[str]:
    """Those that have a receipt of their own already, and are on no other paper."""
    return set(connection.execute(_OWN, {"serials": list(serials)}).scalars())


def join(connection: Connection, serials: Sequence[str]) -> None:
    """Puts payments on one receipt, under the serial of the first. Raises IntegrityError where one is on one."""
    connection.execute(insert(COMBINED), [{"serial": serial, "on_serial": serials[0]} for serial in serials])


def paper(
    payments: Sequence[PaymentView],
    *,
    bank: Bilingual,
    branch: Bilingual,
    training: bool,
    cash: tuple[int, int] | None,
    number: str,
    verify_code: str,
    printed_at: datetime,
) -> BillPaper:
    """What the receipt says. `cash` is what was tendered for exactly these and what came back; without it each was
    tendered what it cost."""
    first = payments[0]
    amount_fen = sum(each.amount_fen for each in payments)
    by_account = bool(first.account_no)
    tendered_fen, change_fen = (0, 0) if by_account else cash or (amount_fen, 0)
    return BillPaper(
        kind=DocumentKind.COMBINED_RECEIPT,
        number=number,
        bank_zh=bank.zh_CN,
        bank_en=bank.en,
        branch_zh=branch.zh_CN,
        branch_en=branch.en,
        branch_no=first.branch_no,
        till_no=first.till_no,
        teller_no=first.teller_no,
        teller_name=first.teller_name,
        serial=first.serial,
        core_serial="",
        biller_serial="",
        accounting_date=first.accounting_date,
        made_at=first.made_at,
        printed_at=printed_at,
        biller_zh="",
        biller_en="",
        item_zh="",
        item_en="",
        consumer_no="",
        customer_name="",
        address="",
        lines=(),
        late_fee_fen=0,
        fee_fen=0,
        amount_fen=amount_fen,
        tendered_fen=tendered_fen,
        change_fen=change_fen,
        verify_code=verify_code,
        training=training,
        account_no=first.account_no,
        bills=tuple(
            PrintedBill(
                serial=each.serial,
                biller_zh=each.biller_name.zh_CN,
                item_zh=each.item.zh_CN,
                item_en=each.item.en,
                consumer_no=each.consumer_no,
                customer_name=each.customer_name,
                amount_fen=each.amount_fen,
            )
            for each in payments
        ),
    )
