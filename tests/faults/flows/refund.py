"""A payment of an earlier day that is refunded, under faults: the biller's consent, two approvals, core's booking, and
the money paid out against identity."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from support.counter import AskedFrom

from faults.case import Fault
from faults.evidence import Evidence
from faults.flows import Course, Scene
from faults.flows.account import ACCOUNTS
from faults.flows.payment import PaymentUnderFaults
from faults.foundation import DATABASE, database
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.models import ApprovalRequest
from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import AccountAuthority, CancelReason, LookUp, Method, PayBill, Person
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.commands import AskPayOut, AskRefund, AskRefundApproval, ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.models import PayOut
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import RefundView
from tellerdesk.sandbox import people
from tellerdesk.sandbox.config import BILLERS
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of

_REQUEST, _PAY_OUT = table_of(ApprovalRequest), table_of(PayOut)

BEFORE_RECOVERY_ASKS = "commit.journal.claim:after"
PAYING_OUT = "call.CORE_PAY_OUT:before"
IDENTITY_NO = "11010519491231002X"
MOST_MOVES = 8
"""A refund needs no more things done by people, one after the other, from wherever it is."""

_NOT_AT_FIRST = frozenset({"rejected", "withdrawn"})
"""Courses on which people agree at the second time only."""


class RefundUnderFaults(PaymentUnderFaults):
    """The payment itself goes well; its own faults are another flow's. Core's part is called CORE_CREDIT, CORE_RECEIVE
    and CORE_PAY_OUT by the desk, and CORE_BOOK by core."""

    name = "refund"
    courses: Mapping[str, Course] = {
        "good": Course(pairs=True),
        "biller-unheard": Course((Fault.parse("BILLER_CONSENT.yes.timeout"),)),
        "pay-out-unheard": Course((Fault.parse("CORE_BOOK.yes.timeout"),), faults_at=PAYING_OUT),
        "account": Course(whole=True),
        "to-account": Course(),
        "account-refused": Course((Fault.parse("CORE_BOOK.no.reject"),)),
        "biller-refuses": Course((Fault.parse("BILLER_CONSENT.no.reject"),)),
        "biller-lost": Course((Fault.parse("BILLER_CONSENT.no.timeout"),)),
        "biller-late": Course((Fault.parse("BILLER_CONSENT.late.timeout"),)),
        "rejected": Course(),
        "withdrawn": Course(),
        "core-refuses": Course((Fault.parse("CORE_BOOK.no.reject"),)),
        "core-lost": Course((Fault.parse("CORE_BOOK.no.timeout"),)),
        "core-unheard": Course((Fault.parse("CORE_BOOK.yes.timeout"),)),
        "pay-out": Course(faults_at=PAYING_OUT),
        "pay-out-refused": Course((Fault.parse("CORE_BOOK.no.reject"),), faults_at=PAYING_OUT),
        "left-behind": Course(),
    }
    product: Mapping[str, tuple[str, ...]] = {"BILLER_CONSENT": ("good",), "CORE_BOOK": ("good", "pay-out")}
    arrivals: Mapping[str, tuple[str, ...]] = {
        "BILLER_CONSENT": (BEFORE_RECOVERY_ASKS,),
        "CORE_BOOK": (BEFORE_RECOVERY_ASKS,),
    }
    blind: Mapping[str, tuple[str, ...]] = {}
    alike = True

    def act(self, scene: Scene) -> None:
        self._no_rule_asks(scene)
        bill = scene.desk.bills.look_up(scene.teller, LookUp(BILLERS[self.counterpart], scene.consumer_no))
        command = self._command(scene, bill.quote_id, self._amount_fen(bill))
        self._given_back(scene, scene.desk.bills.pay(scene.teller, command))

    def mend(self, scene: Scene) -> None:
        self._no_rule_asks(scene)
        for _ in range(2):  # where people said no, they are asked once more
            for view in scene.desk.bills.recent(scene.teller, 10):
                self._given_back(scene, self._pressed_again(scene, view))

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """Nobody is left waiting, and who wanted the money back has it, unless the biller said no."""
        broken = super().judge(evidence)
        states = [(row, _state(evidence, row["serial"])) for row in evidence.end.refunds]
        for row, state in states:
            if state not in refunds.CAME_TO_NOTHING | {refunds.PAID_OUT}:
                broken.append(("nobody-left-waiting", f"{row['serial']} rests in {state}"))
        said_no = any(leg["kind"] == "BILLER_CONSENT" and leg["state"] == "REJECTED" for leg in evidence.end.legs)
        for entry in evidence.end.entries:
            word = self.states[entry["state"]].word if entry["flow"] == "bill_payment" else None
            paid_out = [state for _, state in states if state == refunds.PAID_OUT]
            if word is Word.PAID and not paid_out and not said_no:
                broken.append(("refunded-or-told", f"{entry['serial']} stands, and nobody has its money back"))
        return broken

    # -- what people do, from wherever they had come to -----------------------------------------------------------

    def _given_back(self, scene: Scene, view: PaymentView) -> None:
        """A receipt, the night, and the customer who wants the money back."""
        if view.state != payment_states.SUCCESS:
            self._paper_or_cash(scene, view)
            return
        found = scene.desk.refunds.of_payment(scene.teller, view.serial)
        if not found:
            scene.desk.papers.issue(scene.teller, view.serial)
            self._night_falls(scene, view)
            found = self._asked(scene, view)
        for refund in found:
            self._moved_on(scene, refund)

    def _asked(self, scene: Scene, view: PaymentView) -> tuple[RefundView, ...]:
        wanted = (scene.consumer_no, view.amount_fen, CancelReason.PAID_TWICE)
        command = AskRefund(f"{scene.request_id}-back", view.serial, *wanted, original_back=True)
        try:
            return (scene.desk.refunds.ask(scene.teller, command),)
        except Refused as refused:
            return self._core_was_slow(refused, "error.refund.core_silent")

    def _moved_on(self, scene: Scene, view: RefundView) -> None:
        """Everything that people have to do for a refund, until nothing more is or it went wrong on this course."""
        for _ in range(MOST_MOVES):
            before = (view.state, view.cash_return)
            view = self._move(scene, view)
            if (view.state, view.cash_return) == before:
                return

    def _move(self, scene: Scene, view: RefundView) -> RefundView:
        rooms, who = scene.desk.refunds, scene.teller
        if view.state == refunds.AGREED:
            return rooms.ask_approval(who, AskRefundApproval(view.serial))
        if view.state in refunds.AWAITING_APPROVAL:
            return self._decided(scene, view)
        if view.state == refunds.DUE:
            return rooms.ask_pay_out(who, self._pay_out(scene, view))
        if view.cash_return is CashReturn.DUE and self._leaves(scene, view):
            left = rooms.suspend(who, Suspend(f"{scene.request_id}-left", view.serial))
            self._moved_on(scene, left)
            return rooms.refund(who, view.serial)
        if view.cash_return is CashReturn.DUE:
            return rooms.confirm_handed_over(who, ConfirmHandedOver(view.serial))
        return view

    def _decided(self, scene: Scene, view: RefundView) -> RefundView:
        desk, approval_id = scene.desk, view.approval_id
        first = scene.course in _NOT_AT_FIRST and not self._was_refused(scene, view)
        if first and scene.course == "withdrawn":
            desk.approvals.withdraw(scene.teller, Withdraw(approval_id))
        for supervisor in (scene.supervisor, *scene.more_supervisors):
            if desk.approvals.approval(scene.teller, approval_id).state is not ApprovalState.PENDING:
                break
            code = self._another_code(scene, supervisor)
            desk.approvals.decide(supervisor, Decide(approval_id, not first, code, "客户资料有疑问"))
        if first:
            return desk.refunds.refund(scene.teller, view.serial)
        try:
            return desk.refunds.go_on(scene.teller, GoOnWith(view.serial))
        except Refused as refused:
            self._core_was_slow(refused, "error.refund.core_silent")
            return view

    def _another_code(self, scene: Scene, supervisor: SignedOn) -> str:
        """Authenticators show another one by now."""
        with database(scene.desk.settings.folder / DATABASE) as connection:
            connection.execute("UPDATE staff_member SET code_step = 0")
        return scene.desk.training_code(supervisor.staff_no)

    def _was_refused(self, scene: Scene, view: RefundView) -> bool:
        """Whether people have said no before."""
        with scene.desk.store.read() as session:
            asked = select(_REQUEST.c.state).where(_REQUEST.c.subject == view.serial)
            states = {row.state for row in session.connection().execute(asked)}
        return bool(states & {ApprovalState.REJECTED, ApprovalState.WITHDRAWN})

    def _pay_out(self, scene: Scene, view: RefundView) -> AskPayOut:
        with scene.desk.store.read() as session:
            ended = select(_PAY_OUT).where(_PAY_OUT.c.serial == view.serial, _PAY_OUT.c.outcome == "REFUSED")
            tries = len(session.connection().execute(ended).all())
        account, name = "", "王晓燕"
        if scene.course in {"to-account", "account-later"}:
            account = self._account(scene)
            name = next(person.name for person in people.people() if person.account_no == account)
        method = Method.ACCOUNT if account else Method.CASH
        payee = Person(name, IDENTITY_NO)
        return AskPayOut(f"{scene.request_id}-out-{view.serial[-1]}-{tries}", view.serial, method, payee, None, account)

    def _leaves(self, scene: Scene, view: RefundView) -> bool:
        """Whether the customer has gone before the cash went over the counter: once, on one course."""
        return scene.course == "left-behind" and view.cause is not RefundCause.UNCLAIMED_CASH

    # -- the scene ------------------------------------------------------------------------------------------------

    def _night_falls(self, scene: Scene, view: PaymentView) -> None:
        """Core and the biller are at their next day, unless they are already."""
        if str(view.accounting_date) == scene.control.state()["accounting_date"]:
            scene.control.roll_day()
        scene.control.cut_off(self.counterpart)

    def _command(self, scene: Scene, quote_id: str, amount_fen: int) -> PayBill:
        if not scene.course.startswith("account") or scene.course == "account-later":
            return super()._command(scene, quote_id, amount_fen)
        authority = AccountAuthority(self._account(scene), voucher_no="PZ20261122001")
        return PayBill(scene.request_id, quote_id, amount_fen, 0, Method.ACCOUNT, authority)

    def _account(self, scene: Scene) -> str:
        return ACCOUNTS[int(scene.consumer_no) % len(ACCOUNTS)]

    def _no_rule_asks(self, scene: Scene) -> None:
        """About the payment itself: a voucher's approval is another flow's."""
        scene.desk.bills._payments._rules = lambda _connection: AskedFrom()

    def _core_was_slow(self, refused: Refused, silent: str) -> tuple[RefundView, ...]:
        """Core's day is asked with a hasty deadline: a busy machine may miss it. People press again later."""
        if refused.message_id != silent:
            raise refused
        return ()


def _state(evidence: Evidence, serial: str) -> str:
    return next(str(entry["state"]) for entry in evidence.end.entries if entry["serial"] == serial)


FLOW = RefundUnderFaults()
