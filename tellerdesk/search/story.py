"""One entry with everything that happened to it, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, union

from tellerdesk.bills import combined_receipts, shown
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.search.finder import Finder
from tellerdesk.search.matching import LATE
from tellerdesk.search.statements import DECISION, REFUND, REQUEST
from tellerdesk.search.states import STATES
from tellerdesk.search.views import DecisionView, JournalStory, PaperView, Revealed
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_account

_CONSUMER_PLACE = "journal_entry.consumer_no"
_PAID = select(PAYMENT.c.serial, PAYMENT.c.quote_id, PAYMENT.c.account_sealed)


_SINCE = {
    "advice.paid": "advice.stands",
    "advice.paid_later": "advice.stands",
    "advice.paid.account": "advice.stands.account",
    "advice.paid_later.account": "advice.stands.account",
}


class Stories:
    """Tells them."""

    def __init__(
        self,
        finder: Finder,
        vault: Vault,
        quotes: Quotes,
        payments: PaymentSubject,
        advice: Mapping[str, Callable[[str], Message]],
    ) -> None:
        """`advice` gives, for each flow that has one, the sentence about an entry by its serial."""
        self._finder = finder
        self._vault = vault
        self._quotes = quotes
        self._payments = payments
        self._advice = advice

    def advice(self, entry: Mapping[str, Any]) -> Message | None:
        """What happened to the money and what to do now. Reads by itself. Raises StoreUnavailable.

        Whoever looks a paid entry up later is not told again to hand out the change and to print."""
        advising = self._advice.get(entry["flow"])
        advice = None if advising is None else advising(entry["serial"])
        if advice is None or advice.id not in _SINCE:
            return advice
        return Message(_SINCE[advice.id], advice.args)

    def story(self, connection: Connection, entry: Mapping[str, Any], advice: Message | None) -> JournalStory:
        serial = entry["serial"]
        about, about_it = self._related(connection, serial)
        _, account_no = self._paid(connection, serial)
        return JournalStory(
            row=self._finder.row_now(connection, entry),
            advice=advice,
            legs=tuple(shown.leg(row) for row in entries.legs(connection, serial)),
            next_try_at=_next_try(entry),
            decisions=_decisions(connection, serial),
            papers=_papers(connection, serial),
            account_no=mask_account(account_no) if account_no else "",
            about=about,
            entries_about=about_it,
        )

    def revealed(self, connection: Connection, entry: Mapping[str, Any]) -> Revealed:
        """Raises TamperFound where what is sealed was tampered with."""
        about, _ = self._related(connection, entry["serial"])
        bill, account_no = self._paid(connection, about or entry["serial"])
        return Revealed(
            serial=entry["serial"],
            consumer_no=entry["consumer_no"] or self._opened(entry),
            customer_name=entry["customer_name"],
            address="" if bill is None else bill.address,
            account_no=account_no,
        )

    def _opened(self, entry: Mapping[str, Any]) -> str:
        sealed = bytes(entry["consumer_sealed"] or b"")
        return self._vault.open(sealed, column=_CONSUMER_PLACE, row=entry["request_id"])

    def _paid(self, connection: Connection, serial: str) -> tuple[KeptBill | None, str]:
        """The bill a payment paid, and the account it came from."""
        row = connection.execute(_PAID.where(PAYMENT.c.serial == serial)).first()
        if row is None:
            return None, ""
        account = self._payments.account(row.serial, row.account_sealed)
        return self._quotes.get(connection, row.quote_id), "" if account is None else account.account_no

    def _related(self, connection: Connection, serial: str) -> tuple[str, tuple[str, ...]]:
        """The payment an entry is about, and the entries that are about it."""
        about = union(
            select(REFUND.c.payment_serial).where(REFUND.c.serial == serial),
            select(LATE.c.payment_serial).where(LATE.c.serial == serial),
        )
        about_it = union(
            select(REFUND.c.serial).where(REFUND.c.payment_serial == serial),
            select(LATE.c.serial).where(LATE.c.payment_serial == serial),
        )
        found = connection.execute(about).scalars().first()
        return found or "", tuple(sorted(connection.scalars(about_it)))


def _next_try(entry: Mapping[str, Any]) -> datetime | None:
    state = STATES.get(entry["flow"], {}).get(entry["state"])
    if entry["due_ms"] is None or entry["lease_owner"] is not None or (state is not None and state.rests):
        return None
    return datetime.fromtimestamp(entry["due_ms"] / 1000, UTC)


def _decisions(connection: Connection, serial: str) -> tuple[DecisionView, ...]:
    query = (
        select(REQUEST.c.use_case, DECISION.c.verdict, DECISION.c.checker_no, DECISION.c.at)
        .join(DECISION, DECISION.c.approval_id == REQUEST.c.approval_id)
        .where(REQUEST.c.subject == serial)
        .order_by(DECISION.c.id)
    )
    return tuple(DecisionView(*row) for row in connection.execute(query))


def _papers(connection: Connection, serial: str) -> tuple[PaperView, ...]:
    """Those about it alone, and the receipt it shares with others of its basket."""
    shared = combined_receipts.about([serial]).with_only_columns(DOCUMENT.c.number)
    query = select(DOCUMENT.c.number, DOCUMENT.c.kind, DOCUMENT.c.reserved_at).where(
        or_(DOCUMENT.c.serial == serial, DOCUMENT.c.number.in_(shared))
    )
    return tuple(PaperView(*row) for row in connection.execute(query.order_by(DOCUMENT.c.number)))
