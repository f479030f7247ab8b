"""A journal of made-up entries, written into the tables as the rooms write them, and kept beside as plain data."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

from conftest import SetClock
from sqlalchemy import Connection, insert, select
from support.branches import CHEAP

from tellerdesk.approvals.models import ApprovalDecision, ApprovalRequest
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.combined_receipts import COMBINED
from tellerdesk.bills.consumers import Consumers
from tellerdesk.clock import branch_time
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import Word
from tellerdesk.questions.models import LateAnswer
from tellerdesk.refunds.models import Refund
from tellerdesk.refunds.states import CAME_TO_NOTHING
from tellerdesk.search.states import STATES
from tellerdesk.serials import channel_serial
from tellerdesk.staff.commands import AddStaff
from tellerdesk.staff.models import StaffMember
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault, last_four

PASSWORD = "right-horse-battery"
BRANCHES = ("0712", "0713")
TELLERS = ("1001", "1002", "1003")
APPROVERS = ("3001", "3002")
BILLERS = ("1101", "1301", "1601")
NAMES = (
    *(
        "王晓燕",
        "王晓明",
        "李晓燕",
        "欧阳娜娜",
        "欧阳锋",
        "司马欧阳",
        "燕",
        "陈",
        "100%好公司",
        "50_50店",
        "反斜\\杠店",
    ),
    *(
        "深圳市科技（集团）有限公司",
        "深圳市科技(集团)有限公司",
        "Zhang San",
        "ZHANG Sanfeng",
        "'; DROP TABLE journal_entry; --",
    ),
    *("ＡＢＣ商行", "%%", "__", "\\\\", "甲%乙", "甲_乙", "甲\\乙", "甲乙", "張曉燕", "😀笑笑"),
)
PERSONAL = "1601"

_MEMBERS = table_of(StaffMember)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Plain:
    """An entry as a person would tell of it."""

    id: int
    serial: str
    made_at: datetime
    flow: str
    state: str
    branch_no: str
    teller_no: str
    biller: str
    consumer_no: str
    customer_name: str
    amount_fen: int
    method: str
    cash_return: str
    core_serial: str = ""
    counterpart_serial: str = ""
    account_no: str = ""
    about: str = ""
    approvers: frozenset[str] = frozenset()
    numbers: frozenset[str] = field(default_factory=frozenset)
    """of its messages and documents"""

    @cached_property
    def word(self) -> str:
        return STATES[self.flow][self.state].word

    @cached_property
    def day(self) -> date:
        return branch_time(self.made_at).date()

    @cached_property
    def every_number(self) -> frozenset[str]:
        """What it is found by as a serial."""
        return self.numbers | {self.serial, self.core_serial, self.counterpart_serial, self.about} - {""}


class Journal:
    """Writes entries and remembers them."""

    def __init__(self, store: Store, keys: Keys, clock: SetClock) -> None:
        self.store, self.clock = store, clock
        self.vault = Vault(keys)
        self.audit = AuditTrail(keys, clock)
        self.staff = StaffRoom(store, self.audit, clock, Passwords(CHEAP), self.vault)
        self.entries: list[Plain] = []
        self.refunded: dict[str, Word] = {}
        """What the refund of a payment is called, by the payment's serial, where one stands."""
        self._consumers = Consumers(self.vault)
        roles = dict.fromkeys(TELLERS, Role.TELLER) | dict.fromkeys(APPROVERS, Role.SUPERVISOR)
        for number, role in (roles | {"6001": Role.RECONCILIATION, "8001": Role.AUDITOR}).items():
            self.staff.add(AddStaff(number, "吴静", role, "0712", PASSWORD), by=SETUP)
        with store.read() as session:
            asked = select(_MEMBERS.c.staff_no, _MEMBERS.c.person_id)
            self._persons = dict(session.connection().execute(asked).all())

    def fill(self, chance: random.Random, how_many: int) -> None:
        """Entries of every flow, state and kind, some of them made in the same microsecond."""
        moments = [
            self.clock.now() - timedelta(microseconds=chance.randrange(60 * 86_400_000_000))
            for _ in range(how_many // 2)
        ]
        with self.store.write("test.journal") as unit:
            for _ in range(how_many):
                self._write(unit.connection, self._any(chance, chance.choice(moments)), chance)
            unit.commit()

    def add(self, **changes: Any) -> Plain:
        """One more entry: a payment of 84.40 yuan that stands, unless told otherwise."""
        chance = random.Random(len(self.entries))
        plain = self._any(chance, self.clock.now(), plainly=True)
        with self.store.write("test.journal") as unit:
            written = self._write(unit.connection, replace(plain, **changes), chance)
            unit.commit()
        return written

    def shares(self, number: str, *payments: Plain) -> None:
        """A receipt several payments of a basket are on."""
        first, now = payments[0], self.clock.now()
        fixed = {"kind": "COMBINED_RECEIPT", "sealed_view": b"", "template_version": "1", "file_name": number}
        with self.store.write("test.shared") as unit:
            connection = unit.connection
            connection.execute(
                insert(DOCUMENT).values(number=number, serial=first.serial, reserved_at=now, state="RESERVED", **fixed)
            )
            together = [{"serial": each.serial, "on_serial": first.serial} for each in payments]
            connection.execute(insert(COMBINED), together)
            unit.commit()

    def _any(self, chance: random.Random, made_at: datetime, *, plainly: bool = False) -> Plain:
        number = next(_NUMBERS)
        flow = "bill_payment" if plainly else chance.choice(["bill_payment"] * 8 + ["bill_refund", "late_answer"])
        branch_no = "0712" if plainly else chance.choice(BRANCHES)
        serial = channel_serial(branch_time(made_at).date(), branch_no, "07", number)
        about = "" if flow == "bill_payment" else self._payment_without(chance)
        flow = flow if about else "bill_payment"
        stands = plainly or (flow == "bill_payment" and chance.random() < 0.5)
        state = "SUCCESS" if stands else chance.choice(sorted(STATES[flow]))
        method = "CASH" if plainly else chance.choice(["CASH", "ACCOUNT"])
        return Plain(
            id=0,
            serial=serial,
            made_at=made_at,
            flow=flow,
            state=state,
            branch_no=branch_no,
            teller_no="1001" if plainly else chance.choice(TELLERS),
            biller="1101" if plainly else chance.choice(BILLERS),
            consumer_no="07550031884639" if plainly else f"0755003188{chance.randrange(40):04d}",
            customer_name="王晓燕" if plainly else chance.choice(NAMES),
            amount_fen=8_440
            if plainly
            else chance.choice([1, 100, 8_440, 8_440, 10_000, chance.randrange(1, 100_000)]),
            method=method,
            cash_return="NONE"
            if plainly
            else chance.choice(["NONE"] * 5 + ["DUE", "RETURNED", "SUSPENDING", "SUSPENSE"]),
            core_serial="" if plainly or chance.random() < 0.3 else f"C{number:012d}",
            counterpart_serial="" if plainly or chance.random() < 0.3 else f"DLb-{number:08d}",
            account_no=f"62170007120000000{chance.randrange(20):02d}" if method == "ACCOUNT" else "",
            about=about,
            approvers=frozenset() if plainly else frozenset(chance.sample(APPROVERS, chance.choice([0, 0, 0, 1, 2]))),
        )

    def _payment_without(self, chance: random.Random) -> str:
        """A payment no other entry is about yet, empty where there is none."""
        told = {one.about for one in self.entries}
        payments = [one.serial for one in self.entries if not one.about and one.serial not in told]
        return chance.choice(payments) if payments else ""

    def _write(self, connection: Connection, plain: Plain, chance: random.Random) -> Plain:
        serial, request_id = plain.serial, f"r{plain.serial}"
        personal = plain.biller == PERSONAL
        sealed = self.vault.seal(plain.consumer_no, column="journal_entry.consumer_no", row=request_id)
        values = {
            "serial": serial,
            "request_id": request_id,
            "payload_hash": "0" * 64,
            "flow": plain.flow,
            "state": plain.state,
            "version": 1,
            "branch_no": plain.branch_no,
            "till_no": serial[12:14],
            "teller_no": plain.teller_no,
            "made_at": plain.made_at,
            "counterpart": plain.biller,
            "consumer_no": None if personal else plain.consumer_no,
            "consumer_sealed": sealed if personal else None,
            "consumer_index": self._consumers.index(plain.consumer_no) if personal else None,
            "consumer_last4": last_four(plain.consumer_no),
            "customer_name": plain.customer_name,
            "amount_fen": plain.amount_fen,
            "method": plain.method,
            "accounting_date": plain.day if plain.core_serial else None,
            "core_serial": plain.core_serial,
            "counterpart_serial": plain.counterpart_serial,
            "cash_return": plain.cash_return,
            "unfinished": 0 if STATES[plain.flow][plain.state].terminal else 1,
            "recon_status": "NONE",
            "tries": 0,
        }
        finding.keep_name(connection, plain.customer_name)
        number = connection.execute(insert(ENTRY).values(values).returning(ENTRY.c.id)).scalar_one()
        if plain.account_no:
            finding.keep_account(connection, serial, finding.account_index(self.vault, plain.account_no))
        self._write_about(connection, plain)
        self._write_decisions(connection, plain)
        plain = replace(plain, id=int(number), numbers=frozenset(self._write_numbers(connection, plain, chance)))
        self.entries.append(plain)
        return plain

    def _write_about(self, connection: Connection, plain: Plain) -> None:
        if plain.flow == "bill_refund":
            values = {"serial": plain.serial, "payment_serial": plain.about, "source_serial": plain.about}
            rest = dict.fromkeys(("reason", "note", "original_no", "agreement_no", "refusal"), "")
            stands = plain.state not in CAME_TO_NOTHING
            rest["holds"] = plain.about if stands else None  # type: ignore[assignment]
            connection.execute(insert(table_of(Refund)).values(**values, cause="NEXT_DAY", **rest))
            if stands:
                self.refunded[plain.about] = STATES[plain.flow][plain.state].word
        elif plain.flow == "late_answer":
            values = {
                "serial": plain.serial,
                "payment_serial": plain.about,
                "leg_id": "",
                "said": "",
                "settled_note": "",
            }
            connection.execute(insert(table_of(LateAnswer)).values(values))

    def _write_numbers(self, connection: Connection, plain: Plain, chance: random.Random) -> set[str]:
        numbers = set()
        if chance.random() < 0.7:
            leg = {"leg_id": f"{plain.serial}-CP-1", "counterpart_serial": f"L{plain.serial[-8:]}"}
            fixed = {
                "kind": "CORE_POST",
                "attempt": 1,
                "counterpart": "core",
                "state": "OK",
                "request": b"",
                "sends": 1,
            }
            rest = {"sent_at": plain.made_at, "answered_at": plain.made_at, "code": "", "message": ""}
            connection.execute(insert(LEG).values(serial=plain.serial, **leg, **fixed, **rest))
            numbers |= set(leg.values())
        if chance.random() < 0.5:
            number = f"{plain.serial[:8]}-{plain.branch_no}-{int(plain.serial[-6:]):06d}"
            fixed = {
                "kind": "RECEIPT",
                "sealed_view": b"",
                "template_version": "1",
                "file_name": "x",
                "state": "RESERVED",
            }
            connection.execute(
                insert(DOCUMENT).values(number=number, serial=plain.serial, reserved_at=plain.made_at, **fixed)
            )
            numbers.add(number)
        return numbers

    def _write_decisions(self, connection: Connection, plain: Plain) -> None:
        if not plain.approvers:
            return
        approval_id = f"a{plain.serial}"
        at = plain.made_at + timedelta(minutes=5)
        maker = {"maker_no": plain.teller_no, "maker_person": self._persons[plain.teller_no]}
        fixed = {"rules": "[]", "rules_hash": "", "needed": 1, "by_roles": "", "reason": "", "shown": "[]"}
        rest = {"payload_hash": "", "asked_at": plain.made_at, "expires_ms": 0, "state": "EXECUTED", "ended_by": ""}
        connection.execute(
            insert(table_of(ApprovalRequest)).values(
                **{"approval_id": approval_id, "use_case": "payment", "subject": plain.serial, "till_no": "07"},
                **{"branch_no": plain.branch_no, **maker, **fixed, **rest},
            )
        )
        for checker in sorted(plain.approvers):
            values = {"checker_no": checker, "checker_person": self._persons[checker], "at": at, "mac": b""}
            fixed = {"verdict": "APPROVED", "place": "OWN_DESK", "terminal": "T01", "reason": ""}
            connection.execute(
                insert(table_of(ApprovalDecision)).values(
                    approval_id=approval_id, maker_person=maker["maker_person"], **values, **fixed
                )
            )
