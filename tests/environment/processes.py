"""Real processes, their endings, and what they leave behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text

from tellerdesk import config
from tellerdesk.bills.commands import LookUp, PayBill
from tellerdesk.demo.books import Books, compare
from tellerdesk.demo.branch import Branch, sandbox_folder
from tellerdesk.demo.plan import BILLER, PEOPLE
from tellerdesk.desk import Desk, new_request_id, store_url
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.config import ELECTRICITY
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.staff.commands import SignOn
from tellerdesk.store.engine import Store
from tellerdesk.till.commands import OpenTill

PATIENCE_S = 30.0


def until(seen: Callable[[], Any], what: str) -> Any:
    """Waits until `seen()` is true; what it told."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.01)
    raise AssertionError(f"never seen: {what}")


def session_of(leader: int) -> list[psutil.Process]:
    """Every living process of a session, its leader too."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


def lost_payment(branch: Branch) -> str:
    """A payment the biller has taken and nobody has heard of, due for recovery at once; its serial."""
    control = branch.sandbox.control
    control.rule("BILLER_PAY", Processed.YES, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    control.rule("BILLER_INQUIRE", Processed.NO, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    desk = Desk(config.load(branch.folder))
    try:
        who = desk.sign_on(SignOn(PEOPLE[0].staff_no, PEOPLE[0].password))
        if desk.till.position(who) is None:
            desk.till.open(who, OpenTill(100_000, new_request_id()))
        consumer = sample_consumers().owing[len(desk.bills.recent(who, 50))]
        bill = desk.bills.look_up(who, LookUp(BILLER, consumer))
        view = desk.bills.pay(who, PayBill(new_request_id(), bill.quote_id, bill.total_fen, bill.total_fen))
    finally:
        desk.close()
    assert view.word is Word.PROCESSING
    let_leases_run_out(branch.folder)
    return view.serial


def let_leases_run_out(folder: Path) -> None:
    store = Store(store_url(config.load(folder)))
    with store.write("test.due") as unit:
        for column in ("due_ms", "lease_until_ms"):
            unit.connection.execute(
                text(f"UPDATE journal_entry SET {column} = 0 WHERE {column} IS NOT NULL")  # noqa: S608
            )
        unit.commit()
    store.close()


def recovered(folder: Path, sweeps: int = 5) -> Books:
    """The four sets of books after the next desk has done what was left."""
    desk = Desk(config.load(folder))
    try:
        for _ in range(sweeps):
            let_leases_run_out(folder)
            if desk.recovery.sweep().waiting == 0:
                break
        return compare(desk.store, sandbox_folder(folder))
    finally:
        desk.close()
