"""A house whose audit is sealed, inside the data folder and outside it."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import SetClock
from sqlalchemy import select, text

from tellerdesk.audit import check
from tellerdesk.audit.models import AuditHead, AuditRow, AuditSeal
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import Verified
from tellerdesk.store import triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS, HEADS, SEALS = table_of(AuditRow), table_of(AuditHead), table_of(AuditSeal)


class House:
    """An audit with its seals; each `day` three persons work and all is sealed."""

    def __init__(self, store: Store, keys: Keys, clock: SetClock, outside: Path) -> None:
        self.store, self.keys, self.clock = store, keys, clock
        self.trail = AuditTrail(keys, clock)
        self.seals = Seals(store, keys, clock, outside)
        self.outside = outside

    def write(self, *persons: str, times: int = 1) -> None:
        with self.store.write("test") as work:
            for person in persons * times:
                self.clock.advance(1)
                self.trail.write(work.session, person, "bill.paid", "serial", {"amount_fen": 100})
            work.commit()

    def day(self, *persons: str) -> None:
        self.write(*(persons or ("1001", "1002", "1003")), times=2)
        self.clock.advance(60)
        assert self.seals.seal() is not None

    def verified(self) -> Verified:
        return check.everything(self.store, self.trail, self.outside)

    def attack(self, *statements: str) -> None:
        """By somebody with full rights on the database and without the key."""
        with self.store.write("attack") as work:
            triggers.drop(work.connection)
            for statement in statements:
                work.connection.execute(text(statement))
            work.commit()

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.outside.read_text(encoding="utf-8").splitlines()]

    def table(self) -> list[tuple[int, str]]:
        with self.store.read() as session:
            rows = session.connection().execute(select(SEALS.c.id, SEALS.c.mac).order_by(SEALS.c.id))
            return [(number, mac.hex()) for number, mac in rows]
