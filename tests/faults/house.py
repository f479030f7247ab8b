"""One branch and its counterparts, for many cases: each case gets a fresh copy of the branch's database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from support.in_force import put_in_force

from faults.case import World
from faults.flows import Scene
from faults.foundation import (
    DATABASE,
    NEVER_S,
    SPEEDS,
    Foundation,
    database,
    signed_on,
)
from faults.tables import TABLES
from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.desk import Desk
from tellerdesk.sandbox import people as customers
from tellerdesk.sandbox.config import ledger_file
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.sandbox.switches import Switches
from tellerdesk.settings import Settings
from tellerdesk.steps import StepHook, no_hook
from tellerdesk.store import keys

CASES_PER_SANDBOX = 500
_RESTING = [name for flow in TABLES.values() for name, state in flow.states.items() if state.rests]
_WAITS_FOR_PEOPLE = "({})".format(", ".join(f"'{name}'" for name in _RESTING))
_SIDE_FILES = ("", "-wal", "-shm", ".lock")


class House:
    """A folder with an open branch, and a sandbox that runs.

    Nothing here keeps a connection, a thread or a lock: the process that holds it forks.
    """

    def __init__(self, folder: Path, foundation: Foundation) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True)
        self.desk_folder = folder / "desk"
        self._foundation = foundation
        foundation.copy_branch(self.desk_folder)
        self._people = signed_on(self.desk_folder)
        self._secrets = foundation.link_secrets(keys.load(self.desk_folder / "keys.json"))
        self._sandboxes = count(1)
        self._seen: dict[str, int] = {}
        self._world: World | None = None
        self._customers: Iterator[tuple[int, str]] = iter(())
        self._start_sandbox()

    # -- counterparts ---------------------------------------------------------------------------------------------

    @property
    def ledgers(self) -> Path:
        """Where the counterparts that run now keep their books."""
        return self._sandbox.folder

    @property
    def counterpart(self) -> str:
        """The biller that runs beside core, by its name in the sandbox."""
        return self._foundation.counterpart

    @property
    def control(self) -> Switches:
        return self._sandbox.control

    def next_case(self, world: World) -> tuple[int, str]:
        """A case's number and its customer, who owes; the counterparts get that world's capabilities."""
        found = next(self._customers, None)
        if found is None:
            self._sandbox.stop()
            self._start_sandbox()
            found = next(self._customers)
        if world is not self._world:
            able = world is World.ABLE
            self.control.capabilities(self.counterpart, dedupe=able, inquiry=able)
            self._world = world
        return found

    def forget_promises(self) -> None:
        """The biller will take what it has promised never to take."""
        with database(ledger_file(self.ledgers, self.counterpart)) as connection:
            connection.execute("DELETE FROM tombstones")

    def count_requests(self) -> dict[str, int]:
        """Requests the counterparts have had since they were last counted, by call."""
        total = self.control.counters()["seen"]
        before, self._seen = self._seen, total
        return {action: times - before.get(action, 0) for action, times in total.items()}

    def close(self) -> None:
        self._sandbox.stop()

    def _start_sandbox(self) -> None:
        """Counterparts with books in which nobody has paid anything yet."""
        folder = self.folder / f"sandbox-{next(self._sandboxes)}"
        self._foundation.copy_ledgers(folder)
        self._sandbox = SandboxProcess(folder, self._secrets, late_s=NEVER_S, deadline_s=90)
        self._seen, self._world, self._customers = {}, None, self._owing()
        self._settings = self._foundation.write_settings(self.desk_folder, self._sandbox)

    def _owing(self) -> Iterator[tuple[int, str]]:
        owing = customers.sample_consumers(CASES_PER_SANDBOX, self.counterpart).owing
        return zip(range(1, CASES_PER_SANDBOX + 1), owing, strict=False)

    # -- the branch -----------------------------------------------------------------------------------------------

    def settings(self, world: World, speed: str) -> Settings:
        """The branch's settings with the deadlines of a speed and what the catalogue says of the biller in a world."""
        found = str(self._foundation.catalogue(world, speed))
        return self._settings.model_copy(update={"core_deadline_s": SPEEDS[speed], "catalogue": found})

    def write_settings(self, world: World, speed: str) -> None:
        """The same as a file, for a program of its own."""
        found = self._foundation.catalogue(world, speed)
        self._foundation.write_settings(self.desk_folder, self._sandbox, speed=speed, catalogue_folder=found)
        put_in_force(self.desk_folder, found)

    def lay_out(self, number: int) -> None:
        """The branch as it was on opening, with serial numbers of the case's own: ten of them from `number` * 10."""
        path = self.desk_folder / DATABASE
        for suffix in _SIDE_FILES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        self._foundation.copy_database(path)
        papers = self.desk_folder / "documents"
        shutil.rmtree(papers)
        papers.mkdir(mode=0o700)
        today = branch_time(SystemClock().now()).date()
        place = (self._settings.desk.branch_no, self._settings.desk.till_no, number * 10)
        with database(path) as connection:
            for day in (today, today + timedelta(days=1)):  # a run may go on past midnight
                connection.execute("INSERT INTO journal_sequence VALUES (?, ?, ?, ?)", (day.isoformat(), *place))

    def let_leases_run_out(self) -> None:
        """As if time had passed since the last process died: its leases are over, what was put off is due. What waits
        for people does so much longer.

        Nothing else could come of waiting: whoever held a lease has been killed and buried, and a lease is no more than
        a number the database compares with its clock. The cases in programs of their own do wait.
        """
        with database(self.desk_folder / DATABASE) as connection:
            connection.execute("UPDATE journal_entry SET lease_until_ms = 0 WHERE lease_until_ms IS NOT NULL")
            put_off = f"due_ms IS NOT NULL AND state NOT IN {_WAITS_FOR_PEOPLE}"
            connection.execute(f"UPDATE journal_entry SET due_ms = 0 WHERE {put_off}")  # noqa: S608
            connection.execute("UPDATE staff_member SET code_step = 0")  # authenticators show another code by now

    def due_in_s(self) -> float | None:
        """How long until recovery may take up what waits, by the database's clock; None where nothing waits."""
        with database(self.desk_folder / DATABASE) as connection:
            (wait_ms,) = connection.execute(
                "SELECT MAX(MAX(due_ms, COALESCE(lease_until_ms, 0)))"  # noqa: S608 (our own names)
                " - CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) FROM journal_entry"
                f" WHERE due_ms IS NOT NULL AND state NOT IN {_WAITS_FOR_PEOPLE}"
            ).fetchone()
        return None if wait_ms is None else max(wait_ms / 1000, 0.0)

    @contextmanager
    def desk(self, world: World, speed: str, hook: StepHook = no_hook) -> Iterator[Desk]:
        """The workstation, opened as a program that has just started opens it; its database is let go at the end."""
        put_in_force(self.desk_folder, self._foundation.catalogue(world, speed))
        desk = Desk(self.settings(world, speed), renderer=self._foundation.renderer, hook=hook)
        try:
            yield desk
        finally:
            desk.store.close()

    def scene(self, desk: Desk, number: int, consumer_no: str, course: str) -> Scene:
        return Scene(desk, *self._people, consumer_no, f"case-{number}", self.control, course)
