"""What may not be proposed or approved, and what was changed past the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tellerdesk.checked.reading import hash_of
from tellerdesk.errors import BadSetup, NotAllowed, Refused, TamperFound
from tellerdesk.parameters.drafts import Key
from tellerdesk.parameters.in_force import InForce
from tellerdesk.parameters.states import Kind
from tellerdesk.parameters.versions import VERSION
from tellerdesk.staff.permissions import declared, undeclared
from tellerdesk.staff.states import Permission
from tests.parameters.proposals import refusal, settle_elsewhere
from tests.staff.conftest import MEMBERS

from .office import ADMINISTRATOR, OF_LIMITS, POWER, RULES, SECOND, SUPERVISOR, Office

# Refusals


def test_the_proposer_under_another_number_is_the_same_person_and_does_not_approve(office: Office) -> None:
    settle_elsewhere(office)
    proposed = office.propose(POWER)
    person = office.people.member(ADMINISTRATOR).person_id
    office.past_the_desk(update(MEMBERS).where(MEMBERS.c.staff_no == SUPERVISOR).values(person_id=person))

    assert isinstance(refusal(lambda: office.decide(proposed)), NotAllowed)

    assert office.states(POWER) == ["ADOPTED", "PROPOSED"]
    assert office.billers()["1101"].accounts.settlement == "ST-1101"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"days": -1}, "error.parameters.day"),
        ({"days": 367}, "error.parameters.day"),
        ({"reason": "  "}, "error.parameters.reason"),
        ({"key": (Kind.BILLER, "")}, "error.parameters.name"),
        ({"key": (Kind.RULES, "1101")}, "error.parameters.name"),
        ({"key": (Kind.BILLER, "9999")}, "error.parameters.no_draft"),
        ({"key": (Kind.BILLER, "1201")}, "error.parameters.same"),
        ({"key": OF_LIMITS}, "error.parameters.same"),
    ],
    ids=str,
)
def test_a_proposal_that_makes_no_sense_is_refused(small_office: Office, given: dict[str, Any], sentence: str) -> None:
    settle_elsewhere(small_office)

    assert refusal(lambda: small_office.propose(**{"key": POWER, **given})).message_id == sentence

    assert small_office.states(POWER) == ["ADOPTED"]


@pytest.mark.parametrize(
    ("name", "exchange", "key", "sentence"),
    [
        ("1101", ("length = 14", "length = 13"), POWER, "error.setup.biller_file"),
        ("1101", ('code = "1101"', 'code = "1102"'), POWER, "error.parameters.no_draft"),
        ("1101", ('"IN-1101"', '"IN-1201"'), POWER, "error.parameters.mixed_up"),
        ("approvals", ('from = "50000.00"', "from = 1"), RULES, "error.setup.rules_file"),
        ("approvals", ('from = "50000.00"', 'billers = ["9999"]'), RULES, "error.setup.rules_file"),
    ],
)
def test_a_file_with_mistakes_is_not_proposed(
    small_office: Office, name: str, exchange: tuple[str, str], key: Key, sentence: str
) -> None:
    small_office.edit(name, exchange)
    if sentence == "error.parameters.no_draft":
        assert isinstance(refusal(lambda: small_office.propose(key)), BadSetup | Refused)
    else:
        assert refusal(lambda: small_office.propose(key)).message_id == sentence
    assert small_office.states(key) == ["ADOPTED"]


def test_only_an_administrator_proposes(small_office: Office) -> None:
    settle_elsewhere(small_office)

    for staff_no in (SUPERVISOR, SECOND):
        who = small_office.sign_on(staff_no)
        assert isinstance(refusal(lambda who=who: small_office.propose(POWER, who=who)), NotAllowed)
    assert small_office.states(POWER) == ["ADOPTED"]


def test_what_was_proposed_against_something_else_than_is_in_force_now_is_not_approved(office: Office) -> None:
    settle_elsewhere(office)
    office.decide(office.propose(POWER, days=3))
    office.edit("1101", ('"ST-9999"', '"ST-7777"'))
    corrected = office.propose(POWER, days=1)
    office.clock.instant += timedelta(days=4)  # the first one has come into force, and this one never saw it

    assert refusal(lambda: office.decide(corrected)).message_id == "error.parameters.stale"

    assert office.billers()["1101"].accounts.settlement == "ST-9999"
    assert office.states(POWER) == ["ADOPTED", "APPROVED", "PROPOSED"]


def test_a_proposal_against_another_file_than_it_says_is_not_approved(small_office: Office) -> None:
    settle_elsewhere(small_office)
    proposed = small_office.propose(POWER)
    past_the_desk(small_office, proposed.number, before_hash=hash_of("another file"))

    assert isinstance(refusal(lambda: small_office.decide(proposed)), Refused)

    assert small_office.billers()["1101"].accounts.settlement == "ST-1101"


def test_a_file_two_proposals_would_mix_up_is_found_at_the_second_approval(office: Office) -> None:
    office.edit("1101", ('"IN-1101"', '"IN-5555"'))
    office.edit("1201", ('"IN-1201"', '"IN-5555"'))
    first, second = office.propose(POWER), office.propose((Kind.BILLER, "1201"))
    office.decide(first)

    assert refusal(lambda: office.decide(second)).message_id == "error.parameters.mixed_up"

    assert office.states((Kind.BILLER, "1201")) == ["ADOPTED", "PROPOSED"]
    assert office.billers()["1201"].accounts.internal == "IN-1201"


# Past the desk


def past_the_desk(office: Office, number: int, **values: object) -> None:
    """What somebody does to a version in the database behind our back."""
    office.past_the_desk(update(VERSION).where(VERSION.c.id == number).values(**values))


@pytest.mark.parametrize(
    "tampering",
    [
        lambda text: {"content": text},
        lambda text: {"content": text, "content_hash": hash_of(text)},
        lambda text: {"mac": None},
        lambda text: {"mac": bytes(32)},
        lambda text: {"proposed_by": "9002"},
        lambda text: {"state": "APPROVED"},
    ],
    ids=["content", "content and hash", "no seal", "another seal", "proposer", "state"],
)
def test_a_version_changed_in_the_database_is_refused_at_opening_and_named(
    small_office: Office, tampering: Callable[[str], dict[str, object]]
) -> None:
    text = (small_office.folder / "catalogue" / "1101.toml").read_text(encoding="utf-8").replace("ST-1101", "ST-6666")
    past_the_desk(small_office, 1, **tampering(text))
    desk = small_office.another_desk()

    with desk.store.read() as session:
        tampered = refusal(lambda: desk.in_force.open_billers(session.connection()))

    assert isinstance(tampered, TamperFound)
    assert tampered.args_by_name == {"version": "BILLER 1101 #1"}
    desk.store.close()


@pytest.mark.parametrize("how", ["approved by hand", "content exchanged while it waits"])
def test_a_proposal_changed_in_the_database_never_counts(office: Office, how: str) -> None:
    settle_elsewhere(office)
    proposed = office.propose(POWER)
    if how == "approved by hand":
        past_the_desk(office, proposed.number, state="APPROVED")
        with office.store.read() as session:
            found = refusal(lambda: InForce.billers(office.in_force, session.connection()))
        assert found.args_by_name == {"version": f"BILLER 1101 #{proposed.number}"}
    else:
        text = (office.folder / "catalogue" / "1101.toml").read_text(encoding="utf-8").replace("ST-9999", "ST-6666")
        past_the_desk(office, proposed.number, content=text, content_hash=hash_of(text))
        refusal(lambda: office.decide(proposed))
        assert office.billers()["1101"].accounts.settlement == "ST-1101"


def test_a_version_that_was_in_force_cannot_be_put_in_force_a_second_time(office: Office) -> None:
    settle_elsewhere(office)
    office.decide(office.propose(POWER))
    columns = [column.name for column in VERSION.columns if column.name != "id"]
    names = ", ".join(columns)

    with pytest.raises(Exception, match=r"(?i)unique"), office.store.write("test.replay") as unit:
        unit.connection.exec_driver_sql(
            f"INSERT INTO parameter_version ({names}) SELECT {names} FROM parameter_version WHERE id = 1"  # noqa: S608
        )


# Permissions


def test_every_use_case_of_the_room_declares_its_permission() -> None:
    from tellerdesk.parameters.room import ParametersRoom

    assert undeclared(ParametersRoom) == []
    assert declared(ParametersRoom) == {
        "all": Permission.SEE_PARAMETERS,
        "propose": Permission.PROPOSE_PARAMETERS,
    }
