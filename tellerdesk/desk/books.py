"""The rooms that look into the journal: what is open, the branch's day, the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tellerdesk.bills.states import FLOW as BILLS
from tellerdesk.desk.counter import Counter
from tellerdesk.desk.flows import Flows
from tellerdesk.desk.foundation import Foundation
from tellerdesk.desk.office import Office
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.questions.explaining import Explaining
from tellerdesk.questions.handling import Handling
from tellerdesk.questions.listing import Listing
from tellerdesk.questions.register import open_since
from tellerdesk.questions.room import QuestionsRoom
from tellerdesk.refunds.states import FLOW as REFUNDS
from tellerdesk.search.room import SearchRoom
from tellerdesk.staff.register import name_of
from tellerdesk.today.room import TodayRoom


@dataclass(frozen=True, slots=True)
class Books:
    """Where the day is looked back on."""

    questions: QuestionsRoom
    today: TodayRoom
    search: SearchRoom


def open_books(ground: Foundation, office: Office, flows: Flows, counter: Counter) -> Books:
    """Each flow's own room says what is to be done about its entries."""
    store, staff, audit, clock = ground.store, office.staff, ground.audit, ground.clock
    takes_back = flows.late.takes_back
    listing = Listing(
        store=store,
        clock=clock,
        runner=flows.runner,
        payments=counter.payments,
        takes_back=takes_back,
        advice={REFUNDS: counter.refund_advice},
    )
    handling = Handling(store, audit, flows.runner, takes_back)
    short_names = {code: biller.short_name.both for code, biller in ground.catalogue.items()}
    search = SearchRoom(
        store=store,
        staff=staff,
        audit=audit,
        clock=clock,
        vault=ground.vault,
        quotes=flows.quotes,
        payments=flows.subject,
        billers={code: biller.name.both for code, biller in ground.catalogue.items()},
        advice={
            BILLS: lambda serial: counter.payments.payment(serial).advice,
            REFUNDS: _of_refunds(ground, counter),
        },
    )
    return Books(
        questions=QuestionsRoom(staff, listing, Explaining(store, audit, clock), handling),
        today=TodayRoom(store, staff, clock, short_names, open_since, name_of),
        search=search,
    )


def _of_refunds(ground: Foundation, counter: Counter) -> Callable[[str], Message]:
    def advice(serial: str) -> Message:
        """About the entry as it stands now, which is there."""
        with ground.store.read() as session:
            connection = session.connection()
            return counter.refund_advice(connection, entries.by_serial(connection, serial) or {})

    return advice
