"""Refunds as they stand, and carrying one on: what every use case of the room ends with."""

from __future__ import annotations

from typing import Any

from tellerdesk.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch
from tellerdesk.refunds import register
from tellerdesk.refunds.shown import Shown
from tellerdesk.refunds.states import FLOW
from tellerdesk.refunds.views import RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

Row = dict[str, Any]


class Refunds:
    """Reads refunds and drives them."""

    def __init__(self, store: Store, runner: Runner, shown: Shown) -> None:
        self._store = store
        self._runner = runner
        self._shown = shown

    def refund(self, who: SignedOn, serial: str) -> RefundView:
        """A refund of the person's own branch. Raises Refused where there is none, NotAllowed."""
        with self._store.read() as session:
            connection = session.connection()
            entry = own(who, entries.by_serial(connection, serial), serial)
            return self._shown.view(connection, who, entry)

    def due(self, who: SignedOn) -> tuple[RefundView, ...]:
        """The branch's refunds that have not ended, or whose cash nobody has confirmed, the oldest first."""
        with self._store.read() as session:
            connection = session.connection()
            found = register.open_in_branch(connection, who.branch_no)
            return tuple(self._shown.view(connection, who, entry) for entry in found)

    def of_payment(self, who: SignedOn, payment_serial: str) -> tuple[RefundView, ...]:
        """Every refund of a payment of the person's own branch, the oldest first. Raises NotAllowed."""
        with self._store.read() as session:
            connection = session.connection()
            found = register.of_payment(connection, payment_serial)
            return tuple(self._shown.view(connection, who, own(who, entry, entry["serial"])) for entry in found)

    def ask_again(self, who: SignedOn, serial: str) -> RefundView:
        """Asks the counterparts again now, if nobody is doing so at this moment; ends a request whose time is over."""
        with self._store.read() as session:
            own(who, entries.by_serial(session.connection(), serial), serial)
        held = self._runner.claim(serial)
        if held is None:
            return self.refund(who, serial)
        return self.carried(who, held, live=False, watch=None)

    def carried(self, who: SignedOn, held: Held, *, live: bool, watch: Watch | None) -> RefundView:
        """Drives a refund as far as it goes and shows it. Raises StoreUnavailable where what became of it could not be
        kept, or cannot be read: recovery goes on with it."""
        serial = str(held.entry["serial"])
        try:
            if live:
                self._runner.drive(held, by=who.staff_no, live=True, watch=watch)
            else:
                self._runner.resume(held, by=who.staff_no)
        except Conflict:
            pass  # another worker carries it on, or works on its source; the view shows how far it is
        except StoreUnavailable as error:
            raise StoreUnavailable("error.refund.outcome_not_kept", serial=spoken(serial)) from error
        try:
            return self.refund(who, serial)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.refund.outcome_not_kept", serial=spoken(serial)) from error


def own(who: SignedOn, entry: Row | None, serial: str) -> Row:
    """An entry of the refund flow of the person's own branch. Raises Refused, NotAllowed."""
    if entry is None or entry["flow"] != FLOW:
        raise Refused("error.refund.no_such_serial", serial=spoken(serial))
    if entry["branch_no"] != who.branch_no:
        raise NotAllowed("error.refund.other_branch", branch=entry["branch_no"])
    return entry
