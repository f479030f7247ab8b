"""What the late answer's table names: one message to the biller, until it has undone what core has undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.states import BILLER_PAY
from tellerdesk.errors import BadSetup, LeaseLost
from tellerdesk.journal.flow import Effect, Guard, Row, Work
from tellerdesk.journal.runner import NOT_CAPABLE
from tellerdesk.journal.states import LegKind, State, Transition
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts.biller import CANCEL, CancelReason, CancelRequest
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.questions.register import LATE
from tellerdesk.questions.states import FLOW, LEGS, STATES, TABLE
from tellerdesk.serials import leg_id

_WRITE = insert(LATE)
_OF = select(LATE).where(LATE.c.serial == bindparam("of"))
_SETTLE = update(LATE).where(LATE.c.serial == bindparam("of"), LATE.c.settled_note == "")


class LateAnswerFlow:
    """Has the biller cancel a payment it called paid after core had undone it. Implements `journal.flow.Flow`."""

    name = FLOW
    states: Mapping[str, State] = STATES
    table: tuple[Transition, ...] = TABLE
    legs: Mapping[str, LegKind] = LEGS

    def __init__(
        self, *, links: Mapping[str, Link], billers: Mapping[str, Biller], quotes: Quotes, channel_id: str
    ) -> None:
        self._links = links
        self._billers = billers
        self._quotes = quotes
        self._channel_id = channel_id
        self.effects: Mapping[str, Effect] = {
            "keep_late_answer": self._keep,
            "keep_settlement": self._keep_settlement,
            "settle": self._settle,
        }
        self.guards: Mapping[str, Guard] = {"biller_takes_back": lambda work: self.takes_back(work.entry)}

    def takes_back(self, entry: Row) -> bool:
        """Whether an entry's biller cancels payments at all."""
        return self._biller(entry).capabilities.cancel

    def counterpart(self, kind: LegKind, entry: Row) -> str:  # noqa: ARG002 (there is one kind)
        return str(entry["counterpart"])

    def can_send(self, kind: LegKind, entry: Row) -> bool:  # noqa: ARG002
        return self.takes_back(entry)

    def deadline_s(self, kind: LegKind, entry: Row) -> float:  # noqa: ARG002
        return self._biller(entry).deadlines.pay_s

    def compose(self, kind: LegKind, leg_id: str, work: Work) -> bytes:  # noqa: ARG002
        entry, paid = work.entry, self._paid(work)
        bill = self._quotes.get(work.connection, paid["quote_id"])
        request = CancelRequest(
            leg_id=leg_id,
            channel_id=self._channel_id,
            channel_serial=entry["serial"],
            original_leg_id=original(paid["serial"]),
            consumer_no=bill.consumer_no,
            amount_fen=entry["amount_fen"],
            reason=CancelReason.LATE_ANSWER,
            made_at=work.now,
            branch_no=entry["branch_no"],
            teller_no=entry["teller_no"],
        )
        return canonical_json(request.model_dump(mode="json"))

    def send(self, kind: LegKind, leg_id: str, body: bytes, entry: Row) -> Answer[Any]:
        link = self._links.get(entry["counterpart"])
        if link is None:
            return Answer(AnswerKind.UNSENT, code="no-link")
        return link.call(CANCEL, request_id=leg_id, body=body, deadline_s=self.deadline_s(kind, entry))

    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:  # noqa: ARG002
        """A payment it does not find is no proof that it holds nothing: it has called it paid. A person decides."""
        if answer.code == NOT_CAPABLE:
            return "cannot"
        if answer.kind is AnswerKind.REJECTED:
            return "refused"
        if answer.kind is AnswerKind.ACCEPTED and answer.body is not None:
            done = answer.body.result in {"CANCELLED", "ALREADY_CANCELLED"}
            if done and answer.body.amount_fen == entry["amount_fen"]:
                return "cancelled"
        return "no_answer"

    # -- effects --------------------------------------------------------------------------------------------------

    def _keep(self, work: Work) -> None:
        work.connection.execute(_WRITE, {**work.given["late"], "serial": work.entry["serial"], "settled_note": ""})

    def _keep_settlement(self, work: Work) -> None:
        settling = _SETTLE.values(settled_note=work.given["note"])
        if work.connection.execute(settling, {"of": work.entry["serial"]}).rowcount != 1:
            raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])

    def _settle(self, work: Work) -> None:
        work.changes["settled_at"] = work.now

    # -- what it needs --------------------------------------------------------------------------------------------

    def _paid(self, work: Work) -> Row:
        of = work.given["late"] if "late" in work.given else self._late(work)
        found = work.connection.execute(select(PAYMENT).where(PAYMENT.c.serial == of["payment_serial"]))
        return dict(found.mappings().one())

    def _late(self, work: Work) -> Row:
        return dict(work.connection.execute(_OF, {"of": work.entry["serial"]}).mappings().one())

    def _biller(self, entry: Row) -> Biller:
        try:
            return self._billers[entry["counterpart"]]
        except KeyError:
            raise BadSetup("error.setup.no_biller", biller=entry["counterpart"]) from None


def original(payment_serial: str) -> str:
    """The leg by which a payment was paid: sent once in its life."""
    return leg_id(payment_serial, BILLER_PAY.code, 1)
