"""`make bench-search`: each shape of search over a journal of a year, against its limit.

ROWS= entries in PostgreSQL (10,000,000), three tenths of it in SQLite; DATABASE= one of them alone. Everything is
measured AGAIN= times (5) in turn, and the quietest of them counts: what else the machine does only ever adds. Beside it
stands what the same statements take with the bare driver.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.journal import BILLERS, END, Sample, Year, samples_of, write
from sqlalchemy import Connection, event

from tellerdesk.clock import branch_time
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.search import asked
from tellerdesk.search.commands import Cursor, JournalSearch
from tellerdesk.search.finder import Finder
from tellerdesk.search.matching import Matcher
from tellerdesk.store import keys, schema
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault
from tests.postgres.cluster import Cluster

ROWS = int(os.environ.get("ROWS") or 10_000_000)
DATABASES = (os.environ.get("DATABASE") or "sqlite postgresql").split()
AGAIN = int(os.environ.get("AGAIN") or 5)
ROUNDS = 100
KEYS_MS = 50.0

TODAY = branch_time(END).date()


@dataclass(frozen=True)
class Shape:
    """One kind of search, and what it may take at the middle and at the worst, in milliseconds."""

    name: str
    search: Callable[[Sample, random.Random], JournalSearch]
    middle_ms: float = 5.0
    worst_ms: float = 25.0
    what: str = "page"


def _month(one: Sample) -> dict[str, object]:
    last = min(branch_time(one.made_at).date() + timedelta(days=15), TODAY)
    return {"since": last - timedelta(days=29), "until": last}


def _week(one: Sample) -> dict[str, object]:
    last = min(branch_time(one.made_at).date() + timedelta(days=3), TODAY)
    return {"since": last - timedelta(days=6), "until": last}


def _name(one: Sample, chance: random.Random) -> str:
    at = chance.randrange(len(one.customer_name) - 1)
    return one.customer_name[at : at + 2]


DOUBT = (Word.PROCESSING,)
SHAPES = (
    Shape("serial", lambda one, _: JournalSearch(serial=one.serial)),
    Shape("core's serial", lambda one, _: JournalSearch(serial=one.core_serial)),
    Shape("seven days", lambda one, _: JournalSearch(**_week(one))),
    Shape("own branch, seven days", lambda one, _: JournalSearch(branch_no=one.branch_no, **_week(one))),
    Shape("consumer, all time", lambda one, _: JournalSearch(consumer_no=one.consumer_no)),
    Shape("biller, thirty days", lambda one, _: JournalSearch(biller_code=one.counterpart, **_month(one))),
    Shape("teller, a day", lambda one, _: JournalSearch(teller_no=one.teller_no, since=_day(one), until=_day(one))),
    Shape(
        "reversed, ninety days",
        lambda one, _: JournalSearch(words=(Word.REVERSED,), since=_day(one) - timedelta(days=89)),
    ),
    Shape("in doubt, ninety days", lambda one, _: JournalSearch(words=DOUBT, since=_day(one) - timedelta(days=89))),
    Shape(
        "amounts, seven days",
        lambda one, _: JournalSearch(amount_from_fen=one.amount_fen, amount_to_fen=one.amount_fen * 2, **_week(one)),
    ),
    Shape(
        "biller, in doubt, amounts, thirty days",
        lambda one, _: JournalSearch(
            biller_code=one.counterpart, words=DOUBT, amount_from_fen=one.amount_fen // 2, **_month(one)
        ),
    ),
    Shape(
        "biller, cancelled, amounts, thirty days",
        lambda one, _: JournalSearch(
            biller_code=one.counterpart, words=(Word.CANCELLED,), amount_from_fen=one.amount_fen // 2, **_month(one)
        ),
    ),
    Shape(
        "own branch, cancelled, thirty days",
        lambda one, _: JournalSearch(branch_no=one.branch_no, words=(Word.CANCELLED,), **_month(one)),
    ),
    Shape(
        "two characters of a name, thirty days",
        lambda one, chance: JournalSearch(customer_name=_name(one, chance), **_month(one)),
        worst_ms=30.0,
    ),
    Shape(
        "whole name, own branch, thirty days",
        lambda one, _: JournalSearch(customer_name=one.customer_name, branch_no=one.branch_no, **_month(one)),
        worst_ms=30.0,
    ),
    Shape("next page at any depth", lambda _, __: JournalSearch(last_days=400), 1.0, 25.0, "next"),
    Shape("count and sum, thirty days", lambda one, _: JournalSearch(**_month(one)), what="totals"),
)


def _day(one: Sample):  # type: ignore[no-untyped-def]
    return branch_time(one.made_at).date()


@dataclass(frozen=True)
class Figures:
    """Milliseconds: in the middle and at the 99th of a hundred, and in the middle by the bare driver."""

    middle: float
    worst: float
    bare: float

    def ratios(self, shape: Shape) -> tuple[float, float]:
        return self.middle / shape.middle_ms, self.worst / shape.worst_ms


def main() -> int:
    """1 where a figure misses its limit."""
    missed = 0
    for database in DATABASES:
        rows = ROWS if database == "postgresql" else ROWS * 3 // 10
        with _store(database) as (store, vault):
            began = time.perf_counter()
            write(store, Year(rows, customers=max(rows // 10, 1)))
            print(f"{database}: {rows:,} entries in {time.perf_counter() - began:.0f} s", flush=True)
            missed += measure(store, vault)
    return 1 if missed else 0


def measure(store: Store, vault: Vault) -> int:
    """Prints a row for each shape; how many figures miss their limit."""
    samples = samples_of(store, ROUNDS * 4)
    finder = Finder(Matcher(vault), {code: Bilingual(code, code) for code in BILLERS})
    load = os.getloadavg()[0]
    runs = [[_measured(store, finder, shape, samples) for shape in SHAPES] for _ in range(AGAIN)]
    late = min(_keys_late_ms(store, finder, samples) for _ in range(AGAIN))
    print(f"the quietest of {AGAIN}; load of the machine {load:.1f} to {os.getloadavg()[0]:.1f}")
    print(f"{'shape':<42}{'p50 ms':>8}{'ratio':>7}{'p99 ms':>8}{'ratio':>7}{'bare p50':>10}", flush=True)
    missed = 0
    for shape, each in zip(SHAPES, zip(*runs, strict=True), strict=True):
        missed += _row(shape, min(each, key=lambda figures: max(figures.ratios(shape))))
    print(f"{'keys while searches run':<42}{'':>15}{late:>8.2f}{late / KEYS_MS:>7.2f}", flush=True)
    return missed + (late > KEYS_MS)


def _row(shape: Shape, figures: Figures) -> int:
    middle, worst = figures.ratios(shape)
    flag = "  MISSED" if max(middle, worst) > 1 else ""
    told = f"{figures.middle:>8.2f}{middle:>7.2f}{figures.worst:>8.2f}{worst:>7.2f}{figures.bare:>10.2f}"
    print(f"{shape.name:<42}{told}{flag}", flush=True)
    return bool(flag)


def _measured(store: Store, finder: Finder, shape: Shape, samples: list[Sample]) -> Figures:
    """Of a hundred, each on another sample, after some that warm up."""
    chance = random.Random(shape.name)
    taken, bare = [], []
    for number, one in enumerate(samples[: ROUNDS + 20]):
        search = shape.search(one, chance)
        read = asked.read(search, search.branch_no, END)
        cursor = Cursor(one.made_at, number) if shape.what == "next" else None

        def ask(connection: Connection) -> None:
            if shape.what == "totals":
                finder.totals(connection, read)  # noqa: B023 (asked at once)
            else:
                finder.page(connection, read, cursor, 50)  # noqa: B023

        with store.read() as session:
            connection = session.connection()
            began = time.perf_counter()
            ask(connection)
            taken.append((time.perf_counter() - began) * 1000)
        bare.append(_bare_ms(store, ask))
    taken = sorted(taken[20:])
    return Figures(median(taken), taken[int(len(taken) * 0.99) - 1], median(bare[20:]))


def _bare_ms(store: Store, ask: Callable[[Connection], None]) -> float:
    """What the statements of a search take by themselves."""
    asked_for: list[tuple[str, Any]] = []
    with store.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: asked_for.append((told[2], told[3])))
        ask(connection)
    with store.read() as session:
        driver: Any = session.connection().connection.dbapi_connection
        began = time.perf_counter()
        for statement, values in asked_for:
            driver.execute(statement, values).fetchall()
        return (time.perf_counter() - began) * 1000


def _keys_late_ms(store: Store, finder: Finder, samples: list[Sample]) -> float:
    """How late a thread that wants to answer a key every 10 ms gets its turn, at the 99th of a hundred, while another
    one searches without a pause."""
    done = threading.Event()

    def search() -> None:
        chance = random.Random(1)
        while not done.is_set():
            shape, one = chance.choice(SHAPES), chance.choice(samples)
            wanted = shape.search(one, chance)
            with store.read() as session:
                finder.page(session.connection(), asked.read(wanted, wanted.branch_no, END), None, 50)

    thread = threading.Thread(target=search)
    thread.start()
    late = []
    for _ in range(300):
        began = time.perf_counter()
        time.sleep(0.01)
        sum(range(2_000))  # what a key costs
        late.append((time.perf_counter() - began - 0.01) * 1000)
    done.set()
    thread.join()
    return sorted(late)[int(len(late) * 0.99) - 1]


@contextmanager
def _store(database: str) -> Iterator[tuple[Store, Vault]]:
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(keys.create(Path(folder) / "keys.json", []))
        cluster = Cluster.start() if database == "postgresql" else None
        try:
            url = cluster.url(cluster.database()) if cluster else f"sqlite:///{folder}/desk.sqlite3"
            store = Store(url)
            schema.upgrade(store)
            yield store, vault
            store.close()
        finally:
            if cluster is not None:
                cluster.end()


if __name__ == "__main__":
    sys.exit(main())
