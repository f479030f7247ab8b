"""Every biller of the catalogue at the demonstration's own branch, in cash and from an account, with the PIN keyed on
the pad: what the desk says is what the counterparts' ledgers hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tellerdesk import config
from tellerdesk.billers import catalogue
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import AccountAuthority, AskAccount, LookUp, Method, PayBill, ReadPin
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.books import compare
from tellerdesk.demo.branch import Branch, sandbox_folder
from tellerdesk.demo.plan import PEOPLE
from tellerdesk.desk import Desk, new_request_id
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox.config import BILLERS
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.commands import OpenTill

ACCOUNT = sample_consumers().accounts[1]
TOP_UP_FEN = 5_000


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    with Branch(tmp_path_factory.mktemp("every") / "branch") as branch:
        yield branch


@pytest.fixture(scope="module")
def desk(branch: Branch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With the shipped files but for their hours: the test may run at night."""
    folder = tmp_path_factory.mktemp("catalogue")
    for path in catalogue.SHIPPED.glob("*.toml"):
        text = re.sub(r"(?m)^\[hours\]\n(?:.+\n)*", "", path.read_text(encoding="utf-8"))
        (folder / path.name).write_text(text, encoding="utf-8")
    desk = Desk(config.load(branch.folder).model_copy(update={"catalogue": str(folder)}))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def who(desk: Desk) -> SignedOn:
    who = desk.sign_on(SignOn(PEOPLE[0].staff_no, PEOPLE[0].password))
    desk.till.open(who, OpenTill(100_000, new_request_id()))
    return who


def amount_of(bill: BillView) -> int:
    """Something the biller's rule allows: part, more, all, or any."""
    return {
        AmountRule.EXACT: bill.total_fen,
        AmountRule.EXACT_OR_MORE: bill.total_fen + 1_000,
        AmountRule.PART_OLDEST_FIRST: bill.total_fen // 2,
        AmountRule.FREE: TOP_UP_FEN,
    }[bill.biller.amount_rule]


def paid(desk: Desk, who: SignedOn, counterpart: str, method: Method) -> PaymentView:
    number = sample_consumers(50, counterpart).owing[list(Method).index(method)]
    bill = desk.bills.look_up(who, LookUp(BILLERS[counterpart], number))
    fen = amount_of(bill)
    if method is Method.CASH:
        return desk.bills.pay(who, PayBill(new_request_id(), bill.quote_id, fen, fen + 500))
    seen = desk.bills.account(who, AskAccount(ACCOUNT, bill.quote_id))
    block = desk.bills.read_pin(who, ReadPin(seen.account_no, fen))
    authority = AccountAuthority(seen.account_no, pin_block=block)
    return desk.bills.pay(who, PayBill(new_request_id(), bill.quote_id, fen, 0, method, authority))


@pytest.mark.req("B1", "B3", "B4", "B5", "B6")
@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("counterpart", BILLERS)
def test_every_biller_is_paid_either_way_and_all_books_agree(
    branch: Branch, desk: Desk, who: SignedOn, counterpart: str, method: Method
) -> None:
    till = desk.till.position(who)
    assert till is not None

    view = paid(desk, who, counterpart, method)

    assert (view.word, view.cash_return) == (Word.PAID, CashReturn.NONE), view.advice
    after = desk.till.position(who)
    assert after is not None
    assert after.balance_fen - till.balance_fen == (view.amount_fen if method is Method.CASH else 0)
    books = compare(desk.store, sandbox_folder(branch.folder))
    assert books.agree, books
    assert view.serial in {line.serial for line in books.lines}
