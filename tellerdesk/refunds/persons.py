"""Who gets a refund, and into which account: sealed with the try to pay it out, by the request that made it."""

from __future__ import annotations

from typing import Any

from tellerdesk.bills import large_cash
from tellerdesk.bills.commands import Person
from tellerdesk.journal import finding
from tellerdesk.links.strict_json import canonical_json, parse
from tellerdesk.store.vault import Vault

Row = dict[str, Any]

PAYEE_SEALED, ACCOUNT_SEALED = "refunds_pay_out.payee_sealed", "refunds_pay_out.account_sealed"


def checked(payee: Person, agent: Person | None) -> dict[str, Person]:
    """The persons whose identity was seen, their names and numbers folded and checked. Raises BadInput with the field
    "payee_name", "payee_document_no", "payee_kind", or the agent's."""
    persons = {"payee": large_cash.person(payee, "payee")}
    return persons if agent is None else persons | {"agent": large_cash.person(agent, "agent")}


class Persons:
    """Seals and opens what a try to pay out keeps of people."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def sealed(self, request_id: str, persons: dict[str, Person], account_no: str) -> Row:
        """The sealed columns of the try a request makes."""
        told = large_cash.told(persons)
        account = self._vault.seal(account_no, column=ACCOUNT_SEALED, row=request_id) if account_no else None
        return {
            "payee_sealed": self._vault.seal(told, column=PAYEE_SEALED, row=request_id),
            "account_sealed": account,
        }

    def written(self, pay_out: Row) -> str:
        """Everybody whose identity was seen, as it was sealed."""
        sealed = bytes(pay_out["payee_sealed"])
        return self._vault.open(sealed, column=PAYEE_SEALED, row=pay_out["request_id"])

    def of(self, pay_out: Row) -> dict[str, Person]:
        """By "payee" and "agent"."""
        told: Any = parse(self.written(pay_out).encode())
        return {who: Person(name, document_no, kind) for who, (name, kind, document_no) in told.items()}

    def account_no(self, pay_out: Row) -> str:
        """The account that is credited; empty for cash."""
        sealed = pay_out["account_sealed"]
        if sealed is None:
            return ""
        return self._vault.open(bytes(sealed), column=ACCOUNT_SEALED, row=pay_out["request_id"])

    def account_index(self, pay_out: Row) -> bytes:
        """By which the account that is credited is found; empty for cash."""
        account_no = self.account_no(pay_out)
        return finding.account_index(self._vault, account_no) if account_no else b""


def as_json(persons: dict[str, Person], account_no: str) -> str:
    """What is blinded before it enters a hash."""
    return canonical_json({"persons": large_cash.told(persons), "account": account_no}).decode()
