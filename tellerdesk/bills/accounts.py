"""A customer's account as the other way to pay: whose it is, and the customer's consent to its debit."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from tellerdesk.bills.commands import AccountAuthority, AskAccount, ReadPin
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import BadInput, CounterpartUnavailable, Refused
from tellerdesk.identity import parse_bank_card
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts.core import ACCOUNT
from tellerdesk.links.link import Link
from tellerdesk.links.pinpad import PinPad, PinResult
from tellerdesk.money import MAX_FEN
from tellerdesk.store.engine import Store
from tellerdesk.text import mask_account, mask_name, typed

CUSTOMER = "CUSTOMER"
NORMAL = "NORMAL"

_NOT_TO_BE_DEBITED = {
    "ACCOUNT_NOT_FOUND": "error.account.not_found",
    "ACCOUNT_FROZEN": "error.account.frozen",
    "FROZEN": "error.account.frozen",
    "ACCOUNT_CLOSED": "error.account.closed",
    "CLOSED": "error.account.closed",
}
"""Core's codes and the states of an account, with the sentence the teller reads."""

_NO_PIN: Mapping[PinResult, str] = {
    PinResult.CANCELLED: "error.pin.cancelled",
    PinResult.TIMEOUT: "error.pin.timeout",
    PinResult.GONE: "error.pin.gone",
}

_PIN_BLOCK = re.compile(r"[0-9A-F]{32,128}", re.ASCII)
_VOUCHER = re.compile(r"[0-9A-Z]{6,20}", re.ASCII)


class CustomerAccounts:
    """Asks core about accounts and the pad for PINs. Neither moves money: both may be asked again at will."""

    def __init__(self, store: Store, core: Link, quotes: Quotes, pinpad: PinPad | None) -> None:
        self._store = store
        self._core = core
        self._quotes = quotes
        self._pinpad = pinpad

    def ask(self, command: AskAccount) -> AccountView:
        """A customer's account that can be debited.

        Raises BadInput (field "account_no"), Refused for every reason it cannot be, CounterpartUnavailable.
        """
        number = parse_bank_card(command.account_no)
        answer = self._core.call(ACCOUNT, request_id=f"a-{secrets.token_hex(12)}", path={"account_no": number})
        if answer.kind is AnswerKind.REJECTED:
            raise _refusal(answer.code, answer.message)
        reply = answer.body
        if answer.kind is not AnswerKind.ACCEPTED or reply is None:
            raise CounterpartUnavailable("error.account.no_answer", reason=answer.code)
        if reply.kind != CUSTOMER:
            raise Refused("error.account.not_found", code=reply.kind)
        if reply.status != NORMAL:
            raise _refusal(reply.status, "")
        return AccountView(
            account_no=number,
            masked_no=mask_account(number),
            holder=mask_name(reply.holder),
            kind=reply.kind,
            other_holder=self._is_other(reply.holder, command.quote_id),
        )

    def read_pin(self, command: ReadPin) -> str:
        """The block the pad made of the PIN. Raises BadInput, and Refused where there is none."""
        number = parse_bank_card(command.account_no)
        if not 1 <= command.amount_fen <= MAX_FEN:
            raise BadInput("error.amount.format", field="amount")
        if self._pinpad is None:
            raise Refused("error.pin.no_pad")
        reading = self._pinpad.read(number, command.amount_fen)
        if reading.result is not PinResult.ENTERED:
            raise Refused(_NO_PIN[reading.result], reason=reading.reason)
        return reading.pin_block

    def _is_other(self, holder: str, quote_id: str) -> bool:
        """Core tells the holder masked by the surname, so another surname alone is not seen."""
        if not quote_id:
            return False
        with self._store.read() as session:
            name = self._quotes.get(session.connection(), quote_id).customer_name
        return holder not in {name, mask_name(name)}


def consent(account: AccountAuthority | None) -> AccountAuthority:
    """The consent as it is sent to core: account and voucher number folded, exactly one of block and voucher.

    Raises BadInput (fields "account_no", "voucher_no"), and Refused where there is no consent or two of them.
    """
    if account is None:
        raise Refused("error.account.no_authority")
    number = parse_bank_card(account.account_no)
    voucher = re.sub(r"[\s-]", "", typed(account.voucher_no, field="voucher_no", most=64)).upper()
    if bool(account.pin_block) == bool(voucher):
        raise Refused("error.account.no_authority")
    if voucher and not _VOUCHER.fullmatch(voucher):
        raise BadInput("error.account.voucher", field="voucher_no")
    if account.pin_block and not _PIN_BLOCK.fullmatch(account.pin_block):
        raise Refused("error.account.no_authority")
    return AccountAuthority(number, account.pin_block, voucher)


def _refusal(code: str, message: str) -> Refused:
    known = _NOT_TO_BE_DEBITED.get(code)
    return Refused(known, code=code) if known else Refused("error.account.refused", code=code, message=message)
