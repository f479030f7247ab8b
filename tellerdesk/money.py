"""Money is a whole number of fen (1 yuan = 100 fen), everywhere. It is parsed once and formatted at the end."""

from __future__ import annotations

import re

from tellerdesk.errors import BadInput

MAX_FEN = 999_999_999_999
"""The largest amount a form takes: 9,999,999,999.99 yuan, what the uppercase form has units for."""

_AMOUNT = re.compile(r"(?P<yuan>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<cents>[0-9]{1,2}))?", re.ASCII)

_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0xFFE5: 0xA5, 0x3000: 0x20}
"""Full-width ASCII, the yen sign and the ideographic space, as a Chinese input method types them."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_SMALL_UNITS = ("", "拾", "佰", "仟")
_GROUP_UNITS = ("", "万", "亿", "万亿")


def parse_fen(text: str, *, field: str = "amount") -> int:
    """Yuan as typed by a teller ("1,680.32", "１２．５", " 12 ") to fen.

    Full-width forms are folded to ASCII, and nothing else is: a superscript or circled digit is no digit. Then only
    ASCII digits, commas in thousands and at most two decimals pass. No sign, no exponent, nothing above MAX_FEN.

    Raises BadInput.
    """
    folded = text.translate(_FULL_WIDTH).strip().removeprefix("¥").strip()
    if not folded:
        raise BadInput("error.amount.empty", field=field)
    if len(folded) > 24:
        raise BadInput("error.amount.format", field=field)
    match = _AMOUNT.fullmatch(folded)
    if match is None:
        raise BadInput("error.amount.format", field=field)
    fen = int(match["yuan"].replace(",", "")) * 100 + int((match["cents"] or "0").ljust(2, "0"))
    if fen > MAX_FEN:
        raise BadInput("error.amount.too_large", field=field, most=format_fen(MAX_FEN))
    return fen


def format_fen(fen: int) -> str:
    """Fen to "1,680.32": grouped, two decimals, a minus sign where negative."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{cents:02d}"


def rmb_upper(fen: int) -> str:
    """Fen to the uppercase form printed on vouchers: 168032 -> 人民币壹仟陆佰捌拾元零叁角贰分.

    The canonical form of 支付结算办法, annex "正确填写票据和结算凭证的基本规定": 整 after 元 and after 角 (the
    accounting rule requires the latter, the payment rule allows it), none after 分; several zeros inside are one 零;
    零 is written when the yuan digit is 0 and jiao follow, and left out when only the ten-thousands digit is 0.

    Raises ValueError for a negative amount or one above MAX_FEN: such paper does not exist.
    """
    if not 0 <= fen <= MAX_FEN:
        raise ValueError(fen)
    yuan, cents = divmod(fen, 100)
    jiao, fen_digit = divmod(cents, 10)
    words = _yuan_upper(yuan) + "元" if yuan else ""
    if not cents:
        return "人民币" + (words or "零元") + "整"
    if words and (jiao == 0 or yuan % 10 == 0):
        words += "零"
    if jiao:
        words += _DIGITS[jiao] + "角"
    words += _DIGITS[fen_digit] + "分" if fen_digit else "整"
    return "人民币" + words


def _yuan_upper(yuan: int) -> str:
    groups = []
    rest = yuan
    while rest:
        rest, group = divmod(rest, 10_000)
        groups.append(group)
    words = ""
    owed_zero = False
    for power in range(len(groups) - 1, -1, -1):
        group = groups[power]
        if not group:
            owed_zero = bool(words)
            continue
        # A gap before this group: an empty group above, or a thousands digit of 0.
        if words and (owed_zero or group < 1000):
            words += "零"
        words += _group_upper(group) + _GROUP_UNITS[power]
        owed_zero = False
    return words


def _group_upper(group: int) -> str:
    words = ""
    gap = False
    for power in range(3, -1, -1):
        digit = group // 10**power % 10
        if not digit:
            gap = bool(words)
            continue
        if gap:
            words += "零"
        words += _DIGITS[digit] + _SMALL_UNITS[power]
        gap = False
    return words
