"""How many payments a second one flow carries when its counterparts answer at once."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from support.counter import Counter

from tellerdesk.store import keys, schema
from tellerdesk.store.engine import Store

PAYMENTS = 600
LIMIT_PER_S = 250.0


def run() -> list[tuple[str, float, float, str]]:
    """Rows of (name, measured, limit, unit); the limit is the least for this one."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/desk.sqlite3")
        schema.upgrade(store)
        counter = Counter(store, keys.create(Path(folder) / "keys.json", ["core", "1101"]))
        counter.open_till()
        bills = [counter.quote(consumer_no=f"{number:014d}") for number in range(PAYMENTS + 50)]
        commands = [counter.command(bill) for bill in bills]

        def pay(number: int) -> None:
            held, serial = counter.payments._begin(counter.who, commands[number], str(number))
            assert held is not None
            counter.payments._carry(held, "1001", serial, live=True, watch=None)

        for number in range(50):
            pay(number)
        began = time.perf_counter()
        for number in range(50, PAYMENTS + 50):
            pay(number)
        rate = PAYMENTS / (time.perf_counter() - began)
        store.close()
    return [("payments a second, SQLite FULL, one flow (at least)", rate, LIMIT_PER_S, "1/s")]


if __name__ == "__main__":
    print(run())
