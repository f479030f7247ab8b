"""Numbers that name a person or what is theirs, checked before anything rests on them. Each function returns the
number as it is kept: folded, in capitals, without spaces and dashes."""

from __future__ import annotations

import re

from stdnum import luhn
from stdnum.cn import ric

from tellerdesk.errors import BadInput
from tellerdesk.text import typed

_PASSPORT = re.compile(r"[A-Z0-9]{6,12}", re.ASCII)
_BANK_CARD = re.compile(r"[0-9]{12,19}", re.ASCII)


def parse_id_card(text: str, *, field: str = "document_no") -> str:
    """A resident identity card's 18 characters, with their check digit, birthday and county.

    Raises BadInput saying whether it is missing or wrong.
    """
    number = _plain(text, field)
    if not number:
        raise BadInput("error.identity.empty", field=field)
    if not ric.is_valid(number):
        raise BadInput("error.identity.id_card", field=field)
    return number


def parse_passport(text: str, *, field: str = "document_no") -> str:
    """A passport's number: 6 to 12 letters and digits, whichever country's. Raises BadInput."""
    number = _plain(text, field)
    if not number:
        raise BadInput("error.identity.empty", field=field)
    if not _PASSPORT.fullmatch(number):
        raise BadInput("error.identity.passport", field=field)
    return number


def parse_bank_card(text: str, *, field: str = "account_no") -> str:
    """A customer's account or card number: 12 to 19 digits, the last one by Luhn. Raises BadInput."""
    number = _plain(text, field)
    if not number:
        raise BadInput("error.account.empty", field=field)
    if not _BANK_CARD.fullmatch(number):
        raise BadInput("error.account.format", field=field, typed=len(number))
    if not luhn.is_valid(number):
        raise BadInput("error.account.checksum", field=field)
    return number


def _plain(text: str, field: str) -> str:
    return re.sub(r"[\s-]", "", typed(text, field=field, most=64)).upper()
