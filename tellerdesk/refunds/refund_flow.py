"""What the refund table's names mean: messages to core and biller, effects, guards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection, delete
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.states import UseCase
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import states as bill_states
from tellerdesk.bills import suspending
from tellerdesk.bills.commands import Method
from tellerdesk.bills.payment_flow import CLAIM, CORE
from tellerdesk.bills.waiting import Waiting
from tellerdesk.errors import BadSetup, Conflict, LeaseLost
from tellerdesk.journal import entries, finding
from tellerdesk.journal.days import NotedDays
from tellerdesk.journal.flow import Effect, Guard, Row, Work
from tellerdesk.journal.states import CashReturn, LegKind, ReconStatus, State, Transition
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.refunds import bookings, register
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.states import (
    BILLER_CONSENT,
    CORE_CREDIT,
    CORE_PAY_OUT,
    CORE_SUSPEND,
    FLOW,
    LEGS,
    STATES,
    TABLE,
    RefundCause,
)
from tellerdesk.refunds.views import PayOutOutcome
from tellerdesk.serials import leg_id
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.till.drawer import Drawer

_OPEN_TRIES = (PayOutOutcome.ASKED.value, PayOutOutcome.UNDER_WAY.value)


_OF_CONSENT = {
    AnswerKind.ACCEPTED: "agreed",
    AnswerKind.REJECTED: "refused",
    AnswerKind.UNSENT: "unsent",
    AnswerKind.UNKNOWN: "unknown",
}
_OF_BOOKING = {
    AnswerKind.ACCEPTED: "booked",
    AnswerKind.REJECTED: "rejected",
    AnswerKind.UNSENT: "no_answer",
    AnswerKind.UNKNOWN: "no_answer",
}


class Fire(Protocol):
    """The runner's `fire_in`: an event of another entry, in the same unit of work."""

    def __call__(self, unit: UnitOfWork, serial: str, event: str, *, by: str, drives: bool = True) -> object: ...


class RefundFlow:
    """Refunds of every cause. Implements `journal.flow.Flow`."""

    name = FLOW
    states: Mapping[str, State] = STATES
    table: tuple[Transition, ...] = TABLE
    legs: Mapping[str, LegKind] = LEGS

    def __init__(
        self,
        *,
        core: Link,
        links: Mapping[str, Link],
        billers: Mapping[str, Biller],
        originals: Originals,
        persons: Persons,
        drawer: Drawer,
        channel_id: str,
        book: ApprovalBook,
        fire: Fire,
    ) -> None:
        self._core = core
        self._links = links
        self._billers = billers
        self._originals = originals
        self._persons = persons
        self._drawer = drawer
        self._channel_id = channel_id
        self._fire = fire
        self._days = NotedDays()
        waiting = Waiting(book, UseCase.REFUND, "approval")
        used_up = waiting.guards["approval_used_up"]
        self.effects: Mapping[str, Effect] = {
            **waiting.effects,
            "hold_source": self._hold_source,
            "source_as_before": lambda work: self._tell_source(work, "cash_stays", "not_suspended"),
            "source_suspended": lambda work: self._tell_source(work, "cash_suspended", "suspended"),
            "refund_ended": lambda work: self._change(work, holds=None),
            "keep_booking": self._keep_booking,
            "now_due": lambda work: self._change(work, due_since=work.now),
            "keep_agreement": self._keep_agreement,
            "keep_refusal": lambda work: self._change(work, refusal=_refusal(work)),
            "release_claim": self._release_claim,
            "note_pay_out": self._note_pay_out,
            "pay_out_given_up": lambda work: self._end_pay_out(work, PayOutOutcome.GIVEN_UP),
            "pay_out_begun": lambda work: self._change_pay_out(work, outcome=PayOutOutcome.UNDER_WAY.value),
            "pay_out_refused": lambda work: self._end_pay_out(work, PayOutOutcome.REFUSED, refusal=_refusal(work)),
            "pay_out_done": self._pay_out_done,
            "paid_out": self._paid_out,
            "hand_over": self._hand_over,
            **suspending.EFFECTS,
        }
        self.guards: Mapping[str, Guard] = {
            **waiting.guards,
            "approval_used_up_for_account": lambda work: bool(work.entry["method"] == Method.ACCOUNT) and used_up(work),
            **suspending.CASH,
        }

    # -- messages -------------------------------------------------------------------------------------------------

    def counterpart(self, kind: LegKind, entry: Row) -> str:
        return str(entry["counterpart"]) if kind is BILLER_CONSENT else CORE

    def can_send(self, kind: LegKind, entry: Row) -> bool:  # noqa: ARG002 (whoever cannot agree is never asked)
        return True

    def deadline_s(self, kind: LegKind, entry: Row) -> float:
        return self._biller(entry).deadlines.pay_s if kind is BILLER_CONSENT else self._core.deadline_s

    def compose(self, kind: LegKind, leg_id: str, work: Work) -> bytes:
        entry, refund = work.entry, register.of(work.connection, work.entry["serial"])
        head = {"leg_id": leg_id, "channel_id": self._channel_id, "channel_serial": entry["serial"]}
        if kind is BILLER_CONSENT:
            return self._consent(head, work, refund)
        booking, teller_no, asked_at = self.booking(kind, work.connection, entry, refund), entry["teller_no"], None
        if kind is CORE_PAY_OUT:
            paid = _newest(work)
            teller_no, asked_at = paid["asked_by"], paid["asked_at"]
        request = core_contract.BookingRequest(
            **head,
            kind=booking.kind,
            debit_account=booking.debit,
            credit_account=booking.credit,
            amount_fen=entry["amount_fen"],
            summary=f"REFUND {entry['counterpart']}",
            branch_no=entry["branch_no"],
            till_no=booking.till_no,
            teller_no=teller_no,
            made_at=asked_at or entry["made_at"],
        )
        return canonical_json(request.model_dump(mode="json"))

    def booking(self, kind: LegKind, connection: Connection, entry: Row, refund: Row) -> bookings.Booking:
        """What core is told to book with a leg, from what is kept now."""
        if kind is CORE_SUSPEND:
            return bookings.suspense(entry, refund, self._biller(entry).accounts.internal)
        if kind is CORE_CREDIT:
            return bookings.credit(entry, self._originals.account_no(connection, refund["payment_serial"]))
        if kind is CORE_PAY_OUT:
            paid = register.newest_pay_out(connection, entry["serial"])
            if paid is None:
                raise LeaseLost("error.journal.taken_over", serial=entry["serial"])
            return bookings.pay_out(entry, paid, self._persons.account_no(paid))
        return bookings.receivable(entry)

    def _consent(self, head: dict[str, Any], work: Work, refund: Row) -> bytes:
        entry = work.entry
        request = biller_contract.ConsentRequest(
            **head,
            original_leg_id=leg_id(refund["payment_serial"], bill_states.BILLER_PAY.code, 1),
            consumer_no=self._originals.bill(work.connection, refund["payment_serial"]).consumer_no,
            amount_fen=entry["amount_fen"],
            reason=biller_contract.CancelReason(refund["reason"]),
            made_at=entry["made_at"],
            branch_no=entry["branch_no"],
            teller_no=entry["teller_no"],
        )
        return canonical_json(request.model_dump(mode="json"))

    def send(self, kind: LegKind, leg_id: str, body: bytes, entry: Row) -> Answer[Any]:
        consent = kind is BILLER_CONSENT
        link = self._links.get(entry["counterpart"]) if consent else self._core
        if link is None:
            return Answer(AnswerKind.UNSENT, code="no-link")
        endpoint = biller_contract.CONSENT if consent else core_contract.BOOK
        answer = link.call(endpoint, request_id=leg_id, body=body, deadline_s=self.deadline_s(kind, entry))
        return _believed(answer, entry["amount_fen"])

    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:  # noqa: ARG002 (the answer says it all)
        return (_OF_CONSENT if kind is BILLER_CONSENT else _OF_BOOKING)[answer.kind]

    # -- effects --------------------------------------------------------------------------------------------------

    def _hold_source(self, work: Work) -> None:
        """Writes what the refund is about; the source cannot be settled in any other way from now on. Raises Conflict
        where another refund holds it, or it has moved on."""
        asked: Row = work.given["refund"]
        serial, source = work.entry["serial"], asked["source_serial"]
        try:
            register.write(work.connection, {"serial": serial, "holds": source, **asked})
        except IntegrityError:
            raise Conflict("error.refund.already_asked") from None
        if asked["cause"] != RefundCause.NEXT_DAY:
            self._tell_source(work, "cash_suspending", "suspending")

    def _tell_source(self, work: Work, of_cash: str, of_posting: str) -> None:
        """Brings the entry whose money it is along. Raises Conflict where somebody works on it at this moment: the
        whole step falls and is tried again."""
        refund = register.of(work.connection, work.entry["serial"])
        event = of_cash if refund["cause"] == RefundCause.UNCLAIMED_CASH else of_posting
        self._fire(work.unit, refund["source_serial"], event, by=work.by, drives=False)

    def _keep_booking(self, work: Work) -> None:
        reply = _reply(work)
        work.changes |= {"core_serial": reply.core_serial, "accounting_date": reply.accounting_date}
        self._days.note(work.connection, reply.accounting_date, work.now)

    def _keep_agreement(self, work: Work) -> None:
        agreement_no = _reply(work).agreement_no
        work.changes["counterpart_serial"] = agreement_no
        self._change(work, agreement_no=agreement_no)

    def _release_claim(self, work: Work) -> None:
        """The biller has undone the payment: what it paid is owed again, and may be paid again."""
        payment = register.of(work.connection, work.entry["serial"])["payment_serial"]
        work.connection.execute(delete(CLAIM).where(CLAIM.c.serial == payment))

    def _note_pay_out(self, work: Work) -> None:
        """The try as it was asked for; the use case hands in who gets it."""
        begun: Row = {
            "serial": work.entry["serial"],
            "asked_at": work.now,
            "outcome": PayOutOutcome.ASKED.value,
            "refusal": "",
            "core_serial": "",
        }
        pay_out: Row = begun | work.given["pay_out"]
        register.write_pay_out(work.connection, pay_out)
        index = self._persons.account_index(pay_out)
        if index:
            finding.keep_account(work.connection, work.entry["serial"], index)

    def _pay_out_done(self, work: Work) -> None:
        reply = _reply(work)
        self._end_pay_out(work, PayOutOutcome.PAID, core_serial=reply.core_serial)
        self._days.note(work.connection, reply.accounting_date, work.now)

    def _paid_out(self, work: Work) -> None:
        """The bank owes nothing more; cash lies ready, and goes over the counter next."""
        paid = register.newest_pay_out(work.connection, work.entry["serial"])
        work.changes["settled_at"] = work.now
        if paid is not None and paid["method"] == Method.CASH:
            work.changes["cash_return"] = CashReturn.DUE.value
        payment_serial = register.of(work.connection, work.entry["serial"])["payment_serial"]
        payment = entries.by_serial(work.connection, payment_serial)
        if payment is None or payment["state"] != bill_states.REFUND_DUE:
            return
        if payment["recon_status"] == ReconStatus.NONE:
            self._fire(work.unit, payment_serial, "refunded", by=work.by, drives=False)

    def _hand_over(self, work: Work) -> None:
        entry = work.entry
        self._drawer.hand_out(work.connection, work.given["till_session"], entry["amount_fen"], entry["serial"], work)
        work.changes["cash_return"] = CashReturn.RETURNED.value

    def _change(self, work: Work, **values: Any) -> None:
        register.change(work.connection, work.entry["serial"], **values)

    def _end_pay_out(self, work: Work, outcome: PayOutOutcome, **more: Any) -> None:
        self._change_pay_out(work, outcome=outcome.value, ended_at=work.now, **more)

    def _change_pay_out(self, work: Work, **values: Any) -> None:
        """Raises LeaseLost where another worker has brought the try further."""
        paid = _newest(work)
        if paid["outcome"] not in _OPEN_TRIES or not register.change_pay_out(work.connection, paid, **values):
            raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])

    def _biller(self, entry: Row) -> Biller:
        try:
            return self._billers[entry["counterpart"]]
        except KeyError:
            raise BadSetup("error.setup.no_biller", biller=entry["counterpart"]) from None


def _believed(answer: Answer[Any], amount_fen: int) -> Answer[Any]:
    """A yes without its number or to another amount, and a no with a number, prove nothing: nobody knows what was
    done, and the very same message is sent again."""
    reply = answer.body
    if answer.kind not in {AnswerKind.ACCEPTED, AnswerKind.REJECTED} or reply is None:
        return answer
    number = getattr(reply, "agreement_no", "") or getattr(reply, "core_serial", "")
    if bool(number) is (answer.kind is AnswerKind.ACCEPTED) and reply.amount_fen == amount_fen:
        return answer
    return Answer(AnswerKind.UNKNOWN, code="contradiction")


def _newest(work: Work) -> Row:
    found = register.newest_pay_out(work.connection, work.entry["serial"])
    if found is None:
        raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])
    return found


def _reply(work: Work) -> Any:
    """The answer's body: the event would not be what it is without one."""
    if work.answer is None or work.answer.body is None:
        raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])
    return work.answer.body


def _refusal(work: Work) -> str:
    """The counterpart's own words for its no, its code where it said nothing more."""
    answer = work.answer
    return "" if answer is None else (answer.message or answer.code)[:400]
