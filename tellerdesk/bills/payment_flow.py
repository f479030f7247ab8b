"""What the payment table's names mean: messages to core and biller, effects, guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.states import UseCase
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import cancelling, large_cash, suspending
from tellerdesk.bills.cancelling import Cancelling
from tellerdesk.bills.commands import AccountAuthority, Identity, Method
from tellerdesk.bills.consumers import CLAIMED_WHILE_UNDER_WAY, WHOLE_CONSUMER
from tellerdesk.bills.models import Balance, Claim, Payment
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.bills.states import (
    BILLER_CANCEL,
    BILLER_INQUIRE,
    BILLER_PAY,
    BILLER_TOMBSTONE,
    CORE_POST,
    FLOW,
    LEGS,
    STATES,
    TABLE,
)
from tellerdesk.bills.waiting import Waiting
from tellerdesk.errors import BadSetup, Conflict
from tellerdesk.journal import entries, finding
from tellerdesk.journal.days import NotedDays
from tellerdesk.journal.flow import Effect, Guard, Row, Work
from tellerdesk.journal.states import CashReturn, LegKind, State, Transition
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.links.contracts.common import Endpoint, Request
from tellerdesk.links.link import Link
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.serials import leg_id
from tellerdesk.store.base import table_of
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer

CLAIM, PAYMENT, BALANCE = table_of(Claim), table_of(Payment), table_of(Balance)

_TAKE_CLAIM, _WRITE_PAYMENT, _WRITE_BALANCE = insert(CLAIM), insert(PAYMENT), insert(BALANCE)

ACCOUNT_SEALED, IDENTITY_SEALED = "bills_payment.account_sealed", "bills_payment.identity_sealed"

CORE = "core"

_ENDPOINTS: dict[str, Endpoint[Any]] = {
    "CORE_POST": core_contract.POST,
    "CORE_INQUIRE": core_contract.INQUIRE,
    "CORE_REVERSE": core_contract.REVERSE,
    "BILLER_PAY": biller_contract.PAY,
    "BILLER_INQUIRE": biller_contract.INQUIRE,
    "BILLER_TOMBSTONE": biller_contract.TOMBSTONE,
    "BILLER_CANCEL": biller_contract.CANCEL,
    "CORE_UNPOST": core_contract.REVERSE,
}

_ORIGINAL = {
    "CORE_INQUIRE": CORE_POST,
    "CORE_REVERSE": CORE_POST,
    "BILLER_INQUIRE": BILLER_PAY,
    "BILLER_TOMBSTONE": BILLER_PAY,
    "BILLER_CANCEL": BILLER_PAY,
    "CORE_UNPOST": CORE_POST,
}
"""The leg an inquiry or an undoing is about. Both are sent once in a payment's life, under attempt 1."""

_EVENTS: dict[str, dict[str, str]] = {
    "CORE_POST": {"POSTED": "accepted"},
    "CORE_INQUIRE": {
        "POSTED": "posted",
        "REVERSED": "not_found",
        "NOT_FOUND": "not_found",
        "TOMBSTONED": "not_found",
    },
    "CORE_REVERSE": {"REVERSED": "reversed", "ALREADY_REVERSED": "reversed", "NOT_FOUND": "not_found"},
    "BILLER_PAY": {"PAID": "accepted"},
    "BILLER_INQUIRE": {
        "PAID": "paid",
        "NOT_FOUND": "not_found",
        "TOMBSTONED": "failed",
        "CANCELLED": "cancelled",
        "PROCESSING": "no_answer",
    },
    "BILLER_TOMBSTONE": {"LAID": "voided", "ALREADY_LAID": "voided", "PAID": "paid", "CANCELLED": "voided"},
    "BILLER_CANCEL": {"CANCELLED": "cancelled", "ALREADY_CANCELLED": "cancelled"},
    "CORE_UNPOST": {"REVERSED": "reversed", "ALREADY_REVERSED": "reversed", "NOT_FOUND": "not_found"},
}
"""By leg and by the reply's result. A posting core has already reversed or barred goes the way of one it never had:
the reversal that follows says which."""

_REFUSED = {"CORE_POST": "rejected", "CORE_INQUIRE": "rejected", "CORE_REVERSE": "rejected"} | {
    "BILLER_PAY": "rejected",
    "BILLER_INQUIRE": "failed",
    "BILLER_TOMBSTONE": "no_answer",
    "BILLER_CANCEL": "refused",
    "CORE_UNPOST": "rejected",
}

_TOLD_APART = frozenset({CORE_POST, BILLER_PAY, BILLER_CANCEL})
"""Legs for which "certainly not sent" and "perhaps carried out" lead to different places."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When the flow stops waiting."""

    inline_window_s: float = 60
    inquiries: int = 3
    reversal_tries: int = 8


class PaymentFlow:
    """The bill payment flow for every biller of the catalogue. Implements `journal.flow.Flow`."""

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
        quotes: Quotes,
        vault: Vault,
        drawer: Drawer,
        channel_id: str,
        limits: Limits,
        open_day: Callable[[Connection], date | None],
        book: ApprovalBook,
        undo_late_answer: Effect = lambda _: None,
        late_answer_agrees: Effect = lambda _: None,
    ) -> None:
        """`undo_late_answer` is done where a payment is about to be reversed that the biller may have called paid,
        `late_answer_agrees` where one has ended as cancelled that it may have called cancelled before."""
        self._core = core
        self._links = links
        self._billers = billers
        self._quotes = quotes
        self._vault = vault
        self._drawer = drawer
        self._channel_id = channel_id
        self._limits = limits
        self._open_day = open_day
        waiting = Waiting(book, UseCase.PAYMENT, "approval")
        cancel_waiting = Waiting(book, UseCase.CANCELLATION, "cancel_approval")
        undoing = Cancelling(lambda entry: self._biller(entry).capabilities.inquiry)
        self._days = NotedDays()
        self.effects: Mapping[str, Effect] = {
            **waiting.effects,
            **cancel_waiting.effects,
            **undoing.effects,
            **suspending.EFFECTS,
            "undo_late_answer": undo_late_answer,
            "late_answer_agrees": late_answer_agrees,
            "take_claim": self._take_claim,
            "settle": self._settle,
            "release_claim": self._release_claim,
            "release_passing_claim": self._release_passing_claim,
            "cash_in": self._cash_in,
            "cash_due": self._cash_due,
            "cash_out": self._cash_out,
            "keep_core": self._keep_core,
            "keep_biller": self._keep_biller,
        }
        self.guards: Mapping[str, Guard] = {
            **waiting.guards,
            **cancel_waiting.guards,
            **undoing.guards,
            **suspending.CASH,
            "undoing_was_refused": lambda work: suspending.undoing_was_refused(work.connection, work.entry),
            "live_in_window": lambda work: work.live and work.elapsed_s <= limits.inline_window_s,
            "inquiries_used_up": lambda work: work.entry["tries"] + 1 >= limits.inquiries,
            "reversals_used_up": lambda work: work.entry["tries"] + 1 >= limits.reversal_tries,
            "never_posted": self._never_posted,
            "can_void_and_day_open": lambda work: (
                self._biller(work.entry).capabilities.tombstone and self._day_is_open(work)
            ),
            "validity_over_and_day_open": lambda work: self._validity_over(work) and self._day_is_open(work),
        }

    # -- messages -------------------------------------------------------------------------------------------------

    def counterpart(self, kind: LegKind, entry: Row) -> str:
        return CORE if kind.name.startswith("CORE") else str(entry["counterpart"])

    def can_send(self, kind: LegKind, entry: Row) -> bool:
        able = self._biller(entry).capabilities
        if kind is BILLER_INQUIRE:
            return able.inquiry
        return able.tombstone if kind is BILLER_TOMBSTONE else True

    def deadline_s(self, kind: LegKind, entry: Row) -> float:
        if kind.name.startswith("CORE"):
            return self._core.deadline_s
        deadlines = self._biller(entry).deadlines
        return deadlines.inquire_s if kind is BILLER_INQUIRE else deadlines.pay_s

    def compose(self, kind: LegKind, leg_id: str, work: Work) -> bytes:
        entry = work.entry
        head = {"leg_id": leg_id, "channel_id": self._channel_id, "channel_serial": entry["serial"]}
        request: Request
        if kind is CORE_POST:
            biller = self._biller(entry)
            request = core_contract.PostingRequest(
                **head,
                debit_account=_debited(work),
                credit_account=biller.accounts.internal,
                amount_fen=entry["amount_fen"],
                authority=_authority(work),
                summary=f"BILL {biller.code}",
                branch_no=entry["branch_no"],
                till_no=entry["till_no"],
                teller_no=entry["teller_no"],
                made_at=entry["made_at"],
            )
        elif kind is BILLER_PAY:
            bill = self._bill(work)
            request = biller_contract.PayRequest(
                **head,
                consumer_no=bill.consumer_no,
                reference=bill.reference,
                amount_fen=entry["amount_fen"],
                accounting_date=work.changes.get("accounting_date") or entry["accounting_date"],
                made_at=entry["made_at"],
                branch_no=entry["branch_no"],
                teller_no=entry["teller_no"],
            )
        elif kind is BILLER_CANCEL:
            request = cancelling.request(work, self._bill(work).consumer_no, head, _original(kind, entry))
        else:
            undoing = biller_contract.TombstoneRequest if kind is BILLER_TOMBSTONE else core_contract.ReversalRequest
            request = undoing(**head, original_leg_id=_original(kind, entry), amount_fen=entry["amount_fen"])
        return canonical_json(request.model_dump(mode="json"))

    def send(self, kind: LegKind, leg_id: str, body: bytes, entry: Row) -> Answer[Any]:
        link = self._core if kind.name.startswith("CORE") else self._links.get(entry["counterpart"])
        if link is None:
            return Answer(AnswerKind.UNSENT, code="no-link")
        path = {} if kind.moves_money else {"leg_id": _original(kind, entry)}
        deadline_s = self.deadline_s(kind, entry)
        return link.call(_ENDPOINTS[kind.name], request_id=leg_id, body=body, path=path, deadline_s=deadline_s)

    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:
        if answer.kind is AnswerKind.REJECTED:
            return _REFUSED[kind.name]
        if answer.kind is AnswerKind.UNSENT:
            return "unsent" if kind in _TOLD_APART else "no_answer"
        if answer.kind is AnswerKind.ACCEPTED and answer.body is not None:
            told = getattr(answer.body, "amount_fen", None)
            if told is None or told == entry["amount_fen"]:
                return _EVENTS[kind.name][answer.body.result]
        return "unknown" if kind in _TOLD_APART else "no_answer"

    # -- effects --------------------------------------------------------------------------------------------------

    def _take_claim(self, work: Work) -> None:
        """Speaks for what is paid, and writes how. Raises Conflict where somebody has spoken for it."""
        bill: KeptBill = work.given["bill"]
        serial, tendered_fen = work.entry["serial"], work.given["tendered_fen"]
        rows = [{"claim_key": key, "serial": serial} for key in work.given["claims"]]
        try:
            work.connection.execute(_TAKE_CLAIM, rows)
        except IntegrityError:
            raise Conflict("error.payment.already") from None
        work.connection.execute(
            _WRITE_PAYMENT,
            {
                "serial": serial,
                "quote_id": bill.quote_id,
                "tendered_fen": tendered_fen,
                "change_fen": tendered_fen - work.entry["amount_fen"] if _is_cash(work.entry) else 0,
                "account_sealed": self._account(work.given.get("account"), serial),
                "identity_sealed": self._identity(work.given.get("identity"), serial),
            },
        )
        account: AccountAuthority | None = work.given.get("account")
        if account is not None:
            index = finding.account_index(self._vault, account.account_no)
            finding.keep_account(work.connection, serial, index)

    def _account(self, account: AccountAuthority | None, serial: str) -> bytes | None:
        """The account and the kind of consent, sealed. A PIN block stands in the posting's own body alone."""
        if account is None:
            return None
        told = canonical_json({"account_no": account.account_no, "voucher_no": account.voucher_no}).decode()
        return self._vault.seal(told, column=ACCOUNT_SEALED, row=serial)

    def _identity(self, identity: Identity | None, serial: str) -> bytes | None:
        if identity is None:
            return None
        return self._vault.seal(large_cash.written(identity), column=IDENTITY_SEALED, row=serial)

    def _settle(self, work: Work) -> None:
        work.changes["settled_at"] = work.now

    def _release_claim(self, work: Work) -> None:
        work.connection.execute(delete(CLAIM).where(CLAIM.c.serial == work.entry["serial"]))

    def _release_passing_claim(self, work: Work) -> None:
        """Where any part or amount may be paid, the consumer may pay again as soon as this payment stands."""
        if self._biller(work.entry).amount.rule in CLAIMED_WHILE_UNDER_WAY:
            mine = CLAIM.c.serial == work.entry["serial"]
            work.connection.execute(delete(CLAIM).where(mine, CLAIM.c.claim_key.endswith(f"|{WHOLE_CONSUMER}")))

    def _cash_in(self, work: Work) -> None:
        entry = work.entry
        if not _is_cash(entry):
            return
        self._drawer.cash_in(work.connection, work.given["till_session"], entry["amount_fen"], entry["serial"], work)

    def _cash_due(self, work: Work) -> None:
        self._settle(work)
        if _is_cash(work.entry):
            work.changes["cash_return"] = CashReturn.DUE.value

    def _cash_out(self, work: Work) -> None:
        entry = work.entry
        self._drawer.cash_out(work.connection, work.given["till_session"], entry["amount_fen"], entry["serial"], work)
        work.changes["cash_return"] = CashReturn.RETURNED.value

    def _keep_core(self, work: Work) -> None:
        reply = work.answer.body if work.answer is not None else None
        if reply is None:
            return
        work.changes |= {"core_serial": reply.core_serial, "accounting_date": reply.accounting_date}
        self._days.note(work.connection, reply.accounting_date, work.now)

    def _keep_biller(self, work: Work) -> None:
        reply = work.answer.body if work.answer is not None else None
        work.changes |= {"counterpart_serial": getattr(reply, "biller_serial", ""), "settled_at": work.now}
        balance_fen = getattr(reply, "balance_fen", None)
        if balance_fen is not None:
            work.connection.execute(_WRITE_BALANCE, {"serial": work.entry["serial"], "balance_fen": balance_fen})

    # -- guards ---------------------------------------------------------------------------------------------------

    def _never_posted(self, work: Work) -> bool:
        return not work.entry["core_serial"]

    def _day_is_open(self, work: Work) -> bool:
        known = [day for day in (self._open_day(work.connection), self._core.last_accounting_date) if day is not None]
        return bool(known) and work.entry["accounting_date"] == max(known)

    def _validity_over(self, work: Work) -> bool:
        """By the biller's clock: a desk whose own is further off than a signature may be would not be answered."""
        validity_s = self._biller(work.entry).capabilities.message_validity_s
        leg = entries.last_leg(work.connection, work.entry["serial"], BILLER_PAY.name)
        wait = timedelta(seconds=validity_s + MOST_SKEW_S)
        return bool(validity_s) and leg is not None and work.now > leg["sent_at"] + wait

    # -- what it needs --------------------------------------------------------------------------------------------

    def _biller(self, entry: Row) -> Biller:
        try:
            return self._billers[entry["counterpart"]]
        except KeyError:
            raise BadSetup("error.setup.no_biller", biller=entry["counterpart"]) from None

    def _bill(self, work: Work) -> KeptBill:
        given = work.given.get("bill")
        if isinstance(given, KeptBill):
            return given
        quote_id = work.connection.execute(
            select(PAYMENT.c.quote_id).where(PAYMENT.c.serial == work.entry["serial"])
        ).scalar_one()
        return self._quotes.get(work.connection, quote_id)


def _is_cash(entry: Row) -> bool:
    return bool(entry["method"] == Method.CASH)


def _debited(work: Work) -> str:
    """The account core debits: the till's for cash, otherwise the customer's."""
    if _is_cash(work.entry):
        return f"TC-{work.entry['branch_no']}-{work.entry['till_no']}"
    return str(work.given["account"].account_no)


def _authority(work: Work) -> core_contract.Authority | None:
    if _is_cash(work.entry):
        return None
    account: AccountAuthority = work.given["account"]
    return core_contract.Authority(pin_block=account.pin_block or None, voucher_no=account.voucher_no or None)


def _original(kind: LegKind, entry: Row) -> str:
    return leg_id(entry["serial"], _ORIGINAL[kind.name].code, 1)
