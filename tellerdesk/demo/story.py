"""The demonstration without a terminal: the same job through the same use cases, told in words."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta

from tellerdesk.approvals.commands import Decide
from tellerdesk.bills.commands import (
    AccountAuthority,
    AskAgain,
    ConfirmCashReturned,
    GoOn,
    LookUp,
    Method,
    PayBill,
    Person,
)
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.config import SamplePerson
from tellerdesk.demo.books import Books, compare
from tellerdesk.demo.branch import Branch
from tellerdesk.demo.plan import BILLER, PEOPLE
from tellerdesk.desk import Desk, new_request_id
from tellerdesk.errors import SignOnRefused, TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.money import format_fen
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.refunds.commands import AskPayOut, ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.views import RefundView
from tellerdesk.sandbox.people import people, sample_consumers
from tellerdesk.serials import spoken
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.text import mask_account
from tellerdesk.till.commands import OpenTill

Say = Callable[[str], None]

BILLS = 5
"""How many the story pays."""

SUPERVISORS_TILL = "91"

CONSUMERS = 400
"""Among so many there is always somebody left who owes."""

SEEN_ID = "11010519491231002X"
"""What the identity card shows of whoever fetches a refund: made up, its check digit fits."""

A_CODES_LIFE_S = 30.0

_SIDES = {
    "core_fen": "core_payable_fen",
    "biller_fen": "biller_owes_fen",
    "channel_fen": "channel_payable_fen",
    "till_fen": "till_fen",
}
"""The columns of the books: what each side says of a payment, and of a refund."""


class Story:
    """Signs on, pays a bill, has one refused, one approved, one cut off and found out, and one whose cash nobody took
    refunded; then lays the books side by side. Waits for nothing: where an answer is to be missing, the line breaks."""

    def __init__(self, branch: Branch, desk: Desk, words: Words, say: Say) -> None:
        self._branch = branch
        self._desk = desk
        self._words = words
        self._say = say

    def tell(self) -> bool:
        """True if everything came out as it must and the books agree."""
        who = self._sign_on()
        bills = iter(self._owing(who))
        paid = self._pay(who, next(bills), "door.story.good")
        refused = self._with_fault("biller-refuses", lambda: self._pay(who, next(bills), "door.story.refused"))
        refused = self._hand_back(who, refused)
        approved = self._approved(who, next(bills))
        lost = self._with_fault("biller-cut", lambda: self._cut_off(who, next(bills)))
        listed = self._on_the_list(who, lost)
        found = self._find_out(who, lost)
        left = self._with_fault("biller-refuses", lambda: self._pay(who, next(bills), "door.story.left"))
        refund = self._refunded(who, left)
        words_right = [paid.word, refused.word, approved.word, lost.word, found.word, left.word, refund.word] == [
            Word.PAID,
            Word.REVERSED,
            Word.PAID,
            Word.PROCESSING,
            Word.PAID,
            Word.REVERSED,
            Word.REFUNDED,
        ]
        handed_back = refused.cash_return is refund.cash_return is CashReturn.RETURNED
        return self._books() and words_right and handed_back and listed

    # -- the scenes -----------------------------------------------------------------------------------------------

    def _sign_on(self) -> SignedOn:
        teller = PEOPLE[0]
        who = self._desk.sign_on(SignOn(teller.staff_no, teller.password))
        till = self._desk.till.position(who)
        if till is None:
            till = self._desk.till.open(who, OpenTill(500_000, secrets.token_hex(8)))
        self._say(
            self._words(
                "door.story.signed_on",
                name=who.name,
                staff_no=who.staff_no,
                till=till.till_no,
                balance=format_fen(till.balance_fen),
                day=str(self._desk.accounting_date() or "?"),
            )
        )
        return who

    def _owing(self, who: SignedOn) -> list[BillView]:
        """Some bills somebody owes: a folder that was used before has some of them paid, or under way."""
        found: list[BillView] = []
        for consumer_no in sample_consumers(CONSUMERS).owing:
            try:
                bill = self._desk.bills.look_up(who, LookUp(BILLER, consumer_no))
            except TellerDeskError as error:
                if error.message_id != "error.bill.nothing_owed":
                    raise
                continue
            if not bill.paid_before:
                found.append(bill)
            if len(found) == BILLS:
                break
        return found

    def _pay(self, who: SignedOn, bill: BillView, title: str) -> PaymentView:
        self._say("")
        self._say(self._words(title))
        tendered = -(-bill.total_fen // 10_000) * 10_000
        self._say(
            self._words(
                "door.story.bill",
                biller=bill.biller.name,
                consumer=bill.consumer_no,
                name=bill.customer_name,
                due=format_fen(bill.total_fen),
                tendered=format_fen(tendered),
            )
        )
        command = PayBill(new_request_id(), bill.quote_id, bill.total_fen, tendered)
        payment = self._desk.bills.pay(who, command)
        self._tell(payment)
        if payment.word in {Word.PAID, Word.PROCESSING}:
            document = self._desk.papers.issue(who, payment.serial)
            self._say(self._words("door.story.paper", path=str(document.path)))
        return payment

    def _approved(self, who: SignedOn, bill: BillView) -> PaymentView:
        """From an account, by a voucher the customer has signed: a supervisor at another desk decides."""
        self._say("")
        self._say(self._words("door.story.approval"))
        accounts = sample_consumers().accounts
        number = accounts[int(bill.consumer_no[-6:]) % len(accounts)]
        account = AccountAuthority(number, voucher_no=f"PZ{bill.consumer_no[-8:]}")
        self._say(
            self._words(
                "door.story.bill.account",
                biller=bill.biller.name,
                consumer=bill.consumer_no,
                name=bill.customer_name,
                due=format_fen(bill.total_fen),
                account=mask_account(number),
                voucher=account.voucher_no,
            )
        )
        command = PayBill(new_request_id(), bill.quote_id, bill.total_fen, 0, Method.ACCOUNT, account)
        asked = self._desk.bills.pay(who, command)
        self._tell(asked)
        self._decided(asked.approval_id)
        payment = self._desk.bills.go_on(who, GoOn(asked.serial, account))
        self._tell(payment)
        if payment.word is Word.PAID:
            document = self._desk.papers.issue(who, payment.serial)
            self._say(self._words("door.story.paper", path=str(document.path)))
        return payment

    def _decided(self, approval_id: str) -> None:
        """A supervisor signs on, reads and approves, with the one-time code of this half minute; where all have used
        theirs in it, with the next one."""
        until = time.monotonic() + A_CODES_LIFE_S + 1
        while not any(self._decides(person, approval_id) for person in PEOPLE if person.role == Role.SUPERVISOR):
            if time.monotonic() > until:
                return
            time.sleep(1)

    def _decides(self, person: SamplePerson, approval_id: str) -> bool:
        place = self._desk.settings.desk
        at = {"branch_no": place.branch_no, "till_no": SUPERVISORS_TILL, "terminal": f"T{SUPERVISORS_TILL}"}
        supervisor = self._desk.staff.sign_on(SignOn(person.staff_no, person.password), **at)
        code = self._desk.training_code(person.staff_no)
        try:
            decided = self._desk.approvals.decide(supervisor, Decide(approval_id, True, code))
        except SignOnRefused:
            return False
        finally:
            self._desk.staff.sign_off(supervisor)
        rules = ", ".join(hit.name.said(self._words.language) for hit in decided.rules)
        self._say("  " + self._words("door.story.decided", name=person.name, staff_no=person.staff_no, rules=rules))
        return True

    def _cut_off(self, who: SignedOn, bill: BillView) -> PaymentView:
        return self._with_fault("inquiry-cut", lambda: self._pay(who, bill, "door.story.cut_off"))

    def _on_the_list(self, who: SignedOn, payment: PaymentView) -> bool:
        """It stands among the open questions until its end is known; explained, it does not keep the teller here."""
        questions = self._desk.questions
        before = questions.own_count(who)
        question = questions.question(who, payment.serial)
        if question is None:
            return False
        step = self._words.message(question.next_step) if question.next_step is not None else ""
        self._say(self._words("door.story.question", count=before, step=step))
        questions.explain(
            who, Explain(new_request_id(), payment.serial, ExplainReason.BILLER_SILENT, Given.PROCESSING_SLIP)
        )
        self._say(self._words("door.story.explained"))
        return questions.own_count(who) == before - 1

    def _refunded(self, who: SignedOn, payment: PaymentView) -> RefundView:
        """Cash due back whose customer has gone: kept for them, and paid out once they come with their identity card.
        Both take a second person."""
        self._say("")
        self._say(self._words("door.story.suspended"))
        refunds = self._desk.refunds
        asked = refunds.suspend(who, Suspend(new_request_id(), payment.serial))
        self._decided(asked.approval_id)
        due = refunds.go_on(who, GoOnWith(asked.serial))
        self._tell(due)
        self._say("")
        self._say(self._words("door.story.fetched"))
        name = next(person.name for person in people(CONSUMERS) if person.consumer_no == payment.consumer_no)
        asked = refunds.ask_pay_out(who, AskPayOut(new_request_id(), due.serial, Method.CASH, Person(name, SEEN_ID)))
        self._decided(asked.approval_id)
        ready = refunds.go_on(who, GoOnWith(asked.serial))
        self._tell(ready)
        document = self._desk.refund_papers.issue(who, ready.serial)
        self._say(self._words("door.story.paper", path=str(document.path)))
        after = refunds.confirm_handed_over(who, ConfirmHandedOver(ready.serial))
        self._say("  " + self._words.message(after.advice))
        return after

    def _hand_back(self, who: SignedOn, payment: PaymentView) -> PaymentView:
        if payment.cash_return is not CashReturn.DUE:
            return payment
        after = self._desk.bills.confirm_cash_returned(who, ConfirmCashReturned(payment.serial))
        self._say("  " + self._words.message(after.advice))
        return after

    def _find_out(self, who: SignedOn, payment: PaymentView) -> PaymentView:
        self._say("")
        self._say(self._words("door.story.found_out"))
        after = self._desk.bills.ask_again(who, AskAgain(payment.serial))
        self._tell(after)
        if after.word is Word.PAID:
            document = self._desk.papers.issue(who, after.serial)
            self._say(self._words("door.story.paper", path=str(document.path)))
        return after

    def _with_fault(self, name: str, scene: Callable[[], PaymentView]) -> PaymentView:
        self._branch.fault(name)
        try:
            return scene()
        finally:
            self._branch.sandbox.control.clear()

    def _tell(self, told: PaymentView | RefundView) -> None:
        for leg in told.legs:
            took = (leg.answered_at - leg.sent_at) if leg.answered_at else timedelta()
            words = self._words
            refusal = leg.code if leg.state is LegState.REJECTED else ""
            self._say(
                f"  {branch_time(leg.sent_at):%H:%M:%S}  {words('leg.' + leg.kind.lower())}"
                f"  {words('leg_state.' + leg.state.value.lower())}  {took.total_seconds():.1f} s"
                f"  {leg.counterpart_serial or leg.message or refusal}".rstrip()
            )
        self._say(f"  {spoken(told.serial)}  {self._words('word.' + told.word.value.lower())}")
        self._say("  " + self._words.message(told.advice))

    # -- the books ------------------------------------------------------------------------------------------------

    def _books(self) -> bool:
        books = compare(self._desk.store, self._branch.ledgers)
        words = self._words
        heads = [words("door.books." + name) for name in ("core", "biller", "channel", "till")]
        self._say("")
        self._say(words("door.books.title"))
        self._say(_row(words("door.books.serial"), heads))
        for line in books.lines:
            amounts = [getattr(line, column) for column in _SIDES]
            mark = "" if line.agrees else "  !"
            self._say(_row(spoken(line.serial), [format_fen(fen) for fen in amounts]) + mark)
        for refund in books.refunds:
            amounts = [getattr(refund, column) for column in _SIDES.values()]
            mark = "" if refund.agrees else "  !"
            refunded = _row(spoken(refund.serial), [format_fen(fen) for fen in amounts])
            self._say(f"{refunded}  {words('door.books.refund')}{mark}")
        totals = [
            format_fen(books.total(paid) + sum(getattr(refund, back) for refund in books.refunds))
            for paid, back in _SIDES.items()
        ]
        self._say(_row(words("door.books.total"), totals))
        for flaw in books.flaws:
            self._say("  ! " + flaw)
        self._say(words("door.books.agree" if self._agreed(books) else "door.books.disagree"))
        return self._agreed(books)

    def _agreed(self, books: Books) -> bool:
        return books.agree


def _row(head: str, cells: list[str]) -> str:
    from rich.cells import cell_len

    padded = head + " " * max(0, 28 - cell_len(head))
    return padded + "".join(" " * max(1, 14 - cell_len(cell)) + cell for cell in cells)
