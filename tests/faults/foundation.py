"""What all houses of a run are copied from: a branch that is set up and open for business, and counterparts' books."""

from __future__ import annotations

import pickle
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2.profiles import CHEAPEST
from sqlalchemy import Engine

from faults.case import World
from receipts.renderer import PdfRenderer
from tellerdesk import config, setup
from tellerdesk.billers import catalogue
from tellerdesk.demo.plan import PEOPLE, people, plan
from tellerdesk.desk import Desk
from tellerdesk.links import client
from tellerdesk.sandbox.config import BILLERS, CORE, ledger_file
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.settings import Settings
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store import engine, keys
from tellerdesk.store.keys import Keys
from tellerdesk.till.commands import OpenTill

DATABASE = "tellerdesk.sqlite3"
SUPERVISORS_TILL = 90
OPENING_FEN = 1_000_000
NEVER_S = 86_400.0
"""How long a late request is held back: until it is delivered on purpose."""

SPEEDS = {"quick": 0.25, "spawn": 1.0, "patient": 20.0}
"""Deadline of every call that moves money or asks after it, in seconds: while faults are on (a lost answer costs a case
this much), in a program that has to load first, and once all is healed (a busy machine is not a fault)."""

LEASE_MARGIN_S = 1.0
_FLOWS = f"""
[flows]
lease_margin_s = {LEASE_MARGIN_S}
unsent_pause_s = 0
inline_pause_s = 0
backoff_s = [0]
"""
_STAFF = "signed-on.pickle"


class Foundation:
    """A folder nothing is changed in any more once it is made. `counterpart` is the biller that runs beside core."""

    def __init__(self, folder: Path, counterpart: str) -> None:
        self.folder = folder
        self.counterpart = counterpart
        self.desk = folder / "desk"
        setup.init(self.desk, plan("http://127.0.0.1:9", {self._code: "http://127.0.0.1:9"}))
        self.renderer = PdfRenderer()
        self.renderer.warm()
        self._write_catalogues()
        ring = keys.load(self.desk / "keys.json")
        with SandboxProcess(self.folder / "ledgers", self.link_secrets(ring), deadline_s=90) as sandbox:
            self._open_branch(self.write_settings(self.desk, sandbox))

    @property
    def _code(self) -> str:
        return BILLERS[self.counterpart]

    def link_secrets(self, ring: Keys) -> dict[str, bytes]:
        """Of core and the biller, as the sandbox takes them: they alone run."""
        return {CORE: ring.link(CORE), self.counterpart: ring.link(self._code)}

    def write_settings(
        self,
        folder: Path,
        sandbox: SandboxProcess,
        *,
        speed: str = "quick",
        catalogue_folder: Path | None = None,
    ) -> Settings:
        """Writes a branch's settings file for counterparts that run, and reads it."""
        path = setup.write_settings(folder, plan(sandbox.urls[CORE], {self._code: sandbox.urls[self.counterpart]}))
        head = f'core_deadline_s = {SPEEDS[speed]}\ncatalogue = "{catalogue_folder or ""}"\n'
        path.write_text(head + path.read_text(encoding="utf-8") + _FLOWS, encoding="utf-8")
        return config.load(folder)

    def catalogue(self, world: World, speed: str) -> Path:
        """The folder of the biller's file for a world and a speed."""
        return self.folder / f"catalogue-{world}-{speed}"

    def copy_branch(self, to: Path) -> None:
        shutil.copytree(self.desk, to)

    def copy_database(self, to: Path) -> None:
        shutil.copyfile(self.desk / DATABASE, to)

    def copy_ledgers(self, to: Path) -> None:
        to.mkdir()
        for counterpart in (CORE, self.counterpart):
            shutil.copyfile(ledger_file(self.folder / "ledgers", counterpart), ledger_file(to, counterpart))

    def _write_catalogues(self) -> None:
        shipped = (catalogue.SHIPPED / f"{self._code}.toml").read_text(encoding="utf-8")
        for speed, deadline_s in SPEEDS.items():
            hasty = re.sub(r"(?m)^(pay_s|inquire_s) = .*$", rf"\1 = {deadline_s}", shipped)
            hasty = re.sub(r"(?m)^\[hours\]\n(?:.+\n)*", "", hasty)  # a run may take place at any time of day
            hasty = re.sub(r"(?m)^query_s = .*$", f"query_s = {SPEEDS['patient']}", hasty)
            blind = re.sub(r"(?m)^(dedupe|inquiry|tombstone|cancel) = true$", r"\1 = false", hasty)
            blind = blind.replace("[capabilities]", "[capabilities]\nperson_decides = true")
            for world, text in ((World.ABLE, hasty), (World.BLIND, blind)):
                self.catalogue(world, speed).mkdir()
                (self.catalogue(world, speed) / f"{self._code}.toml").write_text(text, encoding="utf-8")

    def _open_branch(self, settings: Settings) -> None:
        """Staff on the list, a teller and the supervisors signed on, the teller's till open."""
        desk = Desk(settings, passwords=Passwords(CHEAPEST))
        for person in people():
            desk.staff.add(person, by="SETUP")
        teller = PEOPLE[0]
        serving = desk.sign_on(SignOn(teller.staff_no, teller.password))
        approving = [
            desk.staff.sign_on(
                SignOn(person.staff_no, person.password),
                branch_no=settings.desk.branch_no,
                till_no=str(SUPERVISORS_TILL + place),
                terminal=f"T{SUPERVISORS_TILL + place}",
            )
            for place, person in enumerate(person for person in PEOPLE if person.role == Role.SUPERVISOR)
        ]
        desk.till.open(serving, OpenTill(amount_fen=OPENING_FEN, request_id="opening"))
        desk.close()
        client.close_links()
        with database(self.desk / DATABASE) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (self.desk / _STAFF).write_bytes(pickle.dumps((serving, approving[0], tuple(approving[1:]))))


def signed_on(folder: Path) -> tuple[SignedOn, SignedOn, tuple[SignedOn, ...]]:
    """Teller and supervisor of a branch's folder, and the other supervisors."""
    found: tuple[SignedOn, SignedOn, tuple[SignedOn, ...]] = pickle.loads((folder / _STAFF).read_bytes())  # noqa: S301 (our own file)
    return found


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """A database without the desk: opened, changed, closed."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def keep_statements_compiled() -> None:
    """From now on this process and its children share an engine for each database: what is compiled once stays so.

    An engine without connections is no state of the desk. It takes a third off what a case costs.
    """
    make = engine._sqlite_engine

    @cache
    def made(url: str, begin: str, wait_s: float, more: tuple[tuple[str, int], ...]) -> Engine:
        return make(url, begin, wait_s, dict(more))

    def shared(url: str, begin: str, lock_wait_s: float, more: dict[str, int] | None = None) -> Engine:
        return made(url, begin, lock_wait_s, tuple((more or {}).items()))

    engine._sqlite_engine = shared
