"""The rooms of the counter: the till, bills and baskets, refunds, and the papers handed over with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.basket import Baskets
from tellerdesk.bills.basket_papers import BasketPapers
from tellerdesk.bills.basket_room import BasketRoom
from tellerdesk.bills.cancellation import Cancellations
from tellerdesk.bills.cancellation_guards import CancellationGuards
from tellerdesk.bills.cancellation_subject import CancellationSubject
from tellerdesk.bills.duplicates import Duplicates
from tellerdesk.bills.lookup import BillLookup
from tellerdesk.bills.papers import BillPapers, House
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.room import BillsRoom
from tellerdesk.desk.flows import Flows
from tellerdesk.desk.foundation import Foundation
from tellerdesk.desk.office import Office
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.protocols import Renderer
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.flow import Row
from tellerdesk.links.pinpad import HttpPinPad
from tellerdesk.questions.register import is_not_held
from tellerdesk.refunds import register
from tellerdesk.refunds.building import Built, refunds_room
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.refunds.room import RefundsRoom
from tellerdesk.staff.register import name_of
from tellerdesk.till.room import TillRoom


@dataclass(frozen=True, slots=True)
class Counter:
    """Where customers are served."""

    till: TillRoom
    bills: BillsRoom
    baskets: BasketRoom
    refunds: RefundsRoom
    papers: BillPapers
    basket_papers: BasketPapers
    refund_papers: RefundPapers
    payments: Payments
    refund_advice: Callable[[Connection, Row], Message]
    """what to do about the money of a refund's entry"""


def open_counter(ground: Foundation, office: Office, flows: Flows, renderer: Renderer | None) -> Counter:
    """Registers with the approvals room what the counter has approved. Without `renderer` no paper is issued."""
    store, staff, audit, clock = ground.store, office.staff, ground.audit, ground.clock
    accounts = _accounts(ground, flows)
    payments, lookup = _payments(ground, office, flows)
    cancellations = _cancellations(ground, office, flows, payments)
    baskets = Baskets(
        store=store,
        vault=ground.vault,
        clock=clock,
        audit=audit,
        runner=flows.runner,
        drawer=flows.drawer,
        quotes=flows.quotes,
        consumers=flows.consumers,
        billers=ground.catalogue,
        payments=payments,
        identity_from_fen=ground.in_force.identity_from_fen,
    )
    refunds = _refunds(ground, office, flows, accounts)
    house, papers = _printing(ground, office, renderer)
    bill_papers = BillPapers(staff, papers, payments, house, store, is_not_held)
    return Counter(
        till=TillRoom(store, staff, audit, clock, flows.drawer),
        bills=BillsRoom(staff, lookup, accounts, payments, cancellations, ground.names),
        baskets=BasketRoom(staff, baskets, ground.names),
        refunds=refunds.room,
        papers=bill_papers,
        basket_papers=BasketPapers(staff, store, baskets, payments, bill_papers, papers, house, is_not_held),
        refund_papers=RefundPapers(staff, store, papers, house, refunds.room, office.approvals),
        payments=payments,
        refund_advice=refunds.advice,
    )


def _accounts(ground: Foundation, flows: Flows) -> CustomerAccounts:
    pad = ground.settings.pinpad
    pinpad = None if pad is None else HttpPinPad(pad.url, pad.deadline_s)
    return CustomerAccounts(ground.store, ground.core, flows.quotes, pinpad)


def _payments(ground: Foundation, office: Office, flows: Flows) -> tuple[Payments, BillLookup]:
    in_force = ground.in_force
    duplicates = Duplicates(flows.quotes, flows.consumers, ground.clock, in_force.duplicate_days, register.note_of)
    lookup = BillLookup(
        ground.store,
        ground.clock,
        ground.billers,
        ground.links,
        flows.quotes,
        duplicates,
        ground.settings.bank.channel_id,
        in_force.check_biller,
    )
    payments = Payments(
        store=ground.store,
        vault=ground.vault,
        clock=ground.clock,
        audit=ground.audit,
        runner=flows.runner,
        drawer=flows.drawer,
        quotes=flows.quotes,
        consumers=flows.consumers,
        duplicates=duplicates,
        billers=ground.catalogue,
        identity_from_fen=in_force.identity_from_fen,
        check_biller=in_force.check_biller,
        teller_name=name_of,
        book=office.book,
        subject=flows.subject,
        rules=in_force.rules,
        refund_of=register.note_of,
    )
    office.approvals._register(flows.subject)
    return payments, lookup


def _cancellations(ground: Foundation, office: Office, flows: Flows, payments: Payments) -> Cancellations:
    in_force, clock = ground.in_force, ground.clock
    subject = CancellationSubject(ground.vault, clock, flows.runner, flows.subject)
    office.approvals._register(subject)
    return Cancellations(
        store=ground.store,
        clock=clock,
        audit=ground.audit,
        runner=flows.runner,
        core=ground.core,
        consumers=flows.consumers,
        billers=ground.catalogue,
        guards=CancellationGuards(clock, flows.drawer, ground.catalogue, in_force.check_biller, register.note_of),
        book=office.book,
        subject=subject,
        rules=in_force.rules,
        payments=payments,
    )


def _refunds(ground: Foundation, office: Office, flows: Flows, accounts: CustomerAccounts) -> Built:
    built = refunds_room(
        office.staff,
        store=ground.store,
        vault=ground.vault,
        clock=ground.clock,
        audit=ground.audit,
        runner=flows.runner,
        core=ground.core,
        drawer=flows.drawer,
        accounts=accounts,
        consumers=flows.consumers,
        billers=ground.catalogue,
        check_biller=ground.in_force.check_biller,
        rules=ground.in_force.rules,
        book=office.book,
        flow=flows.refund,
        originals=flows.originals,
        persons=flows.persons,
        names=ground.names,
    )
    office.approvals._register(built.subject)
    return built


def _printing(ground: Foundation, office: Office, renderer: Renderer | None) -> tuple[House, Papers]:
    settings = ground.settings
    branch = Bilingual(settings.desk.branch_zh, settings.desk.branch_en)
    papers = Papers(
        ground.store,
        ground.audit,
        office.staff,
        ground.vault,
        ground.key_ring,
        renderer,
        settings.folder / "documents",
        ground.clock,
    )
    return House(settings.bank.name, branch, settings.training), papers
