"""A teller's counter over a real store and scripted counterparts: the payment use cases without the network."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, text

from support.scripted import ScriptedLink, ScriptedPad
from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.rules import Facts, Rules, Verdict
from tellerdesk.approvals.views import RuleHit
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Hours, read_all
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.approval import PaymentSubject, RulesInForce
from tellerdesk.bills.basket import Baskets
from tellerdesk.bills.cancellation import Cancellations
from tellerdesk.bills.cancellation_guards import CancellationGuards
from tellerdesk.bills.cancellation_subject import CancellationSubject
from tellerdesk.bills.commands import PayBill
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.duplicates import Duplicates
from tellerdesk.bills.lookup import BillLookup
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.payment_flow import Limits, PaymentFlow
from tellerdesk.bills.quotes import KeptBill, KeptLine, Quotes
from tellerdesk.clock import Clock, SystemClock
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.jobs.recovery import Recovery
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Pace, Runner
from tellerdesk.money import MAX_FEN
from tellerdesk.questions.late import LateAnswers
from tellerdesk.questions.late_flow import LateAnswerFlow
from tellerdesk.refunds import register
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import MOVEMENT, SESSION, Drawer

BILLER = "1101"
QUICK = Pace(lease_margin_s=5.0, unsent_tries=2, unsent_pause_s=0.0, inline_pause_s=0.0, backoff_s=(0.0,))

LARGE = RuleHit("large-cash", Bilingual("大额现金", "Large cash"))


@dataclass
class AskedFrom:
    """Rules that want payments from `least_fen` on approved. `facts` is what they were asked."""

    least_fen: int = MAX_FEN + 1
    lifetime_s: float = 900.0
    needed: int = 1
    needs_count: bool = False
    facts: list[Facts] = field(default_factory=list)

    def evaluate(self, facts: Facts) -> Verdict:
        self.facts.append(facts)
        hits = (LARGE,) if facts.amount_fen >= self.least_fen else ()
        return Verdict(hits, "5eed" * 16, needed=self.needed, lifetime_s=self.lifetime_s)


def ruled(
    rule: AmountRule, *, personal: bool = False, hours: Hours | None = None, **bounds: int
) -> Callable[[Any], Any]:
    """Amends a biller: another amount rule and its bounds."""

    def amend(biller: Any) -> Any:
        consumer = biller.consumer.model_copy(update={"personal": personal})
        amount = biller.amount.model_copy(update={"rule": rule, **bounds})
        return biller.model_copy(update={"consumer": consumer, "amount": amount, "hours": hours})

    return amend


def teller(staff_no: str = "1001", till_no: str = "07", branch_no: str = "0712") -> SignedOn:
    """Somebody who has signed on, as the use cases below the permission see them."""
    return SignedOn("s" + staff_no, staff_no, "李晓燕", Role.TELLER, branch_no, till_no, datetime.now(UTC), None)


@dataclass
class Counter:
    """One desk's payment rooms. `core` and `biller` keep their own ledgers; two counters may share them."""

    store: Store
    keys: Keys
    clock: Clock = field(default_factory=SystemClock)
    core: ScriptedLink = field(default_factory=lambda: ScriptedLink("core"))
    biller: ScriptedLink = field(default_factory=lambda: ScriptedLink(BILLER))
    pace: Pace = QUICK
    limits: Limits = field(default_factory=Limits)
    who: SignedOn = field(default_factory=teller)
    amend: Callable[[Any], Any] = lambda biller: biller
    pad: ScriptedPad | None = None
    duplicate_days: int = 3
    newer: set[str] = field(default_factory=set)
    """billers of which a newer version is in force than this desk has opened"""
    rules: RulesInForce = field(default_factory=AskedFrom)
    cancel_rules: RulesInForce = field(default_factory=lambda: Rules.parse(""))
    refund_rules: RulesInForce = field(default_factory=lambda: Rules.parse(""))

    def __post_init__(self) -> None:
        vault = Vault(self.keys)
        self.drawer = Drawer()
        self.quotes = Quotes(vault)
        catalogue = {code: self.amend(found) for code, found in read_all().items()}
        audit = AuditTrail(self.keys, self.clock)
        self.book = ApprovalBook(audit, self.clock, self.keys.audit)
        self.flow = PaymentFlow(
            core=self.core,
            links={BILLER: self.biller},
            billers=catalogue,
            quotes=self.quotes,
            vault=vault,
            drawer=self.drawer,
            channel_id="TD01",
            limits=self.limits,
            open_day=entries.open_day,
            book=self.book,
            undo_late_answer=lambda work: self.late_answers.look_back(work),
            late_answer_agrees=lambda work: self.late_answers.payment_is_cancelled(work),
        )
        self.late_flow = LateAnswerFlow(
            links={BILLER: self.biller}, billers=catalogue, quotes=self.quotes, channel_id="TD01"
        )
        self.consumers = consumers = Consumers(vault)
        self.runner = Runner(self.store, vault, self.clock, self.pace)
        self.runner.register(self.flow)
        self.runner.register(self.late_flow)
        self.late_answers = LateAnswers(runner=self.runner, billers=catalogue, consumers=consumers, quotes=self.quotes)
        self.runner.on_late(self.late_answers.learnt)
        self.recovery = Recovery(self.store, self.runner, self.core, self.clock, 30.0)
        self.subject = PaymentSubject(vault, self.runner)
        self.catalogue, self.persons = catalogue, Persons(vault)
        self.originals = Originals(self.quotes, self.subject)
        self.refund_flow = RefundFlow(
            core=self.core,
            links={BILLER: self.biller},
            billers=catalogue,
            originals=self.originals,
            persons=self.persons,
            drawer=self.drawer,
            channel_id="TD01",
            book=self.book,
            fire=self.runner.fire_in,
        )
        self.runner.register(self.refund_flow)
        self.duplicates = Duplicates(
            self.quotes, consumers, self.clock, lambda _: self.duplicate_days, register.note_of
        )
        self.lookup = BillLookup(
            self.store, self.clock, catalogue, {BILLER: self.biller}, self.quotes, self.duplicates, "TD01", _any_biller
        )
        self.accounts = CustomerAccounts(self.store, self.core, self.quotes, self.pad)
        self.payments = Payments(
            store=self.store,
            vault=vault,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            drawer=self.drawer,
            quotes=self.quotes,
            consumers=consumers,
            duplicates=self.duplicates,
            billers=catalogue,
            identity_from_fen=lambda _: 1_000_000,
            check_biller=self.check_biller,
            teller_name=lambda *_: "李晓燕",
            book=self.book,
            subject=self.subject,
            rules=lambda _: self.rules,
            refund_of=register.note_of,
        )

        self.cancel_subject = CancellationSubject(vault, self.clock, self.runner, self.subject)
        self.cancellations = Cancellations(
            store=self.store,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            core=self.core,
            consumers=consumers,
            billers=catalogue,
            guards=CancellationGuards(self.clock, self.drawer, catalogue, self.check_biller, register.note_of),
            book=self.book,
            subject=self.cancel_subject,
            rules=lambda _: self.cancel_rules,
            payments=self.payments,
        )

        self.baskets = Baskets(
            store=self.store,
            vault=vault,
            clock=self.clock,
            audit=audit,
            runner=self.runner,
            drawer=self.drawer,
            quotes=self.quotes,
            consumers=consumers,
            billers=catalogue,
            payments=self.payments,
            identity_from_fen=lambda _: 1_000_000,
        )

    def open_till(self, opening_fen: int = 100_000) -> int:
        with self.store.write("test.till") as unit:
            connection = unit.connection
            number = connection.execute(
                insert(SESSION)
                .values(
                    branch_no=self.who.branch_no,
                    till_no=self.who.till_no,
                    staff_no=self.who.staff_no,
                    opening_fen=opening_fen,
                    opened_at=self.clock.now(),
                    request_id=secrets.token_hex(8),
                )
                .returning(SESSION.c.id)
            ).scalar_one()
            unit.commit()
        return int(number)

    def quote(
        self,
        consumer_no: str = "07550031884639",
        months: tuple[str, ...] = ("2026-10",),
        fen: int = 84_400,
        **changes: Any,
    ) -> KeptBill:
        """A bill as if it had just been looked up; each month costs `fen`."""
        now = self.clock.now()
        bill = KeptBill(
            quote_id=secrets.token_hex(16),
            biller_code=BILLER,
            consumer_no=consumer_no,
            customer_name="王晓燕",
            address="深圳市南山区科技园路 18 号",
            lines=tuple(KeptLine(month, "电费", fen) for month in months),
            late_fee_fen=0,
            total_fen=fen * len(months),
            reference="DL20261122",
            asked_at=now,
            valid_until=now + timedelta(minutes=15),
        )
        bill = replace(bill, **changes)
        with self.store.write("test.quote") as unit:
            self.quotes.keep(unit.connection, bill, branch_no=self.who.branch_no, staff_no=self.who.staff_no)
            unit.commit()
        return bill

    def topping_up(self, consumer_no: str = "13800138000", **changes: Any) -> KeptBill:
        """What a biller tells of somebody who owes nothing and may pay in any amount."""
        return self.quote(consumer_no, lines=(), total_fen=0, **changes)

    def command(self, bill: KeptBill, **changes: Any) -> PayBill:
        values = {
            "request_id": secrets.token_hex(16),
            "quote_id": bill.quote_id,
            "amount_fen": bill.total_fen,
            "tendered_fen": bill.total_fen + 600,
        }
        return PayBill(**(values | changes))

    def check_biller(self, connection: Connection, code: str) -> None:
        if code in self.newer:
            raise Refused("error.parameters.newer", biller=code)

    def till_rows(self, serial: str | None = None) -> list[tuple[str, int]]:
        query = select(MOVEMENT.c.kind, MOVEMENT.c.amount_fen).order_by(MOVEMENT.c.id)
        if serial is not None:
            query = query.where(MOVEMENT.c.serial == serial)
        return [(kind, fen) for kind, fen in self.read(query)]

    def read(self, query: Any) -> list[Any]:
        with self.store.read() as session:
            return list(session.connection().execute(query))

    def rows_taken(self, serial: str) -> list[str]:
        """The rows of the table an entry went through."""
        with self.store.read() as session:
            return [step["row"] for step in entries.steps(session.connection(), serial)]

    def let_leases_run_out(self) -> None:
        """As if time had passed: every lease is over and everything that waits is due."""
        with self.store.write("test.leases") as unit:
            connection: Connection = unit.connection
            connection.execute(text("UPDATE journal_entry SET lease_until_ms = 0 WHERE lease_until_ms IS NOT NULL"))
            connection.execute(text("UPDATE journal_entry SET due_ms = 0 WHERE due_ms IS NOT NULL"))
            unit.commit()

    def sweep_until_done(self, most: int = 12) -> int:
        """Sweeps until nothing waits; the number of sweeps it took."""
        for sweep in range(1, most + 1):
            self.let_leases_run_out()
            if self.recovery.sweep().waiting == 0:
                return sweep
        raise AssertionError("still waiting")


def _any_biller(connection: Connection, code: str) -> None:
    """Every biller is what it was when the counter was opened."""
