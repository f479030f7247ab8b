"""A payment as a thing approval is asked for: what exactly is approved, as the approver reads it, and its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, select

from tellerdesk.approvals.book import Asked
from tellerdesk.approvals.rules import Facts, Verdict
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ChangeLine
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import basket_book
from tellerdesk.bills.commands import AccountAuthority, Method, PayBill
from tellerdesk.bills.payment_flow import ACCOUNT_SEALED, IDENTITY_SEALED, PAYMENT
from tellerdesk.bills.quotes import QUOTE, KeptBill
from tellerdesk.bills.states import FLOW
from tellerdesk.clock import Clock, branch_time
from tellerdesk.errors import Refused
from tellerdesk.journal import entries
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.runner import Runner
from tellerdesk.links.strict_json import parse
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.store.vault import Vault, last_four
from tellerdesk.text import mask_account, mask_name

Row = dict[str, Any]

ENDS = frozenset({ApprovalState.REJECTED, ApprovalState.WITHDRAWN, ApprovalState.EXPIRED})

_OF_ENTRY = (
    *("serial", "request_id", "payload_hash", "flow", "branch_no", "till_no", "teller_no", "counterpart"),
    *("consumer_no", "customer_name", "amount_fen", "method", "rules"),
)
_OF_PAYMENT = ("quote_id", "tendered_fen", "change_fen")
_KEPT = (
    select(
        *(ENTRY.c[name] for name in _OF_ENTRY),
        *(PAYMENT.c[name] for name in _OF_PAYMENT),
        *(ENTRY.c.made_at, ENTRY.c.consumer_index, PAYMENT.c.account_sealed, PAYMENT.c.identity_sealed),
        *(QUOTE.c.biller_code, QUOTE.c.total_fen, QUOTE.c.valid_until, QUOTE.c.bill),
    )
    .join(PAYMENT, PAYMENT.c.serial == ENTRY.c.serial)
    .join(QUOTE, QUOTE.c.quote_id == PAYMENT.c.quote_id)
    .where(ENTRY.c.serial == bindparam("of_serial"))
)


class RulesInForce(Protocol):
    """What payments need of the rules."""

    @property
    def needs_count(self) -> bool:
        """Whether any rule looks at how many payments a person has begun today."""

    def evaluate(self, facts: Facts) -> Verdict: ...


def judged(
    connection: Connection,
    rules: RulesInForce,
    who: SignedOn,
    command: PayBill,
    biller: Biller,
    clock: Clock,
    whole_fen: int,
) -> Verdict:
    """What the rules say of a payment that is about to be begun. They look at `whole_fen`, what the customer pays all
    in all: paying bill by bill evades no limit. Counting costs a question: only where a rule needs it."""
    count = 1
    if rules.needs_count:
        midnight = branch_time(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        count += entries.begun_since(connection, FLOW, who.staff_no, midnight)
    return rules.evaluate(
        Facts(
            UseCase.PAYMENT,
            who.role,
            amount_fen=whole_fen,
            biller=biller.code,
            method=command.method.value,
            consent=consent_word(command.account),
            count_today=count,
        )
    )


def asked_for(entry: Row) -> bool:
    """Whether a rule wanted an approval for this payment."""
    return not (entry["rules"] or ":").endswith(":")


class PaymentSubject:
    """Implements `approvals.book.Subject`. The subject's id is the serial."""

    use_case = UseCase.PAYMENT

    def __init__(self, vault: Vault, runner: Runner) -> None:
        self._vault = vault
        self._runner = runner

    def asked(
        self, connection: Connection, serial: str, command: PayBill, biller: Biller, bill: KeptBill, verdict: Verdict
    ) -> Asked:
        """The request for a payment that was written in the caller's unit of work."""
        names = dict.fromkeys(f"{hit.name.zh_CN} / {hit.name.en}" for hit in verdict.hits)
        return Asked(
            use_case=self.use_case,
            subject=serial,
            payload=self.payload(connection, serial),
            changes=_lines(command, biller, bill, basket_book.of_request(connection, command.request_id)),
            hits=verdict.hits,
            rules_hash=verdict.rules_hash,
            needed=verdict.needed,
            by_roles=verdict.by_roles,
            lifetime_s=verdict.lifetime_s,
            reason=command.reason or "; ".join(names)[:400],
        )

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        """Everything core, the biller and the till would be told, from the columns it is kept in. Accounts and persons
        enter blinded. Raises Refused where there is no such payment, TamperFound where what is sealed was changed."""
        found = connection.execute(_KEPT, {"of_serial": subject}).mappings().first()
        if found is None:
            raise Refused("error.payment.no_such_serial", serial=spoken(subject))
        account = self.account(subject, found["account_sealed"])
        identity = self._opened(IDENTITY_SEALED, subject, found["identity_sealed"])
        basket = basket_book.of_request(connection, found["request_id"])
        return (
            {name: found[name] for name in (*_OF_ENTRY, *_OF_PAYMENT)}
            | {
                "made_at": found["made_at"].isoformat(),
                "consumer_index": bytes(found["consumer_index"] or b"").hex(),
                "account": "" if account is None else self._blinded(account.account_no),
                "voucher": "" if account is None else self._blinded(account.voucher_no),
                "identity": self._blinded(identity) if identity else "",
                "bill": {
                    "biller": found["biller_code"],
                    "total_fen": found["total_fen"],
                    "valid_until": found["valid_until"].isoformat(),
                    "sealed": hashlib.sha256(bytes(found["bill"])).hexdigest(),
                },
            }
            | ({} if basket is None else {"basket": basket})
        )

    def account(self, serial: str, sealed: bytes | None) -> AccountAuthority | None:
        """The account and the voucher a payment was asked for with; a PIN block is never kept. None for cash."""
        text = self._opened(ACCOUNT_SEALED, serial, sealed)
        if not text:
            return None
        told: Any = parse(text.encode())
        return AccountAuthority(told["account_no"], voucher_no=told["voucher_no"])

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """A payment that will not be approved any more ends in the very transaction in which that is decided."""
        if state in ENDS:
            self._runner.fire_in(unit, approval["subject"], "given_up", by=by)

    def _opened(self, column: str, serial: str, sealed: bytes | None) -> str:
        return "" if sealed is None else self._vault.open(bytes(sealed), column=column, row=serial)

    def _blinded(self, text: str) -> str:
        return self._vault.blind(text, column="approval_request.payload_hash").hex()


def consent_word(account: AccountAuthority | None) -> str:
    """What a rule calls the customer's consent; empty for cash."""
    if account is None:
        return ""
    return "VOUCHER" if account.voucher_no else "PIN"


def _lines(command: PayBill, biller: Biller, bill: KeptBill, basket: Row | None) -> tuple[ChangeLine, ...]:
    """What the approver reads: who is paid for whom, how much, and how; persons and accounts masked."""
    name = biller.name.both
    number = bill.consumer_no
    told = {
        "approval.field.biller": f"{name.zh_CN} / {name.en}",
        "approval.field.consumer": f"*{last_four(number)}" if biller.consumer.personal else number,
        "approval.field.customer": mask_name(bill.customer_name),
        "approval.field.amount": format_fen(command.amount_fen),
    }
    if basket is not None:
        told["approval.field.basket"] = format_fen(basket["total_fen"])
    if command.account is not None:
        voucher_no = command.account.voucher_no
        by = "approval.field.account_by_voucher" if voucher_no else "approval.field.account_by_pin"
        told |= {by: mask_account(command.account.account_no), "approval.field.voucher": voucher_no}
    elif command.method is Method.CASH and basket is None:
        told["approval.field.tendered"] = format_fen(command.tendered_fen)
        told["approval.field.change"] = format_fen(command.tendered_fen - command.amount_fen)
    if command.identity is not None:
        agent = command.identity.agent
        told["approval.field.payer"] = mask_name(command.identity.payer.name)
        told["approval.field.agent"] = "" if agent is None else mask_name(agent.name)
    return tuple(ChangeLine(label, "", text) for label, text in told.items() if text)
