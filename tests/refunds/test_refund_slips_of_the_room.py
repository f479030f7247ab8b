"""The slip of a refund as the rooms themselves tell it: nobody's whole name or number, everybody who agreed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tellerdesk.bills.commands import Person
from tellerdesk.bills.papers import House as PaperHouse
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import DocumentKind, RefundPaper
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.store.vault import Vault
from tests.documents.room import PlainRenderer
from tests.refunds.house import House

AGENT = Person("王建国", "E12345678", "PASSPORT")


@pytest.mark.req("B9")
def test_the_slip_is_to_be_had_once_core_has_paid_and_names_nobody_in_full(house: House, tmp_path: Path) -> None:
    renderer, counter = PlainRenderer(), house.counter
    folder = tmp_path / "documents"
    folder.mkdir()
    papers = Papers(
        counter.store, house.eyes.audit, house.eyes.staff, Vault(counter.keys), counter.keys, renderer, folder,
        counter.clock,
    )  # fmt: skip
    of = PaperHouse(Bilingual("示例银行", "Sample Bank"), Bilingual("南山支行", "Nanshan"), training=True)
    slips = RefundPapers(house.eyes.staff, counter.store, papers, of, house.refunds, house.eyes.room)
    due = house.suspended(house.reversed().serial)
    with pytest.raises(Refused) as refused:
        slips.issue(house.who, due.serial)
    assert refused.value.message_id == "error.document.not_refunded"

    paid = house.paid_out(due, agent=AGENT)
    slip = slips.issue(house.who, due.serial)

    assert slips.issue(house.who, due.serial) == slip
    assert (slip.kind, len(renderer.rendered)) == (DocumentKind.REFUND_SLIP, 1)
    shown = renderer.rendered[0]
    assert isinstance(shown, RefundPaper)
    assert (shown.agent, shown.agent_kind, shown.payee_kind) == ("*建国", "PASSPORT", "ID_CARD")
    assert shown.payee.startswith("*")
    assert AGENT.document_no not in repr(shown)
    assert len(shown.approvers) == 1
    assert (shown.payment_serial, shown.amount_fen, shown.account_no) == (due.payment_serial, due.amount_fen, "")
    assert paid.pay_out is not None
    assert shown.refunded_at == paid.pay_out.ended_at
