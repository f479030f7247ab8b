"""A year of a bank's journal, made up as fast as a database takes it: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from tellerdesk.clock import CHINA, branch_time
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY
from tellerdesk.store.engine import Store

END = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAYS = 365
YEAR_US = DAYS * 86_400_000_000
BRANCHES = tuple(f"{700 + number:04d}" for number in range(40))
TELLERS_OF_A_BRANCH = 6
BILLERS = tuple(f"{1101 + number}" for number in range(20))
ODD_STATES = ("REVERSED", "CANCELLED", "CORE_REJECTED")

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建华玲红春梅国志燕云飞龙雪琴晓东海波宁凤斌鹏宇浩"
    "然子轩欣怡雨涵梓萱思远一诺佳琪俊天翔博瑞晨曦嘉慧颖婷倩莹雅诗韵琳瑶璐菲蕾薇馨妍清源泽楷睿哲航景逸尘风"
    "月星河山川木林森炎土金玉珠宝德福康寿喜庆祥和顺安民生光耀宗祖荣贵富有余长久永恒新旺盛兴隆发达"
)


COLUMNS = (
    *("serial", "request_id", "state", "branch_no", "till_no", "teller_no", "made_at", "counterpart", "consumer_no"),
    *("consumer_last4", "customer_name", "amount_fen", "method", "accounting_date", "core_serial"),
    *("counterpart_serial", "unfinished"),
)
ALWAYS = {
    "payload_hash": "0" * 64,
    "flow": "bill_payment",
    "version": 5,
    "cash_return": "NONE",
    "recon_status": "NONE",
    "tries": 1,
}
"""What every entry has."""


@dataclass(frozen=True)
class Sample:
    """An entry to be looked for: some of its columns."""

    serial: str
    core_serial: str
    made_at: datetime
    branch_no: str
    teller_no: str
    counterpart: str
    consumer_no: str
    customer_name: str
    amount_fen: int


class Year:
    """`rows` entries of `customers`, evenly over a year that ends at END."""

    def __init__(self, rows: int, customers: int, seed: int = 20261122) -> None:
        self.rows, self.customers, self.seed = rows, customers, seed

    @cached_property
    def names(self) -> list[str]:
        chance = random.Random(self.seed)
        given = [*_GIVEN]
        return [
            chance.choice(_SURNAMES) + "".join(chance.choices(given, k=chance.choice((1, 2, 2, 2))))
            for _ in range(self.customers)
        ]

    def entries(self) -> Iterator[tuple[str | int, ...]]:
        """The values of COLUMNS as both databases read them, oldest first. 97.5 % stand, and of one in 20,000 nobody
        knows the end."""
        chance, names = random.Random(self.seed + 1), self.names
        draw, tellers, billers = chance.random, len(BRANCHES) * TELLERS_OF_A_BRANCH, len(BILLERS)
        desks = [
            (branch, f"{desk:02d}", f"{branch}{desk}") for branch in BRANCHES for desk in range(TELLERS_OF_A_BRANCH)
        ]
        begin = END - timedelta(days=DAYS)
        midnight, day, digits = begin, "", ""
        for number in range(self.rows):
            made_at = begin + timedelta(microseconds=YEAR_US * (number + 1) // self.rows)
            if made_at >= midnight:
                today = branch_time(made_at).date()
                midnight = datetime.combine(today + timedelta(days=1), time(), CHINA).astimezone(UTC)
                day, digits = today.isoformat(), f"{today:%Y%m%d}"
            branch_no, till_no, teller_no = desks[int(draw() * tellers)]
            customer = int(draw() * self.customers)
            odd, doubt = draw() < 0.025, draw() < 0.00005
            sequence = number % 99_999_999 + 1
            yield (
                f"{digits}{branch_no}{till_no}{sequence:08d}",
                f"{number:032x}",
                "BILLER_UNKNOWN" if doubt else ODD_STATES[int(draw() * len(ODD_STATES))] if odd else "SUCCESS",
                branch_no,
                till_no,
                teller_no,
                f"{made_at:%Y-%m-%d %H:%M:%S.%f}",
                BILLERS[customer % billers],
                f"0755{customer:010d}",
                f"{customer % 10_000:04d}",
                names[customer],
                int(chance.lognormvariate(9.2, 0.8)) + 1,
                "CASH" if draw() < 0.6 else "ACCOUNT",
                day,
                f"C{number:015d}",
                f"DL{number:014d}",
                int(doubt),
            )

    def pairs(self) -> Iterator[dict[str, Any]]:
        for name in sorted(set(self.names)):
            yield from finding.name_rows(name)


def write(store: Store, year: Year) -> None:
    """Everything at once; the indexes of the big tables are made when they are full."""
    with store.schema_change("bench.journal") as connection:
        for index in ENTRY.indexes:
            index.drop(connection)
        _load(connection, year.entries())
        pairs = iter(year.pairs())
        while some := list(islice(pairs, 20_000)):
            connection.execute(insert(finding.PAIR), some)
        if store.dialect == "postgresql":
            connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        for index in sorted(ENTRY.indexes, key=lambda one: str(one.name)):
            index.create(connection)
    if store.dialect == "postgresql":  # as its own housekeeping does sooner or later
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE journal_entry"))
            connection.execute(text("VACUUM ANALYZE journal_name_pair"))
            connection.invalidate()


def samples_of(store: Store, how_many: int, seed: int = 20261122) -> list[Sample]:
    """The same entries each time, from anywhere in the year."""
    asked = select(*(ENTRY.c[one.name] for one in fields(Sample)))
    with store.read() as session:
        connection = session.connection()
        rows = connection.execute(select(func.max(ENTRY.c.id))).scalar_one()
        numbers = random.Random(seed).sample(range(1, rows + 1), min(how_many, rows))
        return [Sample(*connection.execute(asked.where(ENTRY.c.id == number)).one()) for number in numbers]


def _load(connection: Connection, rows: Iterable[tuple[str | int, ...]]) -> None:
    """By the drivers themselves: rows of so many values would take longest to be wrapped."""
    driver: Any = connection.connection.dbapi_connection
    always = ", ".join(repr(value) for value in ALWAYS.values())
    into = f"{ENTRY.name} ({', '.join((*COLUMNS, *ALWAYS))})"
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {into} VALUES ({'?, ' * len(COLUMNS)}{always})", rows)  # noqa: S608 (words of this page)
        return
    line = "\t".join(["%s"] * len(COLUMNS) + [str(value) for value in ALWAYS.values()]) + "\n"
    with driver.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        rows = iter(rows)
        while some := "".join(line % row for row in islice(rows, 2_000)):
            copy.write(some)
