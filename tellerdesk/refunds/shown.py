"""A refund as it may be seen: masked, with the advice that belongs to its state and what a person may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import shown as bills_shown
from tellerdesk.bills.commands import Method
from tellerdesk.clock import Clock, branch_time
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.journal.states import CashReturn
from tellerdesk.money import format_fen
from tellerdesk.refunds import register, states
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome, PayOutView, RefundAct, RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.states import MAY, Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.vault import last_four
from tellerdesk.text import mask_account, mask_name

Row = dict[str, Any]

_ADVICE = {
    states.PENDING_SUSPENSE: "advice.refund.suspense_awaiting",
    states.GIVEN_UP: "advice.refund.given_up",
    states.SUSPENDING: "advice.refund.suspending",
    states.NOT_BOOKED: "advice.refund.not_booked",
    states.CONSENT_SENDING: "advice.refund.biller_asked",
    states.CONSENT_UNKNOWN: "advice.refund.biller_asked",
    states.NOT_AGREED: "advice.refund.not_agreed",
    states.AGREED: "advice.refund.agreed",
    states.PENDING_REFUND: "advice.refund.awaiting",
    states.CREDITING: "advice.refund.booking",
    states.RECEIVING: "advice.refund.booking",
    states.DUE: "advice.refund.due",
    states.PENDING_PAY_OUT: "advice.refund.pay_out_awaiting",
    states.PAYING: "advice.refund.paying",
    states.PAID_OUT: "advice.refund.credited",
}
_APPROVED = {
    states.PENDING_SUSPENSE: "advice.refund.suspense_approved",
    states.PENDING_REFUND: "advice.refund.approved",
    states.PENDING_PAY_OUT: "advice.refund.pay_out_approved",
}
_BY_CASH = {
    CashReturn.DUE: "advice.refund.hand_over",
    CashReturn.RETURNED: "advice.refund.handed_over",
    CashReturn.SUSPENDING: "advice.refund.cash_suspending",
    CashReturn.SUSPENSE: "advice.refund.cash_in_suspense",
}
"""Paid out in cash, by where the cash is."""


class Shown:
    """Makes views of entries of the refund flow."""

    def __init__(
        self,
        *,
        clock: Clock,
        book: ApprovalBook,
        billers: Mapping[str, Biller],
        originals: Originals,
        persons: Persons,
        till_of: Callable[[Connection, Row], str],
    ) -> None:
        """`till_of` tells in which till the cash of an entry lies."""
        self._clock = clock
        self._book = book
        self._billers = billers
        self._originals = originals
        self._persons = persons
        self._till_of = till_of

    def view(self, connection: Connection, who: SignedOn, entry: Row) -> RefundView:
        serial = entry["serial"]
        refund = register.of(connection, serial)
        payment = entries.by_serial(connection, refund["payment_serial"]) or {}
        biller = self._billers[entry["counterpart"]]
        bill = self._originals.bill(connection, refund["payment_serial"])
        account = self._originals.account_no(connection, refund["payment_serial"])
        approval = self._book.newest(connection, UseCase.REFUND, serial)
        paid = register.newest_pay_out(connection, serial)
        state = states.STATES[entry["state"]]
        due_ms: Any = entry["due_ms"] if entry["lease_owner"] is None and not state.rests else None
        return RefundView(
            serial=serial,
            payment_serial=refund["payment_serial"],
            cause=RefundCause(refund["cause"]),
            state=state.name,
            word=state.word,
            cash_return=CashReturn(entry["cash_return"]),
            advice=_advice(entry, refund, paid, approval),
            biller_name=biller.name.both,
            item=biller.item.both,
            consumer_no=f"*{last_four(bill.consumer_no)}" if biller.consumer.personal else bill.consumer_no,
            customer_name=mask_name(entry["customer_name"]),
            amount_fen=entry["amount_fen"],
            paid_by=Method(entry["method"]),
            account_no=mask_account(account) if account else "",
            paid_at=payment["made_at"],
            made_at=entry["made_at"],
            due_since=refund["due_since"],
            age_days=self._age_days(entry, refund),
            accounting_date=entry["accounting_date"],
            branch_no=entry["branch_no"],
            till_no=entry["till_no"],
            teller_no=entry["teller_no"],
            note=refund["note"],
            agreement_no=refund["agreement_no"],
            refusal=refund["refusal"],
            core_serial=entry["core_serial"],
            approval_id="" if approval is None else approval["approval_id"],
            pay_out=None if paid is None else self._pay_out(paid),
            legs=tuple(bills_shown.leg(row) for row in entries.legs(connection, serial)),
            next_try_at=datetime.fromtimestamp(due_ms / 1000, UTC) if due_ms else None,
            may=tuple(self._may(connection, who, entry, approval)),
        )

    def advice(self, connection: Connection, entry: Row) -> Message:
        """What happened to the money of a refund and what to do now."""
        serial = entry["serial"]
        refund, paid = register.of(connection, serial), register.newest_pay_out(connection, serial)
        return _advice(entry, refund, paid, self._book.newest(connection, UseCase.REFUND, serial))

    def _age_days(self, entry: Row, refund: Row) -> int:
        since, until = refund["due_since"] or entry["made_at"], entry["settled_at"] or self._clock.now()
        return max((branch_time(until).date() - branch_time(since).date()).days, 0)

    def _pay_out(self, paid: Row) -> PayOutView:
        persons, account = self._persons.of(paid), self._persons.account_no(paid)
        agent = persons.get("agent")
        return PayOutView(
            outcome=PayOutOutcome(paid["outcome"]),
            method=Method(paid["method"]),
            payee=mask_name(persons["payee"].name),
            agent="" if agent is None else mask_name(agent.name),
            account_no=mask_account(account) if account else "",
            asked_by=paid["asked_by"],
            till_no=paid["till_no"],
            asked_at=paid["asked_at"],
            ended_at=paid["ended_at"],
            core_serial=paid["core_serial"],
            refusal=paid["refusal"],
        )

    def _may(self, connection: Connection, who: SignedOn, entry: Row, approval: Row | None) -> list[RefundAct]:
        """What this person may do at this till, as it stands."""
        granted, state = MAY[who.role], states.STATES[entry["state"]]
        if who.branch_no != entry["branch_no"]:
            return []
        if state.send is not None:
            return [RefundAct.ASK_AGAIN] if Permission.ASK_AGAIN in granted else []
        if Permission.REFUND not in granted:
            return []
        if state.name == states.AGREED:
            return [RefundAct.ASK_APPROVAL]
        if state.name == states.DUE:
            return [RefundAct.PAY_OUT]
        if state.name in states.AWAITING_APPROVAL:
            return [RefundAct.GO_ON] if _is_approved(approval) and is_asker(who, approval) else []
        at_its_till = self._till_of(connection, entry) == who.till_no
        is_due = state.name == states.PAID_OUT and entry["cash_return"] == CashReturn.DUE
        return [RefundAct.HAND_OVER, RefundAct.SUSPEND] if is_due and at_its_till else []


def is_asker(who: SignedOn, approval: Row | None) -> bool:
    """Whether the request was made by this person at this till."""
    asker = (who.staff_no, who.branch_no, who.till_no)
    return approval is not None and (approval["maker_no"], approval["branch_no"], approval["till_no"]) == asker


def _is_approved(approval: Row | None) -> bool:
    return approval is not None and approval["state"] == ApprovalState.APPROVED


def _advice(entry: Row, refund: Row, paid: Row | None, approval: Row | None) -> Message:
    message_id = _ADVICE[entry["state"]]
    if _is_approved(approval):
        message_id = _APPROVED.get(entry["state"], message_id)
    if entry["state"] == states.PAID_OUT:
        message_id = _BY_CASH.get(CashReturn(entry["cash_return"]), message_id)
    refusal = refund["refusal"]
    if entry["state"] == states.NOT_AGREED and not refusal:
        message_id = "advice.refund.not_sent"
    if entry["state"] == states.DUE and paid is not None and paid["outcome"] == PayOutOutcome.REFUSED:
        message_id, refusal = "advice.refund.pay_out_refused", paid["refusal"]
    args: dict[str, str | int] = {
        "serial": spoken(entry["serial"]),
        "payment": spoken(refund["payment_serial"]),
        "amount": format_fen(entry["amount_fen"]),
        "refusal": refusal,
        "till": entry["till_no"] if paid is None else paid["till_no"],
    }
    return Message(message_id, args)
