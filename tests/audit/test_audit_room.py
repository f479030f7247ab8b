"""7003: who may look into the audit, and what an exported file holds."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from datetime import date
from pathlib import Path

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.branches import CHEAP

from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import AuditSearch, Verified
from tellerdesk.errors import BadInput, NotAllowed
from tellerdesk.staff.audit_room import AuditRoom
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

ROWS = table_of(AuditRow)
PASSWORD = "right-horse-battery"


class House:
    """A branch with an auditor, `8001`, and one of each other role."""

    def __init__(self, store: Store, keys: Keys, clock: SetClock, outside: Path) -> None:
        self.store, self.clock = store, clock
        self.trail = AuditTrail(keys, clock)
        self.staff = StaffRoom(store, self.trail, clock, Passwords(CHEAP), Vault(keys))
        self.seals = Seals(store, keys, clock, outside)
        self.room = AuditRoom(store, self.staff, self.trail, clock, outside)
        for number, role in (("1001", Role.TELLER), ("3001", Role.SUPERVISOR), ("8001", Role.AUDITOR)):
            self.staff.add(AddStaff(number, "吴静", role, "0712", PASSWORD), by=SETUP)

    def sign_on(self, staff_no: str = "8001") -> SignedOn:
        return self.staff.sign_on(SignOn(staff_no, PASSWORD), branch_no="0712", till_no=staff_no[:2], terminal="T01")

    def rows(self) -> list[AuditRow]:
        with self.store.read() as session:
            return list(session.connection().execute(select(ROWS).order_by(ROWS.c.id)))  # type: ignore[arg-type]


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock, tmp_path: Path) -> House:
    made = House(store, keys, clock, tmp_path / "outside.seals")
    made.seals.seal()
    return made


def exported(path: Path) -> tuple[dict[str, object], list[dict[str, object]]]:
    header, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return header, lines


def test_an_auditor_searches_and_verifies(house: House) -> None:
    who = house.sign_on()
    page = house.room.search(who, AuditSearch(person=SETUP))
    assert [row.action for row in page.rows] == ["staff.added"] * 3
    told: list[int] = []
    found = house.room.verify(who, told.append)
    assert found == Verified(4, 1, 1, None, None)
    assert found.sentence.id == "audit.found.well"


def test_progress_is_told_while_many_rows_are_read(house: House) -> None:
    with house.store.write("test") as work:
        for number in range(1_100):
            house.trail.write(work.session, "1001", "bill.paid", f"{number}")
        work.commit()
    told: list[int] = []
    assert house.room.verify(house.sign_on(), told.append).rows == 1_104
    assert told == [500, 1_000]


@pytest.mark.parametrize("staff_no", ["1001", "3001"])
def test_others_may_not_look_and_leave_no_file(house: House, staff_no: str, tmp_path: Path) -> None:
    who = house.sign_on(staff_no)
    for call in (
        lambda: house.room.search(who, AuditSearch()),
        lambda: house.room.verify(who),
        lambda: house.room.export(who, AuditSearch(), tmp_path / "audit.jsonl"),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not (tmp_path / "audit.jsonl").exists()


def test_a_file_holds_a_header_and_every_matching_row_with_its_seals(house: House, tmp_path: Path, keys: Keys) -> None:
    who, path = house.sign_on(), tmp_path / "audit.jsonl"
    day = date(2026, 11, 22)
    assert house.room.export(who, AuditSearch(person=SETUP, since=day, until=day), path) == 3
    header, lines = exported(path)
    assert header["search"] == {"person": SETUP, "since": "2026-11-22", "until": "2026-11-22"}
    assert (header["rows"], header["by"]) == (3, "8001")
    seal = header["last_seal"]
    assert isinstance(seal, dict)
    assert seal["id"] == 1
    rows = house.rows()[:3]
    assert [line["mac"] for line in lines] == [row.mac.hex() for row in rows]
    for line in lines:  # checked with nothing but the key, as anybody may who has it
        told = [line[part] for part in ("person", "person_seq", "at", "action", "subject", "details")]
        contents = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        sealed = b"row\n" + bytes.fromhex(str(line["previous_mac"])) + contents.encode()
        assert hmac.digest(keys.audit, sealed, "sha256").hex() == line["mac"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir() if "audit.jsonl" in file.name] == ["audit.jsonl"]


def test_that_somebody_exported_is_audited_with_the_count_and_the_files_hash(house: House, tmp_path: Path) -> None:
    who, path = house.sign_on(), tmp_path / "audit.jsonl"
    assert house.room.export(who, AuditSearch(action="staff."), path) == 4
    last = house.rows()[-1]
    assert (last.person, last.action, last.subject) == ("8001", "audit.exported", "audit.jsonl")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert json.loads(last.details) == {"action": "staff.", "rows": 4, "sha256": sha256}
    assert house.room.verify(who).well


def test_nothing_is_written_over(house: House, tmp_path: Path) -> None:
    who, path = house.sign_on(), tmp_path / "audit.jsonl"
    path.write_text("kept", encoding="utf-8")
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "nowhere")
    for there in (path, link):
        with pytest.raises(BadInput) as refused:
            house.room.export(who, AuditSearch(), there)
        assert (refused.value.message_id, refused.value.field) == ("error.audit.file_there", "path")
    assert path.read_text(encoding="utf-8") == "kept"
    assert house.rows()[-1].action == "staff.signed_on"


def test_the_name_is_taken_from_the_beginning(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who export under one name at once: one of them is told, and neither file is written over."""
    who, path = house.sign_on(), tmp_path / "audit.jsonl"
    written, refusals = house.trail.write, []

    def another_comes(*given: object) -> None:
        with pytest.raises(BadInput) as refused:
            house.room.export(who, AuditSearch(), path)
        refusals.append(refused.value.message_id)
        written(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(house.trail, "write", another_comes)
    assert house.room.export(who, AuditSearch(person=SETUP), path) == 3
    assert refusals == ["error.audit.file_there"]
    assert len(exported(path)[1]) == 3


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_audited(house: House, tmp_path: Path) -> None:
    who = house.sign_on()
    for path in (tmp_path / "no" / "such" / "folder.jsonl", tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(BadInput) as refused:
            house.room.export(who, AuditSearch(), path)
        assert (refused.value.message_id, refused.value.field) == ("error.audit.file", "path")
    assert house.rows()[-1].action == "staff.signed_on"


def test_where_it_cannot_be_audited_there_is_no_file(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = house.sign_on()

    def broken(*_given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(house.trail, "write", broken)
    with pytest.raises(RuntimeError):
        house.room.export(who, AuditSearch(), tmp_path / "audit.jsonl")
    assert not list(tmp_path.glob("*audit.jsonl*"))
