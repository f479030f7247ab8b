"""The desk puts the approvals together: its recovery ends what nobody decided, and it knows whose cash a till holds."""

from __future__ import annotations

from pathlib import Path

from conftest import SetClock

from tellerdesk import config, setup
from tellerdesk.approvals.commands import Decide
from tellerdesk.demo.plan import plan
from tellerdesk.desk import Desk
from tellerdesk.errors import NotAllowed
from tellerdesk.store import keys

from .house import House, refused

NOWHERE = "http://127.0.0.1:9"


def test_a_desk_sweeps_requests_and_knows_its_tills(tmp_path: Path, clock: SetClock) -> None:
    folder = tmp_path / "desk"
    setup.init(folder, plan(NOWHERE, NOWHERE))
    desk = Desk(config.load(folder), clock=clock)
    try:
        house = House(desk.store, keys.load(folder / "keys.json"), clock).open()
        desk.approvals._register(house.things)
        teller, supervisor = house.sign_on(), house.sign_on("3001")
        over, waits = house.ask(teller, lifetime_s=-1.0), house.ask(teller, "T2")
        desk.recovery.sweep()
        assert (house.state(over), house.state(waits)) == ("EXPIRED", "PENDING")
        house.open_till("3001", teller.till_no)
        deciding = Decide(waits, True, house.code("3001"))
        assert refused(NotAllowed, lambda: desk.approvals.decide(supervisor, deciding)) == "approval.own_till"
        other = house.sign_on("3002")
        assert desk.approvals.decide(other, Decide(waits, True, house.code("3002"))).state == "APPROVED"
    finally:
        desk.close()
