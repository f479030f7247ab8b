"""A branch with many tills on one database, before real counterparts: each desk a process of its own."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tellerdesk import config, setup
from tellerdesk.bills.commands import LookUp, PayBill
from tellerdesk.bills.views import BillView
from tellerdesk.demo.plan import BILLER, plan
from tellerdesk.desk import Desk, new_request_id
from tellerdesk.sandbox import people
from tellerdesk.sandbox.config import CORE, ELECTRICITY
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.settings import Flows, LinkSettings, Settings
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import StepHook, no_hook
from tellerdesk.store import keys
from tellerdesk.store.engine import Store
from tellerdesk.till.commands import OpenTill
from tests.stateful.branch import CHEAP
from tests.stateful.conservation import Effects, flaws, sandbox_effects

FORK = multiprocessing.get_context("fork")
TILLS = tuple(f"{number:02d}" for number in range(1, 9))
SUPERVISOR = "3001"
PASSWORD = "right-horse-battery"
PATIENCE_S = 240

QUICK = Flows(unsent_pause_s=0.01, inline_pause_s=0.01, backoff_s=(0,), lease_margin_s=1)

_branches = (f"{number:04d}" for number in itertools.count(1001))
_debtors = (people.consumer_no(n) for n in range(people.COUNT) if people.standing(n) is people.Standing.OWES)


@dataclass
class Counterparts:
    """One sandbox for many tests, and the folder whose keys it knows. Each test takes debtors nobody has taken."""

    folder: Path
    process: SandboxProcess = field(init=False)

    def __post_init__(self) -> None:
        nowhere = "http://127.0.0.1:9"
        setup.init(self.folder, plan(nowhere, nowhere))
        ring = keys.load(self.folder / "keys.json")
        told = {CORE: ring.link(CORE), ELECTRICITY: ring.link(BILLER)}
        self.process = SandboxProcess(self.folder / "sandbox", told, biller_code=BILLER)

    def debtors(self, count: int) -> list[str]:
        found = list(itertools.islice(_debtors, count))
        assert len(found) == count, "the sandbox has no more debtors"
        return found


@dataclass
class Bank:
    """One branch on `store`'s database. Its number is nobody else's, so that its serials are not either."""

    store: Store
    counterparts: Counterparts
    branch_no: str = field(default_factory=lambda: next(_branches))

    def __post_init__(self) -> None:
        urls = self.counterparts.process.urls
        self._settings = config.load(self.counterparts.folder).model_copy(
            update={
                "core": LinkSettings(url=urls[CORE]),
                "billers": {BILLER: LinkSettings(url=urls[ELECTRICITY])},
                "flows": QUICK,
                "store": config.load(self.counterparts.folder).store.model_copy(update={"url": self.store.url}),
            }
        )
        desk = Desk(self.settings(TILLS[0]), passwords=CHEAP)
        for till_no in TILLS:
            self._add(desk, teller_no(till_no), Role.TELLER)
        self._add(desk, SUPERVISOR, Role.SUPERVISOR)
        desk.close()
        self.store.close()  # nothing open in the parent when it forks

    def settings(self, till_no: str) -> Settings:
        place = self._settings.desk.model_copy(update={"branch_no": self.branch_no, "till_no": till_no})
        return self._settings.model_copy(update={"desk": place})

    def desk(self, till_no: str, hook: StepHook = no_hook) -> Desk:
        """To be opened by the process that uses it."""
        return Desk(self.settings(till_no), passwords=CHEAP, hook=hook)

    def let_leases_run_out(self) -> None:
        with self.store.write("test.leases") as unit:
            for column in ("lease_until_ms", "due_ms"):
                unit.connection.execute(
                    text(f"UPDATE journal_entry SET {column} = 0 WHERE {column} IS NOT NULL")  # noqa: S608
                )
            unit.commit()

    def sweep_until_done(self, most: int = 8) -> None:
        """In a process of its own; afterwards nothing waits for recovery any more."""

        def sweep() -> int:
            desk = self.desk("00")
            waiting = -1
            for _ in range(most):
                self.let_leases_run_out()
                waiting = desk.recovery.sweep().waiting
                if not waiting:
                    break
            desk.close()
            self.store.close()
            return waiting

        self.store.close()
        [waiting] = together([sweep])
        assert waiting == 0, f"{waiting} still wait"

    def effects(self) -> tuple[Effects, Effects]:
        """This branch's own, at core and at the biller."""
        at_core, at_biller = sandbox_effects(self.counterparts.process.folder)
        return self._mine(at_core), self._mine(at_biller)

    def flaws(self) -> list[str]:
        return flaws(self.store, *self.effects())

    def _mine(self, side: Effects) -> Effects:
        return {serial: effect for serial, effect in side.items() if serial[8:12] == self.branch_no}

    def _add(self, desk: Desk, staff_no: str, role: Role) -> None:
        desk.staff.add(AddStaff(staff_no, "李晓燕", role, self.branch_no, PASSWORD), by="SETUP")


def teller_no(till_no: str) -> str:
    return f"10{till_no}"


def sign_on(desk: Desk) -> SignedOn:
    """The till's own teller, with the till open."""
    who = desk.sign_on(SignOn(teller_no(desk.settings.desk.till_no), PASSWORD))
    if desk.till.position(who) is None:
        desk.till.open(who, OpenTill(100_000, secrets.token_hex(8)))
    return who


def look_up(desk: Desk, who: SignedOn, consumer_no: str) -> BillView:
    return desk.bills.look_up(who, LookUp(BILLER, consumer_no))


def payment_of(bill: BillView) -> PayBill:
    return PayBill(new_request_id(), bill.quote_id, bill.total_fen, bill.total_fen)


# Processes


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Each in a forked process of its own, all at once; what they return. Raises what one of them raised."""
    with started(works) as workers:
        return [worker.result() for worker in workers]


@dataclass
class Worker:
    """A forked process and the end of the pipe it answers on."""

    process: BaseProcess
    answers: Any

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def wait_until_stopped(self) -> None:
        """Until it has stopped itself. Fails where it ended instead."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"ended with {status}"

    def carry_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def result(self) -> Any:
        assert self.answers.poll(PATIENCE_S), "no answer"
        told = self.answers.recv()
        self.process.join()
        if isinstance(told, BaseException):
            raise told
        return told


@contextmanager
def started(works: list[Callable[[], Any]]) -> Iterator[list[Worker]]:
    """Processes at work; whatever is left of them at the end is killed."""
    workers = []
    for work in works:
        answers, told = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_work, args=(work, told), daemon=True)
        process.start()
        told.close()
        workers.append(Worker(process, answers))
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _work(work: Callable[[], Any], told: Any) -> None:
    try:
        answer = work()
    except BaseException as error:  # told to the parent
        answer = RuntimeError(f"{type(error).__name__}: {error}")
    told.send(answer)


def stop_myself_at(step: str) -> StepHook:
    """A hook that stops the whole process at its first passing of `step`, as SIGSTOP from anywhere would."""
    waiting = [step]

    def hook(passed: str) -> None:
        if passed in waiting:
            waiting.remove(passed)
            os.kill(os.getpid(), signal.SIGSTOP)

    return hook


def die_at(step: str) -> StepHook:
    """A hook that kills the process at `step`."""

    def hook(passed: str) -> None:
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook
