"""Asking, deciding from the own desk and on the spot, and what is told to whom."""

from __future__ import annotations

from .house import House


def test_one_yes_from_the_own_desk_approves_and_it_is_done_once(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller)
    assert house.room.waiting_count(supervisor) == 1
    assert house.room.waiting_count(teller) == 0
    view = house.decide(supervisor, approval_id)
    assert view.state == "APPROVED"
    assert house.told() == ("APPROVED", 0)
    assert house.execute() == approval_id
    assert house.told() == ("APPROVED", 1)
    assert house.audited(approval_id) == ["asked", "approved", "executed"]
    assert house.verified()
