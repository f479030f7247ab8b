"""The numbers the billers know their consumers by: each a format and check digits of its own.

The number of a person follows from the person's place in the list, so that nobody has to ask a ledger for it.
"""

from __future__ import annotations

from collections.abc import Callable

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.sandbox.config import ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER

STEP = 104_729  # a prime, so that no two of the first 10**7 people share a number

AREA = "0755"
_MOBILE_HEADS = ("138", "150", "186", "199", "177")

Number = Callable[[int], str]
"""From a person's place in the list."""


def spread(first: int, index: int, digits: int) -> str:
    """So many digits, another number for each index."""
    return f"{(first + index * STEP) % 10**digits:0{digits}d}"


def electricity_no(index: int) -> str:
    """14 digits: area code, eight digits, and two check digits (ISO 7064 Mod 97-10)."""
    body = AREA + spread(318_846, index, 8)
    return body + mod_97_10.calc_check_digits(body)


def water_no(index: int) -> str:
    """10 digits, the last one by Luhn."""
    body = spread(204_417_318, index, 9)
    return body + luhn.calc_check_digit(body)


def village_no(index: int) -> str:
    """8 digits without a check digit: the village and the household."""
    return "3" + spread(1_207_045, index, 7)


def gas_no(index: int) -> str:
    """12 digits, the last two by ISO 7064 Mod 97-10."""
    body = "51" + spread(62_300_158, index, 8)
    return body + mod_97_10.calc_check_digits(body)


def heating_no(index: int) -> str:
    """The number of a heating card: RN and 8 digits."""
    return "RN" + spread(12_345, index, 8)


def mobile_no(index: int) -> str:
    """11 digits: a mobile phone's number."""
    return _MOBILE_HEADS[index % len(_MOBILE_HEADS)] + spread(27_550_061, index, 8)


NUMBERS: dict[str, Number] = {
    ELECTRICITY: electricity_no,
    WATER: water_no,
    VILLAGE: village_no,
    GAS: gas_no,
    HEATING: heating_no,
    MOBILE: mobile_no,
}
"""By counterpart."""
