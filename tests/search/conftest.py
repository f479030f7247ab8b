"""A search room over a real store with a journal in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from conftest import SetClock
from sqlalchemy import select

from tellerdesk.audit.models import AuditRow
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.quotes import Quotes
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.search.room import SearchRoom
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.search.written import PASSWORD, Journal

AUDIT = table_of(AuditRow)


@dataclass
class House:
    """`1001` is a teller, `3001` a supervisor, `6001` reconciles, `8001` audits: all of branch 0712."""

    journal: Journal
    room: SearchRoom
    people: dict[str, SignedOn] = field(default_factory=dict)

    def sign_on(self, staff_no: str = "1001") -> SignedOn:
        """Once for each person."""
        if staff_no not in self.people:
            place = {"branch_no": "0712", "till_no": staff_no[:2], "terminal": "T01"}
            self.people[staff_no] = self.journal.staff.sign_on(SignOn(staff_no, PASSWORD), **place)
        return self.people[staff_no]

    def audited(self, action: str) -> list[tuple[str, str, str]]:
        """Whose, about what, with which details."""
        query = select(AUDIT.c.person, AUDIT.c.subject, AUDIT.c.details).where(AUDIT.c.action == action)
        with self.journal.store.read() as session:
            return [tuple(row) for row in session.connection().execute(query.order_by(AUDIT.c.id))]


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock) -> House:
    journal = Journal(store, keys, clock)
    room = SearchRoom(
        store=store,
        staff=journal.staff,
        audit=journal.audit,
        clock=clock,
        vault=journal.vault,
        quotes=Quotes(journal.vault),
        payments=PaymentSubject(journal.vault, None),  # type: ignore[arg-type]
        billers={"1101": Bilingual("供电局", "Power")},
        advice={"bill_payment": lambda serial: Message("advice.paid", {"serial": serial})},
    )
    return House(journal, room)
