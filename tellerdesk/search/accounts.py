"""Payments made from accounts before those could be searched get their blind index: that takes the key, which no
migration has."""

from __future__ import annotations

from sqlalchemy import delete, select

from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.journal import finding
from tellerdesk.search.models import ToIndex
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault

_TO_INDEX = table_of(ToIndex)

AT_ONCE = 500
"""So few that no other writer waits for long."""


class Accounts:
    """Works off what waits. Any number of desks may do so at once."""

    def __init__(self, store: Store, vault: Vault, payments: PaymentSubject) -> None:
        self._store = store
        self._vault = vault
        self._payments = payments

    def index_all(self) -> None:
        """Indexes everything that waits. Raises StoreUnavailable."""
        while self._index_some():
            pass

    def _index_some(self) -> bool:
        waiting = select(PAYMENT.c.serial, PAYMENT.c.account_sealed).join(
            _TO_INDEX, _TO_INDEX.c.serial == PAYMENT.c.serial
        )
        with self._store.read() as session:
            found = session.connection().execute(waiting.limit(AT_ONCE)).all()
        if not found:
            return False
        with self._store.write("search.index") as unit:
            for serial, sealed in found:
                account = self._payments.account(serial, sealed)
                if account is not None:
                    index = finding.account_index(self._vault, account.account_no)
                    finding.keep_account(unit.connection, serial, index)
            unit.connection.execute(delete(_TO_INDEX).where(_TO_INDEX.c.serial.in_([serial for serial, _ in found])))
            unit.commit()
        return True
