"""What is known of customers and what opens things stays where it belongs, whatever goes wrong with a payment."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from support.branches import TestBranch, owed, pay, sign_on

from screens.faults import fault_of
from tellerdesk import logs
from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.views import BillView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import Desk
from tellerdesk.errors import TellerDeskError
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts.core import POST, Authority, PostingRequest
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox.config import CORE, ELECTRICITY
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.people import people
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn

NAMES = {("journal_entry", "customer_name"), *(("journal_name_pair", column) for column in ("pair", "name", "folded"))}
NUMBERS = {("journal_entry", "consumer_no"), ("bills_claim", "claim_key")}
"""The columns in which a consumer's name and number may stand in the clear, to be searched by."""

CRASHED = """
import sys
import tellerdesk.desk
quoted = sys.argv.pop()
def broken(*args, **more):
    raise RuntimeError(quoted)
tellerdesk.desk.open_desk = broken
from tellerdesk.__main__ import main
main()
"""


@dataclass(frozen=True)
class Canaries:
    """What may be found nowhere, by what it is; and, apart, what may stand in columns that are searched by."""

    name: str
    consumer_no: str
    nowhere: dict[str, str | bytes]

    @property
    def everything(self) -> dict[str, str | bytes]:
        return {"name": self.name, "consumer number": self.consumer_no} | self.nowhere

    @property
    def sentence(self) -> str:
        """All that is text, as a careless error's message would quote it."""
        return " ".join(value for value in self.everything.values() if isinstance(value, str))


@pytest.fixture
def quiet_log(branch: TestBranch) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, threading.excepthook
    yield logs.to_file(branch.folder)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    threading.excepthook = hook
    structlog.reset_defaults()


def planted(bill: BillView, link_secrets: dict[str, bytes]) -> Canaries:
    (person,) = [person for person in people() if person.consumer_no == bill.consumer_no]
    digits = "".join(secrets.choice("0123456789") for _ in range(12))
    nowhere: dict[str, str | bytes] = {
        "address": person.address,
        "phone": f"139{digits[:8]}",
        "account": f"6217000{digits}",
        "PIN block": secrets.token_hex(32).upper(),
        "password": f"kapok-{digits}",
    }
    for counterpart in (CORE, ELECTRICITY):
        nowhere[f"{counterpart} secret"] = link_secrets[counterpart]
        nowhere[f"{counterpart} secret in hex"] = link_secrets[counterpart].hex()
    return Canaries(person.name, bill.consumer_no, nowhere)


def hits(content: bytes, canaries: dict[str, str | bytes]) -> set[str]:
    """Which of them stand in `content`, as they are or as JSON or a repr would write them."""
    found = set()
    for what, value in canaries.items():
        forms = [value] if isinstance(value, bytes) else [value.encode(), json.dumps(value)[1:-1].encode()]
        if any(form in content for form in forms):
            found.add(what)
    return found


def in_files(folder: Path, canaries: Canaries) -> set[tuple[str, str]]:
    """(file, what) for everything beside the database: logs, papers, locks. Not the key file, which is the secrets, and
    not the catalogue, whose example may be anybody's number."""
    return {
        (path.name, what)
        for path in folder.rglob("*")
        if path.is_file()
        and path.parent.name != "catalogue"
        and not path.name.startswith(("keys.", "tellerdesk.sqlite3"))
        for what in hits(path.read_bytes(), canaries.everything)
    }


def in_columns(folder: Path, value: str) -> set[tuple[str, str]]:
    """Every column of the database in which `value` stands in the clear."""
    found = set()
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, told in zip(columns, row, strict=True):
                    plain = told if isinstance(told, bytes) else str(told).encode()
                    if value.encode() in plain:
                        found.add((table, column))
    return found


def posting(canaries: Canaries, who: SignedOn) -> bytes:
    """A debit of the customer's account with all a message to core can carry."""
    told = canaries.nowhere
    request = PostingRequest(
        leg_id=f"{secrets.randbelow(10**22):022d}-CP-1",
        channel_id="TD01",
        channel_serial=f"{secrets.randbelow(10**22):022d}",
        debit_account=str(told["account"]),
        credit_account="IN-1101",
        amount_fen=100,
        authority=Authority(pin_block=str(told["PIN block"])),
        summary=f"{canaries.name} {told['phone']}",
        branch_no=who.branch_no,
        till_no=who.till_no,
        teller_no=who.staff_no,
        made_at=datetime.now(UTC),
    )
    return canonical_json(request.model_dump(mode="json"))


def go_wrong(desk: Desk, who: SignedOn, bill: BillView, canaries: Canaries, sandbox: SandboxProcess) -> str:
    """A payment whose answers are lost, whose recovery meets a defect that quotes everybody, and all that is typed
    beside it; the payment's serial."""
    sandbox.control.rule("BILLER_PAY", Processed.YES, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    sandbox.control.rule("BILLER_INQUIRE", Processed.NO, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    serial = pay(desk, who, bill).serial

    def quoting(step: str) -> None:
        if step == "call.BILLER_INQUIRE:before":
            raise ValueError(canaries.sentence)

    desk.store.hook, kept = quoting, desk.store.hook
    sweep_what_is_left(desk)
    desk.store.hook = kept

    for fault in ("core-timeout", "core-refuses", "core-lost"):
        sandbox.control.fault(fault, times=1)
        answer = desk._core.call(POST, request_id="canary", body=posting(canaries, who), deadline_s=0.3)
        assert answer.kind in AnswerKind
        sandbox.control.clear()
    for typed_as_number in (str(canaries.nowhere["phone"]), canaries.sentence[:100]):
        with pytest.raises(TellerDeskError) as refused:
            desk.bills.look_up(who, LookUp(BILLER, typed_as_number))
        fault_of(refused.value)
    fault_of(ValueError(canaries.sentence))
    for staff_no, password in (("1002", canaries.nowhere["password"]), (canaries.nowhere["password"], "x" * 9)):
        with suppress(TellerDeskError):
            desk.sign_on(SignOn(str(staff_no), str(password)))
    return serial


def sweep_what_is_left(desk: Desk) -> int:
    with desk.store.write("test.due") as unit:
        for column in ("due_ms", "lease_until_ms"):
            unit.connection.execute(text(f"UPDATE journal_entry SET {column} = 0 WHERE {column} IS NOT NULL"))  # noqa: S608
        unit.commit()
    return desk.recovery.sweep().waiting


def test_the_search_finds_what_is_there(branch: TestBranch, desk: Desk, link_secrets: dict[str, bytes]) -> None:
    canaries = planted(owed(desk, sign_on(desk)), link_secrets)
    log = branch.folder / "a.log"
    for what, value in canaries.everything.items():
        log.write_bytes(b"x" + (value if isinstance(value, bytes) else value.encode()) + b"y")
        assert ("a.log", what) in in_files(branch.folder, canaries)
    log.write_text(json.dumps({"event": canaries.name}), encoding="ascii")
    assert in_files(branch.folder, canaries) == {("a.log", "name")}


def test_no_log_no_crash_and_no_file_tells_what_is_known_of_a_customer(
    branch: TestBranch,
    quiet_log: Path,
    sandbox: SandboxProcess,
    link_secrets: dict[str, bytes],
    capfd: pytest.CaptureFixture[str],
) -> None:
    desk = branch.open_desk()
    who = sign_on(desk)
    bill = owed(desk, who)
    canaries = planted(bill, link_secrets)
    serial = go_wrong(desk, who, bill, canaries, sandbox)
    assert sweep_what_is_left(desk) == 0
    desk.papers.issue(who, serial)
    desk.close()
    crashed = subprocess.run(
        [sys.executable, "-c", CRASHED, "recover", "--folder", str(branch.folder), canaries.sentence],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert crashed.returncode == 70
    assert hits(crashed.stdout + crashed.stderr, canaries.everything) == set()
    assert hits("".join(capfd.readouterr()).encode(), canaries.everything) == set()
    assert in_files(branch.folder, canaries) == set()
    told = quiet_log.read_text(encoding="utf-8")
    assert serial in told  # the defect was told, without what it quoted
    assert told.count('"error": "ValueError"') == 1
    assert told.count("fault ") >= 4  # of the screens, and of the program that crashed

    assert in_columns(branch.folder, canaries.name) <= NAMES
    assert in_columns(branch.folder, canaries.consumer_no) <= NUMBERS
    for what, value in canaries.nowhere.items():
        for path in branch.folder.glob("tellerdesk.sqlite3*"):
            assert hits(path.read_bytes(), {what: value}) == set(), path.name
