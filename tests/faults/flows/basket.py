"""Several bills of one customer under faults: each its own outcome, one count of cash, one figure handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache

from support.counter import AskedFrom

from faults.case import Fault
from faults.evidence import Branch, Evidence, Row
from faults.flows import Course, Scene
from faults.flows.account import ACCOUNTS
from faults.flows.payment import COUNTED_TOO_MUCH_FEN, PaymentUnderFaults
from faults.seen import is_payment, state_of
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.basket_book import BASKET, LINE
from tellerdesk.bills.basket_commands import BasketBill, GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import AccountAuthority, ConfirmCashReturned, LookUp, Method, RetryReversal
from tellerdesk.documents.views import DocumentKind
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox import people
from tellerdesk.sandbox.config import BILLERS, CORE, ELECTRICITY

ALONE = 500
"""So many customers the cases of a sandbox begin with; those behind them bring the further bills."""

_ONE_IS_PAID = "commit.bill_payment.BILLER_SENDING.accepted:after"
_REFUSED, _LOST = Fault.parse("BILLER_PAY.no.reject"), Fault.parse("BILLER_PAY.no.timeout")
_UNHEARD = Fault.parse("BILLER_PAY.yes.timeout")
_CORE_SILENT = (Fault.parse("CORE_POST.yes.timeout"), Fault.parse("CORE_INQUIRE.no.timeout.lasting"))


class BasketUnderFaults(PaymentUnderFaults):
    """Two bills or, where one in the middle is to fail, three. Who served goes on with what was not begun once
    everything is healed, gives the papers, and hands over what is due at the end, once. How one payment fares under all
    faults of all calls is the flow `payment`'s."""

    name = "basket"
    several = True
    courses: Mapping[str, Course] = {
        "good": Course(),
        "one-each": Course(),
        "next-refused": Course((_REFUSED,), faults_at=_ONE_IS_PAID, pairs=True),
        "three-one-lost": Course((_LOST,), faults_at=_ONE_IS_PAID),
        "three-one-in-doubt": Course(
            (_UNHEARD, Fault.parse("BILLER_INQUIRE.no.timeout.lasting")), faults_at=_ONE_IS_PAID
        ),
        "core-refuses": Course((Fault.parse("CORE_POST.no.reject"),)),
        "core-silent": Course(_CORE_SILENT),
        "core-silent-next": Course(_CORE_SILENT, faults_at=_ONE_IS_PAID),
        "core-down": Course(down=CORE, down_at=_ONE_IS_PAID),
        "biller-down": Course(down=ELECTRICITY, down_at=_ONE_IS_PAID),
        "reversal-refused": Course((_REFUSED, Fault.parse("CORE_REVERSE.no.reject"))),
        "account": Course(),
        "account-refused": Course((_REFUSED,), faults_at=_ONE_IS_PAID),
    }
    product: Mapping[str, tuple[str, ...]] = {"BILLER_PAY": ("good",)}
    arrivals: Mapping[str, tuple[str, ...]] = {}
    blind: Mapping[str, tuple[str, ...]] = {}
    otherwise = frozenset({"receipt-only-if-paid"})

    def act(self, scene: Scene) -> None:
        _nobody_is_asked(scene)
        bills = [
            scene.desk.bills.look_up(scene.teller, LookUp(BILLERS[self.counterpart], number))
            for number in _numbers(scene)
        ]
        lines = [
            BasketBill(f"{scene.request_id}-{place}", bill.quote_id, bill.total_fen, account=_consent(scene))
            for place, bill in enumerate(bills)
        ]
        self._ended(scene, scene.desk.baskets.pay(scene.teller, _command(scene, lines)))

    def mend(self, scene: Scene) -> None:
        """The basket stands where it was left, and is offered; nothing of it has begun by itself."""
        _nobody_is_asked(scene)
        for payment in scene.desk.bills.recent(scene.teller, 10):
            if payment.state == payment_states.REVERSE_FAILED:
                scene.desk.bills.retry_reversal(scene.supervisor, RetryReversal(payment.serial))
        kept, lines = _kept(scene)
        if not kept:
            return
        offered = [view.basket_id for view in scene.desk.baskets.left_open(scene.teller)]
        if offered != [each["basket_id"] for each in kept if each["state"] == "OPEN"]:
            raise AssertionError(f"offered are {offered}, kept {kept}")
        view = self._gone_on(scene, lines, is_open=bool(offered))
        for payment in view.of(Word.REVERSED, Word.FAILED):
            if view.handed_fen is not None and payment.cash_return is CashReturn.DUE:
                scene.desk.bills.confirm_cash_returned(scene.teller, ConfirmCashReturned(payment.serial))
        self._ended(scene, view)

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        broken = super().judge(evidence)
        for name, books in (("at rest", evidence.rest), ("at the end", evidence.end)):
            broken += [("basket-of-entries", f"{name}: {seen}") for seen in _entries_amiss(books)]
        broken += [("one-figure", seen) for seen in _figure_amiss(evidence.end)]
        broken += [("one-receipt-for-each", seen) for seen in _receipts_amiss(self, evidence.end)]
        consumers = [payment["consumer_no"] for payment in evidence.biller if payment["state"] == "PAID"]
        if len(set(consumers)) < len(consumers):
            broken.append(("no-bill-twice", f"the biller has taken {consumers}"))
        return broken

    def _gone_on(self, scene: Scene, lines: list[Row], *, is_open: bool) -> BasketView:
        """By the same form's key, or from the basket that is offered: chance, by the case's number, says which."""
        bills = [
            BasketBill(line["request_id"], line["quote_id"], line["amount_fen"], account=_consent(scene))
            for line in lines
        ]
        if not is_open or len(scene.request_id) % 2:
            return scene.desk.baskets.pay(scene.teller, _command(scene, bills))
        accounts = {bill.request_id: bill.account for bill in bills if bill.account is not None}
        return scene.desk.baskets.go_on(scene.teller, GoOnWithBasket(_basket_id(scene), accounts=accounts))

    def _ended(self, scene: Scene, view: BasketView) -> None:
        """Papers, then the cash, counted by what the basket says once the papers lie there."""
        if view.of(Word.PAID, Word.PROCESSING):
            scene.desk.basket_papers.issue(scene.teller, view.basket_id, combined=scene.course != "one-each")
        if view.kept and view.handed_fen is None:
            due_fen = scene.desk.baskets.basket(scene.teller, view.basket_id).cash.to_hand_over_fen
            scene.desk.baskets.hand_over(scene.teller, HandOver(view.basket_id, due_fen))


@cache
def _others() -> tuple[str, ...]:
    return people.sample_consumers(3 * ALONE, ELECTRICITY).owing[ALONE:]


def _numbers(scene: Scene) -> list[str]:
    """The case's own consumer, and those of the further bills."""
    first = 2 * (int(scene.request_id.removeprefix("case-")) - 1)
    return [scene.consumer_no, *_others()[first : first + (2 if scene.course.startswith("three") else 1)]]


def _basket_id(scene: Scene) -> str:
    return f"{scene.request_id}-basket"


def _consent(scene: Scene) -> AccountAuthority | None:
    """The customer's signed voucher, which stands with each debit; None for cash."""
    if not scene.course.startswith("account"):
        return None
    return AccountAuthority(ACCOUNTS[int(scene.consumer_no) % len(ACCOUNTS)], voucher_no="PZ20261122001")


def _command(scene: Scene, bills: list[BasketBill]) -> PayBasket:
    """What the form sends, the same each time its key is pressed."""
    total_fen = sum(bill.amount_fen for bill in bills)
    if bills[0].account is not None:
        return PayBasket(_basket_id(scene), tuple(bills), 0, Method.ACCOUNT)
    return PayBasket(_basket_id(scene), tuple(bills), total_fen + COUNTED_TOO_MUCH_FEN)


def _kept(scene: Scene) -> tuple[list[Row], list[Row]]:
    """The rows of the basket and of its bills: none where nothing was begun."""
    with scene.desk.store.read() as session:
        connection = session.connection()
        lines = connection.execute(LINE.select().order_by(LINE.c.place)).mappings()
        return [dict(row) for row in connection.execute(BASKET.select()).mappings()], [dict(row) for row in lines]


def _nobody_is_asked(scene: Scene) -> None:
    rules = AskedFrom()
    scene.desk.baskets._baskets._payments._rules = lambda _connection: rules


def _entries_amiss(books: Branch) -> list[str]:
    """A basket is there exactly with its first entry, and every entry is one of its bills, once."""
    asked = {line["request_id"]: line["amount_fen"] for line in books.basket_lines}
    begun = {entry["request_id"]: entry["amount_fen"] for entry in books.entries}
    amiss = []
    if len(begun) < len(books.entries):
        amiss.append(f"{len(books.entries)} entries of {len(begun)} bills")
    if not begun.items() <= asked.items():
        amiss.append(f"begun {begun}, asked for {asked}")
    if bool(books.baskets) is not bool(begun):
        amiss.append(f"{len(books.baskets)} baskets with {len(begun)} entries")
    return amiss


def _figure_amiss(end: Branch) -> list[str]:
    """Of what was counted, the till keeps what stands or may stand; everything else has gone back, at the end of the
    basket or, where an outcome came later, when it came. Everything was begun."""
    amiss = []
    for basket in end.baskets:
        if basket["state"] != "HANDED_OVER" or len(end.entries) != len(end.basket_lines):
            amiss.append(f"{basket['state']} with {len(end.entries)} of {len(end.basket_lines)} begun")
            continue
        told = [each for each in end.handed_over if each["basket_id"] == basket["basket_id"]]
        if [each["amount_fen"] for each in told] != [basket["handed_fen"]]:
            amiss.append(f"handed over {basket['handed_fen']}, the audit has {told}")
            continue
        kept = sum(row["amount_fen"] * (1 if row["kind"] == "CASH_IN" else -1) for row in end.cash)
        stands = sum(entry["amount_fen"] for entry in end.entries if entry["cash_return"] == CashReturn.NONE)
        if basket["method"] == Method.CASH and kept != stands:
            amiss.append(f"{stands} stand, the till keeps {kept}")
        given = basket["handed_fen"] + _given_later(end, told[0]["at"])
        if given != basket["tendered_fen"] - kept:
            amiss.append(f"{basket['tendered_fen']} counted, {kept} kept, {given} given back")
    return amiss


def _given_later(end: Branch, handed_at: str) -> int:
    """The cash of bills that went back one by one, after the basket was handed over: the last row of that commit is
    the audit's."""
    later = {step["serial"] for step in end.steps if step["row"] == "T16a" and step["at"] > handed_at}
    return sum(row["amount_fen"] for row in end.cash if row["kind"] == "CASH_OUT" and row["serial"] in later)


def _receipts_amiss(flow: BasketUnderFaults, end: Branch) -> list[str]:
    """A payment that stands is on one receipt, its own or one with others; no other is on any."""
    of_own = {DocumentKind.BILL_RECEIPT.value, DocumentKind.COMBINED_RECEIPT.value}
    issued = Counter(each["serial"] for each in end.documents if each["kind"] in of_own and each["state"] == "ISSUED")
    on = {row["serial"]: row["on_serial"] for row in end.combined}
    amiss = []
    for entry in filter(is_payment, end.entries):
        times = issued[on.get(entry["serial"], entry["serial"])]
        if times != (state_of(entry).word in flow.stands):
            amiss.append(f"{entry['serial']} {entry['state']} is on {times} receipts")
    return amiss


FLOW = BasketUnderFaults()
