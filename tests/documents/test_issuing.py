"""One number and one file for each transaction and kind of document, however often it is asked for."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tellerdesk.documents.numbers import verify_code
from tellerdesk.documents.views import BillPaper, DocumentKind
from tellerdesk.errors import DocumentFailed, NotAllowed, TamperFound
from tellerdesk.store import triggers
from tellerdesk.store.engine import Store
from tests.documents.room import SERIAL, TELLER, PlainRenderer, Room, paper
from tests.store.at_once import at_once

OTHER = "2026112207120700000002"


@pytest.mark.req("B19")
def test_a_document_gets_a_number_a_file_and_a_row_in_the_audit(room: Room, clock: SetClock) -> None:
    issued = room.issue()
    assert (issued.number, issued.kind, issued.serial) == ("20261122-0712-000001", DocumentKind.BILL_RECEIPT, SERIAL)
    assert issued.path == room.folder / "20261122-0712-000001.pdf"
    assert hashlib.sha256(issued.path.read_bytes()).hexdigest() == issued.sha256
    assert issued.issued_at == clock.now()
    assert room.files() == ["20261122-0712-000001.pdf"]
    (row,) = room.rows()
    assert (row["state"], row["issued_by"], row["file_name"]) == ("ISSUED", "T00123", issued.path.name)
    assert room.audited() == [("T00123", "document.issued", issued.number)]


def test_the_file_is_for_its_owner_alone(small_room: Room) -> None:
    assert stat.S_IMODE(small_room.issue().path.stat().st_mode) == 0o600


def test_asked_again_it_is_the_same_document(room: Room, clock: SetClock, renderer: PlainRenderer) -> None:
    first = room.issue()
    clock.advance(3_600)
    assert room.issue(amount_fen=1) == first
    assert len(renderer.rendered) == 1
    assert len(room.audited()) == 1


def test_a_receipt_and_a_processing_slip_of_one_payment_are_two_documents(room: Room) -> None:
    slip, receipt = room.issue(kind=DocumentKind.PROCESSING_SLIP), room.issue()
    assert (slip.number, receipt.number) == ("20261122-0712-000001", "20261122-0712-000002")
    assert room.issue(kind=DocumentKind.PROCESSING_SLIP) == slip


def test_numbers_run_by_branch_and_by_the_branchs_calendar_day(room: Room, clock: SetClock) -> None:
    elsewhere = replace(TELLER, branch_no="0713")
    clock.set(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))
    numbers = [room.issue("1").number, room.issue("2").number, room.issue("3", who=elsewhere).number]
    clock.set(datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC))
    numbers.append(room.issue("4").number)
    assert numbers == ["20261122-0712-000001", "20261122-0712-000002", "20261122-0713-000001", "20261123-0712-000001"]


def test_what_is_printed_is_what_is_stored_and_carries_the_code(room: Room, renderer: PlainRenderer) -> None:
    room.issue()
    (printed,) = renderer.rendered
    assert printed.number == "20261122-0712-000001"
    assert printed.verify_code == verify_code(
        room.keys.verify,
        number=printed.number,
        serial=SERIAL,
        amount_fen=168_032,
        accounting_date=date(2026, 11, 22),
    )


def test_who_may_not_gets_no_number(room: Room) -> None:
    room.door.shut = True
    with pytest.raises(NotAllowed):
        room.issue()
    assert (room.rows(), room.files()) == ([], [])


@pytest.mark.parametrize(
    "wrong", [{"serial": OTHER}, {"number": "../../etc/passwd"}, {"kind": DocumentKind.PROCESSING_SLIP}]
)
def test_a_paper_of_another_document_is_refused_and_its_number_is_not_lost(room: Room, wrong: dict[str, Any]) -> None:
    def paper_of(number: str, code: str, printed_at: datetime) -> BillPaper:
        return replace(paper(number, code, printed_at), **wrong)

    with pytest.raises(ValueError, match="another document"):
        room.papers.issue(TELLER, paper_of, kind=DocumentKind.BILL_RECEIPT, serial=SERIAL)
    assert (room.rows(), room.files()) == ([], [])
    assert room.issue().number == "20261122-0712-000001"


def test_the_stored_view_cannot_be_read_or_moved_without_the_key(room: Room) -> None:
    room.renderer = None
    for serial in (SERIAL, OTHER):
        with pytest.raises(DocumentFailed):
            room.issue(serial)
    first, second = room.rows()
    for told in ("07550031884620", "晓燕", "168032"):
        assert told.encode() not in bytes(first["sealed_view"])
    with room.store.schema_change("test") as connection:  # what only the database's owner could do
        triggers.drop(connection)
        connection.execute(
            text("UPDATE documents_document SET sealed_view = :view WHERE number = :number"),
            {"view": second["sealed_view"], "number": first["number"]},
        )
    room.renderer = PlainRenderer()
    with pytest.raises(TamperFound):
        room.issue(SERIAL)


@pytest.mark.parametrize("change", ["sha256 = 'x'", "issued_by = 'x'", "state = 'RESERVED'", "file_name = 'x'"])
def test_an_issued_document_never_changes(room: Room, change: str) -> None:
    room.issue()
    before = room.rows()
    with pytest.raises(IntegrityError), room.store.write("test") as unit:
        unit.connection.execute(text(f"UPDATE documents_document SET {change}"))  # noqa: S608
    assert room.rows() == before


def issue_in_process(number: int, room: Room, serials: list[str]) -> list[tuple[str, str]]:
    room.store = Store(room.store.url)
    return [(serial, room.issue(serial).number) for serial in serials]


def test_four_desks_that_ask_for_the_same_documents_at_once_get_the_same_ones(room: Room) -> None:
    room.store.close()
    serials = [f"{number:022d}" for number in range(10)]
    told = at_once(4, issue_in_process, room, serials)
    assert told[0] == told[1] == told[2] == told[3]
    assert [number for _, number in told[0]] == [f"20261122-0712-{number:06d}" for number in range(1, 11)]
    assert room.files() == [f"20261122-0712-{number:06d}.pdf" for number in range(1, 11)]
    assert len(room.audited()) == 10


def issue_own(number: int, room: Room) -> list[str]:
    serials = [f"{number:011d}{index:011d}" for index in range(5)]
    return [issued for _, issued in issue_in_process(number, room, serials)]


def test_four_desks_that_issue_different_documents_get_every_number_once(room: Room) -> None:
    room.store.close()
    numbers = [number for told in at_once(4, issue_own, room) for number in told]
    assert sorted(numbers) == [f"20261122-0712-{number:06d}" for number in range(1, 21)]
