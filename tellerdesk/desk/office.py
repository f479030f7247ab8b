"""The rooms in which it is settled who may do what: people, approvals, what is in force, the audit."""

from __future__ import annotations

from dataclasses import dataclass

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.power import PowerSubject
from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.desk.foundation import Foundation
from tellerdesk.desk.places import seals_file
from tellerdesk.parameters.room import ParametersRoom
from tellerdesk.questions.explaining import check_leaving
from tellerdesk.staff.audit_room import AuditRoom
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.people import People
from tellerdesk.staff.room import StaffRoom
from tellerdesk.till.drawer import has_open_till


@dataclass(frozen=True, slots=True)
class Office:
    """What the other rooms ask before they do anything."""

    book: ApprovalBook
    staff: StaffRoom
    approvals: ApprovalsRoom
    parameters: ParametersRoom
    people: People
    audit: AuditRoom


def open_office(ground: Foundation, passwords: Passwords) -> Office:
    """The approvals room knows powers and parameters; whoever else has something to approve registers it there."""
    store, audit, clock, settings = ground.store, ground.audit, ground.clock, ground.settings
    book = ApprovalBook(audit, clock, ground.key_ring.audit)
    powers = PowerSubject(book, audit, ground.in_force.rules)
    staff = StaffRoom(
        store,
        audit,
        clock,
        passwords,
        ground.vault,
        session_hours=settings.staff.session_hours,
        powers=powers,
        may_leave=check_leaving,
    )
    approvals = ApprovalsRoom(store, staff, book, clock, has_open_till)
    parameters = ParametersRoom(store, staff, audit, clock, book, ground.in_force, ground.drafts)
    approvals._register(parameters.subject)
    approvals._register(powers)
    return Office(
        book=book,
        staff=staff,
        approvals=approvals,
        parameters=parameters,
        people=People(store, staff, settings.bank.name_zh),
        audit=AuditRoom(store, staff, audit, clock, seals_file(settings)),
    )
