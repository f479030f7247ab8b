"""Every room of a desk by its class."""

from __future__ import annotations

from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.bills.basket_papers import BasketPapers
from tellerdesk.bills.basket_room import BasketRoom
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.room import BillsRoom
from tellerdesk.documents.papers import Papers
from tellerdesk.parameters.room import ParametersRoom
from tellerdesk.questions.room import QuestionsRoom
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.refunds.room import RefundsRoom
from tellerdesk.search.room import SearchRoom
from tellerdesk.staff.audit_room import AuditRoom
from tellerdesk.staff.people import People
from tellerdesk.staff.room import StaffRoom
from tellerdesk.till.room import TillRoom
from tellerdesk.today.room import TodayRoom

ROOMS: tuple[type, ...] = (
    BillsRoom, BasketRoom, BillPapers, BasketPapers, RefundsRoom, RefundPapers, QuestionsRoom, SearchRoom, TodayRoom,
    Papers, TillRoom, ApprovalsRoom, ParametersRoom, StaffRoom, People, AuditRoom,
)  # fmt: skip
"""Every class whose public methods are use cases, each of which declares its permission."""
