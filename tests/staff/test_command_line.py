"""`tellerdesk staff`: the first people of a desk, and the day no administrator can sign on."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tellerdesk import config, setup
from tellerdesk.__main__ import app
from tellerdesk.staff import codes
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.states import StaffState
from tellerdesk.staff.views import StaffView

from .conftest import CHEAP, PASSWORD

TYPED = f"{PASSWORD}\n{PASSWORD}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set-up folder without people."""
    monkeypatch.setattr(Passwords.__init__, "__defaults__", (CHEAP,))
    made = tmp_path / "desk"
    setup.init(made, setup.Plan("示例银行", "Sample Bank", "0712", "南山", "Nanshan", "07", "http://127.0.0.1:1", {}))
    return made


def staff(folder: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["staff", *words, "--folder", str(folder)], input=typed)


def person(folder: Path, staff_no: str) -> StaffView:
    with setup.roster(folder) as roster:
        return next(view for view in roster.views() if view.staff_no == staff_no)


def audited(folder: Path) -> list[tuple[str, str, str, str]]:
    config.load(folder)
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as database:
        return database.execute("SELECT person, action, subject, details FROM audit_row ORDER BY id").fetchall()


def told_secret(said: str) -> str:
    """The secret that was told, which is the one in what an authenticator scans."""
    [(number, secret)] = re.findall(r"otpauth://totp/(\w+)\?secret=([A-Z2-7]{32})&issuer=%E7", said)
    assert f"\n{secret}\n" in said
    return f"{number}:{secret}"


def test_people_are_added_and_who_decides_is_told_the_secret_once(folder: Path) -> None:
    added = staff(folder, "add", "1001", "--name", "李晓燕", typed=TYPED)
    assert (added.exit_code, "otpauth" in added.output) == (0, False)
    added = staff(folder, "add", "2001", "--name", "王建国", "--role", "supervisor", typed=TYPED)
    first = told_secret(added.output)
    again = told_secret(staff(folder, "code", "2001").output)
    assert first.startswith("2001:")
    assert first != again
    other = staff(folder, "add", "1009", "--name", "王建国", "--same-person-as", "2001", typed=TYPED)
    assert other.exit_code == 0
    assert person(folder, "2001").same_person == ("1009",)

    listed = staff(folder, "list").output.splitlines()

    assert [line.split("\t")[:2] for line in listed] == [["1001", "李晓燕"], ["1009", "王建国"], ["2001", "王建国"]]
    assert all(PASSWORD not in row[3] for row in audited(folder))
    assert [row[:3] for row in audited(folder)] == [
        ("SETUP", "staff.added", "1001"),
        ("SETUP", "staff.added", "2001"),
        ("SETUP", "staff.code_given", "2001"),
        ("SETUP", "staff.added", "1009"),
    ]
    assert codes.code_at(again.partition(":")[2], 0).isdigit()


def test_an_administrator_nobody_can_let_in_is_let_in_from_here(folder: Path) -> None:
    staff(folder, "add", "9001", "--name", "赵海", "--role", "administrator", typed=TYPED)
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as database:
        database.execute("UPDATE staff_member SET state = 'LOCKED'")
        database.commit()
    assert staff(folder, "unlock", "9001").exit_code == 0
    assert person(folder, "9001").state is StaffState.ACTIVE
    assert staff(folder, "password", "9001", typed="kapok-in-spring\nkapok-in-spring\n").exit_code == 0
    assert person(folder, "9001").must_change
    assert [row[:2] for row in audited(folder)][1:] == [
        ("SETUP", "staff.unlocked"), ("SETUP", "staff.password_reset"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("code", "7777"), ""),
        (("unlock", "7777"), ""),
        (("password", "7777"), TYPED),
        (("password", "1001"), "short\nshort\n"),
        (("add", "1001", "--name", "李晓燕", "--role", "BOSS"), TYPED),
        (("add", "1001", "--name", "李晓燕", "--same-person-as", "7777"), TYPED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_a_sentence(folder: Path, words: tuple[str, ...], typed: str) -> None:
    said = staff(folder, *words, typed=typed)
    assert said.exit_code == 1
    assert "error." not in said.output
    assert said.exception is None or isinstance(said.exception, SystemExit)
    assert audited(folder) == []
