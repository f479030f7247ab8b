"""The book of approvals, inside somebody else's unit of work: asking, deciding, executing, ending."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals import guards, register, shown
from tellerdesk.approvals.binding import decision_mac, is_sealed, payload_hash
from tellerdesk.approvals.register import Person, Row
from tellerdesk.approvals.states import OPEN, ApprovalAction, ApprovalState, Place, UseCase, Verdict
from tellerdesk.approvals.views import ChangeLine, RuleHit
from tellerdesk.audit.chain import Sealer
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.errors import Conflict, Refused, TamperFound
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.text import mask_number

_ENDS = {
    ApprovalState.REJECTED: ApprovalAction.REJECTED,
    ApprovalState.WITHDRAWN: ApprovalAction.WITHDRAWN,
    ApprovalState.EXPIRED: ApprovalAction.EXPIRED,
    ApprovalState.EXECUTED: ApprovalAction.EXECUTED,
}

_LONG_NUMBER = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be. `payload` holds JSON values (no floats): everything that will be done, exactly; `changes` the
    same as the approver reads it, masked. `rules_hash` is that of the rules that were evaluated."""

    use_case: UseCase
    subject: str
    payload: Mapping[str, Any]
    changes: tuple[ChangeLine, ...]
    hits: tuple[RuleHit, ...]
    rules_hash: str
    needed: int
    by_roles: frozenset[Role]
    lifetime_s: float
    reason: str = ""


class Subject(Protocol):
    """A kind of thing approval is asked for. The use case registers one with the approvals room.

    The request's row is locked before anything the subject keeps; a use case that executes an approval asks for it
    before it locks rows of its own.
    """

    use_case: UseCase

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        """What would be done now, computed anew from what is kept: compared when it is decided and when it is done."""

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """In the unit of work in which the request came to APPROVED, REJECTED, WITHDRAWN or EXPIRED. What the subject
        does here stands or falls with that."""


class ApprovalBook:
    """Statements on the approvals' tables, with the audit rows that belong to them. Every method works in the caller's
    unit of work and commits nothing."""

    def __init__(self, audit: AuditTrail, clock: Clock, key: bytes) -> None:
        """`key` seals decisions: the audit key."""
        self._audit = audit
        self._clock = clock
        self._key = key
        self._sealer = Sealer(key)

    def ask(self, unit: UnitOfWork, who: SignedOn, asked: Asked) -> str:
        """Writes a request and gives its id. Raises Conflict where one is open for the subject already, ValueError for
        a payload that has no canonical text."""
        connection = unit.connection
        maker = register.person(connection, who.staff_no)
        if maker is None or asked.needed < 1 or not asked.by_roles:
            raise ValueError("nobody asks, or nobody could decide")
        asked_ms = register.now_ms(connection)
        row: Row = {
            "approval_id": f"{asked_ms:012x}{secrets.token_hex(10)}",
            "use_case": asked.use_case.value,
            "subject": asked.subject,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
            "maker_no": who.staff_no,
            "maker_person": maker.person_id,
            "rules": shown.rules_text(asked.hits),
            "rules_hash": asked.rules_hash,
            "needed": asked.needed,
            "by_roles": ",".join(sorted(asked.by_roles)),
            "reason": asked.reason,
            "shown": shown.shown_text(asked.changes),
            "asked_at": self._clock.now(),
            "expires_ms": asked_ms + round(asked.lifetime_s * 1000),
            "state": ApprovalState.PENDING.value,
            "ended_by": "",
        }
        row["payload_hash"] = payload_hash(asked.payload, row)
        if (found := register.newest(connection, asked.use_case, asked.subject)) and guards.is_open(found):
            raise Conflict("error.approval.open")
        try:
            register.insert_request(connection, row)
        except IntegrityError:  # somebody asked between our look and our row
            raise Conflict("error.approval.open") from None
        told = {"rules": ",".join(hit.rule_id for hit in asked.hits), "rules_hash": asked.rules_hash}
        self._tell(unit, who.staff_no, ApprovalAction.ASKED, row, {**told, "shown": row["shown"]})
        return str(row["approval_id"])

    def decide(
        self,
        unit: UnitOfWork,
        subject: Subject,
        request: Row,
        verdict: Verdict,
        by: Person,
        place: Place,
        terminal: str,
        reason: str,
    ) -> None:
        """Writes one person's decision on a locked, pending request. Where it is a no, or the last yes that was
        needed, the request's state changes and its subject is told.

        Raises TamperFound where a decision that stands was not written by the desk. Whether the person may is the
        caller's question; the database refuses the maker and a second decision of one person by itself.
        """
        connection, approval_id = unit.connection, request["approval_id"]
        before = register.decisions(connection, [approval_id])
        self._check_seals(request, before)
        at = self._clock.now()
        decision: Row = {
            "approval_id": approval_id,
            "maker_person": request["maker_person"],
            "checker_no": by.staff_no,
            "checker_person": by.person_id,
            "verdict": verdict.value,
            "place": place.value,
            "terminal": terminal,
            "reason": reason,
            "at": at,
        }
        decision["mac"] = decision_mac(self._key, request["payload_hash"], decision)
        register.insert_decision(connection, decision)
        if verdict is Verdict.REJECTED:
            self._move(unit, subject, request, ApprovalState.REJECTED, by.staff_no)
        elif len(before) + 1 >= request["needed"]:
            self._move(unit, subject, request, ApprovalState.APPROVED, by.staff_no)
        action = ApprovalAction.APPROVED if verdict is Verdict.APPROVED else ApprovalAction.REJECTED
        told: dict[str, str | int] = {"place": place.value, "terminal": terminal}
        if verdict is Verdict.APPROVED:
            told |= {"yes": len(before) + 1, "needed": request["needed"]}
        self._tell(unit, by.staff_no, action, request, told)

    def end(
        self, unit: UnitOfWork, subject: Subject | None, request: Row, state: ApprovalState, by: str, reason: str = ""
    ) -> None:
        """Ends a locked, open request as WITHDRAWN or EXPIRED; tells `subject`, if given. The audit keeps `reason` with
        its long numbers masked. Raises Conflict where it is not open any more."""
        self._move(unit, subject, request, state, by)
        masked = _LONG_NUMBER.sub(lambda found: mask_number(found.group()), reason)
        self._tell(unit, by, _ENDS[state], request, {"reason": masked} if masked else {})

    def execute(self, unit: UnitOfWork, subject: Subject, subject_id: str, by: str) -> str:
        """Uses up the approval of `subject_id` in the unit of work that does what was approved; gives its id.

        Raises Refused where it is not approved (pending, rejected, withdrawn, expired by the database's clock),
        Conflict where it has been executed already, TamperFound("error.approval.changed") where what would be done now,
        or the request or a decision, is not what was approved: the caller's work falls, and `note_refusal` keeps it.
        """
        connection = unit.connection
        request = register.newest(connection, subject.use_case, subject_id, lock=True)
        if request is None:
            raise Refused("error.approval.none")
        approval_id = request["approval_id"]
        decisions = register.decisions(connection, [approval_id])
        if ApprovalState(request["state"]) is not ApprovalState.APPROVED:
            names = register.names(connection, [request["ended_by"]])
            raise guards.not_approved(request, decisions, names)
        if not self.is_as_asked(connection, request, subject.payload(connection, subject_id)):
            raise TamperFound("error.approval.changed")
        self._check_seals(request, decisions)
        agreed = {decision["checker_person"] for decision in decisions} - {request["maker_person"]}
        if len(agreed) < request["needed"] or any(word["verdict"] != Verdict.APPROVED.value for word in decisions):
            raise TamperFound("error.approval.changed")
        at = self._clock.now()
        done = register.move(
            connection, approval_id, {ApprovalState.APPROVED}, ApprovalState.EXECUTED, at, by, in_time=True
        )
        if not done:
            raise Refused("error.approval.expired")
        self._tell(unit, by, ApprovalAction.EXECUTED, request)
        return str(approval_id)

    def expire(self, unit: UnitOfWork, use_case: UseCase, subject_id: str, by: str) -> bool:
        """Ends the open request of a subject whose time is over by the database's clock, with its audit row. True
        where no open request is left for the subject, whoever ended it."""
        request = register.newest(unit.connection, use_case, subject_id, lock=True)
        if request is None or not guards.is_open(request):
            return True
        if request["expires_ms"] > register.now_ms(unit.connection):
            return False
        self.end(unit, None, request, ApprovalState.EXPIRED, by)
        return True

    def note_refusal(self, unit: UnitOfWork, subject_id: str, by: str, reason: str) -> None:
        """Audits an execution that was refused. `reason` is the id of the sentence that was told."""
        approval_id = max(register.about(unit.connection, subject_id), default=subject_id)
        details = {"subject": subject_id, "reason": reason}
        self._audit.write(unit.session, by, ApprovalAction.REFUSED, approval_id, details)

    def newest(self, connection: Connection, use_case: UseCase, subject_id: str) -> Row | None:
        """The subject's newest request, open or not."""
        return register.newest(connection, use_case, subject_id)

    def is_as_asked(self, connection: Connection, request: Row, payload: Mapping[str, Any]) -> bool:
        """Whether an open request, and `payload`, are what was asked for: by the request's own hash, and by the audit,
        which tells the same hash and of no end. So nobody who can write to the tables, but has no key, can ask for
        something else under a new hash, or have an ended request once more."""
        if payload_hash(payload, request) != request["payload_hash"] or request["ended_at"] or request["ended_by"]:
            return False
        audited = register.audited(connection, request["approval_id"])
        if not all(self._sealer.fits(row, mac) for row, mac in audited):
            return False
        asked = [json.loads(row.details)["hash"] for row, _ in audited if row.action == ApprovalAction.ASKED.value]
        return asked == [request["payload_hash"]] and not any(row.action in _ENDS.values() for row, _ in audited)

    def _move(self, unit: UnitOfWork, subject: Subject | None, request: Row, state: ApprovalState, by: str) -> None:
        """From open to `state`, the subject told; `request` tells the new state afterwards."""
        ended_at, ended_by = (None, "") if state in OPEN else (self._clock.now(), by)
        before = {ApprovalState(request["state"])} & OPEN
        if not register.move(unit.connection, request["approval_id"], before, state, ended_at, ended_by):
            raise Conflict("error.approval.over")
        request |= {"state": state.value, "ended_at": ended_at, "ended_by": ended_by}
        if subject is not None:
            subject.decided(unit, request, state, by)

    def _check_seals(self, request: Row, decisions: list[Row]) -> None:
        if not all(is_sealed(self._key, request["payload_hash"], decision) for decision in decisions):
            raise TamperFound("error.approval.changed")

    def _tell(
        self,
        unit: UnitOfWork,
        person: str,
        action: ApprovalAction,
        request: Row,
        more: Mapping[str, str | int] = {},
    ) -> None:
        details = {name: request[name] for name in ("use_case", "subject")}
        self._audit.write(
            unit.session,
            person,
            ApprovalAction(action),
            request["approval_id"],
            {**details, "hash": request["payload_hash"], **more},
        )
