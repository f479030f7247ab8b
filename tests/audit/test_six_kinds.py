"""Six kinds of tampering by somebody with full rights on the database and without the key, each at 200 places chosen
by lot: named every time at the first bad row.

The database is prepared once; each tampering is a transaction that is checked and undone. Older copies are real copies
of the file, taken while the branch was at work.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SetClock
from sqlalchemy import Connection, select
from support.long_form import LONG

from tellerdesk.audit import check
from tellerdesk.audit.models import AuditHead, AuditRow, AuditSeal
from tellerdesk.audit.outside import OutsideFile
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import Damage, SealDamage, Verified
from tellerdesk.store import triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS, HEADS, SEALS = table_of(AuditRow), table_of(AuditHead), table_of(AuditSeal)
PERSONS = ("1001", "1002", "3001", "SYSTEM")
DAYS, A_DAY = 12, 6
PLACES = 200
SEED = 20261122

Named = tuple[str, str, int]
"""What was named: the damage, whose row, which."""


@dataclass
class House:
    """A prepared branch. `lengths` are the chains after each day, by person; `heads` the genuine heads of each day."""

    store: Store
    trail: AuditTrail
    outside: Path
    lengths: list[dict[str, int]]
    heads: list[dict[str, dict[str, object]]]
    copies: list[Path]

    @property
    def length(self) -> dict[str, int]:
        return self.lengths[-1]


def prepared(store: Store, keys: Keys, folder: Path) -> House:
    """Twelve days on which everybody may do something; each is sealed, and copied where the database is a file."""
    chance, clock = random.Random(SEED), SetClock()
    house = House(store, AuditTrail(keys, clock), folder / "outside.seals", [], [], [])
    seals = Seals(store, keys, clock, house.outside)
    for day in range(DAYS):
        with store.write("test") as work:
            for number in range(A_DAY):
                clock.advance(1)
                details = {"amount_fen": number, "day": day}
                house.trail.write(
                    work.session, chance.choice(PERSONS), "bill.paid", f"{chance.randrange(10**12)}", details
                )
            work.commit()
        clock.advance(60)
        seals.seal()
        with store.read() as session:
            heads = [dict(row._mapping) for row in session.connection().execute(select(HEADS))]
        house.heads.append({str(head["person"]): head for head in heads})
        house.lengths.append({str(head["person"]): int(head["seq"]) for head in heads})
        if store.dialect == "sqlite":
            house.copies.append(folder / f"day-{day}.db")
            with closing(sqlite3.connect(store.url.removeprefix("sqlite:///"))) as source:
                source.execute("VACUUM INTO ?", (str(house.copies[-1]),))
    with store.write("attack") as work:
        triggers.drop(work.connection)
        work.commit()
    return house


@pytest.fixture
def house(store: Store, keys: Keys, tmp_path: Path) -> House:
    return prepared(store, keys, tmp_path)


def named(found: Verified) -> Named | None:
    if found.finding is not None:
        return (found.finding.what, found.finding.person, found.finding.person_seq)
    return None if found.seal is None else (found.seal.what, found.seal.person, found.seal.person_seq)


def move(connection: Connection, person: str, start: int, to: int) -> None:
    row = (ROWS.c.person == person, ROWS.c.person_seq == start)
    assert connection.execute(ROWS.update().where(*row).values(person_seq=to)).rowcount == 1


def contents(connection: Connection, person: str, number: int) -> dict[str, object]:
    row = (ROWS.c.person == person, ROWS.c.person_seq == number)
    values = dict(connection.execute(select(ROWS).where(*row)).one()._mapping)
    del values["id"]
    return values


Tampering = Callable[[House, random.Random, Connection], Named]
"""Changes the database and gives what must be named."""


def somewhere(house: House, chance: random.Random, spare: int = 0) -> tuple[str, int]:
    """A row with at least `spare` rows behind it."""
    person = chance.choice(sorted(house.length))
    return person, chance.randint(1, house.length[person] - spare)


def edit(house: House, chance: random.Random, connection: Connection) -> Named:
    person, number = somewhere(house, chance)
    row = contents(connection, person, number)
    column = chance.choice(("action", "subject", "details", "at", "mac", "previous_mac"))
    old = row[column]
    if column == "at":
        other = contents(connection, *next(_others(house, chance, person, number)))["at"]
    elif isinstance(old, bytes):
        at = chance.randrange(len(old))
        other = old[:at] + bytes([old[at] ^ (1 << chance.randrange(8))]) + old[at + 1 :]
    else:
        at = chance.randrange(len(str(old)))
        other = str(old)[:at] + chance.choice([char for char in "0x:" if char != str(old)[at]]) + str(old)[at + 1 :]
    where = (ROWS.c.person == person, ROWS.c.person_seq == number)
    assert connection.execute(ROWS.update().where(*where).values({column: other})).rowcount == 1
    return (Damage.EDITED, person, number)


def _others(house: House, chance: random.Random, person: str, number: int) -> Iterator[tuple[str, int]]:
    while True:
        if (other := somewhere(house, chance)) != (person, number):
            yield other


def delete(house: House, chance: random.Random, connection: Connection) -> Named:
    """A row goes; by halves the gap is closed by moving up all that follow."""
    person, number = somewhere(house, chance)
    connection.execute(ROWS.delete().where(ROWS.c.person == person, ROWS.c.person_seq == number))
    if number == house.length[person] or chance.random() < 0.5:
        return (Damage.MISSING, person, number)
    for later in range(number + 1, house.length[person] + 1):
        move(connection, person, later, later - 1)
    return (Damage.MOVED, person, number)


def insert(house: House, chance: random.Random, connection: Connection) -> Named:
    """A row is put in before or behind the last, made of a genuine one with another subject."""
    person, number = somewhere(house, chance)
    behind = number == house.length[person] and chance.random() < 0.5
    model = contents(connection, person, number)
    number += behind
    for later in range(house.length[person], number - 1, -1):
        move(connection, person, later, later + 1)
    connection.execute(ROWS.insert().values({**model, "person_seq": number, "subject": "never"}))
    return (Damage.INSERTED, person, number)


def swap(house: House, chance: random.Random, connection: Connection) -> Named:
    person = chance.choice([person for person, length in house.length.items() if length > 1])
    first, second = sorted(chance.sample(range(1, house.length[person] + 1), 2))
    move(connection, person, first, 10**6)
    move(connection, person, second, first)
    move(connection, person, 10**6, second)
    return (Damage.MOVED, person, first)


def cut(house: House, chance: random.Random, connection: Connection) -> Named:
    """The tail goes; the head stays, is put back without the key, or is the genuine one of that evening."""
    how = chance.choice(("head stays", "head without the key", "genuine older head"))
    if how == "genuine older head":
        day = chance.randrange(DAYS - 1)
        person = chance.choice([each for each in house.length if house.lengths[day].get(each, 0) < house.length[each]])
        kept = house.lengths[day].get(person, 0)
    else:
        person, number = somewhere(house, chance)
        kept = number - 1
    row_mac = contents(connection, person, kept)["mac"] if kept else bytes(32)
    connection.execute(ROWS.delete().where(ROWS.c.person == person, ROWS.c.person_seq > kept))
    of = HEADS.c.person == person
    if how == "head stays":
        return (Damage.MISSING, person, kept + 1)
    if how == "head without the key":
        connection.execute(HEADS.update().where(of).values(seq=kept, row_mac=row_mac))
        return (Damage.HEAD, person, kept)
    connection.execute(HEADS.delete().where(of))
    if kept:
        connection.execute(HEADS.insert().values(house.heads[day][person]))
    if chance.random() < 0.5:  # and the seals that knew better go too: those outside are left
        connection.execute(SEALS.delete().where(SEALS.c.id > day + 1))
    return (SealDamage.ROW, person, kept + 1)


@pytest.mark.parametrize("tampering", [edit, delete, insert, swap, cut], ids=lambda kind: kind.__name__)
def test_the_first_bad_row_is_named_every_time(house: House, tampering: Tampering) -> None:
    chance = random.Random(f"{SEED} {tampering.__name__}")
    lines = OutsideFile(house.outside).read()
    places = PLACES if LONG or house.store.dialect == "sqlite" else PLACES // 20
    wrong = []
    for _ in range(places):
        with house.store.write("attack") as work:
            wanted = tampering(house, chance, work.connection)
            found = named(check.compare(work.session, house.trail, lines, None))
        if found != wanted:
            wrong.append((wanted, found))
    assert wrong == []
    assert check.everything(house.store, house.trail, house.outside) == Verified(DAYS * A_DAY, DAYS, DAYS, None, None)


def test_an_older_copy_is_named_at_the_first_row_it_lacks_every_time(
    sqlite_store: Store, keys: Keys, tmp_path: Path
) -> None:
    """Copied on one day, put back on a later one: the file outside has the seals made by then."""
    house = prepared(sqlite_store, keys, tmp_path)
    chance = random.Random(f"{SEED} copy")
    lines = OutsideFile(house.outside).read()
    stores = [Store(f"sqlite:///{copy}") for copy in house.copies]
    wrong = []
    for _ in range(PLACES):
        copied = chance.randrange(DAYS - 1)
        put_back = chance.randrange(copied + 1, DAYS)
        wanted = first_row_lacking(house, copied, copied + 1)
        with stores[copied].read() as session:
            found = check.compare(session, house.trail, lines[: put_back + 1], None)
        if named(found) != wanted or found.seal is None or not found.seal.outside:
            wrong.append((copied, put_back, wanted, found))
    assert wrong == []
    for copied, store in enumerate(stores):
        with store.read() as session:
            assert check.compare(session, house.trail, lines[: copied + 1], None).well, (
                "a copy of this very day is whole"
            )
        store.close()


def first_row_lacking(house: House, copied: int, sealed: int) -> Named:
    """Of the first seal that knows more than the copy: the first row, persons by their names."""
    then, later = house.lengths[copied], house.lengths[sealed]
    person = min(person for person in later if later[person] > then.get(person, 0))
    return (SealDamage.ROW, person, then.get(person, 0) + 1)
