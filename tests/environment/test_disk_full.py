"""The disk is full: at any page of the database, while recovery works, and while a paper is saved."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from support.folders import quick_folder

from tellerdesk.bills.states import STATES
from tellerdesk.bills.views import PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.errors import DocumentFailed, StoreUnavailable
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.steps import no_hook
from tests.stateful.branch import Branch, told
from tests.stateful.trouble import LOST, STORIES, tell, wrong
from tests.stateful.wire import MONEY

NO_LIMIT = 2**32 - 2


@pytest.fixture
def branch(branch_template: Path) -> Iterator[Branch]:
    """On a database with small pages, so that nearly every row needs a new one."""
    folder = quick_folder()
    shutil.copytree(branch_template, folder, dirs_exist_ok=True)
    database = sqlite3.connect(folder / "tellerdesk.sqlite3")
    for statement in ("journal_mode=delete", "page_size=512"):
        database.execute(f"PRAGMA {statement}")
    database.execute("VACUUM")
    database.close()
    made = Branch(folder)
    made.sign_on()
    yield made
    made.close()


@contextmanager
def room_for(branch: Branch, pages: int) -> Iterator[None]:
    """The database may grow by so many pages and no further."""
    engine = branch.desk.store.engine
    limits = [branch.page_count() + pages]

    def limit(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limits[-1]}")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        limits.append(NO_LIMIT)
        with branch.desk.store.write("test.room"):
            pass
        event.remove(engine, "checkout", limit)


@pytest.mark.parametrize("story", STORIES)
def test_a_disk_that_fills_up_at_any_page_of_a_payment_costs_no_money(branch: Branch, story: str) -> None:
    """One page more each time, until there is room for the whole of it."""
    met: set[str] = set()
    for pages in count():
        tell(branch, story)
        bill = branch.look_up(consumer_no(pages))
        command = branch.command(bill)
        sent = len(branch.wires["core"].sent)
        with room_for(branch, pages):
            answer = told(partial(branch.desk.bills.pay, branch.teller, command))
        if isinstance(answer, PaymentView):
            break
        assert isinstance(answer, StoreUnavailable), answer
        met.add(answer.message_id)
        if answer.message_id == "error.payment.not_started.full":
            assert len(branch.wires["core"].sent) == sent, "core was told"
            assert command.request_id not in dict(branch.serials())
        assert wrong(branch) == [], f"room for {pages}"
        branch.sweep(3)
        assert wrong(branch) == [], f"room for {pages}"
    assert met == {"error.payment.not_started.full", "error.payment.outcome_not_kept"}
    branch.sweep(3)
    assert all(STATES[branch.view(serial).state].terminal for _, serial in branch.serials())


def test_recovery_sends_nothing_it_could_not_write_down(branch: Branch) -> None:
    tell(branch, "the biller is not heard and was not paid")
    branch.wires[BILLER].faults["BILLER_INQUIRE"].append(LOST)
    serial = branch.pay(branch.look_up()).serial
    for pages in count():
        before = moved(branch)
        with room_for(branch, pages):
            branch.let_time_pass(600)
            answer = told(branch.desk.recovery.sweep)
        if not isinstance(answer, StoreUnavailable):
            break
        assert answer.message_id == "error.store.full"
        assert len(moved(branch)) - len(before) <= 1, "at most the message whose intent had stood"
        assert wrong(branch) == []
    assert pages > 2
    assert branch.view(serial).word is Word.REVERSED
    assert wrong(branch) == []


def moved(branch: Branch) -> list[tuple[str, str]]:
    return [sent for wire in branch.wires.values() for sent in wire.sent if sent[0] in MONEY]


def test_a_paper_that_does_not_fit_on_the_disk_leaves_the_payment_alone(branch: Branch) -> None:
    paid = branch.pay(branch.look_up())
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(step: str) -> None:
        if step == "file.document:before":
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, most))

    branch.hook = full
    try:
        with pytest.raises(DocumentFailed):
            branch.desk.papers.issue(branch.teller, paid.serial)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
        branch.hook = no_hook

    assert list((branch.folder / "documents").iterdir()) == []
    assert branch.view(paid.serial) == paid
    paper = branch.desk.papers.issue(branch.teller, paid.serial)
    assert paper.path.read_bytes().startswith(b"%PDF")
    assert wrong(branch) == []
