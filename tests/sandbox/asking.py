"""A sandbox process and the desk's links to it, with messages made in one line."""

from __future__ import annotations

import http.client
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tellerdesk.clock import SystemClock
from tellerdesk.i18n import Bilingual
from tellerdesk.links.answers import Answer
from tellerdesk.links.client import SignedClient
from tellerdesk.links.contracts import biller, core, pinpad
from tellerdesk.links.contracts.common import Request
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox import people
from tellerdesk.sandbox.process import SandboxProcess

REFUSALS = frozenset(
    {
        *("NO_SUCH_CONSUMER", "NOTHING_OWED", "AMOUNT_MISMATCH", "REFERENCE_EXPIRED"),
        *("CLOSED", "TOMBSTONED", "DISCONNECTED", "AMOUNT_TOO_LARGE", "AMOUNT_NOT_ALLOWED"),
    }
)
MADE_AT = datetime(2026, 11, 22, 2, 31, 5, tzinfo=UTC)
DAY = date(2026, 11, 22)
TILL, INTERNAL = "TC-0712-07", "IN-1101"

_sequence = itertools.count(1)


def new_secrets(*billers: str) -> dict[str, bytes]:
    """Of core and these billers; of the electricity company where none is named."""
    return {name: secrets.token_bytes(32) for name in ("core", *(billers or ("electricity",)))}


def new_serial() -> str:
    return f"20261122071207{next(_sequence):08d}"


def request_body(message: Request) -> bytes:
    return canonical_json(message.model_dump(mode="json"))


def posting(leg_id: str, amount_fen: int = 168_032, **changed: Any) -> core.PostingRequest:
    fields = {
        "leg_id": leg_id,
        "channel_id": "TD01",
        "channel_serial": leg_id[:22],
        "debit_account": TILL,
        "credit_account": INTERNAL,
        "amount_fen": amount_fen,
        "currency": "CNY",
        "summary": "代缴电费",
        "branch_no": "0712",
        "till_no": "07",
        "teller_no": "1001",
        "made_at": MADE_AT,
        **changed,
    }
    return core.PostingRequest(**fields)


def reversal(leg_id: str, original: str, amount_fen: int = 168_032) -> core.ReversalRequest:
    return core.ReversalRequest(
        leg_id=leg_id, channel_id="TD01", channel_serial=leg_id[:22], original_leg_id=original, amount_fen=amount_fen
    )


def payment(leg_id: str, bill: biller.BillReply, **changed: Any) -> biller.PayRequest:
    fields = {
        "leg_id": leg_id,
        "channel_id": "TD01",
        "channel_serial": leg_id[:22],
        "consumer_no": bill.consumer_no,
        "reference": bill.reference,
        "amount_fen": bill.total_fen,
        "accounting_date": DAY,
        "made_at": MADE_AT,
        "branch_no": "0712",
        "teller_no": "1001",
        **changed,
    }
    return biller.PayRequest(**fields)


def tombstone(leg_id: str, original: str, amount_fen: int) -> biller.TombstoneRequest:
    return biller.TombstoneRequest(
        leg_id=leg_id, channel_id="TD01", channel_serial=leg_id[:22], original_leg_id=original, amount_fen=amount_fen
    )


def cancellation(leg_id: str, paid: biller.PayRequest, **changed: Any) -> biller.CancelRequest:
    """Takes back what `paid` asked the biller to take."""
    return biller.CancelRequest(**{**_undoing(leg_id, paid), **changed})


def consent(leg_id: str, paid: biller.PayRequest, **changed: Any) -> biller.ConsentRequest:
    """Asks whether the biller agrees to the refund of what `paid` asked it to take."""
    return biller.ConsentRequest(**{**_undoing(leg_id, paid), **changed})


def _undoing(leg_id: str, paid: biller.PayRequest) -> dict[str, Any]:
    return {
        "leg_id": leg_id,
        "channel_id": "TD01",
        "channel_serial": leg_id[:22],
        "original_leg_id": paid.leg_id,
        "consumer_no": paid.consumer_no,
        "amount_fen": paid.amount_fen,
        "reason": biller.CancelReason.WRONG_CONSUMER,
        "made_at": MADE_AT,
        "branch_no": "0712",
        "teller_no": "1001",
    }


def booking(
    leg_id: str, kind: str, debit: str, credit: str, amount_fen: int = 5_000, **changed: Any
) -> core.BookingRequest:
    fields = {
        "leg_id": leg_id,
        "channel_id": "TD01",
        "channel_serial": leg_id[:22],
        "kind": core.BookingKind(kind),
        "debit_account": debit,
        "credit_account": credit,
        "amount_fen": amount_fen,
        "summary": "挂账",
        "branch_no": "0712",
        "till_no": "07",
        "teller_no": "1001",
        "made_at": MADE_AT,
        **changed,
    }
    return core.BookingRequest(**fields)


@dataclass
class Counterparts:
    """The running sandbox as the desk meets it; `counterpart` is the biller it talks to."""

    process: SandboxProcess
    secrets: dict[str, bytes]
    counterpart: str = "electricity"
    core: Link = field(init=False)
    biller: Link = field(init=False)

    def __post_init__(self) -> None:
        self.core = self.link("core")
        self.biller = self.link(self.counterpart, REFUSALS)
        owing = (index for index in itertools.count(20) if people.standing(index) is people.Standing.OWES)
        self._debtors = (people.consumer_no(index, self.counterpart) for index in owing)
        self._at: dict[str, Counterparts] = {self.counterpart: self}

    def at(self, counterpart: str) -> Counterparts:
        """The same sandbox, talking to another biller."""
        if counterpart not in self._at:
            self._at[counterpart] = Counterparts(self.process, self.secrets, counterpart)
        return self._at[counterpart]

    @property
    def folder(self) -> Path:
        return self.process.folder

    def link(self, name: str, refusals: frozenset[str] = frozenset()) -> Link:
        client = SignedClient(self.process.urls[name], "TD01", self.secrets[name], SystemClock(), 1.0)
        return Link(name, Bilingual(name, name), client, 5.0, refusals)

    def debtor(self) -> str:
        """A consumer who owes, another one each time."""
        return next(self._debtors)

    def post(self, message: core.PostingRequest, **how: Any) -> Answer[core.PostingReply]:
        return self.core.call(core.POST, request_id=message.leg_id, body=request_body(message), **how)

    def reverse(self, message: core.ReversalRequest, **how: Any) -> Answer[core.ReversalReply]:
        return self.core.call(core.REVERSE, request_id=message.leg_id, body=request_body(message), **how)

    def inquire_posting(self, leg_id: str) -> core.PostingStatus:
        told = self.core.call(core.INQUIRE, request_id="inquiry", path={"leg_id": leg_id})
        assert told.body is not None
        return told.body

    def query(self, consumer_no: str, **fields: str) -> Answer[biller.BillReply]:
        message = biller.BillQuery(channel_id="TD01", consumer_no=consumer_no, fields=fields)
        return self.biller.call(biller.QUERY, request_id="query", body=request_body(message))

    def bill(self, consumer_no: str = "", **fields: str) -> biller.BillReply:
        told = self.query(consumer_no or self.debtor(), **fields)
        assert told.body is not None, told
        return told.body

    def pay(self, message: biller.PayRequest, **how: Any) -> Answer[biller.PayReply]:
        return self.biller.call(biller.PAY, request_id=message.leg_id, body=request_body(message), **how)

    def inquire_payment(self, leg_id: str) -> biller.PayStatus:
        told = self.biller.call(biller.INQUIRE, request_id="inquiry", path={"leg_id": leg_id})
        assert told.body is not None
        return told.body

    def read_pin(self, account_no: str, amount_fen: int) -> pinpad.PinReply:
        """What the pad on the counter answers."""
        url = urlsplit(self.process.urls["pinpad"])
        body = request_body(pinpad.PinRequest(account_no=account_no, amount_fen=amount_fen))
        connection = http.client.HTTPConnection(url.netloc, timeout=10)
        try:
            connection.request("POST", pinpad.PATH, body, {"Content-Type": "application/json"})
            return pinpad.PinReply.model_validate_json(connection.getresponse().read())
        finally:
            connection.close()

    def lay(self, message: biller.TombstoneRequest, **how: Any) -> Answer[biller.TombstoneReply]:
        return self.biller.call(biller.TOMBSTONE, request_id=message.leg_id, body=request_body(message), **how)

    def paid(self, amount_fen: int | None = None, **asked: str) -> biller.PayRequest:
        """Another consumer's bill, paid; the message that paid it."""
        bill = self.bill(**asked)
        message = payment(f"{new_serial()}-BP-1", bill, amount_fen=amount_fen or bill.total_fen)
        assert self.pay(message).body is not None
        return message

    def cancel(self, message: biller.CancelRequest, **how: Any) -> Answer[biller.CancelReply]:
        return self.biller.call(biller.CANCEL, request_id=message.leg_id, body=request_body(message), **how)

    def inquire_cancel(self, leg_id: str) -> Answer[biller.CancelStatus]:
        return self.biller.call(biller.INQUIRE_CANCEL, request_id="inquiry", path={"leg_id": leg_id})

    def agree(self, message: biller.ConsentRequest, **how: Any) -> Answer[biller.ConsentReply]:
        return self.biller.call(biller.CONSENT, request_id=message.leg_id, body=request_body(message), **how)

    def book(self, message: core.BookingRequest, **how: Any) -> Answer[core.BookingReply]:
        return self.core.call(core.BOOK, request_id=message.leg_id, body=request_body(message), **how)

    def inquire_booking(self, leg_id: str) -> Answer[core.BookingStatus]:
        return self.core.call(core.INQUIRE_BOOKING, request_id="inquiry", path={"leg_id": leg_id})
