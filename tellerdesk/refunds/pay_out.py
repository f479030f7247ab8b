"""Paying out what lies in refunds payable: to somebody whose identity was seen, in cash or to their account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.cancellation_guards import raise_first
from tellerdesk.bills.commands import Method, Person
from tellerdesk.bills.once import once
from tellerdesk.errors import Conflict, IllegalTransition, Refused, StoreUnavailable
from tellerdesk.identity import parse_bank_card
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Runner
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds import persons as people
from tellerdesk.refunds import register, states
from tellerdesk.refunds.beginning import Beginning, hash_of
from tellerdesk.refunds.commands import AskPayOut, ConfirmHandedOver
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_guards import RefundGuards
from tellerdesk.refunds.refunds import Refunds, own
from tellerdesk.refunds.views import RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A try to pay out as it is asked for, everything in it folded and checked."""

    command: AskPayOut
    persons: dict[str, Person]
    account_no: str
    asked: str


class PayingOut:
    """Asks for the approval of a pay-out, and books cash that went over the counter. May be repeated."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        audit: AuditTrail,
        runner: Runner,
        drawer: Drawer,
        accounts: CustomerAccounts,
        persons: Persons,
        beginning: Beginning,
        guards: RefundGuards,
        refunds: Refunds,
    ) -> None:
        self._store = store
        self._vault = vault
        self._audit = audit
        self._runner = runner
        self._drawer = drawer
        self._accounts = accounts
        self._persons = persons
        self._beginning = beginning
        self._guards = guards
        self._refunds = refunds

    def ask(self, who: SignedOn, command: AskPayOut) -> RefundView:
        """Asks for the approval without which nothing is paid out. A repeated request id gives the refund as it
        stands.

        Raises BadInput (the persons' fields, "account_no"), NotAllowed, Refused for every guard (the account cannot be
        credited or is somebody else's), CounterpartUnavailable, Conflict, StoreUnavailable.
        """
        wanted = self._checked(who, command)
        try:
            if not self._stands(wanted):
                if wanted.account_no:
                    self._accounts.can_be_credited(wanted.account_no, wanted.persons["payee"].name)
                self._written(who, wanted)
            return self._refunds.refund(who, command.serial)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.refund.pay_out_not_asked", serial=spoken(command.serial)) from error

    def confirm_handed_over(self, who: SignedOn, command: ConfirmHandedOver) -> RefundView:
        """Books the cash that went over the counter, once; a repeated confirmation changes nothing."""
        for last in (False, True):
            try:
                with self._store.write("refund.handed_over") as unit:
                    connection = unit.connection
                    entry = own(who, entries.by_serial(connection, command.serial), command.serial)
                    if entry["cash_return"] == CashReturn.RETURNED:
                        break
                    raise_first(self._guards.handing_over(connection, who, entry))
                    till = self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
                    given = {"till_session": till}
                    self._runner.fire_in(unit, command.serial, "cash_returned", by=who.staff_no, given=given)
                    told = {"amount_fen": entry["amount_fen"]}
                    self._audit.write(unit.session, who.staff_no, "refund.handed_over", command.serial, told)
                    unit.commit()
                break
            except (Conflict, IllegalTransition):
                if last:  # somebody came between twice
                    raise
            except StoreUnavailable as error:
                if error.message_id != UNSURE:
                    raise StoreUnavailable("error.refund.not_handed_over", serial=spoken(command.serial)) from error
        return self._refunds.refund(who, command.serial)

    def _checked(self, who: SignedOn, command: AskPayOut) -> _Wanted:
        persons = people.checked(command.payee, command.agent)
        account_no = ""
        if command.method is Method.ACCOUNT:
            account_no = parse_bank_card(command.account_no)
        elif command.account_no:
            raise Refused("error.refund.cash_with_account")
        told = self._vault.blind(people.as_json(persons, account_no), column="refunds_pay_out.payload_hash").hex()
        asked = hash_of(who, pay_out=command.serial, method=command.method.value, to=told)
        return _Wanted(command, persons, account_no, asked)

    def _stands(self, wanted: _Wanted) -> bool:
        """Whether this request has been made already. Raises Conflict where it came with other contents."""
        with self._store.read() as session:
            first = register.pay_out_by_request(session.connection(), wanted.command.request_id)
        if first is not None and first["payload_hash"] != wanted.asked:
            raise Conflict("error.payment.other_contents", serial=spoken(first["serial"]))
        return first is not None

    def _written(self, who: SignedOn, wanted: _Wanted) -> None:
        try:
            once(lambda: self._stands(wanted), lambda: self._write(who, wanted))
        except StoreUnavailable as error:
            if error.message_id != UNSURE or not self._stands(wanted):
                raise

    def _write(self, who: SignedOn, wanted: _Wanted) -> None:
        command = wanted.command
        with self._store.write("refund.pay_out_asked") as unit:
            connection = unit.connection
            entry = own(who, entries.by_serial(connection, command.serial), command.serial)
            if entry["state"] == states.PENDING_PAY_OUT:
                raise Refused("error.refund.pay_out_asked", serial=spoken(command.serial))
            raise_first(self._guards.paying_out(connection, who, entry, command.method))
            pay_out: Row = {
                "request_id": command.request_id,
                "payload_hash": wanted.asked,
                "asked_by": who.staff_no,
                "branch_no": who.branch_no,
                "till_no": who.till_no,
                "method": command.method.value,
            } | self._persons.sealed(command.request_id, wanted.persons, wanted.account_no)
            given = {"pay_out": pay_out} | self._beginning.asking(connection, who)
            self._runner.fire_in(unit, command.serial, "ask_pay_out", by=who.staff_no, given=given)
            kinds = {name: person.kind for name, person in wanted.persons.items()}
            told = {"method": command.method.value, "amount_fen": entry["amount_fen"]} | kinds
            self._audit.write(unit.session, who.staff_no, "refund.pay_out_asked", command.serial, told)
            unit.commit()
