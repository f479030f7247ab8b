"""A customer's account as the other way to pay: whose it is, and the customer's consent to its debit."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from tellerdesk.bills.commands import AccountAuthority, AskAccount, ReadPin
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import BadInput, CounterpartUnavailable, Refused
from tellerdesk.identity import parse_bank_card
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts.core import ACCOUNT, AccountReply
from tellerdesk.links.link import Link
from tellerdesk.links.pinpad import PinPad, PinResult
from tellerdesk.money import MAX_FEN
from tellerdesk.store.engine import Store
from tellerdesk.text import mask_account, mask_name, typed

CUSTOMER = "CUSTOMER"
NORMAL = "NORMAL"


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What the teller reads by core's code or the account's state, for any other refusal, and for silence."""

    by_code: Mapping[str, str]
    refused: str
    no_answer: str


_DEBIT = _Sentences(
    {
        "ACCOUNT_NOT_FOUND": "error.account.not_found",
        "ACCOUNT_FROZEN": "error.account.frozen",
        "FROZEN": "error.account.frozen",
        "ACCOUNT_CLOSED": "error.account.closed",
        "CLOSED": "error.account.closed",
    },
    refused="error.account.refused",
    no_answer="error.account.no_answer",
)
_CREDIT = _Sentences(
    {
        "ACCOUNT_NOT_FOUND": "error.credit.not_found",
        "ACCOUNT_FROZEN": "error.credit.frozen",
        "FROZEN": "error.credit.frozen",
        "ACCOUNT_CLOSED": "error.credit.closed",
        "CLOSED": "error.credit.closed",
    },
    refused="error.credit.refused",
    no_answer="error.credit.no_answer",
)

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
        reply = self._told(number, _DEBIT)
        return AccountView(
            account_no=number,
            masked_no=mask_account(number),
            holder=mask_name(reply.holder),
            kind=reply.kind,
            other_holder=self._is_other(reply.holder, command.quote_id),
        )

    def can_be_credited(self, account_no: str, name: str) -> None:
        """Raises Refused where core would not credit this account, or it is not `name`'s as far as core's masked
        holder tells; CounterpartUnavailable."""
        reply = self._told(account_no, _CREDIT)
        if reply.holder not in {name, mask_name(name)}:
            raise Refused("error.credit.other_holder")

    def _told(self, number: str, sentences: _Sentences) -> AccountReply:
        """A customer's account in good standing, as core tells it."""
        answer = self._core.call(ACCOUNT, request_id=f"a-{secrets.token_hex(12)}", path={"account_no": number})
        if answer.kind is AnswerKind.REJECTED:
            raise _refusal(answer.code, answer.message, sentences)
        reply = answer.body
        if answer.kind is not AnswerKind.ACCEPTED or reply is None:
            raise CounterpartUnavailable(sentences.no_answer, reason=answer.code)
        if reply.kind != CUSTOMER:
            raise _refusal("ACCOUNT_NOT_FOUND", "", sentences)
        if reply.status != NORMAL:
            raise _refusal(reply.status, "", sentences)
        return reply

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


def _refusal(code: str, message: str, sentences: _Sentences) -> Refused:
    known = sentences.by_code.get(code)
    return Refused(known, code=code) if known else Refused(sentences.refused, code=code, message=message)
