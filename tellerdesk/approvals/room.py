"""The approvals room's front: what waits, and the decisions of people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog
from sqlalchemy import Connection

from tellerdesk.approvals import guards, register, shown
from tellerdesk.approvals.book import ApprovalBook, Subject
from tellerdesk.approvals.commands import Decide, DecideHere, Withdraw
from tellerdesk.approvals.register import Person, Row
from tellerdesk.approvals.states import ApprovalState, Place, UseCase, Verdict
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, TellerDeskError
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.system import SYSTEM
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.text import typed

log = structlog.get_logger("tellerdesk.approvals")

REASON = 400
"""Characters of a reason, at most."""

OwnTill = Callable[[Connection, str, str, str], bool]
"""(connection, branch_no, till_no, staff_no): whether the cash of this till is in the hands of this staff number."""


def _no_tills(*_: object) -> bool:
    return False


class ApprovalsRoom:
    """Requests of the person's own branch. One decision of one person; maker and checker are different persons.

    Whoever looks finds the requests whose time is over by the database's clock ended. Every call may be repeated: what
    stands already is told once more.
    """

    def __init__(
        self, store: Store, staff: StaffRoom, book: ApprovalBook, clock: Clock, own_till: OwnTill = _no_tills
    ) -> None:
        """`own_till`: nobody decides what a till asks whose cash is in the person's own hands."""
        self.staff = staff
        self._store = store
        self._book = book
        self._clock = clock
        self._own_till = own_till
        self._subjects: dict[UseCase, Subject] = {}

    def _register(self, subject: Subject) -> None:
        self._subjects[subject.use_case] = subject

    @permits(Permission.SEE_APPROVALS)
    def waiting(self, who: SignedOn) -> tuple[ApprovalView, ...]:
        """The open requests of the branch, the oldest first, with the person's own among them."""
        return self._waiting(who)

    @permits(Permission.SEE_APPROVALS)
    def waiting_count(self, who: SignedOn) -> int:
        """How many requests this person may decide now."""
        return sum(view.may_decide for view in self._waiting(who))

    @permits(Permission.SEE_APPROVALS)
    def approval(self, who: SignedOn, approval_id: str) -> ApprovalView:
        """One request as it stands. Raises Refused where there is none, NotAllowed where it is another branch's."""
        self._own_branch(who, approval_id)
        return self._told(who, approval_id)

    @permits(Permission.DECIDE_APPROVAL)
    def decide(self, who: SignedOn, command: Decide) -> ApprovalView:
        """The decision of who is signed on here, proven by a one-time code.

        Raises BadInput (no reason for a no), SignOnRefused (wrong or used code; counts as a try), NotAllowed (own
        work, own till, wrong role), Refused (expired, not what was asked any more), Conflict naming who decided first.
        """
        reason = _reason(command.reason, needed=not command.approve)
        verdict = Verdict.APPROVED if command.approve else Verdict.REJECTED
        self._own_branch(who, command.approval_id)
        with self._store.read() as session:  # before the code is used up
            stands = self._stands(session.connection(), command.approval_id, who.staff_no, verdict)
        if not stands:
            approver = self.staff.prove_code(who, command.code)
            self._decide(who, approver.staff_no, command.approval_id, verdict, Place.OWN_DESK, reason)
        return self._told(who, command.approval_id)

    @permits(Permission.ASK_APPROVAL)
    def decide_here(self, who: SignedOn, command: DecideHere) -> ApprovalView:
        """The decision of somebody else at `who`'s desk, which asked. Raises what `decide` raises, for the approver."""
        reason = _reason(command.reason, needed=not command.approve)
        verdict = Verdict.APPROVED if command.approve else Verdict.REJECTED
        request = self._own_branch(who, command.approval_id)
        if request["maker_no"] != who.staff_no:
            raise NotAllowed("error.approval.not_maker")
        by = command.by
        number = typed(by.staff_no, field="staff_no", most=64).upper()
        if number == request["maker_no"]:
            raise NotAllowed("error.approval.own")  # no try is lost where everybody sees it cannot be
        with self._store.read() as session:  # of the person nothing is told before the proof
            stands = self._stands_here(session.connection(), request, number, verdict)
        if not stands:
            approver = self.staff.prove_approver(number, by.password, by.code, who)
            self._decide(who, approver.staff_no, command.approval_id, verdict, Place.ON_THE_SPOT, reason)
        return self._told(who, command.approval_id)

    @permits(Permission.ASK_APPROVAL)
    def withdraw(self, who: SignedOn, command: Withdraw) -> ApprovalView:
        """The maker takes the request back, approved or not, as long as it is not executed. Raises NotAllowed for
        anybody else, Conflict where it has ended."""
        reason = _reason(command.reason, needed=False)
        request = self._own_branch(who, command.approval_id)
        if request["maker_no"] != who.staff_no:
            raise NotAllowed("error.approval.not_maker")
        with self._store.write("approvals.withdraw") as unit:
            request = self._locked(unit, command.approval_id)
            if request["state"] != ApprovalState.WITHDRAWN.value:
                if self._expired(unit, request) or request["state"] == ApprovalState.EXPIRED.value:
                    raise Conflict("error.approval.expired")
                if not guards.is_open(request):
                    raise self._ended(unit.connection, request)
                subject = self._subjects[UseCase(request["use_case"])]
                self._book.end(unit, subject, request, ApprovalState.WITHDRAWN, who.staff_no, reason)
                unit.commit()
        return self._told(who, command.approval_id)

    @permits(Permission.RECOVER)
    def expire_due(self, who: SignedOn) -> int:  # noqa: ARG002 (who acts is asked above)
        """Ends every request whose time is over by the database's clock, in every branch; gives how many. One that
        cannot be ended does not hold up the others. Raises StoreUnavailable where nothing can be read."""
        with self._store.read() as session:
            due = register.due(session.connection())
        return sum(self._end_due(approval_id) for approval_id in due)

    # -- deciding -------------------------------------------------------------------------------------------------

    def _decide(
        self, who: SignedOn, checker_no: str, approval_id: str, verdict: Verdict, place: Place, reason: str
    ) -> None:
        """One proven person's decision, everything looked at once more under lock."""
        with self._store.write("approvals.decide") as unit:
            connection = unit.connection
            request = self._locked(unit, approval_id)
            person = register.person(connection, checker_no, hold=True)
            decisions = register.decisions(connection, [approval_id])
            if person is None:
                raise NotAllowed("error.approval.not_now")
            if guards.is_repeated(decisions, person.staff_no, verdict):
                return
            if self._expired(unit, request):
                raise Refused("error.approval.expired")
            self._raise_obstacle(connection, request, decisions, person)
            subject = self._subjects[UseCase(request["use_case"])]
            if verdict is Verdict.APPROVED and not self._book.is_as_asked(
                connection, request, subject.payload(connection, request["subject"])
            ):
                self._book.note_refusal(unit, request["subject"], checker_no, "error.approval.not_as_asked")
                unit.commit()
                raise Refused("error.approval.not_as_asked")
            terminal = register.terminal(connection, who.session_id)
            self._book.decide(unit, subject, request, verdict, person, place, terminal, reason)
            unit.commit()

    def _stands(self, connection: Connection, approval_id: str, staff_no: str, verdict: Verdict) -> bool:
        """Whether this decision has been made already; raises what is in its way now."""
        request, person = register.one(connection, approval_id), register.person(connection, staff_no)
        if request is None or person is None:
            raise Refused("error.approval.none")
        decisions = register.decisions(connection, [approval_id])
        if guards.is_repeated(decisions, person.staff_no, verdict):
            return True
        self._raise_obstacle(connection, request, decisions, person)
        return False

    def _stands_here(self, connection: Connection, request: Row, number: str, verdict: Verdict) -> bool:
        """Whether the person with this number has made this decision already; raises where nobody can make one."""
        decisions = register.decisions(connection, [request["approval_id"]])
        if guards.is_repeated(decisions, number, verdict):
            return True
        if request["state"] != ApprovalState.PENDING.value:
            raise self._ended(connection, request)
        return False

    def _raise_obstacle(self, connection: Connection, request: Row, decisions: list[Row], person: Person) -> None:
        """Raises what keeps this person from deciding this request now."""
        if request["state"] != ApprovalState.PENDING.value:
            raise self._ended(connection, request)
        works_at = self._tills(connection, person)
        concerned = _concerned(connection, request)
        if refusal := guards.obstacle(request, decisions, person, partial(works_at, request), concerned):
            raise refusal

    def _tills(self, connection: Connection, person: Person) -> Callable[[Row], bool]:
        """Whether the till that asked is one the person is signed on at, or whose cash is in the person's hands, under
        whichever number."""
        signed_on = register.signed_on_at(connection, person.person_id)
        numbers = register.numbers(connection, person.person_id)

        def works_at(request: Row) -> bool:
            till = request["branch_no"], request["till_no"]
            return till in signed_on or any(self._own_till(connection, *till, number) for number in numbers)

        return works_at

    def _ended(self, connection: Connection, request: Row) -> TellerDeskError:
        """Who was first, for who comes later."""
        decisions = register.decisions(connection, [request["approval_id"]])
        return guards.not_pending(request, decisions, register.names(connection, [request["ended_by"]]))

    def _locked(self, unit: UnitOfWork, approval_id: str) -> Row:
        request = register.locked(unit.connection, approval_id)
        if request is None:
            raise Refused("error.approval.none")
        return request

    # -- time -----------------------------------------------------------------------------------------------------

    def _expired(self, unit: UnitOfWork, request: Row) -> bool:
        """Ends a locked request whose time is over, and commits that. False where it is not over, or it is not open,
        or this desk does not know what it is about."""
        subject = self._subjects.get(UseCase(request["use_case"]))
        over = request["expires_ms"] <= register.now_ms(unit.connection)
        if subject is None or not over or not guards.is_open(request):
            return False
        self._book.end(unit, subject, request, ApprovalState.EXPIRED, SYSTEM.staff_no)
        unit.commit()
        return True

    def _end_due(self, approval_id: str) -> bool:
        """True where it was ended here. Trouble is left to who comes next: nobody who looks is kept from looking."""
        try:
            with self._store.write("approvals.expire") as unit:
                return self._expired(unit, self._locked(unit, approval_id))
        except TellerDeskError as error:
            log.warning("request not ended", approval_id=approval_id, code=error.code, message=error.message_id)
        except Exception:
            log.exception("request not ended", approval_id=approval_id)
        return False

    # -- looking --------------------------------------------------------------------------------------------------

    def _own_branch(self, who: SignedOn, approval_id: str) -> Row:
        """The request as it is now, ended where its time is over. Raises Refused, NotAllowed."""
        with self._store.read() as session:
            request = register.one(session.connection(), approval_id)
            now_ms = register.now_ms(session.connection())
        if request is None:
            raise Refused("error.approval.none")
        if request["branch_no"] != who.branch_no:
            raise NotAllowed("error.approval.other_branch")
        if guards.is_open(request) and request["expires_ms"] <= now_ms and self._end_due(approval_id):
            return self._own_branch(who, approval_id)
        return request

    def _waiting(self, who: SignedOn) -> tuple[ApprovalView, ...]:
        with self._store.read() as session:
            requests = register.in_branch(session.connection(), who.branch_no)
            views = self._views(session.connection(), who, [request for request in requests if not request["over"]])
        for request in requests:
            if request["over"]:
                self._end_due(request["approval_id"])
        return views

    def _told(self, who: SignedOn, approval_id: str) -> ApprovalView:
        with self._store.read() as session:
            request = register.one(session.connection(), approval_id)
            if request is None:
                raise Refused("error.approval.none")
            return self._views(session.connection(), who, [request])[0]

    def _views(self, connection: Connection, who: SignedOn, requests: Sequence[Row]) -> tuple[ApprovalView, ...]:
        if not requests:
            return ()
        decisions = register.decisions(connection, [request["approval_id"] for request in requests])
        names = register.names(connection, [request["maker_no"] for request in requests])
        person = register.person(connection, who.staff_no)
        works_at = self._tills(connection, person) if person is not None else None
        views = []
        for request in requests:
            own = [decision for decision in decisions if decision["approval_id"] == request["approval_id"]]
            why_not = "error.approval.over"
            if request["state"] == ApprovalState.PENDING.value and person is not None and works_at is not None:
                concerned = _concerned(connection, request)
                refusal = guards.obstacle(request, own, person, partial(works_at, request), concerned)
                why_not = "" if refusal is None else refusal.message_id
            views.append(shown.view(request, own, names.get(request["maker_no"], ""), why_not))
        return tuple(views)


def _concerned(connection: Connection, request: Row) -> str:
    """The person whose power a request is about, empty for any other."""
    about = register.person(connection, request["subject"]) if request["use_case"] == UseCase.POWER.value else None
    return "" if about is None else about.person_id


def _reason(text: str, *, needed: bool) -> str:
    """As it is kept. Raises BadInput."""
    reason = typed(text, field="reason", most=REASON)
    if needed and not reason:
        raise BadInput("error.approval.no_reason", field="reason")
    return reason
