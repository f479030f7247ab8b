"""The workstation's life: it is opened, people sign on, work is done in its own threads, recovery runs, it closes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from typing import TypeVar

from tellerdesk.audit.seals import Seals
from tellerdesk.clock import Clock, SystemClock
from tellerdesk.desk.books import open_books
from tellerdesk.desk.counter import open_counter
from tellerdesk.desk.flow_threads import FlowThreads
from tellerdesk.desk.flows import flows_of
from tellerdesk.desk.foundation import lay, signed_link
from tellerdesk.desk.office import open_office
from tellerdesk.desk.places import seals_file, store_url
from tellerdesk.documents.protocols import Renderer
from tellerdesk.i18n import Bilingual
from tellerdesk.jobs.recovery import Recovery
from tellerdesk.jobs.sealer import SealerJob
from tellerdesk.links.lights import Light
from tellerdesk.links.link import Link
from tellerdesk.settings import LinkSettings, Settings
from tellerdesk.staff import codes
from tellerdesk.staff.commands import ChangePassword, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.states import Permission
from tellerdesk.staff.system import SYSTEM
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import StepHook, no_hook
from tellerdesk.store import keys, schema
from tellerdesk.store.engine import Store

T = TypeVar("T")


class Desk:
    """One workstation, opened. Every method may block and is called from the desk's own threads or a program."""

    def __init__(
        self,
        settings: Settings,
        *,
        renderer: Renderer | None = None,
        clock: Clock | None = None,
        passwords: Passwords | None = None,
        hook: StepHook = no_hook,
    ) -> None:
        """Raises BadSetup, StoreUnavailable. The schema must be current (see `store.schema`)."""
        self.settings = settings
        self.clock = clock or SystemClock()
        ground = lay(settings, self.clock, hook, self._link)
        self.store = ground.store
        self._core, self._links = ground.core, ground.links

        office = open_office(ground, passwords or Passwords())
        self.staff = office.staff
        self.approvals = office.approvals
        self.parameters = office.parameters
        self.people = office.people
        self.audit = office.audit

        flows, sweeper = flows_of(ground, office.book)
        self.runner = flows.runner

        counter = open_counter(ground, office, flows, renderer)
        self.till = counter.till
        self.bills = counter.bills
        self.baskets = counter.baskets
        self.refunds = counter.refunds
        self.papers = counter.papers
        self.basket_papers = counter.basket_papers
        self.refund_papers = counter.refund_papers

        books = open_books(ground, office, flows, counter)
        self.questions = books.questions
        self.today = books.today
        self.search = books.search

        self.seals = Seals(self.store, ground.key_ring, self.clock, seals_file(settings))
        self.sealer = SealerJob(self.seals, settings.audit.every_s)
        self.recovery = Recovery(
            self.store,
            sweeper,
            self._core,
            self.clock,
            settings.flows.recovery_every_s,
            permit=lambda: self.staff.require(SYSTEM, Permission.RECOVER),
            besides=self._besides,
        )
        self._day: date | None = None
        self._threads = FlowThreads()

    # -- people ---------------------------------------------------------------------------------------------------

    def sign_on(self, command: SignOn) -> SignedOn:
        """Signs a person on at this workstation, and asks core which day it is. Raises SignOnRefused."""
        place = self.settings.desk
        who = self.staff.sign_on(command, branch_no=place.branch_no, till_no=place.till_no, terminal=place.terminal)
        self._day = self.recovery.learn_day()
        return who

    def sign_off(self, who: SignedOn) -> None:
        """Raises Refused while the person has own open questions nobody has explained."""
        self.staff.sign_off(who)

    def confirm(self, who: SignedOn, password: str) -> None:
        """Proves once more that it is this person, to unlock the screen. Raises SignOnRefused."""
        self.staff.confirm(who, password)

    def lock(self, who: SignedOn) -> None:
        """Nothing is done in this session until `confirm`; what is under way goes on."""
        self.staff.lock_desk(who)

    def change_password(self, who: SignedOn, command: ChangePassword) -> None:
        """The person's own new password. Raises BadInput, SignOnRefused."""
        self.staff.change_password(who, command)

    def training_code(self, staff_no: str) -> str:
        """The one-time code a sample person's authenticator shows now; empty for anybody else, and outside training."""
        if not self.settings.training:
            return ""
        people = {person["staff_no"]: person.get("code_secret", "") for person in self.settings.sample_staff}
        secret = people.get(staff_no, "")
        return codes.code_at(secret, round(self.clock.now().timestamp() * 1000)) if secret else ""

    # -- what the frame shows -------------------------------------------------------------------------------------

    def lights(self) -> tuple[Light, ...]:
        """One for each counterpart, from what the last real call met. Does not block."""
        return (self._core.light, *(link.light for link in self._links.values()))

    def accounting_date(self) -> date | None:
        """The newest date core has told; None before it told any. Does not block."""
        told = [day for day in (self._core.last_accounting_date, self._day) if day is not None]
        return max(told, default=None)

    # -- work -----------------------------------------------------------------------------------------------------

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Runs `call` in one of the desk's own threads: no screen that closes can cancel it."""
        return self._threads.submit(call)

    def in_flight(self) -> int:
        """How many calls have not come back yet."""
        return self._threads.in_flight()

    def drain(self, timeout_s: float) -> bool:
        """Lets what is in flight finish its current step and start nothing new; False where time ran out first.
        What is left is recovery's."""
        self.runner.stop()
        return self._threads.wait(timeout_s)

    def start_recovery(self) -> None:
        """Sweeps now and every half minute, in an own thread; in another one the audit is sealed every minute."""
        self.recovery.start()
        self.sealer.start()

    def close(self) -> None:
        """Ends recovery and the threads, seals the audit and lets the database go. What is in flight is left to
        recovery."""
        self.recovery.stop(timeout_s=2.0)
        self.sealer.stop(timeout_s=2.0)
        self._threads.close()
        self.store.close()

    def _besides(self) -> None:
        """What recovery does in each of its sweeps besides the journal."""
        self.approvals.expire_due(SYSTEM)
        self.search._index_accounts()

    def _link(
        self,
        code: str,
        name: Bilingual,
        link: LinkSettings,
        key_ring: keys.Keys,
        deadline_s: float,
        refusals: frozenset[str],
    ) -> Link:
        return signed_link(self.settings.bank.channel_id, self.clock, code, name, link, key_ring, deadline_s, refusals)


def open_desk(settings: Settings, *, renderer: Renderer | None = None, recovery: bool = True) -> Desk:
    """Opens the workstation the settings describe: brings the schema up to date where it is older, then starts
    recovery. Raises BadSetup, StoreUnavailable."""
    store = Store(store_url(settings))
    try:
        if not schema.is_current(store):
            schema.upgrade(store)
    finally:
        store.close()
    desk = Desk(settings, renderer=renderer)
    if recovery:
        desk.start_recovery()
    return desk


def new_request_id() -> str:
    """A fresh id for a form: it stays the same for every press of the key."""
    return secrets.token_hex(16)
