"""A whole branch for a test: real counterparts in their own process, a real store, a desk with short deadlines."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argon2 import Parameters, Type

from receipts.renderer import PdfRenderer
from tellerdesk import config, setup
from tellerdesk.billers.catalogue import SHIPPED
from tellerdesk.bills.commands import LookUp, PayBill
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.plan import BILLER, PEOPLE, people, plan
from tellerdesk.desk import Desk
from tellerdesk.errors import Refused
from tellerdesk.sandbox.config import CORE, ELECTRICITY
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.settings import Settings
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.views import SignedOn
from tellerdesk.store import keys
from tellerdesk.store.engine import Store
from tellerdesk.till.commands import OpenTill

CHEAP = Parameters(Type.ID, 19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)
"""A password profile that costs nothing: tests sign on hundreds of times."""

QUICK = {"query_s": "1.0", "pay_s": "0.5", "inquire_s": "0.5"}
"""Deadlines of the biller in a test, in seconds."""


@dataclass
class TestBranch:
    """`folder` is set up; `open_desk` gives workstations over it. The counterparts are shared by many branches."""

    __test__ = False

    folder: Path
    sandbox: SandboxProcess
    settings: Settings
    desks: list[Desk] = field(default_factory=list)

    def open_desk(self, **changes: Any) -> Desk:
        desk = Desk(self.settings, renderer=PdfRenderer(), passwords=Passwords(CHEAP), **changes)
        self.desks.append(desk)
        return desk

    def close(self) -> None:
        for desk in self.desks:
            desk.close()


def elsewhere(desk: Desk, staff_no: str, away: int) -> SignedOn:
    """A sample person signed on at another till of the branch, `away` numbers from the desk's own."""
    password = next(person.password for person in PEOPLE if person.staff_no == staff_no)
    place = desk.settings.desk
    till_no = f"{(int(place.till_no) + away) % 100:02d}"
    return desk.staff.sign_on(
        SignOn(staff_no, password), branch_no=place.branch_no, till_no=till_no, terminal=f"T{till_no}"
    )


def make_branch(folder: Path, sandbox: SandboxProcess, secrets_of: dict[str, bytes], till_no: str = "07") -> TestBranch:
    """A workstation's folder that knows `sandbox`'s addresses and secrets, with the sample staff on its list."""
    from dataclasses import replace

    wanted = replace(plan(sandbox.urls[CORE], sandbox.urls[ELECTRICITY]), till_no=till_no)
    setup.init(folder, wanted)
    share_secrets(folder / "keys.json", secrets_of)
    settings = quick(config.load(folder), folder)
    store = Store(f"sqlite:///{folder / 'tellerdesk.sqlite3'}")
    from tellerdesk.audit.trail import AuditTrail
    from tellerdesk.clock import SystemClock
    from tellerdesk.store.vault import Vault

    clock = SystemClock()
    ring = keys.load(folder / "keys.json")
    room = StaffRoom(store, AuditTrail(ring, clock), clock, Passwords(CHEAP), Vault(ring))
    for person in people():
        room.add(person, by="SETUP")
    store.close()
    return TestBranch(folder, sandbox, settings)


def share_secrets(key_file: Path, secrets_of: dict[str, bytes]) -> None:
    """Puts the counterparts' secrets into a key file, as the branch's security officer would."""
    import json

    table = json.loads(key_file.read_text(encoding="utf-8"))
    table["links"] = {CORE: secrets_of[CORE].hex(), BILLER: secrets_of[ELECTRICITY].hex()}
    key_file.write_text(json.dumps(table), encoding="utf-8")


def quick(settings: Settings, folder: Path) -> Settings:
    """The same settings with deadlines a test can wait for."""
    catalogue = folder / "catalogue"
    shutil.copytree(SHIPPED, catalogue)
    for path in catalogue.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for name, value in QUICK.items():
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.M)
        path.write_text(text, encoding="utf-8")
    written = folder / config.FILE_NAME  # adopted with it at the first opening, and compared with it by the doctor
    written.write_text(f'catalogue = "{catalogue}"\n' + written.read_text(encoding="utf-8"), encoding="utf-8")
    flows = settings.flows.model_copy(update={"unsent_pause_s": 0.05, "backoff_s": (0.0,), "lease_margin_s": 1.0})
    return settings.model_copy(update={"catalogue": str(catalogue), "core_deadline_s": 0.5, "flows": flows})


_taken = 0


def next_owing() -> Iterator[str]:
    """Consumers who owe, each given out once in this process."""
    global _taken
    owing = sample_consumers(2_200).owing
    while True:
        number = owing[_taken]
        _taken += 1
        yield number


def sign_on(desk: Desk, number: int = 0) -> SignedOn:
    """Signs one of the sample staff on and opens the till where it is not open."""
    person = people()[number]
    who = desk.sign_on(SignOn(person.staff_no, person.password))
    if who.role == "TELLER" and desk.till.position(who) is None:
        desk.till.open(who, OpenTill(500_000, secrets.token_hex(8)))
    return who


def owed(desk: Desk, who: SignedOn) -> BillView:
    """A bill somebody owes whom no other test has touched."""
    for number in next_owing():
        try:
            return desk.bills.look_up(who, LookUp(BILLER, number))
        except Refused:
            continue
    raise AssertionError("everybody has paid")


def pay(desk: Desk, who: SignedOn, bill: BillView, **changes: Any) -> PaymentView:
    """Pays it with cash, 10 yuan more than due on the counter."""
    values: dict[str, Any] = {
        "request_id": secrets.token_hex(16),
        "quote_id": bill.quote_id,
        "amount_fen": bill.total_fen,
        "tendered_fen": bill.total_fen + 1_000,
    }
    return desk.bills.pay(who, PayBill(**(values | changes)))
