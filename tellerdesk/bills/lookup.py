"""Looking up a bill: the biller is asked, and what it says is kept as a quote."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Connection

from tellerdesk.billers.catalogue import Biller
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills import shown
from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.duplicates import Duplicates
from tellerdesk.bills.quotes import KeptBill, KeptFact, KeptLine, Quotes
from tellerdesk.bills.views import BillerView, BillView
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, CounterpartUnavailable, Refused
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts.biller import QUERY, BillQuery, BillReply
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.money import format_fen
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

_KNOWN_REFUSALS = {
    "NO_SUCH_CONSUMER": "error.bill.no_such_consumer",
    "NOTHING_OWED": "error.bill.nothing_owed",
    "DISCONNECTED": "error.bill.disconnected",
    "CLOSED": "error.bill.biller_closed",
}
"""Refusals every biller of the contract may give, with the sentence the teller reads."""


class BillLookup:
    """Asks billers. A question moves no money: it may be asked again at will."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        billers: Mapping[str, Biller],
        links: Mapping[str, Link],
        quotes: Quotes,
        duplicates: Duplicates,
        channel_id: str,
        check_biller: Callable[[Connection, str], None],
    ) -> None:
        """`check_biller` raises Refused where a biller is not any more what it was when the desk was opened."""
        self._store = store
        self._clock = clock
        self._billers = billers
        self._links = links
        self._quotes = quotes
        self._duplicates = duplicates
        self._channel_id = channel_id
        self._check_biller = check_biller

    def billers(self) -> tuple[BillerView, ...]:
        now = self._clock.now()
        return tuple(shown.biller(biller, now) for biller in self._billers.values())

    def look_up(self, who: SignedOn, command: LookUp) -> BillView:
        """Raises BadInput, Refused, CounterpartUnavailable, StoreUnavailable."""
        biller = self._billers.get(command.biller_code)
        if biller is None or biller.code not in self._links:
            raise BadInput("error.bill.no_such_biller", field="biller_code")
        number = biller.consumer_no(command.consumer_no)
        fields = biller.asked(command.fields)
        check_hours(biller, self._clock)
        with self._store.read() as session:
            self._check_biller(session.connection(), biller.code)
        query = BillQuery(channel_id=self._channel_id, consumer_no=number, fields=fields)
        body = canonical_json(query.model_dump(mode="json"))
        answer = self._links[biller.code].call(
            QUERY, request_id=f"q-{secrets.token_hex(12)}", body=body, deadline_s=biller.deadlines.query_s
        )
        bill = self._believed(biller, number, fields, answer)
        with self._store.write("bill.quote") as unit:
            self._quotes.keep(unit.connection, bill, branch_no=who.branch_no, staff_no=who.staff_no)
            paid_before = self._duplicates.of(unit.connection, biller, bill)
            unit.commit()
        return shown.bill(biller, bill, self._clock.now(), paid_before)

    def _believed(self, biller: Biller, number: str, fields: Mapping[str, str], answer: Answer[BillReply]) -> KeptBill:
        if answer.kind is AnswerKind.REJECTED:
            known = _KNOWN_REFUSALS.get(answer.code)
            if known is not None:
                raise Refused(known, code=answer.code)
            raise Refused("error.bill.refused", code=answer.code, message=answer.message)
        reply = answer.body
        if answer.kind is not AnswerKind.ACCEPTED or reply is None:
            raise CounterpartUnavailable("error.bill.no_answer", reason=answer.code)
        owes = reply.total_fen > 0 and bool(reply.lines)
        if not owes and biller.amount.rule is not AmountRule.FREE:
            raise Refused("error.bill.nothing_owed", code="NOTHING_OWED")
        now = self._clock.now()
        return KeptBill(
            quote_id=secrets.token_hex(16),
            biller_code=biller.code,
            consumer_no=number,
            customer_name=reply.name,
            address=reply.address,
            lines=tuple(KeptLine(line.period, line.item, line.amount_fen) for line in reply.lines),
            late_fee_fen=reply.late_fee_fen,
            total_fen=reply.total_fen,
            reference=reply.reference,
            asked_at=now,
            valid_until=now + timedelta(seconds=reply.valid_seconds),
            balance_fen=reply.balance_fen,
            facts=tuple(KeptFact(fact.label, fact.value) for fact in reply.facts),
            fields=tuple(sorted(fields.items())),
        )


def check_hours(biller: Biller, clock: Clock) -> None:
    """Raises Refused, naming the hours, where the biller takes no payments now."""
    if not biller.is_open(clock.now()):
        raise Refused("error.bill.closed_now", hours=biller.hours_text)


def short_of(due_fen: int, tendered_fen: int) -> Refused | None:
    """The sentence for too little cash on the counter; None where it is enough."""
    if tendered_fen >= due_fen:
        return None
    return Refused("error.payment.tendered_short", due=format_fen(due_fen), missing=format_fen(due_fen - tendered_fen))
