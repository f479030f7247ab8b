"""How many payments a second one flow carries when its counterparts answer at once."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from support.counter import Counter

from tellerdesk.store import keys, schema
from tellerdesk.store.engine import Store

ROUNDS, PAYMENTS = 5, 200
WARM_UP = 50
LIMIT_PER_S = 250.0


def run() -> list[tuple[str, float, float, str]]:
    """Rows of (name, measured, limit, unit): the best of some rounds, since what others do on the machine only ever
    slows one down."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/desk.sqlite3")
        schema.upgrade(store)
        counter = Counter(store, keys.create(Path(folder) / "keys.json", ["core", "1101"]))
        counter.open_till()
        rates = []
        number = 0
        for count in (WARM_UP, *[PAYMENTS] * ROUNDS):
            bills = [counter.quote(consumer_no=f"{number + index:014d}") for index in range(count)]
            commands = [counter.command(bill) for bill in bills]
            number += count
            began = time.perf_counter()
            for command in commands:
                counter.payments.take(counter.who, command)
            rates.append(count / (time.perf_counter() - began))
        store.close()
    return [("payments a second, SQLite FULL, one flow (at least)", max(rates[1:]), LIMIT_PER_S, "1/s")]
