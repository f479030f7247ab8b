"""What sets one biller apart from another: what it is called, what it takes, what it cannot do, who owes it what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from tellerdesk.sandbox import people
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER
from tellerdesk.sandbox.consumer_numbers import NUMBERS, Number

CAPABILITIES = ("dedupe", "inquiry", "tombstone", "cancel")
"""Remembers leg ids; answers what became of a payment; promises never to take one; takes one back (by cancelling it,
or by agreeing to its refund)."""


class Takes(StrEnum):
    """What a biller takes for a bill."""

    EXACT = "EXACT"
    """what is owed"""
    EXACT_OR_MORE = "EXACT_OR_MORE"
    """what is owed; the rest becomes the consumer's balance"""
    PART_OLDEST_FIRST = "PART_OLDEST_FIRST"
    """any part of what is owed, for the oldest period first"""
    FREE = "FREE"
    """an amount within bounds; all of it becomes the consumer's balance"""

    @property
    def keeps_balances(self) -> bool:
        return self in (Takes.EXACT_OR_MORE, Takes.FREE)


Owed = list[tuple[str, int]]
"""Periods and what is owed for each in fen, oldest first."""
Facts = tuple[tuple[str, str], ...]
"""What a biller tells of a consumer besides what is owed: labels and values."""


def _no_facts(_index: int) -> Facts:
    return ()


def _as_it_is(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Profile:
    """One biller. Consumers are the first `consumers` people, by `number`; `owes` is what each of them who has not
    paid owes on a day, and `balance_fen` what the biller already holds for them.

    `prefix` leads its references and serials. `unable` are the capabilities it has not got until they are switched on.
    Its own day ends at `cut_off`, branch time. `untouched_only`: a payment that made a balance is taken back only while
    nothing of the balance has been used since. The bounds hold where it takes any amount (FREE), in fen. `words`
    replace sentences of the refusals; `codes` are the only codes it refuses payments with, where it is bound to a list.
    """

    name: str
    code: str
    title: str
    prefix: str
    item: str
    takes: Takes
    number: Number
    consumers: int
    owes: Callable[[int, date], Owed]
    balance_fen: Callable[[int], int] = lambda _index: 0
    facts: Callable[[int], Facts] = _no_facts
    shown_name: Callable[[str], str] = _as_it_is
    tells_address: bool = True
    late_fee: bool = False
    unable: frozenset[str] = frozenset()
    cut_off: time = time(0, 0)
    untouched_only: bool = False
    least_fen: int = 1
    most_fen: int = 10**12
    step_fen: int = 1
    words: Mapping[str, str] | None = None
    codes: tuple[str, ...] = ()
    accounts: tuple[str, str] = ("", "")

    @property
    def core_accounts(self) -> tuple[str, str]:
        """Internal and settlement account at core."""
        return self.accounts if self.accounts[0] else accounts_of(self.code)

    @property
    def receivable(self) -> str:
        """What the biller owes the bank, at core."""
        return f"RB-{self.code}"


def accounts_of(code: str) -> tuple[str, str]:
    """Internal and settlement account of a biller at core, by its code."""
    return f"IN-{code}", f"ST-{code}"


def _by_months(price_fen: int, least: int, spread: int) -> Callable[[int, date], Owed]:
    """A household's use in whole units, another number each month, at `price_fen`."""

    def owes(index: int, today: date) -> Owed:
        periods = people.unpaid_months(index, today)
        return [
            (period, (least + (index * 37 + place * 53) % spread) * price_fen) for place, period in enumerate(periods)
        ]

    return owes


def _area(index: int) -> int:
    """A flat's heated area in hundredths of a square metre: from 45.00 to 144.99."""
    return 4_500 + index * 1_373 % 10_000


_HEATING_FEN = 2_400
"""For a square metre and a season."""


def _seasons(index: int, today: date) -> Owed:
    """The season that begins in this year's autumn, and for every sixth person the one before; nothing for those who
    have paid."""
    if people.standing(index) is people.Standing.OWES_NOTHING:
        return []
    first = today.year if today.month >= 7 else today.year - 1
    fen = _area(index) * _HEATING_FEN // 100
    seasons = (first - 1, first) if index % 6 == 5 else (first,)
    return [(f"{year}-{year + 1}", fen) for year in seasons]


def _heated(index: int) -> Facts:
    area = _area(index)
    return (
        ("供热面积", f"{area // 100}.{area % 100:02d} 平方米"),
        ("供热单价", f"{_HEATING_FEN // 100}.{_HEATING_FEN % 100:02d} 元/平方米"),
    )


def _operators_mask(name: str) -> str:
    """The operator's habit: the last character, and a star for each of the others."""
    return "*" * (len(name) - 1) + name[-1:]


_ALL = (
    Profile(
        name=ELECTRICITY,
        code=BILLERS[ELECTRICITY],
        title="Electricity company",
        prefix="DL",
        item="电费",
        takes=Takes.EXACT,
        number=NUMBERS[ELECTRICITY],
        consumers=people.CONSUMERS[ELECTRICITY],
        owes=people.arrears,
        late_fee=True,
        words={"DISCONNECTED": "户号已销户或停用，请联系供电局"},
    ),
    Profile(
        name=WATER,
        code=BILLERS[WATER],
        title="Water company",
        prefix="SW",
        item="水费",
        takes=Takes.PART_OLDEST_FIRST,
        number=NUMBERS[WATER],
        consumers=people.CONSUMERS[WATER],
        owes=_by_months(price_fen=382, least=6, spread=31),
        cut_off=time(23, 30),
    ),
    Profile(
        name=VILLAGE,
        code=BILLERS[VILLAGE],
        title="Village water works",
        prefix="CS",
        item="村镇水费",
        takes=Takes.EXACT,
        number=NUMBERS[VILLAGE],
        consumers=people.CONSUMERS[VILLAGE],
        owes=_by_months(price_fen=150, least=4, spread=23),
        unable=frozenset(CAPABILITIES),
    ),
    Profile(
        name=GAS,
        code=BILLERS[GAS],
        title="Gas company",
        prefix="RQ",
        item="燃气费",
        takes=Takes.EXACT_OR_MORE,
        number=NUMBERS[GAS],
        consumers=people.CONSUMERS[GAS],
        owes=_by_months(price_fen=345, least=8, spread=41),
        # Whoever owes nothing has something left of an earlier payment.
        balance_fen=lambda index: index * 311 % 9_000 if people.standing(index) is people.Standing.OWES_NOTHING else 0,
    ),
    Profile(
        name=HEATING,
        code=BILLERS[HEATING],
        title="Heating company",
        prefix="RL",
        item="采暖费",
        takes=Takes.EXACT,
        number=NUMBERS[HEATING],
        consumers=people.CONSUMERS[HEATING],
        owes=_seasons,
        facts=_heated,
        words={
            "NO_SUCH_CONSUMER": "供热卡号不存在",
            "DISCONNECTED": "该户已停止供热，请联系供热公司",
            "NOTHING_OWED": "本采暖季无欠费",
        },
    ),
    Profile(
        name=MOBILE,
        code=BILLERS[MOBILE],
        title="Mobile operator",
        prefix="YD",
        item="话费",
        takes=Takes.FREE,
        number=NUMBERS[MOBILE],
        consumers=people.CONSUMERS[MOBILE],
        owes=lambda _index, _today: [],
        balance_fen=lambda index: index * 173 % 8_000,
        shown_name=_operators_mask,
        tells_address=False,
        untouched_only=True,
        least_fen=1_000,
        most_fen=50_000,
        step_fen=1_000,
        words={
            "NO_SUCH_CONSUMER": "手机号码不存在",
            "DISCONNECTED": "该号码已销号",
            "AMOUNT_TOO_LARGE": "单笔最多 500 元",
            "AMOUNT_NOT_ALLOWED": "金额须为 10 元的整数倍，至少 10 元",
        },
    ),
)
PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}
"""The billers the sandbox plays, by counterpart."""
