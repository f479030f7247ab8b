"""A refund as a thing approval is asked for: what exactly is approved, as the approver reads it, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tellerdesk.approvals.book import Asked
from tellerdesk.approvals.rules import Facts
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ChangeLine
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.approval import ENDS, RulesInForce
from tellerdesk.clock import Clock, branch_time
from tellerdesk.errors import Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Runner
from tellerdesk.journal.states import LegKind
from tellerdesk.money import format_fen
from tellerdesk.refunds import register, states
from tellerdesk.refunds.bookings import Booking
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.refunds.states import FLOW, RefundCause
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_account, mask_name

Row = dict[str, Any]

_OF_ENTRY = (
    *("serial", "request_id", "payload_hash", "flow", "branch_no", "till_no", "teller_no", "counterpart"),
    *("consumer_no", "customer_name", "amount_fen", "method", "core_serial", "counterpart_serial"),
)
_OF_REFUND = (*("payment_serial", "source_serial", "holds", "cause", "reason", "note", "original_no", "agreement_no"),)
_OF_SOURCE = ("serial", "flow", "branch_no", "till_no", "amount_fen", "method", "core_serial", "counterpart_serial")
_OF_PAY_OUT = ("id", "request_id", "payload_hash", "asked_by", "branch_no", "till_no", "method")

_STEP = {
    states.PENDING_SUSPENSE: (states.CORE_SUSPEND,),
    states.AGREED: (states.CORE_CREDIT, states.CORE_RECEIVE),
    states.PENDING_REFUND: (states.CORE_CREDIT, states.CORE_RECEIVE),
    states.DUE: (states.CORE_PAY_OUT,),
    states.PENDING_PAY_OUT: (states.CORE_PAY_OUT,),
}
"""By the state in which approval is asked or waited for: the legs it allows, the second where core refuses the first.
"""

_CAUSE = {
    RefundCause.UNCLAIMED_CASH: "refund.cause.unclaimed_cash",
    RefundCause.STUCK_POSTING: "refund.cause.stuck_posting",
    RefundCause.NEXT_DAY: "refund.cause.next_day",
}

TWO = 2
"""How many persons at least agree to a refund on a later day."""


class RefundSubject:
    """Implements `approvals.book.Subject`. The subject's id is the serial; what is bound names the very step."""

    use_case = UseCase.REFUND

    def __init__(
        self,
        *,
        vault: Vault,
        clock: Clock,
        runner: Runner,
        flow: RefundFlow,
        originals: Originals,
        persons: Persons,
        billers: Mapping[str, Biller],
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._runner = runner
        self._flow = flow
        self._originals = originals
        self._persons = persons
        self._billers = billers

    def asked(self, connection: Connection, rules: RulesInForce, who: SignedOn, serial: str) -> Asked:
        """The request for what a refund waits for next, from what was written in the caller's unit of work."""
        entry, refund = self._kept(connection, serial)
        is_refund = entry["state"] in {states.AGREED, states.PENDING_REFUND}
        paid = register.newest_pay_out(connection, serial) if _is_pay_out(entry) else None
        count = 1
        if rules.needs_count:
            midnight = branch_time(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
            count = max(1, entries.begun_since(connection, FLOW, who.staff_no, midnight))
        verdict = rules.evaluate(
            Facts(
                self.use_case,
                who.role,
                amount_fen=entry["amount_fen"],
                biller=entry["counterpart"],
                method=entry["method"] if paid is None else paid["method"],
                count_today=count,
            )
        )
        return Asked(
            use_case=self.use_case,
            subject=serial,
            payload=self.payload(connection, serial),
            changes=self._lines(connection, entry, refund, paid),
            hits=verdict.hits,
            rules_hash=verdict.rules_hash,
            needed=max(TWO, verdict.needed) if is_refund else verdict.needed,
            by_roles=verdict.by_roles,
            lifetime_s=verdict.lifetime_s,
            reason=refund["note"],
        )

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        """Everything core would be told and why, who asked, and who gets it, from the columns it is kept in; accounts
        and persons blinded. Raises Refused where there is no such refund, TamperFound where what is sealed was
        changed."""
        entry, refund = self._kept(connection, subject)
        legs = _STEP.get(entry["state"], ())
        paid = register.newest_pay_out(connection, subject) if _is_pay_out(entry) else None
        return {name: entry[name] for name in _OF_ENTRY} | {
            "made_at": entry["made_at"].isoformat(),
            "consumer_index": bytes(entry["consumer_index"] or b"").hex(),
            "step": [self._booked(leg, connection, entry, refund) for leg in legs],
            "refund": {name: refund[name] for name in _OF_REFUND},
            "payment": self._source(connection, refund["payment_serial"]),
            "source": self._source(connection, refund["source_serial"]),
            "account": self._blinded(self._originals.account_no(connection, refund["payment_serial"])),
            "pay_out": {} if paid is None else self._paid(paid),
        }

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """A step that will not be taken any more is given up in the very transaction in which that is decided."""
        if state in ENDS:
            self._runner.fire_in(unit, approval["subject"], "given_up", by=by, drives=False)

    def _kept(self, connection: Connection, serial: str) -> tuple[Row, Row]:
        entry, refund = entries.by_serial(connection, serial), register.one(connection, serial)
        if entry is None or refund is None:
            raise Refused("error.refund.no_such_serial", serial=spoken(serial))
        return entry, refund

    def _source(self, connection: Connection, serial: str) -> Row:
        entry = entries.by_serial(connection, serial)
        return {} if entry is None else {name: entry[name] for name in _OF_SOURCE}

    def _booked(self, leg: LegKind, connection: Connection, entry: Row, refund: Row) -> Row:
        booking: Booking = self._flow.booking(leg, connection, entry, refund)
        return {
            "leg": leg.name,
            "kind": booking.kind.value,
            "debit": booking.debit,
            "credit": self._blinded(booking.credit),
            "till_no": booking.till_no,
        }

    def _paid(self, paid: Row) -> Row:
        return {name: paid[name] for name in _OF_PAY_OUT} | {
            "asked_at": paid["asked_at"].isoformat(),
            "payee": self._blinded(self._persons.written(paid)),
            "account": self._blinded(self._persons.account_no(paid)),
        }

    def _lines(self, connection: Connection, entry: Row, refund: Row, paid: Row | None) -> tuple[ChangeLine, ...]:
        """What the approver reads: what is owed to whom and why, and where the money goes; persons masked."""
        name = self._billers[entry["counterpart"]].name.both
        number = entry["consumer_no"]
        account = self._originals.account_no(connection, refund["payment_serial"])
        told = {
            "approval.field.refund_step": _both(_step_word(entry)),
            "approval.field.refund_cause": _both(_CAUSE[RefundCause(refund["cause"])]),
            "approval.field.biller": f"{name.zh_CN} / {name.en}",
            "approval.field.consumer": f"*{entry['consumer_last4']}" if number is None else number,
            "approval.field.customer": mask_name(entry["customer_name"]),
            "approval.field.paid_under": spoken(refund["payment_serial"]),
            "approval.field.refund_reason": _both(f"cancel.reason.{refund['reason'].lower()}")
            if refund["reason"]
            else "",
            "approval.field.agreement": refund["agreement_no"],
            "approval.field.original": refund["original_no"],
            "approval.field.refund_amount": format_fen(entry["amount_fen"]),
        }
        if paid is None and refund["cause"] == RefundCause.NEXT_DAY and account:
            told["approval.field.account_back"] = mask_account(account)
        if paid is not None:
            persons, credited = self._persons.of(paid), self._persons.account_no(paid)
            agent = persons.get("agent")
            told |= {
                "approval.field.payee": mask_name(persons["payee"].name),
                "approval.field.agent": "" if agent is None else mask_name(agent.name),
                "approval.field.pay_out_account": mask_account(credited) if credited else "",
                "approval.field.pay_out_till": "" if credited else paid["till_no"],
            }
        return tuple(ChangeLine(label, "", text) for label, text in told.items() if text)

    def _blinded(self, text: str) -> str:
        return self._vault.blind(text, column="approval_request.payload_hash").hex() if text else ""


def _is_pay_out(entry: Row) -> bool:
    return entry["state"] in {states.DUE, states.PENDING_PAY_OUT}


def _step_word(entry: Row) -> str:
    if _is_pay_out(entry):
        return "refund.step.pay_out"
    return "refund.step.suspend" if entry["state"] == states.PENDING_SUSPENSE else "refund.step.refund"


def _both(message_id: str) -> str:
    return " / ".join(words(language)(message_id) for language in LANGUAGES)
