"""Puts the refunds room together from what a desk has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.approval import RulesInForce
from tellerdesk.bills.consumers import Consumers
from tellerdesk.clock import Clock
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.flow import Row
from tellerdesk.journal.runner import Runner
from tellerdesk.links.link import Link
from tellerdesk.refunds.beginning import Beginning
from tellerdesk.refunds.going_on import GoingOn
from tellerdesk.refunds.next_day import NextDay
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.pay_out import PayingOut
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.refunds.refund_guards import RefundGuards
from tellerdesk.refunds.refund_subject import RefundSubject
from tellerdesk.refunds.refunds import Refunds
from tellerdesk.refunds.room import RefundsRoom
from tellerdesk.refunds.shown import Shown
from tellerdesk.refunds.suspending import Suspending
from tellerdesk.staff.room import StaffRoom
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer


@dataclass(frozen=True, slots=True)
class Built:
    """The room, what the approvals room is told of, and what happened to the money of an entry."""

    room: RefundsRoom
    subject: RefundSubject
    advice: Callable[[Connection, Row], Message]


def refunds_room(
    staff: StaffRoom,
    *,
    store: Store,
    vault: Vault,
    clock: Clock,
    audit: AuditTrail,
    runner: Runner,
    core: Link,
    drawer: Drawer,
    accounts: CustomerAccounts,
    consumers: Consumers,
    billers: Mapping[str, Biller],
    check_biller: Callable[[Connection, str], None],
    rules: Callable[[Connection], RulesInForce],
    book: ApprovalBook,
    flow: RefundFlow,
    originals: Originals,
    persons: Persons,
    names: Mapping[str, Bilingual],
) -> Built:
    """`flow` is registered with the runner already; `rules` and `check_biller` are asked anew for each refund."""
    subject = RefundSubject(
        vault=vault, clock=clock, runner=runner, flow=flow, originals=originals, persons=persons, billers=billers
    )
    guards = RefundGuards(clock, drawer, billers, check_biller)
    shown = Shown(clock=clock, book=book, billers=billers, originals=originals, persons=persons, till_of=guards.till_of)
    refunds = Refunds(store, runner, shown)
    beginning = Beginning(
        store=store,
        runner=runner,
        billers=billers,
        consumers=consumers,
        originals=originals,
        subject=subject,
        rules=rules,
    )
    next_day = NextDay(
        store=store,
        audit=audit,
        runner=runner,
        core=core,
        consumers=consumers,
        billers=billers,
        beginning=beginning,
        guards=guards,
        refunds=refunds,
    )
    paying_out = PayingOut(
        store=store,
        vault=vault,
        audit=audit,
        runner=runner,
        drawer=drawer,
        accounts=accounts,
        persons=persons,
        beginning=beginning,
        guards=guards,
        refunds=refunds,
    )
    going_on = GoingOn(
        store=store,
        audit=audit,
        runner=runner,
        book=book,
        subject=subject,
        accounts=accounts,
        persons=persons,
        guards=guards,
        refunds=refunds,
    )
    suspending = Suspending(store=store, audit=audit, beginning=beginning, guards=guards, refunds=refunds)
    room = RefundsRoom(
        staff,
        refunds=refunds,
        next_day=next_day,
        suspending=suspending,
        paying_out=paying_out,
        going_on=going_on,
        names=names,
    )
    return Built(room, subject, shown.advice)
