"""A year of a bank's journal, made up as fast as a database takes it: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from tellerdesk.clock import branch_time
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY
from tellerdesk.serials import channel_serial
from tellerdesk.store.engine import Store

END = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAYS = 365
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


@dataclass(frozen=True)
class Sample:
    """An entry to be looked for."""

    serial: str
    core_serial: str
    made_at: datetime
    branch_no: str
    teller_no: str
    biller: str
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

    def samples(self, how_many: int) -> list[Sample]:
        """The same entries each time, from anywhere in the year."""
        wanted = set(random.Random(self.seed).sample(range(self.rows), min(how_many, self.rows)))
        made = [
            Sample(
                row["serial"], row["core_serial"], row["made_at"], row["branch_no"], row["teller_no"],
                row["counterpart"], row["consumer_no"], row["customer_name"], row["amount_fen"],
            )
            for number, row in enumerate(self.entries()) if number in wanted
        ]  # fmt: skip
        random.Random(self.seed).shuffle(made)
        return made

    def entries(self) -> Iterator[dict[str, Any]]:
        """Oldest first. 97.5 % stand, and of one in 20,000 nobody knows the end."""
        chance, names = random.Random(self.seed + 1), self.names
        step = timedelta(days=DAYS) / self.rows
        begin = END - timedelta(days=DAYS)
        for number in range(self.rows):
            made_at = begin + step * (number + 1)
            branch_no = BRANCHES[chance.randrange(len(BRANCHES))]
            desk = chance.randrange(TELLERS_OF_A_BRANCH)
            customer = chance.randrange(self.customers)
            odd, doubt = chance.random() < 0.025, chance.random() < 0.00005
            day = branch_time(made_at).date()
            yield {
                "serial": channel_serial(day, branch_no, f"{desk:02d}", number % 99_999_999 + 1),
                "request_id": f"{number:032x}",
                "payload_hash": "0" * 64,
                "flow": "bill_payment",
                "state": "BILLER_UNKNOWN" if doubt else chance.choice(ODD_STATES) if odd else "SUCCESS",
                "version": 5,
                "branch_no": branch_no,
                "till_no": f"{desk:02d}",
                "teller_no": f"{branch_no}{desk}",
                "made_at": made_at,
                "counterpart": BILLERS[customer % len(BILLERS)],
                "consumer_no": f"0755{customer:010d}",
                "consumer_last4": f"{customer % 10_000:04d}",
                "customer_name": names[customer],
                "amount_fen": int(chance.lognormvariate(9.2, 0.8)) + 1,
                "method": "CASH" if chance.random() < 0.6 else "ACCOUNT",
                "accounting_date": day,
                "core_serial": f"C{number:015d}",
                "counterpart_serial": f"DL{number:014d}",
                "cash_return": "NONE",
                "unfinished": int(doubt),
                "recon_status": "NONE",
                "tries": 1,
            }

    def pairs(self) -> Iterator[dict[str, Any]]:
        for name in sorted(set(self.names)):
            yield from finding.name_rows(name)


def write(store: Store, year: Year) -> None:
    """Everything at once; the indexes of the big tables are made when they are full."""
    with store.schema_change("bench.journal") as connection:
        for index in ENTRY.indexes:
            index.drop(connection)
        _load(connection, ENTRY, year.entries())
        _load(connection, finding.PAIR, year.pairs())
        for index in sorted(ENTRY.indexes, key=lambda one: str(one.name)):
            index.create(connection)
    if store.dialect == "postgresql":  # as its own housekeeping does sooner or later
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE journal_entry"))
            connection.execute(text("VACUUM ANALYZE journal_name_pair"))
            connection.invalidate()


def _load(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    if connection.dialect.name == "sqlite":
        statement = insert(table)
        while some := list(islice(rows, 20_000)):
            connection.execute(statement, some)
        return
    first = next(rows)
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write_row(tuple(first.values()))
        for row in rows:
            copy.write_row(tuple(row.values()))
