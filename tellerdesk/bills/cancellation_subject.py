"""A cancellation as a thing approval is asked for: what exactly is approved, as the approver reads it, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from tellerdesk.approvals.book import Asked
from tellerdesk.approvals.rules import Facts
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ChangeLine
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import cancelling
from tellerdesk.bills.approval import ENDS, PaymentSubject, RulesInForce, consent_word
from tellerdesk.bills.commands import AccountAuthority
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.clock import Clock, branch_time
from tellerdesk.errors import Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Runner
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_account, mask_name

Row = dict[str, Any]

_OF_ENTRY = (
    *("serial", "flow", "branch_no", "till_no", "teller_no", "counterpart", "consumer_no", "customer_name"),
    *("amount_fen", "method", "core_serial", "counterpart_serial"),
)
_OF_CANCELLATION = (
    *("id", "request_id", "payload_hash", "asked_by", "branch_no", "till_no"),
    *("reason", "note", "before_state", "original_no"),
)
_ACCOUNT = select(PAYMENT.c.account_sealed)


class CancellationSubject:
    """Implements `approvals.book.Subject`. The subject's id is the serial; what is bound names the very try."""

    use_case = UseCase.CANCELLATION

    def __init__(self, vault: Vault, clock: Clock, runner: Runner, payments: PaymentSubject) -> None:
        self._vault = vault
        self._clock = clock
        self._runner = runner
        self._payments = payments

    def asked(
        self, connection: Connection, rules: RulesInForce, who: SignedOn, entry: Row, biller: Biller, cancellation: Row
    ) -> Asked:
        """The request for a try that was written in the caller's unit of work."""
        account = self._account(connection, entry["serial"])
        count = 1
        if rules.needs_count:
            midnight = branch_time(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
            count = cancelling.asked_since(connection, who.staff_no, midnight)
        verdict = rules.evaluate(
            Facts(
                self.use_case,
                who.role,
                amount_fen=entry["amount_fen"],
                biller=biller.code,
                method=entry["method"],
                consent=consent_word(account),
                count_today=count,
            )
        )
        return Asked(
            use_case=self.use_case,
            subject=entry["serial"],
            payload=self.payload(connection, entry["serial"]),
            changes=_lines(entry, biller, cancellation, account),
            hits=verdict.hits,
            rules_hash=verdict.rules_hash,
            needed=verdict.needed,
            by_roles=verdict.by_roles,
            lifetime_s=verdict.lifetime_s,
            reason=" ".join(part for part in (_reason(cancellation["reason"]), cancellation["note"]) if part)[:400],
        )

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        """Everything core and the biller would be told, who asked and what was handed back, from the columns it is
        kept in. Raises Refused where there is no such try, TamperFound where what is sealed was changed."""
        entry, cancellation = entries.by_serial(connection, subject), cancelling.newest(connection, subject)
        if entry is None or cancellation is None:
            raise Refused("error.payment.no_such_serial", serial=spoken(subject))
        account = self._account(connection, subject)
        day = entry["accounting_date"]
        return {name: entry[name] for name in _OF_ENTRY} | {
            "made_at": entry["made_at"].isoformat(),
            "accounting_date": None if day is None else day.isoformat(),
            "consumer_index": bytes(entry["consumer_index"] or b"").hex(),
            "account": "" if account is None else self._blinded(account.account_no),
            "cancellation": {name: cancellation[name] for name in _OF_CANCELLATION}
            | {"asked_at": cancellation["asked_at"].isoformat()},
        }

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """A payment that will not be cancelled any more is again what it was, in the very transaction in which that is
        decided."""
        if state in ENDS:
            self._runner.fire_in(unit, approval["subject"], "given_up", by=by, drives=False)

    def _account(self, connection: Connection, serial: str) -> AccountAuthority | None:
        sealed = connection.execute(_ACCOUNT.where(PAYMENT.c.serial == serial)).scalar_one_or_none()
        return self._payments.account(serial, sealed)

    def _blinded(self, text: str) -> str:
        return self._vault.blind(text, column="approval_request.payload_hash").hex()


def _lines(entry: Row, biller: Biller, cancellation: Row, account: AccountAuthority | None) -> tuple[ChangeLine, ...]:
    """What the approver reads: whose payment is taken back, how much, and where the money goes; persons masked."""
    name = biller.name.both
    last_four, number = entry["consumer_last4"], entry["consumer_no"]
    told = {
        "approval.field.biller": f"{name.zh_CN} / {name.en}",
        "approval.field.consumer": f"*{last_four}" if number is None else number,
        "approval.field.customer": mask_name(entry["customer_name"]),
        "approval.field.paid_under": spoken(entry["serial"]),
        "approval.field.paid_with": f"{entry['teller_no']} / {entry['till_no']}",
        "approval.field.original": cancellation["original_no"],
        "approval.field.cancel_reason": _reason(cancellation["reason"]),
    }
    amount = format_fen(entry["amount_fen"])
    if account is None:
        told["approval.field.cash_back"] = amount
    else:
        told["approval.field.credited_back"] = amount
        told["approval.field.account_back"] = mask_account(account.account_no)
    return tuple(ChangeLine(label, "", text) for label, text in told.items() if text)


def _reason(reason: str) -> str:
    return " / ".join(words(language)(f"cancel.reason.{reason.lower()}") for language in LANGUAGES)
