"""Carrying out what was approved, by who asked for it: everything is looked at once more, and it happens once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.states import UseCase
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.approved import begun, looked_up
from tellerdesk.bills.cancellation_guards import raise_first
from tellerdesk.errors import NotAllowed, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch
from tellerdesk.refunds import register, states
from tellerdesk.refunds.commands import GoOnWith
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_guards import RefundGuards
from tellerdesk.refunds.refund_subject import RefundSubject
from tellerdesk.refunds.refunds import Refunds, own
from tellerdesk.refunds.shown import is_asker
from tellerdesk.refunds.views import RefundView
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

Row = dict[str, Any]


class GoingOn:
    """From an approval to core's intent, in one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        audit: AuditTrail,
        runner: Runner,
        book: ApprovalBook,
        subject: RefundSubject,
        accounts: CustomerAccounts,
        persons: Persons,
        guards: RefundGuards,
        refunds: Refunds,
    ) -> None:
        self._store = store
        self._audit = audit
        self._runner = runner
        self._book = book
        self._subject = subject
        self._accounts = accounts
        self._persons = persons
        self._guards = guards
        self._refunds = refunds

    def carry_out(self, who: SignedOn, command: GoOnWith, watch: Watch | None = None) -> RefundView:
        """As far as it goes while the teller waits. Pressed again, it gives the refund as it stands; so it does where
        the request has ended otherwise.

        Raises NotAllowed (not the one who asked, or at another till), Refused (not approved, or what was looked at
        then does not hold any more), CounterpartUnavailable, Conflict (recovery has it in its hands), TamperFound (not
        what was approved; audited) before anything was sent; StoreUnavailable.
        """
        try:
            held = self._begin(who, command.serial)
        except Refused:
            over = self._runner.claim(command.serial)
            if over is None:
                raise
            return self._refunds.carried(who, over, live=False, watch=None)
        except StoreUnavailable as error:
            return looked_up(
                error,
                lambda: self._refunds.refund(who, command.serial),
                command.serial,
                unsure="error.refund.unsure",
                not_begun="error.refund.not_gone_on",
            )
        if held is None:
            return self._refunds.refund(who, command.serial)
        return self._refunds.carried(who, held, live=True, watch=watch)

    def _begin(self, who: SignedOn, serial: str) -> Held | None:
        """The refund under lease, to be driven; None where it does not wait for an approval any more."""
        return begun(
            self._store,
            self._book,
            who,
            serial,
            begin=lambda: self._begun(who, serial),
            still_waits=lambda: self._still_waits(who, serial),
            refusal="refund.refusal",
        )

    def _begun(self, who: SignedOn, serial: str) -> Held | None:
        before = self._waiting(who, serial)
        if before is None:
            return None
        self._check_account(before)
        with self._store.write("refund.approved") as unit:
            connection = unit.connection
            # The request is locked before the entry, as decisions have it.
            self._book.execute(unit, self._subject, serial, who.staff_no)
            approval = self._book.newest(connection, UseCase.REFUND, serial)
            if approval is not None and not is_asker(who, approval):
                asker, till = approval["maker_no"], approval["till_no"]
                raise NotAllowed("error.refund.not_the_asker", teller=asker, till=till)
            entry = own(who, entries.by_serial(connection, serial), serial)
            if entry["state"] != before["state"]:
                return None
            raise_first(self._obstacles(connection, who, entry))
            held = self._runner.fire_in(unit, serial, "approved", by=who.staff_no)
            told = {"from": entry["state"], "amount_fen": entry["amount_fen"]}
            self._audit.write(unit.session, who.staff_no, "refund.went_on", serial, told)
            unit.commit()
        return held

    def _obstacles(self, connection: Connection, who: SignedOn, entry: Row) -> Iterator[Refused]:
        """What stands in the way now. Once the biller has agreed nothing does: it goes forward only."""
        if entry["state"] == states.PENDING_SUSPENSE:
            source = entries.by_serial(connection, register.of(connection, entry["serial"])["source_serial"])
            if source is not None:
                yield from self._guards.suspending(connection, who, source, held=True)
        elif entry["state"] == states.PENDING_PAY_OUT:
            paid = register.newest_pay_out(connection, entry["serial"])
            if paid is not None:
                yield from self._guards.paying_out(connection, who, entry, paid["method"])

    def _check_account(self, entry: Row) -> None:
        """Core is asked once more about the account money is about to be credited to."""
        if entry["state"] != states.PENDING_PAY_OUT:
            return
        with self._store.read() as session:
            paid = register.newest_pay_out(session.connection(), entry["serial"])
        account_no = "" if paid is None else self._persons.account_no(paid)
        if paid is not None and account_no:
            self._accounts.can_be_credited(account_no, self._persons.of(paid)["payee"].name)

    def _waiting(self, who: SignedOn, serial: str) -> Row | None:
        """The refund, where it waits for an approval. Raises Refused where there is none, NotAllowed."""
        with self._store.read() as session:
            entry = own(who, entries.by_serial(session.connection(), serial), serial)
        return entry if entry["state"] in states.AWAITING_APPROVAL else None

    def _still_waits(self, who: SignedOn, serial: str) -> bool:
        return self._waiting(who, serial) is not None
