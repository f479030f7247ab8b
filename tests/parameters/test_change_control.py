"""What protects money changes only after a second person's approval, from a day on, and never by a file alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import SetClock
from store.at_once import at_once

from tellerdesk.approvals.rules import Facts
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.checked.reading import hash_of
from tellerdesk.errors import BadInput, BadSetup, Conflict, Refused, TellerDeskError
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.parameters import limits
from tellerdesk.parameters.commands import Propose
from tellerdesk.parameters.drafts import Key
from tellerdesk.parameters.states import Kind
from tellerdesk.staff.states import Role
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.billers.files import seventh
from tests.parameters.proposals import refusal, settle_elsewhere

from .office import ADMINISTRATOR, OF_LIMITS, POWER, RULES, SECOND, SUPERVISOR, Office

CASH = Facts(UseCase.PAYMENT, Role.TELLER, 4_000_000, "1101", "CASH")


def raise_the_limit(office: Office) -> None:
    office.set_limits(limits.written(identity_from_fen=9_000_000, duplicate_days=3))


def ask_earlier(office: Office) -> None:
    office.edit("approvals", ('from = "50000.00"', 'from = "40000.00"'))


def open_longer(office: Office) -> None:
    office.edit("1201", ('close = "23:30"', 'close = "23:45"'))


CHANGES: list[tuple[Callable[[Office], None], Key, Callable[[Office], object], object, object]] = [
    (settle_elsewhere, POWER, lambda office: office.billers()["1101"].accounts.settlement, "ST-1101", "ST-9999"),
    (
        raise_the_limit,
        OF_LIMITS,
        lambda office: office.current().limits.large_cash.identity_from_fen,
        1_000_000,
        9_000_000,
    ),
    (ask_earlier, RULES, lambda office: len(office.current().rules.evaluate(CASH).hits), 0, 1),
    (
        open_longer,
        (Kind.BILLER, "1201"),
        lambda office: office.billers()["1201"].hours_text,
        "00:30-23:30",
        "00:30-23:45",
    ),
]


NAMES = ["settlement account", "limit", "rule", "catalogue file"]


# Adopting


def test_the_first_opening_adopts_every_file_with_its_hash_and_the_next_ones_nothing(office: Office) -> None:
    again = office.another_desk()
    settle_elsewhere(office)

    assert not again.in_force.adopt(again.drafts)
    told = [(person, json.loads(details)) for person, _, details in office.audited("parameters.adopted")]
    assert [(person, row["kind"], row["name"]) for person, row in told] == [
        *(("SETUP", "BILLER", code) for code in ("1101", "1201", "1202", "1301", "1401", "1501")),
        ("SETUP", "LIMITS", ""),
        ("SETUP", "RULES", ""),
    ]
    rules = (office.folder / "approvals.toml").read_text(encoding="utf-8")
    assert told[-1][1]["content_hash"] == hash_of(rules)
    again.store.close()


@pytest.mark.parametrize("trouble", ["biller", "rules", "rules that name no biller", "limits"])
def test_a_wrong_file_is_not_adopted_and_nothing_else_either(
    store: Store, keys: Keys, clock: SetClock, tmp_path: Path, trouble: str
) -> None:
    office = Office(store, keys, tmp_path / "office", clock)
    if trouble == "biller":
        office.edit("1101", ("length = 14", "length = 13"))
    elif trouble == "limits":
        office.set_limits("[large_cash]\n")
    else:
        office.edit("approvals", ('from = "50000.00"', "from = 1" if trouble == "rules" else 'billers = ["9999"]'))

    with pytest.raises(BadSetup):
        office.in_force.adopt(office.drafts)

    assert office.states(POWER) == []


def adopt_by_itself(number: int, url: str, keys: Keys, folder: Path) -> bool:
    office = Office(Store(url), keys, folder)
    return office.in_force.adopt(office.drafts)


def test_of_eight_desks_that_open_at_once_one_adopts(store: Store, keys: Keys, tmp_path: Path) -> None:
    office = Office(store, keys, tmp_path / "office")
    store.close()  # nothing of it may be used in a fork

    adopted = at_once(8, adopt_by_itself, store.url, keys, office.folder)

    assert sorted(adopted) == [False] * 7 + [True]
    assert office.states(POWER) == office.states(RULES) == office.states(OF_LIMITS) == ["ADOPTED"]
    assert len(office.audited("parameters.adopted")) == 8


# Taking effect


@pytest.mark.parametrize(("change", "key", "counts", "before", "after"), CHANGES, ids=NAMES)
def test_nothing_takes_effect_by_a_file_or_a_proposal_alone(
    office: Office,
    change: Callable[[Office], None],
    key: Key,
    counts: Callable[[Office], object],
    before: object,
    after: object,
) -> None:
    change(office)
    assert counts(office) == before
    assert office.view(key).differs

    proposed = office.propose(key)
    assert counts(office) == before
    assert office.view(key).coming == (proposed,)

    office.decide(proposed)
    assert counts(office) == after
    assert office.view(key).differs == ()
    assert office.states(key) == ["ADOPTED", "APPROVED"]


@pytest.mark.parametrize(("change", "key", "counts", "before", "after"), CHANGES, ids=NAMES)
def test_what_is_approved_counts_from_its_day_on_at_every_desk(
    office: Office,
    change: Callable[[Office], None],
    key: Key,
    counts: Callable[[Office], object],
    before: object,
    after: object,
) -> None:
    change(office)
    other = office.another_desk()
    assert counts(other) == before
    office.decide(office.propose(key, days=3))

    for passed, wanted in ((0, before), (2, before), (3, after), (4, after)):
        office.clock.instant = SetClock().instant + timedelta(days=passed)
        assert counts(other) == counts(office) == wanted
    other.store.close()


def test_the_day_begins_at_the_branch_s_midnight(small_office: Office) -> None:
    raise_the_limit(small_office)
    small_office.decide(small_office.propose(OF_LIMITS, days=1))
    midnight = SetClock().instant.replace(hour=16, minute=0)  # 00:00 in the branch

    for instant, wanted in ((midnight - timedelta(seconds=1), 1_000_000), (midnight, 9_000_000)):
        small_office.clock.set(instant)
        assert small_office.current().limits.large_cash.identity_from_fen == wanted


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda office, version: office.decide(version, approve=False), "REJECTED"),
        (lambda office, version: office.withdraw(version), "WITHDRAWN"),
    ],
    ids=["rejected", "withdrawn"],
)
def test_what_is_rejected_or_withdrawn_never_counts_and_may_be_proposed_anew(
    office: Office, end: Callable[[Office, Any], object], state: str
) -> None:
    settle_elsewhere(office)
    end(office, office.propose(POWER))

    assert office.billers()["1101"].accounts.settlement == "ST-1101"
    office.decide(office.propose(POWER))
    assert office.states(POWER) == ["ADOPTED", state, "APPROVED"]
    assert office.billers()["1101"].accounts.settlement == "ST-9999"


def test_a_proposal_nobody_decided_in_time_gives_way_to_the_next(office: Office) -> None:
    settle_elsewhere(office)
    first = office.propose(POWER)
    assert refusal(lambda: office.propose(POWER)).message_id == "error.parameters.waits"
    office.time_runs_out(first)

    second = office.propose(POWER)

    assert office.states(POWER) == ["ADOPTED", "EXPIRED", "PROPOSED"]
    office.decide(second)
    assert office.billers()["1101"].accounts.settlement == "ST-9999"


def test_a_proposal_whose_time_is_over_has_ended_for_whoever_looks(office: Office) -> None:
    settle_elsewhere(office)
    office.time_runs_out(office.propose(POWER))

    assert office.approvals.waiting(office.sign_on(SUPERVISOR)) == ()

    assert office.states(POWER) == ["ADOPTED", "EXPIRED"]
    assert office.view(POWER).coming == ()


def test_a_change_of_the_rules_is_approved_by_the_rules_in_force(small_office: Office) -> None:
    with_two = '[[rule]]\nid = "two"\nname = { zh_CN = "双人", en = "Two" }\nuse_case = "parameters"\napprovals = 2\n'
    small_office.edit("approvals", ("# 大额现金业务须换人复核。", with_two))
    small_office.decide(small_office.propose(RULES))
    settle_elsewhere(small_office)
    proposed = small_office.propose(POWER)

    small_office.decide(proposed)
    assert small_office.billers()["1101"].accounts.settlement == "ST-1101"
    assert small_office.decide(proposed, by=SECOND).state is ApprovalState.EXECUTED
    assert small_office.billers()["1101"].accounts.settlement == "ST-9999"


def test_a_new_biller_is_a_file_that_was_approved(small_office: Office) -> None:
    seventh(small_office.folder / "catalogue")
    assert "1701" not in small_office.billers()

    small_office.decide(small_office.propose((Kind.BILLER, "1701")))

    assert list(small_office.billers()) == ["1101", "1201", "1202", "1301", "1401", "1501", "1701"]


def test_a_file_that_leaves_the_disk_takes_nothing_out_of_force(small_office: Office) -> None:
    (small_office.folder / "catalogue" / "1101.toml").unlink()

    assert "1101" in small_office.billers()
    assert refusal(lambda: small_office.propose(POWER)).message_id == "error.parameters.no_draft"


def test_one_approved_for_later_is_replaced_by_one_for_an_earlier_day_and_the_approver_reads_so(office: Office) -> None:
    settle_elsewhere(office)
    office.decide(office.propose(POWER, days=10))
    office.edit("1101", ('"ST-9999"', '"ST-7777"'))
    corrected = office.propose(POWER, days=5)
    shown = office.decide(corrected)

    assert any(line.label == "approval.field.replaces" and "#9" in line.before for line in shown.changes)
    for passed, wanted in ((4, "ST-1101"), (5, "ST-7777"), (10, "ST-7777"), (20, "ST-7777")):
        office.clock.instant = SetClock().instant + timedelta(days=passed)
        assert office.billers()["1101"].accounts.settlement == wanted


# A desk that was open meanwhile


def test_a_desk_opened_with_an_older_biller_refuses_that_one_and_no_other(office: Office) -> None:
    desk = office.another_desk()
    with desk.store.read() as session:
        desk.in_force.open_billers(session.connection())
    settle_elsewhere(office)
    office.decide(office.propose(POWER))

    with desk.store.read() as session:
        refused = refusal(lambda: desk.in_force.check_biller(session.connection(), "1101"))
        desk.in_force.check_biller(session.connection(), "1201")
    assert (refused.message_id, refused.args_by_name) == ("error.parameters.newer", {"biller": "1101"})
    assert isinstance(refused, Refused)
    with desk.store.read() as session:  # closed and opened
        desk.in_force.open_billers(session.connection())
        desk.in_force.check_biller(session.connection(), "1101")
    desk.store.close()


# What the approver reads, what the audit keeps


def test_the_approver_reads_each_changed_key_before_and_after_the_day_and_both_hashes(small_office: Office) -> None:
    before = hash_of(small_office.edit("1101").read_text(encoding="utf-8"))
    path = small_office.edit(
        "1101", ('settlement = "ST-1101"', 'settlement = "ST-9999"'), ("pay_s = 8.0", "pay_s = 9.0")
    )
    after = hash_of(path.read_text(encoding="utf-8"))

    shown = small_office.decide(small_office.propose(POWER, days=2))

    lines = [(line.label.removeprefix("approval.field."), line.before, line.after) for line in shown.changes]
    assert lines == [
        ("parameter_of", "BILLER 1101 #1", "BILLER 1101"),
        ("effective_from", "", "2026-11-24"),
        ("content_hash", before, after),
        ("parameter", "deadlines.pay_s = 8.0", "deadlines.pay_s = 9.0"),
        ("parameter", 'accounts.settlement = "ST-1101"', 'accounts.settlement = "ST-9999"'),
    ]
    assert shown.reason == "换账户"
    for language in LANGUAGES:
        assert all(words(language).knows(line.label) for line in shown.changes)


def test_the_audit_tells_who_proposed_and_who_approved_with_hashes_and_day(office: Office) -> None:
    settle_elsewhere(office)
    proposed = office.propose(POWER, days=2)
    office.decide(proposed)

    for action, person in (("parameters.proposed", ADMINISTRATOR), ("parameters.approved", SUPERVISOR)):
        ((by, subject, details),) = office.audited(action)
        assert (by, subject) == (person, str(proposed.number))
        assert json.loads(details) == {
            "kind": "BILLER",
            "name": "1101",
            "content_hash": proposed.content_hash,
            "before_hash": proposed.before_hash,
            "effective_from": "2026-11-24",
        }
    with office.store.read() as session:
        assert office.audit.verify(session) is None


def test_a_second_approval_of_the_same_proposal_changes_nothing_more(office: Office) -> None:
    settle_elsewhere(office)
    proposed = office.propose(POWER)
    office.decide(proposed)

    assert isinstance(refusal(lambda: office.decide(proposed, by=SECOND)), Conflict)
    assert isinstance(refusal(lambda: office.withdraw(proposed)), Conflict)
    assert office.states(POWER) == ["ADOPTED", "APPROVED"]


def test_a_day_before_today_is_no_day(small_office: Office) -> None:
    settle_elsewhere(small_office)
    yesterday = small_office.today - timedelta(days=1)

    with pytest.raises(BadInput) as refused:
        small_office.room.propose(small_office.sign_on(), Propose(Kind.BILLER, "1101", yesterday, "x"))

    assert refused.value.field == "effective_from"


def propose_by_itself(number: int, url: str, keys: Keys, folder: Path, who: Any) -> str:
    office = Office(Store(url), keys, folder)
    try:
        return str(office.propose(POWER, who=who).number)
    except TellerDeskError as error:
        return error.message_id


def test_of_four_who_propose_the_same_at_once_one_does(office: Office, keys: Keys) -> None:
    settle_elsewhere(office)
    who = office.sign_on()
    office.store.close()  # nothing of it may be used in a fork

    told = at_once(4, propose_by_itself, office.store.url, keys, office.folder, who)

    assert sorted(told) == ["9", *["error.parameters.waits"] * 3]
    assert office.states(POWER) == ["ADOPTED", "PROPOSED"]
    assert len(office.audited("parameters.proposed")) == 1
