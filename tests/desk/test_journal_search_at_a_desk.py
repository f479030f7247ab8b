"""The journal search of a real desk: what a teller has just done is found, told whole, revealed and exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.branches import owed, pay

from tellerdesk.desk import Desk
from tellerdesk.i18n import Message
from tellerdesk.search.commands import ExportJournal, JournalSearch, Reveal
from tellerdesk.search.states import Format
from tellerdesk.staff.views import SignedOn


@pytest.mark.req("B11")
def test_what_was_just_paid_is_found_told_revealed_and_exported(desk: Desk, who: SignedOn, tmp_path: Path) -> None:
    view = pay(desk, who, owed(desk, who))
    paper = desk.papers.issue(who, view.serial)

    revealed = desk.search.reveal(who, Reveal(view.serial, "客户来电核对地址"))
    for search in (
        JournalSearch(customer_name=revealed.customer_name[-2:], last_days=1),
        JournalSearch(consumer_no=view.consumer_no),
        JournalSearch(serial=view.core_serial),
        JournalSearch(serial=view.biller_serial),
        JournalSearch(serial=paper.number),
        JournalSearch(serial=view.legs[-1].leg_id),
    ):
        assert view.serial in {row.serial for row in desk.search.page(who, search).rows}
    story = desk.search.story(who, view.serial)
    assert (story.legs, story.advice) == (view.legs, Message("advice.stands", view.advice.args))
    assert [one.number for one in story.papers] == [paper.number]
    assert revealed.consumer_no == view.consumer_no
    assert revealed.customer_name.endswith(view.customer_name.replace("*", ""))
    assert any(char.isdigit() for char in revealed.address)
    done = desk.search.export(who, ExportJournal(JournalSearch(last_days=1), tmp_path / "x.xlsx", Format.XLSX, "zh_CN"))
    assert done.rows == desk.search.totals(who, JournalSearch(last_days=1)).count
