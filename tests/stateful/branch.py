"""A workstation of this process: the real desk with its real rooms, store and links, but wires instead of a network.

It can be thrown away at any moment, as a killed process is, and opened again on the same files.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from argon2 import Parameters, Type
from conftest import SetClock
from sqlalchemy import select, text
from support.counter import AskedFrom
from support.folders import quick_folder
from support.in_force import put_in_force

from tellerdesk import config, setup
from tellerdesk.approvals.commands import Decide
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.billers import catalogue
from tellerdesk.bills.commands import LookUp, PayBill
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.clock import Clock
from tellerdesk.demo.plan import BILLER, BRANCH_NO, people, plan
from tellerdesk.desk import CORE, Desk, new_request_id
from tellerdesk.documents.canonical import written
from tellerdesk.documents.views import BillPaper, RefundPaper
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.entries import ENTRY, STEP
from tellerdesk.links.link import Link
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.settings import Flows, LinkSettings, Settings
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import StepHook, no_hook
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.types import database_now_ms
from tellerdesk.till.commands import OpenTill
from tests.stateful.ledgers import BillerLedger, CoreLedger
from tests.stateful.wire import Wire

CHEAP = Passwords(
    Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)
)
SUPERVISORS = (2, 1, 3)
"""Their places in the list of people."""
OPENING_FEN = 100_000
CONSUMERS = tuple(consumer_no(index) for index in range(12))
PRICES = {"2026-08": 30_100, "2026-09": 82_811, "2026-10": 84_400}
"""What each month costs everybody, in fen."""

_ENTRIES = select(ENTRY.c.request_id, ENTRY.c.serial).order_by(ENTRY.c.id)

QUICK = Flows(unsent_pause_s=0, inline_pause_s=0, backoff_s=(0,))


class PlainRenderer:
    """The paper's own words as the file's bytes: quick, and enough to tell one paper from another."""

    def bill_paper(self, paper: BillPaper) -> bytes:
        return b"%PDF " + written(paper).encode()

    def refund_paper(self, paper: RefundPaper) -> bytes:
        return b"%PDF " + written(paper).encode()


class Stores:
    """Opens the store of every desk of one place. A closed store has forgotten everything but how its statements are
    compiled, which is most of the work of opening a desk: desks that come one after the other share one."""

    def __init__(self, **given: Any) -> None:
        self._given = given
        self._opened: dict[str, Store] = {}

    def __call__(self, url: str, *, hook: StepHook) -> Store:
        store = self._opened.setdefault(url, Store(url, **self._given))
        store.hook = hook
        return store


class WiredDesk(Desk):
    """A desk whose links end in wires of this process."""

    def __init__(
        self, settings: Settings, wires: dict[str, Wire], clock: Clock, stores: Stores, hook: StepHook = no_hook
    ) -> None:
        self._wires = wires
        with mock.patch("tellerdesk.desk.foundation.Store", stores):
            super().__init__(settings, renderer=PlainRenderer(), clock=clock, passwords=CHEAP, hook=hook)

    def _link(
        self,
        code: str,
        name: Bilingual,
        link: LinkSettings,
        key_ring: Keys,
        deadline_s: float,
        refusals: frozenset[str],
    ) -> Link:
        return Link(code, name, self._wires[code], deadline_s, refusals, self.clock)


def template(folder: Path, billers: tuple[str, ...] = (BILLER,), more: tuple[AddStaff, ...] = ()) -> Path:
    """A set-up folder with its staff, and `more` of it, to copy from."""
    setup.init(folder, plan("http://127.0.0.1:9", dict.fromkeys(billers, "http://127.0.0.1:9")))
    desk = Desk(config.load(folder), passwords=CHEAP)
    try:
        for person in (*people(), *more):
            desk.staff.add(person, by="SETUP")
    finally:
        desk.close()
    return folder


def amended(folder: Path, **capabilities: Any) -> str:
    """A catalogue whose biller can do what is said; its folder."""
    of = folder / "catalogue"
    of.mkdir()
    source = (catalogue.SHIPPED / f"{BILLER}.toml").read_text(encoding="utf-8")
    for name, able in capabilities.items():
        said = f"{name} = {str(able).lower()}"
        line = next((line for line in source.splitlines() if line.startswith(f"{name} =")), "")
        source = source.replace(line, said) if line else source.replace("[capabilities]", f"[capabilities]\n{said}")
    (of / f"{BILLER}.toml").write_text(source, encoding="utf-8")
    return str(of)


@dataclass
class Branch:
    """One till, its counterparts, and whatever desk is open on them. `folder` is a copy of a template of its own."""

    folder: Path
    clock: SetClock = field(default_factory=SetClock)
    capabilities: dict[str, Any] = field(default_factory=dict)
    flows: Flows = QUICK
    rules: AskedFrom = field(default_factory=AskedFrom)
    stores: Stores = field(default_factory=Stores)
    stores_elsewhere: Stores = field(default_factory=Stores)
    desk: WiredDesk = field(init=False)
    who: SignedOn | None = field(init=False, default=None)
    hook: StepHook = field(init=False, default_factory=lambda: no_hook)

    def __post_init__(self) -> None:
        of_catalogue = amended(self.folder, **self.capabilities) if self.capabilities else ""
        if of_catalogue:
            put_in_force(self.folder, Path(of_catalogue))
        self.settings = config.load(self.folder).model_copy(update={"flows": self.flows, "catalogue": of_catalogue})
        self.core = CoreLedger()
        self._began = self.clock.now() - timedelta(seconds=self.clock.monotonic())
        self.biller = BillerLedger(
            dedupe=self.capabilities.get("dedupe", True),
            validity_s=self.capabilities.get("message_validity_s", 0),
            now=self.true_now,
        )
        self._journal = sqlite3.connect(
            self.folder / "tellerdesk.sqlite3", isolation_level=None, check_same_thread=False
        )
        self.wires = {code: self._wire(ledger) for code, ledger in self.counterparts().items()}
        self.open()

    @classmethod
    def copy(cls, of: Path, folder: Path | None = None, **given: Any) -> Branch:
        """A branch on a fresh copy of a template, in `folder` or a new one."""
        place = folder or quick_folder()
        shutil.copytree(of, place, dirs_exist_ok=True)
        return cls(place, **given)

    def close(self) -> None:
        """Ends it and removes its folder."""
        self.desk.close()
        self._journal.close()
        shutil.rmtree(self.folder)

    def counterparts(self) -> dict[str, CoreLedger | BillerLedger]:
        """The ledgers behind the wires, by code."""
        return {CORE: self.core, BILLER: self.biller}

    # -- the desk

    def open(self) -> None:
        self.desk = WiredDesk(self.settings, self.wires, self.clock, self.stores, lambda step: self.hook(step))
        self.desk.bills._payments._rules = lambda _connection: self.rules

    def throw_away(self) -> None:
        """What a kill leaves: the files. A new desk is opened on them; the teller's session outlived the old one."""
        self.hook = no_hook
        self.desk.close()
        self.open()

    def sign_on(self) -> SignedOn:
        """The teller signs on, and opens the till the first time."""
        teller = people()[0]
        self.who = self.desk.sign_on(SignOn(teller.staff_no, teller.password))
        if self.desk.till.position(self.who) is None:
            self.desk.till.open(self.who, OpenTill(OPENING_FEN, new_request_id()))
        return self.who

    def supervisor(self, which: int = 0) -> SignedOn:
        """One of the three."""
        person = people()[SUPERVISORS[which]]
        command, till_no = SignOn(person.staff_no, person.password), str(99 - which)
        return self.desk.staff.sign_on(command, branch_no=BRANCH_NO, till_no=till_no, terminal=f"T{till_no}")

    def decide(self, approval_id: str, approve: bool, which: int = 0) -> ApprovalView:
        """By a supervisor at an own desk, with a code that works now: used ones are forgotten."""
        who = self.supervisor(which)
        with self.desk.store.write("test.codes") as unit:
            unit.connection.execute(text("UPDATE staff_member SET code_step = 0"))
            now_ms = unit.connection.execute(select(database_now_ms())).scalar_one()
            unit.commit()
        code = codes.code_at(people()[SUPERVISORS[which]].code_secret, now_ms)
        return self.desk.approvals.decide(who, Decide(approval_id, approve, code, "金额有疑问"))

    @property
    def teller(self) -> SignedOn:
        return self.who or self.sign_on()

    # -- work, in one line each

    def look_up(self, consumer: str = CONSUMERS[0], months: tuple[str, ...] = ("2026-10",)) -> BillView:
        self.biller.bills[consumer] = {month: PRICES[month] for month in months}
        return self.desk.bills.look_up(self.teller, LookUp(BILLER, consumer))

    def command(self, bill: BillView, more_fen: int = 600) -> PayBill:
        return PayBill(new_request_id(), bill.quote_id, bill.total_fen, bill.total_fen + more_fen)

    def pay(self, bill: BillView) -> PaymentView:
        return self.desk.bills.pay(self.teller, self.command(bill))

    def view(self, serial: str) -> PaymentView:
        return self.desk.bills.payment(self.teller, serial)

    def serials(self) -> list[tuple[str, str]]:
        """Request id and serial of every payment the journal has."""
        with self.desk.store.read() as session:
            return [(row.request_id, row.serial) for row in session.connection().execute(_ENTRIES)]

    def rows_taken(self) -> set[str]:
        """The rows of the table any payment went through."""
        with self.desk.store.read() as session:
            return set(session.scalars(select(STEP.c.row).distinct()))

    def page_count(self) -> int:
        """How many pages the database has."""
        return int(self._journal.execute("PRAGMA page_count").fetchone()[0])

    # -- time, and what goes on meanwhile

    def let_time_pass(self, seconds: float) -> None:
        """By every clock there is, the database's too: leases run out, what waits falls due."""
        self.clock.advance(seconds)
        with self.desk.store.write("test.time") as unit:
            for column in ("lease_until_ms", "due_ms"):
                unit.connection.execute(
                    text(f"UPDATE journal_entry SET {column} = {column} - :ms WHERE {column} IS NOT NULL"),  # noqa: S608
                    {"ms": round(seconds * 1000)},
                )
            unit.commit()

    def another_desk_sweeps(self) -> None:
        """Every lease is over, and a recovery worker elsewhere takes everything up."""
        self.let_time_pass(3600)
        other = WiredDesk(self.settings, self.wires, self.clock, self.stores_elsewhere)
        try:
            other.recovery.sweep()
        finally:
            other.close()

    def sweep(self, times: int = 1) -> int:
        """Lets time pass and sweeps, so often; how many entries still wait afterwards."""
        waiting = 0
        for _ in range(times):
            self.let_time_pass(3600)
            waiting = self.desk.recovery.sweep().waiting
        return waiting

    def true_now(self) -> datetime:
        """What every other clock says, whatever the desk's own was set to."""
        return self._began + timedelta(seconds=self.clock.monotonic())

    def _wire(self, ledger: CoreLedger | BillerLedger) -> Wire:
        return Wire(
            ledger,
            self.core,
            self._intent_stands,
            self.another_desk_sweeps,
            self.clock.advance,
            lambda: (self.clock.now() - self.true_now()).total_seconds(),
        )

    def _intent_stands(self, leg_id: str) -> bool:
        """Asked on a connection of its own, which sees what is committed and nothing else."""
        return self._journal.execute("SELECT 1 FROM journal_leg WHERE leg_id = ?", (leg_id,)).fetchone() is not None


def told(call: Callable[[], Any]) -> Any:
    """What a screen would show: the call's result, or an error of ours."""
    try:
        return call()
    except TellerDeskError as error:
        return error
