"""Beginning a refund: one request, one journal entry, whatever is pressed how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import states as bill_states
from tellerdesk.bills.approval import RulesInForce
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.once import once
from tellerdesk.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, payload_hash
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.refund_subject import RefundSubject
from tellerdesk.refunds.states import FLOW
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store, UnitOfWork

Row = dict[str, Any]


class Beginning:
    """Writes the entry a request asks for, once."""

    def __init__(
        self,
        *,
        store: Store,
        runner: Runner,
        billers: Mapping[str, Biller],
        consumers: Consumers,
        originals: Originals,
        subject: RefundSubject,
        rules: Callable[[Connection], RulesInForce],
    ) -> None:
        self._store = store
        self._runner = runner
        self._billers = billers
        self._consumers = consumers
        self._originals = originals
        self._subject = subject
        self._rules = rules

    def once(self, request_id: str, asked: str, serial: str, write: Callable[[], Held]) -> tuple[str, Held | None]:
        """The serial of the refund the request makes, or has made, and the entry where it was made now. Looked up
        where the answer to the commit was lost: nothing was sent then, and recovery goes on with it.

        Raises Conflict where the request came with other contents; StoreUnavailable where it may not be kept.
        """
        try:
            begun = self.begun(request_id, asked)
            if begun is None:
                held = self._written(request_id, asked, write)
                if held is not None:
                    return str(held.entry["serial"]), held
                begun = self.begun(request_id, asked)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.refund.not_asked", serial=spoken(serial)) from error
        if begun is None:
            raise StoreUnavailable("error.refund.not_asked", serial=spoken(serial))
        return begun, None

    def _written(self, request_id: str, asked: str, write: Callable[[], Held]) -> Held | None:
        """None where the request stands already, or the answer to the commit was lost."""
        try:
            return once(lambda: self.begun(request_id, asked) is not None, write)
        except StoreUnavailable as error:
            if error.message_id != UNSURE:
                raise
            return None

    def begun(self, request_id: str, asked: str) -> str | None:
        """The serial of the refund this request has made already. Raises Conflict where it came with other
        contents."""
        with self._store.read() as session:
            first = entries.by_request(session.connection(), request_id)
        if first is None:
            return None
        if first["payload_hash"] != asked:
            raise Conflict("error.payment.other_contents", serial=spoken(first["serial"]))
        return str(first["serial"])

    def write(
        self, unit: UnitOfWork, who: SignedOn, event: str, payment: Row, refund: Row, request: tuple[str, str]
    ) -> Held:
        """The entry of a refund, what it is about, and the request for its approval where the event asks for one, in
        the caller's unit of work. `request` is its id and the hash of what was asked with it. Raises Conflict where
        somebody else settles the source."""
        request_id, asked = request
        biller = self._billers[payment["counterpart"]]
        bill = self._originals.bill(unit.connection, payment["serial"])
        columns = {
            "request_id": request_id,
            "payload_hash": asked,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
            "teller_no": who.staff_no,
            "counterpart": biller.code,
            "customer_name": payment["customer_name"],
            "amount_fen": payment["amount_fen"],
            "method": payment["method"],
            "rules": None,
        } | self._consumers.columns(biller, bill.consumer_no, request_id)
        given = {"refund": {"payment_serial": payment["serial"], **refund}} | self.asking(unit.connection, who)
        return self._runner.begin(unit, FLOW, columns, event=event, by=who.staff_no, given=given)

    def asking(self, connection: Connection, who: SignedOn) -> Row:
        """What the effect that asks for an approval is given."""
        rules = self._rules(connection)
        return {"who": who, "asked": lambda serial: self._subject.asked(connection, rules, who, serial)}


def hash_of(who: SignedOn, **asked: Any) -> str:
    """What a repeated request must be equal in."""
    place = {"staff_no": who.staff_no, "branch_no": who.branch_no, "till_no": who.till_no}
    return payload_hash(canonical_json(asked | place))


def payment_of(who: SignedOn, entry: Row | None, serial: str) -> Row:
    """A payment of the person's own branch. Raises Refused, NotAllowed."""
    if entry is None or entry["flow"] != bill_states.FLOW:
        raise Refused("error.payment.no_such_serial", serial=spoken(serial))
    if entry["branch_no"] != who.branch_no:
        raise NotAllowed("error.payment.other_branch", branch=entry["branch_no"])
    return entry
