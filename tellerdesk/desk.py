"""The Desk: one opened workstation. Front ends hold a Desk and nothing below it.

It puts the rooms together: settings, store, links, clock, staff, till, bills, papers, recovery. Nothing below knows it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.power import PowerSubject
from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.approvals.rules import SHIPPED as SHIPPED_RULES
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import SHIPPED as SHIPPED_BILLERS
from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.basket import Baskets
from tellerdesk.bills.basket_papers import BasketPapers
from tellerdesk.bills.basket_room import BasketRoom
from tellerdesk.bills.cancellation import Cancellations
from tellerdesk.bills.cancellation_guards import CancellationGuards
from tellerdesk.bills.cancellation_subject import CancellationSubject
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.duplicates import Duplicates
from tellerdesk.bills.lookup import BillLookup
from tellerdesk.bills.papers import BillPapers, House
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.payment_flow import CORE, Limits, PaymentFlow
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.room import BillsRoom
from tellerdesk.bills.states import FLOW as BILLS
from tellerdesk.clock import Clock, SystemClock
from tellerdesk.config import FILE_NAME
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.protocols import Renderer
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import Bilingual
from tellerdesk.jobs.recovery import Recovery
from tellerdesk.jobs.sealer import SealerJob
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Pace, Runner
from tellerdesk.links.client import SignedClient
from tellerdesk.links.lights import Light
from tellerdesk.links.link import Link
from tellerdesk.links.pinpad import HttpPinPad
from tellerdesk.parameters import limits
from tellerdesk.parameters.drafts import Drafts
from tellerdesk.parameters.in_force import InForce
from tellerdesk.parameters.room import ParametersRoom
from tellerdesk.questions.explaining import Explaining, check_leaving
from tellerdesk.questions.handling import Handling
from tellerdesk.questions.late import LateAnswers
from tellerdesk.questions.late_flow import LateAnswerFlow
from tellerdesk.questions.listing import Listing
from tellerdesk.questions.register import is_not_held, open_since
from tellerdesk.questions.room import QuestionsRoom
from tellerdesk.refunds import register
from tellerdesk.refunds import states as refund_states
from tellerdesk.refunds.building import refunds_room
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.refunds.room import RefundsRoom
from tellerdesk.search.room import SearchRoom
from tellerdesk.settings import LinkSettings, Settings
from tellerdesk.staff import codes
from tellerdesk.staff.audit_room import AuditRoom
from tellerdesk.staff.commands import ChangePassword, SignOn
from tellerdesk.staff.models import StaffMember
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.people import People
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.system import SYSTEM
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import StepHook, no_hook
from tellerdesk.store import keys, schema
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer, has_open_till
from tellerdesk.till.room import TillRoom
from tellerdesk.today.room import TodayRoom

T = TypeVar("T")

FLOW_THREADS = 4
"""Few, but more than one: a biller that hangs must not stop the next customer."""

CORE_NAME = Bilingual("核心", "Core")

ROOMS: tuple[type, ...] = (
    BillsRoom, BasketRoom, BillPapers, BasketPapers, RefundsRoom, RefundPapers, QuestionsRoom, SearchRoom, TodayRoom,
    Papers, TillRoom, ApprovalsRoom, ParametersRoom, StaffRoom, People, AuditRoom,
)  # fmt: skip
"""Every class whose public methods are use cases, each of which declares its permission."""

_STAFF = table_of(StaffMember)


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
        key_ring = keys.load(settings.folder / settings.store.key_file)
        self.store = Store(store_url(settings), hook=hook)
        if not schema.is_current(self.store):
            raise BadSetup("error.store.not_current")
        vault = Vault(key_ring)
        audit = AuditTrail(key_ring, self.clock)
        in_force = InForce(self.store, audit, self.clock, key_ring.audit)
        drafts = drafts_of(settings)
        in_force.adopt(drafts)
        with self.store.read() as session:
            catalogue = in_force.open_billers(session.connection())
        self._core = self._link(CORE, CORE_NAME, settings.core, key_ring, settings.core_deadline_s, frozenset())
        self._links = {
            code: self._link(
                code,
                catalogue[code].short_name.both,
                link,
                key_ring,
                catalogue[code].deadlines.pay_s,
                catalogue[code].refusals.codes,
            )
            for code, link in settings.billers.items()
            if code in catalogue  # one that waits for approval has an address and is not paid yet
        }
        billers = {code: catalogue[code] for code in self._links}

        hours = settings.staff.session_hours
        book = ApprovalBook(audit, self.clock, key_ring.audit)
        powers = PowerSubject(book, audit, in_force.rules)
        self.staff = StaffRoom(
            self.store,
            audit,
            self.clock,
            passwords or Passwords(),
            vault,
            session_hours=hours,
            powers=powers,
            may_leave=check_leaving,
        )
        self.approvals = ApprovalsRoom(self.store, self.staff, book, self.clock, has_open_till)
        self.parameters = ParametersRoom(self.store, self.staff, audit, self.clock, book, in_force, drafts)
        self.approvals._register(self.parameters.subject)
        self.approvals._register(powers)
        self.people = People(self.store, self.staff, settings.bank.name_zh)
        self.audit = AuditRoom(self.store, self.staff, audit, self.clock, seals_file(settings))
        self.seals = Seals(self.store, key_ring, self.clock, seals_file(settings))
        self.sealer = SealerJob(self.seals, settings.audit.every_s)
        drawer = Drawer()
        quotes = Quotes(vault)
        flows = settings.flows
        pace = Pace(
            flows.lease_margin_s, flows.unsent_tries, flows.unsent_pause_s, flows.inline_pause_s, flows.backoff_s
        )
        flow = PaymentFlow(
            book=book,
            core=self._core,
            links=self._links,
            billers=catalogue,
            quotes=quotes,
            vault=vault,
            drawer=drawer,
            channel_id=settings.bank.channel_id,
            limits=Limits(flows.inline_window_s, flows.inquiries, flows.reversal_tries),
            open_day=entries.open_day,
            undo_late_answer=lambda work: late_answers.look_back(work),
            late_answer_agrees=lambda work: late_answers.payment_is_cancelled(work),
        )
        late_flow = LateAnswerFlow(
            links=self._links, billers=catalogue, quotes=quotes, channel_id=settings.bank.channel_id
        )
        consumers = Consumers(vault)
        self.runner = Runner(self.store, vault, self.clock, pace)
        sweeper = Runner(self.store, vault, self.clock, pace)
        subject = PaymentSubject(vault, self.runner)
        self.approvals._register(subject)
        originals, persons = Originals(quotes, subject), Persons(vault)
        refund_flow = RefundFlow(
            book=book,
            core=self._core,
            links=self._links,
            billers=catalogue,
            originals=originals,
            persons=persons,
            drawer=drawer,
            channel_id=settings.bank.channel_id,
            fire=self.runner.fire_in,
        )
        late_answers = LateAnswers(runner=self.runner, billers=catalogue, consumers=consumers, quotes=quotes)
        for runner in (self.runner, sweeper):
            runner.register(flow)
            runner.register(refund_flow)
            runner.register(late_flow)
            runner.on_late(late_answers.learnt)
        self.recovery = Recovery(
            self.store,
            sweeper,
            self._core,
            self.clock,
            flows.recovery_every_s,
            permit=lambda: self.staff.require(SYSTEM, Permission.RECOVER),
            besides=self._besides,
        )

        duplicates = Duplicates(quotes, consumers, self.clock, in_force.duplicate_days, register.note_of)
        lookup = BillLookup(
            self.store,
            self.clock,
            billers,
            self._links,
            quotes,
            duplicates,
            settings.bank.channel_id,
            in_force.check_biller,
        )
        pad = settings.pinpad
        pinpad = None if pad is None else HttpPinPad(pad.url, pad.deadline_s)
        accounts = CustomerAccounts(self.store, self._core, quotes, pinpad)
        payments = Payments(
            store=self.store,
            vault=vault,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            drawer=drawer,
            quotes=quotes,
            consumers=consumers,
            duplicates=duplicates,
            billers=catalogue,
            identity_from_fen=in_force.identity_from_fen,
            check_biller=in_force.check_biller,
            teller_name=_name_of,
            book=book,
            subject=subject,
            rules=in_force.rules,
            refund_of=register.note_of,
        )
        cancel_subject = CancellationSubject(vault, self.clock, self.runner, subject)
        self.approvals._register(cancel_subject)
        cancellations = Cancellations(
            store=self.store,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            core=self._core,
            consumers=consumers,
            billers=catalogue,
            guards=CancellationGuards(self.clock, drawer, catalogue, in_force.check_biller, register.note_of),
            book=book,
            subject=cancel_subject,
            rules=in_force.rules,
            payments=payments,
        )
        baskets = Baskets(
            store=self.store,
            vault=vault,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            drawer=drawer,
            quotes=quotes,
            consumers=consumers,
            billers=catalogue,
            payments=payments,
            identity_from_fen=in_force.identity_from_fen,
        )
        names = {CORE: CORE_NAME} | {code: biller.name.both for code, biller in billers.items()}
        self.till = TillRoom(self.store, self.staff, audit, self.clock, drawer)
        self.bills = BillsRoom(self.staff, lookup, accounts, payments, cancellations, names)
        self.baskets = BasketRoom(self.staff, baskets, names)
        refunds = refunds_room(
            self.staff,
            store=self.store,
            vault=vault,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            core=self._core,
            drawer=drawer,
            accounts=accounts,
            consumers=consumers,
            billers=catalogue,
            check_biller=in_force.check_biller,
            rules=in_force.rules,
            book=book,
            flow=refund_flow,
            originals=originals,
            persons=persons,
            names=names,
        )
        self.approvals._register(refunds.subject)
        self.refunds = refunds.room
        listing = Listing(
            store=self.store,
            clock=self.clock,
            runner=self.runner,
            payments=payments,
            takes_back=late_flow.takes_back,
            advice={refund_states.FLOW: refunds.advice},
        )
        handling = Handling(self.store, audit, self.runner, late_flow.takes_back)
        self.questions = QuestionsRoom(self.staff, listing, Explaining(self.store, audit, self.clock), handling)
        billers_named = {code: biller.short_name.both for code, biller in catalogue.items()}
        self.today = TodayRoom(self.store, self.staff, self.clock, billers_named, open_since, _name_of)
        self.search = SearchRoom(
            store=self.store,
            staff=self.staff,
            audit=audit,
            clock=self.clock,
            vault=vault,
            quotes=quotes,
            payments=subject,
            billers={code: biller.name.both for code, biller in catalogue.items()},
            advice={
                BILLS: lambda serial: payments.payment(serial).advice,
                refund_states.FLOW: lambda serial: self._of_entry(serial, refunds.advice),
            },
        )
        folder = settings.folder / "documents"
        papers = Papers(self.store, audit, self.staff, vault, key_ring, renderer, folder, self.clock)
        house = House(
            settings.bank.name, Bilingual(settings.desk.branch_zh, settings.desk.branch_en), settings.training
        )
        self.papers = BillPapers(self.staff, papers, payments, house, self.store, is_not_held)
        self.basket_papers = BasketPapers(self.staff, self.store, baskets, payments, self.papers, papers, house)
        self.refund_papers = RefundPapers(self.staff, self.store, papers, house, self.refunds, self.approvals)
        self._day: date | None = None
        self._flow_pool = ThreadPoolExecutor(FLOW_THREADS, thread_name_prefix="flow")
        self._in_flight: set[Future[object]] = set()
        self._in_flight_lock = threading.Lock()

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
        future = self._flow_pool.submit(call)
        with self._in_flight_lock:
            self._in_flight.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._landed)
        return future

    def in_flight(self) -> int:
        """How many calls have not come back yet."""
        with self._in_flight_lock:
            return len(self._in_flight)

    def drain(self, timeout_s: float) -> bool:
        """Lets what is in flight finish its current step and start nothing new; False where time ran out first.
        What is left is recovery's."""
        self.runner.stop()
        deadline = time.monotonic() + timeout_s
        while self.in_flight() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.in_flight() == 0

    def start_recovery(self) -> None:
        """Sweeps now and every half minute, in an own thread; in another one the audit is sealed every minute."""
        self.recovery.start()
        self.sealer.start()

    def close(self) -> None:
        """Ends recovery and the threads, seals the audit and lets the database go. What is in flight is left to
        recovery."""
        self.recovery.stop(timeout_s=2.0)
        self.sealer.stop(timeout_s=2.0)
        self._flow_pool.shutdown(wait=False, cancel_futures=True)
        self.store.close()

    def _besides(self) -> None:
        """What recovery does in each of its sweeps besides the journal."""
        self.approvals.expire_due(SYSTEM)
        self.search._index_accounts()

    def _of_entry(self, serial: str, told: Callable[[Connection, dict[str, Any]], T]) -> T:
        """What `told` makes of an entry as it stands now, which is there."""
        with self.store.read() as session:
            connection = session.connection()
            return told(connection, entries.by_serial(connection, serial) or {})

    def _landed(self, future: Future[T]) -> None:
        with self._in_flight_lock:
            self._in_flight.discard(future)

    def _link(
        self,
        code: str,
        name: Bilingual,
        link: LinkSettings,
        key_ring: keys.Keys,
        deadline_s: float,
        refusals: frozenset[str],
    ) -> Link:
        client = SignedClient(
            link.url,
            self.settings.bank.channel_id,
            key_ring.link(code),
            self.clock,
            connect_deadline_s=link.connect_deadline_s,
        )
        return Link(code, name, client, deadline_s, refusals, self.clock)


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


def store_url(settings: Settings) -> str:
    """The store's address; a SQLite file named relatively lies in the settings' folder."""
    url = settings.store.url
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.removeprefix(prefix).startswith("/"):
        return f"{prefix}{(settings.folder / url.removeprefix(prefix)).resolve()}"
    return url


def seals_file(settings: Settings) -> Path:
    """Where the audit's seals stand outside the data folder: who takes the folder does not take them."""
    if settings.audit.seals:
        return settings.folder / settings.audit.seals
    state = Path(os.environ.get("XDG_STATE_HOME", "") or Path.home() / ".local" / "state")
    place = f"{settings.bank.channel_id}-{settings.desk.branch_no}-{settings.desk.till_no}"
    mark = hashlib.sha256(str(settings.folder.resolve()).encode()).hexdigest()[:8]
    return state / "tellerdesk" / f"{place}-{mark}.seals"


def drafts_of(settings: Settings) -> Drafts:
    """Where the drafts of what is under change control stand: the settings' catalogue, approvals.toml in their folder,
    or those that come with tellerdesk, and the limits of the settings themselves."""
    rules = settings.folder / "approvals.toml"
    return Drafts(
        catalogue=Path(settings.catalogue) if settings.catalogue else SHIPPED_BILLERS,
        rules=rules if rules.is_file() else SHIPPED_RULES,
        limits=limits.written(
            identity_from_fen=settings.large_cash.identity_from_fen, duplicate_days=settings.flows.duplicate_days
        ),
        settings=settings.folder / FILE_NAME,
    )


def new_request_id() -> str:
    """A fresh id for a form: it stays the same for every press of the key."""
    return secrets.token_hex(16)


def _name_of(connection: Connection, staff_no: str) -> str:
    return connection.execute(select(_STAFF.c.name).where(_STAFF.c.staff_no == staff_no)).scalar_one_or_none() or ""
