"""Who may decide what, and what to tell who may not: pure rules over rows, no statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tellerdesk.approvals.register import Person, Row
from tellerdesk.approvals.states import OPEN, ApprovalState, Verdict
from tellerdesk.clock import branch_time
from tellerdesk.errors import Conflict, NotAllowed, Refused, TellerDeskError
from tellerdesk.staff.states import MAY, Permission, Role, StaffState


def is_open(request: Row) -> bool:
    return ApprovalState(request["state"]) in OPEN


def roles(request: Row) -> frozenset[Role]:
    """Who may decide it."""
    return frozenset(Role(word) for word in request["by_roles"].split(","))


def obstacle(
    request: Row, decisions: Sequence[Row], person: Person, at_own_till: Callable[[], bool], concerned: str = ""
) -> NotAllowed | Conflict | None:
    """Why this person may not decide this request, whatever its state; None where nothing is in the way. Its sentence
    takes no arguments. `at_own_till` is asked last: whether the till that asked is one the person works at.
    `concerned` is the person whose power it is about, who may not decide it under another number either."""
    if person.person_id == request["maker_person"]:
        return NotAllowed("error.approval.own")
    if person.branch_no != request["branch_no"]:
        return NotAllowed("error.approval.other_branch")
    if person.state is not StaffState.ACTIVE or person.must_change:
        return NotAllowed("error.approval.not_now")
    if person.role not in roles(request) or Permission.DECIDE_APPROVAL not in MAY[person.role]:
        return NotAllowed("error.approval.role")
    if person.person_id == concerned:
        return NotAllowed("error.approval.own_power")
    if not person.may_decide:
        return NotAllowed("error.approver.not_confirmed")
    if any(decision["checker_person"] == person.person_id for decision in decisions):
        return Conflict("error.approval.yours_stands")
    if at_own_till():
        return NotAllowed("error.approval.own_till")
    return None


def is_repeated(decisions: Sequence[Row], staff_no: str, verdict: Verdict) -> bool:
    """Whether this very decision stands already, under this number."""
    return any((decision["checker_no"], decision["verdict"]) == (staff_no, verdict.value) for decision in decisions)


def not_pending(request: Row, decisions: Sequence[Row], names: dict[str, str]) -> TellerDeskError:
    """What to tell who comes to decide or withdraw a request and is not the first: by whom it was decided, and when."""
    state = ApprovalState(request["state"])
    if state is ApprovalState.EXPIRED:
        return Refused("error.approval.expired")
    if state is ApprovalState.WITHDRAWN:
        return Conflict("error.approval.was_withdrawn", **_ended(request, names))
    if not decisions:
        return Conflict("error.approval.over")
    rejected = state is ApprovalState.REJECTED
    return Conflict(
        "error.approval.was_rejected" if rejected else "error.approval.was_approved", **_decided(decisions[-1])
    )


def not_approved(request: Row, decisions: Sequence[Row], names: dict[str, str]) -> TellerDeskError:
    """What to tell who comes to do what was asked for, and may not."""
    match ApprovalState(request["state"]):
        case ApprovalState.EXECUTED:
            return Conflict("error.approval.was_executed", **_ended(request, names))
        case ApprovalState.PENDING:
            return Refused("error.approval.pending")
        case ApprovalState.REJECTED if decisions:
            return Refused("error.approval.was_rejected", **_decided(decisions[-1]))
        case ApprovalState.WITHDRAWN:
            return Refused("error.approval.was_withdrawn", **_ended(request, names))
        case ApprovalState.EXPIRED:
            return Refused("error.approval.expired")
        case _:
            return Refused("error.approval.over")


def _decided(decision: Row) -> dict[str, str | int]:
    at = branch_time(decision["at"]).strftime("%Y-%m-%d %H:%M:%S")
    return {"name": decision["checker_name"], "staff_no": decision["checker_no"], "at": at}


def _ended(request: Row, names: dict[str, str]) -> dict[str, str | int]:
    number = request["ended_by"]
    at = branch_time(request["ended_at"]).strftime("%Y-%m-%d %H:%M:%S") if request["ended_at"] else ""
    return {"name": names.get(number, ""), "staff_no": number, "at": at}
