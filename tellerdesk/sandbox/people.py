"""Who the sandbox's customers are: the same people on every machine and on every day.

Numbers, standings and amounts follow from a person's place in the list; only names and addresses need Faker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from stdnum import luhn

from tellerdesk.sandbox.config import ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER
from tellerdesk.sandbox.consumer_numbers import NUMBERS, spread

COUNT = 2_200
CONSUMERS = {ELECTRICITY: COUNT, WATER: 600, VILLAGE: 80, GAS: 600, HEATING: 400, MOBILE: 800}
"""How many of the people, from the first one on, each biller serves."""
SEED = 20261122

_FIRST_ACCOUNT = 30_188_462

RARE_NAMES = ("王㛃", "李𬭎", "𠮷田明", "赵䶮", "陈𫖯", "欧阳㛃")
COMPOUND_NAMES = ("欧阳晓燕", "司徒建国", "上官文静", "诸葛明", "慕容雪", "令狐冲云", "夏侯志强", "皇甫丽")

_DISTRICTS = {
    "南山区": ("科技园路", "粤海街道海德三道", "后海大道", "桃园路", "沙河西路"),
    "福田区": ("深南大道", "莲花路", "梅林路", "福华三路", "景田北街"),
    "罗湖区": ("人民南路", "东门中路", "翠竹路", "黄贝路", "笋岗东路"),
    "宝安区": ("新安一路", "西乡大道", "前进二路", "兴华路", "翻身路"),
    "龙岗区": ("龙翔大道", "布吉街道吉华路", "坂田街道五和大道", "龙福路", "清林路"),
    "龙华区": ("梅龙大道", "民治大道", "东环一路", "人民路", "布龙路"),
}


class Standing(StrEnum):
    OWES = "OWES"
    OWES_NOTHING = "OWES_NOTHING"
    DISCONNECTED = "DISCONNECTED"
    """The contract has ended, with six months unpaid; the counter takes nothing for it any more."""


@dataclass(frozen=True, slots=True)
class Person:
    index: int
    name: str
    address: str
    consumer_no: str
    """with the electricity company"""
    account_no: str


@dataclass(frozen=True, slots=True)
class Samples:
    """Consumer numbers a demonstration or a test can rely on, without asking a ledger."""

    owing: tuple[str, ...]
    owing_nothing: tuple[str, ...]
    disconnected: tuple[str, ...]
    unknown: tuple[str, ...]
    """right check digits, but nobody's"""
    accounts: tuple[str, ...]
    """accounts of people with money, neither frozen nor closed"""
    frozen_accounts: tuple[str, ...]
    closed_accounts: tuple[str, ...]


def consumer_no(index: int, counterpart: str = ELECTRICITY) -> str:
    """The number a biller knows a person by."""
    return NUMBERS[counterpart](index)


def account_no(index: int) -> str:
    """19 digits, the last one by Luhn."""
    body = "6217000712" + spread(_FIRST_ACCOUNT, index, 8)
    return body + luhn.calc_check_digit(body)


def pin(account_no: str) -> str:
    """The six digits the holder of an account keys on the pad."""
    return f"{int.from_bytes(hashlib.sha256(account_no.encode()).digest()[:8]) % 10**6:06d}"


def standing(index: int) -> Standing:
    if index % 50 == 7:
        return Standing.DISCONNECTED
    return Standing.OWES_NOTHING if index % 5 == 4 else Standing.OWES


def account_status(index: int) -> str:
    """NORMAL, FROZEN or CLOSED."""
    if index % 40 == 11:
        return "FROZEN"
    return "CLOSED" if index % 60 == 13 else "NORMAL"


def account_balance_fen(index: int) -> int:
    return 0 if account_status(index) == "CLOSED" else 300_000 + (index * 7_919_113) % 20_000_000


def arrears(index: int, today: date) -> list[tuple[str, int]]:
    """What is owed for electricity, for the unpaid months before `today`'s, oldest first: ("2026-10", fen)."""
    periods = unpaid_months(index, today)
    if index == 0:  # the bill the handbook's pictures show
        return list(zip(periods, (82_811, 84_400), strict=True))
    # Kilowatt-hours of a household, at 0.6801 yuan.
    return [(period, (60 + (index * 37 + place * 53) % 520) * 6_801 // 100) for place, period in enumerate(periods)]


def unpaid_months(index: int, today: date) -> list[str]:
    """The months before `today`'s a person has not paid, oldest first: "2026-10"."""
    months = {Standing.OWES: 1 + (index * 7 + 1) % 6, Standing.OWES_NOTHING: 0, Standing.DISCONNECTED: 6}
    return [_months_before(today, back) for back in range(months[standing(index)], 0, -1)]


def people(count: int = COUNT) -> Iterator[Person]:
    """The customers in order. The first of them is 王晓燕 of the handbook's pictures."""
    return iter(_everyone()[:count])


@cache
def _everyone() -> tuple[Person, ...]:
    """All of them, drawn once: each ledger that is first opened asks for them."""
    return tuple(_drawn())


def _drawn() -> Iterator[Person]:
    from faker import Faker

    faker = Faker("zh_CN")
    faker.seed_instance(SEED)
    districts = tuple(_DISTRICTS)
    for index in range(COUNT):
        district = faker.random_element(districts)
        road = faker.random_element(_DISTRICTS[district])
        room = faker.random_int(1, 32) * 100 + faker.random_int(1, 8)
        address = f"深圳市{district}{road} {faker.random_int(1, 188)} 号 {room}"
        name = _name(index, faker.name())
        if index == 0:
            address = "深圳市南山区科技园路 18 号 302"
        yield Person(index, name, address, consumer_no(index), account_no(index))


def sample_consumers(most: int = 50, counterpart: str = ELECTRICITY) -> Samples:
    """Up to `most` numbers of each kind with this biller, always the same ones. With mobile phones nobody owes: those
    that "owe" and those that owe nothing may be topped up alike."""
    count = CONSUMERS[counterpart]

    def those(kind: Standing) -> tuple[str, ...]:
        return tuple(consumer_no(index, counterpart) for index in range(count) if standing(index) is kind)[:most]

    def accounts(status: str) -> tuple[str, ...]:
        return tuple(account_no(index) for index in range(COUNT) if account_status(index) == status)[:most]

    return Samples(
        owing=those(Standing.OWES),
        owing_nothing=those(Standing.OWES_NOTHING),
        disconnected=those(Standing.DISCONNECTED),
        unknown=tuple(consumer_no(index, counterpart) for index in range(count, count + most)),
        accounts=accounts("NORMAL"),
        frozen_accounts=accounts("FROZEN"),
        closed_accounts=accounts("CLOSED"),
    )


def _name(index: int, ordinary: str) -> str:
    if index == 0:
        return "王晓燕"
    if index % 100 == 3:
        return COMPOUND_NAMES[index // 100 % len(COMPOUND_NAMES)]
    if index % 100 == 57:
        return RARE_NAMES[index // 100 % len(RARE_NAMES)]
    return ordinary


def _months_before(today: date, back: int) -> str:
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return f"{year:04d}-{month + 1:02d}"
