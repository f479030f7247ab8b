"""`tellerdesk parameters` as an operator runs it, and what the doctor says of files that count for nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.branches import CHEAP
from support.in_force import put_drafts_in_force
from typer.testing import CliRunner

from tellerdesk import config, setup
from tellerdesk.__main__ import app
from tellerdesk.approvals.commands import Decide
from tellerdesk.billers.catalogue import SHIPPED
from tellerdesk.checked.reading import hash_of
from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.commandline import common, parameters
from tellerdesk.demo.plan import PEOPLE, people, plan
from tellerdesk.desk import Desk, places, store_url, workstation
from tellerdesk.doctor import change_control
from tellerdesk.doctor.findings import Ill, NotExamined
from tellerdesk.errors import TamperFound
from tellerdesk.i18n import LANGUAGES, Message, Words, words
from tellerdesk.parameters.drafts import Draft
from tellerdesk.parameters.states import Kind
from tellerdesk.staff import codes
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.states import Role
from tellerdesk.store import keys
from tellerdesk.store.engine import Store

ADMINISTRATOR = next(person for person in PEOPLE if person.role == Role.ADMINISTRATOR)
TELLER = PEOPLE[0]
SUPERVISOR = next(person for person in PEOPLE if person.role == Role.SUPERVISOR)
DAY = "2099-01-01"


@pytest.fixture(params=LANGUAGES)
def say(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Words:
    """The commands speak this language."""
    speak = words(request.param)
    for module in (parameters, common):
        monkeypatch.setattr(module, "speak_here", speak)
    return speak


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workstation that was never opened, with cheap passwords and a catalogue of its own."""
    monkeypatch.setattr(workstation, "Passwords", lambda: Passwords(CHEAP))
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    (catalogue / "1101.toml").write_bytes((SHIPPED / "1101.toml").read_bytes())
    folder = tmp_path / "desk"
    setup.init(folder, plan("http://127.0.0.1:9", "http://127.0.0.1:9"))
    settings = folder / config.FILE_NAME
    settings.write_text(f'catalogue = "{catalogue}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture
def opened(folder: Path) -> Path:
    """The same after it was opened once, with its people on the list."""
    desk = Desk(config.load(folder))
    for person in people():
        if person.staff_no not in {TELLER.staff_no, SUPERVISOR.staff_no, ADMINISTRATOR.staff_no}:
            continue
        desk.staff.add(person, by="SETUP")
    desk.close()
    return folder


def edit(folder: Path) -> str:
    """Another settlement account in the file; gives the file's text."""
    path = folder.parent / "catalogue" / "1101.toml"
    text = path.read_text(encoding="utf-8").replace('"ST-1101"', '"ST-9999"')
    path.write_text(text, encoding="utf-8")
    return text


def run(folder: Path, *arguments: str, password: str = "") -> tuple[int, str]:
    given = ["parameters", arguments[0], "--folder", str(folder), *arguments[1:]]
    ran = CliRunner().invoke(app, given, input=f"{password}\n" if password else None)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert "Traceback" not in ran.output
    return ran.exit_code, ran.output


def today() -> str:
    return branch_time(SystemClock().now()).date().isoformat()


def proposal(
    folder: Path, *, day: str = "", person: config.SamplePerson = ADMINISTRATOR, password: str = ""
) -> tuple[int, str]:
    number, known = person.staff_no, person.password
    asked = ("propose", "biller", "1101", "--from", day or today(), "--reason", "换结算账户", "--staff-no", number)
    return run(folder, *asked, password=password or known)


def test_before_the_first_opening_the_list_says_that_nothing_counts_yet(folder: Path, say: Words) -> None:
    code, told = run(folder, "list")

    assert code == 0
    assert say("door.parameters.not_adopted") in told
    assert say("door.parameters.row_none", kind="RULES", name="") in told


def test_the_list_shows_what_counts_and_which_file_differs(opened: Path, say: Words) -> None:
    edit(opened)

    code, told = run(opened, "list")

    assert code == 0
    before = hash_of((SHIPPED / "1101.toml").read_text(encoding="utf-8"))
    assert say("door.parameters.row", kind="BILLER", name="1101", number=1, day=today(), hash=before) in told
    assert told.count(say("door.parameters.differs", count=4)) == 1
    assert ("LIMITS" in told, "RULES" in told) == (True, True)


def test_one_is_shown_with_its_contents_and_the_lines_that_differ(opened: Path, say: Words) -> None:
    edit(opened)

    code, told = run(opened, "show", "biller", "1101")

    assert code == 0
    content, _, difference = told.partition(say("door.parameters.diff"))
    assert 'settlement = "ST-1101"' in content
    assert '-settlement = "ST-1101"\n+settlement = "ST-9999"' in difference
    assert run(opened, "show", "rules")[1].count("large-cash") == 1
    assert run(opened, "show", "biller", "7777") == (
        1,
        say("error.parameters.unknown", kind="BILLER", name="7777") + "\n",
    )
    assert run(opened, "show", "colour") == (
        1,
        say("error.parameters.kind", kind="colour", known="BILLER, RULES, LIMITS") + "\n",
    )


def test_a_proposal_waits_for_a_second_person_and_nobody_stays_signed_on(opened: Path, say: Words) -> None:
    text = edit(opened)

    code, told = proposal(opened)

    assert code == 0, told
    assert say("door.parameters.proposed", kind="BILLER", name="1101", number=4, day=today()) in told
    waits = say(
        "door.parameters.waiting",
        number=4,
        day=today(),
        hash=hash_of(text),
        by=ADMINISTRATOR.staff_no,
        reason="换结算账户",
    )
    assert waits in run(opened, "list")[1]
    assert 'settlement = "ST-1101"' in run(opened, "show", "biller", "1101")[1], "still the old one"
    assert signed_on_at(opened) == []
    assert ADMINISTRATOR.password not in told


def test_what_a_supervisor_approves_at_a_desk_is_in_force(opened: Path) -> None:
    text = edit(opened)
    assert proposal(opened)[0] == 0
    desk = Desk(config.load(opened))
    try:
        password = SignOn(SUPERVISOR.staff_no, SUPERVISOR.password)
        who = desk.staff.sign_on(password, branch_no=desk.settings.desk.branch_no, till_no="91", terminal="T91")
        (waiting,) = desk.approvals.waiting(who)
        assert waiting.may_decide
        code = codes.code_at(SUPERVISOR.code_secret, round(SystemClock().now().timestamp() * 1000))
        desk.approvals.decide(who, Decide(waiting.approval_id, approve=True, code=code))
    finally:
        desk.close()

    say = parameters.speak_here
    row = say("door.parameters.row", kind="BILLER", name="1101", number=4, day=today(), hash=hash_of(text))
    told = run(opened, "list")[1]
    assert row in told
    assert say("door.parameters.before", hash=hash_of((SHIPPED / "1101.toml").read_text(encoding="utf-8"))) in told
    assert say("door.parameters.differs", count=4) not in told


def signed_on_at(folder: Path) -> list[str]:
    """The tills anybody is signed on at."""
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        return [
            till_no for (till_no,) in connection.execute("SELECT till_no FROM staff_session WHERE ended_at IS NULL")
        ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"password": "another-one"}, "error.sign_on.refused"),
        ({"person": TELLER}, "error.permission.missing"),
        ({"day": "2026-13-01"}, "error.parameters.day"),
        ({"day": "2020-01-01"}, "error.parameters.day"),
        ({"day": DAY}, "error.parameters.day"),
    ],
    ids=["password", "role", "no day", "past", "far"],
)
def test_who_may_not_and_what_cannot_be_is_refused_in_a_sentence(
    opened: Path, given: dict[str, str], sentence: str
) -> None:
    say = parameters.speak_here
    edit(opened)

    code, told = proposal(opened, **given)

    assert code == 1
    assert say(sentence).split("{")[0] in told
    assert "#4" not in run(opened, "list")[1]
    assert signed_on_at(opened) == []


# The doctor


Look = Callable[[], Message]


@pytest.fixture
def look(folder: Path) -> Look:
    def found() -> Message:
        settings = config.load(folder)
        store = Store(store_url(settings))
        try:
            return change_control.parameters(settings, store, keys.load(folder / "keys.json"))
        finally:
            store.close()

    return found


def test_the_doctor_counts_what_is_in_force_and_sums_what_was_adopted(opened: Path, look: Look) -> None:
    told = look()

    assert told.id == "door.doctor.parameters.well"
    texts = [SHIPPED / "1101.toml", places.SHIPPED_RULES]
    biller, rules = (hash_of(path.read_text(encoding="utf-8")) for path in texts)
    limits = hash_of("[large_cash]\nidentity_from_fen = 1000000\n\n[flows]\nduplicate_days = 3\n")
    assert told.args == {
        "count": 3,
        "adopted": 3,
        "sum": hash_of(biller + limits + rules)[:16],
        "waiting": 0,
        "coming": 0,
    }


def test_the_doctor_names_files_that_count_for_nothing_until_somebody_proposes_them(opened: Path, look: Look) -> None:
    edit(opened)
    with pytest.raises(Ill) as ill:
        look()
    assert (ill.value.message_id, ill.value.args_by_name) == ("door.doctor.parameters.differ", {"names": "BILLER 1101"})

    assert proposal(opened)[0] == 0

    assert look().args["waiting"] == 1


def test_the_doctor_names_billers_of_the_settings_without_a_version(opened: Path, look: Look) -> None:
    path = opened / config.FILE_NAME
    path.write_text(path.read_text(encoding="utf-8") + '[billers."1701"]\nurl = "http://x"\n', encoding="utf-8")

    with pytest.raises(Ill) as ill:
        look()

    assert (ill.value.message_id, ill.value.args_by_name) == ("door.doctor.parameters.unapproved", {"codes": "1701"})


def test_the_doctor_finds_a_version_that_is_not_what_was_put_in_force(opened: Path, look: Look) -> None:
    text = (SHIPPED / "1101.toml").read_text(encoding="utf-8").replace("ST-1101", "ST-6666")
    ring = keys.load(opened / "keys.json")
    (opened / "keys.json").write_text((opened / "keys.json").read_text().replace(ring.audit.hex(), "11" * 32))
    put_drafts_in_force(opened, Draft(Kind.BILLER, "1101", text, "1101.toml"))
    (opened / "keys.json").write_text((opened / "keys.json").read_text().replace("11" * 32, ring.audit.hex()))

    with pytest.raises(TamperFound) as found:
        look()

    assert found.value.args_by_name == {"version": "BILLER 1101 #4"}


def test_before_the_first_opening_the_doctor_has_nothing_to_look_at(folder: Path, look: Look) -> None:
    with pytest.raises(NotExamined):
        look()
